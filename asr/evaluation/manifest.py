"""Lists of utterances: tab-separated, with the header path, text, speaker, seconds."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from asr.errors import ManifestError
from asr.text_file import open_text

COLUMNS: Final = ("path", "text", "speaker", "seconds")


@dataclass(frozen=True, slots=True)
class Utterance:
    """One line of a manifest; `text` is as its corpus has it."""

    path: Path
    text: str
    speaker: str
    seconds: float


def read_manifest(
    path: Path, folder: Path | None = None, *, partial: bool = False
) -> list[Utterance]:
    """Read a manifest.

    Args:
        path: The manifest.
        folder: What its paths are relative to; by default its own folder.
        partial: Pass over utterances whose file is missing, be it all of them.

    Raises:
        ManifestError: It is missing, has another header, no lines, or a line with a
            missing file, an empty text or a length that is no number.
    """
    with open_text(path, "The manifest", ManifestError, newline="") as file:
        rows = list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    if not rows or tuple(rows[0]) != COLUMNS:
        raise ManifestError(
            "The manifest {path} must begin with the header {columns}, separated by tabs.",
            path=path,
            columns=", ".join(COLUMNS),
        )
    folder = folder or path.parent
    utterances = [
        _utterance(path, folder, line, row)
        for line, row in enumerate(rows[1:], start=2)
        if row and not (partial and not (folder / row[0]).is_file())
    ]
    if not utterances and not partial:
        raise ManifestError("The manifest {path} lists no utterance.", path=path)
    return utterances


def _utterance(manifest: Path, folder: Path, line: int, row: list[str]) -> Utterance:
    where = f"Line {line} of {manifest}"
    if len(row) != len(COLUMNS):
        raise ManifestError(
            "{where} has {count} columns instead of {expected}.",
            where=where,
            count=len(row),
            expected=len(COLUMNS),
        )
    name, text, speaker, seconds = row
    audio = folder / name
    if not audio.is_file():
        raise ManifestError(
            "{where} names a file that does not exist: {audio}.", where=where, audio=audio
        )
    if not text.strip():
        raise ManifestError("{where} has an empty text.", where=where)
    try:
        return Utterance(audio, text, speaker, float(seconds))
    except ValueError as error:
        raise ManifestError(
            "{where} has no length in seconds: {seconds!r}.", where=where, seconds=seconds
        ) from error
