"""Errors between what was said and what was written: edit distance and rates."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Errors:
    """Wrong units among `length` units of reference; rates add up by adding these."""

    wrong: int = 0
    length: int = 0

    def __add__(self, other: Errors) -> Errors:
        return Errors(self.wrong + other.wrong, self.length + other.length)

    @property
    def rate(self) -> float:
        """Wrong units per unit of reference; 0 for an empty reference without errors."""
        return self.wrong / max(self.length, 1)


def errors(reference: Sequence[Hashable], hypothesis: Sequence[Hashable]) -> Errors:
    """Count the fewest substitutions, deletions and insertions: Levenshtein (1966)."""
    units = {unit: number for number, unit in enumerate({*reference, *hypothesis})}
    heard = np.array([units[unit] for unit in hypothesis], np.int64)
    places = np.arange(len(heard) + 1)
    row = places.copy()  # distance of nothing to each prefix of the hypothesis
    for unit in reference:
        change = row[:-1] + (heard != units[unit])
        best = np.concatenate((row[:1] + 1, np.minimum(row[1:] + 1, change)))
        row = np.minimum.accumulate(best - places) + places  # insertions run along the row
    return Errors(int(row[-1]), len(reference))
