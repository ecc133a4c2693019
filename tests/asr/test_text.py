"""The normalisation of text: what is read aloud stays, in words of letters."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asr.text import normalise, spell_cardinal, spell_ordinal, year

# Random Unicode seldom holds what the rules are about, so the rules' own signs are mixed in.
TEXTS = st.text() | st.text(alphabet="aAsdnthr'’ -.,:$£%&0123456789é\u0301½ſK\n", max_size=40)


@given(TEXTS)
def test_normalising_twice_is_normalising_once(text: str) -> None:
    once = normalise(text)

    assert normalise(once) == once


@given(TEXTS)
def test_only_words_of_letters_with_inner_apostrophes_come_out(text: str) -> None:
    words = normalise(text).split(" ")

    assert words == [""] or all(re.fullmatch(r"[a-z]+('+[a-z]+)*", word) for word in words)


@given(TEXTS, TEXTS)
def test_the_words_of_two_texts_are_the_words_of_their_sum(first: str, second: str) -> None:
    apart = f"{normalise(first)} {normalise(second)}".strip()

    assert normalise(f"{first} {second}") == apart


@given(st.lists(st.from_regex(r"[a-z]+('[a-z]+)?", fullmatch=True)))
def test_case_changes_nothing(words: list[str]) -> None:
    text = " ".join(words)

    assert normalise(text.upper()) == normalise(text)


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("", ""),
        ("  — … !  ", ""),
        ("QUILTER'S MANNER", "quilter's manner"),
        ("The boys’ ‘café’ isn’t naïve.", "the boys cafe isn't naive"),
        ("'Tis rock 'n' roll o'clock", "tis rock n roll o'clock"),
        ("well-known Æneas, Straße, Łódź", "well known aeneas strasse lodz"),
        ("Mr. and Mrs. Smith; Dr. Who, etc.", "mister and missus smith doctor who et cetera"),
        ("mrs's mr, St. John's", "mrs's mister saint john's"),
        ("Tom & Jerry, 5%", "tom and jerry five percent"),
        ("ＦＵＬＬ ｗｉｄｔｈ №1 ℂ", "full width no one c"),
        ("0 7 12 20 21 100 105 999", "zero seven twelve twenty twenty one one hundred "
         "one hundred and five nine hundred and ninety nine"),
        ("1,000 and 1,984", "one thousand and one thousand nine hundred and eighty four"),
        ("in 1984, 1900, 1905, 2001, 2019", "in nineteen eighty four nineteen hundred "
         "nineteen oh five two thousand and one twenty nineteen"),
        ("the 1960s and 1960's, the 90s", "the nineteen sixties and nineteen sixties "
         "the nineties"),
        ("1st 2nd 3rd 5th 12th 20th 21st 100th", "first second third fifth twelfth twentieth "
         "twenty first one hundredth"),
        ("3.14 0.5", "three point one four zero point five"),
        ("$5 £1 €2.50", "five dollars one pound two euros and fifty cents"),
        ("$5 million, $2.5 billion; £1 millionaire", "five million dollars two point five "
         "billion dollars one pound millionaire"),
        ("$1.50 $0.99 £2.01 $3.00 $1.5", "one dollar and fifty cents ninety nine cents "
         "two pounds and one penny three dollars one point five dollars"),
        ("3€ 1$ 1,000£ 3€5", "three euros one dollar one thousand pounds three five euros"),
        ("2½ ½ 1¾ 2 ½ 21⁄2", "two and a half one half one and three quarters two one half "
         "twenty one two"),
        ("7:30, 7:05, 12:00", "seven thirty seven oh five twelve o'clock"),
        ("007 1234567890123", "zero zero seven one two three four five six seven eight nine "
         "zero one two three"),
        ("5km 4x4 B2B", "five km four x four b two b"),
        ("٣ apples", "apples"),
    ],
)  # fmt: skip
def test_what_is_written_becomes_what_is_said(written: str, spoken: str) -> None:
    assert normalise(written) == spoken


def test_every_number_has_its_own_name() -> None:
    names = {spell_cardinal(number) for number in range(3000)}

    assert len(names) == 3000


@pytest.mark.parametrize(
    ("number", "name"),
    [
        (1_000_000_000, "one billion"),
        (1_000_001, "one million and one"),
        (2_345_678, "two million three hundred and forty five thousand six hundred and "
         "seventy eight"),
    ],
)  # fmt: skip
def test_large_numbers_are_read_by_their_scales(number: int, name: str) -> None:
    assert spell_cardinal(number) == name


@pytest.mark.parametrize(
    ("number", "name"),
    [(0, "zeroth"), (8, "eighth"), (30, "thirtieth"), (111, "one hundred and eleventh")],
)  # fmt: skip
def test_ordinals_end_as_they_are_said(number: int, name: str) -> None:
    assert spell_ordinal(number) == name


def test_a_year_is_read_in_pairs() -> None:
    assert year(1066 + 100) == "eleven sixty six"
    assert year(2000) == "two thousand"
