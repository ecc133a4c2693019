"""Markdown (CommonMark 0.31): a heading, a paragraph each, unsure words in italics."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from asr.formats.options import Format, FormatOptions
from asr.formats.paragraphs import Paragraph, clock_time, paragraphs, shown_words
from asr.transcript import Transcript, Word

_SPECIAL: Final = re.compile(r"([\\`*_{}\[\]<>#|~&!])")
_LIST_MARK: Final = re.compile(r"^([-+=]|\d+[.)])")  # that begins a line
_LINE_END: Final = "\\\n"  # inside a paragraph


def encode(transcript: Transcript, options: FormatOptions) -> bytes:
    """Write the title as a heading, then the paragraphs."""
    title = _escaped(options.title or transcript.source or "Transcript")
    parts = [f"# {title}", *(_part(one, options) for one in paragraphs(transcript, options))]
    return ("\n\n".join(parts) + "\n").encode("utf-8", "replace")


def _part(paragraph: Paragraph, options: FormatOptions) -> str:
    time = f"`{clock_time(paragraph.start)}` " if options.times else ""
    speaker = f"**{_escaped(paragraph.speaker)}:** " if paragraph.speaker else ""
    if paragraph.note:
        return f"> {time}{_escaped(paragraph.note)}"
    lines = [
        shown_words(map(_as_text, line), options.unsure, "*{}*".format)
        for line in paragraph.lines
    ]
    for n in range(bool(time or speaker), len(lines)):
        lines[n] = _LIST_MARK.sub(lambda mark: mark[0][:-1] + "\\" + mark[0][-1], lines[n])
    return f"{time}{speaker}{_LINE_END.join(lines)}"


def _as_text(word: Word) -> Word:
    return replace(word, display=_escaped(word.shown))


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


FORMAT = Format("md", "Markdown", encode)
