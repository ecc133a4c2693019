"""SubRip subtitles; unsure words in italics."""

from __future__ import annotations

from asr.formats.cue_text import decode_cues
from asr.formats.cues import Cue, cues, time_range
from asr.formats.options import Format, FormatOptions
from asr.formats.paragraphs import shown_words
from asr.transcript import Transcript


def encode(transcript: Transcript, options: FormatOptions) -> bytes:
    """Write numbered cues; gaps in the sound are cues of their own."""
    blocks = [
        f"{number}\n{time_range(cue, ',')}\n{_text(cue, options)}\n"
        for number, cue in enumerate(cues(transcript, options), start=1)
    ]
    return "\n".join(blocks).encode("utf-8", "replace")


def _text(cue: Cue, options: FormatOptions) -> str:
    return "\n".join(
        shown_words(line, options.unsure, "<i>{}</i>".format) for line in cue.lines
    )


FORMAT = Format("srt", "Subtitles, SubRip", encode, decode_cues)
