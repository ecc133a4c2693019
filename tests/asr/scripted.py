"""A source that plays a script against a clock which only the test moves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import pytest

from asr.audio import SAMPLE_RATE, Samples, source
from asr.audio.source import Chunk, SourceGap
from asr.errors import DeviceError


class FakeClock:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def fake_clock(monkeypatch: pytest.MonkeyPatch) -> FakeClock:
    """Put a fake clock where `boottime` reads the time."""
    fake = FakeClock()
    clocks = SimpleNamespace(
        CLOCK_BOOTTIME=None,
        CLOCK_MONOTONIC=None,
        clock_gettime=lambda _: fake(),
        monotonic=fake,
    )
    monkeypatch.setattr(source, "time", clocks)
    return fake


@dataclass
class Outage:
    """When a device is away, in seconds of the script."""

    start: float
    end: float


class Script:
    """Sound that happens whether anyone listens or not, as in the world."""

    def __init__(
        self,
        sound: Samples,
        clock: FakeClock,
        *,
        rate: int = SAMPLE_RATE,
        outages: tuple[Outage, ...] = (),
        gaps: dict[int, SourceGap] | None = None,
        sizes: Iterator[int] | None = None,
    ) -> None:
        self.name = "script"
        self.may_rest = False
        self.rate = rate
        self.begins: float | None = None
        self.ends = 0.0
        self._sound = sound
        self._clock = clock
        self._zero = clock.now
        self._outages = outages
        self._gaps = dict(gaps or {})  # by sample
        self._sizes = sizes  # of the blocks; else all that has arrived is one
        self._at: int | None = None  # next sample; None while closed

    @property
    def is_alive(self) -> bool:
        return self._at is not None and self._outage_after(self._at) > self._n_now()

    def open(self) -> None:
        now = self._n_now()
        if any(o.start * self.rate <= now < o.end * self.rate for o in self._outages):
            raise DeviceError("The script is away.")
        self._at = now
        self.begins = None

    def read(self) -> list[Chunk]:
        assert self._at is not None
        stop = min(self._n_now(), self._outage_after(self._at), len(self._sound))
        if stop <= self._at:
            return []
        if self.begins is None:
            self.begins = self._zero + self._at / self.rate
        self.ends = self._zero + stop / self.rate
        parts: list[Chunk] = []
        for place in sorted(p for p in self._gaps if self._at <= p < stop):
            lost = self._gaps.pop(place)
            parts += [self._sound[self._at : place], lost]
            self._at = place + lost.n_samples
        parts.append(self._sound[self._at : stop])
        self._at = max(stop, self._at)
        return [block for part in parts for block in self._blocks(part)]

    def _blocks(self, part: Chunk) -> list[Chunk]:
        """Cut sound into blocks of the given sizes."""
        if isinstance(part, SourceGap):
            return [part]
        if self._sizes is None:
            return [part] if len(part) else []
        blocks: list[Chunk] = []
        done = 0
        while done < len(part):
            size = next(self._sizes)
            blocks.append(part[done : done + size])
            done += size
        return blocks

    def keep_last(self, seconds: float) -> None:
        if self._at is not None:
            self._at = max(self._at, self._n_now() - round(seconds * self.rate))

    def close(self) -> None:
        self._at = None

    def _n_now(self) -> int:
        return round((self._clock.now - self._zero) * self.rate)

    def _outage_after(self, sample: int) -> int:
        starts = [round(o.start * self.rate) for o in self._outages]
        return min((s for s in starts if s >= sample), default=np.iinfo(int).max)
