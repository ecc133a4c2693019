"""How many words are wrong: a pack measured on a manifest, offline or as it is heard live.

Reference and hypothesis are normalised alike by `asr.text.normalise`: lower case, no
accents, letters and inner apostrophes only, digits spelled out. An utterance whose
reference holds no word after that is left out.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np

from asr.audio import SAMPLE_RATE, Samples
from asr.audio.files import read_audio
from asr.decoding import Decoder
from asr.emissions import Emissions
from asr.evaluation.error_rate import Errors, errors
from asr.evaluation.manifest import Utterance
from asr.text import normalise
from asr.transcript import Word

DRAWS: Final = 1000  # of the bootstrap
UNKNOWN: Final = "unknown"  # speaker, where the corpus does not say

Steps: TypeAlias = Iterable[tuple[Emissions, Emissions]]  # settled, and what is ahead of it
Hear: TypeAlias = Callable[[Samples], Emissions | Steps]  # as a whole, or as it is heard live
Distortion: TypeAlias = Callable[[Samples], Samples]


@dataclass(frozen=True, slots=True)
class UtteranceResult:
    """One utterance as it was said and as it was read."""

    reference: str
    hypothesis: str
    speaker: str
    seconds: float  # of sound
    computed: float  # seconds that it took

    @property
    def words(self) -> Errors:
        """Errors in words."""
        return errors(self.reference.split(), self.hypothesis.split())

    @property
    def letters(self) -> Errors:
        """Errors in letters, spaces included."""
        return errors(self.reference, self.hypothesis)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Rates over a manifest, 0..1 and more; `rtf` is seconds of computing per second."""

    wer: float
    wer_interval: tuple[float, float]  # 95 %, by bootstrap over speakers
    cer: float
    ser: float  # utterances with any error
    rtf: float
    utterances: int
    seconds: float
    words: int  # of reference
    speakers: int
    speaker_wer_lowest: float
    speaker_wer_median: float
    speaker_wer_highest: float


def read_utterances(
    utterances: Sequence[Utterance],
    hear: Hear,
    decoder: Decoder,
    change: Distortion = lambda samples: samples,
) -> Iterator[UtteranceResult]:
    """Recognise one utterance after the other; `change` may make its sound worse first."""
    for utterance in utterances:
        reference = normalise(utterance.text)
        if not reference:
            continue
        samples = change(read_audio(utterance.path))
        start = time.perf_counter()
        text = " ".join(word.text for word in _decode(decoder, hear(samples)))
        computed = time.perf_counter() - start
        seconds = len(samples) / SAMPLE_RATE
        yield UtteranceResult(reference, normalise(text), utterance.speaker, seconds, computed)


def _decode(decoder: Decoder, heard: Emissions | Steps) -> tuple[Word, ...]:
    decoding = decoder.start()
    if isinstance(heard, Emissions):
        decoding.feed(heard)
    else:
        for settled, ahead in heard:
            decoding.feed(settled)
            decoding.text(ahead)  # what it settles cannot change any more
    return decoding.finish()


def interval(readings: Sequence[UtteranceResult]) -> tuple[float, float]:
    """Return the 95 % interval of the word error rate: Bisani & Ney (2004), section 3.

    Speakers are drawn anew, each with all that was said; of a speaker who is not known
    (`corpus:unknown`) each utterance stands for itself.
    """
    parts: dict[object, Errors] = {}
    for number, one in enumerate(readings):
        key = number if one.speaker.endswith(UNKNOWN) else one.speaker
        parts[key] = parts.get(key, Errors()) + one.words
    counts = np.array([(one.wrong, one.length) for one in parts.values()])
    draws = np.random.default_rng(0).integers(len(counts), size=(DRAWS, len(counts)))
    wrong, length = counts[draws].sum(axis=1).T
    low, high = np.quantile(wrong / np.maximum(length, 1), (0.025, 0.975))
    return float(low), float(high)


def summarise(readings: Sequence[UtteranceResult]) -> Report:
    """Add up; there must be at least one reading."""
    by_speaker: dict[str, Errors] = {}
    for one in readings:
        by_speaker[one.speaker] = by_speaker.get(one.speaker, Errors()) + one.words
    rates = [total.rate for total in by_speaker.values()]
    words = sum((one.words for one in readings), Errors())
    letters = sum((one.letters for one in readings), Errors())
    seconds = sum(one.seconds for one in readings)
    return Report(
        wer=words.rate,
        wer_interval=interval(readings),
        cer=letters.rate,
        ser=sum(one.words.wrong > 0 for one in readings) / len(readings),
        rtf=sum(one.computed for one in readings) / max(seconds, 1e-9),
        utterances=len(readings),
        seconds=seconds,
        words=words.length,
        speakers=len(by_speaker),
        speaker_wer_lowest=min(rates),
        speaker_wer_median=statistics.median(rates),
        speaker_wer_highest=max(rates),
    )
