"""A batch: each file once, whatever fails, is renamed, is there already or comes twice."""

from __future__ import annotations

import shutil
import sqlite3
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from asr.batch.batch import Batch, BatchOptions
from asr.batch.events import Advanced, BatchEvent, Failed, Finished, Skipped, Stopped
from asr.batch.job import FileSource
from asr.batch.ledger import NAME, BatchLedger
from asr.batch.sources import find_sources
from asr.batch.workers import Here
from asr.errors import BatchError, ConfigError, StorageError
from tests.asr.batch.letters import Letters, contents, of_kind, run, sound


def reasons(events: list[BatchEvent]) -> list[str]:
    return [event.reason for event in events if isinstance(event, Skipped)]


def sentences(events: list[BatchEvent]) -> list[str]:
    return [event.sentence for event in events if isinstance(event, Failed)]


def test_every_format_of_every_file_is_written(tmp_path: Path) -> None:
    sound(tmp_path / "in" / "a.wav", seed=1)
    sound(tmp_path / "in" / "deep" / "a.wav", seed=2)

    found = run([tmp_path / "in"], tmp_path / "out", formats=("txt", "srt"), recursive=True)

    assert len(of_kind(found, Finished)) == 2
    assert set(contents(tmp_path / "out")) == {
        "a.wav.txt",
        "a.wav.srt",
        "deep/a.wav.txt",
        "deep/a.wav.srt",
    }


def test_a_name_that_the_template_leads_out_by_fails_alone(tmp_path: Path) -> None:
    fine = sound(tmp_path / "in" / "a.wav", seed=2)
    odd = sound(tmp_path / "in" / "b.wav", seed=1).rename(tmp_path / "in" / "...wav")

    found = run([odd, fine], tmp_path / "out", template="{stem}/text.{format}")

    (sentence,) = sentences(found)
    assert "«...wav»" in sentence
    assert set(contents(tmp_path / "out")) == {"a/text.txt"}


def test_what_is_done_is_not_done_again(tmp_path: Path) -> None:
    paths = [sound(tmp_path / f"{i}.wav", seed=i) for i in range(3)]
    run(paths[:2], tmp_path / "out")
    before = contents(tmp_path / "out")

    found = run(paths, tmp_path / "out")

    assert reasons(found) == ["done already"] * 2
    assert len(of_kind(found, Finished)) == 1
    assert before.items() <= contents(tmp_path / "out").items()


def test_an_output_that_was_removed_is_written_again(tmp_path: Path) -> None:
    path = sound(tmp_path / "a.wav")
    run([path], tmp_path / "out")
    (tmp_path / "out" / "a.wav.txt").unlink()

    run([path], tmp_path / "out")

    assert (tmp_path / "out" / "a.wav.txt").exists()


def test_a_change_of_sound_or_options_is_other_work(tmp_path: Path) -> None:
    path = sound(tmp_path / "a.wav", seed=1)
    run([path], tmp_path / "out")
    first = contents(tmp_path / "out")

    sound(path, seed=2)
    run([path], tmp_path / "out")
    second = contents(tmp_path / "out")
    found = run([path], tmp_path / "out", formats=("txt", "srt"))

    assert first != second
    assert len(of_kind(found, Finished)) == 1
    assert set(contents(tmp_path / "out")) == {"a.wav.txt", "a.wav.srt"}


def test_a_job_is_known_by_its_sound_not_by_its_name(tmp_path: Path) -> None:
    path = sound(tmp_path / "a.wav")
    run([path], tmp_path / "out")
    renamed = path.rename(tmp_path / "b.wav")

    (reason,) = reasons(run([renamed], tmp_path / "out"))

    assert "the same sound as" in reason
    assert "a.wav.txt" in reason


def test_a_copy_in_the_same_run_is_told_whose_transcript_is_its_own(tmp_path: Path) -> None:
    paths = [sound(tmp_path / "a.wav"), sound(tmp_path / "b.wav")]

    (reason,) = reasons(run(paths, tmp_path / "out"))

    assert "the same sound as" in reason
    assert "a.wav" in reason


def test_overwriting_does_all_again(tmp_path: Path) -> None:
    path = sound(tmp_path / "a.wav")
    run([path], tmp_path / "out")
    (tmp_path / "out" / "a.wav.txt").write_text("edited")

    found = run([path], tmp_path / "out", overwrite=True)

    assert len(of_kind(found, Finished)) == 1
    assert "edited" not in (tmp_path / "out" / "a.wav.txt").read_text()


