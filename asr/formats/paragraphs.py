"""A transcript as people read it: paragraphs, notes where sound is missing, unsure words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from asr.formats.options import FormatOptions
from asr.readable.commands import BREAKS
from asr.readable.paragraphs import goes_on
from asr.transcript import Gap, Segment, Transcript, Word


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Lines of words that belong together; or a note about the sound, without words.

    There are several lines where the speaker asked for them; no word is empty.
    """

    start: float  # seconds
    lines: tuple[tuple[Word, ...], ...] = ()
    speaker: str = ""  # by name
    note: str = ""


def paragraphs(transcript: Transcript, options: FormatOptions) -> list[Paragraph]:
    """Divide a transcript, in the order of time; what went wrong with the sound is last."""
    found: list[Paragraph] = []
    segments: list[Segment] = []
    for segment in transcript.segments:
        if not segment.shown:
            continue
        if segments and not _continues(segments, segment, options):
            found += _divided(segments, transcript, options)
            segments = []
        segments.append(segment)
    found += _divided(segments, transcript, options)
    found += [Paragraph(gap.start, note=gap_note(gap)) for gap in transcript.gaps]
    found.sort(key=lambda one: one.start)
    if transcript.trouble:
        found.append(Paragraph(transcript.seconds, note=f"[{transcript.trouble}]"))
    return found


def gap_note(gap: Gap) -> str:
    """A gap in words."""
    return f"[{gap.message}]"


def language_tag(transcript: Transcript) -> str:
    """The language by its code (BCP 47), as markup wants it; "" where only a name is known."""
    is_tag = re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", transcript.language)
    return transcript.language if is_tag else ""


def speaker_name(transcript: Transcript, speaker: str) -> str:
    """The name of a speaker, or the id where none was given."""
    names = {one.id: one.name for one in transcript.speakers}
    return names.get(speaker) or speaker


def shown_words(words: Iterable[Word], unsure: float, mark: Callable[[str], str]) -> str:
    """Words with a space between them; `mark` shows that one is unsure."""
    return " ".join(
        mark(word.shown) if word.confidence < unsure else word.shown for word in words
    )


def clock_time(seconds: float) -> str:
    """«1:02:03», for people."""
    whole = int(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"


def _continues(segments: Sequence[Segment], segment: Segment, options: FormatOptions) -> bool:
    before = segments[-1]
    if segment.begins or segment.speaker != before.speaker:
        return False
    is_near = segment.start - before.end < options.paragraph_pause
    return is_near or goes_on(segments, segment)


def _divided(
    segments: Sequence[Segment], transcript: Transcript, options: FormatOptions
) -> Iterator[Paragraph]:
    """Yield the paragraphs of a speaker's segments: one, unless more were dictated."""
    words = [word for segment in segments for word in segment.words if word.shown]
    lines: list[tuple[Word, ...]] = []
    start = 0
    for end, word in enumerate(words, start=1):
        ends_paragraph = end == len(words) or word.shown.endswith(BREAKS["new", "paragraph"])
        if ends_paragraph or word.shown.endswith(BREAKS["new", "line"]):
            line = words[start:end]
            lines.append((*line[:-1], replace(word, display=word.shown.rstrip("\n"))))
            start = end
        if ends_paragraph:
            speaker = speaker_name(transcript, segments[0].speaker) if options.speakers else ""
            yield Paragraph(lines[0][0].start, tuple(lines), speaker)
            lines = []
