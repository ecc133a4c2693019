"""What the window asks of a recogniser: the one door between gui and asr.

What needs a model is a Protocol, so that asr can offer it without knowing of the window.
An engine is built on a worker's thread and used from there: devices and live sessions on
one thread, files on another. Every method may raise AsrError, and blocks its thread only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeAlias

from asr.audio.devices import Device, search
from asr.live.events import Event
from asr.live.stored import Unfinished, dismiss, unfinished_sessions
from asr.readable.replacements import Replacements
from asr.sentences import Message
from asr.transcript import Gap, Segment


class FileProgress(Protocol):
    """How far a file has been read, in seconds of sound."""

    @property
    def seconds(self) -> float:
        """What is done."""

    @property
    def total(self) -> float | None:
        """What there is, where the file tells."""


class Session(Protocol):
    """One time of listening; used from one thread, but for `hush`."""

    folder: Path | None  # where it is recorded, once it is begun

    @property
    def is_finished(self) -> bool:
        """Whether all is recognised and stored, and there is nothing left to poll for."""

    @property
    def is_recognised(self) -> bool:
        """Whether only the recording is left to be closed."""

    def arm(self) -> None:
        """Open the device before the start, and keep the last second; `poll` forgets more."""

    def start(self) -> None:
        """Open the device and begin to record."""

    def poll(self) -> list[Event]:
        """Return what happened since the last call; never waits."""

    def stop_listening(self) -> list[Event]:
        """Stop recording; `poll` until `is_finished` recognises what is left."""

    def put_aside(self) -> list[Event]:
        """End at once; what is not recognised is offered to be recovered."""

    def hush(self, wait_s: float) -> None:
        """Hear no more, from any thread; the last sound is on disk within `wait_s`."""


@dataclass(frozen=True, slots=True)
class VoicesApart:
    """A file has a voice in each of its channels, and could be heard so."""


Step: TypeAlias = FileProgress | Segment | Gap | Message | VoicesApart


class Engine(Protocol):
    """A loaded recogniser."""

    @property
    def name(self) -> str:
        """The pack, for people: «English»."""

    @property
    def provider_label(self) -> str:
        """What computes, for people: «on the processor»."""

    @property
    def trouble(self) -> str:
        """A sentence, if something is missing that recognition goes on without."""

    def expect(self, lines: Sequence[str]) -> None:
        """Listen for the user's own words, from the next utterance on; from any thread."""

    def open_session(
        self, device: str | None, folder: Path, *, with_system: bool, pause: str
    ) -> Session:
        """Prepare a session that records into `folder`; no device means the default.

        With the system's sound the speakers are ME and THEM, and one of them is enough to
        begin. `pause` names which pauses end an utterance.
        """

    def dictate(self, *, commands: bool, replacements: Replacements) -> None:
        """Obey spoken commands and put the user's replacements in, from the next words on.

        It may be called from any thread, and comes beside what the engine was built with.
        """

    def transcribe_file(self, path: Path) -> Iterator[Step]:
        """Recognise a file a step at a time, so that it can be abandoned between steps."""

    def transcribe_channels(self, path: Path) -> Iterator[Step]:
        """Recognise a file so, each channel as a speaker."""

    def recover(self, session: Unfinished) -> Iterator[Step]:
        """Take an unfinished session to its end.

        First comes what was final, then what is recognised of the rest.
        """


class Surroundings:
    """What can be asked while no recogniser is loaded: inputs, and what is on disk."""

    def devices(self) -> Sequence[Device]:
        """Look again for microphones; only called between sessions."""
        return search()

    def unfinished(self, folder: Path) -> Sequence[Unfinished]:
        """Find the sessions in `folder` that a crash cut short."""
        return unfinished_sessions(folder)

    def dismiss(self, session: Unfinished) -> None:
        """Do not offer an Unfinished again; its sound stays on disk."""
        dismiss(session)


EngineFactory: TypeAlias = Callable[[], Engine]
SessionFactory: TypeAlias = Callable[[], Session]
