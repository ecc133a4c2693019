"""What can be wrong with sound that arrives: nothing, too little, too much.

Each trouble is told once when it begins and once when it is over.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from asr.audio import Samples
from asr.live.events import Notice, Topic
from asr.sentences import Message, NoticeCode

MUTED_S: Final = 1.0  # of nothing but zeros; no microphone that is on is so silent
QUIET_S: Final = 10.0  # without a peak above the faintest speech
QUIET: Final = 0.002  # peak, −54 dB
LOUD_ENOUGH: Final = 0.01  # peak, −40 dB; higher, so that the notice does not flicker
CLIPPED: Final = 0.999  # of full scale
CLIPPING_SHARE: Final = 0.001  # of a second's samples; single peaks do not harm
CLEAN_S: Final = 3.0  # without a clipped sample, after which clipping is over


@dataclass(slots=True)
class _Trouble:
    """One thing that may be wrong with a source; it says so only when that changes."""

    topic: Topic
    speaker: str
    begun: NoticeCode
    over: NoticeCode
    is_on: bool = False

    def set(self, is_on: bool, name: str) -> list[Notice]:
        if is_on == self.is_on:
            return []
        self.is_on = is_on
        return [self._notice(self.begun if is_on else self.over, name, resolved=not is_on)]

    def drop(self, name: str) -> list[Notice]:
        if not self.is_on:
            return []
        self.is_on = False
        return [self._notice(NoticeCode.LEVEL_UNKNOWN, name, resolved=True)]

    def _notice(self, code: NoticeCode, name: str, *, resolved: bool) -> Notice:
        return Notice(Message(code, {"source": name}), self.topic, self.speaker, resolved)


class LevelWatch:
    """Watches the level of one source; it counts time in sound, not by a clock.

    Args:
        name: The source's, for people.
        speaker: Whose source it is.
        may_rest: Silence is nothing to tell of, for the source only carries what others play.
    """

    def __init__(self, name: str, speaker: str = "", *, may_rest: bool = False) -> None:
        self._name = name
        self._may_rest = may_rest
        self._muted = _Trouble(
            Topic.MUTED,
            speaker,
            NoticeCode.MUTED,
            NoticeCode.UNMUTED,
        )
        self._quiet = _Trouble(
            Topic.QUIET,
            speaker,
            NoticeCode.QUIET,
            NoticeCode.LOUD_ENOUGH,
        )
        self._clipping = _Trouble(
            Topic.LOUD,
            speaker,
            NoticeCode.DISTORTED,
            NoticeCode.UNDISTORTED,
        )
        self._zeros_s = self._quiet_s = 0.0
        self._clipped = 0.0  # seconds of clipped samples, fading
        self._clean_s = CLEAN_S

    def hear(self, samples: Samples, rate: int) -> list[Notice]:
        """Hear what follows, (n,) at `rate` in Hz; return the troubles that begin or end."""
        if not samples.size:
            return []
        seconds = len(samples) / rate
        peak = float(np.abs(samples).max())
        notices = [] if self._may_rest else self._hear_silence(peak, seconds)
        is_clipping = self._is_clipping(samples, peak, seconds, rate)
        return notices + self._clipping.set(is_clipping, self._name)

    def drop(self) -> list[Notice]:
        """Take the troubles back: the source went away, and only new sound can tell more."""
        troubles = (self._muted, self._quiet, self._clipping)
        return [notice for trouble in troubles for notice in trouble.drop(self._name)]

    def _hear_silence(self, peak: float, seconds: float) -> list[Notice]:
        self._zeros_s = self._zeros_s + seconds if peak == 0 else 0.0
        notices = self._muted.set(self._zeros_s >= MUTED_S, self._name)
        # While muted it is quiet too; one sentence is enough.
        is_faint = 0 < peak < (LOUD_ENOUGH if self._quiet.is_on else QUIET)
        self._quiet_s = self._quiet_s + seconds if is_faint else 0.0
        return notices + self._quiet.set(self._quiet_s >= QUIET_S, self._name)

    def _is_clipping(self, samples: Samples, peak: float, seconds: float, rate: int) -> bool:
        clipped = (
            np.count_nonzero(np.abs(samples) >= CLIPPED) / rate if peak >= CLIPPED else 0.0
        )
        self._clean_s = 0.0 if clipped else self._clean_s + seconds
        self._clipped = self._clipped * max(0.0, 1 - seconds) + clipped
        if self._clean_s >= CLEAN_S:
            self._clipped = 0.0
        if self._clipping.is_on:
            return self._clean_s < CLEAN_S
        return self._clipped >= CLIPPING_SHARE
