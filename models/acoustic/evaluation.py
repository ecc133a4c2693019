"""Greedy error rates of a network on the dev lists, for choosing while training."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from asr.alphabets import LETTERS
from asr.emissions import BLANK
from asr.evaluation.error_rate import Errors, errors
from models.acoustic.features import HOP
from models.acoustic.network import SUBSAMPLING, AcousticModel
from models.acoustic.targets import Target
from models.data.batches import BatchPlan, Speech
from models.data.sound_cache import SoundCache


@dataclass(frozen=True, slots=True)
class GreedyErrors:
    """Rates of phones, letters and words by best-path decoding."""

    phones: float
    letters: float
    words: float


@torch.no_grad()
def greedy_errors(
    model: AcousticModel,
    sounds: SoundCache,
    targets: Sequence[Target],
) -> GreedyErrors:
    """Read the dev utterances with a model in evaluation mode, one by one in length."""
    device = next(model.parameters()).device
    phones = letters = words = Errors()
    order = np.argsort(sounds.lengths())
    plans = [BatchPlan(0, i, tuple(map(int, part))) for i, part in enumerate(_parts(order, 8))]
    speech = Speech(sounds, targets, plans)
    for one in plans:
        batch = speech[one.number].on(device)
        lengths = (batch.lengths + HOP - 1) // HOP
        heads = model(model.features(batch.samples), lengths)
        counts = (lengths + SUBSAMPLING - 1) // SUBSAMPLING
        for row, number in enumerate(one.utterances):
            said = targets[number]
            if len(said.phones):
                phones += errors(said.phones.tolist(), read(heads.phones[row, : counts[row]]))
            text = read(heads.letters[row, : counts[row]])
            letters += errors(said.letters.tolist(), text)
            words += errors(spell(said.letters.tolist()).split(), spell(text).split())
    return GreedyErrors(phones.rate, letters.rate, words.rate)


def read(log_probs: torch.Tensor) -> list[int]:
    """Best path of (U, V): merge repeats, then drop blanks."""
    path = log_probs.argmax(-1).cpu().numpy()
    changed = np.diff(path, prepend=-1) != 0
    symbols: list[int] = path[changed & (path != BLANK)].tolist()
    return symbols


def spell(symbols: Sequence[int]) -> str:
    """Letters as text."""
    return "".join(LETTERS[symbol] for symbol in symbols)


def _parts(order: NDArray[np.int64], size: int) -> Iterator[NDArray[np.int64]]:
    for start in range(0, len(order), size):
        yield order[start : start + size]
