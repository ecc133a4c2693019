"""What the tagger reads in training: chunks of the texts, with pauses and mistakes drawn.

Text has no pauses. They are drawn from how long speakers were measured to pause after each
mark (`models.readable.pauses`), and are left out of some chunks so that text alone is tagged
as well. Some chunks have mistakes, as recognition makes them (`models.readable.mistakes`).

B chunks of T words, V distinct words in the texts, of which the vocabulary has the first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from asr.errors import ConfigError
from asr.readable.pauses import BUCKETS
from asr.readable.spelling import parts
from asr.readable.tags import Mark
from models.acoustic.config import require
from models.readable.mistakes import ENDS, Mistakes, TaggedRow
from models.readable.network import UNKNOWN
from models.readable.texts import TextPart


@dataclass(frozen=True, slots=True, kw_only=True)
class ChunkConfig:
    """Chunks and what is drawn for them. Probabilities are of a chunk where not of a word."""

    batch: int = 128  # chunks
    length: int = 100  # words
    begins: float = 0.5  # that a chunk begins where a sentence does
    silent: float = 0.4  # that no pause is known
    mistaken: float = 0.25  # that there are mistakes
    mistakes: float = 0.1  # a word of such a chunk
    confusions: str = ""  # table of models.readable.confusions; "": words spelled alike
    forgotten: float = 0.01  # of a word, to be as if outside the vocabulary
    # Row by row for Mark, how likely the pause after it is in each bucket but that of none.
    pauses: tuple[tuple[float, ...], ...] = ()

    def __post_init__(self) -> None:
        require(self.batch > 0 and self.length > 1, "chunks", (self.batch, self.length))
        rows = (len(self.pauses), *{len(row) for row in self.pauses})
        require(rows == (len(Mark), BUCKETS - 1), "chunks.pauses", rows)


@dataclass(frozen=True, slots=True)
class TaggedBatch:
    """Inputs and tags, (B, T) each; `parts` (B, T, PARTS)."""

    words: Tensor
    parts: Tensor
    pauses: Tensor
    cases: Tensor
    marks: Tensor


class Batches:
    """Draws the batches of a training: the same for the same seed and step."""

    def __init__(
        self, texts: TextPart, words: Sequence[str], known: int, config: ChunkConfig, seed: int
    ) -> None:
        """Take the texts to learn from.

        Args:
            texts: Words and tags.
            words: (V,) distinct words, the commonest first.
            known: How many of them the vocabulary has.
            config: What to draw.
            seed: Of all chance.

        Raises:
            ConfigError: There are fewer words than two chunks take.
            LanguageError: The table of confusions cannot be read.
        """
        if len(texts.words) < 2 * config.length:
            raise ConfigError("The texts hold too few words for a single chunk.")
        self._texts, self._known, self._config, self._seed = texts, known, config, seed
        self.parts = np.array([parts(word) for word in words], np.int64)
        self._mistakes = (
            Mistakes.read(Path(config.confusions), words, known)
            if config.confusions
            else Mistakes.spelled_alike(words, known)
        )
        self._pauses = np.cumsum(np.array(config.pauses), axis=1)

    def batch(self, step: int) -> TaggedBatch:
        """Return the batch of a step."""
        chance = np.random.default_rng((self._seed, step))
        config = self._config
        last = len(self._texts.words) - 2 * config.length
        starts = chance.integers(0, max(last, 1), config.batch)
        snaps = chance.random(config.batch) < config.begins
        rows = [
            self._row(int(start), bool(snap), chance)
            for start, snap in zip(starts, snaps, strict=True)
        ]
        words, cases, marks = (np.stack(arrays) for arrays in zip(*rows, strict=True))
        numbers = np.where(words < self._known - 1, words + 1, UNKNOWN)
        numbers[chance.random(words.shape) < config.forgotten] = UNKNOWN
        arrays = (numbers, self.parts[words], self._paused(marks, chance), cases, marks)
        return TaggedBatch(*(torch.from_numpy(array.astype(np.int64)) for array in arrays))

    def _row(self, start: int, snap: bool, chance: np.random.Generator) -> TaggedRow:
        """Return a chunk, perhaps with mistakes; with `snap`, from the next sentence on."""
        config, texts = self._config, self._texts
        if snap:
            ends = np.isin(texts.marks[start : start + config.length], ENDS)
            start += int(np.argmax(ends)) + 1 if ends.any() else 0
        is_mistaken = chance.random() < config.mistaken
        part = slice(start, start + config.length * (2 if is_mistaken else 1))
        row = TaggedRow(texts.words[part], texts.cases[part], texts.marks[part])
        if not is_mistaken:
            return row
        return self._mistakes.make(row, config.length, config.mistakes, chance)

    def _paused(
        self, marks: NDArray[np.uint8], chance: np.random.Generator
    ) -> NDArray[np.int64]:
        """Draw the pauses after words, 0 where none is known."""
        drawn = chance.random((*marks.shape, 1))
        buckets = 1 + (drawn > self._pauses[marks][..., :-1]).sum(-1)
        silent = chance.random(len(marks)) < self._config.silent
        return np.where(silent[:, None], 0, buckets)


def read_words(folder: Path) -> list[str]:
    """Return the distinct words of texts in numbers, the commonest first."""
    lines = (folder / "words.tsv").read_text(encoding="utf-8").splitlines()
    return [line.partition("\t")[0] for line in lines]
