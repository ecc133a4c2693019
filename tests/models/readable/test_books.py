"""Printed prose becomes spoken words with the tags that they had."""

from __future__ import annotations

import numpy as np
import pytest

from asr.readable.tags import Case, Mark
from models.readable.books import ProseReader, case_of, prose_paragraphs
from models.readable.texts import part_of, sensible

LETTERS = {Case.LOWER: "", Case.CAPITAL: "^", Case.UPPER: "^^", Case.MIXED: "~"}


def tagged(text: str) -> str:
    signs = dict(zip(Mark, ["", ",", ".", "?", "!", ":", ";", "-"], strict=True))
    return " ".join(
        f"{LETTERS[one.case]}{one.word}{signs[one.mark]}" for one in ProseReader().read(text)
    )


@pytest.mark.parametrize(
    ("printed", "spoken"),
    [
        ("“Emma,” said Mr. Knightley--“why?”", "^emma, said ^mister ^knightley- why?"),
        ("‘Stop!’ he said. ‘Go!’", "^stop, he said. ^go!"),
        ("At 5 p.m. he left; it was late.", "^at five p m he left; it was late."),
        ("J. R. Smith of NATO, and O’Brien’s.", "^j ^r ^smith of ^^nato, and ~o'brien's."),
        ("Two _words_ — and 21st-century ones.", "^two words- and twenty first century ones."),
        ("Anglo-Saxon … He (so he said) left.", "^anglo ^saxon- ^he so he said left."),
        ("", ""),
        ("… — ?", ""),
    ],
)
def test_words_have_the_tags_of_the_print(printed: str, spoken: str) -> None:
    assert tagged(printed) == spoken


def test_only_prose_is_read() -> None:
    text = (
        "# Title: X\n\nCHAPTER I\n\nHe went\nhome.\n\nA line of verse,\n\n"
        "* * *\n\nTHE WHOLE IS LOUD.\n\n“Why?”\n"
    )
    assert list(prose_paragraphs(text)) == ["He went home.", "“Why?”"]


def test_mixed_words_are_told_from_capital_ones() -> None:
    cases = [case_of(word) for word in ("a", "A", "I'm", "BBC", "BBC's", "McDonald", "iPod")]
    assert cases == [
        Case.LOWER, Case.CAPITAL, Case.CAPITAL, Case.UPPER, Case.UPPER, Case.MIXED, Case.MIXED,
    ]  # fmt: skip


def test_what_is_capital_for_looks_is_no_name() -> None:
    written = np.zeros((3, 4), np.int64)
    written[0] = [90, 5, 5, 0]  # the
    written[1] = [0, 1, 9, 0]  # nato
    written[2] = [0, 9, 1, 0]  # kate
    words = np.array([0, 1, 2, 0, 0], np.int32)
    cases = np.full(5, Case.UPPER, np.uint8)
    marks = np.array([0, 0, Mark.FULL_STOP, 0, 0], np.uint8)
    found = sensible(words, cases, marks, written).tolist()
    assert found == [Case.CAPITAL, Case.UPPER, Case.CAPITAL, Case.CAPITAL, Case.LOWER]


def test_books_are_held_out_by_their_title() -> None:
    parts = [part_of(f"Book {number}") for number in range(4_000)]
    assert parts == [part_of(f"Book {number}") for number in range(4_000)]
    assert 50 < parts.count("dev") < 150
    assert 50 < parts.count("test") < 150
