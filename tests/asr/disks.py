"""Disks that are full: the kernel refuses, and what writes meets what it would meet there."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

resource = pytest.importorskip("resource", reason="limits on files are a matter of Unix")

PLENTY = 10**9  # bytes


@contextmanager
def small_file_system(folder: Path, room: int) -> Iterator[Path]:
    """Mount a file system with so many bytes of room; yield where."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("only root may mount a file system, and only Linux has tmpfs")
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={room}", "tmpfs", str(folder)]
    if (done := subprocess.run(command, capture_output=True, check=False)).returncode:
        pytest.skip(f"no file system may be mounted here: {done.stderr.decode().strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextmanager
def files_up_to(size: int) -> Iterator[list[int]]:
    """Let no file of this process have more bytes; yield a list of what was refused.

    What reaches beyond the limit is written as far as it goes, and refused from there on.
    """
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    refusals: list[int] = []
    handler = signal.signal(signal.SIGXFSZ, lambda number, _: refusals.append(number))
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, limits[1]))
    try:
        yield refusals
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
