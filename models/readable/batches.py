"""What the tagger reads in training: chunks of the texts, with pauses and mistakes drawn.

Text has no pauses. They are drawn from how long speakers were measured to pause after each
mark (`models.readable.pauses`), and are left out of some chunks so that text alone is tagged
as well. Some chunks have words changed for others that sound alike, as recognition does.

B chunks of T words, V distinct words in the texts, of which the vocabulary has the first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from asr.errors import ConfigError
from asr.readable.pauses import BUCKETS
from asr.readable.spelling import parts
from asr.readable.tags import Mark
from models.acoustic.config import require
from models.readable.network import UNKNOWN
from models.readable.texts import TextPart

ALIKE: Final = 4  # words that sound like a word, at most
_ENDS: Final = (Mark.FULL_STOP, Mark.QUESTION, Mark.EXCLAMATION)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChunkConfig:
    """Chunks and what is drawn for them. Probabilities are of a chunk where not of a word."""

    batch: int = 128  # chunks
    length: int = 100  # words
    begins: float = 0.5  # that a chunk begins where a sentence does
    silent: float = 0.4  # that no pause is known
    mistaken: float = 0.25  # that words are changed
    mistakes: float = 0.1  # of a word in such a chunk
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
        """
        if len(texts.words) < 2 * config.length:
            raise ConfigError("The texts hold too few words for a single chunk.")
        self._texts, self._known, self._config, self._seed = texts, known, config, seed
        self.parts = np.array([parts(word) for word in words], np.int64)
        self._alike = alike(words[:known])
        self._pauses = np.cumsum(np.array(config.pauses), axis=1)

    def batch(self, step: int) -> TaggedBatch:
        """Return the batch of a step."""
        chance = np.random.default_rng((self._seed, step))
        config = self._config
        last = len(self._texts.words) - 2 * config.length
        starts = chance.integers(0, max(last, 1), config.batch)
        snaps = chance.random(config.batch) < config.begins
        rows = [
            self._row(int(start), bool(snap)) for start, snap in zip(starts, snaps, strict=True)
        ]
        places = np.stack(rows)
        words = self._texts.words[places]
        marks = self._texts.marks[places]
        heard = self._mistaken(words, chance)
        numbers = np.where(heard < self._known - 1, heard + 1, UNKNOWN)
        numbers[chance.random(words.shape) < config.forgotten] = UNKNOWN
        arrays = (
            numbers,
            self.parts[heard],
            self._paused(marks, chance),
            self._texts.cases[places],
            marks,
        )
        return TaggedBatch(*(torch.from_numpy(array.astype(np.int64)) for array in arrays))

    def _row(self, start: int, snap: bool) -> NDArray[np.int64]:
        """Return the places of a chunk's words; with `snap`, from the next sentence on."""
        length = self._config.length
        if snap:
            ends = np.isin(self._texts.marks[start : start + length], _ENDS)
            start += int(np.argmax(ends)) + 1 if ends.any() else 0
        return np.arange(start, start + length)

    def _mistaken(
        self, words: NDArray[np.int32], chance: np.random.Generator
    ) -> NDArray[np.int32]:
        """Change some words for others that sound alike."""
        config = self._config
        changed = chance.random(words.shape) < config.mistakes
        changed &= (chance.random(len(words)) < config.mistaken)[:, None]
        changed &= words < self._known
        which = chance.integers(0, ALIKE, words.shape)
        others = self._alike[np.minimum(words, self._known - 1), which]
        return np.where(changed, others, words)

    def _paused(
        self, marks: NDArray[np.uint8], chance: np.random.Generator
    ) -> NDArray[np.int64]:
        """Draw the pauses after words, 0 where none is known."""
        drawn = chance.random((*marks.shape, 1))
        buckets = 1 + (drawn > self._pauses[marks][..., :-1]).sum(-1)
        silent = chance.random(len(marks)) < self._config.silent
        return np.where(silent[:, None], 0, buckets)


def alike(words: Sequence[str]) -> NDArray[np.int32]:
    """Return (V, ALIKE) numbers of words an edit from each word, or its own.

    Words that share what is left when any one letter is taken out are an edit apart at most
    (Garbe's symmetric delete); the commonest are taken first.
    """
    near: dict[str, list[int]] = {}
    for number, word in enumerate(words):
        for less in {word, *(word[:place] + word[place + 1 :] for place in range(len(word)))}:
            near.setdefault(less, []).append(number)
    found = np.repeat(np.arange(len(words), dtype=np.int32)[:, None], ALIKE, axis=1)
    for number, word in enumerate(words):
        others: list[int] = []
        for less in (word, *(word[:place] + word[place + 1 :] for place in range(len(word)))):
            others += [other for other in near.get(less, [])[: ALIKE + 1] if other != number]
        chosen = sorted(set(others))[:ALIKE]
        if chosen:
            found[number] = (chosen * ALIKE)[:ALIKE]
    return found


def read_words(folder: Path) -> list[str]:
    """Return the distinct words of texts in numbers, the commonest first."""
    lines = (folder / "words.tsv").read_text(encoding="utf-8").splitlines()
    return [line.partition("\t")[0] for line in lines]
