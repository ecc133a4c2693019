"""What a batch tells while it runs; each as one JSON object for other programs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from asr.batch.job import Heard
from asr.transcript import Segment, segment_to_dict


@dataclass(frozen=True, slots=True)
class Started:
    """A worker took the job."""

    job: int


@dataclass(frozen=True, slots=True)
class Advanced:
    """How far it is, in seconds of sound; the total where the file tells."""

    job: int
    seconds: float
    total: float | None


@dataclass(frozen=True, slots=True)
class Saved:
    """Segments that are final since the last one, and where one could go on."""

    job: int
    segments: tuple[Segment, ...]
    channel: int
    sample: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """The job is done and its outputs are written."""

    job: int
    seconds: float  # of sound
    took: float  # seconds
    words: int
    trouble: str = ""  # a sentence, if the sound broke off
    note: str = ""  # a sentence that is no trouble
    contents: tuple[bytes, ...] = ()  # a format each, if there are no outputs
    outputs: tuple[str, ...] = ()  # the files that were written


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """The job was stopped at a seam; what was final is written."""

    job: int
    seconds: float
    sentence: str
    contents: tuple[bytes, ...] = ()
    outputs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Failed:
    """The job cannot be done; the others go on."""

    job: int
    sentence: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """There is nothing to do: it was done, is done elsewhere, or the same sound was."""

    job: int
    reason: str
    trouble: str = ""  # a sentence, if what was done is incomplete
    outputs: tuple[str, ...] = ()  # what was done already


@dataclass(frozen=True, slots=True)
class Accepted:
    """A file is part of the batch; the other events name it by the job's number."""

    job: int
    name: str  # for people: from the folder on that was named
    path: str = ""  # the whole, or an address


WorkEvent: TypeAlias = Started | Advanced | Saved | Heard | Finished | Stopped | Failed
BatchEvent: TypeAlias = (
    Accepted | Skipped | Started | Advanced | Saved | Finished | Stopped | Failed
)
ENDS: Final = (Finished, Stopped, Failed, Skipped)


def event_to_dict(event: BatchEvent, name: str) -> dict[str, Any]:
    """Return an event about the file of that name as JSON values."""
    fields = {slot: getattr(event, slot) for slot in event.__slots__ if slot != "job"}
    if isinstance(event, Saved):
        fields["segments"] = [segment_to_dict(segment) for segment in event.segments]
    if contents := fields.pop("contents", ()):
        fields["text"] = [content.decode("utf-8-sig", "replace") for content in contents]
    if not fields.get("outputs", True):
        del fields["outputs"]
    fields.pop("name", None)
    return {"event": type(event).__name__.lower(), "job": event.job, "file": name, **fields}
