"""A language small enough to count out: four phones, six words, a bigram model."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from asr.decoding.options import DecoderOptions
from asr.emissions import Emissions
from asr.language.lexicon import Lexicon

PHONES = ("<blank>", "A", "B", "C")
LETTERS = ("<blank>", " ", "'", "a", "b", "c", "e", "h")
VOCABULARY = ("<unk>", "</s>", "a", "ab", "aha", "b", "bee", "cab")
SOUNDS = {  # with homophones, two ways to say a word, a doubled phone, a word in a word
    "a": [(1,)],
    "ab": [(1, 2), (1, 3)],
    "aha": [(1, 1)],
    "b": [(2,)],
    "bee": [(2,)],
    "cab": [(3, 1, 2)],
}
# Nothing is pruned: every text is kept with all of its paths.
UNBOUNDED = DecoderOptions(
    beam=100_000,
    score_threshold=1e9,
    symbol_threshold=1e9,
    symbols_per_frame=100,
    blank_skip=1.0,
    recombine=False,
    oov_penalty=None,
)


class Bigrams:
    """A dense bigram table; a state is the last word, and one more for <s>."""

    unknown = 0
    end = 1

    def __init__(self, seed: int = 0, words: Sequence[str] = VOCABULARY) -> None:
        table = np.random.default_rng(seed).dirichlet(np.ones(len(words)), len(words) + 1)
        self._table = np.log(table + 1e-6).astype(np.float32)
        self.words = words
        self.start = len(words)
        self.unigrams = self._table[self.start]

    def word_id(self, text: str) -> int:
        return self.words.index(text) if text in self.words else self.unknown

    def score(
        self, states: NDArray[np.int64], words: NDArray[np.int64]
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        return self._table[states, words], words


def lexicon(model: Bigrams) -> Lexicon:
    entries = [(model.word_id(word), way) for word, ways in SOUNDS.items() for way in ways]
    return Lexicon.build(entries, model.words, model.unigrams, PHONES)


def noise(frames: int, seed: int, sharpness: float = 1.0) -> Emissions:
    """Random log-probabilities; the sharper, the nearer to certainty."""
    rng = np.random.default_rng(seed)

    def head(width: int) -> NDArray[np.float32]:
        rows = rng.normal(size=(frames, width)) * sharpness
        rows -= np.logaddexp.reduce(rows, axis=1, keepdims=True)
        return rows.astype(np.float32)

    return Emissions(head(len(PHONES)), head(len(LETTERS)))


def spoken(phones: str, letters: str | None = None, certainty: float = 0.9) -> Emissions:
    """One frame a character; `_` is the blank of either head."""
    letters = letters or "_" * len(phones)

    def head(script: str, alphabet: tuple[str, ...]) -> NDArray[np.float32]:
        rows = np.full((len(script), len(alphabet)), (1 - certainty) / (len(alphabet) - 1))
        for row, name in zip(rows, script, strict=True):
            row[0 if name == "_" else alphabet.index(name)] = certainty
        return np.log(rows).astype(np.float32)

    return Emissions(head(phones, PHONES), head(letters, LETTERS))
