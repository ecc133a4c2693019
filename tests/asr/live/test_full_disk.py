"""A disk that is full: a real file system of half a megabyte, or files that may not grow."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import numpy as np
import pytest
import soundfile

from asr.audio import SAMPLE_RATE
from asr.errors import RecordingError
from asr.live.events import Event, FinalResult, GapFound, Ledger, Notice, Topic
from asr.live.recorded import read_transcript
from asr.live.recording import Recording
from asr.live.session import recover
from asr.live.stored import unfinished_sessions
from asr.sentences import GapCause
from asr.transcript import Segment, Word
from tests.asr.disks import files_up_to, small_file_system
from tests.asr.scripted import FakeClock, Script, fake_clock
from tests.asr.sessions import HEARING, SAID, SPEECH, finals, play, session_with

__all__ = ["fake_clock"]

ROOM = 512 * 1024  # bytes; sixteen seconds of sound
LONG = np.concatenate([SPEECH, np.zeros(SAMPLE_RATE, np.float32)] * 5)  # longer than that
SECONDS = len(LONG) / SAMPLE_RATE

Disk = Callable[[Path], AbstractContextManager[Path]]


@contextmanager
def half_a_megabyte(folder: Path) -> Iterator[Path]:
    with small_file_system(folder, ROOM):
        yield folder


@contextmanager
def files_that_may_not_grow(folder: Path) -> Iterator[Path]:
    """Let no file of this process have more than the room; yield a folder."""
    with files_up_to(ROOM):
        yield folder


def of_the_disk(events: list[Event]) -> list[tuple[str, bool]]:
    """Return how each notice of the disk begins, and whether it is good news."""
    found = [e for e in events if isinstance(e, Notice) and e.topic is Topic.DISK]
    return [(" ".join(e.sentence.split()[:4]).rstrip(":"), e.resolved) for e in found]


FULL = ("The disk is full", False)
ROOM_AGAIN = ("The disk has room", True)


@pytest.mark.parametrize("disk", [half_a_megabyte, files_that_may_not_grow])
def test_a_full_disk_costs_no_word_and_what_it_did_not_take_is_a_gap(
    tmp_path: Path, fake_clock: FakeClock, disk: Disk
) -> None:
    with disk(tmp_path / "disk") as folder:
        session = session_with({"": Script(LONG, fake_clock)}, folder)
        session.start()
        events = play(session, fake_clock, SECONDS)
        at_end = session.stop()

        (found,) = unfinished_sessions(folder)
        raw = found.folder / "sound-0.pcm"
        kept = np.frombuffer(raw.read_bytes(), "<i2") / 32_767
        stored = read_transcript(found.folder)

    assert of_the_disk(events) == [FULL]
    assert of_the_disk(at_end) == [FULL]
    assert finals(events + at_end) == SAID * 5
    (gap,) = [event.gap for event in events + at_end if isinstance(event, GapFound)]
    assert gap.start == len(kept) / SAMPLE_RATE
    assert gap.start + gap.seconds == pytest.approx(SECONDS, abs=0.05)
    account = [event for event in at_end if isinstance(event, Ledger)][-1]
    assert (account.recorded, account.lag, account.gaps) == (gap.start, 0, (gap,))
    assert [segment.text for segment in stored.segments] == SAID * 5
    assert stored.gaps == (gap,)
    assert session.is_finished
    assert 12 * SAMPLE_RATE < len(kept) < len(LONG)
    np.testing.assert_allclose(kept, LONG[: len(kept)], atol=1e-4)


def test_sound_that_was_held_back_is_saved_when_there_is_room_again(
    tmp_path: Path, fake_clock: FakeClock
) -> None:
    sound = LONG[: 2 * len(LONG) // 5]
    with half_a_megabyte(tmp_path / "disk") as folder:
        filler = folder / "film.mkv"
        filler.write_bytes(bytes(ROOM * 3 // 4))
        session = session_with({"": Script(sound, fake_clock)}, folder)
        session.start()
        full = play(session, fake_clock, 6.0)
        filler.unlink()
        events = play(session, fake_clock, len(sound) / SAMPLE_RATE - 6.0)
        events += session.stop()

        assert session.folder is not None
        saved, _ = soundfile.read(session.folder / "sound-0.flac", dtype="float32")
        stored = [segment.text for segment in read_transcript(session.folder).segments]

    assert of_the_disk(full + events) == [FULL, ROOM_AGAIN]
    assert finals(full + events) == stored == SAID * 2
    np.testing.assert_allclose(saved, sound[: len(saved)], atol=1e-4)
    assert len(sound) - len(saved) < SAMPLE_RATE / 25


def test_a_session_cut_off_by_a_full_disk_is_recovered_when_there_is_room(
    tmp_path: Path, fake_clock: FakeClock
) -> None:
    with half_a_megabyte(tmp_path / "disk") as folder:
        filler = folder / "film.mkv"
        filler.write_bytes(bytes(ROOM // 2))
        session = session_with({"": Script(LONG, fake_clock)}, folder)
        session.start()
        play(session, fake_clock, SECONDS)
        session.stop()
        (found,) = unfinished_sessions(folder)
        still_full = list(recover(HEARING, found.folder))
        filler.unlink()
        recovered = list(recover(HEARING, found.folder))

        assert unfinished_sessions(folder) == []
        stored = read_transcript(found.folder)

    assert [e.sentence.split(".")[0] for e in still_full if isinstance(e, Notice)] == [
        "The disk did not take the compressed recording: it is full"
    ]
    assert of_the_disk(recovered) == []
    assert not [event for event in still_full + recovered if isinstance(event, FinalResult)]
    assert [segment.text for segment in stored.segments] == SAID * 5
    assert [gap.cause for gap in stored.gaps] == [GapCause.FULL_DISK]


def test_text_has_the_room_of_the_last_sound(tmp_path: Path, fake_clock: FakeClock) -> None:
    with half_a_megabyte(tmp_path / "disk") as folder:
        recording = Recording.create(folder / "session")
        recording.append(LONG)
        held = recording.recorded() < len(LONG)
        for start in range(60):
            words = (Word("word", start, start + 1.0),) * 40
            recording.add_finals([Segment(words, start, start + 1.0)], start * SAMPLE_RATE)

        told = read_transcript(recording.folder).segments
        np.testing.assert_allclose(recording.read(0, len(LONG)), LONG, atol=1e-4)
        recording.put_aside()

    assert held
    assert len(told) == 60


def test_lines_that_a_full_disk_cuts_do_not_stay_cut(
    tmp_path: Path, fake_clock: FakeClock
) -> None:
    with half_a_megabyte(tmp_path / "disk") as folder:
        recording = Recording.create(folder / "session")
        (folder / "film.mkv").write_bytes(bytes(ROOM - 8192))  # a page each for two files
        segment = Segment((Word("word", 0.0, 1.0),) * 100, 0.0, 1.0)
        recording.add_finals([segment], SAMPLE_RATE)
        recording.put_aside()

        assert (recording.folder / "finals.jsonl").read_bytes() == b""


def test_a_disk_without_any_room_is_told_at_once_and_words_are_written_all_the_same(
    tmp_path: Path, fake_clock: FakeClock
) -> None:
    with half_a_megabyte(tmp_path / "disk") as folder:
        (folder / "film.mkv").write_bytes(bytes(ROOM))
        session = session_with({"": Script(SPEECH, fake_clock)}, folder)
        session.start()
        at_once = play(session, fake_clock, 0.1)
        events = play(session, fake_clock, len(SPEECH) / SAMPLE_RATE) + session.stop()

    assert of_the_disk(at_once) == [FULL]
    assert finals(at_once + events) == SAID
    assert of_the_disk(events) == [FULL]
    assert session.is_finished


def test_a_folder_that_cannot_be_made_is_a_sentence_and_the_source_is_closed(
    tmp_path: Path, fake_clock: FakeClock
) -> None:
    source = Script(SPEECH, fake_clock)
    (tmp_path / "sessions").write_text("I am a file")
    session = session_with({"": source}, tmp_path / "sessions")

    with pytest.raises(RecordingError, match="could not be begun"):
        session.start()

    assert not source.is_alive
