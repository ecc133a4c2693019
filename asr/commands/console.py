"""What commands have in common: where they are added, and what they write.

Lines for the user go to the standard output, sentences about what went wrong to the other.
"""

from __future__ import annotations

import argparse
import sys
from typing import Final, TypeAlias

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"

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
