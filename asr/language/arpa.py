"""A back-off n-gram model as plain arrays, and the ARPA files that other programs write.

The n-grams of one length are sorted by context and word; a context is the place of the
n-gram without its last word among those one shorter, so that all of them form a trie:

    order 1     a   b   c                  log P(a), P(b), P(c)
    order 2     a·b   a·c   c·a            context a, a, c
    order 3     a·b·c                      context a·b

V words, N n-grams of an order; probabilities and back-off weights are natural logarithms.
"""

from __future__ import annotations

import gzip
import math
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TextIO, TypeAlias

import numpy as np
from numpy.typing import NDArray

from asr.atomic import write_atomically
from asr.errors import LanguageError

Places: TypeAlias = NDArray[np.int64]  # (N,) places among the n-grams of some order

UNKNOWN, START, END = "<unk>", "<s>", "</s>"
MAX_ORDER: Final = 4
GZIP: Final = b"\x1f\x8b"  # how a packed file begins
LN10: Final = math.log(10)
NEVER: Final = -99 * LN10  # ARPA's −99: what is only ever a context


@dataclass(frozen=True, slots=True)
class Order:
    """(N,) n-grams of one length, sorted by context, then word."""

    contexts: Places  # zero for single words
    words: NDArray[np.int32]
    log_probs: NDArray[np.float32]
    backoffs: NDArray[np.float32]  # 0 where nothing follows

    def __len__(self) -> int:
        return len(self.words)

    def find(self, contexts: Places, words: Places, n_words: int) -> Places:
        """Return the places of (contexts, words), −1 for those that are not listed."""
        if not len(self):
            return np.full(len(words), -1)
        keys = self.contexts * n_words + self.words
        wanted = contexts * n_words + words
        places = np.searchsorted(keys, wanted)
        places[places == len(keys)] = 0
        return np.where((keys[places] == wanted) & (contexts >= 0), places, -1)


