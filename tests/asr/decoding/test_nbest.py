"""The likeliest texts of a lattice, against all of its paths walked out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asr.decoding.history import START, History
from asr.decoding.nbest import Entries, LatticePath, n_best

FLOOR = -6.0


def random_history(seed: int, entries: int = 14) -> History:
    """Entries under one another at random, with losers at random among the others."""
    chance = np.random.default_rng(seed)
    history = History()
    for n in range(1, entries):
        history.extend(int(chance.integers(0, n)), int(chance.integers(0, 5)), n, n)
    for n in range(2, entries):
        for loser in chance.integers(1, entries, size=2).tolist():
            history.note_alternative(n, loser, -float(chance.uniform(1, 3)))
    return history


def walked_out(
    history: History, entry: int, score: float, after: Entries = ()
) -> list[LatticePath]:
    """Every path that ends in `entry` and takes none of those `after` it once more."""
    if score < FLOOR or entry in after:
        return []
    if entry == START:
        return [LatticePath(score, ())]
    found = [
        LatticePath(path.score, (*path.entries, entry))
        for path in walked_out(history, history.parents[entry], score, (entry, *after))
    ]
    for loser, behind in history.alternatives.get(entry, {}).items():
        found += walked_out(history, loser, score + behind, after)
    return found


def words(history: History, entries: Entries) -> tuple[int, ...]:
    return tuple(history.words[entry] for entry in entries)


@settings(deadline=None)
@given(seed=st.integers(0, 10_000), n=st.integers(1, 40))
def test_the_best_texts_come_in_order_and_each_once(seed: int, n: int) -> None:
    history = random_history(seed)
    finals = [(13, -1.0), (12, -2.5)]
    best: dict[tuple[int, ...], float] = {}
    for entry, score in finals:
        for path in walked_out(history, entry, score):
            text = words(history, path.entries)
            best[text] = max(path.score, best.get(text, -np.inf))

    found = n_best(history, finals, n)

    found = [path for path in found if path.score >= FLOOR]
    scores = [path.score for path in found]
    assert scores == pytest.approx(sorted(best.values(), reverse=True)[:n])
    texts = [words(history, path.entries) for path in found]
    assert len(set(texts)) == len(texts)
    assert [best[text] for text in texts] == pytest.approx(scores)


@settings(deadline=None)
@given(seed=st.integers(0, 10_000))
def test_what_is_settled_is_in_every_path(seed: int) -> None:
    history = random_history(seed)
    stable = history.chain(13)[0]

    found = n_best(history, [(13, 0.0)], 30, until=stable)

    chain = tuple(history.chain(stable))
    assert found
    assert all(path.entries[: len(chain)] == chain for path in found)


def test_without_rivals_the_finals_are_all_there_is() -> None:
    history = History()
    one = history.extend(START, 7, 1, 3)
    two = history.extend(one, 8, 2, 5)

    found = n_best(history, [(one, -3.0), (two, -1.0)], 10)

    assert found == [LatticePath(-1.0, (one, two)), LatticePath(-3.0, (one,))]


def test_a_loser_that_grew_out_of_the_winner_is_heard_once() -> None:
    """«and one» met «and one and one»: round and round it would be the best text."""
    history = History()
    first = history.extend(START, 1, 11, 1)
    second = history.extend(first, 2, 12, 2)
    third = history.extend(second, 1, 13, 3)
    fourth = history.extend(third, 2, 14, 4)
    history.note_alternative(second, fourth, -0.1)

    found = n_best(history, [(second, 0.0)], 100)

    assert [[history.words[one] for one in path.entries] for path in found] == [
        [1, 2],
        [1, 2, 1, 2],
    ]
