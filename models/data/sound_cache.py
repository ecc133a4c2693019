"""Speech decoded once: every utterance of a manifest as 16-bit samples in one file.

Decoding compressed speech in each pass would cost as much as learning from it. The file
is mapped, not read, so that a corpus may be larger than the memory.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from asr.atomic import write_atomically
from asr.audio import SAMPLE_RATE, Samples
from asr.live.lock import FileLock

log = logging.getLogger(__name__)

WAIT_S: Final = 0.2  # between two looks whether another process has done it


class SoundCache:
    """Read-only sounds by number, as float32 samples in −1..1."""

    def __init__(
        self,
        pcm: NDArray[np.int16],
        ends: NDArray[np.int64],
        starts: NDArray[np.int64] | None = None,  # by default, end to end
    ) -> None:
        self._pcm = pcm
        self._ends = ends
        self._starts = np.concatenate(([0], ends[:-1])) if starts is None else starts

    def __len__(self) -> int:
        return len(self._ends)

    def __getitem__(self, number: int) -> Samples:
        return self.pcm(number).astype(np.float32) / np.float32(32768)

    def pcm(self, number: int) -> NDArray[np.int16]:
        """Return a sound as it is kept: (n,) int16 at SAMPLE_RATE."""
        return self._pcm[self._starts[number] : self._ends[number]]

    def lengths(self) -> NDArray[np.int64]:
        """(n,) samples of each sound."""
        return self._ends - self._starts

    def chosen(self, numbers: Sequence[int]) -> SoundCache:
        """Some of the sounds, numbered anew, over the same file."""
        which = np.asarray(numbers, np.int64)
        return SoundCache(self._pcm, self._ends[which], self._starts[which])

    @staticmethod
    def open(paths: Sequence[Path], folder: Path) -> SoundCache:
        """Map the cache of `paths` in `folder`, decoding them first if it is not there."""
        name = hashlib.sha256("\n".join(map(_version, paths)).encode()).hexdigest()[:16]
        pcm, ends = folder / f"{name}.pcm", folder / f"{name}.ends.npy"
        if not ends.exists():
            folder.mkdir(parents=True, exist_ok=True)
            with _decoding_alone(folder / f"{name}.lock"):
                if not ends.exists():
                    _decode(paths, pcm, ends)
        if not pcm.stat().st_size:  # which cannot be mapped
            return SoundCache(np.empty(0, np.int16), np.load(ends))
        return SoundCache(np.memmap(pcm, np.int16, mode="r"), np.load(ends))


def _version(path: Path) -> str:
    """A file and which it is: another under the same name is decoded again."""
    try:
        state = path.stat()
    except OSError:
        return str(path)
    return f"{path} {state.st_size} {state.st_mtime_ns}"


@contextmanager
def _decoding_alone(path: Path) -> Iterator[None]:
    """Hold a lock: of the processes of one training, one decodes and the others wait."""
    lock: FileLock | None = None
    is_told = False
    while lock is None:
        try:
            lock = FileLock(path)
        except BlockingIOError:
            if not is_told:
                log.info("waiting for another process that decodes the speech (%s)", path)
            is_told = True
            time.sleep(WAIT_S)
    try:
        yield
    finally:
        lock.release()


def _decode(paths: Sequence[Path], pcm: Path, ends: Path) -> None:
    """Write `ends` last: a cache that has it is whole."""
    counts: list[int] = []
    with pcm.open("wb") as file, ProcessPoolExecutor() as pool:
        for sound in pool.map(_read, paths, chunksize=32):
            counts.append(len(sound))
            file.write(sound.tobytes())
    with write_atomically(ends) as draft, draft.open("wb") as file:
        np.save(file, np.cumsum(counts, dtype=np.int64))


def _read(path: Path) -> NDArray[np.int16]:
    """One file as mono 16-bit samples at SAMPLE_RATE; nothing, if it cannot be decoded."""
    try:
        sound, rate = soundfile.read(path, dtype="float32", always_2d=True)
    except soundfile.LibsndfileError as error:
        log.warning("Left out of the training: %s", error)
        return np.empty(0, np.int16)
    mono = soxr.resample(sound.mean(axis=1), rate, SAMPLE_RATE)
    return np.asarray(np.clip(mono * 32768, -32768, 32767), np.int16)
