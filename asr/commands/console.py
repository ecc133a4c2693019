"""What commands write: lines for the user, and sentences about what went wrong."""

from __future__ import annotations

import sys


def say(text: str) -> None:
    """Print a line for the user."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def complain(sentence: str) -> int:
    """Say what went wrong; return the exit code for it."""
    sys.stderr.write(f"earshot: {sentence}\n")
    return 1
