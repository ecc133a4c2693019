"""The transcript as plain text, for the clipboard, and the name to save it under."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from asr.transcript import Gap, Segment, Transcript

from gui.sentences import translated

_NOT_IN_NAMES: Final = str.maketrans(dict.fromkeys('<>:"/\\|?*', "."))


def plain_text(transcript: Transcript) -> str:
    """Return a paragraph a segment, and a line in brackets where sound is missing."""
    rows = [row for row in transcript.segments if row.shown]
    names = {one.id: one.name for one in transcript.speakers if one.name}
    pieces: list[Segment | Gap] = sorted([*rows, *transcript.gaps], key=lambda row: row.start)
    return "\n\n".join(
        f"[{gap_sentence(row)}]" if isinstance(row, Gap) else _paragraph(row, names)
        for row in pieces
    )


def file_name(transcript: Transcript) -> str:
    """Propose a name without a suffix: the file's own, or that of the session with its date."""
    name = Path(transcript.source).stem or "transcript"
    if transcript.started is not None:
        name = f"{name} {transcript.started.astimezone():%Y-%m-%d %H.%M}"
    return name.translate(_NOT_IN_NAMES)


def gap_sentence(gap: Gap) -> str:
    """Say what is missing, in words that fit between two paragraphs."""
    return translated(gap.message)


def _paragraph(segment: Segment, names: Mapping[str, str]) -> str:
    speaker = names.get(segment.speaker, segment.speaker)
    return f"{speaker}: {segment.shown}" if speaker else segment.shown
