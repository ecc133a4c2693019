"""The likeliest whole texts of an utterance, out of what the search left and what it dropped.

Where two hypotheses met in a state that no word to come could part, the search kept the
better and noted the other. So the history is a lattice: from the end, every word leads to the
one before it, or costs what an alternative was behind and leads on from there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from typing import Final, TypeAlias

from asr.decoding.history import START, History

# Steps; a hundred texts of 66 words took 3,200 at most. Where it takes many more, paths of
# the same words abound, and what was found is enough.
MOST_SEEN: Final = 20_000
Entries: TypeAlias = tuple[int, ...]  # of a history, in the order of speech


@dataclass(frozen=True, slots=True)
class LatticePath:
    """A whole text, which is no chain of its history where it takes an alternative."""

    score: float
    entries: Entries


def n_best(
    history: History,
    finals: Sequence[tuple[int, float]],
    n: int,
    until: int = START,
) -> list[LatticePath]:
    """Return up to `n` paths of different words, the best first.

    What is still to be walked costs nothing at best, so that the paths come out in order.

    Args:
        history: With the alternatives that the search noted.
        finals: The entries that a text may end in, and their scores.
        n: How many.
        until: An entry that is in every path, with all that it has behind it.
    """
    heap: list[tuple[float, Entries, int]] = [(-score, (), entry) for entry, score in finals]
    heapify(heap)
    before = tuple(history.chain(until))
    found: dict[tuple[int, ...], LatticePath] = {}  # by words
    seen: set[tuple[Entries, int]] = set()
    while heap and len(found) < n and len(seen) < MOST_SEEN:
        cost, after, entry = heappop(heap)
        if entry == until:
            words = tuple(history.words[one] for one in after)
            found.setdefault(words, LatticePath(-cost, (*before, *after)))
        # Older entries than `until` seldom lead there; and where a loser has the winner behind
        # it, the lattice leads round for ever: no sound is heard twice.
        elif entry > until and entry not in after and (after, entry) not in seen:
            seen.add((after, entry))
            heappush(heap, (cost, (entry, *after), history.parents[entry]))
            for loser, behind in history.alternatives.get(entry, {}).items():
                heappush(heap, (cost - behind, after, loser))
    return list(found.values())
