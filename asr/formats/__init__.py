"""A transcript out and in: one small file a format, and the registry of them.

Formats give bytes, so that a caller may write, send or print them. What people may choose
is a value, `FormatOptions`; each format takes of it what it has a use for. All of them show
where sound is missing, and which words the recogniser is unsure of.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from asr.atomic import write_atomically
from asr.errors import ConfigError, StorageError, TranscriptError
from asr.formats import csv, docx, html, json, markdown, srt, text, ttml, vtt
from asr.formats.options import CueRules, Format, FormatOptions
from asr.transcript import Transcript

__all__ = ["FORMATS", "CueRules", "Format", "FormatOptions", "encode", "load", "save"]

FORMATS: Final[dict[str, Format]] = {
    one.suffix: one
    for one in (
        text.FORMAT,
        srt.FORMAT,
        vtt.FORMAT,
        json.FORMAT,
        markdown.FORMAT,
        docx.FORMAT,
        html.FORMAT,
        csv.FORMAT,
        ttml.FORMAT,
    )
}


def encode(
    transcript: Transcript, suffix: str, options: FormatOptions = FormatOptions()
) -> bytes:
    """Return a transcript in the format of that suffix. Raises ConfigError."""
    return _format(suffix, f"«{suffix}»").encode(transcript, options)


def save(
    transcript: Transcript,
    path: Path,
    options: FormatOptions = FormatOptions(),
    *,
    suffix: str = "",
    is_output: bool = False,
) -> None:
    """Write in the format of `suffix`, else of the file's name; whole or not at all.

    `is_output`: of a batch, whose writing may be cut off, and done again, at any moment.

    Raises:
        ConfigError: The name ends in no format that is known.
        StorageError: It cannot be written.
    """
    content = _format(suffix or path.suffix, path.name).encode(transcript, options)
    try:
        with write_atomically(path, synced=is_output, alone=is_output) as draft:
            draft.write_bytes(content)
    except OSError as error:
        raise StorageError(
            "{path} cannot be written: {why}.", path=path, why=error.strerror
        ) from error


def load(path: Path) -> Transcript:
    """Read a transcript back from SRT, VTT or JSON.

    Raises:
        ConfigError: The name ends in a format that is not read back.
        TranscriptError: It cannot be read, or is not what its name says.
    """
    found = _format(path.suffix, path.name)
    if found.decode is None:
        known = ", ".join(one.suffix for one in FORMATS.values() if one.decode)
        raise ConfigError(
            "{path} cannot be read back: only {known} can.", path=path.name, known=known
        )
    try:
        return found.decode(path.read_bytes())
    except OSError as error:
        raise TranscriptError(
            "{path} cannot be read: {why}.", path=path, why=error.strerror
        ) from error
    except ValueError as error:
        raise TranscriptError(
            "{path} is no transcript as {suffix}: {why}.",
            path=path.name,
            suffix=path.suffix,
            why=error,
        ) from error


def _format(suffix: str, name: str) -> Format:
    kind = suffix.lstrip(".").lower()
    if kind not in FORMATS:
        known = ", ".join(FORMATS)
        raise ConfigError(
            "{name} should end in one of these formats: {known}.", name=name, known=known
        )
    return FORMATS[kind]
