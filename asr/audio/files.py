"""Sound files of any format, as samples.

libsndfile reads WAV, FLAC, Ogg and MP3; what it refuses goes to ffmpeg's libraries,
which read nearly everything else, video included. Both give blocks of frames at the
file's own rate; one stateful resampler brings them to ours, so that a file of any
length passes through in bounded memory.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

import av
import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from asr.audio import SAMPLE_RATE, Samples
from asr.errors import DecodeError

log = logging.getLogger(__name__)

BLOCK_SECONDS: Final = 1  # of sound in memory at a time; a broken block is lost whole
SHORTFALL: Final = 0.05  # of its announced length that a sound file may lack; headers round
SHORTFALL_SECONDS: Final = 0.5
UNMEASURED: Final = frozenset(
    {"aac", "amr", "ac3", "eac3", "mp3", "mp2", "dts"}
)  # no length inside
PLACEHOLDERS: Final = frozenset({0, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF})  # "not known yet"

Frames = NDArray[np.float32]  # (n, channels) or (n,)


@dataclass(frozen=True, slots=True)
class _Source:
    """A file that a library has opened: its rate, its announced length and its frames."""

    rate: int  # Hz
    seconds: float | None  # None: the file does not say
    blocks: Iterator[Frames]
    is_whole: bool = True  # False: the header promises more than there is


class AudioFile:
    """A sound file, read once from start to end as blocks of samples.

    >>> with open_audio(path) as file:
    ...     for samples in file:
    ...         recogniser.feed(samples)

    A file that breaks off yields all that can be read and then raises DecodeError, so
    that a caller may keep what came before.
    """

    def __init__(self, path: Path) -> None:
        self._resources = ExitStack()
        self._name = _printable(path)
        with ExitStack() as opening:
            opening.callback(self._resources.close)
            self._source = _open(path, self._name, self._resources)
            opening.pop_all()
        self.seconds = self._source.seconds  # announced length; None if not known

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the file back; harmless when it is closed."""
        self._resources.close()

    def __iter__(self) -> Iterator[Samples]:
        """Yield the samples in order. Raises DecodeError."""
        resampler = soxr.ResampleStream(self._source.rate, SAMPLE_RATE, 1, dtype="float32")
        heard = 0  # frames at the file's own rate
        broken: Exception | None = None
        try:
            for block in self._source.blocks:
                heard += len(block)
                yield from _filled(resampler.resample_chunk(_mono(block)))
        except (soundfile.SoundFileError, av.FFmpegError, OSError, ValueError) as error:
            broken = error
        yield from _filled(resampler.resample_chunk(np.empty(0, np.float32), last=True))
        self._check_end(heard / self._source.rate, broken)

    def _check_end(self, seconds: float, broken: Exception | None) -> None:
        if seconds == 0:
            raise DecodeError(
                f"«{self._name}» holds no sound: choose a file with a recording in it."
            ) from broken
        announced = self._source.seconds or 0.0
        missing = announced - seconds
        is_short = missing > max(SHORTFALL_SECONDS, SHORTFALL * announced)
        if broken is not None or is_short or not self._source.is_whole:
            raise DecodeError(
                f"«{self._name}» breaks off after {seconds:.1f} s: it is cut short or damaged; "
                "copy or record it again."
            ) from broken


def open_audio(path: Path) -> AudioFile:
    """Open a file of any format for reading in blocks. Raises DecodeError."""
    return AudioFile(path)


def read_audio(path: Path) -> Samples:
    """Return the whole file. Raises DecodeError."""
    with open_audio(path) as file:
        return np.concatenate(list(file))


class _NotHereError(Exception):
    """This library can open the file, and another reads it better."""


def _open(path: Path, name: str, resources: ExitStack) -> _Source:
    _check_is_file(path, name)
    try:
        return _open_soundfile(path, resources)
    except (soundfile.SoundFileError, TypeError, _NotHereError) as error:
        # TypeError: a format without a header, whose rate we would have to know.
        log.debug("libsndfile refuses %s: %s", name, error)
    try:
        return _open_av(path, resources)
    except (av.FFmpegError, OSError, ValueError, IndexError) as error:
        log.debug("ffmpeg refuses %s: %s", name, error)
        raise DecodeError(
            f"«{name}» is not a sound file that can be read: "
            "it holds no sound, is damaged, or is of an unknown format."
        ) from error


