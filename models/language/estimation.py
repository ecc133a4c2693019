"""Estimation of word n-grams: interpolated modified Kneser-Ney, in arrays.

Chen & Goodman (1998), «An Empirical Study of Smoothing Techniques for Language Modeling»,
TR-10-98. Each position of a text carries the number of the n-gram that ends there; the
numbers of one length and the words that follow make those of the next.

V words, T positions of a text, N n-grams of an order.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from asr.language.arpa import END, NEVER, START, UNKNOWN, Ngrams, Order, Places
from models.language.text import SENTENCE, Tokens

Floats: TypeAlias = NDArray[np.float64]

SPECIAL: Final = (UNKNOWN, START, END)  # the first words of every vocabulary, in this order
UNKNOWN_ID, START_ID, END_ID = range(3)
FALLBACK_DISCOUNTS: Final = (0.5, 1.0, 1.5)  # for texts too small to have counts of counts
LEAST: Final = 1e-12  # what is always left to words not seen after a context


@dataclass(frozen=True, slots=True)
class Counted:
    """(N,) n-grams of one length in a text, sorted by context, then word."""

    contexts: Places
    words: NDArray[np.int32]
    counts: Places
    suffixes: Places  # the n-gram without its first word, among those one shorter


@dataclass(frozen=True, slots=True)
class Estimated:
    """(N,) n-grams of one length with their probabilities, on the way to an Order."""

    contexts: Places
    words: NDArray[np.int32]
    suffixes: Places
    frequencies: Floats  # the n-gram's share of all positions, unsmoothed
    probabilities: Floats

    def kept(self, keep: NDArray[np.bool_], contexts: Places, suffixes: Places) -> Estimated:
        """Return those to `keep` (N,); (M,) contexts and suffixes renumber the order below."""
        return Estimated(
            contexts[self.contexts[keep]],
            self.words[keep],
            suffixes[self.suffixes[keep]],
            self.frequencies[keep],
            self.probabilities[keep],
        )


def estimate(
    tokens: Tokens, n_words: int, order: int = 3, cutoffs: Sequence[int] = ()
) -> list[Estimated]:
    """Estimate a model of the text `tokens`.

    Args:
        tokens: (T,) word ids, each sentence between START_ID and END_ID (`with_ends`).
        n_words: V, all words that have a probability, the SPECIAL ones included.
        order: The length of the longest n-grams.
        cutoffs: By length from 1 on: n-grams seen so often or less are not listed. They
            must not fall from one length to the next, so that all parts of a listed
            n-gram are listed; those of single words are ignored.
    """
    limits = [0, *[*cutoffs, *[0] * order][1:order]]
    if sorted(limits) != limits:
        raise ValueError("cut-offs must not fall from one length to the next")
    counted = count(tokens, n_words, order)
    estimated: list[Estimated] = []
    lower = np.full(1, 1 / (n_words - 1))
    places = np.zeros(1, np.int64)  # of what is listed of the order below
    for n, part in enumerate(counted):
        adjusted = part.counts if n + 1 == order else _continuations(counted, n)
        if n == 0:
            adjusted = np.where(part.words == START_ID, 0, adjusted)
        listed = part.counts > limits[n] if n else np.ones(n_words, bool)
        suffixes = places[part.suffixes[listed]]
        lower = _interpolated(part, adjusted, listed, lower[suffixes])
        if n == 0:
            lower[START_ID] = 0
        estimated.append(
            Estimated(
                places[part.contexts[listed]],
                part.words[listed],
                suffixes,
                part.counts[listed] / len(tokens),
                lower,
            )
        )
        places = np.cumsum(listed) - 1
    return estimated


def with_ends(tokens: Tokens, ids: NDArray[np.int32]) -> Tokens:
    """Translate a corpus's numbers to word ids, with START_ID and END_ID about sentences.

    Args:
        tokens: (n,) numbers, SENTENCE after each sentence.
        ids: The id of each number, UNKNOWN_ID for words outside the vocabulary.
    """
    ends = tokens == SENTENCE
    doubled = np.repeat(np.where(ends, END_ID, ids[tokens]), 1 + ends).astype(np.int32)
    places = np.flatnonzero(ends) + np.arange(1, ends.sum() + 1)
    doubled[places] = START_ID
    return np.concatenate((np.array([START_ID], np.int32), doubled))[:-1]


def count(tokens: Tokens, n_words: int, order: int) -> list[Counted]:
    """Count the n-grams up to `order` words that lie within a sentence.

    An n-gram's key is its context's place among the n-grams one shorter, then its last word.
    A word of text takes some forty bytes meanwhile, so that what is not needed goes at once.
    """
    depths = _depths(tokens)
    none = np.zeros(n_words, np.int64)
    words = np.arange(n_words, dtype=np.int32)
    counted = [Counted(none, words, np.bincount(tokens, minlength=n_words), none)]
    ending = tokens  # the n-gram that ends at each position
    below: Places = words.astype(np.int64)  # its key, by its place
    for n in range(2, order + 1):
        if n < order:
            found, counts, own = _numbered(_keys(ending, tokens, depths, n, n_words))
            ending = np.full(len(tokens), -1, np.int32)
            ending[depths >= n - 1] = own
            del own
        else:
            found, counts = _distinct(_keys(ending, tokens, depths, n, n_words))
        contexts, last = np.divmod(found, n_words)
        suffixes = np.searchsorted(below, counted[-1].suffixes[contexts] * n_words + last)
        counted.append(Counted(contexts, last.astype(np.int32), counts, suffixes))
        below = found
    return counted


def _depths(tokens: Tokens) -> NDArray[np.int32]:
    """Return how many words of its sentence are before each of (T,) tokens."""
    places = np.arange(len(tokens), dtype=np.int32)
    depths: NDArray[np.int32] = places - np.maximum.accumulate(
        np.where(tokens == START_ID, places, 0)
    )
    return depths


def _keys(
    ending: NDArray[np.int32], tokens: Tokens, depths: NDArray[np.int32], n: int, n_words: int
) -> Places:
    """Return the keys of the n-grams that end at each position where there is one."""
    here = depths >= n - 1
    keys = ending[:-1][here[1:]].astype(np.int64)
    keys *= n_words
    keys += tokens[here]
    return keys


def _distinct(keys: Places) -> tuple[Places, Places]:
    """Return the different ones of (n,) keys, which are sorted in place, and their counts."""
    keys.sort()
    firsts = np.flatnonzero(np.diff(keys, prepend=-1) != 0)  # keys are not negative
    return keys[firsts], np.diff(firsts, append=len(keys))


def _numbered(keys: Places) -> tuple[Places, Places, NDArray[np.int32]]:
    """Return what `_distinct` does, and the (n,) places of keys among those."""
    order = np.argsort(keys)
    keys = keys[order]
    is_first = np.ones(len(keys), bool)
    np.not_equal(keys[1:], keys[:-1], out=is_first[1:])
    own = np.empty(len(keys), np.int32)
    own[order] = np.cumsum(is_first, dtype=np.int32) - 1
    firsts = np.flatnonzero(is_first)
    return keys[firsts], np.diff(firsts, append=len(keys)), own


def _continuations(counted: Sequence[Counted], n: int) -> Places:
    """Count the different words before each n-gram; occurrences where nothing can precede."""
    part = counted[n]
    adjusted = np.bincount(counted[n + 1].suffixes, minlength=len(part.words))
    return np.where(_begins(counted, n), part.counts, adjusted) if n else adjusted


def _begins(counted: Sequence[Counted], n: int) -> NDArray[np.bool_]:
    """Tell which n-grams of this order begin a sentence."""
    first = counted[n].contexts
    for part in reversed(counted[1:n]):
        first = part.contexts[first]
    begins: NDArray[np.bool_] = first == START_ID
    return begins


def discounts(counts: Places) -> tuple[float, ...]:
    """What to take from counts of 0, 1, 2 and more: Chen & Goodman (1998), equation 26."""
    n1, n2, n3, n4 = (int((counts == i).sum()) for i in range(1, 5))
    if not min(n1, n2, n3, n4):
        return (0.0, *FALLBACK_DISCOUNTS)
    y = n1 / (n1 + 2 * n2)
    found = (1 - 2 * y * n2 / n1, 2 - 3 * y * n3 / n2, 3 - 4 * y * n4 / n3)
    if any(not 0 < d < i for i, d in enumerate(found, 1)):
        return (0.0, *FALLBACK_DISCOUNTS)
    return (0.0, *found)


def _interpolated(
    part: Counted, adjusted: Places, listed: NDArray[np.bool_], lower: Floats
) -> Floats:
    """Return P(word | context) of the (M,) `listed` n-grams, of whose suffixes it is `lower`.

    A discounted share, and one of what is left of the context as (M,) `lower` has it.
    """
    taken = np.array(discounts(adjusted))[np.minimum(adjusted, 3)]
    kept = np.where(listed, adjusted - taken, 0.0)
    totals = np.bincount(part.contexts, adjusted)
    with np.errstate(invalid="ignore"):  # contexts without successors divide 0 by 0
        rests = 1 - np.bincount(part.contexts, kept) / totals
    contexts = part.contexts[listed]
    shares = np.maximum(rests, LEAST)[contexts] * lower
    found: Floats = kept[listed] / totals[contexts] + shares
    return found


def only(estimated: list[Estimated], keep: Sequence[NDArray[np.bool_]]) -> list[Estimated]:
    """Keep what is true in (N,) of each order; the contexts and suffixes of it must be, too."""
    thinned = [estimated[0]]
    for n in range(1, len(estimated)):
        renumbered = np.cumsum(keep[n - 1]) - 1
        suffixes = renumbered
        thinned.append(estimated[n].kept(keep[n], renumbered, suffixes))
    return thinned


def backoff_weights(lower: Estimated, higher: Estimated) -> Floats:
    """Return γ of each n-gram of `lower`: what its successors leave, over what they had."""
    size = len(lower.words)
    listed = np.bincount(higher.contexts, higher.probabilities, size)
    shorter = lower.probabilities[higher.suffixes]
    left = np.maximum(1 - listed, LEAST)
    weights: Floats = left / np.maximum(1 - np.bincount(higher.contexts, shorter, size), LEAST)
    weights[np.bincount(higher.contexts, minlength=size) == 0] = 1
    return weights


def to_ngrams(words: Sequence[str], estimated: Sequence[Estimated]) -> Ngrams:
    """Finish: logarithms, and back-off weights by which every context sums to one."""
    orders = []
    for n, part in enumerate(estimated):
        backoffs = np.zeros(len(part.words))
        if n + 1 < len(estimated):
            backoffs = np.log(backoff_weights(part, estimated[n + 1]))
        with np.errstate(divide="ignore"):
            log_probs = np.maximum(np.log(part.probabilities), NEVER)
        orders.append(
            Order(
                part.contexts,
                part.words,
                log_probs.astype(np.float32),
                backoffs.astype(np.float32),
            )
        )
    return Ngrams(words, orders)


def perplexity(scores: NDArray[np.floating], tokens: NDArray[np.integer]) -> float:
    """Return exp of the mean surprise over known words and sentence ends.

    Args:
        scores: (T,) natural log-probabilities of `tokens`, which hold START_ID too.
        tokens: (T,) word ids; unknown words are left out, as the OOV rate counts them.
    """
    measured = (tokens != START_ID) & (tokens != UNKNOWN_ID)
    return math.exp(-float(scores[measured].mean())) if measured.any() else math.nan
