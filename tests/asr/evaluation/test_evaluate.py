"""Counting errors."""

from pathlib import Path

import numpy as np
import pytest

from asr.audio import Samples
from asr.emissions import Emissions
from asr.evaluation.evaluate import UtteranceResult, interval, read_utterances, summarise
from asr.evaluation.manifest import read_manifest
from asr.transcript import PartialText, Word

CLIPS = Path(__file__).parents[2] / "clips" / "clips.tsv"


class Parrot:
    """A decoder that says the same words whatever it hears."""

    def __init__(self, text: str) -> None:
        # What is shown counts for nothing.
        self.words = tuple(Word(word, 0.0, 0.1, display="19.") for word in text.split())
        self.frames = 0

    def start(self) -> "Parrot":
        return self

    def feed(self, emissions: Emissions) -> None:
        self.frames += len(emissions)

    def text(self, ahead: Emissions | None = None) -> PartialText:
        return PartialText()

    def finish(self) -> tuple[Word, ...]:
        return self.words


def hear(samples: Samples) -> Emissions:
    rows = np.zeros((len(samples) // 640, 2), np.float32)
    return Emissions(rows, rows)


def test_both_sides_are_normalised_alike() -> None:
    utterance = read_manifest(CLIPS)[0]
    decoder = Parrot("Mister QUILTER, is the apostle")

    (reading,) = read_utterances([utterance], hear, decoder)

    assert reading.reference.startswith("mister quilter is the apostle of")
    assert reading.hypothesis == "mister quilter is the apostle"
    assert decoder.frames > 100
    assert reading.seconds == pytest.approx(utterance.seconds, abs=0.1)


def test_the_sound_can_be_made_worse_first() -> None:
    utterance = read_manifest(CLIPS)[0]
    decoder = Parrot("")

    list(read_utterances([utterance], hear, decoder, change=lambda samples: samples[:6400]))

    assert decoder.frames == 10


def test_the_interval_draws_speakers_and_not_utterances() -> None:
    def read(speaker: str, wrong: bool) -> UtteranceResult:
        return UtteranceResult("a b", "x y" if wrong else "a b", speaker, 1.0, 0.1)

    half = [read(f"s{n % 2}", n % 2 == 0) for n in range(100)]
    many = [read(f"s{n}", n % 2 == 0) for n in range(100)]
    unknown = [read("corpus:unknown", n % 2 == 0) for n in range(100)]

    assert interval(half) == (0.0, 1.0)  # of two speakers, both may be the bad one
    for readings in (many, unknown):
        low, high = interval(readings)
        assert 0.35 < low < 0.45
        assert 0.55 < high < 0.65
    assert interval([read("one", wrong=False)]) == (0.0, 0.0)


def test_rates_are_over_all_words_and_spread_over_speakers() -> None:
    readings = [
        UtteranceResult("a b c d", "a b c d", "ann", 2.0, 0.1),
        UtteranceResult("a b", "a x", "bob", 1.0, 0.1),
        UtteranceResult("a b c d", "", "cat", 1.0, 0.2),
    ]

    found = summarise(readings)

    assert found.wer == 0.5
    assert found.ser == pytest.approx(2 / 3)
    assert found.rtf == pytest.approx(0.1)
    assert (found.speaker_wer_lowest, found.speaker_wer_highest) == (0.0, 1.0)
    assert found.speaker_wer_median == 0.5
    assert (found.utterances, found.words, found.speakers) == (3, 10, 3)
