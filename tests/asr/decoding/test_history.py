"""The tree of texts: which of those that lost are remembered."""

import numpy as np

from asr.decoding.history import MOST_ALTERNATIVES, START, History


def test_of_two_meetings_the_nearer_counts_whichever_comes_first() -> None:
    history = History()
    best, loser = history.extend(START, 1, 1, 0), history.extend(START, 2, 2, 0)

    for behind in (-3.0, -1.0, -2.0):
        history.note_alternative(best, loser, behind)

    assert history.alternatives == {best: {loser: -1.0}}


def test_a_word_is_no_beginning_whatever_its_text_is_hashed_to() -> None:
    history = History()
    history.collect(np.array([START]))

    assert START not in [history.extend(START, 1, key, 0) for key in range(1, 5)]


def test_a_collection_keeps_the_nearest_alternatives_and_forgets_what_nobody_needs() -> None:
    history = History()
    best = history.extend(START, 1, 1, 0)
    losers = [history.extend(START, word, word, 0) for word in range(2, 12)]
    forgotten = history.extend(START, 99, 99, 0)
    for n, loser in enumerate(losers):
        history.note_alternative(best, loser, -float(1 + n))

    (kept,) = history.collect(np.array([best])).tolist()

    nearest = history.alternatives[kept]
    assert sorted(nearest.values()) == [-4.0, -3.0, -2.0, -1.0]
    assert {history.words[loser] for loser in nearest} == {2, 3, 4, 5}
    assert len(history) == 2 + MOST_ALTERNATIVES < forgotten
