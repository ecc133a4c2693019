"""Plain texts of Project Gutenberg: what is the book, and what stands around it.

A file has a header with «Title:» and «Author:» and a licence before or behind the book, in
words that changed over thirty years; the Gutenberg Dataset (Lahiri 2014) has taken them off
and calls its files «Author___Title.txt». Lines are cut anywhere, and empty lines part
paragraphs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

HEADER: Final = 40_000  # characters: a book begins before these are over
BETWEEN: Final = "___"  # stands between author and title in a file's name
ENGLISH: Final = 0.02  # «the» is one word in eighteen of English prose, one in thirty of verse
LEAST: Final = 1000  # words that tell a language

_FIELD: Final = re.compile(r"^(Title|Author): *(\S.*)$", re.MULTILINE)
_COPYRIGHTED: Final = re.compile(r"copyrighted project gutenberg|copyright \(c\)")
_BEGIN: Final = re.compile(
    r"^(?:\*\*\* ?start of th(?:e|is) project gutenberg|\*end\*? ?the small print!).*$",
    re.MULTILINE,
)
_END: Final = re.compile(
    r"\n[* ]*(?:(?:this is the )?end of (?:the |this )?project gutenberg"
    r"|\*+ ?start: full license|\*+ ?start\**the small print)"
)
_PARAGRAPH_END: Final = re.compile(r"\n\s*\n")
_REMARK: Final = re.compile(
    r"\[(?:\d+|(?:illustration|footnote|sidenote|transcriber)[^\]]*)\]", re.IGNORECASE
)
_OF_OTHERS: Final = (
    "project gutenberg",
    "gutenberg-tm",
    "etext",
    "e-text",
    "produced by",
    "prepared by",
    "scanned by",
    "transcribed by",
    "transcriber",
)
_LONGEST: Final = 1000  # characters: what others say of a book is shorter


@dataclass(frozen=True, slots=True)
class PlainBook:
    """A book without what stands around it; each paragraph is one line, empty ones between."""

    title: str
    author: str
    text: str
    is_free: bool  # in the public domain in the USA, as those who published it found


def read_plain_book(path: Path) -> PlainBook:
    """Read a plain text; what its header does not say is taken from its name."""
    content = _decoded(path.read_bytes()).replace("\r\n", "\n")
    lowered = content.lower()  # as long as the content, but for a few Turkish letters
    begins = [found.end() for found in _BEGIN.finditer(lowered, 0, HEADER)]
    begin = begins[-1] if begins else 0
    said = dict(reversed(_FIELD.findall(content[: begin or HEADER // 10])))
    author, between, title = path.stem.partition(BETWEEN)
    if not between:
        author, title = path.parent.name, path.stem
    end = _END.search(lowered, begin)
    return PlainBook(
        said.get("Title", title).strip(),
        said.get("Author", author).strip(),
        "\n\n".join(_paragraphs(content[begin : end.start() if end else None])),
        not _COPYRIGHTED.search(lowered[:begin]),
    )


def is_english(text: str) -> bool:
    """Tell whether a normalised text is in English, by how often it says «the»."""
    words = text.split()
    return len(words) < LEAST or words.count("the") >= ENGLISH * len(words)


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _paragraphs(text: str) -> list[str]:
    """Join each paragraph's lines; drop headings, remarks and what is not the author's."""
    found = []
    if "[" in text:
        text = _REMARK.sub(" ", text)
    for paragraph in _PARAGRAPH_END.split(text):
        joined = " ".join(paragraph.split())
        if joined and not joined.isupper() and not _is_of_others(joined):
            found.append(joined)
    return found


def _is_of_others(paragraph: str) -> bool:
    lowered = paragraph[:_LONGEST].lower()
    return any(words in lowered for words in _OF_OTHERS)
