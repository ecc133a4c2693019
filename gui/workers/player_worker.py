"""Playback off the GUI thread: a device may take its time, and a file its decoding."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from gui.workers.attempt import attempt

TICK_MS: Final = 30  # between two looks at where it is: a word lasts longer


class Loudspeaker(Protocol):
    """What plays: asr.audio.playback.Player."""

    trouble: str
    speed: float

    @property
    def seconds(self) -> float:
        """The length of the sound."""

    @property
    def position(self) -> float:
        """The second that is heard."""

    @property
    def is_playing(self) -> bool:
        """Whether there is something left to hear."""

    def load(self, paths: Sequence[Path]) -> None:
        """Take files that are heard together."""

    def unload(self) -> None:
        """Give the files back."""

    def play(
        self, start: float | None = None, end: float | None = None, *, loop: bool = False
    ) -> None:
        """Play from a place, or on from where it stands."""

    def pause(self) -> None:
        """Stop here."""

    def seek(self, seconds: float) -> None:
        """Go to a place, playing or not."""

    def close(self) -> None:
        """Give back everything."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of the sound, in seconds; without an end it goes on."""

    start: float
    end: float | None = None
    loop: bool = False


@dataclass(frozen=True, slots=True)
class Head:
    """Where playback is."""

    seconds: float
    total: float
    is_playing: bool


class PlayerWorker(QObject):
    """Owns the loudspeaker on the thread that it was moved to.

    Signals:
        moved: A Head, while it plays and whenever it was told something.
        failed: A sentence for the user.
    """

    moved = Signal(object)
    failed = Signal(str)

    def __init__(self, factory: Callable[[], Loudspeaker]) -> None:
        super().__init__()
        self._factory = factory
        self._player: Loudspeaker | None = None
        self._speed = 1.0
        self._timer = QTimer(self, interval=TICK_MS)  # a child: moves with the worker
        self._timer.timeout.connect(self._tick)

    @Slot(object)
    def load(self, paths: Sequence[Path]) -> None:
        """Take the sound of an entry; none at all is silence."""
        if not paths:
            self.unload()
            return
        self._tell(lambda player: player.load(paths))

    @Slot()
    def unload(self) -> None:
        """Stop, and give the files back."""
        if self._player is not None:
            self._tell(lambda player: player.unload())

    @Slot(object)
    def play(self, stretch: Stretch) -> None:
        """Play a part of the sound."""
        self._tell(lambda player: player.play(stretch.start, stretch.end, loop=stretch.loop))

    @Slot()
    def toggle(self) -> None:
        """Pause, or go on a little earlier."""
        self._tell(lambda player: player.pause() if player.is_playing else player.play())

    @Slot(float)
    def skip(self, seconds: float) -> None:
        """Go so much later, or earlier."""
        self._tell(lambda player: player.seek(max(0.0, player.position + seconds)))

    @Slot(float)
    def seek(self, seconds: float) -> None:
        """Go to a place."""
        self._tell(lambda player: player.seek(seconds))

    @Slot(float)
    def set_speed(self, speed: float) -> None:
        """Play slower or faster, at the same pitch."""
        self._speed = speed
        if self._player is not None:
            self._player.speed = speed

    @Slot()
    def stop(self) -> None:
        """Give back device and files."""
        self._timer.stop()
        player, self._player = self._player, None
        if player is not None:
            attempt(player.close, self.failed.emit, "Playback")

    def _tell(self, wish: Callable[[Loudspeaker], None]) -> None:
        def act() -> None:
            if self._player is None:
                self._player = self._factory()
                self._player.speed = self._speed
            wish(self._player)

        attempt(act, self.failed.emit, "Playback")
        self._tick()
        if self._player is not None and self._player.is_playing:
            self._timer.start()

    @Slot()
    def _tick(self) -> None:
        player = self._player
        if player is None:
            return
        if not player.is_playing:
            self._timer.stop()
        if player.trouble:
            self.failed.emit(player.trouble)
            player.trouble = ""
        self.moved.emit(Head(player.position, player.seconds, player.is_playing))
