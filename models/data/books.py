r"""Books to one text to learn a language from, but for those that held-out speech is from.

    python -m models.data.books DATA/text/books-*.txt.xz FOLDER \
        --without DATA/test-*.tsv DATA/dev-*.tsv --output books.txt.xz

A test set is read from books, and a language model that knows them flatters every figure.
So a book that shares long runs of words with a held-out list is left out, whatever it is
called; so is one of unknown or later year: books of 1925 or before are in the public domain
in the USA. Plain texts of Project Gutenberg, which name no year, are so by its own finding,
but for those whose header says otherwise. What is there twice, alone and in collected works,
is taken once.

A source is a folder of Markdown books, which begin with the lines `# Title: …`,
`## Author: …` and `## Year: …`, and of Project Gutenberg's plain texts, or a text in which
each book begins with `=== title | author | year`, as the result has it.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from asr.errors import LanguageError
from asr.evaluation.manifest import read_manifest
from asr.text import normalise
from models.data.gutenberg import is_english, read_plain_book
from models.language.text import lines_of, packed
from models.loop import commands

log = logging.getLogger(__name__)

LATEST: Final = 1925
RUN: Final = 8  # words; so many are the same by chance hardly ever
SHARED: Final = 2  # utterances with a run in a book: one may be a quotation
MARKERS: Final = frozenset({"when", "which", "upon"})  # begin one run in sixty, to compare by
COMPARED: Final = 20  # runs at least; fewer tell nothing
KNOWN: Final = 0.3  # of a book's runs in others: it is one of their parts, or they its

CLEARED: Final = "Project Gutenberg"  # stands for the year of what it found free

_FIELD: Final = re.compile(r"^#+ (Title|Author|Year): *(.*)$", re.MULTILINE)
_HEADING: Final = re.compile(r"^=== *(.*?) *\| *(.*?) *\| *(.*?) *$")
_YEAR: Final = re.compile(r"\d{4}")

WordRun: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Book:
    """One book; no year where none is known."""

    title: str
    author: str
    year: int | None
    text: str
    is_cleared: bool = False  # found free by Project Gutenberg, whatever its year

    @property
    def heading(self) -> str:
        """The line that parts it from the book before."""
        return f"=== {self.title} | {self.author} | {CLEARED if self.is_cleared else self.year}"


def read_books(source: Path) -> Iterator[Book]:
    """Read the books of a folder, plain ones the longest first, or a text.

    Collected works come before their parts so, which are then known.

    Raises:
        LanguageError: The source cannot be read, or holds no book.
    """
    if not source.is_dir():
        yield from _books_of_text(source)
        return
    marked_up = sorted(source.rglob("*.md"))
    plain = sorted(source.rglob("*.txt"), key=lambda path: (-path.stat().st_size, path))
    if not marked_up + plain:
        raise LanguageError(f"There is no book (.md, .txt) in {source}.")
    for path in marked_up + plain:
        try:
            yield _book_of_file(path) if path.suffix == ".md" else _plain_book(path)
        except OSError as error:
            raise LanguageError(f"The book {path} could not be read: {error}.") from error


def _plain_book(path: Path) -> Book:
    book = read_plain_book(path)
    return Book(book.title, book.author, None, book.text, is_cleared=book.is_free)


def _book_of_file(path: Path) -> Book:
    """Read a Markdown book; what its first lines do not say is taken from its place."""
    text = path.read_text(encoding="utf-8", errors="replace")
    said = dict(_FIELD.findall(text[:1000]))
    title = said.get("Title", "").strip() or path.stem
    author = said.get("Author", "").strip() or path.parent.name
    return Book(title, author, _year(said.get("Year", "")), text)


def _books_of_text(path: Path) -> Iterator[Book]:
    heading: re.Match[str] | None = None
    lines: list[str] = []
    for line in lines_of(path):
        if found := _HEADING.match(line):
            if heading:
                yield _headed(heading, lines)
            heading, lines = found, []
        else:
            lines.append(line)
    if heading is None:
        raise LanguageError(f"The text {path} has no line «=== title | author | year».")
    yield _headed(heading, lines)


def _headed(heading: re.Match[str], lines: Sequence[str]) -> Book:
    title, author, year = heading.groups()
    return Book(title, author, _year(year), "".join(lines), is_cleared=year == CLEARED)


def _year(said: str) -> int | None:
    found = _YEAR.search(said)
    return int(found[0]) if found else None


def held_out_runs(texts: Iterable[str]) -> dict[WordRun, int]:
    """Return the runs of RUN words in normalised texts, and the number of a text with each."""
    return {run: number for number, text in enumerate(texts) for run in runs(text)}


def utterances_in(words: str, held_out: Mapping[WordRun, int]) -> int:
    """Count the held-out texts of which a run stands in a book's normalised text."""
    return len({held_out[run] for run in runs(words) if run in held_out})


def runs(text: str) -> Iterator[WordRun]:
    """Yield every RUN words in a row."""
    words = text.split()
    return zip(*(words[start:] for start in range(RUN)), strict=False)


def learnable(
    books: Iterable[Book], held_out: Mapping[WordRun, int], latest: int = LATEST
) -> Iterator[Book]:
    """Yield the books that may be learned from, each title and each text once."""
    seen: set[tuple[str, str]] = set()
    known: set[int] = set()
    for book in books:
        key = (normalise(book.title) or book.title, normalise(book.author) or book.author)
        words = normalise(book.text)
        marked = {hash(run) for run in runs(words) if run[0] in MARKERS}
        if key in seen:
            log.info("left out: %s, which is there already", book.title)
        elif not book.is_cleared and (book.year is None or book.year > latest):
            log.info("left out: %s, of %s", book.title, book.year or "no year")
        elif not is_english(words):
            log.info("left out: %s, which is not in English", book.title)
        elif (n := utterances_in(words, held_out)) >= SHARED:
            log.info("left out: %s, from which %d utterances were read", book.title, n)
        elif len(marked) >= COMPARED and len(marked & known) >= KNOWN * len(marked):
            log.info("left out: %s, which is in other books", book.title)
        else:
            seen.add(key)
            known |= marked
            yield book


def write_books(
    sources: Sequence[Path], lists: Sequence[Path], path: Path, latest: int = LATEST
) -> int:
    """Write the books of `sources` that may be learned from; return how many words.

    The file has its name once it is whole.

    Raises:
        LanguageError: A source cannot be read, or no book is left.
        ManifestError: A held-out list cannot be read.
    """
    held_out = held_out_runs(normalise(u.text) for one in lists for u in read_manifest(one))
    books = learnable((b for one in sources for b in read_books(one)), held_out, latest)
    words = 0
    with packed(path) as file:
        for book in books:
            file.write(f"{book.heading}\n\n{book.text.strip()}\n\n")
            words += len(book.text.split())
        if not words:
            raise LanguageError("No book is left to learn from.")
    return words


def main(arguments: Sequence[str] | None = None) -> None:
    """Write one text of all books that may be learned from."""
    parser = commands.text_parser("models.data.books", main.__doc__)
    parser.add_argument("--latest", type=int, default=LATEST, metavar="YEAR")
    options = parser.parse_args(arguments)
    words = write_books(options.sources, options.without, options.output, options.latest)
    log.info("%d words in %s", words, options.output)


if __name__ == "__main__":
    commands.run(main)
