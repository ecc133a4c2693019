"""The recogniser put together, with the shipped network: files, their seams, dead sessions."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import soundfile

from asr.audio import SAMPLE_RATE, Samples
from asr.audio.files import open_audio, read_audio
from asr.engine import Engine, EngineOptions, open_beam
from asr.errors import ConfigError, DecodeError
from asr.file_recogniser import FileProgress
from asr.live.recording import Recording
from asr.live.session import Session
from asr.live.stored import unfinished_sessions
from asr.pack import Pack
from asr.transcript import Segment, Word
from tests.asr.scripted import FakeClock, Script, fake_clock

__all__ = ["fake_clock"]

CLIPS = Path(__file__).parents[1] / "clips"
QUIET = np.zeros(3 * SAMPLE_RATE // 2, np.float32)


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(EngineOptions(provider="cpu", decoder="greedy"))


@pytest.fixture(scope="module")
def sound() -> Samples:
    """Three sentences, the last after a silence: more than is heard in one step."""
    names = ("1272-128104-0014", "652-129742-0019")
    first, second = (read_audio(CLIPS / f"{name}.opus") for name in names)
    silence = np.zeros(6 * SAMPLE_RATE, np.float32)
    return np.concatenate((first, QUIET, second, silence, first, QUIET))


@pytest.fixture(scope="module")
def talk(sound: Samples, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("engine") / "talk.wav"
    soundfile.write(path, sound, SAMPLE_RATE)
    return path


@pytest.fixture(scope="module")
def said(engine: Engine, talk: Path) -> tuple[Segment, ...]:
    return tuple(engine.transcribe(talk).segments)


def test_a_session_holds_the_weights_of_the_network_once() -> None:
    listening = Engine(EngineOptions(provider="cpu", decoder="greedy"))

    hearing = listening.hearing

    assert hearing.network is hearing.live
    assert "graph" not in vars(listening)


def test_what_final_text_needs_is_loaded_before_there_is_any(
    tmp_path: Path, fake_clock: FakeClock
) -> None:
    listening = Engine(EngineOptions(provider="cpu"))
    recurrent = listening.language.recurrent
    assert recurrent is not None
    source = Script(QUIET, fake_clock)
    session = Session(listening.hearing, {"": source}, tmp_path, threaded=False)

    session.start()
    assert "_session" not in vars(recurrent)  # one listens at once
    session.poll()

    assert "_session" in vars(recurrent)
    session.stop()


def test_a_file_is_told_step_by_step_and_whole(
    engine: Engine, talk: Path, said: tuple[Segment, ...]
) -> None:
    steps = list(engine.transcribe_file(talk))
    whole = engine.transcribe(talk)

    progress = [step for step in steps if isinstance(step, FileProgress)]
    seconds = soundfile.info(talk).duration
    assert all(a.seconds <= b.seconds for a, b in pairwise(progress))
    assert len({one.seconds for one in progress}) > 2
    assert progress[-1].seconds == progress[-1].total == whole.seconds == pytest.approx(seconds)
    assert tuple(step for step in steps if isinstance(step, Segment)) == said
    assert len(said) == 3
    assert (whole.source, whole.pack) == ("talk.wav", engine.pack.checksum)
    assert (whole.language, whole.trouble) == ("English", None)


def test_more_threads_write_the_same(talk: Path, said: tuple[Segment, ...]) -> None:
    threaded = Engine(EngineOptions(provider="cpu", decoder="greedy", threads=2))

    assert [s.text for s in threaded.transcribe(talk).segments] == [s.text for s in said]


def test_reading_goes_on_at_a_seam_as_if_it_had_not_been_cut(
    engine: Engine, talk: Path, said: tuple[Segment, ...]
) -> None:
    before: list[Segment] = []
    with open_audio(talk) as file:
        for step in engine.recognise(file):
            if isinstance(step, Segment):
                before.append(step)
            elif step.seam:
                break
    with open_audio(talk) as file:
        steps = list(engine.recognise(file, seam=step.seam, before=before))

    n = len(before)
    assert 0 < n < len(said)
    assert before[-1].end * SAMPLE_RATE <= step.seam <= said[n].start * SAMPLE_RATE
    assert (*before, *(step for step in steps if isinstance(step, Segment))) == said


def test_whoever_speaks_in_a_file_is_told(engine: Engine, talk: Path) -> None:
    with open_audio(talk) as file:
        steps = list(engine.recognise(file, speaker="anna"))

    assert {step.speaker for step in steps if isinstance(step, Segment)} == {"anna"}


def test_a_file_that_breaks_off_is_read_as_far_as_it_goes(
    engine: Engine, talk: Path, tmp_path: Path, said: tuple[Segment, ...]
) -> None:
    broken = tmp_path / "broken.wav"
    broken.write_bytes(talk.read_bytes()[: 44 + 2 * round((said[1].start + 0.4) * SAMPLE_RATE)])
    heard: list[Segment] = []

    with pytest.raises(DecodeError, match="breaks off"):
        heard += (s for s in engine.transcribe_file(broken) if isinstance(s, Segment))
    whole = engine.transcribe(broken)

    assert "breaks off" in str(whole.trouble)
    assert whole.segments[0] == said[0]
    assert whole.seconds == pytest.approx(said[1].start + 0.4, abs=0.01)


def test_what_is_no_sound_at_all_is_refused(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "notes.wav").write_text("no sound")

    with pytest.raises(DecodeError, match=r"notes\.wav"):
        engine.transcribe(tmp_path / "notes.wav")


def test_a_dead_session_begins_with_what_was_final(
    engine: Engine, sound: Samples, tmp_path: Path, said: tuple[Segment, ...]
) -> None:
    recording = Recording.create(tmp_path / "session")
    recording.append(sound)
    stored = Segment((Word("stored", said[0].start, said[0].end),), said[0].start, said[0].end)
    recording.add_finals([stored], round(said[0].end * SAMPLE_RATE) + SAMPLE_RATE // 4)
    recording.put_aside()
    (dead,) = unfinished_sessions(tmp_path)

    steps = list(engine.recover(dead))

    first, *rest = (step for step in steps if isinstance(step, Segment))
    assert first == stored
    assert [s.start for s in rest] == pytest.approx([s.start for s in said[1:]], abs=0.2)
    progress = [step for step in steps if isinstance(step, FileProgress)]
    assert progress[-1].seconds == progress[-1].total == len(sound) / SAMPLE_RATE
    assert unfinished_sessions(tmp_path) == []


def test_the_beam_writes_what_was_said_and_takes_no_unknown_option(talk: Path) -> None:
    engine = Engine(EngineOptions(provider="cpu"))

    first = engine.transcribe(talk).segments[0]

    assert len(first.words) > 2
    with pytest.raises(ConfigError, match="no_such_option"):
        open_beam(Pack.open(), changes={"no_such_option": 1})
