"""The word n-gram as the decoder asks it: one small mapped file, hundreds of answers a call.

Each order above the first is a hash table without empty places. A key (context's place,
word) of m bits is multiplied by an odd number modulo 2^m, which loses nothing: the upper
bits choose a bucket, the lower bits (the remainder) tell its few entries apart exactly.

    starts   0   3   4   4   9 …            where each bucket begins
    entries  remainder << 8 | code          sorted within a bucket; 4 bytes an n-gram
    backoffs code                           1 byte an n-gram; 0: nothing ever follows

A code is one of 256 values, placed where the order's values are dense (Lloyd 1982). Since
«nothing follows» takes no part in a state, hypotheses that cannot differ any more meet.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Self, TypeAlias, overload

import numpy as np
from numpy.typing import NDArray

from asr.errors import LanguageError
from asr.language.arpa import END, START, UNKNOWN, Ngrams, Order
from asr.language.array_file import open_arrays, write_arrays

Ids: TypeAlias = NDArray[np.int64]  # (n,) word ids, states or places
Scores: TypeAlias = NDArray[np.float32]  # (n,) natural log-probabilities

KIND: Final = "language model"
FACTOR: Final = 0x9E3779B97F4A7C15  # odd; 2^64 over the golden ratio: Knuth, TAOCP 6.4
CODE_BITS: Final = 8
REMAINDER_BITS: Final = 24  # the most that an entry of 32 bits has room for
CROWD: Final = 8  # n-grams a bucket at most, on average
STATE_BITS: Final = 63  # a state is a non-negative int64
LLOYD_ROUNDS: Final = 6
NEWLINE: Final = 10  # between words


@dataclass(frozen=True, slots=True)
class Table:
    """The n-grams of one order above the first; a place is 1 and up, 0 is «not there»."""

    starts: NDArray[np.uint32]  # (buckets + 1,) into entries
    entries: NDArray[np.uint32]  # (N + 1,), the last one beyond all buckets
    codebook: NDArray[np.float32]  # (256,)
    backoffs: NDArray[np.uint8]  # (N + 1,) codes by place; empty in the highest order
    backoff_codebook: NDArray[np.float32]  # (256,); code 0 is worth 0
    key_bits: int
    remainder_bits: int

    def find(self, keys: Ids) -> tuple[Ids, Scores]:
        """Return the (n,) places of `keys`, 0 if absent, and their scores, arbitrary there."""
        mixed = _mixed(keys, self.key_bits)
        bucket = (mixed >> np.uint64(self.remainder_bits)).view(np.int64)
        remainder = (mixed & np.uint64(2**self.remainder_bits - 1)).astype(np.uint32)
        wanted = (remainder << np.uint32(CODE_BITS)) | np.uint32(2**CODE_BITS - 1)
        first = self.starts.take(bucket).astype(np.int64)
        last = self.starts.take(bucket + 1).astype(np.int64)
        low, step = first, 1 << int((last - first).max(initial=1)).bit_length() - 1
        while step:  # the number of entries that are not beyond the one wanted
            probe = low + step
            fits = probe <= last
            fits &= self.entries.take(probe - 1, mode="clip") <= wanted
            low = low + step * fits
            step >>= 1
        entry = self.entries.take(low - 1, mode="clip")
        is_there = (entry ^ wanted) < 2**CODE_BITS
        is_there &= low > first
        return low * is_there, self.codebook.take(entry & np.uint32(2**CODE_BITS - 1))

    def keys(self) -> NDArray[np.uint64]:
        """Return the (N,) keys that the entries were made from."""
        sizes = np.diff(self.starts)
        bucket = np.repeat(np.arange(len(sizes), dtype=np.uint64), sizes)
        mixed = bucket << np.uint64(self.remainder_bits)
        mixed |= (self.entries[:-1] >> np.uint32(CODE_BITS)).astype(np.uint64)
        size = 1 << self.key_bits
        found: NDArray[np.uint64] = mixed * np.uint64(pow(FACTOR % size, -1, size))
        return found & np.uint64(size - 1)


class SpelledWords(Sequence[str]):
    """Words that stand line by line in a file; one that was asked for is kept.

    All of them as strings take eight times the room, and a day's talk needs few of them.
    """

    def __init__(self, lines: NDArray[np.uint8]) -> None:
        self._lines = lines
        ends = np.append(np.flatnonzero(lines == NEWLINE), len(lines))
        self._ends = ends.astype(np.uint32)
        self._known: dict[int, str] = {}

    def __len__(self) -> int:
        return len(self._ends)

    def __iter__(self) -> Iterator[str]:
        return iter(self._lines.tobytes().decode().split("\n"))

    @overload
    def __getitem__(self, place: int) -> str: ...

    @overload
    def __getitem__(self, place: slice) -> list[str]: ...

    def __getitem__(self, place: int | slice) -> str | list[str]:
        if isinstance(place, slice):
            return [self[one] for one in range(*place.indices(len(self)))]
        place = range(len(self))[place]  # from the end, too, and no further
        word = self._known.get(place)
        if word is None:
            start = int(self._ends[place - 1]) + 1 if place else 0
            word = self._lines[start : int(self._ends[place])].tobytes().decode()
            self._known[place] = word
        return word


class LanguageModel:
    """A back-off n-gram model; immutable, so that threads may share it.

    A state packs the last word with the places of the longer contexts that end in it.
    """

    def __init__(self, header: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> None:
        self.order: int = header["order"]
        self.unknown: int = header["unknown"]
        self.begin: int = header["begin"]
        self.end: int = header["end"]
        self.start: int = self.begin  # state: no longer context ends in the start
        self.unigrams: Scores = arrays["unigrams"]
        self.header, self._arrays = header, arrays
        self._backoffs: Scores = arrays["backoffs"]
        self._spelled: NDArray[np.uint8] = arrays["words"]
        self.tables = [_table(header, arrays, n) for n in range(2, self.order + 1)]
        self.word_bits = _bits(len(self.unigrams))
        widths = [_bits(len(table.entries) + 1) for table in self.tables[:-1]]
        self._shifts = [self.word_bits + sum(widths[:i]) for i in range(len(widths) + 1)]
        self.state_bits = self._shifts[-1]  # states are below 2 to this power

    @classmethod
    def open(cls, path: Path) -> Self:
        """Map a model's file. Raises LanguageError if it is missing, damaged or foreign."""
        file = open_arrays(path, KIND)
        return cls(file.header, file.arrays)

    @classmethod
    def from_ngrams(cls, ngrams: Ngrams) -> Self:
        """Pack a model; scores above the first order are rounded to 256 values an order."""
        return cls(*pack(ngrams))

    def write(self, path: Path) -> None:
        """Store the model for `open`. Raises LanguageError."""
        write_arrays(path, KIND, self.header, self._arrays)

    def ngrams(self) -> Ngrams:
        """Unpack the model, its scores as rounded as they are: for ARPA, and to look inside."""
        words = np.arange(len(self.unigrams), dtype=np.int32)
        none = np.zeros(len(words), np.int64)
        orders = [Order(none, words, self.unigrams, self._backoffs)]
        ranks = np.arange(len(words))  # by place: where an n-gram is in its sorted order
        for table in self.tables:
            keys = table.keys().astype(np.int64)
            contexts = ranks[keys >> self.word_bits]
            words = (keys & ((1 << self.word_bits) - 1)).astype(np.int32)
            sorting = np.lexsort((words, contexts))
            scores = table.codebook[table.entries[:-1] & np.uint32(2**CODE_BITS - 1)]
            backoffs = np.zeros(len(keys), np.float32)
            if len(table.backoffs):
                backoffs = table.backoff_codebook[table.backoffs[1:]]
            orders.append(
                Order(contexts[sorting], words[sorting], scores[sorting], backoffs[sorting])
            )
            ranks = np.empty(len(keys) + 1, np.int64)
            ranks[sorting + 1] = np.arange(len(keys))
        return Ngrams(list(self.words), orders)

    @cached_property
    def words(self) -> Sequence[str]:
        """(V,) the vocabulary; a word is spelled out when it is first asked for."""
        return SpelledWords(self._spelled)

    @cached_property
    def _ids(self) -> dict[str, int]:
        return {word: i for i, word in enumerate(self.words)}

    def word_id(self, text: str) -> int:
        """Return the word's id, or that of the unknown word."""
        return self._ids.get(text, self.unknown)

    def has(self, text: str) -> bool:
        """Tell whether the vocabulary holds the word."""
        return text in self._ids

    def score(self, states: Ids, words: Ids) -> tuple[Scores, Ids]:
        """Return (n,) natural log-probabilities of `words` and the (n,) states after them.

        Args:
            states: (n,) from `start` or an earlier call.
            words: (n,) word ids; the start of a sentence is none.
        """
        context = states & ((1 << self.word_bits) - 1)
        scores = self.unigrams.take(words)
        weights = self._backoffs.take(context)
        after = words
        for i, table in enumerate(self.tables):
            place, listed = table.find((context << self.word_bits) | words)
            scores = np.where(place > 0, listed, scores + weights)
            if i + 1 < len(self.tables):
                follows = table.backoffs.take(place) > 0
                after = after | (place * follows << self._shifts[i])
                width = self._shifts[i + 1] - self._shifts[i]
                context = (states >> self._shifts[i]) & ((1 << width) - 1)
                weights = table.backoff_codebook.take(table.backoffs.take(context))
        return scores, after


