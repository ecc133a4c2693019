"""Channels as speakers, with the shipped network: in order, and as each is heard alone."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import soundfile

from asr.audio import SAMPLE_RATE
from asr.audio.files import open_audio, read_audio
from asr.engine import Engine, EngineOptions
from asr.errors import DecodeError
from asr.file_recogniser import FileProgress
from asr.sentences import Message
from asr.transcript import Segment

CLIPS = Path(__file__).parents[1] / "clips"
TURNS = ("1272-128104-0014", "652-129742-0019", "1272-128104-0000")


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(EngineOptions(provider="cpu", decoder="greedy"))


@pytest.fixture(scope="module")
def interview(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two people who take turns, each in a channel."""
    turns = [read_audio(CLIPS / f"{name}.opus") for name in TURNS]
    quiet = np.zeros(SAMPLE_RATE, np.float32)
    sound = np.concatenate([np.append(turn, quiet) for turn in turns])
    channels = np.zeros((len(sound), 2), np.float32)
    begin = 0
    for number, turn in enumerate(turns):
        channels[begin : begin + len(turn), number % 2] = turn
        begin += len(turn) + len(quiet)
    path = tmp_path_factory.mktemp("channels") / "interview.wav"
    soundfile.write(path, channels, SAMPLE_RATE)
    return path


def test_speakers_take_turns_in_the_order_of_time(engine: Engine, interview: Path) -> None:
    steps = list(engine.transcribe_channels(interview))

    said = [step for step in steps if isinstance(step, Segment)]
    turns = [said[0].speaker]
    turns += [two.speaker for one, two in pairwise(said) if one.speaker != two.speaker]
    assert turns == ["Speaker 1", "Speaker 2", "Speaker 1"]
    assert all(one.start <= two.start for one, two in pairwise(said))
    progress = [step for step in steps if isinstance(step, FileProgress)]
    assert all(one.seconds <= two.seconds for one, two in pairwise(progress))
    assert progress[-1].seconds == progress[-1].total
    assert steps.index(said[0]) < steps.index(progress[-1])  # not all of them at the end


def test_each_channel_reads_as_if_it_were_alone(engine: Engine, interview: Path) -> None:
    together = [s for s in engine.transcribe_channels(interview) if isinstance(s, Segment)]

    for channel in (0, 1):
        with open_audio(interview, channel=channel) as file:
            alone = [s.text for s in engine.recognise(file) if isinstance(s, Segment)]
        speaker = f"Speaker {channel + 1}"
        assert [one.text for one in together if one.speaker == speaker] == alone


def test_a_silent_file_is_told_once(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "still.wav"
    soundfile.write(path, np.zeros((SAMPLE_RATE, 2)), SAMPLE_RATE)

    notes = [s for s in engine.transcribe_channels(path) if isinstance(s, Message)]

    assert len(notes) == 1


def test_what_is_no_sound_is_refused(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "notes.wav"
    path.write_text("not a sound")

    with pytest.raises(DecodeError, match=r"notes\.wav"):
        list(engine.transcribe_channels(path))
