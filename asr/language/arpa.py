"""A back-off n-gram model as plain arrays, and the ARPA files that other programs write.

The n-grams of one length are sorted by context and word; a context is the place of the
n-gram without its last word among those one shorter, so that all of them form a trie:

    order 1     a   b   c                  log P(a), P(b), P(c)
    order 2     a·b   a·c   c·a            context a, a, c
    order 3     a·b·c                      context a·b

V words, N n-grams of an order; probabilities and back-off weights are natural logarithms.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TextIO, TypeAlias

import numpy as np
from numpy.typing import NDArray

from asr.atomic import write_atomically
from asr.errors import LanguageError
from asr.text_file import open_text

Places: TypeAlias = NDArray[np.int64]  # (N,) places among the n-grams of some order

UNKNOWN, START, END = "<unk>", "<s>", "</s>"
MAX_ORDER: Final = 4
ROUNDING: Final = 1e-4  # by which the logarithm of 1 may be above 0
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
        """Return (N,) nats of N words, each after all before it as far as the model reaches."""
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

    The file may be packed, or written in UTF-16.

    Raises:
        LanguageError: The file cannot be read, is cut short, or is no ARPA file.
    """
    with open_text(path, "The language model", LanguageError) as file:
        try:
            return _parse(_Lines(file))
        except UnicodeError:
            raise
        except (ValueError, KeyError, OverflowError) as error:
            raise LanguageError(
                "The language model {path} is no whole ARPA file: {why}.", path=path, why=error
            ) from error


class _Lines:
    """A text line by line, of which the next one can be looked at."""

    def __init__(self, file: TextIO) -> None:
        self._lines = iter(file)
        self.go_on()

    def go_on(self) -> str:
        """Step to the next line and return the one before; past the end all are empty."""
        before, line = getattr(self, "line", ""), next(self._lines, None)
        self.is_over = line is None
        self.line = (line or "").strip()
        return before

    def skip_empty(self) -> str:
        """Step to the next line that holds something, and return it."""
        while not (self.line or self.is_over):
            self.go_on()
        return self.line


def _parse(lines: _Lines) -> Ngrams:
    sizes = _sizes(lines)
    if not 1 <= len(sizes) <= MAX_ORDER:
        raise LanguageError(
            "Language models of {count} words are not supported.", count=len(sizes)
        )
    words, first = _unigrams(lines, sizes[0])
    ids = {word: i for i, word in enumerate(words)}
    orders, n_words = [first], len(words)
    for n, size in enumerate(sizes[1:], 2):
        rows, scores = array("q"), array("d")
        for fields in _section(lines, n, size):
            rows.extend([ids[word] for word in fields[1 : n + 1]])
            scores.extend(_scores(fields, n))
        ngrams = np.array(rows, np.int64).reshape(-1, n)
        orders.append(_order(ngrams, _checked(scores), orders, n_words))
    if lines.skip_empty() != "\\end\\":
        raise ValueError("it breaks off before \\end\\")
    while len(orders) > 1 and not len(orders[-1]):
        orders.pop()
    return Ngrams(words, orders)


def _sizes(lines: _Lines) -> list[int]:
    while lines.line != "\\data\\":
        if lines.is_over:
            raise ValueError("it has no \\data\\")
        lines.go_on()
    lines.go_on()
    sizes = []
    while lines.skip_empty().startswith("ngram "):
        sizes.append(int(lines.go_on().partition("=")[2]))
    return sizes


def _section(lines: _Lines, n: int, size: int) -> Iterator[list[str]]:
    """Yield the fields of one order's lines: score, n words, maybe a back-off weight."""
    if lines.skip_empty() != f"\\{n}-grams:":
        raise ValueError(f"«{lines.line}» stands where the {n}-grams should begin")
    lines.go_on()
    count = 0
    while lines.line and not lines.line.startswith("\\"):
        fields = lines.go_on().split()
        if len(fields) not in (n + 1, n + 2):
            raise ValueError(f"«{' '.join(fields)}» is no line of {n}-grams")
        yield fields
        count += 1
    if count != size:
        raise ValueError(f"it holds {count:,} {n}-grams and tells of {size:,}")


def _scores(fields: list[str], n: int) -> tuple[float, float]:
    """Return what a line says of an n-gram: how likely it is, and its back-off weight."""
    return float(fields[0]), float(fields[n + 1]) if len(fields) > n + 1 else 0.0


def _unigrams(lines: _Lines, size: int) -> tuple[list[str], Order]:
    words, scores = [], array("d")
    for fields in _section(lines, 1, size):
        words.append(UNKNOWN if fields[1] == "<UNK>" else fields[1])
        scores.extend(_scores(fields, 1))
    if UNKNOWN not in words:
        words.append(UNKNOWN)
        scores.extend((-99, 0))
    if len(set(words)) != len(words):
        raise ValueError("a word is listed twice")
    log_probs, backoffs = _checked(scores).astype(np.float32).T
    ids = np.arange(len(words), dtype=np.int32)
    return words, Order(np.zeros(len(words), np.int64), ids, log_probs, backoffs)


def _checked(flat: array[float]) -> NDArray[np.float64]:
    """Return (N, 2) scores in nats. Raises ValueError for what is no probability."""
    scores = np.array(flat, np.float64).reshape(-1, 2)
    if not np.isfinite(scores).all():
        raise ValueError("a score is no number")
    if (scores[:, 0] > ROUNDING).any():
        raise ValueError("a probability is above 1, for its logarithm is above 0")
    return scores * LN10


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