class InterpolatedModel:
    """A general and a personal model, their probabilities averaged; a LanguageModel to use.

    The words are the general model's, then those that the personal model alone has, which
    are as probable as it says. Words that it lacks share what it leaves to the unknown
    word, by their general frequency, so that all still sum to one. A state packs the last
    word with the places of the longer contexts, the general model's and the personal one's.
    """

    def __init__(self, general: LanguageModel, personal: LanguageModel, weight: float) -> None:
        if not 0 < weight < 1:
            raise ValueError("the personal model's weight must lie between 0 and 1")
        self.start, self.unknown, self.end = general.start, general.unknown, general.end
        self.order = max(general.order, personal.order)
        self._general, self._personal = general, personal
        self._weights = np.log1p(-weight), np.log(weight)
        added = [word for word in personal.words if not general.has(word)]
        self.words = [*general.words, *added]
        self._added = {word: i for i, word in enumerate(added, len(general.words))}
        self._number(len(added))
        longer = [model.state_bits - model.word_bits for model in (general, personal)]
        self._shifts = _bits(len(self.words)), _bits(len(self.words)) + longer[0]
        if sum(longer) + self._shifts[0] > STATE_BITS:
            raise LanguageError("The personal language model is too large to be mixed in.")
        ours = general.unigrams[self._general_ids] + self._reach
        theirs = personal.unigrams[self._personal_ids] + self._shares
        self.unigrams: Scores = self._average(ours, theirs)

    def word_id(self, text: str) -> int:
        """Return the word's id, or that of the unknown word."""
        return self._added.get(text) or self._general.word_id(text)

    def score(self, states: Ids, words: Ids) -> tuple[Scores, Ids]:
        """Answer as LanguageModel.score does."""
        general, personal, (first, second) = self._general, self._personal, self._shifts
        last = states & ((1 << first) - 1)
        ours = states >> first & ((1 << second - first) - 1)
        ours = ours << general.word_bits | self._general_ids.take(last)
        theirs = states >> second << personal.word_bits | self._personal_ids.take(last)
        scores, ours = general.score(ours, self._general_ids.take(words))
        other, theirs = personal.score(theirs, self._personal_ids.take(words))
        longer = ours >> general.word_bits << first | theirs >> personal.word_bits << second
        scores = self._average(
            scores + self._reach.take(words), other + self._shares.take(words)
        )
        return scores, words | longer

    def _number(self, n_added: int) -> None:
        """Find either model's number of each word, and its share of their unknown word."""
        general, personal = self._general, self._personal
        stranger = np.full(n_added, general.unknown)
        self._general_ids = np.concatenate((np.arange(len(general.words)), stranger))
        self._personal_ids = np.array([personal.word_id(w) for w in self.words], np.int64)
        self._personal_ids[general.begin] = personal.begin
        self._reach = np.zeros(len(self.words), np.float32)
        self._reach[len(general.words) :] = -np.inf
        is_unknown = self._personal_ids == personal.unknown
        frequencies = general.unigrams[self._general_ids]
        mass = np.logaddexp.reduce(frequencies[is_unknown])
        self._shares: Scores = np.where(is_unknown, frequencies - mass, 0).astype(np.float32)

    def _average(self, ours: Scores, theirs: Scores) -> Scores:
        mean = np.logaddexp(ours + self._weights[0], theirs + self._weights[1])
        scores: Scores = mean.astype(np.float32)
        return scores


