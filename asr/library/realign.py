"""Where the words of an edited segment lie in its sound; for a worker, it takes a moment.

>>> times = realign(engine, library.sounds(entry.id, segment.speaker), segment)
>>> journal.set_times(key, [word.shown for word in segment.words], times)
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final, TypeAlias

from asr.acoustic import windowed
from asr.alignment import ways_to_say
from asr.audio.sounds import read_span
from asr.decoding.forced_alignment import forced_align, timed_words
from asr.engine import Engine
from asr.errors import AlignmentError
from asr.text import normalise
from asr.transcript import Segment
from asr.window import FILE_WINDOW

Times: TypeAlias = list[tuple[float, float]]  # seconds, of each word

MARGIN: Final = 0.5  # seconds of sound around a segment, for the network to hear


def realign(engine: Engine, sounds: Sequence[Path], segment: Segment) -> Times:
    """Return times of a segment's words, in order and inside of it.

    A word that the sound does not bear out keeps the time that it has.

    Args:
        engine: Its network and lexicon.
        sounds: A file a speaker; in a session, best the one of who speaks.
        segment: As it reads after edits.

    Raises:
        DecodeError: The sound cannot be read.
        AlignmentError: The text is far too long for the sound, or the pack has no lexicon.
    """
    spoken = [normalise(word.text).split() for word in segment.words]
    flat = [word for words in spoken for word in words]
    if not flat:
        return [(word.start, word.end) for word in segment.words]
    begins = max(0.0, segment.start - MARGIN)
    samples = read_span(sounds, begins, segment.end + MARGIN)
    if not len(samples):
        raise AlignmentError("There is no sound for this part of the text.")
    emissions = windowed(engine.graph, samples, FILE_WINDOW)
    spans = forced_align(emissions.phones, ways_to_say(flat, engine.language), skippable=True)
    timed = timed_words(flat, spans, engine.pack.frame_seconds)
    found: list[tuple[float, float] | None] = []
    place = 0
    for words in spoken:
        said = [n for n in range(place, place + len(words)) if spans[n].is_said]
        found.append(
            (begins + timed[said[0]].start, begins + timed[said[-1]].end) if said else None
        )
        place += len(words)
    return _in_order(found, segment)


def _in_order(found: Sequence[tuple[float, float] | None], segment: Segment) -> Times:
    """Let no word begin before the last one ends, nor outside of the segment."""
    times: Times = []
    now = segment.start
    for n, word in enumerate(segment.words):
        start, end = found[n] or (word.start, word.end)
        following = next((one[0] for one in found[n + 1 :] if one), segment.end)
        start = min(max(start, now), segment.end)
        now = min(max(start, end), max(start, following), segment.end)
        times.append((start, now))
    return times
