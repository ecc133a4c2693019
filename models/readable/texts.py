r"""Books and texts of today in numbers, for the tagger to learn from.

    python -m models.readable.texts SOURCE ... --without DATA/test-*.tsv DATA/dev-*.tsv \
        --output FOLDER

A source is a folder or a text of books, of which `models.data.books` says which may be learned
from, or a text with a paragraph a line. One book in 40 is held out to choose with (dev) and
another to measure on (test), by its title. The folder then holds, for each of the three parts,
a row of word numbers, one of cases and one of marks; the distinct words, the commonest first;
and how words like McDonald are written.

N words in a part, V distinct words.
"""

from __future__ import annotations

import argparse
import logging
import zlib
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from asr.errors import LanguageError
from asr.evaluation.manifest import read_manifest
from asr.readable.tags import Case, Mark
from asr.text import normalise
from models.data.books import held_out_runs, learnable, read_books
from models.language.text import lines_of
from models.loop import commands
from models.readable.books import ProseReader, prose_paragraphs

log = logging.getLogger(__name__)

SPELLINGS: Final = "mixed.tsv"  # what is written last
PARTS: Final = ("train", "dev", "test")
ONE_IN: Final = 40  # books are held out, for dev and for test each
LEAST_MIXED: Final = 5  # times that a word is written like McDonald, to be known for it


@dataclass(frozen=True, slots=True)
class TextPart:
    """One part of the texts, mapped from disk."""

    words: NDArray[np.int32]  # (N,)
    cases: NDArray[np.uint8]  # (N,)
    marks: NDArray[np.uint8]  # (N,)

    @staticmethod
    def open(folder: Path, name: str) -> TextPart:
        """Map a part. Raises LanguageError."""
        try:
            return TextPart(
                *(
                    np.load(folder / f"{name}.{row}.npy", mmap_mode="r")
                    for row in ("words", "cases", "marks")
                )
            )
        except (OSError, ValueError) as error:
            raise LanguageError(f"{folder} holds no texts in numbers: {error}.") from error


class _Rows:
    """A part as it grows."""

    def __init__(self) -> None:
        self.words, self.cases, self.marks = array("i"), array("B"), array("B")


def part_of(title: str) -> str:
    """Say which part a book is in."""
    return {0: "dev", 1: "test"}.get(zlib.crc32(title.encode()) % ONE_IN, "train")


def texts(
    sources: Sequence[Path], lists: Sequence[Path]
) -> Iterator[tuple[str, Iterable[str]]]:
    """Yield the name of a part and paragraphs of it, book by book.

    Raises:
        LanguageError: A source cannot be read.
        ManifestError: A held-out list cannot be read.
    """
    held_out = held_out_runs(normalise(u.text) for one in lists for u in read_manifest(one))
    libraries = [source for source in sources if _holds_books(source)]
    for book in learnable((b for source in libraries for b in read_books(source)), held_out):
        yield part_of(book.title), prose_paragraphs(book.text)
    for source in sources:
        if source not in libraries:
            yield "train", _prose(source)


def _holds_books(source: Path) -> bool:
    """Whether a source is a folder of books, or a text in which they begin with a heading."""
    return source.is_dir() or next(lines_of(source), "").startswith("===")


def _prose(source: Path) -> Iterator[str]:
    for line in lines_of(source):
        yield from prose_paragraphs(line)


