"""What a format is, and what people may choose about one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from asr.transcript import Transcript


@dataclass(frozen=True, slots=True, kw_only=True)
class CueRules:
    """What makes a subtitle readable.

    Defaults after the BBC's Subtitle Guidelines (2024) and Netflix's Timed Text Style Guide
    (2024): line length, lines, reading speed, and a gap of two frames between cues.
    """

    line_letters: int = 42
    lines: int = 2
    shortest: float = 1.0  # seconds, where the next cue leaves the room
    longest: float = 7.0  # seconds
    letters_per_second: float = 17.0  # slower than speech at times: then up to the next cue
    gap: float = 0.08  # seconds between two cues
    pause: float = 1.5  # seconds of silence that no cue stands through


@dataclass(frozen=True, slots=True, kw_only=True)
class FormatOptions:
    """What a reader wants to see."""

    times: bool = False  # in text, Markdown and DOCX: when each paragraph begins
    speakers: bool = True  # who speaks, where that is known
    paragraph_pause: float = 0.0  # seconds; segments nearer to each other are one paragraph
    unsure: float = 0.5  # a word of less confidence is marked; 0 marks none
    karaoke: bool = False  # in WebVTT: a time before each word
    title: str = ""  # the heading of Markdown, DOCX and HTML; else the name of the source
    audio: str = ""  # in HTML: where the sound is; else the transcript's own
    cues: CueRules = CueRules()


TranscriptEncoder: TypeAlias = Callable[[Transcript, FormatOptions], bytes]
TranscriptDecoder: TypeAlias = Callable[[bytes], Transcript]  # raises ValueError


@dataclass(frozen=True, slots=True)
class Format:
    """One way to write a transcript; `decode` is None where it cannot be read back."""

    suffix: str
    title: str  # for people
    encode: TranscriptEncoder
    decode: TranscriptDecoder | None = None
