"""The user's own text laid over its recording: subtitles of what was meant to be said."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from asr.acoustic import windowed
from asr.audio import SAMPLE_RATE
from asr.audio.files import read_audio
from asr.decoding.forced_alignment import Ways, forced_align, timed_words
from asr.engine import Engine
from asr.errors import AlignmentError
from asr.language.pack_language import PackLanguage
from asr.readable.commands import BREAKS
from asr.sentences import Message
from asr.text import normalise
from asr.text_file import read_lines
from asr.transcript import Segment, Transcript, Word
from asr.window import FILE_WINDOW

NOTHING_SAID: Final = "No word of the text was heard in «{audio}»."


@dataclass(frozen=True, slots=True)
class _Token:
    """A word as the user wrote it, and the spoken words that it stands for."""

    text: str
    spoken: tuple[str, ...]  # several for «42»; none for a lone dash


def align_file(engine: Engine, audio: Path, text: Path) -> Transcript:
    """Time a text, a segment for each of its lines; words that were not said in [brackets].

    A word's text is what is said for it, and it is shown as it is written. `trouble` tells
    if none was said.

    Raises:
        DecodeError: The sound cannot be read.
        AlignmentError: The text cannot be read, holds no words, or is far too long.
    """
    lines = _read_lines(text)
    words = [word for line in lines for token in line for word in token.spoken]
    if not words:
        language = engine.pack.language
        template = "{text} holds no words in the letters of {language}."
        raise AlignmentError(template, text=text, language=language)
    samples = read_audio(audio)
    emissions = windowed(engine.graph, samples, FILE_WINDOW)
    spans = forced_align(emissions.phones, ways_to_say(words, engine.language), skippable=True)
    timed = list(timed_words(words, spans, engine.pack.frame_seconds))
    said = [span.is_said for span in spans]
    return Transcript(
        segments=tuple(_segments(lines, timed, said)),
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


def _segments(
    lines: Sequence[Sequence[_Token]], timed: Sequence[Word], said: Sequence[bool]
) -> Iterator[Segment]:
    """Yield a segment for each line that has words, of all the spoken words in a row."""
    place = 0
    for line in lines:
        words: list[Word] = []
        for token in line:
            end = place + len(token.spoken)
            if token.spoken:
                words.append(_written(token, timed[place:end], is_said=any(said[place:end])))
            elif words:  # punctuation that stands alone stays with the word before it
                words[-1] = replace(words[-1], display=f"{words[-1].shown} {token.text}")
            place = end
        if words:
            words[-1] = replace(words[-1], display=words[-1].shown + BREAKS["new", "line"])
            yield Segment(tuple(words), words[0].start, words[-1].end)


def _written(token: _Token, spoken: Sequence[Word], *, is_said: bool) -> Word:
    text, display = " ".join(token.spoken), token.text
    if not is_said:
        text, display = f"[{text}]", f"[{display}]"
    return Word(
        text,
        spoken[0].start,
        spoken[-1].end,
        confidence=1.0 if is_said else 0.0,
        display=None if display == text else display,
    )


def _read_lines(path: Path) -> list[list[_Token]]:
    return [
        [_Token(word, tuple(normalise(word).split())) for word in line.split()]
        for line in read_lines(path, "The text", AlignmentError)
        if line.strip()
    ]
