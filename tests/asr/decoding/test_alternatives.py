"""How else a text could read: changes in one place, by what the search noted or a path has."""

from __future__ import annotations

import pytest

from asr.decoding.alternatives import Substitution, substitutions, word_slots
from asr.decoding.history import START, History
from asr.decoding.nbest import LatticePath

WORDS = ["there", "their", "dog", "home", "foam", "ran"]


def said(history: History, *words: str, after: int = START) -> list[int]:
    """Return the entries of words after an entry, each a new one."""
    entries = []
    for word in words:
        key = len(history) + 1
        after = history.extend(after, WORDS.index(word), key, 0)
        entries.append(after)
    return entries


def found(paths: list[LatticePath], history: History) -> dict[tuple[int, str], Substitution]:
    """Changes by where they begin and how they read."""

    def read(entry: int) -> tuple[str, ...]:
        return (WORDS[history.words[entry]],)

    best = word_slots(paths[0].entries, history, read)
    return {
        (one.start, " ".join(slot.text for slot in one.slots)): one
        for one in substitutions(best, paths, history, read)
    }


def test_a_noted_rival_stands_in_a_text_that_took_another_rival_before() -> None:
    history = History()
    there, dog, home = said(history, "there", "dog", "home")
    (foam,) = said(history, "foam", after=dog)
    (their,) = said(history, "their")
    history.note_alternative(there, their, -3.0)
    history.note_alternative(home, foam, -0.5)

    alternatives = found([LatticePath(0.0, (their, dog, home))], history)

    assert alternatives[2, "foam"].behind == -0.5
    assert (alternatives[2, "foam"].start, alternatives[2, "foam"].stop) == (2, 3)
    assert list(alternatives) == [
        (2, "foam")
    ]  # «there foam» would be two changes for one's penalty


def test_what_a_path_says_of_a_change_counts_before_what_the_search_noted() -> None:
    history = History()
    there, dog, home = said(history, "there", "dog", "home")
    (foam,) = said(history, "foam", after=dog)
    history.note_alternative(home, foam, -0.5)
    paths = [LatticePath(2.0, (there, dog, home)), LatticePath(-2.0, (there, dog, foam))]

    assert found(paths, history)[2, "foam"].behind == -4.0


def test_a_text_that_differs_in_two_places_is_no_change() -> None:
    history = History()
    one = said(history, "there", "dog", "home")
    other = said(history, "their", "dog", "foam")

    assert not found([LatticePath(0.0, tuple(one)), LatticePath(-1.0, tuple(other))], history)


@pytest.mark.parametrize(
    ("words", "key"),
    [(["there", "home"], (1, "")), (["there", "dog", "ran", "home"], (2, "ran"))],
)
def test_a_word_may_be_missing_or_one_too_many(words: list[str], key: tuple[int, str]) -> None:
    history = History()
    one, other = said(history, "there", "dog", "home"), said(history, *words)

    alternatives = found(
        [LatticePath(0.0, tuple(one)), LatticePath(-1.0, tuple(other))], history
    )

    assert alternatives[key].behind == -1.0
