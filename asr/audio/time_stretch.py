"""Speech slower or faster at the same pitch, by WSOLA.

Verhelst and Roelands, «An overlap-add technique based on waveform similarity (WSOLA) for
high quality time-scale modification of speech», ICASSP 1993. The output is made of windows
that overlap by half. Each is taken from about where the speed says, but moved by up to
TOLERANCE to where the sound is most like what naturally follows the window before:

    input    ──┤ window ├──────┬─ natural continuation
               └ speed × hop ──┴──┤ most similar window ├──
    output   ──┤ window ├
                   ┤ next ├
"""

from __future__ import annotations

from typing import Final

import numpy as np

from asr.audio import Samples

WINDOW: Final = 0.03  # seconds: two periods of a low voice
TOLERANCE: Final = 0.01  # seconds to either side: a period of the lowest voice between them
SLOWEST, FASTEST = 0.5, 2.0


class TimeStretch:
    """Takes samples of any rate in order, and gives them back at another speed."""

    position = 0.0  # of the next sample it gives, among those it was fed

    def __init__(self, rate: int, speed: float = 1.0) -> None:
        self.speed = speed  # may be changed at any time
        self._hop = round(rate * WINDOW / 2)
        self._reach = round(rate * TOLERANCE)
        self._rising = _hann(2 * self._hop)[: self._hop]
        self._sound = np.empty(0, np.float32)  # from sample _begin on
        self._begin = 0
        self._natural = 0  # where the window before goes on by itself
        self._tail: Samples | None = None  # falling half of the window before

    def feed(self, samples: Samples) -> Samples:
        """Add (n,) sound at `rate`; return (m,) of it that can be told, at the same rate."""
        self._sound = np.concatenate((self._sound, samples))
        end = self._begin + len(self._sound)
        made = []
        while max(round(self.position) + self._reach, self._natural) + 2 * self._hop <= end:
            made.append(self._next())
        kept = min(max(0, round(self.position) - self._reach), self._natural) - self._begin
        self._sound, self._begin = self._sound[max(0, kept) :], self._begin + max(0, kept)
        return np.concatenate(made) if made else np.empty(0, np.float32)

    def finish(self) -> Samples:
        """Return the (m,) rest, at `rate`."""
        end = self._begin + len(self._sound)
        left = round((end - self.position) / self.speed)
        padding = self._hop * 2 + self._reach + round(self._hop * self.speed)
        rest = self.feed(np.zeros(padding, np.float32))
        return rest[:left]

    def _next(self) -> Samples:
        place = self._most_similar(round(self.position) - self._begin)
        window = self._sound[place : place + 2 * self._hop]
        if self._tail is None:
            self._tail = window[: self._hop] * (1 - self._rising)
        made: Samples = self._tail + window[: self._hop] * self._rising
        self._tail = window[self._hop :] * (1 - self._rising)
        self._natural = self._begin + place + self._hop
        self.position += self._hop * self.speed
        return made

    def _most_similar(self, place: int) -> int:
        """Return where, about a place, the sound is most like the natural continuation."""
        natural = self._natural - self._begin
        if self._tail is None or place == natural:
            return place
        target = self._sound[natural : natural + 2 * self._hop]
        low = max(0, place - self._reach)
        around = self._sound[low : place + self._reach + 2 * self._hop]
        power = np.concatenate(([0.0], np.cumsum(np.square(around, dtype=np.float64))))
        energy = power[len(target) :] - power[: -len(target)]
        likeness = np.correlate(around, target, "valid") / np.sqrt(np.maximum(energy, 1e-9))
        return low + int(likeness.argmax())


def _hann(n: int) -> Samples:
    """A window whose halves add up to one."""
    return (0.5 - 0.5 * np.cos(2 * np.pi * (np.arange(n) + 0.5) / n)).astype(np.float32)
