"""The transcript as plain text, for the clipboard."""

from __future__ import annotations

from asr.transcript import Gap, Segment, Transcript


def plain_text(transcript: Transcript) -> str:
    """Return a paragraph a segment, and a line in brackets where sound is missing."""
    rows = [row for row in transcript.segments if row.words]
    pieces: list[Segment | Gap] = sorted([*rows, *transcript.gaps], key=lambda row: row.start)
    return "\n\n".join(
        f"[{gap_sentence(row)}]" if isinstance(row, Gap) else _paragraph(row) for row in pieces
    )


def gap_sentence(gap: Gap) -> str:
    """Say what is missing, in words that fit between two paragraphs."""
    return f"{gap.seconds:.1f} s of sound missing: {gap.cause}"


def _paragraph(segment: Segment) -> str:
    return f"{segment.speaker}: {segment.text}" if segment.speaker else segment.text
