"""The engine: loaded, and asked what there is, off the GUI thread."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from asr.live.stored import Unfinished
from PySide6.QtCore import QObject, Signal, Slot

from gui.engine import Engine, EngineFactory, Surroundings
from gui.workers.attempt import attempt


class EngineWorker(QObject):
    """Builds the engine on the thread it was moved to, and keeps it.

    It shares its thread with the live worker, because a search for devices would kill
    a stream that is being opened.

    Signals:
        loaded: The Engine.
        unavailable: A sentence for the user; there is no engine, and `load` may be tried again.
        failed: A sentence for the user; all else goes on.
        devices_found: A tuple of Device.
        unfinished_found: A tuple of Unfinished; never empty.
    """

    loaded = Signal(object)
    unavailable = Signal(str)
    failed = Signal(str)
    devices_found = Signal(object)
    unfinished_found = Signal(object)

    def __init__(
        self, factory: EngineFactory, folder: Path, surroundings: Surroundings
    ) -> None:
        super().__init__()
        self._factory = factory
        self._folder = folder
        self._surroundings = surroundings
        self._engine: Engine | None = None
        self._vocabulary: Sequence[str] = ()

    @Slot()
    def load(self) -> None:
        """Build the engine, and say which devices and unfinished sessions there are."""

        def build() -> None:
            self._engine = self._factory()

        if attempt(build, self.unavailable.emit, "Loading the model"):
            if self._vocabulary:
                self._expect()
            self.loaded.emit(self._engine)
            if self._engine is not None and self._engine.trouble:
                self.failed.emit(self._engine.trouble)
        self.scan()
        self.find_unfinished()

    @Slot(object)
    def take_vocabulary(self, lines: Sequence[str]) -> None:
        """Listen for the user's own words, in the session and the file under way, too."""
        self._vocabulary = lines
        self._expect()

    def _expect(self) -> None:
        engine = self._engine
        if engine is not None:
            self._attempt(lambda: engine.expect(self._vocabulary), "Taking up the vocabulary")

    @Slot()
    def find_unfinished(self) -> None:
        """Look for sessions that were cut short."""
        self._attempt(self._find_unfinished, "Looking for unfinished sessions")

    @Slot()
    def scan(self) -> None:
        """Look for devices."""

        def find() -> None:
            self.devices_found.emit(tuple(self._surroundings.devices()))

        self._attempt(find, "Looking for microphones")

    @Slot(object)
    def dismiss(self, session: Unfinished) -> None:
        """Do not offer the unfinished session again."""
        self._attempt(lambda: self._surroundings.dismiss(session), "Closing the session")

    @Slot()
    def stop(self) -> None:
        """Let the engine go."""
        self._engine = None

    def _find_unfinished(self) -> None:
        found = tuple(self._surroundings.unfinished(self._folder))
        if found:
            self.unfinished_found.emit(found)

    def _attempt(self, action: Callable[[], None], doing: str) -> None:
        attempt(action, self.failed.emit, doing)
