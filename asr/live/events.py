"""What a live session tells whoever listens to it; frozen, so that threads may share it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from asr.sentences import Message
from asr.transcript import Gap, PartialText, Segment


@dataclass(frozen=True, slots=True)
class PartialResult:
    """The utterance under way, as far as it was heard, in one speaker."""

    text: PartialText
    speaker: str = ""


@dataclass(frozen=True, slots=True)
class FinalResult:
    """An utterance has ended; its segment is stored and will not change."""

    segment: Segment


@dataclass(frozen=True, slots=True)
class GapFound:
    """Sound was lost: it was never recorded."""

    gap: Gap


class Topic(StrEnum):
    """What a notice is about."""

    AWAY = "away"  # the source was disconnected, or could not be opened
    MUTED = "muted"
    QUIET = "quiet"
    LOUD = "loud"
    DISK = "disk"
    DRIVER = "driver"  # does not answer
    READABLE = "readable"  # words are shown as they were heard


@dataclass(frozen=True, slots=True)
class Notice:
    """A message for the user: a trouble, or (`resolved`) the end of the one of its key."""

    message: Message
    topic: Topic
    speaker: str = ""  # whose source has the trouble, where it is a source's
    resolved: bool = False

    @property
    def sentence(self) -> str:
        """The message in English."""
        return str(self.message)

    @property
    def key(self) -> tuple[Topic, str]:
        """What tells one trouble from another."""
        return self.topic, self.speaker


@dataclass(frozen=True, slots=True)
class Level:
    """How loud the last tick was: linear peak and root mean square, 0..1."""

    peak: float
    rms: float


@dataclass(frozen=True, slots=True)
class Ledger:
    """What became of the sound, in seconds: everything recorded is recognised in the end."""

    recorded: float
    recognised: float
    gaps: tuple[Gap, ...] = ()

    @property
    def lag(self) -> float:
        """Seconds that are recorded and not yet recognised."""
        return self.recorded - self.recognised


Result: TypeAlias = PartialResult | FinalResult
Event: TypeAlias = Result | GapFound | Notice | Level | Ledger
