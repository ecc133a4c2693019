"""Texts as the recurrent language model reads them: in numbers, in chunks, in a random order.

Chunks begin where a sentence does. C chunks in all.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from asr.atomic import write_atomically
from asr.errors import ConfigError
from models.language.build import read_corpora, word_ids
from models.language.estimation import END_ID
from models.language.text import SENTENCE, Numbering, Tokens

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Text:
    """A text in the n-gram model's numbers, with END_ID before and after each sentence."""

    name: str
    tokens: Tokens

    def chunks(self, length: int) -> NDArray[np.int64]:
        """Return where (n,) chunks begin: at the END_ID before `length` words, none read twice.

        What a chunk leaves of its last sentence is not read.
        """
        ends = np.flatnonzero(self.tokens == END_ID)
        starts: list[int] = []
        place = 0
        while place < len(ends) and ends[place] + length < len(self.tokens):
            starts.append(int(ends[place]))
            place = int(np.searchsorted(ends, starts[-1] + length))
        return np.array(starts, np.int64)


@dataclass(frozen=True, slots=True)
class ChunkPlan:
    """What a training reads, in its order."""

    texts: NDArray[np.int64]  # (C,) which text
    places: NDArray[np.int64]  # (C,) where in it


def number_corpora(paths: Sequence[Path], words: Sequence[str], folder: Path) -> None:
    """Write each text in numbers, a file NAME.npy a text; the folder has its name once whole.

    Raises:
        LanguageError: A text cannot be read.
    """
    numbering = Numbering()
    corpora = read_corpora(paths, numbering)
    ids = word_ids(numbering.words, words)
    ids[SENTENCE] = END_ID
    folder.parent.mkdir(parents=True, exist_ok=True)
    with write_atomically(folder) as draft:
        draft.mkdir()
        for corpus in corpora:
            tokens = np.concatenate(([SENTENCE], corpus.tokens))
            np.save(draft / f"{corpus.name}.npy", ids[tokens])


def shares(report: Path) -> dict[str, float]:
    """Return the weight of each text in the n-gram model's mixture. Raises ConfigError."""
    try:
        texts = json.loads(report.read_text(encoding="utf-8"))["texts"]
        return {name: float(text["weight"]) for name, text in texts.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigError(f"{report} is no report of a language model: {error!r}.") from error


def plan_chunks(
    texts: Sequence[Text],
    weights: Mapping[str, float],
    n_words: int,
    chunk: int,
    times: float,
    seed: int,
) -> ChunkPlan:
    """Draw and shuffle the chunks of a training.

    Args:
        texts: To read from.
        weights: Part of the words that each text has, by name.
        n_words: To read in all, if all texts had as many.
        chunk: Words in a chunk.
        times: How often a text is read at most.
        seed: Of all randomness.
    """
    generator = np.random.default_rng(seed)
    numbers, places = [], []
    for number, text in enumerate(texts):
        starts = text.chunks(chunk)
        n = round(min(weights[text.name] * n_words / chunk, times * len(starts)))
        rounds = [generator.permutation(starts) for _ in range(0, n, max(len(starts), 1))]
        places.append(np.concatenate([starts[:0], *rounds])[:n])
        numbers.append(np.full(n, number))
        log.info("%s: %d chunks, %.2f times", text.name, n, n / max(len(starts), 1))
    order = generator.permutation(sum(map(len, places)))
    return ChunkPlan(np.concatenate(numbers)[order], np.concatenate(places)[order])
