"""`earshot transcribe`: what the command line understands, and how a batch is shown."""

from __future__ import annotations

import argparse
import io
import json
import os
import re
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console
from rich.progress import Progress

from asr.batch.events import Accepted, Advanced, Failed, Finished, Skipped, Started, Stopped
from asr.batch.job import FileSource
from asr.batch.workers import Here
from asr.commands import transcribe
from asr.commands.progress import Bars, JsonProgress, Sentences
from asr.commands.transcribe import formats, probability, seconds
from asr.library import Library
from main import main
from tests.asr.batch.letters import Letters, contents, sound


@pytest.fixture(autouse=True)
def engines(monkeypatch: pytest.MonkeyPatch) -> list[type[Letters]]:
    """Recognise letters, in this process; of several engines, the last is opened."""
    engines = [Letters]
    monkeypatch.setattr("asr.engine.Engine", lambda options: engines[-1]())
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    return engines


def test_folders_become_files_of_every_format(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for i in range(2):
        sound(tmp_path / "in" / f"{i}.wav", seed=i)
    command = ["transcribe", str(tmp_path / "in"), "--output", str(tmp_path / "out")]

    assert main([*command, "--format", "srt,json", "--format", "txt"]) == 0
    assert main([*command, "--resume", "--format", "srt,json,txt"]) == 0

    assert len(contents(tmp_path / "out")) == 6
    first, second = capsys.readouterr().err.splitlines()
    assert first.startswith("2 files: 2 done;")
    assert second == "2 files: 2 not needed."


def test_the_library_has_what_it_is_asked_to_keep(
    tmp_path: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept, other = (sound(tmp_path / f"{n}.wav", seed=n) for n in range(2))

    assert main(["transcribe", str(other)]) == 0
    assert not home.exists()
    for _ in range(2):
        assert main(["transcribe", str(kept), "--keep"]) == 0

    with Library.open(home) as library:
        assert {entry.file for entry in library.entries()} == {kept}
    shutil.rmtree(home)
    home.write_text("no folder")
    assert main(["transcribe", str(kept), "--keep"]) == 0
    out, err = capsys.readouterr()
    assert len(out.splitlines()) == 4
    assert "not in the library" in err


def test_a_failure_is_a_sentence_and_the_exit_code_tells(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = sound(tmp_path / "good.wav")
    (tmp_path / "bad.wav").write_text("text")

    status = main(["transcribe", str(tmp_path / "bad.wav"), str(good)])

    out, err = capsys.readouterr()
    assert status == 1
    assert out.startswith("w")
    assert err.splitlines()[0].startswith("earshot: «bad.wav» is not a sound file")
    assert "1 done, 1 failed" in err


def test_an_incomplete_file_is_told_each_time(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = sound(tmp_path / "whole.wav", seconds=4.0)
    broken = tmp_path / "broken.wav"
    broken.write_bytes(whole.read_bytes()[:64_000])
    command = ["transcribe", str(whole), str(broken), "--output", str(tmp_path / "out")]

    for done in ("1 done", "1 not needed"):
        assert main(command) == 1
        told, summary = capsys.readouterr().err.splitlines()
        assert "breaks off" in told
        assert f"2 files: {done}, 1 incomplete" in summary
    assert main([*command, "--json"]) == 1
    *_, skipped, counts = map(json.loads, capsys.readouterr().out.splitlines())
    assert skipped["event"] == "skipped"
    assert skipped["reason"] == "done already"
    assert "breaks off" in skipped["trouble"]
    assert (counts["skipped"], counts["incomplete"], counts["failed"]) == (1, 1, 0)


def test_files_of_one_name_are_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for folder in ("mon", "tue"):
        (tmp_path / "in" / folder).mkdir(parents=True)
        (tmp_path / "in" / folder / "talk.wav").write_text("no sound")
    sound(tmp_path / "in" / "tue" / "good.wav")
    command = ["transcribe", "--recursive", str(tmp_path / "in"), "--output"]

    assert main([*command, str(tmp_path / "out")]) == 1
    told = capsys.readouterr().err
    assert "«mon/talk.wav» is not a sound file" in told
    assert "«tue/talk.wav» is not a sound file" in told

    for folder in ("other", "other"):  # done, and done already
        main([*command, folder, "--json"])
        events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        files = {one["file"]: one["path"] for one in events if one["event"] == "accepted"}
        assert files["tue/good.wav"] == str(tmp_path / "in" / "tue" / "good.wav")
        [outputs] = (one["outputs"] for one in events if one.get("outputs"))
        assert outputs == [str(tmp_path / folder / "tue" / "good.wav.txt")]


def test_the_standard_input_is_a_file_like_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = sound(tmp_path / "a.wav")
    main(["transcribe", str(path)])
    expected = capsys.readouterr().out
    given = io.TextIOWrapper(io.BytesIO(path.read_bytes()))
    monkeypatch.setattr("sys.stdin", given)

    assert main(["transcribe", "-"]) == 0

    assert capsys.readouterr().out == expected


def test_part_of_a_file_and_each_channel_may_be_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = sound(tmp_path / "a.wav", seconds=3, channels=2)
    command = ["transcribe", str(path), "--format", "json"]

    assert main([*command, "--from", "0:01", "--to", "2", "--channels", "each"]) == 0

    found = json.loads(capsys.readouterr().out)
    assert {one["speaker"] for one in found["segments"]} == {"1", "2"}
    assert {one["start"] for one in found["segments"]} == {1.0, 1.5}
    assert [one["name"] for one in found["speakers"]] == ["Speaker 1", "Speaker 2"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([], "Say which files"),
        (["a.wav", "--watch", "."], "no other paths"),
        (["--watch", "none", "--output", "x"], "no folder none"),
        (["--watch", "."], "--watch is for files"),
        (["a.wav", "--jobs", "2"], "--jobs is for files"),
        (["a.wav", "--overwrite"], "--overwrite is for files"),
        (["a.wav", "--format", "docx"], "cannot show docx"),
        (["a.wav", "--format", "txt,srt"], "Several formats need"),
        (["a.wav", "--channels", "left"], "neither mix nor each"),
        (["a.wav", "--from", "5", "--to", "0:04"], "lies before"),
        (["a.wav", "--output", "x", "--template", "{nome}"], "may hold {folder}"),
    ],
)
def test_what_does_not_fit_together_is_a_sentence(
    words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["transcribe", *words]) == 2
    assert sentence in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "n_processes"),
    [
        ("long", 4),
        ("short", 1),
        ("long short", 1),  # texts on a terminal come in the order of their files
        ("long short --output out", 4),
        ("short . --output out", 2),
        ("long --output out --jobs 1", 1),
        ("long --jobs 1", 1),
        ("long --to 200", 1),
        ("none", 1),
    ],
)
def test_a_long_file_is_heard_by_all_cores(
    arguments: str, n_processes: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.move(sound(tmp_path / "long.wav", seconds=301), "long")
    shutil.move(sound(tmp_path / "short.wav"), "short")
    sound(Path("found.wav"), seed=1)
    monkeypatch.setattr(os, "cpu_count", lambda: 4)
    chosen: list[int] = []

    def processes(factory: object, n: int) -> Here:
        chosen.append(n)
        return Here(Letters)

    monkeypatch.setattr("asr.batch.workers.Processes", processes)

    main(["transcribe", *arguments.split()])

    assert chosen == ([n_processes] if n_processes > 1 else [])


def test_times_and_formats_are_read_as_people_write_them() -> None:
    assert [seconds(text) for text in ("90", "1:30", "1:01:30.5")] == [90, 90, 3690.5]
    assert formats("SRT, vtt") == ["srt", "vtt"]
    for wrong in ("", "-1", "1:2:3:4", "1m"):
        with pytest.raises(argparse.ArgumentTypeError):
            seconds(wrong)
    with pytest.raises(argparse.ArgumentTypeError, match="choose of txt"):
        formats("srt,pdf")


def test_a_probability_is_one() -> None:
    assert [probability(text) for text in ("0", "0.5", "1")] == [0.0, 0.5, 1.0]
    for wrong in ("7", "-0.1", "nan", "inf", "half"):
        with pytest.raises(argparse.ArgumentTypeError, match="from 0 to 1"):
            probability(wrong)
    with pytest.raises(SystemExit):
        main(["transcribe", "a.wav", "--unsure", "7"])


class Interrupted(Letters):
    """An engine during which Ctrl+C is pressed, once."""

    def recognise(self, *given: object, **options: object) -> Iterator[object]:  # type: ignore[override]
        for i, step in enumerate(super().recognise(*given, **options)):  # type: ignore[arg-type]
            if i == 4:
                os.kill(os.getpid(), signal.SIGINT)
            yield step


def test_ctrl_c_keeps_what_is_final_and_the_same_command_goes_on(
    tmp_path: Path, engines: list[type[Letters]], capsys: pytest.CaptureFixture[str]
) -> None:
    paths = [str(sound(tmp_path / f"{i}.wav", seconds=5, seed=i)) for i in range(3)]
    main(["transcribe", *paths, "--output", str(tmp_path / "whole")])
    before = signal.getsignal(signal.SIGINT)
    engines.append(Interrupted)
    capsys.readouterr()

    status = main(["transcribe", *paths, "--output", str(tmp_path / "out")])

    assert status == 130
    assert signal.getsignal(signal.SIGINT) is before
    assert "1 stopped, 2 waiting" in capsys.readouterr().err
    assert "[Stopped after" in contents(tmp_path / "out")["0.wav.txt"].decode()
    engines.append(Letters)
    assert main(["transcribe", *paths, "--output", str(tmp_path / "out")]) == 0
    assert contents(tmp_path / "out") == contents(tmp_path / "whole")


def test_a_watched_folder_is_taken_as_it_fills_until_ctrl_c(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    watched = tmp_path / "in"
    sound(watched / "first.wav")
    looks = iter(range(10))

    def incoming(options: argparse.Namespace) -> Iterator[FileSource | None]:
        assert options.watch == watched
        for look in looks:
            if look == 3:
                yield FileSource(sound(watched / "second.wav", seed=1))
            yield FileSource(watched / "first.wav") if look == 1 else None
        os.kill(os.getpid(), signal.SIGTERM)
        while True:
            yield None

    monkeypatch.setattr(transcribe, "_watched", incoming)

    command = ["transcribe", "--watch", str(watched), "--output", str(tmp_path / "out")]

    assert main(command) == 0
    assert set(contents(tmp_path / "out")) == {"first.wav.txt", "second.wav.txt"}
    assert "2 files: 2 done; " in capsys.readouterr().err


EVENTS = [
    Accepted(1, "a.wav"),
    Started(1),
    Advanced(1, 5.0, 10.0),
    Finished(job=1, seconds=10.0, took=1.0, words=3),
    Accepted(2, "b [red].wav"),
    Failed(2, "«b [red].wav» is empty."),
    Accepted(3, "c.wav"),
    Skipped(3, "done already"),
    Accepted(4, "d.wav"),
    Started(4),
    Finished(job=4, seconds=5.0, took=1.0, words=0, trouble="It breaks off."),
    Accepted(5, "e.wav"),
    Started(5),
    Stopped(job=5, seconds=2.0, sentence="Stopped after 2.0 s."),
]


def test_sentences_name_the_file_and_the_summary_counts(
    capsys: pytest.CaptureFixture[str],
) -> None:
    screen = Sentences()

    for event in EVENTS:
        screen.show(event)
    screen.close(7)

    lines = capsys.readouterr().err.splitlines()
    assert lines[:3] == [
        "earshot: «b [red].wav» is empty.",
        "earshot: «d.wav»: It breaks off.",
        "earshot: «e.wav»: Stopped after 2.0 s.",
    ]
    assert lines[3].startswith(
        "12 files: 1 done, 1 not needed, 1 incomplete, 1 failed, 1 stopped, 7 waiting; 0:00:17"
    )
    assert re.search(r" of sound in 0:00:0\d, \d+ times as fast\.$", lines[3])


def test_without_sound_there_is_no_more_to_say_than_the_count(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Sentences().close(2)

    assert capsys.readouterr().err == "2 files: 2 waiting.\n"


def test_json_is_an_object_a_line_with_a_summary_last(
    capsys: pytest.CaptureFixture[str],
) -> None:
    screen = JsonProgress()

    for event in EVENTS:
        screen.show(event)
    screen.close(0)

    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(found) == len(EVENTS) + 1
    assert found[2] == {
        "event": "advanced",
        "job": 1,
        "file": "a.wav",
        "seconds": 5.0,
        "total": 10.0,
    }
    counts = found[-1]
    assert counts["event"] == "summary"
    assert (counts["done"], counts["incomplete"], counts["failed"]) == (1, 1, 1)


def test_bars_show_each_running_file_and_the_whole() -> None:
    out = io.StringIO()
    progress = Progress(console=Console(file=out, width=200, force_terminal=False))
    with progress:
        screen = Bars(progress, [FileSource(Path(__file__))] * 5)
        for event in EVENTS[:3]:
            screen.show(event)
        whole, running = progress.tasks
        assert running.description == "a.wav"
        assert (running.completed, running.total) == (5.0, 10.0)
        assert whole.percentage == pytest.approx(10.0)
        for event in EVENTS[3:]:
            screen.show(event)
        assert [task.id for task in progress.tasks] == [whole.id]
        assert whole.percentage == pytest.approx(100.0)
        screen.close(0)

    text = out.getvalue()
    assert "What failed, and why" in text
    assert "«b [red].wav» is empty." in text
    assert "5 files: 1 done" in text


def test_of_one_file_bars_leave_where_its_transcript_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    out = io.StringIO()
    written = (str(tmp_path / "texts" / "a.wav.srt"), "/elsewhere/a.wav.txt")
    with Progress(console=Console(file=out, width=200, force_terminal=False)) as progress:
        screen = Bars(progress, [FileSource(Path(__file__))])
        for event in (Accepted(1, "a.wav"), Started(1)):
            screen.show(event)
        screen.show(Finished(job=1, seconds=10.0, took=1.0, words=3, outputs=written))
        screen.close(0)

    lines = out.getvalue().splitlines()
    assert f"{Path('texts/a.wav.srt')} is written." in lines
    assert "/elsewhere/a.wav.txt is written." in lines


def test_files_elsewhere_are_named_by_address_and_folders_are_here(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    address = f"file://{sound(tmp_path / 'a.wav')}"

    assert main(["transcribe", address, "--output", str(tmp_path / "out")]) == 0
    for option in ("--output", "--watch"):
        with pytest.raises(SystemExit):
            main(["transcribe", address, option, "s3://bucket/texts"])

    assert set(contents(tmp_path / "out")) == {"a.wav.txt"}
    assert "s3://bucket/texts is not on this machine" in capsys.readouterr().err
