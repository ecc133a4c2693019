"""Readers: what turns the bytes of a file into frames, one small module each.

A file is first laid into parts (`parts`), for files are joined by hand, and their headers
may lie. Each part is opened by the first reader that can: libsndfile for plain sound,
ffmpeg's libraries (PyAV) or the `ffmpeg` program, where there is one, for what is coded.
All give the same: stretches of frames at the part's own rate, with the part's own time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Protocol

from asr.audio import Frames
from asr.audio.readers.parts import Part
from asr.errors import DecodeError


@dataclass(frozen=True, slots=True)
class SoundBlock:
    """Frames that follow on one another."""

    frames: Frames
    rate: int  # Hz
    start: float | None = None  # seconds of the part's clock; None: right after the last


@dataclass(frozen=True, slots=True)
class Damage:
    """Sound that is in the file and cannot be decoded."""

    seconds: float  # 0 where the time of what follows tells


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A part that a reader has opened."""

    blocks: Iterator[SoundBlock | Damage]  # raises Broken where nothing more can be read
    rate: int  # Hz, of its first frame
    channels: int
    tracks: int = 1
    seconds: float | None = None  # about; None: the file does not say
    promised: float | None = None  # seconds that must be there, or it was cut short
    is_whole: bool = True  # False: it is known to be cut short
    peak: float = 1.0  # what full scale is, where samples go beyond 1
    is_float: bool = False  # they may do so, and by how much is not known beforehand
    jitter: float = 0.05  # seconds by which the times of blocks may be off
    may_pause: bool = True  # False: where times leave a hole, sound was destroyed
    is_sought: bool = False  # begins where it was asked to, not at the start of the part


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which of a file's sound is to be read."""

    track: int | None = None  # from 0; None for the one that players choose
    start: float = 0.0  # seconds; a reader may begin there or earlier


class RefusedError(Exception):
    """This reader cannot open the part; another may."""


class BrokenError(Exception):
    """The part breaks off: nothing that follows can be read."""


def no_sound(kinds: Iterable[str]) -> DecodeError:
    """Say that a file has no sound track; `kinds` are those of its tracks."""
    if "video" in kinds:
        return DecodeError("it is a video without sound.")
    return DecodeError("it is a file without sound.")


def no_track(number: int, n_tracks: int) -> DecodeError:
    """Say that there is no such sound track, counted from 0."""
    template = "it has {n} sound tracks, and none is number {number}."
    if n_tracks == 1:
        template = "it has one sound track, and none is number {number}."
    return DecodeError(template, n=n_tracks, number=number + 1)


class TrailingError(BrokenError):
    """At the end of the part there are bytes that nothing can be made of."""

    def __init__(self, n_bytes: int) -> None:
        super().__init__(f"{n_bytes} bytes")
        self.n_bytes = n_bytes


class Reader(Protocol):
    """One way to open a part."""

    def __call__(self, part: Part, wanted: Wanted, resources: ExitStack) -> Reading:
        """Open it, to be closed by `resources`. Raises RefusedError or DecodeError."""
