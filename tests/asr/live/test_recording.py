"""What was recorded is on disk, whole, whatever the disk and the process go through."""

from __future__ import annotations

import errno
import json
import os
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from asr.audio import SAMPLE_RATE, Samples
from asr.errors import RecordingError
from asr.live.ledger import JsonLines, read_records
from asr.live.recorded import read_transcript, unfinished
from asr.live.recording import Recording
from asr.live.track import GIVEN_UP_SECONDS, HELD_SECONDS, Track
from asr.transcript import Alternative, Gap, Segment, Speaker, Word
from tests.asr.disks import PLENTY, files_up_to
from tests.asr.scripted import FakeClock, fake_clock
from tests.asr.sessions import bury

__all__ = ["fake_clock"]

NOISE = np.random.default_rng(1).uniform(-1, 1, 3 * SAMPLE_RATE).astype(np.float32)
SEGMENT = Segment((Word("naïve", 0.5, 0.9, 0.7, (Alternative("knave", 0.2),)),), 0.5, 0.9, "me")
BEGAN = "2026-01-02T03:04:05+01:00"
STEP = 1 / 32_767  # of 16 bits


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    pieces=st.lists(
        st.tuples(st.sampled_from(["sound", "hole", "fill", "free"]), st.integers(0, 3_000)),
        max_size=12,
    ),
    window=st.tuples(st.integers(0, 20_000), st.integers(0, 20_000)),
)
def test_a_track_reads_back_what_it_was_given(
    tmp_path: Path, pieces: list[tuple[str, int]], window: tuple[int, int]
) -> None:
    path = tmp_path / "track.pcm"
    path.unlink(missing_ok=True)
    track = Track(path)
    expected: Samples = np.empty(0, np.float32)

    room = PLENTY
    for what, n in pieces:
        with files_up_to(room):
            if what == "sound":
                track.append(NOISE[:n])
                expected = np.concatenate((expected, NOISE[:n]))
            elif what == "hole":
                track.extend(n)
                expected = np.concatenate((expected, np.zeros(n, np.float32)))
        if what in ("fill", "free"):
            room = 2 * track.on_disk + n if what == "fill" else PLENTY
            with files_up_to(room):
                track.retry()

    start, stop = min(window), max(window)
    assert track.length == len(expected)
    np.testing.assert_allclose(track.read(start, stop), expected[start:stop], atol=STEP)
    track.close()
    assert path.stat().st_size == 2 * len(expected)


