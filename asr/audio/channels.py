"""Channels as one: a mix, the one that was asked for, or the loudest where they cancel."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from asr.audio import Samples

CANCELLED: Final = 0.25  # of the loudest channel's level: below it the mix has lost something
RESTORED: Final = 0.4  # above it the mix is taken again
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
        frames = self._numbers(frames)
        if is_float:
            self._peak = max(self._peak, float(np.abs(frames).max(initial=0.0)))
        mono = self._one(frames) / np.float32(self._peak)
        mono.clip(-1, 1, out=mono)
        self.loudest = max(self.loudest, float(np.abs(mono).max(initial=0.0)))
        return mono

    def _numbers(self, frames: NDArray[np.float32]) -> NDArray[np.float32]:
        with np.errstate(over="ignore", invalid="ignore"):
            if np.isfinite(frames.sum()):
                self.n_numbers += len(frames)
                return frames
        good = np.isfinite(frames)
        self.n_numbers += int(good.any(axis=1).sum())
        numbers = np.where(good, frames, np.sign(frames) * np.float32(self._peak))
        return np.where(np.isnan(numbers), np.float32(0), numbers)

    def _one(self, frames: NDArray[np.float32]) -> Samples:
        n_channels = frames.shape[1]
        if self._channel is not None:
            return frames[:, min(self._channel, n_channels - 1)].copy()
        if n_channels == 1:
            return frames[:, 0].copy()
        mixed = np.asarray(np.add.reduce(frames, axis=1), np.float32)
        mixed /= n_channels
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


def _level(samples: NDArray[np.float32]) -> float:
    """Return the root of the mean square."""
    return float(np.sqrt(np.dot(samples, samples) / max(1, len(samples))))
