"""Sound that can be read at any place, for playback: of one file, or several mixed.

FLAC and WAV are read where they lie, at their own rate; the raw sound of a running session
too, as it grows. Other files have no way to begin in the middle that is exact, so they are
decoded once into a temporary file, from which one can play what is there already.
"""

from __future__ import annotations

import logging
import os
import tempfile
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
import soundfile
import soxr

from asr.audio import SAMPLE_RATE, Samples
from asr.audio.files import open_audio
from asr.errors import AudioError, DecodeError

log = logging.getLogger(__name__)

EXACT: Final = frozenset({"FLAC", "WAV", "WAVEX", "AIFF", "W64", "RF64"})  # seek to a sample
FULL_SCALE: Final = 32_767  # of 16 bits


class Sound(Protocol):
    """Samples by their number. Used from one thread, but for `close` and `length`."""

    rate: int  # Hz

    @property
    def length(self) -> int:
        """Samples that can be read so far."""

    @property
    def is_complete(self) -> bool:
        """Whether no more will come."""

    def read(self, start: int, stop: int) -> Samples:
        """Return samples [start, stop), as far as there are any. Raises DecodeError."""

    def close(self) -> None:
        """Give the file back."""


def open_sound(paths: Sequence[Path]) -> Sound:
    """Open one file, or the tracks of a session, to be heard together. Raises DecodeError."""
    if not paths:
        raise DecodeError("There is no sound to play.")
    opened: list[Sound] = []
    try:
        opened.extend(map(_open, paths))
    except DecodeError:
        for sound in opened:
            sound.close()
        raise
    return opened[0] if len(opened) == 1 else _Mix(opened)


def read_span(paths: Sequence[Path], start: float, end: float) -> Samples:
    """Return a few seconds of files that are heard together, at SAMPLE_RATE.

    Raises:
        DecodeError: They cannot be read.
    """
    mixed = np.zeros(round((end - start) * SAMPLE_RATE), np.float32)
    longest = 0
    for path in paths:
        part = _read_one(path, start, end)[: len(mixed)]
        mixed[: len(part)] += part
        longest = max(longest, len(part))
    return mixed[:longest].clip(-1, 1)


def _read_one(path: Path, start: float, end: float) -> Samples:
    sound = _open_exact(path)
    if sound is None:
        with open_audio(path, start=start, end=end) as file:
            return np.concatenate([np.empty(0, np.float32), *file])
    try:
        samples = sound.read(round(start * sound.rate), round(end * sound.rate))
    finally:
        sound.close()
    return samples if sound.rate == SAMPLE_RATE else _resampled(samples, sound.rate)


def _resampled(samples: Samples, rate: int) -> Samples:
    return np.asarray(soxr.resample(samples, rate, SAMPLE_RATE), np.float32)


def _open(path: Path) -> Sound:
    return _open_exact(path) or _Decoded(path)


def _open_exact(path: Path) -> Sound | None:
    """Open what can be read at any place; nothing else. Raises DecodeError."""
    if path.suffix == ".pcm":
        return _Raw(path)
    try:
        file = soundfile.SoundFile(path)
    except (soundfile.SoundFileError, TypeError, OSError) as error:
        log.debug("%s is decoded: %s", path, error)
        return None
    if file.format in EXACT and file.seekable() and file.frames:
        return _Plain(path, file)
    file.close()
    return None


class _Plain:
    """A file that libsndfile can read at any place."""

    is_complete = True

    def __init__(self, path: Path, file: soundfile.SoundFile) -> None:
        self._path = path
        self._file = file
        self.rate: int = file.samplerate
        self.length: int = file.frames

    def read(self, start: int, stop: int) -> Samples:
        stop = min(stop, self.length)
        if stop <= start:
            return np.empty(0, np.float32)
        try:
            if self._file.tell() != start:
                self._file.seek(start)
            frames = self._file.read(stop - start, dtype="float32", always_2d=True)
        except (soundfile.SoundFileError, OSError) as error:
            raise DecodeError(
                "«{path}» cannot be read on: {why}.", path=self._path.name, why=error
            ) from error
        mixed = np.nan_to_num(frames.mean(axis=1), posinf=1.0, neginf=-1.0)
        return np.asarray(mixed.clip(-1, 1), np.float32)

    def close(self) -> None:
        self._file.close()