def test_a_text_that_the_user_edited_is_left_alone(tmp_path: Path) -> None:
    path = sound(tmp_path / "a.wav")
    run([path], tmp_path / "out")
    (tmp_path / "out" / "a.wav.txt").write_text("edited")

    run([path], tmp_path / "out")

    assert (tmp_path / "out" / "a.wav.txt").read_text() == "edited"


def test_a_file_that_was_there_before_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a.wav.txt").write_text("mine")

    found = run(
        [sound(tmp_path / "a.wav"), sound(tmp_path / "b.wav", seed=1)], tmp_path / "out"
    )

    assert "is there already" in sentences(found)[0]
    assert contents(tmp_path / "out")["a.wav.txt"] == b"mine"
    assert "b.wav.txt" in contents(tmp_path / "out")


def test_two_files_of_one_name_do_not_share_a_transcript(tmp_path: Path) -> None:
    first = sound(tmp_path / "a" / "talk.wav", seed=1)
    second = sound(tmp_path / "b" / "talk.wav", seed=2)

    together = run([first, second], tmp_path / "out")
    before = contents(tmp_path / "out")
    later = run([second], tmp_path / "out")

    assert "another folder" in sentences(together)[0]
    assert "is the transcript of" in sentences(later)[0]
    assert contents(tmp_path / "out") == before


def test_what_cannot_be_read_keeps_no_other_from_its_text(tmp_path: Path) -> None:
    bad = [tmp_path / name for name in ("empty.wav", "text.mp3", "none.wav")]
    bad[0].touch()
    bad[1].write_text("I am a letter.")
    good = [sound(tmp_path / f"{i}.wav", seed=i) for i in range(2)]
    (tmp_path / "folder").mkdir()
    mixed = [bad[0], good[0], bad[1], tmp_path / "folder", bad[2], good[1], tmp_path / "*.xyz"]

    found = run(mixed, tmp_path / "out")

    assert len(of_kind(found, Finished)) == 2
    told = sentences(found)
    assert len(told) == 5
    for name in ("empty.wav", "text.mp3", "none.wav", "folder", "*.xyz"):
        assert any(name in sentence for sentence in told)
    assert set(contents(tmp_path / "out")) == {"0.wav.txt", "1.wav.txt"}


def test_names_that_are_too_long_or_in_no_encoding_fail_alone(tmp_path: Path) -> None:
    long = sound(tmp_path / ("a" * 250 + ".wav"), seed=1)
    odd = Path(str(sound(tmp_path / "odd.wav", seed=2)).replace("odd", "\udcff\n☃"))
    (tmp_path / "odd.wav").rename(odd)

    found = run([long, odd], tmp_path / "out", formats=("json",))

    assert len(sentences(found)) == 1
    assert len(of_kind(found, Finished)) == 1
    [again] = of_kind(run([odd], tmp_path / "out", formats=("json",)), Skipped)
    assert again.reason == "done already"


def test_a_broken_file_gives_what_there_is_and_is_told(tmp_path: Path) -> None:
    whole = sound(tmp_path / "whole.wav", seconds=4.0)
    broken = tmp_path / "broken.wav"
    broken.write_bytes(whole.read_bytes()[:64_000])

    (end,) = of_kind(run([broken], tmp_path / "out"), Finished)

    assert isinstance(end, Finished)
    assert "breaks off" in end.trouble
    text = contents(tmp_path / "out")["broken.wav.txt"].decode()
    assert text.startswith("w")
    assert "breaks off after" in text.splitlines()[-1]


def test_what_is_incomplete_is_told_again_and_not_heard_again(tmp_path: Path) -> None:
    whole = sound(tmp_path / "whole.wav", seconds=4.0)
    broken = tmp_path / "broken.wav"
    broken.write_bytes(whole.read_bytes()[:64_000])
    (end,) = of_kind(run([broken], tmp_path / "out"), Finished)
    assert isinstance(end, Finished)

    again = run([broken], tmp_path / "out")

    written = (str(tmp_path / "out" / "broken.wav.txt"),)
    assert again[1:] == [Skipped(1, "done already", end.trouble, written)]
    twin = shutil.copy(broken, tmp_path / "twin.wav")
    (same,) = of_kind(run([Path(twin)], tmp_path / "out"), Skipped)
    assert isinstance(same, Skipped)
    assert same.trouble == end.trouble


