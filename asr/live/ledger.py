"""Lines of JSON on disk that a crash cannot take back.

A line is written whole or not at all: one that lost its end is not read, and is cut off
before the next is written.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from asr.errors import RecordingError


class JsonLines:
    """A file to which one thread adds lines.

    A full disk does not lose a line: it is held back, and written before the next, or by
    `retry`, which any thread may call.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        _cut_torn_line(path)
        self._file = path.open("ab", buffering=0)
        self._held_back = b""
        self._lock = threading.Lock()  # around _held_back and its way to disk

    @property
    def is_complete(self) -> bool:
        """Whether all lines are on disk."""
        return not self._held_back

    def append(self, record: Mapping[str, Any], *, sync: bool = False) -> None:
        """Add a line; with `sync` it survives a power cut too."""
        self.extend([record], sync=sync)

    def extend(self, records: Iterable[Mapping[str, Any]], *, sync: bool = False) -> None:
        """Add lines in one piece: a program that is killed leaves all of them, or none."""
        lines = [
            json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n"
            for record in records
        ]
        with self._lock:
            self._held_back += "".join(lines).encode()
        self.retry(sync=sync)

    def retry(self, *, sync: bool = False) -> None:
        """Write what a full disk refused, if it fits now."""
        try:
            with self._lock:
                while self._held_back:
                    self._held_back = self._held_back[self._file.write(self._held_back) :]
            if sync:
                os.fsync(self._file.fileno())
        except OSError:
            return

    def close(self) -> None:
        """Close the file, if it is open. Raises RecordingError if lines do not fit."""
        if self._file.closed:
            return
        self.retry(sync=True)
        self._file.close()
        if self._held_back:
            _cut_torn_line(self._path)
            raise RecordingError(
                "The disk is full: the end of «{path}» could not be written.",
                path=self._path.name,
            )


def read_records(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the whole lines of a file, none if there is no such file."""
    if not path.exists():
        return
    with path.open("rb") as file:
        for line in file:
            if line.endswith(b"\n"):
                yield _parsed(line, path)


def _parsed(line: bytes, path: Path) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except ValueError as error:
        raise RecordingError(
            "«{path}» is damaged: a line of it is not JSON.", path=path
        ) from error
    if not isinstance(record, dict):
        raise RecordingError("«{path}» is damaged: a line of it is not an object.", path=path)
    return record


def _cut_torn_line(path: Path) -> None:
    if path.exists():
        content = path.read_bytes()
        whole = content.rfind(b"\n") + 1
        if whole < len(content):
            os.truncate(path, whole)
