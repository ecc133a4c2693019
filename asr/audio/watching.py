"""Notices that the sound server has lost a source.

PulseAudio and PipeWire do not end a stream whose microphone is unplugged: they connect it
to another source, be it what the computer plays. So the server is asked to tell.
"""

from __future__ import annotations

import logging
import os
import subprocess
from typing import Final

log = logging.getLogger(__name__)

REMOVED: Final = b"'remove' on source #"
END_TIMEOUT_S: Final = 1.0


class SourceWatch:
    """Listens to the server's events, in a child process that sleeps between them."""

    def __init__(self) -> None:
        self._child: subprocess.Popen[bytes] | None = None
        self._rest = b""  # of a line
        try:
            self._child = subprocess.Popen(
                ["pactl", "subscribe"],
                env={**os.environ, "LC_ALL": "C"},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        except OSError as error:
            log.debug("the sound server is not watched: %s", error)
            return
        assert self._child.stdout is not None
        os.set_blocking(self._child.stdout.fileno(), False)

    def saw_removal(self) -> bool:
        """Whether some source was removed since the last call; never waits."""
        if self._child is None or self._child.stdout is None:
            return False
        told = self._rest + (self._child.stdout.read() or b"")
        lines, newline, self._rest = told.rpartition(b"\n")
        return REMOVED in lines + newline

    def close(self) -> None:
        """End the child; harmless if it has ended."""
        child, self._child = self._child, None
        if child is None:
            return
        child.terminate()
        try:
            child.wait(END_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        if child.stdout is not None:
            child.stdout.close()
