"""What is said and how it sounds: lexicons, pronunciations, language models."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class NGram(Protocol):
    """A language model over words; states are numbers that only it understands."""

    start: int  # the state after <s>
    unknown: int  # word id
    end: int  # word id

    @property
    def words(self) -> Sequence[str]:
        """(V,) the vocabulary."""

    @property
    def unigrams(self) -> NDArray[np.float32]:
        """(V,) natural log-probabilities."""

    def word_id(self, text: str) -> int:
        """Return the word's id, or that of the unknown word."""

    def score(
        self, states: NDArray[np.int64], words: NDArray[np.int64]
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Return (n,) natural log-probabilities of the words, and the (n,) states after."""