def pack(ngrams: Ngrams) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Lay a model out for LanguageModel: the header and the (N,) arrays of its file."""
    first = ngrams.orders[0]
    arrays: dict[str, NDArray[Any]] = {
        "words": np.frombuffer("\n".join(ngrams.words).encode(), np.uint8),
        "unigrams": first.log_probs.astype(np.float32),
        "backoffs": first.backoffs.astype(np.float32),
    }
    key_bits: dict[str, int] = {}
    word_bits = _bits(len(first))
    places, context_bits = np.arange(len(first)), word_bits
    for n, order in enumerate(ngrams.orders[1:], 2):
        key_bits[str(n)] = context_bits + word_bits
        mixed = _mixed(places[order.contexts] << word_bits | order.words, key_bits[str(n)])
        sorting = np.argsort(mixed)
        arrays |= _hashed(n, mixed[sorting], key_bits[str(n)], order.log_probs[sorting])
        places = np.empty(len(order), np.int64)
        places[sorting] = np.arange(1, len(order) + 1)
        context_bits = _bits(len(order) + 1)
        if n < len(ngrams.orders):
            weights = order.backoffs[sorting]
            followed = np.zeros(len(order), bool)
            followed[places[ngrams.orders[n].contexts] - 1] = True
            arrays |= _weighted(n, weights, followed | (weights != 0))
    header = {"order": len(ngrams.orders), "key_bits": key_bits}
    header |= {name: ngrams.word_id(word) for name, word in
               (("unknown", UNKNOWN), ("begin", START), ("end", END))}  # fmt: skip
    return header, arrays


def _hashed(
    n: int, mixed: NDArray[np.uint64], key_bits: int, log_probs: Scores
) -> dict[str, NDArray[Any]]:
    """Put the n-grams with these sorted, mixed keys into buckets."""
    bucket_bits = max((len(mixed) // CROWD).bit_length(), key_bits - REMAINDER_BITS, 1)
    remainder_bits = np.uint64(key_bits - bucket_bits)
    buckets = (mixed >> remainder_bits).astype(np.int64)
    remainders = mixed & ((np.uint64(1) << remainder_bits) - np.uint64(1))
    codes, codebook = quantised(log_probs, 2**CODE_BITS)
    counts = np.bincount(buckets, minlength=1 << bucket_bits)
    return {
        f"starts.{n}": np.concatenate(([0], np.cumsum(counts))).astype(np.uint32),
        f"entries.{n}": np.append(remainders << np.uint64(CODE_BITS) | codes, 0).astype("u4"),
        f"codebook.{n}": codebook,
    }


def _weighted(n: int, weights: Scores, follows: NDArray[np.bool_]) -> dict[str, NDArray[Any]]:
    """Code the back-off weights by place; code 0 is kept for where nothing follows."""
    codes = np.zeros(len(weights) + 1, np.uint8)
    found, codebook = quantised(weights[follows], 2**CODE_BITS - 1)
    codes[1:][follows] = found + 1
    book = np.concatenate((np.zeros(1, np.float32), codebook))[: 2**CODE_BITS]
    return {f"backoffs.{n}": codes, f"backoff_codebook.{n}": book}


def quantised(values: Scores, levels: int) -> tuple[NDArray[np.uint8], Scores]:
    """Choose (256,) levels for `values`, `levels` of them in use, and each value's code."""
    book = np.unique(values).astype(np.float32)
    if len(book) > levels:
        means = [part.mean() for part in np.array_split(np.sort(values), levels)]
        book = np.unique(np.array(means, np.float32))
        for _ in range(LLOYD_ROUNDS):
            codes = np.searchsorted((book[1:] + book[:-1]) / 2, values)
            sums = np.bincount(codes, values, len(book))
            counts = np.bincount(codes, minlength=len(book))
            book = np.sort(np.where(counts, sums / np.maximum(counts, 1), book))
    codes = np.searchsorted((book[1:] + book[:-1]) / 2, values)
    padded = np.zeros(2**CODE_BITS, np.float32)
    padded[: len(book)] = book
    return codes.astype(np.uint8), padded


def _mixed(keys: Ids, bits: int) -> NDArray[np.uint64]:
    """Shuffle numbers of `bits` bits one to one, so that close ones land far apart."""
    mask = np.uint64(2**bits - 1)
    mixed: NDArray[np.uint64] = (keys.view(np.uint64) * np.uint64(FACTOR & 2**bits - 1)) & mask
    return mixed


def _bits(n: int) -> int:
    """Return how many bits the numbers below `n` take."""
    return max((n - 1).bit_length(), 1)


def _table(header: dict[str, Any], arrays: dict[str, NDArray[Any]], n: int) -> Table:
    none = np.zeros(0, np.uint8)
    key_bits = header["key_bits"][str(n)]
    bucket_bits = (len(arrays[f"starts.{n}"]) - 1).bit_length() - 1
    return Table(
        arrays[f"starts.{n}"],
        arrays[f"entries.{n}"],
        arrays[f"codebook.{n}"],
        arrays.get(f"backoffs.{n}", none),
        arrays.get(f"backoff_codebook.{n}", none.astype(np.float32)),
        key_bits,
        key_bits - bucket_bits,
    )
