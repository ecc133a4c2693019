"""A screen where there is none: an X server of our own, which nobody looks at."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

SIZE: Final = "1280x900x24"


def missing() -> str:
    """Return a sentence that says what is not installed; empty if nothing is missing."""
    return "" if shutil.which("Xvfb") else "Xvfb not found: apt-get install xvfb"


@contextmanager
def screen() -> Iterator[str]:
    """Start an X server on a free display; yield the display's name."""
    reader, writer = os.pipe()
    command = ["Xvfb", "-displayfd", str(writer), "-screen", "0", SIZE, "-nolisten", "tcp"]
    program = subprocess.Popen(command, stderr=subprocess.DEVNULL, pass_fds=(writer,))
    try:
        os.close(writer)
        with os.fdopen(reader) as answer:
            yield f":{answer.readline().strip()}"
    finally:
        program.terminate()
        with suppress(subprocess.TimeoutExpired):
            program.wait(5)
