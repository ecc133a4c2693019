"""The tags of a word: how it is written, and which mark follows it."""

from __future__ import annotations

from enum import IntEnum
from typing import Final


class Case(IntEnum):
    """How a word is written."""

    LOWER = 0
    CAPITAL = 1
    UPPER = 2
    MIXED = 3  # as the vocabulary has it: McDonald


class Mark(IntEnum):
    """What follows a word. The names of the first four are what the tagger shows."""

    NONE = 0
    COMMA = 1
    FULL_STOP = 2
    QUESTION = 3
    EXCLAMATION = 4
    COLON = 5
    SEMICOLON = 6
    DASH = 7

    @property
    def ends_sentence(self) -> bool:
        """Whether a sentence ends with it."""
        return self in (Mark.FULL_STOP, Mark.QUESTION, Mark.EXCLAMATION)


SIGNS: Final = {
    Mark.NONE: "",
    Mark.COMMA: ",",
    Mark.FULL_STOP: ".",
    Mark.QUESTION: "?",
    Mark.EXCLAMATION: "!",
    Mark.COLON: ":",
    Mark.SEMICOLON: ";",
    Mark.DASH: " –",
}

# What is shown for a mark that is too rarely right to be shown itself.
PLAIN: Final = {
    Mark.EXCLAMATION: Mark.FULL_STOP,
    Mark.COLON: Mark.COMMA,
    Mark.SEMICOLON: Mark.COMMA,
    Mark.DASH: Mark.COMMA,
}