def _check_is_file(path: Path, name: str) -> None:
    """Refuse what no library need be asked about. Raises DecodeError."""
    try:
        if path.is_dir():
            raise DecodeError(f"«{name}» is a folder: choose the files inside it.")
        if path.exists() and not path.is_file():
            raise DecodeError(
                f"«{name}» is not an ordinary file: save the sound to a file first."
            )
        with path.open("rb") as file:
            is_empty = not file.read(1)
    except FileNotFoundError as error:
        raise DecodeError(f"«{name}» does not exist: check the name and the folder.") from error
    except (OSError, ValueError) as error:  # ValueError: a name with a NUL inside
        reason = getattr(error, "strerror", None) or error
        raise DecodeError(f"«{name}» may not be read: {reason}.") from error
    if is_empty:
        raise DecodeError(f"«{name}» is empty: it holds not a single byte.")


def _open_soundfile(path: Path, resources: ExitStack) -> _Source:
    file = resources.enter_context(soundfile.SoundFile(path))
    if file.subtype == "OPUS":
        # WORKAROUND: libsndfile 1.2.2 stops in the middle of some whole Opus files.
        raise _NotHereError("Opus")
    is_whole = _has_last_page(path) if file.format == "OGG" else _keeps_promise(file.extra_info)
    seconds = file.frames / file.samplerate
    return _Source(file.samplerate, seconds or None, _soundfile_blocks(file), is_whole)


def _soundfile_blocks(file: soundfile.SoundFile) -> Iterator[Frames]:
    while len(block := file.read(file.samplerate * BLOCK_SECONDS, dtype="float32")):
        yield block


def _keeps_promise(log_of_header: str) -> bool:
    """Whether each chunk is as long as its header says; libsndfile notes where not."""
    notes = re.findall(r": (\d+) \(should be (\d+)\)", log_of_header)
    return all(int(said) <= int(found) or int(said) in PLACEHOLDERS for said, found in notes)


def _has_last_page(path: Path) -> bool:
    """Whether an Ogg file ends with a page that says so (RFC 3533, section 6)."""
    longest_page = 65_307  # bytes
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 2 * longest_page))
        tail = file.read()
    page = tail[tail.rfind(b"OggS") :]
    ends_stream = len(page) > 27 and bool(page[5] & 4)
    return ends_stream and len(page) >= 27 + page[26] + sum(page[27 : 27 + page[26]])


def _open_av(path: Path, resources: ExitStack) -> _Source:
    # A file object, because ffmpeg takes a name's ending, or a pattern in it, for a format.
    file = resources.enter_context(path.open("rb"))
    container = resources.enter_context(closing(av.open(file, "r")))
    stream = container.streams.audio[0]  # IndexError: a file without sound
    length: float | None = None
    if container.format.name not in UNMEASURED:
        if stream.duration is not None and stream.time_base is not None:
            length = float(stream.duration * stream.time_base)
        elif container.duration is not None and len(container.streams) == 1:
            length = container.duration / av.time_base
    is_whole = container.format.name != "ogg" or _has_last_page(path)
    return _Source(stream.rate, length, _av_blocks(container, stream), is_whole)


def _av_blocks(container: Any, stream: Any) -> Iterator[Frames]:
    """Yield blocks of frames; packets hold a fiftieth of a second each."""
    planar = av.AudioResampler(format="fltp", rate=stream.rate)
    parts: list[Frames] = []
    for packet in container.decode(stream):
        parts += map(_frames, planar.resample(packet))
        if sum(map(len, parts)) >= stream.rate * BLOCK_SECONDS:
            yield np.concatenate(parts)
            parts = []
    parts += map(_frames, planar.resample(None))
    if parts:
        yield np.concatenate(parts)


def _frames(packet: av.AudioFrame) -> Frames:
    return np.asarray(packet.to_ndarray().T, np.float32)


def _mono(frames: Frames) -> Samples:
    """Mix the channels; what is no number counts as silence."""
    mixed = frames.mean(axis=1) if frames.ndim == 2 else frames
    return np.nan_to_num(mixed, posinf=1.0, neginf=-1.0).clip(-1, 1).astype(np.float32)


def _filled(samples: Samples) -> Iterator[Samples]:
    """Yield `samples` unless they are none; overshoot of the filter is cut off."""
    if samples.size:
        yield samples.clip(-1, 1)


def _printable(path: Path) -> str:
    """A file's name as text, whatever bytes it is made of."""
    return os.fsencode(path.name or path).decode("utf-8", "replace")