def test_silence_is_told_and_is_no_failure(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(sound(tmp_path / "b.wav", seconds=0).read_bytes())

    (end,) = of_kind(run([path], None), Finished)

    assert isinstance(end, Finished)
    assert end.note == "No speech was found in «a.wav»: it holds no samples."


def test_without_a_folder_texts_come_back_and_nothing_is_kept(tmp_path: Path) -> None:
    (end,) = of_kind(run([sound(tmp_path / "a.wav")], None, formats=("txt",)), Finished)

    assert isinstance(end, Finished)
    assert end.contents[0].startswith(b"w")
    assert list(tmp_path.iterdir()) == [tmp_path / "a.wav"]


def stopped_after(n_advances: int, paths: list[Path], output: Path | None) -> list[BatchEvent]:
    """Run a batch, and stop it during a file."""
    batch = Batch(BatchOptions(output=output), Here(Letters), pack="of letters")
    events = []
    for event in batch.run(find_sources(paths)):
        events.append(event)
        if len(of_kind(events, Advanced)) == n_advances:
            batch.stop()
    return events


def test_a_stopped_file_is_kept_and_gone_on_with_to_the_same_text(tmp_path: Path) -> None:
    paths = [sound(tmp_path / f"{i}.wav", seconds=5, seed=i) for i in range(2)]
    run(paths, tmp_path / "whole")

    found = stopped_after(4, paths, tmp_path / "out")
    partial = contents(tmp_path / "out")
    run(paths, tmp_path / "out")

    (end,) = of_kind(found, Stopped)
    assert isinstance(end, Stopped)
    assert end.seconds == 2.0
    lines = partial["0.wav.txt"].decode().splitlines()
    assert lines[-1] == "[Stopped after 2.0 s; the same command goes on from there.]"
    assert set(partial) == {"0.wav.txt"}
    assert contents(tmp_path / "out") == contents(tmp_path / "whole")


def test_what_nobody_keeps_account_of_does_not_go_on(tmp_path: Path) -> None:
    (end,) = of_kind(stopped_after(4, [sound(tmp_path / "a.wav", seconds=5)], None), Stopped)

    assert isinstance(end, Stopped)
    assert end.sentence == "Stopped after 2.0 s."
    assert end.contents[0].decode().splitlines()[-1] == "[Stopped after 2.0 s.]"


def test_a_resumed_file_is_not_heard_again_from_its_start(tmp_path: Path) -> None:
    path = sound(tmp_path / "a.wav", seconds=5)
    stopped_after(4, [path], tmp_path / "out")

    found = of_kind(run([path], tmp_path / "out"), Advanced)

    assert len(found) == 6  # half seconds


def test_a_ledger_in_use_elsewhere_is_respected(tmp_path: Path) -> None:
    paths = [sound(tmp_path / f"{i}.wav", seed=i) for i in range(2)]
    batch = Batch(BatchOptions(output=tmp_path / "out"), Here(Letters), pack="of letters")
    steps = batch.run(find_sources(paths))
    next(event for event in steps if isinstance(event, Advanced))

    other = run(paths, tmp_path / "out")
    rest = list(steps)

    assert reasons(other) == ["another run is at it"]
    assert reasons(rest) == ["done already"]
    assert len(contents(tmp_path / "out")) == 2


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"I am no ledger. " * 100, "is damaged"),
        (b"SQLite format 3\0" + b"x" * 5000, "damaged|used"),
    ],
)
def test_a_damaged_ledger_is_a_sentence(tmp_path: Path, content: bytes, sentence: str) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / NAME).write_bytes(content)

    with pytest.raises(BatchError, match="damaged|cannot be used"):
        run([sound(tmp_path / "a.wav")], tmp_path / "out")


def test_a_newer_ledger_and_a_strange_one_are_refused(tmp_path: Path) -> None:
    path = sound(tmp_path / "a.wav")
    run([path], tmp_path / "out")
    for pragma, sentence in (
        ("user_version = 99", "newer"),
        ("application_id = 1", "no ledger"),
    ):
        with sqlite3.connect(tmp_path / "out" / NAME) as base:
            base.execute(f"PRAGMA {pragma}")
        base.close()
        with pytest.raises(BatchError, match=sentence):
            run([path], tmp_path / "out")


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("I am a file")

    with pytest.raises(StorageError, match="cannot be made"):
        run([sound(tmp_path / "a.wav")], tmp_path / "out")


