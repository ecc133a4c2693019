"""Texts that the user hands over: UTF-8 with or without a mark, or UTF-16 with one.

They may be packed with gzip or xz.
"""

from __future__ import annotations

import codecs
import gzip
import io
import lzma
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final, TextIO, cast

from asr.errors import AsrError

HEAD: Final = 64  # bytes that tell how a text is written
GZIP: Final = b"\x1f\x8b"
XZ: Final = b"\xfd7zXZ"
# The longer mark first, for it begins with the shorter one.
MARKS: Final = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


@contextmanager
def open_text(
    path: Path, kind: str, error: type[AsrError], *, newline: str | None = None
) -> Iterator[TextIO]:
    """Open a text to be read within the block.

    Args:
        path: Its file.
        kind: What it is called in a sentence: «The list».
        error: What is raised with that sentence.
        newline: As for `open`.

    Raises:
        error: It cannot be opened, is cut short, or is written in another way.
    """
    try:
        with _unpacked(path) as content:
            encoding = _encoding(content.read(HEAD))
            content.seek(0)
            with io.TextIOWrapper(content, encoding=encoding, newline=newline) as text:
                yield text
    except UnicodeError as problem:
        raise error(
            "{kind} {path} cannot be read as text: save it as UTF-8.", kind=kind, path=path
        ) from problem
    except (OSError, EOFError, zlib.error, lzma.LZMAError) as problem:
        reason = getattr(problem, "strerror", None) or problem
        raise error(
            "{kind} {path} cannot be read: {why}.", kind=kind, path=path, why=reason
        ) from problem


def read_lines(path: Path, kind: str, error: type[AsrError]) -> list[str]:
    """Return the lines of a text, as `open_text` reads it. Raises `error`."""
    with open_text(path, kind, error) as text:
        return text.read().splitlines()


def _encoding(head: bytes) -> str:
    """Tell how a text is written. Raises UnicodeError."""
    for mark, encoding in MARKS.items():
        if head.startswith(mark):
            return encoding
    if b"\0" in head:
        raise UnicodeError("it has two bytes a letter, and no mark that says so")
    return "utf-8-sig"


@contextmanager
def _unpacked(path: Path) -> Iterator[BinaryIO]:
    with path.open("rb") as file:
        head = file.read(HEAD)
        file.seek(0)
        if head.startswith(GZIP) or path.suffix == ".gz":
            with gzip.open(file) as content:
                yield cast("BinaryIO", content)
        elif head.startswith(XZ) or path.suffix == ".xz":
            with lzma.open(file) as content:
                yield cast("BinaryIO", content)
        else:
            yield file
