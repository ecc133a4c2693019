"""Pronunciations as a tree of phones, in flat arrays.

Nodes are numbered breadth first, so the children of a node are neighbours, ordered by
symbol. A node keeps where they begin and, as bits, which symbols they bear: the child
for a symbol is found by counting the bits below it, for thousands of nodes at once.

N nodes, W pronunciations; node 0 is the root.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

ROOT: Final = 0
MAX_SYMBOLS: Final = 64  # bits in a mask


@dataclass(frozen=True, slots=True)
class Trie:
    """The tree of all pronunciations; `look_ahead` is the best unigram at or below a node."""

    first_child: NDArray[np.int32]  # (N,)
    masks: NDArray[np.uint64]  # (N,) bit s: there is a child for symbol s
    look_ahead: NDArray[np.float32]  # (N,) natural log
    word_offsets: NDArray[np.int32]  # (N + 1,) into words
    words: NDArray[np.int32]  # (W,) word ids, by the node where they end

    def __len__(self) -> int:
        return len(self.masks)

    def walk(self, symbols: NDArray[np.uint8]) -> list[int]:
        """Return the nodes below the root along a pronunciation (n,) that the trie holds."""
        path, node = [], ROOT
        for symbol in symbols:
            below = int(self.masks[node]) & ((1 << int(symbol)) - 1)
            node = int(self.first_child[node]) + below.bit_count()
            path.append(node)
        return path

    def joined(self, other: Trie) -> Trie:
        """Return one array of nodes for both; the root of `other` becomes node `len(self)`."""
        shift = np.int32(len(self))
        return Trie(
            np.concatenate((self.first_child, other.first_child + shift)),
            np.concatenate((self.masks, other.masks)),
            np.concatenate((self.look_ahead, other.look_ahead)),
            np.concatenate(
                (self.word_offsets, other.word_offsets[1:] + np.int32(len(self.words)))
            ),
            np.concatenate((self.words, other.words)),
        )


def build_trie(
    word_ids: NDArray[np.int32],
    offsets: NDArray[np.int32],
    symbols: NDArray[np.uint8],
    unigrams: NDArray[np.float32],
) -> Trie:
    """Grow the tree level by level from W pronunciations.

    Args:
        word_ids: (W,) indices into `unigrams`.
        offsets: (W + 1,) where each pronunciation begins in `symbols`; none is empty.
        symbols: All pronunciations end to end, none of them the blank.
        unigrams: (V,) natural log-probabilities.
    """
    table = _sorted_table(word_ids, offsets, symbols)
    rows, lengths, words = table.rows, table.lengths, table.words
    here = np.zeros(len(words), np.int64)  # the node that each pronunciation has reached
    parents, labels = [np.zeros(1, np.int64)], [np.zeros(1, np.uint8)]
    n_nodes = 1
    for depth in range(rows.shape[1]):
        alive = np.flatnonzero(lengths > depth)
        parent, symbol = here[alive], rows[alive, depth]
        is_new = np.ones(len(alive), bool)
        is_new[1:] = (parent[1:] != parent[:-1]) | (symbol[1:] != symbol[:-1])
        here[alive] = n_nodes - 1 + np.cumsum(is_new)
        parents.append(parent[is_new])
        labels.append(symbol[is_new])
        n_nodes += len(parents[-1])
    parent_of, label_of = np.concatenate(parents), np.concatenate(labels)
    children = np.bincount(parent_of[1:], minlength=n_nodes)
    masks = np.zeros(n_nodes, np.uint64)
    np.bitwise_or.at(masks, parent_of[1:], np.uint64(1) << label_of[1:].astype(np.uint64))
    order = np.lexsort((words, here))
    ends = np.bincount(here, minlength=n_nodes)
    return Trie(
        (1 + np.concatenate(([0], np.cumsum(children)[:-1]))).astype(np.int32),
        masks,
        _look_ahead(parents, here, unigrams[words]),
        np.concatenate(([0], np.cumsum(ends))).astype(np.int32),
        words[order].astype(np.int32),
    )


@dataclass(frozen=True, slots=True)
class _Table:
    """Pronunciations padded with 0 in dictionary order, without doubles."""

    rows: NDArray[np.uint8]  # (W, longest)
    lengths: NDArray[np.int64]  # (W,)
    words: NDArray[np.int32]  # (W,)


def _sorted_table(
    word_ids: NDArray[np.int32], offsets: NDArray[np.int32], symbols: NDArray[np.uint8]
) -> _Table:
    lengths = np.diff(offsets).astype(np.int64)
    rows = np.zeros((len(word_ids), int(lengths.max(initial=0))), np.uint8)
    rows[np.arange(rows.shape[1]) < lengths[:, None]] = symbols
    order = np.lexsort((word_ids, *rows.T[::-1]))
    rows, lengths, words = rows[order], lengths[order], word_ids[order]
    kept = np.ones(len(words), bool)
    kept[1:] = (rows[1:] != rows[:-1]).any(axis=1) | (words[1:] != words[:-1])
    return _Table(rows[kept], lengths[kept], words[kept])


def _look_ahead(
    parents: list[NDArray[np.int64]], ends: NDArray[np.int64], scores: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Carry the best score of each node's words up to the root."""
    n_nodes = sum(len(level) for level in parents)
    best = np.full(n_nodes, -np.inf, np.float32)
    np.maximum.at(best, ends, scores)
    level_end = n_nodes
    for level in reversed(parents[1:]):
        np.maximum.at(best, level, best[level_end - len(level) : level_end])
        level_end -= len(level)
    return best