def number_tagged_texts(sources: Sequence[Path], lists: Sequence[Path], folder: Path) -> int:
    """Write the texts in numbers; return how many words are to be learned from.

    Raises:
        LanguageError: A source cannot be read, or no word is left to learn from.
        ManifestError: A held-out list cannot be read.
    """
    reader, numbers = ProseReader(), dict[str, int]()
    rows = {part: _Rows() for part in PARTS}
    for part, prose in texts(sources, lists):
        row = rows[part]
        for paragraph in prose:
            for word, case, mark in reader.read(paragraph):
                row.words.append(numbers.setdefault(word, len(numbers)))
                row.cases.append(case)
                row.marks.append(mark)
    if not rows["train"].words:
        raise LanguageError("No word is left to learn from.")
    folder.mkdir(parents=True, exist_ok=True)
    train = np.array(rows["train"].words, np.int32)
    counts = np.bincount(train, minlength=len(numbers))
    order = np.argsort(-counts, kind="stable")
    rank = np.empty(len(order), np.int32)
    rank[order] = np.arange(len(order))
    names = list(numbers)
    told = "\n".join(f"{names[number]}\t{counts[number]}" for number in order)
    (folder / "words.tsv").write_text(f"{told}\n", encoding="utf-8")
    written = np.zeros((len(order), len(Case)), np.int64)
    for part in PARTS:
        words = rank[np.array(rows[part].words, np.int32)]
        cases, marks = (
            np.array(rows[part].cases, np.uint8),
            np.array(rows[part].marks, np.uint8),
        )
        if part == "train":
            pairs = words.astype(np.int64) * len(Case) + cases
            written = np.bincount(pairs, minlength=written.size).reshape(written.shape)
        np.save(folder / f"{part}.words.npy", words)
        np.save(folder / f"{part}.cases.npy", sensible(words, cases, marks, written))
        np.save(folder / f"{part}.marks.npy", marks)
        log.info("%s: %d words", part, len(words))
    mixed = mixed_spellings(reader.spellings, numbers, rank, written)
    lines = "\n".join(f"{word}\t{spelling}" for word, spelling in mixed.items())
    (folder / SPELLINGS).write_text(f"{lines}\n", encoding="utf-8")
    return len(train)


def sensible(
    words: NDArray[np.int32],
    cases: NDArray[np.uint8],
    marks: NDArray[np.uint8],
    written: NDArray[np.int64],
) -> NDArray[np.uint8]:
    """Return the (N,) cases without what is capital for looks only («THE END», «ChaPTER»).

    Args:
        words: (N,) numbers.
        cases: (N,) as printed.
        marks: (N,) after each word.
        written: (V, 4) how often each word is in each case.
    """
    upper = written[:, Case.UPPER] > written[:, [Case.LOWER, Case.CAPITAL]].max(axis=1)
    mixed = written[:, Case.MIXED] >= LEAST_MIXED
    wrong = (cases == Case.UPPER) & ~upper[words] | (cases == Case.MIXED) & ~mixed[words]
    begins = np.zeros(len(words), bool)
    begins[:1] = True
    begins[1:] = np.isin(marks[:-1], (Mark.FULL_STOP, Mark.QUESTION, Mark.EXCLAMATION))
    usual = np.where(
        written[:, Case.CAPITAL] > written[:, Case.LOWER], Case.CAPITAL, Case.LOWER
    )
    instead = np.where(begins, Case.CAPITAL, usual[words])
    return np.where(wrong, instead, cases).astype(np.uint8)


def mixed_spellings(
    spellings: Counter[tuple[str, str]],
    numbers: dict[str, int],
    rank: NDArray[np.int32],
    written: NDArray[np.int64],
) -> dict[str, str]:
    """Return how each word that is often enough like McDonald is written.

    Of W words, `rank` (W,) is the row in `written` (W, cases): how often as each Case.
    """
    found: dict[str, str] = {}
    for (word, printed), _ in spellings.most_common():
        is_spelling = printed.lower() == word and printed.isascii()
        if is_spelling and written[rank[numbers[word]], Case.MIXED] >= LEAST_MIXED:
            found.setdefault(word, printed)
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    """Write books and texts of today in numbers."""
    parser = argparse.ArgumentParser(
        "python -m models.readable.texts", description=main.__doc__
    )
    parser.add_argument("sources", type=Path, nargs="+", metavar="SOURCE")
    parser.add_argument("--without", type=Path, nargs="*", default=[], metavar="LIST.tsv")
    parser.add_argument("--output", type=Path, required=True, metavar="FOLDER")
    options = parser.parse_args(arguments)
    words = number_tagged_texts(options.sources, options.without, options.output)
    log.info("%d words in %s", words, options.output)


if __name__ == "__main__":
    commands.run(main)
