"""What commands have in common: where they are added, and what they write.

Lines for the user go to the standard output, sentences about what went wrong to the other.
"""

from __future__ import annotations

import argparse
import sys
from typing import Final, NoReturn, TypeAlias

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"

# Of asr.formats, which the parser does not load: those that a terminal can show.
TEXT_FORMATS: Final = ("txt", "srt", "vtt", "json", "md", "html", "csv", "ttml")


class SentenceParser(argparse.ArgumentParser):
    """Says in a line what is wrong with the command line, and not all that could be there."""

    def error(self, message: str) -> NoReturn:
        """Write the sentence, and end with the exit code 2."""
        sentence = message.removeprefix("argument ")
        self.exit(2, f"earshot: {sentence} («{self.prog} --help» lists all there is)\n")


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
