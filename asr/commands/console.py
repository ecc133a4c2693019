"""What commands write: lines for the user, and sentences about what went wrong."""

from __future__ import annotations

import sys
from typing import Final

# Of asr.formats, which the parser does not load: those that a terminal can show.
TEXT_FORMATS: Final = ("txt", "srt", "vtt", "json", "md", "html", "csv", "ttml")


def say(text: str) -> None:
    """Print a line for the user."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def write_bytes(content: bytes) -> None:
    """Write a file's content to the standard output."""
    sys.stdout.write(content.decode("utf-8-sig"))
    sys.stdout.flush()


def complain(sentence: str) -> int:
    """Say what went wrong; return the exit code for it."""
    sys.stderr.write(f"earshot: {sentence}\n")
    return 1
