"""Books to learn a language from, without those that held-out speech was read from."""

import lzma
from pathlib import Path

import pytest

from asr.errors import LanguageError
from models.data.books import LATEST, held_out_runs, learnable, main, read_books

READ = "He had never in all his life seen so many umbrellas. «Whose», he asked, «are they?»"
UTTERANCES = [
    "HE HAD NEVER IN ALL HIS LIFE SEEN SO MANY UMBRELLAS",
    "IN ALL HIS LIFE SEEN SO MANY UMBRELLAS WHOSE HE ASKED ARE THEY",
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Books of which two may be learned from."""
    books = tmp_path / "books"
    (books / "An Author").mkdir(parents=True)
    for title, year, text in (
        ("Rain", "1901", READ.replace(". ", ".\n\n")),
        ("Sun", "1902", "It shone."),
        ("Later", str(LATEST + 1), "It shone on."),
        ("Undated", "", "It shone once."),
        ("Wind", "c. 1903", "He had never in all his life seen so many hats."),
    ):
        content = f"# Title: {title}\n\n## Author: Somebody\n\n## Year: {year}\n\n{text}\n"
        (books / "An Author" / f"{title}.md").write_text(content, encoding="utf-8")
    return books


def titles(source: Path, utterances: list[str]) -> list[str]:
    held_out = held_out_runs(text.lower() for text in utterances)
    return [book.title for book in learnable(read_books(source), held_out)]


def test_books_that_held_out_speech_was_read_from_are_left_out(folder: Path) -> None:
    assert titles(folder, UTTERANCES) == ["Sun", "Wind"]


def test_one_quotation_makes_no_source(folder: Path) -> None:
    assert titles(folder, UTTERANCES[:1]) == ["Rain", "Sun", "Wind"]


def sentences(first: int, last: int) -> str:
    """Prose of which no run of words comes twice."""
    return " ".join(f"When cat {i} was there, the next one came." for i in range(first, last))


def test_plain_texts_need_no_year_but_may_not_be_under_copyright(tmp_path: Path) -> None:
    (tmp_path / "Ann Author___Hail.txt").write_text("It hailed.\n")
    notice = "This is a COPYRIGHTED Project Gutenberg Etext.\n"
    small_print = "*END THE SMALL PRINT! FOR COPYRIGHT PROTECTED ETEXTS*\n"
    (tmp_path / "Ann Author___Sleet.txt").write_text(f"{notice}{small_print}It sleeted.\n")

    assert titles(tmp_path, []) == ["Hail"]


def test_what_collected_works_hold_is_taken_once(tmp_path: Path) -> None:
    (tmp_path / "A___Works.txt").write_text(sentences(0, 90))
    (tmp_path / "A___Part.txt").write_text(sentences(30, 60))
    (tmp_path / "A___Sequel.txt").write_text(sentences(85, 130))

    assert titles(tmp_path, []) == ["Works", "Sequel"]


def test_books_in_other_languages_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "A___Chaise.txt").write_text("Le chat est sur la chaise. " * 200)
    (tmp_path / "A___Chair.txt").write_text("The cat is on a chair. " * 200)

    assert titles(tmp_path, []) == ["Chair"]


def test_what_is_written_is_read_again_and_each_title_once(
    folder: Path, tmp_path: Path
) -> None:
    text, again = tmp_path / "books.txt.xz", tmp_path / "again.txt.xz"

    (folder / "Ann Author___Hail.txt").write_text("It hailed.\n")

    main([str(folder), "--output", str(text)])
    main([str(text), str(folder), "--output", str(again)])

    assert again.read_bytes() == text.read_bytes()
    assert lzma.decompress(text.read_bytes()).decode().count("=== ") == 4


def test_a_held_out_list_is_asked_by_the_command(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.wav").write_bytes(b"")
    rows = [f"a.wav\t{text}\tme\t1\n" for text in UTTERANCES]
    (tmp_path / "test.tsv").write_text("path\ttext\tspeaker\tseconds\n" + "".join(rows))
    output = tmp_path / "books.txt.xz"

    main([str(folder), "--without", str(tmp_path / "test.tsv"), "--output", str(output)])

    assert "umbrellas" not in lzma.decompress(output.read_bytes()).decode()


def test_a_source_without_books_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(LanguageError, match="There is no book"):
        list(read_books(tmp_path))
    (tmp_path / "text.txt").write_text("No heading.\n")
    with pytest.raises(LanguageError, match="has no line «=== title"):
        list(read_books(tmp_path / "text.txt"))
