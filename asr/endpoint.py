"""When an utterance has ended.

Three witnesses are heard, frame by frame: the network (nothing but blank), the sound
(nothing but quiet), and whether anything was said at all. A quiet pause ends an utterance
after `pause` seconds. In noise, where it is never quiet, the network's word alone is
enough after twice that time.

    |---- words ----|------ pause ------|
                              ^ end      ^ noticed here
                              what follows `end` belongs to the next utterance
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

BLANK_IS_SURE: Final = 0.5  # probability of blank from which a frame holds nothing
QUIET: Final = 0.1  # of the utterance's loudest frame, −20 dB: between words and breath
SILENT: Final = 1e-3  # root mean square, −60 dB: quiet for everyone
MOSTLY: Final = 0.7  # share of a pause that must be quiet; doors and keys make noise too
NOISY_PAUSE: Final = 2.0  # pauses that a pause lasts when it is not quiet
TAIL_SECONDS: Final = 0.24  # of the pause that goes to the next utterance, at most half

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """How long a pause ends an utterance, and how long an utterance may be, in seconds."""

    pause: float = 0.8
    longest: float = 20.0


FAST: Final = Endpoint(pause=0.5)
NORMAL: Final = Endpoint(pause=0.8)
LONG: Final = Endpoint(pause=1.5)
PRESETS: Final = {"fast": FAST, "normal": NORMAL, "long": LONG}


class PauseFinder:
    """Looks for the pause that ends one utterance.

    Frames are counted from the utterance's start. What it finds does not depend on how
    the frames are handed over.
    """

    frames: int  # heard so far
    has_speech: bool  # some frame held more than blank

    _run: int  # frames of blank up to now
    _quiet: int  # of these, frames that are quiet
    _loudest: float

    def __init__(self, endpoint: Endpoint, frame_seconds: float) -> None:
        self._pause = max(2, round(endpoint.pause / frame_seconds))
        self._tail = round(TAIL_SECONDS / frame_seconds)
        self.frames = self._run = self._quiet = 0
        self.has_speech = False
        self._loudest = 0.0

    def feed(self, blank: Floats, loudness: Floats) -> int | None:
        """Hear (T,) probabilities of blank and (T,) root mean squares.

        Returns:
            The frame before which the utterance ends, or None as long as it does not.
        """
        for sure, loud in zip(blank.tolist(), loudness.tolist(), strict=True):
            self._hear(sure, loud)
            if self._has_ended():
                return self.frames - min(self._tail, self._run // 2)
        return None

    def _hear(self, blank: float, loudness: float) -> None:
        self.frames += 1
        self._loudest = max(self._loudest, loudness)
        if blank < BLANK_IS_SURE:
            self.has_speech = True
            self._run = self._quiet = 0
        else:
            self._run += 1
            self._quiet += loudness <= max(SILENT, QUIET * self._loudest)

    def _has_ended(self) -> bool:
        is_quiet = self._quiet >= MOSTLY * self._run
        needed = self._pause if is_quiet else NOISY_PAUSE * self._pause
        return self.has_speech and self._run >= needed
