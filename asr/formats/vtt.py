"""WebVTT subtitles (W3C candidate recommendation, 2019); by word, too, for karaoke."""

from __future__ import annotations

from html import escape

from asr.formats.cue_text import decode_cues
from asr.formats.cues import Cue, cues, time_range, timestamp
from asr.formats.options import Format, FormatOptions
from asr.transcript import Transcript, Word


def encode(transcript: Transcript, options: FormatOptions) -> bytes:
    """Write cues; unsure words are in italics, of the class «unsure»."""
    blocks = ["WEBVTT\n"]
    blocks += [
        f"{time_range(cue, '.')}\n{_text(cue, options)}\n" for cue in cues(transcript, options)
    ]
    return "\n".join(blocks).encode("utf-8", "replace")


def _text(cue: Cue, options: FormatOptions) -> str:
    told = cue.start  # times inside a cue must grow
    lines = []
    for line in cue.lines:
        parts = []
        for word in line:
            time = ""
            if options.karaoke and not cue.note and told < word.start < cue.end:
                told = word.start
                time = f"<{timestamp(told, '.')}>"
            parts.append(time + _word(word, options))
        lines.append(" ".join(parts))
    return "\n".join(lines)


def _word(word: Word, options: FormatOptions) -> str:
    shown = escape(word.shown, quote=False)
    return f"<i.unsure>{shown}</i>" if word.confidence < options.unsure else shown


FORMAT = Format("vtt", "Subtitles, WebVTT", encode, decode_cues)
