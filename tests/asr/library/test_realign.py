"""Times of edited words against their sound."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import soundfile

from asr.audio import SAMPLE_RATE
from asr.audio.files import read_audio
from asr.engine import Engine, EngineOptions
from asr.errors import AlignmentError, DecodeError
from asr.library import Journal
from asr.library.realign import realign
from asr.transcript import Transcript

CLIPS = Path(__file__).parents[2] / "clips"
CLIP = CLIPS / "1272-128104-0000.opus"


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(EngineOptions(provider="cpu"))


@pytest.fixture(scope="module")
def heard(engine: Engine) -> Transcript:
    return engine.transcribe(CLIP)


@pytest.mark.parametrize("as_flac", [True, False])
def test_edited_words_get_the_times_of_their_sound(
    engine: Engine, heard: Transcript, tmp_path: Path, as_flac: bool
) -> None:
    """Words are taken out and put back, so that their true times are known."""
    sound = CLIP
    if as_flac:
        sound = tmp_path / "sound-0.flac"
        soundfile.write(sound, read_audio(CLIP), SAMPLE_RATE)
    with Journal.open(tmp_path / "journal.jsonl", heard) as journal:
        key = journal.keys[0]
        true = journal.transcript.segments[0].words
        texts = [word.shown for word in true[3:9]]
        journal.replace(key, 3, 9, ["something"])
        journal.replace(key, 3, 4, texts)
        segment = journal.transcript.segments[0]
        off = [abs(a.start - b.start) for a, b in zip(segment.words, true, strict=True)]
        assert max(off) > 0.1

        times = realign(engine, [sound], segment)
        assert journal.set_times(key, [word.shown for word in segment.words], times)

        words = journal.transcript.segments[0].words
        off = [abs(a.start - b.start) for a, b in zip(words, true, strict=True)]
        assert np.quantile(off, 0.95) < 0.1
        assert all(a.end <= b.start + 1e-9 for a, b in pairwise(words[2:10]))


def test_the_last_word_is_found_though_its_time_was_cut_short(
    engine: Engine, heard: Transcript
) -> None:
    whole = heard.segments[0]
    true = whole.words[-1]
    short = replace(true, start=true.start - 0.3, end=true.start + 0.1)
    segment = replace(whole, words=(*whole.words[:-1], short), end=short.end)

    _, last = realign(engine, [CLIP], segment)[-2:]

    assert last[0] == pytest.approx(true.start, abs=0.1)


def test_what_was_not_said_stays_between_its_neighbours(
    engine: Engine, heard: Transcript, tmp_path: Path
) -> None:
    with Journal.open(tmp_path / "journal.jsonl", heard) as journal:
        key = journal.keys[0]
        journal.replace(key, 3, 3, ["hippopotamus", "—", "42"])
        segment = journal.transcript.segments[0]

        times = realign(engine, [CLIP], segment)

    assert len(times) == len(segment.words)
    flat = [second for pair in times for second in pair]
    assert flat == sorted(flat)
    assert segment.start <= flat[0] <= flat[-1] <= segment.end


def test_without_its_sound_nothing_is_timed(
    engine: Engine, heard: Transcript, tmp_path: Path
) -> None:
    with pytest.raises(DecodeError, match="does not exist"):
        realign(engine, [tmp_path / "gone.flac"], heard.segments[0])
    soundfile.write(tmp_path / "short.flac", np.zeros(10, np.float32), SAMPLE_RATE)
    late = heard.segments[0].shifted(100.0)
    with pytest.raises(AlignmentError, match="no sound for this part"):
        realign(engine, [tmp_path / "short.flac"], late)
