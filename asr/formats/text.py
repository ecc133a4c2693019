"""Plain text: a line a paragraph, and for each line that was dictated."""

from __future__ import annotations

from asr.formats.options import Format, FormatOptions
from asr.formats.paragraphs import Paragraph, clock_time, paragraphs, shown_words
from asr.transcript import Transcript


def encode(transcript: Transcript, options: FormatOptions) -> bytes:
    """Write who spoke, if there are several, what was said, and gaps where they lie.

    An unsure word is followed by [?].
    """
    lines = [_line(one, options) for one in paragraphs(transcript, options)]
    return "".join(lines).encode("utf-8", "replace")


def _line(paragraph: Paragraph, options: FormatOptions) -> str:
    time = f"[{clock_time(paragraph.start)}] " if options.times else ""
    speaker = f"{paragraph.speaker}: " if paragraph.speaker else ""
    lines = (shown_words(line, options.unsure, "{}[?]".format) for line in paragraph.lines)
    words = "\n".join(lines)
    return f"{time}{speaker}{words}{paragraph.note}\n"


FORMAT = Format("txt", "Text", encode)