class _Raw:
    """The sound of a session that runs, or was not compressed: 16 bits a sample."""

    rate = SAMPLE_RATE
    is_complete = True  # what a session adds is there at the next reading

    def __init__(self, path: Path) -> None:
        try:
            self._file = path.open("rb")
        except OSError as error:
            raise DecodeError(
                "«{path}» cannot be read: {why}.", path=path, why=error.strerror
            ) from error

    @property
    def length(self) -> int:
        # Of what was opened: the session may have ended, and the name be gone.
        return os.fstat(self._file.fileno()).st_size // 2

    def read(self, start: int, stop: int) -> Samples:
        self._file.seek(2 * start)
        content = self._file.read(2 * max(0, stop - start))
        pcm = np.frombuffer(content[: len(content) & ~1], "<i2")
        return pcm.astype(np.float32) / np.float32(FULL_SCALE)

    def close(self) -> None:
        self._file.close()


class _Decoded:
    """Any other file, on its way into a temporary file of raw samples."""

    rate = SAMPLE_RATE

    def __init__(self, path: Path) -> None:
        self._source = open_audio(path)
        self._trouble: AudioError | None = None
        self._stop = threading.Event()
        self._done = threading.Event()
        self._written = 0
        try:
            self._file: Any = tempfile.TemporaryFile(prefix="earshot-")  # noqa: SIM115 - `close` closes it
        except OSError as error:
            self._source.close()
            raise DecodeError(
                "«{path}» cannot be played: {why}.", path=path.name, why=error.strerror
            ) from error
        self._lock = threading.Lock()  # around _file's place
        self._thread = threading.Thread(target=self._decode, name="decoding", daemon=True)
        self._thread.start()

    @property
    def length(self) -> int:
        return self._written

    @property
    def is_complete(self) -> bool:
        return self._done.is_set()

    def read(self, start: int, stop: int) -> Samples:
        stop = min(stop, self._written)
        if stop <= start:
            if self._trouble is not None and not self._written:
                raise DecodeError.of(self._trouble) from self._trouble
            return np.empty(0, np.float32)
        with self._lock:
            self._file.seek(2 * start)
            content = self._file.read(2 * (stop - start))
        return np.frombuffer(content, "<i2").astype(np.float32) / np.float32(FULL_SCALE)

    def close(self) -> None:
        self._stop.set()
        self._thread.join()
        self._file.close()

    def _decode(self) -> None:
        try:
            with self._source:
                for samples in self._source:
                    if self._stop.is_set():
                        return
                    pcm = np.rint(samples * FULL_SCALE).astype("<i2")
                    with self._lock:
                        self._file.seek(2 * self._written)
                        self._file.write(pcm.tobytes())
                        self._file.flush()
                    self._written += len(pcm)
        except AudioError as error:
            self._trouble = error
            log.warning("%s", error)
        except OSError as error:
            self._trouble = DecodeError(
                "There is no room to decode the sound: {why}.", why=error
            )
            log.warning("%s", self._trouble)
        finally:
            self._done.set()


class _Mix:
    """Several sounds at once, those of a session's speakers; rates are made the first one's."""

    def __init__(self, sounds: Sequence[Sound]) -> None:
        self._sounds = sounds
        self.rate = sounds[0].rate

    @property
    def length(self) -> int:
        return max(round(one.length * self.rate / one.rate) for one in self._sounds)

    @property
    def is_complete(self) -> bool:
        return all(one.is_complete for one in self._sounds)

    def read(self, start: int, stop: int) -> Samples:
        mixed = np.zeros(max(0, min(stop, self.length) - start), np.float32)
        for one in self._sounds:
            scale = one.rate / self.rate
            part = one.read(round(start * scale), round(stop * scale))
            if one.rate != self.rate:
                part = soxr.resample(part, one.rate, self.rate)
            part = part[: len(mixed)]
            mixed[: len(part)] += part
        return mixed.clip(-1, 1)

    def close(self) -> None:
        for one in self._sounds:
            with suppress(OSError):
                one.close()
