"""Words that the lexicon lacks, as the letter head writes them."""

from __future__ import annotations

from typing import Final

import numpy as np

from asr.decoding.greedy import letter_words
from asr.emissions import Emissions, LogProbs

MARGIN: Final = 25  # frames on either side, so that a letter word is not cut at the edge
STABILISING_FRAMES: Final = MARGIN + 1  # after these the spelling does not change any more


def spelled(
    heard: list[Emissions], alphabet: tuple[str, ...], start: int, end: int
) -> tuple[str, ...]:
    """Return the letter words whose middle lies between two frames, maybe none.

    Args:
        heard: The utterance so far.
        alphabet: Of the letter head.
        start: Frame where the word before was complete.
        end: Frame where the word itself was complete.
    """
    first = max(start - MARGIN, 0)
    letters = _stretch(heard, first, end + MARGIN + 1)
    words = letter_words(letters, alphabet, frame_seconds=1.0)
    return tuple(
        word.text for word in words if start < first + (word.start + word.end) / 2 <= end + 1
    )


def _stretch(heard: list[Emissions], first: int, end: int) -> LogProbs:
    """Return the letters of frames first to end without joining the whole utterance."""
    parts, place = [heard[0].letters[:0]], 0
    for emissions in heard:
        if place < end and place + len(emissions) > first:
            parts.append(emissions.letters[max(first - place, 0) : end - place])
        place += len(emissions)
    return np.concatenate(parts)
