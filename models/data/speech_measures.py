"""What can be told of an utterance: its sound, and how well its text fits the sound.

How well a text fits is what a trained network makes of it: the CTC loss of its phones,
against the loss of the phones that the network reads by itself. Hard speech has a high
loss too, so a poor fit is looked into: would foreign phones do as well, are phones at an
edge not there at all, is the text said twice?

Shapes: T frames, P phones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

from asr.audio import SAMPLE_RATE, Samples
from asr.emissions import BLANK, LogProbs, Symbols
from asr.evaluation.error_rate import errors
from models.acoustic.evaluation import read
from models.data.ctc_forward import forward_scores

FULL_SCALE: Final = 32767 / 32768  # the largest sample of 16 bits
PIECE: Final = 400  # samples; loudness is taken of 25 ms
EDGE: Final = 4  # pieces at either end
FLOOR: Final = 1e-10  # −100 dBFS, below the noise of 16 bits
RIVALS: Final = 300  # foreign texts that are tried on the sound
LEAST_UNSAID: Final = 3  # phones; a slip of the tongue is shorter


@dataclass(frozen=True, slots=True)
class SoundMeasures:
    """Levels in dB below full scale; silence is digital, samples of 0, in seconds."""

    seconds: float
    peak: float  # 0..1
    clipped: float  # share of samples at full scale
    loudness: float
    loud: float  # 95th percentile of the pieces
    snr: float  # dB from their 10th percentile to the 95th
    first: float  # dB of the first 100 ms over `loud`
    last: float
    silent_before: float
    silent_inside: float  # the longest
    silent_after: float


@dataclass(frozen=True, slots=True)
class Fit:
    """How the text's phones fit; losses in nats a phone of the text."""

    phones: int
    rate: float  # phones a second
    loss: float
    behind: float  # how much less likely than what the network reads by itself
    phone_error: float  # of what it reads
    heard: float  # phones that it reads, for each of the text


@dataclass(frozen=True, slots=True)
class TextDoubts:
    """What speaks against a text."""

    rivals: float = 0.0  # share of foreign texts of as many phones that fit as well
    unsaid_start: float = 0.0  # nats won by each phone left out at the start; 0 if too few
    unsaid_end: float = 0.0
    twice: float = -np.inf  # nats won by saying the text twice


def measure_sound(samples: Samples) -> SoundMeasures:
    """Look at the samples alone."""
    seconds = len(samples) / SAMPLE_RATE
    size = np.abs(samples)
    pieces = samples[: len(samples) // PIECE * PIECE].reshape(-1, PIECE)
    levels = _decibel((pieces**2).mean(axis=1)) if len(pieces) else _decibel(np.zeros(1))
    quiet, loud = np.percentile(levels, (10, 95))
    sounding = np.flatnonzero(samples)
    ends = (
        (sounding[0], len(samples) - 1 - sounding[-1]) if len(sounding) else (len(samples), 0)
    )
    inside = int(np.diff(sounding).max(initial=1)) - 1
    return SoundMeasures(
        seconds=seconds,
        peak=float(size.max(initial=0.0)),
        clipped=float((size >= FULL_SCALE).mean()) if len(samples) else 0.0,
        loudness=float(_decibel(np.square(samples).mean() if len(samples) else 0.0)),
        loud=float(loud),
        snr=float(loud - quiet),
        first=float(levels[:EDGE].max() - loud),
        last=float(levels[-EDGE:].max() - loud),
        silent_before=float(ends[0]) / SAMPLE_RATE,
        silent_inside=inside / SAMPLE_RATE,
        silent_after=float(ends[1]) / SAMPLE_RATE,
    )


def measure_fit(log_probs: LogProbs, phones: Symbols, seconds: float) -> Fit:
    """Lay a text of at least one phone over the sound, of which (T, P) was heard."""
    heard = read(torch.from_numpy(log_probs))
    loss = ctc_loss(log_probs, phones)
    free = ctc_loss(log_probs, np.array(heard, np.int64))
    count = len(phones)
    return Fit(
        phones=count,
        rate=count / max(seconds, 1 / SAMPLE_RATE),
        loss=loss / count,
        behind=(loss - free) / count,
        phone_error=errors(phones.tolist(), heard).rate,
        heard=len(heard) / count,
    )


def ctc_loss(log_probs: LogProbs, phones: Symbols) -> float:
    """Nats of a text over (T, P); infinite where the frames are too few."""
    if not len(log_probs):
        return np.inf if len(phones) else 0.0
    if not len(phones):
        return -float(log_probs[:, BLANK].sum())
    loss = F.ctc_loss(
        torch.from_numpy(log_probs)[:, None],
        torch.from_numpy(phones)[None],
        torch.tensor([len(log_probs)]),
        torch.tensor([len(phones)]),
        reduction="sum",
    )
    return loss.item()


def find_doubts(
    log_probs: LogProbs, phones: Symbols, pool: Symbols, generator: np.random.Generator
) -> TextDoubts:
    """Try other readings of the sound than the text.

    Args:
        log_probs: (T, P) of the sound.
        phones: Of the text.
        pool: Phones of many texts, end to end, of which foreign ones are cut.
        generator: Draws them.
    """
    count = len(phones)
    starts = generator.integers(0, max(1, len(pool) - count), RIVALS)
    text = phones.tolist()
    foreign = [pool[start : start + count].tolist() for start in starts]
    own, doubled, *others = forward_scores(log_probs, [text, text * 2, *foreign])
    begun = forward_scores(log_probs, [text[: count - left] for left in range(count + 1)])
    ended = forward_scores(log_probs, [text[left:] for left in range(count + 1)])
    return TextDoubts(
        rivals=float((np.array(others) >= own).mean()),
        unsaid_start=_unsaid(ended),
        unsaid_end=_unsaid(begun),
        twice=float(doubled - own) if np.isfinite(own) else -np.inf,
    )


def _unsaid(scores: NDArray[np.float64]) -> float:
    """Nats won by each phone that is best left out; scores by how many are."""
    left = int(scores.argmax())
    if left < LEAST_UNSAID:
        return 0.0
    return float(scores[left] - scores[0]) / left


def _decibel(power: NDArray[np.floating[Any]] | float) -> NDArray[np.float64]:
    return 10 * np.log10(np.asarray(power, np.float64) + FLOOR)
