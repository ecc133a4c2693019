"""Keep the computer from falling asleep while it listens; best effort."""

from __future__ import annotations

import ctypes
import logging
import os
import shutil
import subprocess
import sys
from types import TracebackType
from typing import Final, Self

log = logging.getLogger(__name__)

ES_CONTINUOUS: Final = 0x8000_0000  # until revoked
ES_SYSTEM_REQUIRED: Final = 0x0000_0001


class KeepAwake:
    """Holds sleep off from `__enter__` to `__exit__`, or until this process dies."""

    def __init__(self) -> None:
        self._child: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        if sys.platform == "win32":
            ctypes.windll.kernel32.SetThreadExecutionState(ES_CONTINUOUS | ES_SYSTEM_REQUIRED)
        elif command := _command():
            try:
                self._child = subprocess.Popen(
                    command,
                    stdin=subprocess.PIPE,  # whose end, however we die, ends the child
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                )
            except OSError as error:
                log.info("the computer may fall asleep: %s", error)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if sys.platform == "win32":
            ctypes.windll.kernel32.SetThreadExecutionState(ES_CONTINUOUS)
        elif self._child is not None:
            self._child.terminate()
            self._child.communicate()
            self._child = None


def _command() -> list[str]:
    """Return a command that holds sleep off for as long as its standard input is open."""
    if sys.platform == "darwin":
        return ["caffeinate", "-i", "-w", str(os.getpid())]
    if shutil.which("systemd-inhibit"):
        what = ["--what=idle:sleep", "--who=Earshot", "--why=Earshot is listening"]
        return ["systemd-inhibit", *what, "cat"]
    return []
