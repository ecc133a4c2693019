"""Comma-separated values (RFC 4180): a row a word, for spreadsheets and statistics."""

from __future__ import annotations

import csv
import io
from typing import Final

from asr.formats.options import Format, FormatOptions
from asr.formats.paragraphs import speaker_name
from asr.transcript import Transcript

COLUMNS: Final = ("kind", "start", "end", "speaker", "segment", "heard", "shown", "confidence")


def encode(transcript: Transcript, options: FormatOptions) -> bytes:
    """Write words, gaps and what went wrong, each with its `kind`; times are seconds.

    A byte order mark lets spreadsheets know that it is UTF-8.
    """
    rows: list[tuple[object, ...]] = []
    for number, segment in enumerate(transcript.segments, start=1):
        speaker = speaker_name(transcript, segment.speaker) if options.speakers else ""
        rows += [
            (
                "word",
                _time(word.start),
                _time(word.end),
                speaker,
                number,
                inert(word.text),
                inert(word.shown.rstrip("\n")),
                f"{word.confidence:.3f}",
            )
            for word in segment.words
        ]
    for gap in transcript.gaps:
        end = gap.start + gap.seconds
        rows.append(("gap", _time(gap.start), _time(end), "", "", "", gap.cause, ""))
    rows.sort(key=lambda row: float(str(row[1])))
    if transcript.trouble:
        end = transcript.seconds
        rows.append(("trouble", _time(end), _time(end), "", "", "", transcript.trouble, ""))
    out = io.StringIO(newline="")
    csv.writer(out).writerows([COLUMNS, *rows])
    return out.getvalue().encode("utf-8-sig", "replace")


def _time(seconds: float) -> str:
    return f"{seconds:.3f}"


def inert(text: str) -> str:
    """A spreadsheet would compute what begins like a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


FORMAT = Format("csv", "Table, CSV", encode)
