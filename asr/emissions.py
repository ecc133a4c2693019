"""The network's answer to a stretch of sound: rows of log-probabilities, a head each.

Shapes: T frames, P phones, L letters; both alphabets begin with the CTC blank. They hold
wherever a function takes or returns Emissions, LogProbs or Symbols.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

BLANK: Final = 0  # the network's "no new symbol"; also torch.nn.CTCLoss's default

LogProbs: TypeAlias = NDArray[np.float32]  # (T, symbols), natural log, each row sums to 1
Symbols: TypeAlias = NDArray[np.int64]  # (n,) indices into an alphabet, none BLANK


@dataclass(frozen=True, slots=True)
class Emissions:
    """Both heads over the same T frames: `phones` (T, P) and `letters` (T, L)."""

    phones: LogProbs
    letters: LogProbs

    def __post_init__(self) -> None:
        assert len(self.phones) == len(self.letters)

    def __len__(self) -> int:
        return len(self.phones)

    def __getitem__(self, frames: slice) -> Emissions:
        """Return both heads over some of the frames, without copying them."""
        return Emissions(self.phones[frames], self.letters[frames])

    @staticmethod
    def join(parts: Sequence[Emissions]) -> Emissions:
        """Lay stretches end to end; there must be at least one."""
        return Emissions(
            np.concatenate([part.phones for part in parts]),
            np.concatenate([part.letters for part in parts]),
        )
