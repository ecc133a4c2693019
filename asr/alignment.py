"""The user's own text laid over its recording: subtitles of what was meant to be said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from asr.acoustic import windowed
from asr.audio import SAMPLE_RATE
from asr.audio.files import read_audio
from asr.decoding.forced_alignment import Ways, forced_align, timed_words
from asr.engine import FILE_WINDOW, Engine
from asr.errors import AlignmentError
from asr.language.pack_language import PackLanguage
from asr.sentences import Message
from asr.text import normalise
from asr.text_file import read_lines
from asr.transcript import Segment, Transcript, Word

NOTHING_SAID: Final = "No word of the text was heard in «{audio}»."


@dataclass(frozen=True, slots=True)
class _Token:
    """A word as the user wrote it, and the spoken words that it stands for."""

    text: str
    spoken: tuple[str, ...]  # several for «42»; none for a lone dash


def align_file(engine: Engine, audio: Path, text: Path) -> Transcript:
    """Time a text, a segment for each of its lines; words that were not said in [brackets].

    `trouble` tells if none was.

    Raises:
        DecodeError: The sound cannot be read.
        AlignmentError: The text cannot be read, holds no words, or is far too long.
    """
    lines = _read_lines(text)
    words = [word for line in lines for token in line for word in token.spoken]
    if not words:
        raise AlignmentError("{text} holds no words.", text=text)
    samples = read_audio(audio)
    emissions = windowed(engine.graph, samples, FILE_WINDOW)
    spans = forced_align(emissions.phones, ways_to_say(words, engine.language), skippable=True)
    timed = list(timed_words(words, spans, engine.pack.frame_seconds))
    said = [span.is_said for span in spans]
    segments = []
    place = 0
    for line in lines:
        shown: list[Word] = []
        for token in line:
            end = place + len(token.spoken)
            if token.spoken:
                shown.append(_shown(token.text, timed[place:end], any(said[place:end])))
            elif shown:  # punctuation that stands alone stays with the word before it
                last = shown.pop()
                shown.append(replace(last, text=f"{last.text} {token.text}"))
            place = end
        if shown:
            segments.append(Segment(tuple(shown), shown[0].start, shown[-1].end))
    return Transcript(
        segments=tuple(segments),
        seconds=len(samples) / SAMPLE_RATE,
        source=audio.name,
        language=engine.pack.language,
        pack=engine.pack.checksum,
        trouble=None if any(said) else Message(NOTHING_SAID, {"audio": audio.name}),
    )


def ways_to_say(words: Sequence[str], language: PackLanguage) -> list[Ways]:
    """For each normalised word its pronunciations in symbols."""
    known = {word: language.ways(word) for word in set(words)}
    return [known[word] for word in words]


def _shown(text: str, spoken: list[Word], is_said: bool) -> Word:
    return Word(
        text if is_said else f"[{text}]",
        spoken[0].start,
        spoken[-1].end,
        confidence=1.0 if is_said else 0.0,
    )


def _read_lines(path: Path) -> list[list[_Token]]:
    return [
        [_Token(word, tuple(normalise(word).split())) for word in line.split()]
        for line in read_lines(path, "The text", AlignmentError)
        if line.strip()
    ]
