"""Which words each hypothesis has behind it: a tree of back-pointers, shared by all.

An entry is one word after one history; equal texts are one entry. When two texts meet
in a state that nothing to come can part, the better lives on and the other is noted
beside it, with how far it was behind: the alternatives of the final words.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

START: Final = 0  # the entry before the first word
NOTHING: Final = -1  # parent of START
MOST_ALTERNATIVES: Final = 4  # of one entry, that outlive a collection


class History:
    """Entries are numbered so that a parent comes before its children."""

    def __init__(self) -> None:
        self.parents = [NOTHING]
        self.words = [NOTHING]  # word ids
        self.frames = [0]  # where the word was first complete
        # entry → losing entry → nats behind
        self.alternatives: dict[int, dict[int, float]] = {}
        self.keys = [0]  # hashes of the texts, which outlive a collection
        self._entries = {0: START}  # key → entry

    def __len__(self) -> int:
        return len(self.parents)

    def fork(self) -> History:
        """Return a copy to look ahead with; what happens to it does not come back."""
        other = History()
        other.parents, other.words = self.parents.copy(), self.words.copy()
        other.frames, other.keys = self.frames.copy(), self.keys.copy()
        other._entries = self._entries.copy()
        return other

    def extend(self, parent: int, word: int, key: int, frame: int) -> int:
        """Return the entry for `word` after `parent`; `key` is the hash of that text."""
        entry = self._entries.get(key)
        if entry is None:
            entry = self._entries[key] = len(self.parents)
            self.parents.append(parent)
            self.words.append(word)
            self.frames.append(frame)
            self.keys.append(key)
        return entry

    def note_alternative(self, entry: int, loser: int, behind: float) -> None:
        """Remember that `loser` met `entry`, `behind` (≤ 0) nats behind it."""
        alternatives = self.alternatives.setdefault(entry, {})
        alternatives[loser] = max(behind, alternatives.get(loser, -np.inf))

    def chain(self, entry: int, until: int = START) -> list[int]:
        """Return the entries after `until` up to `entry`, in the order of speech."""
        entries = []
        while entry != until:
            entries.append(entry)
            entry = self.parents[entry]
        return entries[::-1]

    def common(self, entries: Iterable[int]) -> int:
        """Return the last entry that all of `entries` have behind them."""
        alive = set(entries)
        while len(alive) > 1:
            # Parents have lower numbers, so the highest is no one's ancestor.
            youngest = max(alive)
            alive.remove(youngest)
            alive.add(self.parents[youngest])
        return alive.pop()

    def descends(self, entry: int, ancestor: int) -> bool:
        """Tell whether `ancestor` is `entry` or among what it has behind it."""
        while entry > ancestor:
            entry = self.parents[entry]
        return entry == ancestor

    def share_a_text(self, one: int, other: int) -> bool:
        """Tell whether one of two entries may be what becomes of the other."""
        return self.descends(max(one, other), min(one, other))

    def collect(self, live: NDArray[np.int64]) -> NDArray[np.int64]:
        """Forget what neither `live` nor their alternatives need.

        Args:
            live: (n,) entries.

        Returns:
            (n,) the same entries by their new numbers.
        """
        kept = {START}
        self._keep_ancestors(kept, live.tolist())
        alternatives = {
            entry: dict(_nearest(self.alternatives[entry]))
            for entry in kept & self.alternatives.keys()
        }
        self._keep_ancestors(
            kept, [loser for losers in alternatives.values() for loser in losers]
        )
        order = sorted(kept)
        number = {entry: place for place, entry in enumerate(order)}
        self.alternatives = {
            number[entry]: {number[loser]: behind for loser, behind in losers.items()}
            for entry, losers in alternatives.items()
        }
        self.parents = [NOTHING, *(number[self.parents[entry]] for entry in order[1:])]
        self.words = [self.words[entry] for entry in order]
        self.frames = [self.frames[entry] for entry in order]
        self.keys = [self.keys[entry] for entry in order]
        self._entries = {key: entry for entry, key in enumerate(self.keys)}
        return np.array([number[entry] for entry in live.tolist()], np.int64)

    def _keep_ancestors(self, kept: set[int], entries: list[int]) -> None:
        for entry in entries:
            while entry not in kept:
                kept.add(entry)
                entry = self.parents[entry]


def _nearest(losers: dict[int, float]) -> list[tuple[int, float]]:
    return sorted(losers.items(), key=lambda loser: -loser[1])[:MOST_ALTERNATIVES]
