"""The best texts weighed again, by two language models instead of one.

The search can only ask a model that looks two words back. What it leaves is a hundred texts
that differ here and there, and of those a recurrent model can say which is likely as a whole.
The two disagree in different places, so that their probabilities are averaged, word by word.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from asr.decoding.history import History
from asr.decoding.nbest import LatticePath
from asr.decoding.options import DecoderOptions
from asr.language import NGram
from asr.language.recurrent import TextScores, Words


class Recurrent(Protocol):
    """A language model that looks at all that was said; it numbers words as the n-gram does."""

    @property
    def n_words(self) -> int:
        """How many words it knows, numbered from 0."""

    @property
    def cells(self) -> int:
        """How many numbers its two states have."""

    def step(
        self,
        words: NDArray[np.int64],
        targets: NDArray[np.int64],
        hidden: NDArray[np.float32],
        cell: NDArray[np.float32],
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
        """Read (N,) words after (N, H) states; score (N,) targets, and return the states."""

    def score(self, texts: Sequence[Words]) -> list[TextScores]:
        """Return for each text the scores of its words and of its end, one more than words."""


@dataclass(frozen=True, slots=True)
class Rescoring:
    """What weighs texts again; one for all utterances."""

    model: Recurrent
    n_gram: NGram
    options: DecoderOptions

    def rescored(self, paths: Sequence[LatticePath], history: History) -> list[LatticePath]:
        """Return the paths with their new scores, the best first."""
        texts = [tuple(history.words[entry] for entry in path.entries) for path in paths]
        known = [tuple(self.known(word) for word in text) for text in texts]
        olds = score_n_gram(self.n_gram, known)
        news = self.model.score(known)
        found = [
            replace(path, score=path.score + self._gain(old, new, text))
            for path, old, new, text in zip(paths, olds, news, known, strict=True)
        ]
        return sorted(found, key=lambda path: -path.score)

    def _gain(self, n_gram: TextScores, recurrent: TextScores, text: Words) -> float:
        """Return what a text is worth beyond what the search thought."""
        options = self.options
        both = self.mixed(n_gram, recurrent, np.array([*text, self.n_gram.end]))
        return float(options.final_weight * both.sum() - options.language_weight * n_gram.sum())

    def mixed(
        self, n_gram: TextScores, recurrent: TextScores, words: NDArray[np.int64]
    ) -> TextScores:
        """Return (n,) log-probabilities of words by both models, averaged."""
        share = self.options.recurrent_share
        both = np.logaddexp(n_gram + np.log1p(-share), recurrent + np.log(share))
        # Of a word that the recurrent model lacks it says how likely any such word is.
        is_known = (words < self.model.n_words) & (words != self.n_gram.unknown)
        return np.where(is_known, both, n_gram)

    def known(self, word: int) -> int:
        """Return the number that the n-gram has for a word, which may be a hot one."""
        return word if word < len(self.n_gram.words) else self.n_gram.unknown


def score_n_gram(model: NGram, texts: Sequence[Words]) -> list[TextScores]:
    """Return for each text the scores of its words and of its end."""
    rows = [(*text, model.end) for text in texts]
    lengths = np.array([len(row) for row in rows], np.int64)
    scores = np.zeros((len(rows), lengths.max(initial=0)))
    states = np.full(len(rows), model.start)
    for place in range(scores.shape[1]):
        alive = np.flatnonzero(lengths > place)
        words = np.array([rows[row][place] for row in alive.tolist()], np.int64)
        scores[alive, place], states[alive] = model.score(states[alive], words)
    return [row[:length] for row, length in zip(scores, lengths.tolist(), strict=True)]
