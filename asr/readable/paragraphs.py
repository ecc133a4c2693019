"""Whether a segment goes on with the paragraph before it: by sentences and by pauses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from asr.transcript import Segment

LONG_PAUSE: Final = 2.0  # seconds that end a paragraph after a sentence
PAUSE: Final = 1.0  # seconds that end a long one
LONG: Final = 80  # words of a paragraph that a shorter pause may end
LONGEST: Final = 150  # words after which the next sentence begins another
_ENDS: Final = (".", "?", "!")


def goes_on(paragraph: Sequence[Segment], segment: Segment) -> bool:
    """Tell whether a speaker's segment belongs to the paragraph of those before it.

    Words that are shown as heard have no sentences: each segment is a paragraph then.
    """
    before = paragraph[-1]
    if all(word.display is None for word in before.words):
        return False
    shown = [word.shown for word in before.words if word.shown]
    if shown and shown[-1].endswith("\n"):  # dictated
        return False
    if not before.shown.endswith(_ENDS):
        return True
    pause = segment.start - before.end
    words = sum(len(one.words) for one in paragraph)
    return words < LONGEST and pause < (PAUSE if words >= LONG else LONG_PAUSE)
