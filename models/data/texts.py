r"""Texts of today, out of folders of many files, to one text to learn a language from.

    python -m models.data.texts FOLDER ... --without DATA/test-*.tsv DATA/dev-*.tsv \
        --output DATA/text/lessons.txt.xz

Books that are old enough to be free (`models.data.books`) lack what is said today. Free texts
of today come as textbooks in CNXML (OpenStax), as transcripts of meetings in JSON (QMSum) and
as plain text; one output is one text to `models.language.build`, which weighs each by how well
it predicts the dev lists. A sentence of a held-out list flatters every figure, so that a
paragraph with such a sentence, or with a long run of one, is left out.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, TypeAlias
from xml.etree import ElementTree

from asr.errors import LanguageError
from asr.evaluation.manifest import read_manifest
from asr.text import normalise
from models.data.books import held_out_runs, runs
from models.language.text import lines_of, packed, split_sentences
from models.loop import commands

log = logging.getLogger(__name__)

ParagraphReader: TypeAlias = Callable[[Path], Iterator[str]]  # a file's paragraphs

COMMON: Final = 3  # words: held-out sentences as short as this are said everywhere

_CNXML: Final = "{http://cnx.rice.edu/cnxml}"
_MATHML: Final = "{http://www.w3.org/1998/Math/MathML}math"
_MARK: Final = re.compile(r"\{\w+\}")  # «{vocalsound}»: what is no word in a transcript
_APART: Final = re.compile(r" (?=(?:['’](?:s|m|d|re|ve|ll)|n['’]t)\b)")  # «it 's», «do n't»
_PARAGRAPH_END: Final = re.compile(r"\n\s*\n|(?<=[.!?:;”\"'])\s*\n")  # lines are cut anywhere


def read_lesson(path: Path) -> Iterator[str]:
    """Yield the paragraphs of a CNXML module; those with formulae are no sentences."""
    for paragraph in ElementTree.parse(path).iter(f"{_CNXML}para"):
        if paragraph.find(f".//{_MATHML}") is None:
            yield " ".join("".join(paragraph.itertext()).split())


def read_meeting(path: Path) -> Iterator[str]:
    """Yield the turns of a meeting in QMSum's JSON (Zhong et al. 2021, arXiv:2104.05938)."""
    content = json.loads(path.read_text(encoding="utf-8"))
    for turn in content["meeting_transcripts"]:
        words = " ".join(_MARK.sub(" ", turn["content"]).split())
        yield _APART.sub("", words)


def read_plain(path: Path) -> Iterator[str]:
    """Yield the paragraphs of plain text, with its cut lines joined."""
    for paragraph in _PARAGRAPH_END.split("".join(lines_of(path))):
        yield " ".join(paragraph.split())


READERS: Final[Mapping[str, ParagraphReader]] = {
    ".cnxml": read_lesson,
    ".json": read_meeting,
    ".txt": read_plain,
}


def read_folder(folder: Path) -> Iterator[str]:
    """Yield the paragraphs of all files that can be read. Raises LanguageError."""
    paths = sorted(path for path in folder.rglob("*") if path.suffix in READERS)
    if not paths:
        raise LanguageError(f"There is no text ({', '.join(READERS)}) in {folder}.")
    for path in paths:
        try:
            yield from READERS[path.suffix](path)
        except (OSError, ElementTree.ParseError, ValueError, LookupError) as error:
            raise LanguageError(f"The text {path} could not be read: {error!r}.") from error


def unheld(paragraphs: Iterable[str], held_out: Sequence[str]) -> Iterator[str]:
    """Leave out paragraphs with a sentence of the normalised texts `held_out`, or a run."""
    whole = {text for text in held_out if len(text.split()) > COMMON}
    of_held_out = held_out_runs(held_out).keys()
    for paragraph in paragraphs:
        sentences = [normalise(sentence) for sentence in split_sentences(paragraph)]
        if whole.isdisjoint(sentences) and of_held_out.isdisjoint(runs(" ".join(sentences))):
            yield paragraph


def write_text(folders: Sequence[Path], lists: Sequence[Path], path: Path) -> int:
    """Write the paragraphs of `folders` that may be learned from; return how many words.

    The file has its name once it is whole.

    Raises:
        LanguageError: A folder or a text in it cannot be read, or nothing is left.
        ManifestError: A held-out list cannot be read.
    """
    held_out = [
        text for one in lists for u in read_manifest(one) if (text := normalise(u.text))
    ]
    paragraphs = (paragraph for folder in folders for paragraph in read_folder(folder))
    words = 0
    with packed(path) as file:
        for paragraph in unheld(filter(None, paragraphs), held_out):
            file.write(f"{paragraph}\n")
            words += len(paragraph.split())
        if not words:
            raise LanguageError("No text is left to learn from.")
    return words


def main(arguments: Sequence[str] | None = None) -> None:
    """Write one text of the files in folders, without what held-out lists have."""
    options = commands.text_parser("models.data.texts", main.__doc__).parse_args(arguments)
    words = write_text(options.sources, options.without, options.output)
    log.info("%d words in %s", words, options.output)


if __name__ == "__main__":
    commands.run(main)