def test_the_lock_of_a_dead_run_is_removed(tmp_path: Path) -> None:
    dead = tmp_path / ".earshot-run-dead.lock"
    dead.touch()

    ledger = BatchLedger(tmp_path)

    assert not dead.exists()
    ledger.close()
    assert [path.name for path in tmp_path.iterdir()] == [NAME]


def test_what_is_entered_together_is_there_at_once_or_not_at_all(tmp_path: Path) -> None:
    ledger, other = BatchLedger(tmp_path), BatchLedger(tmp_path)
    for key in "ab":
        ledger.claim(key, f"{key}.wav", [Path(f"{key}.txt")], again=False)

    with ledger.together():
        ledger.save("a", [], 0, 16_000)
        ledger.leave("b", "failed", "broken")
        assert other.seam("a").sample == 0
    with suppress(KeyboardInterrupt), ledger.together():
        ledger.save("a", [], 0, 32_000)
        raise KeyboardInterrupt

    assert other.seam("a").sample == 16_000
    assert (found := other.entry("b"))
    assert found.state == "failed"
    ledger.close()
    other.close()


@pytest.mark.skipif(sys.platform != "linux", reason="it looks at open files")
def test_a_ledger_that_cannot_be_opened_holds_nothing(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text("no ledger at all, but as long as the head of one " * 9)

    with pytest.raises(BatchError, match="damaged"):
        BatchLedger(tmp_path)

    held = [str(one.resolve()) for one in Path("/proc/self/fd").iterdir()]
    assert not [one for one in held if one.startswith(str(tmp_path))]
    assert [path.name for path in tmp_path.iterdir()] == [NAME]


def test_a_template_names_the_outputs(tmp_path: Path) -> None:
    path = sound(tmp_path / "talk.final.wav")

    run([path], tmp_path / "out", template="{format}/{stem}.{format}", formats=("txt", "vtt"))

    assert set(contents(tmp_path / "out")) == {"txt/talk.final.txt", "vtt/talk.final.vtt"}


@pytest.mark.parametrize("template", ["{nome}", "{name", "{}", "{name.x.y}"])
def test_a_template_of_unknown_fields_is_a_sentence(template: str) -> None:
    with pytest.raises(ConfigError, match="may hold"):
        BatchOptions(template=template)


@pytest.mark.parametrize(
    "template", ["../{stem}.{format}", "a/../../{name}", "/{name}.{format}"]
)
def test_a_template_keeps_to_the_folder(template: str) -> None:
    with pytest.raises(ConfigError, match="leads out of the --output folder"):
        BatchOptions(template=template)


def test_formats_must_not_overwrite_one_another() -> None:
    with pytest.raises(ConfigError, match="one name"):
        BatchOptions(template="{name}", formats=("txt", "srt"))
    with pytest.raises(ConfigError, match="no format pdf"):
        BatchOptions(formats=("pdf",))


def test_files_that_come_later_are_taken_too(tmp_path: Path) -> None:
    paths = iter([None, sound(tmp_path / "a.wav"), None, sound(tmp_path / "b.wav", seed=1)])
    batch = Batch(BatchOptions(output=tmp_path / "out"), Here(Letters))

    found = list(batch.run(path and FileSource(path) for path in paths))

    assert len(of_kind(found, Finished)) == 2


def test_a_copy_of_a_done_folder_needs_no_work(tmp_path: Path) -> None:
    sound(tmp_path / "in" / "a.wav")
    run([tmp_path / "in"], tmp_path / "out")
    shutil.move(tmp_path / "out", tmp_path / "moved")

    assert reasons(run([tmp_path / "in"], tmp_path / "moved")) == ["done already"]


def test_no_template_writes_over_a_sound(tmp_path: Path) -> None:
    path = sound(tmp_path / "a.wav", seed=1)
    before = path.read_bytes()

    found = run([path], tmp_path, template="{name}", overwrite=True)

    assert "is a sound" in sentences(found)[0]
    assert path.read_bytes() == before


class Broken(Letters):
    """An engine that meets what nobody thought of."""

    def recognise(self, *_: object, **__: object) -> object:
        raise RuntimeError("odd")


def test_what_nobody_thought_of_stops_no_other_file(tmp_path: Path) -> None:
    paths = [sound(tmp_path / f"{i}.wav", seed=i) for i in range(2)]

    found = run(paths, tmp_path / "out", Here(Broken))

    assert len(sentences(found)) == 2
