"""SubRip and WebVTT read back: a segment a cue."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Final

from asr.transcript import Segment, Transcript, Word

_CLOCK: Final = r"(?:(\d+):)?(\d{1,2}):(\d{2})[,.](\d{1,3})"
_TIMES: Final = re.compile(rf"\s*{_CLOCK}\s*-->\s*{_CLOCK}")
_TIME_INSIDE: Final = re.compile(rf"<{_CLOCK}>")
_TAG: Final = re.compile(r"</?(?:[bicuv]|font|lang|ruby|rt)(?:[ .][^>]*)?>|\{\\[^}]*\}")


def decode_cues(content: bytes) -> Transcript:
    """Read cues of either kind. Raises ValueError.

    A word of a cue without times inside has a share of its time by its letters.
    """
    text = content.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    is_web = text.startswith("WEBVTT")
    segments = []
    for block in re.split(r"\n[ \t]*\n", text):
        lines = block.strip("\n").split("\n")
        place = next((i for i, line in enumerate(lines) if _TIMES.match(line)), None)
        if place is None or place > 1:  # a header, a note, a style
            continue
        times = _TIMES.match(lines[place])
        assert times
        start, end = _seconds(times.groups()[:4]), _seconds(times.groups()[4:])
        if end < start:
            raise ValueError(f"a cue ends before it begins: {lines[place].strip()}")
        words = tuple(_words(" ".join(lines[place + 1 :]), start, end, is_web))
        segments.append(Segment(words, start, end))
    if not segments and "-->" not in text and not is_web and text.strip():
        raise ValueError("it holds no cue")
    seconds = max((segment.end for segment in segments), default=0.0)
    return Transcript(segments=tuple(segments), seconds=seconds)


def _seconds(parts: tuple[str | None, ...]) -> float:
    hours, minutes, seconds, fraction = (part or "0" for part in parts)
    return int(hours) * 3600 + int(minutes) * 60 + int(seconds) + float(f"0.{fraction}")


def _words(text: str, start: float, end: float, is_web: bool) -> Iterator[Word]:
    """Divide a cue at the times inside it, and each part evenly."""
    pieces = _TIME_INSIDE.split(text)  # text, then four parts of a time and text, again
    begins = [start, *(_seconds(tuple(pieces[i : i + 4])) for i in range(1, len(pieces), 5))]
    for i, begin in enumerate(begins):
        until = begins[i + 1] if i + 1 < len(begins) else end
        plain = _TAG.sub("", pieces[5 * i])
        words = (unescape(plain) if is_web else plain).split()
        letters = sum(map(len, words))
        done = 0
        for word in words:
            length = (max(until, begin) - begin) / letters
            yield Word(word, begin + done * length, begin + (done + len(word)) * length)
            done += len(word)
