"""Edit distance and rates."""

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asr.evaluation.error_rate import Errors, errors

texts = st.text("abc", max_size=7)


def by_definition(reference: str, hypothesis: str) -> int:
    """The recursion of Levenshtein (1966), as it is written."""

    @cache
    def distance(i: int, j: int) -> int:
        if not i or not j:
            return i + j
        return min(
            distance(i - 1, j) + 1,
            distance(i, j - 1) + 1,
            distance(i - 1, j - 1) + (reference[i - 1] != hypothesis[j - 1]),
        )

    return distance(len(reference), len(hypothesis))


@given(texts, texts)
def test_errors_are_the_edit_distance(reference: str, hypothesis: str) -> None:
    assert errors(reference, hypothesis).wrong == by_definition(reference, hypothesis)


def test_words_are_counted_like_letters() -> None:
    found = errors(
        ["the", "cat", "sat", "on", "the", "mat"], ["the", "cat", "sat", "the", "hat"]
    )

    assert found == Errors(2, 6)
    assert found.rate == pytest.approx(1 / 3)


def test_rates_add_up_by_their_counts() -> None:
    assert (Errors(1, 10) + Errors(3, 6)).rate == 0.25


def test_words_where_there_should_be_none_are_errors() -> None:
    assert errors([], ["oh", "no"]) == Errors(2, 0)
    assert Errors(0, 0).rate == 0
