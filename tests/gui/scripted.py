"""An engine that plays what a test wrote: the window's other side, without sound."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from asr.audio.devices import Device
from asr.errors import AsrError
from asr.live.events import Event, FinalResult, Ledger, Level, PartialResult
from asr.readable.replacements import Replacements
from asr.transcript import PartialText, Segment, Word
from gui.engine import Step, Surroundings


@dataclass(frozen=True)
class Progress:
    """A FileProgress."""

    seconds: float
    total: float | None


@dataclass(frozen=True)
class CutShort:
    """An Unfinished."""

    started: datetime
    seconds: float


class Script:
    """A session that says one list of events at each poll.

    Once it does not listen any more, the last events follow, and it is finished.
    """

    def __init__(
        self, *ticks: list[Event] | Exception, last: Sequence[Event] = (), no_start: str = ""
    ) -> None:
        self.ticks = list(ticks)
        self.last = list(last)
        self.no_start = no_start
        self.folder: Path | None = None
        self.is_armed = False
        self.is_running = False
        self.is_hushed = False
        self.is_finished = self.is_recognised = False
        self.is_put_aside = False
        self.polls_while_armed = 0

    def arm(self) -> None:
        if self.no_start:
            raise AsrError(self.no_start)
        self.is_armed = True

    def start(self) -> None:
        if self.no_start:
            raise AsrError(self.no_start)
        self.is_running = True

    def poll(self) -> list[Event]:
        if not self.is_running and self.is_armed:
            self.polls_while_armed += 1
            return []
        tick = self.ticks.pop(0) if self.ticks else []
        if isinstance(tick, Exception):
            raise tick
        if self.is_running or self.ticks:
            return tick
        self.is_finished = True
        return [*tick, *self.last]

    def stop_listening(self) -> list[Event]:
        self.is_running = self.is_armed = False
        return []

    def put_aside(self) -> list[Event]:
        self.is_running = self.is_armed = False
        self.is_put_aside = True
        return []

    def hush(self, wait_s: float) -> None:
        self.is_hushed = True


@dataclass
class ScriptedEngine(Surroundings):
    """An Engine with its surroundings, that keeps what it was asked."""

    session: Script = field(default_factory=Script)
    files: dict[str, list[Step | Exception]] = field(default_factory=dict)
    channels: dict[str, list[Step]] = field(default_factory=dict)
    microphones: list[Device] = field(default_factory=list)
    cut_short: list[CutShort] = field(default_factory=list)
    asked_device: list[str | None] = field(default_factory=list)
    asked_system: list[bool] = field(default_factory=list)
    asked_pause: list[str] = field(default_factory=list)
    dismissed: list[object] = field(default_factory=list)
    dictated: list[tuple[bool, Replacements]] = field(default_factory=list)
    expected: list[tuple[str, ...]] = field(default_factory=list)
    scans: int = 0
    name: str = "English"
    provider_label: str = "on the processor"
    trouble: str = ""

    def devices(self) -> list[Device]:
        self.scans += 1
        return self.microphones

    def expect(self, lines: Sequence[str]) -> None:
        self.expected.append(tuple(lines))

    def open_session(
        self, device: str | None, folder: Path, *, with_system: bool, pause: str
    ) -> Script:
        self.asked_device.append(device)
        self.asked_system.append(with_system)
        self.asked_pause.append(pause)
        return self.session

    def dictate(self, *, commands: bool, replacements: Replacements) -> None:
        self.dictated.append((commands, replacements))

    def transcribe_file(self, path: Path) -> Iterator[Step]:
        for step in self.files[path.name]:
            if isinstance(step, Exception):
                raise step
            yield step

    def transcribe_channels(self, path: Path) -> Iterator[Step]:
        yield from self.channels[path.name]

    def unfinished(self, folder: Path) -> list[CutShort]:
        return self.cut_short

    def recover(self, session: CutShort) -> Iterator[Step]:
        yield Progress(session.seconds, session.seconds)
        yield segment("what was safe", 0.0)

    def dismiss(self, session: object) -> None:
        self.dismissed.append(session)


def microphone(
    name: str, label: str, *, is_default: bool = False, is_monitor: bool = False
) -> Device:
    return Device(name, label, 1, 48_000, is_monitor=is_monitor, is_default=is_default)


def segment(text: str, start: float, speaker: str = "") -> Segment:
    """Return a segment whose words last 0.3 s each."""
    words = [
        Word(each, start + 0.3 * place, start + 0.3 * place + 0.3)
        for place, each in enumerate(text.split())
    ]
    return Segment(tuple(words), start, start + 0.3 * len(words), speaker)


def heard(settled: str, tentative: str = "", speaker: str = "") -> PartialResult:
    return PartialResult(PartialText(tuple(settled.split()), tuple(tentative.split())), speaker)


def final(text: str, start: float = 0.0, speaker: str = "") -> FinalResult:
    return FinalResult(segment(text, start, speaker))


def speech(text: str, start: float = 0.0) -> list[list[Event]]:
    """Return the ticks of an utterance: a word more at each, two of them tentative."""
    words = text.split()
    ticks: list[list[Event]] = []
    for count in range(1, len(words) + 1):
        settled, tentative = words[: max(0, count - 2)], words[max(0, count - 2) : count]
        now = start + 0.3 * count
        level = 0.02 + 0.11 * ((count * 7) % 5) / 4
        ticks.append(
            [
                Level(min(1.0, 3 * level), level),
                heard(" ".join(settled), " ".join(tentative)),
                Ledger(now, now - 0.2),
            ]
        )
    return ticks
