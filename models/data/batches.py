"""Utterances into batches: by length, so that little is padded, and the same each time.

A batch's content depends on the seed, the epoch and its number in the epoch alone: a training
that is resumed goes on with just the batches that were left.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from asr.audio import SAMPLE_RATE, Samples
from models.acoustic.network import FRAME
from models.acoustic.targets import Target
from models.data.augmentation import FULL_SCALE
from models.data.sound_cache import SoundCache


class Batch(NamedTuple):
    """B utterances, padded with silence and with blanks.

    `samples` (B, N) float32 in −1..1, or int16 as they are kept, N a multiple of FRAME;
    `phones` (B, S) and `letters` (B, S') int64; the lengths (B,) int64, in samples and
    symbols, count what is no padding.
    """

    samples: Tensor
    lengths: Tensor
    phones: Tensor
    phone_lengths: Tensor
    letters: Tensor
    letter_lengths: Tensor

    def on(self, device: torch.device) -> Batch:
        """Move to a device, where the samples become float32."""
        moved = Batch(*(tensor.to(device, non_blocking=True) for tensor in self))
        if moved.samples.dtype == torch.int16:
            moved = moved._replace(samples=moved.samples / FULL_SCALE)
        return moved

    def twice(self) -> Batch:
        """Every utterance once more, behind the others."""
        return Batch(*(torch.cat([tensor, tensor]) for tensor in self))


@dataclass(frozen=True, slots=True)
class BatchPlan:
    """What one batch holds: the epoch, its number within it, and its utterances."""

    epoch: int
    number: int
    utterances: tuple[int, ...]


class Speech(Dataset[Batch]):
    """Batches by their plans, as they were recorded; runs on the loader's own process."""

    def __init__(
        self, sounds: SoundCache, targets: Sequence[Target], plans: Sequence[BatchPlan]
    ) -> None:
        self._sounds = sounds
        self._targets = targets
        self._plans = plans

    def __len__(self) -> int:
        return len(self._plans)

    def __getitem__(self, index: int) -> Batch:
        utterances = self._plans[index].utterances
        sounds = [self._sounds.pcm(number) for number in utterances]
        return collate(sounds, [self._targets[number] for number in utterances])


def collate(sounds: Sequence[Samples | NDArray[np.int16]], targets: Sequence[Target]) -> Batch:
    """Pad B utterances, (n,) each, to one another: (B, N) sound of whole frames."""
    samples, lengths = padded([torch.tensor(sound) for sound in sounds], FRAME)
    phones, phone_lengths = padded([torch.from_numpy(one.phones) for one in targets])
    letters, letter_lengths = padded([torch.from_numpy(one.letters) for one in targets])
    return Batch(samples, lengths, phones, phone_lengths, letters, letter_lengths)


def padded(rows: Sequence[Tensor], multiple: int = 1) -> tuple[Tensor, Tensor]:
    """Lay B rows, (n,) each, in (B, N), zeros behind, N a multiple; also (B,) lengths."""
    lengths = torch.tensor([len(row) for row in rows])
    width = -(-int(lengths.max()) // multiple) * multiple
    table = torch.zeros(len(rows), width, dtype=rows[0].dtype)
    for row, content in zip(table, rows, strict=True):
        row[: len(content)] = content
    return table, lengths


def plan(
    lengths: NDArray[np.int64], batch_seconds: float, epoch: int, seed: int, *, sort: bool
) -> list[BatchPlan]:
    """Divide one epoch over utterances of (n,) `lengths` in samples into batches.

    Neighbours in length share a batch, up to `batch_seconds` with padding; who is
    neighbour varies by a tenth from epoch to epoch. Batches come shortest first if
    `sort`ed, else shuffled.
    """
    generator = np.random.default_rng((seed, epoch))
    order = np.argsort(lengths * generator.uniform(0.95, 1.05, len(lengths)))
    groups = list(_groups(order, lengths, int(batch_seconds * SAMPLE_RATE)))
    if not sort:
        groups = [groups[i] for i in generator.permutation(len(groups))]
    return [BatchPlan(epoch, number, group) for number, group in enumerate(groups)]


def _groups(
    order: NDArray[np.int64], lengths: NDArray[np.int64], room: int
) -> Iterator[tuple[int, ...]]:
    group: list[int] = []
    longest = 0
    for number in map(int, order):
        longest = max(longest, int(lengths[number]))
        if group and longest * (len(group) + 1) > room:
            yield tuple(group)
            group, longest = [], int(lengths[number])
        group.append(number)
    if group:
        yield tuple(group)
