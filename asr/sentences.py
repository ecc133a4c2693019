"""What there is to tell the user, as values; and the sentences made of them.

A message is a code and values. The sentence is made where it is shown: in English here,
for the terminal and for files; by the window in the user's language, from the same
templates. The code of an error is its English template, as gettext has it: what is not in
TEMPLATES stands for itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final


class GapCause(StrEnum):
    """Why sound was never recorded, or cannot be read."""

    BUSY = "busy"
    ASLEEP = "asleep"
    SLOW_DISK = "slow_disk"
    FULL_DISK = "full_disk"
    ERROR = "error"
    NOT_BEGUN = "not_begun"
    UNOPENED = "unopened"
    DISCONNECTED = "disconnected"
    DAMAGED = "damaged"
    NO_SOUND = "no_sound"


class NoticeCode(StrEnum):
    """What a session has to tell."""

    AWAY = "away"
    BACK = "back"
    REPLACED = "replaced"
    JOINED = "joined"
    WITHOUT = "without"
    MUTED = "muted"
    UNMUTED = "unmuted"
    QUIET = "quiet"
    LOUD_ENOUGH = "loud_enough"
    DISTORTED = "distorted"
    UNDISTORTED = "undistorted"
    LEVEL_UNKNOWN = "level_unknown"
    DISK_FULL = "disk_full"
    DISK_HAS_ROOM = "disk_has_room"
    DRIVER_HANGS = "driver_hangs"


GAP: Final = "gap"  # the code of what `gap_message` returns

TEMPLATES: Final[Mapping[str, str]] = {
    GapCause.BUSY: "the computer was too busy",
    GapCause.ASLEEP: "the computer slept",
    GapCause.SLOW_DISK: "the disk was too slow",
    GapCause.FULL_DISK: "the disk was full",
    GapCause.ERROR: "an error occurred",
    GapCause.NOT_BEGUN: "it had not begun",
    GapCause.UNOPENED: "«{source}» could not be opened",
    GapCause.DISCONNECTED: "«{source}» was disconnected",
    GapCause.DAMAGED: "the file is damaged here",
    GapCause.NO_SOUND: "the file has no sound here",
    GAP: "{seconds:.1f} s of sound missing: {cause}",
    NoticeCode.AWAY: "«{source}» went away: connect it again, or choose another input.",
    NoticeCode.BACK: "«{source}» is back; listening goes on.",
    NoticeCode.REPLACED: "Listening goes on with «{source}».",
    NoticeCode.JOINED: "«{source}» is heard as «{speaker}» from here on.",
    NoticeCode.WITHOUT: "Listening without «{speaker}». {why}",
    NoticeCode.MUTED: "«{source}» sends nothing at all: it is muted, or switched off.",
    NoticeCode.UNMUTED: "«{source}» can be heard again.",
    NoticeCode.QUIET: "«{source}» is very quiet: speak closer to it, or turn up its level.",
    NoticeCode.LOUD_ENOUGH: "«{source}» is loud enough.",
    NoticeCode.DISTORTED: "«{source}» is too loud and distorts: turn down its level.",
    NoticeCode.UNDISTORTED: "«{source}» does not distort any more.",
    NoticeCode.LEVEL_UNKNOWN: "Until «{source}» is back, nothing can be said of its level.",
    NoticeCode.DISK_FULL: ("The disk is full: free some space; ten minutes can be held back."),
    NoticeCode.DISK_HAS_ROOM: "The disk has room again; everything is saved.",
    NoticeCode.DRIVER_HANGS: "The sound driver does not answer and is left to itself.",
}


@dataclass(frozen=True, slots=True)
class Message:
    """Something to tell: which sentence, and the values that stand in it.

    `str` gives it in English. Values are texts, numbers and other messages.
    """

    code: str  # of TEMPLATES, or an English template
    values: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return sentence(self)

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON values, its English sentence beside them."""
        values = {
            name: value.to_dict() if isinstance(value, Message) else _plain(value)
            for name, value in self.values.items()
        }
        return {"code": str(self.code), "values": values, "text": str(self)}

    @staticmethod
    def from_dict(fields: Mapping[str, Any]) -> Message:
        """Return the message that `to_dict` described. Raises KeyError, TypeError."""
        values = {
            name: Message.from_dict(value) if isinstance(value, dict) else value
            for name, value in fields["values"].items()
        }
        return Message(fields["code"], values)


def sentence(message: Message, translate: Callable[[str], str] = str) -> str:
    """Make the sentence of a message.

    Args:
        message: What to tell.
        translate: Gives the user's language for an English template.
    """
    template = translate(TEMPLATES.get(message.code, message.code))
    if not message.values:
        return template  # it may be somebody's text, with braces that mean nothing
    values = {
        name: sentence(value, translate) if isinstance(value, Message) else value
        for name, value in message.values.items()
    }
    return template.format(**values)


def gap_message(seconds: float, cause: str, source: str = "") -> Message:
    """Tell how much sound is missing and why.

    Args:
        seconds: How much.
        cause: A GapCause, or a text.
        source: Which source's it was, for causes that name it.
    """
    why = Message(cause, {"source": source} if source else {})
    return Message(GAP, {"seconds": seconds, "cause": why})


def _plain(value: object) -> str | int | float:
    return value if isinstance(value, str | int | float) else str(value)
