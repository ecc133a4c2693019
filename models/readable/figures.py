"""How right tags are: precision, recall and F1 of marks and of case."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from asr.readable.tags import PLAIN, Case, Mark

SHOWN: Final = (Mark.FULL_STOP, Mark.COMMA, Mark.QUESTION)

Tags = NDArray[np.uint8]  # (N,)


@dataclass(frozen=True, slots=True)
class TagCounts:
    """How often a tag was given, was right and was wanted."""

    given: int
    right: int
    wanted: int

    @property
    def precision(self) -> float:
        """Part of the given that is right."""
        return self.right / max(self.given, 1)

    @property
    def recall(self) -> float:
        """Part of the wanted that is given."""
        return self.right / max(self.wanted, 1)

    @property
    def f1(self) -> float:
        """Harmonic mean of the two."""
        return 2 * self.right / max(self.given + self.wanted, 1)


def plain(marks: NDArray[np.integer]) -> Tags:
    """Return (n,) marks with what is shown for the rarer ones."""
    table = np.array([PLAIN.get(mark, mark) for mark in Mark], np.uint8)
    found: Tags = table[marks]
    return found


def mark_figures(given: Tags, wanted: Tags) -> dict[str, TagCounts]:
    """Count each mark among N words; both as `plain` has them, or neither."""
    return {
        mark.name: TagCounts(
            int((given == mark).sum()),
            int(((given == mark) & (wanted == mark)).sum()),
            int((wanted == mark).sum()),
        )
        for mark in Mark
        if mark is not Mark.NONE and (wanted == mark).any()
    }


def case_figure(given: Tags, wanted: Tags) -> TagCounts:
    """Count the words that are not in lower case; right if in the very case."""
    capital, shown = wanted != Case.LOWER, given != Case.LOWER
    return TagCounts(
        int(shown.sum()), int((capital & (given == wanted)).sum()), int(capital.sum())
    )
