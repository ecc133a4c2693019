"""Best-path reading: repeats, blanks, seams, times."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asr.decoding.greedy import GreedyDecoder, letter_words
from asr.emissions import Emissions
from asr.errors import PackError

ALPHABET = ("<blank>", " ", "'", *"abcdefghijklmnopqrstuvwxyz")


def letters(script: str, certainty: float = 0.9) -> Emissions:
    """One frame for each character of the script; `_` is the blank."""
    rows = np.full((len(script), len(ALPHABET)), (1 - certainty) / (len(ALPHABET) - 1))
    for row, character in zip(rows, script, strict=True):
        row[0 if character == "_" else ALPHABET.index(character)] = certainty
    phones = np.zeros((len(script), 3), np.float32)
    return Emissions(phones, np.log(rows).astype(np.float32))


def read(script: str) -> tuple[str, ...]:
    return tuple(word.text for word in letter_words(letters(script).letters, ALPHABET))


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("", ()),
        ("____", ()),
        ("a", ("a",)),
        ("  _ ", ()),
        ("hhe_l_lloo", ("hello",)),
        ("i_t'_s  me", ("it's", "me")),
        (" aa a_a ", ("a", "aa")),
    ],
)
def test_repeats_merge_and_blanks_part(script: str, words: tuple[str, ...]) -> None:
    assert read(script) == words


def test_words_stand_where_their_letters_stand() -> None:
    words = letter_words(letters("__he_y_ _yo_").letters, ALPHABET)

    assert [(word.start, word.end) for word in words] == [
        pytest.approx((0.08, 0.24)),
        pytest.approx((0.36, 0.44)),
    ]


def test_confidence_follows_the_letters() -> None:
    (sure,) = letter_words(letters("yes", 0.99).letters, ALPHABET)
    (unsure,) = letter_words(letters("yes", 0.4).letters, ALPHABET)

    assert sure.confidence == pytest.approx(0.99, abs=1e-5)
    assert unsure.confidence == pytest.approx(0.4, abs=1e-5)


@settings(max_examples=60, deadline=None)
@given(
    script=st.text(alphabet="ab _", max_size=30), cuts=st.lists(st.integers(0, 30), max_size=4)
)
def test_text_does_not_depend_on_cuts_and_settled_only_grows(
    script: str, cuts: list[int]
) -> None:
    emissions = letters(script)
    edges = sorted({0, len(script), *(min(cut, len(script)) for cut in cuts)})
    decoding = GreedyDecoder(ALPHABET).start()
    stable: tuple[str, ...] = ()

    for start, end in pairwise(edges):
        decoding.feed(emissions[start:end])
        live = decoding.text(ahead=emissions[end:])
        assert live.stable[: len(stable)] == stable
        assert live.stable + live.unstable == read(script)
        stable = live.stable

    assert decoding.finish() == letter_words(emissions.letters, ALPHABET)


def test_looking_ahead_changes_nothing() -> None:
    emissions = letters("he_y you")
    decoding = GreedyDecoder(ALPHABET).start()
    decoding.feed(emissions[:2])

    decoding.text(ahead=letters("xx zz"))
    decoding.feed(emissions[2:])

    assert [word.text for word in decoding.finish()] == ["hey", "you"]


def test_rows_of_another_alphabet_are_refused() -> None:
    decoding = GreedyDecoder(ALPHABET[:-1]).start()

    with pytest.raises(PackError, match="28 symbols"):
        decoding.feed(letters("abc"))
