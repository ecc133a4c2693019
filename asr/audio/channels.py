"""Channels as one: a mix, the one that was asked for, or the loudest where they cancel."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from asr.audio import Samples

CANCELLED: Final = 0.25  # of the loudest channel's level: below it the mix has lost something
RESTORED: Final = 0.4  # above it the mix is taken again
HIGHEST_SCALE: Final = 1e10  # of floats; that of 32-bit integers is 2e9
LOUDEST: Final = 100.0  # times full scale: more is no sound
AUDIBLE: Final = 1e-4  # of full scale, −80 dB: what is quieter decides nothing


class Mixer:
    """Makes one channel of blocks of frames at any level."""

    single: int | None = None  # the channel that is taken in place of the mix
    ever_single: int | None = None  # the first one that was
    n_frames = 0
    n_numbers = 0  # frames that held at least one number
    loudest = 0.0  # sample so far

    def __init__(self, channel: int | None = None) -> None:
        self._channel = channel
        self._peak = 1.0

    def set_peak(self, peak: float) -> None:
        """Bring sound that goes up to `peak` down to full scale."""
        self._peak = max(1.0, peak)

    def mix(self, frames: NDArray[np.float32], *, is_float: bool = False) -> Samples:
        """Return (n,) in −1..1; what is no number is silence.

        Args:
            frames: (n, channels).
            is_float: The file holds floats: what is beyond full scale is meant so.
        """
        self.n_frames += len(frames)
        frames, loudest = self._numbers(frames)
        if is_float:
            self._peak = max(self._peak, min(loudest, HIGHEST_SCALE))
        if loudest > LOUDEST * self._peak:  # a broken number, whose square may be none
            frames = frames.clip(-self._peak, self._peak)
        mono = self._one(frames)
        if self._peak > 1:
            mono /= np.float32(self._peak)
        self.loudest = max(self.loudest, _loudest(mono))
        return mono.clip(-1, 1, out=mono) if loudest > self._peak else mono

    def _numbers(self, frames: NDArray[np.float32]) -> tuple[NDArray[np.float32], float]:
        """Return frames of numbers, and how loud they are."""
        loudest = _loudest(frames)
        if math.isfinite(loudest):
            self.n_numbers += len(frames)
            return frames, loudest
        good = np.isfinite(frames)
        self.n_numbers += int(good.any(axis=1).sum())
        numbers = np.nan_to_num(frames, nan=0, posinf=self._peak, neginf=-self._peak)
        return numbers, _loudest(numbers)

    def _one(self, frames: NDArray[np.float32]) -> Samples:
        n_channels = frames.shape[1]
        if self._channel is not None:
            return frames[:, min(self._channel, n_channels - 1)].copy()
        if n_channels == 1:
            return frames[:, 0].copy()
        mixed = frames[:, 0] + frames[:, 1]
        for n in range(2, n_channels):
            mixed += frames[:, n]
        mixed /= np.float32(n_channels)
        levels = [_level(frames[:, n]) for n in range(n_channels)]
        self._judge(_level(mixed), levels)
        if self.single is None:
            return mixed
        return frames[:, min(self.single, n_channels - 1)].copy()

    def _judge(self, mixed: float, levels: list[float]) -> None:
        """Take one channel while the mix is much quieter than it."""
        loudest = int(np.argmax(levels))
        if levels[loudest] < AUDIBLE * self._peak:
            return
        if self.single is None and mixed < CANCELLED * levels[loudest]:
            self.single = loudest
            if self.ever_single is None:
                self.ever_single = loudest
        elif self.single is not None and mixed > RESTORED * levels[loudest]:
            self.single = None


def _loudest(samples: NDArray[np.float32]) -> float:
    """Return the greatest absolute value; NaN if one is no number."""
    return max(float(samples.max(initial=0.0)), -float(samples.min(initial=0.0)))


def _level(samples: NDArray[np.float32]) -> float:
    """Return the root of the mean square."""
    return float(np.sqrt(np.dot(samples, samples) / max(1, len(samples))))
