"""The recurrent language model as the decoder asks it: how likely whole texts are.

Texts that begin alike are read once as far as they do: the step from one word to the next is
one call for all of them. Its training is in models/language/recurrent_training.py.
N texts, H cells.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from asr.errors import LanguageError
from asr.inference import onnxruntime, open_session

Words: TypeAlias = tuple[int, ...]  # numbers of the n-gram model
TextScores: TypeAlias = NDArray[np.float64]  # natural log-probabilities

MEMORY: Final = 4  # words; as good as all of them, in a third of the time


class RecurrentModel:
    """A trained network that reads words and says how likely each was after those before it.

    It is loaded when the first text is to be scored, so that listening need not wait for it,
    or by `load` before; the methods raise LanguageError if the file cannot be used.
    """

    def __init__(self, path: Path) -> None:
        """Name the file. Raises LanguageError if there is none."""
        if not path.is_file():
            raise LanguageError("There is no recurrent language model at {path}.", path=path)
        self._path = path

    def load(self) -> None:
        """Load it, if it is not."""
        _ = self._described

    @cached_property
    def n_words(self) -> int:
        """How many words it knows, numbered from 0."""
        return int(self._described["words"])

    @cached_property
    def cells(self) -> int:
        """How many numbers its hidden and its cell state have."""
        return int(self._described["cells"])

    def step(
        self,
        words: NDArray[np.int64],
        targets: NDArray[np.int64],
        hidden: NDArray[np.float32],
        cell: NDArray[np.float32],
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
        """Read a word in each of N texts, and say how likely another one is after it.

        Args:
            words: (N,) that were said; END before the first.
            targets: (N,) that may come next.
            hidden: (N, H) before the words; zeros before the first.
            cell: (N, H), likewise.

        Returns:
            The (N,) natural log-probabilities of `targets`, and both states after the words.
        """
        unknown = int(self._described["unknown"])
        nats, hidden, cell = self._session.run(
            None,
            {
                "words": np.where(words < self.n_words, words, unknown),
                "targets": np.where(targets < self.n_words, targets, unknown),
                "hidden": hidden,
                "cell": cell,
            },
        )
        return nats, hidden, cell

    def score(self, texts: Sequence[Words]) -> list[TextScores]:
        """Return for each text the scores of its words and of its end, one more than words.

        Texts that agree in their last MEMORY words, the one that is scored among them, are
        told apart no more: what was said before is taken from the first of them, so that the
        likeliest should come first (Liu et al. 2014, «Efficient lattice rescoring using
        recurrent neural network language models», section 3.1).
        """
        end = int(self._described["end"])
        wanted = [(*text, end) for text in texts]
        scores: list[list[float]] = [[] for _ in wanted]
        places: dict[Words, int] = {(): 0}
        hidden = cell = np.zeros((1, self.cells), np.float32)
        for length in range(1, max(map(len, wanted), default=0) + 1):
            begun: dict[Words, Words] = {}  # by what tells them apart
            for text in wanted:
                if len(text) >= length:
                    begun.setdefault(_recent(text[:length]), text[:length])
            before = [places[_recent(text[:-1])] for text in begun.values()]
            said = [text[-2] if length > 1 else end for text in begun.values()]
            targets = np.array([text[-1] for text in begun], np.int64)
            nats, hidden, cell = self.step(
                np.array(said, np.int64), targets, hidden[before], cell[before]
            )
            places = {recent: place for place, recent in enumerate(begun)}
            for row, text in zip(scores, wanted, strict=True):
                if len(text) >= length:
                    row.append(float(nats[places[_recent(text[:length])]]))
        return [np.array(row) for row in scores]

    @cached_property
    def _session(self) -> onnxruntime.InferenceSession:
        return open_session(self._path, "language model")

    @cached_property
    def _described(self) -> dict[str, str]:
        described: dict[str, str] = self._session.get_modelmeta().custom_metadata_map
        if not {"words", "cells", "end", "unknown"} <= described.keys():
            raise LanguageError(
                "{path} is no language model of this program.", path=self._path.name
            )
        return described


def _recent(text: Words) -> Words:
    return text[-MEMORY:]
