"""Text to learn a language from: corpora read, cut into sentences, normalised, numbered.

A corpus is one long row of word numbers with SENTENCE between sentences, so that tens of
millions of words take four bytes each and are counted with array operations.
"""

from __future__ import annotations

import lzma
import re
from array import array
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TextIO, TypeAlias

import numpy as np
from numpy.typing import NDArray

from asr.atomic import write_atomically
from asr.errors import LanguageError
from asr.text import normalise
from asr.text_file import open_text

Tokens: TypeAlias = NDArray[np.int32]  # (n,) numbers of words

FAST: Final = 1  # of xz: a fifth larger than usual, in a quarter of the time
SENTENCE: Final = 0  # the number that parts sentences

_SENTENCE_END: Final = re.compile(r"(?<=[.!?])[\"'”’)\]_*]*\s+(?=[\"'“‘(\[_*]*[A-Z])")
_NO_END: Final = re.compile(
    r"(?:^|[\s.(\"'“‘])(?:[A-Z]|Mr|Mrs|Ms|Dr|St|Messrs|Mme|Mlle|Prof|Rev|Hon|Gen|Col|Capt|"
    r"Lieut|Sergt|Lt|Maj|Gov|No|Vol|Jr|Sr|vs|viz|cf)\.$"
)
_HEADING: Final = re.compile(r"^\s*(?:===|#|\||!\[|\[?\d+\]?\s*$)")
_NOISE: Final = re.compile(r"(.)\1\1|^'|^[^aeiouy']{4,}$|^.{21,}$")


@dataclass(frozen=True, slots=True)
class TextCorpus:
    """A text in numbers: (n,) with SENTENCE after each sentence."""

    name: str
    tokens: Tokens


class Numbering:
    """Gives each word a number as it is met; 0 is SENTENCE."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {"": SENTENCE}

    @property
    def words(self) -> list[str]:
        """The words in the order of their numbers."""
        return list(self.numbers)

    def corpus(self, name: str, sentences: Iterable[str]) -> TextCorpus:
        """Number the words of normalised sentences; empty ones are left out."""
        tokens, numbers = array("i"), self.numbers
        for sentence in sentences:
            if sentence:
                for word in sentence.split(" "):
                    tokens.append(numbers.setdefault(word, len(numbers)))
                tokens.append(SENTENCE)
        return TextCorpus(name, np.array(tokens, np.int32))


def read_sentences(path: Path) -> Iterator[str]:
    """Yield the normalised sentences of a text file or the distinct texts of a manifest.

    Plain text may be packed (.xz, .gz); a .tsv is a manifest with a column `text`.

    Raises:
        LanguageError: The file cannot be read, or the manifest has no such column.
    """
    if path.suffix == ".tsv":
        yield from dict.fromkeys(normalise(text) for text in _manifest_texts(path))
        return
    for line in lines_of(path):
        if not _HEADING.match(line):
            yield from map(normalise, split_sentences(line))


def split_sentences(paragraph: str) -> list[str]:
    """Cut at full stops, question and exclamation marks that end a sentence."""
    sentences: list[str] = []
    begun = ""
    for part in _SENTENCE_END.split(paragraph.strip()):
        begun = f"{begun} {part}".lstrip()
        if not _NO_END.search(begun):
            sentences.append(begun)
            begun = ""
    return [*sentences, begun] if begun else sentences


def is_noise(word: str) -> bool:
    """Tell whether `word` looks like no word: «ooooh», «xviii», «bzzzt»."""
    return bool(_NOISE.search(word))


def lines_of(path: Path) -> Iterator[str]:
    """Yield the lines of a text file, perhaps packed. Raises LanguageError."""
    with open_text(path, "The text", LanguageError) as file:
        yield from file


@contextmanager
def packed(path: Path) -> Iterator[TextIO]:
    """Open a text (.xz) to write; it has its name once it is whole. Raises LanguageError."""
    try:
        with (
            write_atomically(path) as draft,
            lzma.open(draft, "wt", preset=FAST, encoding="utf-8") as file,
        ):
            yield file
    except OSError as error:
        raise LanguageError(f"The text could not be written to {path}: {error}.") from error


def _manifest_texts(path: Path) -> Iterator[str]:
    with open_text(path, "The manifest", LanguageError) as file:
        header = next(file, "").rstrip("\n").split("\t")
        if "text" not in header:
            raise LanguageError(f"The manifest {path} has no column «text».")
        column = header.index("text")
        for line in file:
            cells = line.rstrip("\n").split("\t")
            if len(cells) > column:
                yield cells[column]
