"""What a session listens to: a microphone, system sound, or a script in a test."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from asr.audio import Samples
from asr.sentences import GapCause


@dataclass(frozen=True, slots=True)
class SourceGap:
    """Here the source lost sound: how many of its own samples, and why."""

    n_samples: int
    cause: GapCause


Chunk: TypeAlias = Samples | SourceGap


class Source(Protocol):
    """Sound that arrives by itself. All but the arrival happens on one thread."""

    name: str  # for people
    may_rest: bool  # carries only what others play: that it is silent is no trouble
    rate: int  # Hz, known once it is open
    begins: float | None  # `boottime` at its first sample, None before it
    ends: float  # `boottime` at its last sample so far

    @property
    def is_alive(self) -> bool:
        """Whether more is to be expected; false once the device went away."""

    def open(self) -> None:
        """Begin to hear. May be called again after `close`. Raises DeviceError."""

    def read(self) -> list[Chunk]:
        """Return what arrived since the last read, at the source's rate; never wait."""

    def keep_last(self, seconds: float) -> None:
        """Forget all that arrived before."""

    def close(self) -> None:
        """Stop hearing; harmless if not open."""


def boottime() -> float:
    """Return seconds of a clock that runs on while the computer sleeps."""
    if sys.platform == "linux":
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    if sys.platform == "darwin":
        return time.clock_gettime(time.CLOCK_MONOTONIC)  # time.monotonic stops in sleep here
    return time.monotonic()
