"""Plain texts of Project Gutenberg, without what stands around the book."""

from pathlib import Path

import pytest

from models.data.gutenberg import is_english, read_plain_book

BOOK = """

THE RAIN

CHAPTER I

Produced by Somebody Else


It had rained
for [Illustration: Rain] a week,[3] and
_nobody_ minded.

"Did they not?" he asked.

"""
TODAY = f"""The Project Gutenberg EBook of The Rain, by Ann Author

Title: The Rain
Author: Ann Author
Language: English

*** START OF THIS PROJECT GUTENBERG EBOOK THE RAIN ***
{BOOK}
*** END OF THIS PROJECT GUTENBERG EBOOK THE RAIN ***

You may charge a fee.
"""
OF_OLD = f"""Title: The Rain
Author: Ann Author
You may charge a fee.
*END*THE SMALL PRINT! FOR PUBLIC DOMAIN ETEXTS*Ver.04.29.93*END*
{BOOK}

End of The Project Gutenberg Etext of The Rain

You may charge a fee.
"""


@pytest.mark.parametrize("content", [TODAY, OF_OLD, BOOK])
def test_only_the_paragraphs_of_the_book_are_left(content: str, tmp_path: Path) -> None:
    path = tmp_path / "Ann Author___The Rain.txt"
    path.write_text(content.replace("\n", "\r\n"), encoding="utf-8", newline="")

    book = read_plain_book(path)

    assert (book.title, book.author, book.is_free) == ("The Rain", "Ann Author", True)
    assert book.text.split("\n\n") == [
        "It had rained for a week, and _nobody_ minded.",
        '"Did they not?" he asked.',
    ]


def test_a_book_under_copyright_is_not_free(tmp_path: Path) -> None:
    path = tmp_path / "1.txt"
    notice = "This is a COPYRIGHTED Project Gutenberg Etext, Details Below"
    path.write_text(f"{notice}\n{TODAY}", encoding="utf-8")

    assert not read_plain_book(path).is_free


def test_western_letters_of_old_files_are_read(tmp_path: Path) -> None:
    path = tmp_path / "Ann Author___Café.txt"
    path.write_bytes("A café’s guests.\n".encode("cp1252"))

    assert read_plain_book(path).text == "A café’s guests."


def test_what_says_no_the_is_not_english() -> None:
    assert not is_english("le chat est sur la chaise " * 200)
    assert is_english("the cat sits on a chair and sleeps " * 200)
    assert is_english("too short to tell")
