"""A ring of frames between a thread that must not wait and one that may."""

from __future__ import annotations

import numpy as np

from asr.audio import Frames


class Ring:
    """Preallocated room for frames; one thread writes, one reads, neither waits.

    The counters only grow, and each has a single writer, so that no lock is needed: the
    reader sees a frame only after it was copied, the writer a place only after it was read.
    """

    written: int  # frames ever taken in

    def __init__(self, frames: int, channels: int) -> None:
        self._room = np.zeros((frames, channels), np.float32)
        self._read = 0
        self.written = 0

    def write(self, block: Frames) -> bool:
        """Copy a block in, whole or, if the reader is a ring behind, not at all."""
        size = len(self._room)
        if len(block) > size - (self.written - self._read):
            return False
        start = self.written % size
        first = min(len(block), size - start)
        self._room[start : start + first] = block[:first]
        self._room[: len(block) - first] = block[first:]
        self.written += len(block)
        return True

    def read(self) -> Frames:
        """Return a copy of all frames since the last read."""
        written, size = self.written, len(self._room)
        if written == self._read:
            return self._room[:0]
        frames = self._room[np.arange(self._read, written) % size]
        self._read = written
        return frames

    def keep_last(self, frames: int) -> int:
        """Wipe out all but the newest frames; return how many are gone."""
        forgotten = max(0, self.written - frames - self._read)
        size = len(self._room)
        self._room[np.arange(self._read, self._read + forgotten) % size] = 0
        self._read += forgotten
        return forgotten
