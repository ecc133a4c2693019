"""Spoken commands of dictation: «comma», «full stop», «new paragraph», «scratch that».

A command is said, not meant: nothing is shown for its words. A spoken mark stands after the
word before it, in place of what the tagger found there. «scratch that» takes back what was
said since the last pause: what was final before it stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from asr.readable.tags import Mark

SCRATCH: Final[tuple[str, ...]] = ("scratch", "that")
MARKS: Final[dict[tuple[str, ...], Mark]] = {
    ("comma",): Mark.COMMA,
    ("full", "stop"): Mark.FULL_STOP,
    ("period",): Mark.FULL_STOP,
    ("question", "mark"): Mark.QUESTION,
    ("exclamation", "mark"): Mark.EXCLAMATION,
    ("colon",): Mark.COLON,
    ("semicolon",): Mark.SEMICOLON,
    ("dash",): Mark.DASH,
}
BREAKS: Final[dict[tuple[str, ...], str]] = {
    ("new", "line"): "\n",
    ("new", "paragraph"): "\n\n",
}
_COMMANDS: Final = {SCRATCH, *MARKS, *BREAKS}


class Dictated(NamedTuple):
    """A word that is shown, with what was ordered to follow it."""

    place: int  # in the words that were said
    mark: Mark | None = None  # None leaves the choice to the tagger
    end: str = ""  # of the line or the paragraph


def dictated(words: Sequence[str]) -> list[Dictated]:
    """Return what is left to show of (N,) words when commands are obeyed.

    A mark or a break before the first word has nothing to stand after, and is passed over.
    """
    found: list[Dictated] = []
    place = 0
    while place < len(words):
        command = next(
            (one for n in (2, 1) if (one := tuple(words[place : place + n])) in _COMMANDS), None
        )
        if command is None:
            found.append(Dictated(place))
            place += 1
            continue
        place += len(command)
        if command == SCRATCH:
            found.clear()
        elif found and command in MARKS:
            found[-1] = found[-1]._replace(mark=MARKS[command])
        elif found:
            found[-1] = found[-1]._replace(end=BREAKS[command])
    return found