def test_a_disk_that_stays_full_costs_the_oldest_sound_only(tmp_path: Path) -> None:
    track = Track(tmp_path / "track.pcm")
    whole = np.zeros(HELD_SECONDS * SAMPLE_RATE, np.float32)

    with files_up_to(0):
        lost = [track.append(whole), track.append(NOISE[: SAMPLE_RATE // 2])]

    n_lost = GIVEN_UP_SECONDS * SAMPLE_RATE + SAMPLE_RATE // 2
    assert lost == [None, range(n_lost)]
    assert track.length == len(whole) + SAMPLE_RATE // 2
    kept = track.read(len(whole), len(whole) + SAMPLE_RATE)
    np.testing.assert_allclose(kept, NOISE[: SAMPLE_RATE // 2], atol=STEP)


def test_sound_that_is_held_costs_no_more_the_longer_it_is_held(tmp_path: Path) -> None:
    track = Track(tmp_path / "track.pcm")

    with files_up_to(0) as refusals:
        for _ in range(5_000):
            track.append(NOISE[:320])

    assert len(refusals) == 1
    assert len(track._state[1]) < 12  # else each block would be a copy of all pieces


def test_a_disk_that_stays_full_is_asked_once_a_second_and_leaves_one_gap(
    tmp_path: Path, fake_clock: FakeClock
) -> None:
    recording = Recording.create(tmp_path / "one")
    long_ago = np.zeros((HELD_SECONDS - 5) * SAMPLE_RATE, np.float32)

    with files_up_to(0) as refusals:
        told = [recording.append(long_ago)]
        for _ in range(1_250):  # 25 seconds
            fake_clock.now += 0.02
            told.append(recording.append(NOISE[:320]))

    # The sound every second, and as often the line of the ledger that tells of the gap.
    assert 25 <= len(refusals) <= 1 + 25 + 2 + 20
    assert len([gap for gap in told if gap]) == 2
    (gap,) = recording.gaps
    assert gap.start == 0
    assert gap.end >= 20 * SAMPLE_RATE
    fake_clock.now += 1
    recording.append(NOISE[:320])
    assert recording.is_saved
    recording.put_aside()
    assert read_transcript(tmp_path / "one").gaps == (gap.as_gap(),)


def test_lines_that_a_full_disk_refused_are_written_as_soon_as_sound_is(
    tmp_path: Path,
) -> None:
    recording = Recording.create(tmp_path / "one")
    with files_up_to(0):
        recording.add_gap(1_600, "asleep")
        recording.add_finals([SEGMENT], 1_600)
    assert not recording.is_saved

    recording.append(NOISE[:320])

    assert recording.is_saved
    stored = read_transcript(tmp_path / "one")
    assert stored.segments == (SEGMENT,)
    assert [gap.cause for gap in stored.gaps] == ["asleep"]
    recording.close()


def open_files(folder: Path) -> list[Path]:
    """Return what this process has open in a folder."""
    found = [path.readlink() for path in Path("/proc/self/fd").iterdir() if path.is_symlink()]
    return [path for path in found if path.is_relative_to(folder)]


def refuse(*_: object, **__: object) -> None:
    raise PermissionError(errno.EACCES, "Permission denied")


def test_a_disk_that_cannot_promise_safety_costs_no_sound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording = Recording.create(tmp_path / "one")
    monkeypatch.setattr(os, "fsync", refuse)

    recording.append(NOISE)

    assert recording.length() == len(NOISE)


def test_a_track_that_cannot_be_closed_is_a_sentence_and_can_be_reopened(
    tmp_path: Path,
) -> None:
    recording = Recording.create(tmp_path / "one", ["me", "them"])
    recording.append(NOISE, "me")
    recording.add_gap(SAMPLE_RATE, "asleep", "me")

    with (
        files_up_to(2 * len(NOISE)),  # no room for the gap at the end
        pytest.raises(RecordingError, match="could not be closed .*File too large"),
    ):
        recording.close()

    assert open_files(tmp_path) == []
    assert unfinished(tmp_path) == [tmp_path / "one"]
    assert len(Recording.reopen(tmp_path / "one").close()) == 2


def test_raw_sound_that_cannot_be_removed_does_no_harm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording = Recording.create(tmp_path / "one")
    recording.append(NOISE)
    monkeypatch.setattr(Path, "unlink", refuse)

    (sound,) = recording.close()

    assert soundfile.info(sound).frames == len(NOISE)
    assert unfinished(tmp_path) == []


def test_what_comes_after_the_end_is_dropped(tmp_path: Path) -> None:
    recording = Recording.create(tmp_path / "one")
    recording.append(NOISE)
    recording.close()

    assert recording.append(NOISE) is None
    recording.add_gap(320, "the driver hung")

    assert read_transcript(tmp_path / "one").seconds == 3.0
    assert recording.gaps == ()


def test_a_closed_recording_is_flac_and_text(tmp_path: Path) -> None:
    recording = Recording.create(tmp_path / "one", ["me", "them"])
    recording.append(NOISE, "me")
    recording.append(NOISE[:500], "them")
    recording.add_gap(1_000, "the cable was pulled", "them")
    recording.add_finals([SEGMENT], 16_000, "me")

    sounds = recording.close()

    assert sorted(path.name for path in (tmp_path / "one").iterdir()) == [
        "finals.jsonl", "ledger.jsonl", "sound-0.flac", "sound-1.flac",
    ]  # fmt: skip
    np.testing.assert_allclose(soundfile.read(sounds[0])[0], NOISE, atol=2 * STEP)
    assert soundfile.info(sounds[1]).frames == 1_500
    stored = read_transcript(tmp_path / "one")
    assert stored.segments == (SEGMENT,)
    assert stored.seconds == 3.0
    assert [(gap.start, gap.seconds, gap.cause) for gap in stored.gaps] == [
        (500 / SAMPLE_RATE, 1_000 / SAMPLE_RATE, "the cable was pulled")
    ]
    assert unfinished(tmp_path) == []


@pytest.mark.parametrize("torn", [0, 1, 7])
def test_a_dead_recording_goes_on_where_it_stopped(tmp_path: Path, torn: int) -> None:
    recording = Recording.create(tmp_path / "one")
    recording.append(NOISE)
    recording.add_finals([SEGMENT], 16_000)
    recording.add_gap(800, "asleep")
    bury(recording)
    for name in ("ledger.jsonl", "finals.jsonl"):
        with (tmp_path / "one" / name).open("a") as file:
            file.write('{"kind'[:torn])

    assert unfinished(tmp_path) == [tmp_path / "one"]
    again = Recording.reopen(tmp_path / "one")

    assert unfinished(tmp_path) == []
    assert again.length() == len(NOISE) + 800
    assert again.final_until() == 16_000
    np.testing.assert_allclose(again.read(0, len(NOISE)), NOISE, atol=STEP)
    again.add_finals([SEGMENT], 20_000)
    again.close()
    assert read_transcript(tmp_path / "one").segments == (SEGMENT, SEGMENT)


def test_a_death_while_closing_loses_nothing(tmp_path: Path) -> None:
    recording = Recording.create(tmp_path / "one", ["me", "them"])
    recording.append(NOISE, "me")
    for n in range(4_000):
        recording.add_gap(1, "asleep" if n % 2 else "busy", "them")
    with (
        files_up_to((tmp_path / "one" / "ledger.jsonl").stat().st_size),
        pytest.raises(RecordingError, match="the end of «ledger.jsonl» could not be written"),
    ):
        recording.close()
    assert (tmp_path / "one" / "sound-0.flac").exists()

    again = Recording.reopen(tmp_path / "one")

    assert again.length("me") == len(NOISE)
    assert [soundfile.info(path).frames for path in again.close()] == [len(NOISE), 4_000]


def test_a_recording_can_neither_be_begun_twice_nor_in_a_file(tmp_path: Path) -> None:
    first = Recording.create(tmp_path / "one")
    (tmp_path / "file").touch()

    for folder in (tmp_path / "one", tmp_path / "file" / "two"):
        with pytest.raises(RecordingError, match="could not be begun"):
            Recording.create(folder)
    with pytest.raises(RecordingError, match="in use"):
        Recording.reopen(tmp_path / "one")
    with pytest.raises(RecordingError, match="holds no recording"):
        Recording.reopen(tmp_path / "nothing")
    first.close()


def test_lines_that_a_full_disk_refused_come_before_the_next(tmp_path: Path) -> None:
    lines = JsonLines(tmp_path / "lines")

    with files_up_to(5):
        lines.append({"n": 1})
    assert not lines.is_complete
    assert list(read_records(tmp_path / "lines")) == []
    lines.append({"n": 2})

    assert lines.is_complete
    assert list(read_records(tmp_path / "lines")) == [{"n": 1}, {"n": 2}]


@pytest.mark.parametrize("content", ["[1]\nnonsense\n", '{"version": 1}\n'])
def test_a_ledger_of_other_content_is_a_sentence(tmp_path: Path, content: str) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "ledger.jsonl").write_text(content)

    with pytest.raises(RecordingError, match="is damaged"):
        read_transcript(tmp_path / "one")

    assert unfinished(tmp_path) == []


def test_a_session_of_the_first_form_still_opens(tmp_path: Path) -> None:
    folder = tmp_path / "2026-01-02 03.04.05"
    folder.mkdir()
    word = {"text": "yes", "start": 0.0, "end": 0.5, "confidence": 0.9, "alternatives": []}
    segment = {"words": [word], "start": 0.0, "end": 0.5, "voice": "me"}
    ledger = [
        {
            "kind": "start",
            "version": 1,
            "voices": ["me"],
            "started": "2026-01-02T03:04:05+01:00",
        },
        {"kind": "gap", "voice": "me", "start": 8000, "n_samples": 16000, "cause": "unplugged"},
    ]
    finals = [{"voice": "me", "until": 8000, "segments": [segment]}]
    for name, lines in (("ledger.jsonl", ledger), ("finals.jsonl", finals)):
        text = "".join(json.dumps(line) + "\n" for line in lines)
        (folder / name).write_text(text, encoding="utf-8")

    transcript = read_transcript(folder)
    reopened = Recording.reopen(folder)

    assert transcript.text == "yes"
    assert transcript.speakers == (Speaker("me"),)
    assert transcript.gaps == (Gap(0.5, 1.0, "unplugged"),)
    assert transcript.started == datetime(2026, 1, 2, 2, 4, 5, tzinfo=UTC)
    assert (reopened.final_until("me"), reopened.length("me")) == (8000, 24000)
    reopened.put_aside()


def test_a_session_keeps_its_identity(tmp_path: Path) -> None:
    recording = Recording.create(tmp_path / "one", ("me", "them"))
    recording.put_aside()

    first, second = read_transcript(tmp_path / "one"), read_transcript(tmp_path / "one")

    assert first.id == second.id != "one"
    assert first.started is not None
    assert first.speakers == (Speaker("me"), Speaker("them"))


def test_sound_that_reads_back_differently_keeps_the_raw_file(tmp_path: Path) -> None:
    recording = Recording.create(tmp_path / "one")
    recording.append(np.linspace(-0.5, 0.5, 16_000, dtype=np.float32))
    write = soundfile.SoundFile.write

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(soundfile.SoundFile, "write", lambda file, pcm: write(file, pcm[::-1]))
        with pytest.raises(RecordingError, match="did not take the compressed recording"):
            recording.close()

    assert (tmp_path / "one" / "sound-0.pcm").stat().st_size == 32_000
    assert not list((tmp_path / "one").glob("*.flac*"))
    again = Recording.reopen(tmp_path / "one")
    again.close()
    assert soundfile.info(tmp_path / "one" / "sound-0.flac").frames == 16_000
