"""When an utterance has ended.

Three witnesses are heard, frame by frame: the network (nothing but blank), the sound
(nothing but quiet), and whether anything was said at all. A quiet pause ends an utterance
after `pause` seconds. In noise, where it is never quiet, the network's word alone is
enough after twice that time.

    |---- words ----|------ pause ------|
                        ^ end      ^ noticed here
                        what follows `end` belongs to the next utterance

The end lies where the pause was half over, however long it lasted in the end: so what the
utterance holds is known before it is over, and can be read in the meantime. Where the
pause begins, the sound tells, not the network: its windows are longer on a machine that
falls behind, and the same sound should be cut at the same places.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

BLANK_IS_SURE: Final = 0.5  # probability of blank from which a frame holds nothing
QUIET: Final = 0.1  # of the utterance's loudest frame, −20 dB: between words and breath
SILENT: Final = 1e-3  # root mean square, −60 dB: quiet for everyone
MOSTLY: Final = 0.7  # share of a pause that must be quiet; doors and keys make noise too
NOISY_PAUSE: Final = 2.0  # pauses that a pause lasts when it is not quiet
PROBABLE: Final = 0.7  # part of a pause after which the rest is likely to follow


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

    silence: int  # frames before the first that held more than blank
    has_speech: bool  # there is such a frame

    _loudness: list[float]  # of each frame heard so far
    _run: int  # frames of blank up to now

    def __init__(self, endpoint: Endpoint, frame_seconds: float) -> None:
        self._pause = max(2, round(endpoint.pause / frame_seconds))
        self._loudness = []
        self.silence = 0
        self.has_speech = False
        self._run = 0

    @property
    def n_frames(self) -> int:
        """Frames heard so far; once it has ended, those up to where that was noticed."""
        return len(self._loudness)

    def expected_end(
        self, blank: NDArray[np.float32], loudness: NDArray[np.float32]
    ) -> int | None:
        """Return the frame before which the utterance ends if the pause goes on.

        Whoever asks once a step learns it before `feed` tells the end, if what lies ahead
        holds the next step.

        Args:
            blank: (n,) probabilities of blank in the frames ahead, which `feed` has not heard.
            loudness: (n,) root mean squares of them, 0..1.

        Returns:
            None in speech, and as long as the pause may well be a short one.
        """
        ahead = copy(self)
        ahead._loudness = [*self._loudness]
        for sure, loud in zip(blank.tolist(), loudness.tolist(), strict=True):
            ahead._hear(sure, loud)
        # The network is less sure at the edge of its window: a sound there is none yet.
        return ahead._probable_end() or self._probable_end()

    def feed(self, blank: NDArray[np.float32], loudness: NDArray[np.float32]) -> int | None:
        """Hear (T,) probabilities of blank and (T,) root mean squares.

        Returns:
            The frame before which the utterance ends, or None as long as it does not.
        """
        for sure, loud in zip(blank.tolist(), loudness.tolist(), strict=True):
            self._hear(sure, loud)
            # The first comparison spares the look back that the last one takes.
            if self.has_speech and self._run >= self._pause and self._run >= self._needed():
                return self._end()
        return None

    def forget(self, frames: int) -> None:
        """Count on from a later frame of the silence before the first word."""
        self.silence -= frames
        del self._loudness[:frames]
        self._run = min(self._run, len(self._loudness))

    def _hear(self, blank: float, loudness: float) -> None:
        if blank < BLANK_IS_SURE:
            self.has_speech = True
            self._run = 0
        else:
            self._run += 1
            self.silence += not self.has_speech
        self._loudness.append(loudness)

    def _probable_end(self) -> int | None:
        if not self.has_speech or self._run < PROBABLE * self._needed():
            return None
        end = self._end()
        return end if end <= len(self._loudness) else None

    def _is_loud(self) -> NDArray[np.bool_]:
        loudness = np.array(self._loudness)
        return ~is_quiet(loudness, loudness.max(initial=0.0))

    def _needed(self) -> float:
        """Frames that the pause under way must last."""
        quiet = np.count_nonzero(~self._is_loud()[-self._run :]) if self._run else 0
        return self._pause if quiet >= MOSTLY * self._run else NOISY_PAUSE * self._pause

    def _end(self) -> int:
        """Half a pause after the last sound, but not before the network's last word."""
        pause_begins = len(self._loudness) - self._run
        half = self._pause // 2
        loud = np.flatnonzero(self._is_loud()[: pause_begins + half])
        last = int(loud[-1]) + 1 if len(loud) else pause_begins
        return max(last + half, pause_begins + half // 2)


def is_quiet(
    loudness: NDArray[np.floating], loudest: NDArray[np.floating] | float
) -> NDArray[np.bool_]:
    """Say which frames are quiet for their utterance.

    Args:
        loudness: (n,) root mean squares, 0..1.
        loudest: The greatest of the utterance, or of it up to each frame.
    """
    quiet: NDArray[np.bool_] = loudness <= np.maximum(SILENT, QUIET * np.asarray(loudest))
    return quiet
