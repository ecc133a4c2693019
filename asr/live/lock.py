"""A file that one process holds; the system lets go of it when the process dies."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import IO

if sys.platform == "win32":
    import msvcrt

    def _seize(file: IO[bytes]) -> None:
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _seize(file: IO[bytes]) -> None:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)


class FileLock:
    """Held from construction to `release`. Raises BlockingIOError if another holds it."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("ab")
        try:
            _seize(self._file)
        except OSError as error:
            self._file.close()
            raise BlockingIOError(f"{path} is held by another process") from error

    def release(self) -> None:
        """Let go; harmless when that was done."""
        self._file.close()