@dataclass(frozen=True, slots=True)
class Ngrams:
    """The vocabulary, and the n-grams of each length from 1 on; all V words are unigrams."""

    words: Sequence[str]
    orders: Sequence[Order]
    _ids: dict[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_ids", {word: i for i, word in enumerate(self.words)})
        for special in (UNKNOWN, START, END):
            if special not in self._ids:
                raise LanguageError(
                    "The language model lacks the word {special}.", special=special
                )

    def word_id(self, word: str) -> int:
        """Return the place of `word`, or that of the unknown word."""
        return self._ids.get(word, self._ids[UNKNOWN])

    def log_probs(self, tokens: Places) -> NDArray[np.float64]:
        """Score a row of words, each after all words before it, so far as the model reaches."""
        found = [tokens]  # per order: the place of the n-gram that ends here, −1 if none
        scores = self.orders[0].log_probs[tokens].astype(np.float64)
        for lower, order in zip(self.orders, self.orders[1:], strict=False):
            context = np.concatenate(([-1], found[-1][:-1]))
            place = order.find(context, tokens, len(self.words))
            shorter = scores + np.append(lower.backoffs, 0)[context]  # at −1: no context
            scores = np.where(place >= 0, np.append(order.log_probs, 0)[place], shorter)
            found.append(place)
        return scores


def write_arpa(ngrams: Ngrams, path: Path) -> None:
    """Write the model as an ARPA file, in base-10 logarithms. Raises LanguageError."""
    try:
        with (
            write_atomically(path) as draft,
            draft.open("w", encoding="utf-8", newline="\n") as file,
        ):
            _write(ngrams, file)
    except OSError as error:
        raise LanguageError(
            "{path} could not be written: {why}.", path=path, why=error.strerror
        ) from error


def _write(ngrams: Ngrams, file: TextIO) -> None:
    file.write("\\data\\\n")
    file.writelines(f"ngram {n}={len(order)}\n" for n, order in enumerate(ngrams.orders, 1))
    texts: list[str] = [""]
    for n, order in enumerate(ngrams.orders, 1):
        file.write(f"\n\\{n}-grams:\n")
        texts = [
            f"{texts[context]} {ngrams.words[word]}".lstrip()
            for context, word in zip(order.contexts.tolist(), order.words.tolist(), strict=True)
        ]
        backoffs = (order.backoffs / LN10).tolist()
        for text, score, backoff in zip(
            texts, (order.log_probs / LN10).tolist(), backoffs, strict=True
        ):
            tail = f"\t{backoff:.7g}" if n < len(ngrams.orders) and backoff else ""
            file.write(f"{score:.7g}\t{text}{tail}\n")
    file.write("\n\\end\\\n")


def read_arpa(path: Path) -> Ngrams:
    """Read an ARPA file of up to MAX_ORDER words; a missing <unk> becomes impossible.

    The file may be packed with gzip.

    Raises:
        LanguageError: The file cannot be read, is cut short, or is no ARPA file.
    """
    try:
        with path.open("rb") as file:
            is_packed = file.read(len(GZIP)) == GZIP
        with gzip.open(path, "rt") if is_packed else path.open(encoding="utf-8") as lines:
            return _parse(lines)
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise LanguageError(
            "The language model {path} could not be read: {reason}.", path=path, reason=reason
        ) from error
    except (ValueError, KeyError, IndexError, StopIteration) as error:
        raise LanguageError(
            "The language model {path} is no whole ARPA file: {why}.",
            path=path,
            why=error or "it breaks off",
        ) from error


def _parse(file: TextIO) -> Ngrams:
    lines = (line.strip() for line in file)
    sizes = _sizes(lines)
    if not 1 <= len(sizes) <= MAX_ORDER:
        raise LanguageError(
            "Language models of {count} words are not supported.", count=len(sizes)
        )
    words, first = _unigrams(lines, sizes[0])
    ids = {word: i for i, word in enumerate(words)}
    orders, n_words = [first], len(words)
    for n, size in enumerate(sizes[1:], 2):
        rows = np.empty((size, n), np.int64)
        scores = np.zeros((size, 2))
        for i, fields in enumerate(_section(lines, n, size)):
            rows[i] = [ids[word] for word in fields[1 : n + 1]]
            scores[i, : len(fields) - n] = [float(fields[0]), *map(float, fields[n + 1 :])]
        _check_finite(scores)
        orders.append(_order(rows, scores * LN10, orders, n_words))
    if next(lines) != "\\end\\":
        raise ValueError("it does not end where it should")
    return Ngrams(words, orders)


def _sizes(lines: Iterator[str]) -> list[int]:
    for line in lines:
        if line == "\\data\\":
            break
    else:
        raise ValueError("it has no \\data\\")
    sizes = []
    for line in lines:
        if not line.startswith("ngram "):
            break
        sizes.append(int(line.partition("=")[2]))
    return sizes


def _section(lines: Iterator[str], n: int, size: int) -> Iterator[list[str]]:
    """Yield the fields of one order's lines: score, n words, maybe a back-off weight."""
    heading = next(line for line in lines if line)
    if heading != f"\\{n}-grams:":
        raise ValueError(f"«{heading}» stands where the {n}-grams should begin")
    for _ in range(size):
        fields = next(lines).split()
        if len(fields) not in (n + 1, n + 2):
            raise ValueError(f"«{' '.join(fields)}» is no line of {n}-grams")
        yield fields
    if next(lines, "") != "":
        raise ValueError(f"there are more {n}-grams than it says")


def _unigrams(lines: Iterator[str], size: int) -> tuple[list[str], Order]:
    words, scores = [], np.zeros((size + 1, 2))
    for i, fields in enumerate(_section(lines, 1, size)):
        words.append(UNKNOWN if fields[1] == "<UNK>" else fields[1])
        scores[i, : len(fields) - 1] = [float(fields[0]), *map(float, fields[2:])]
    if UNKNOWN not in words:
        words.append(UNKNOWN)
        scores[size, 0] = -99
    if len(set(words)) != len(words):
        raise ValueError("a word is listed twice")
    _check_finite(scores)
    log_probs, backoffs = (scores[: len(words)] * LN10).astype(np.float32).T
    ids = np.arange(len(words), dtype=np.int32)
    return words, Order(np.zeros(len(words), np.int64), ids, log_probs, backoffs)


def _check_finite(scores: NDArray[np.float64]) -> None:
    if not np.isfinite(scores).all():
        raise ValueError("a score is no number")


def _order(
    rows: NDArray[np.int64], scores: NDArray[np.float64], lower: Sequence[Order], n_words: int
) -> Order:
    """Sort (N, n) word ids with their (N, 2) scores; their contexts are in `lower`."""
    contexts = rows[:, 0]
    for order, words in zip(lower[1:], rows.T[1:-1], strict=True):
        contexts = order.find(contexts, words, n_words)
    if (contexts < 0).any():
        raise ValueError("an n-gram is listed without its first words")
    sorting = np.lexsort((rows[:, -1], contexts))
    log_probs, backoffs = scores[sorting].astype(np.float32).T
    return Order(contexts[sorting], rows[sorting, -1].astype(np.int32), log_probs, backoffs)
