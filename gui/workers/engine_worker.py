"""The engine: loaded, and asked what there is, off the GUI thread."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from gui.engine import Engine, EngineFactory, Unfinished
from gui.workers.attempt import attempt


class EngineWorker(QObject):
    """Builds the engine on the thread it was moved to, and keeps it.

    It shares its thread with the live worker, because a search for devices would kill
    a stream that is being opened.

    Signals:
        loaded: The Engine.
        unavailable: A sentence for the user; there is no engine, and `load` may be tried again.
        failed: A sentence for the user; the engine lives on.
        devices_found: A tuple of Device.
        unfinished_found: A tuple of Unfinished; never empty.
    """

    loaded = Signal(object)
    unavailable = Signal(str)
    failed = Signal(str)
    devices_found = Signal(object)
    unfinished_found = Signal(object)

    def __init__(self, factory: EngineFactory, folder: Path) -> None:
        super().__init__()
        self._factory = factory
        self._folder = folder
        self._engine: Engine | None = None

    @Slot()
    def load(self) -> None:
        """Build the engine, then say which devices and unfinished sessions there are."""

        def build() -> None:
            self._engine = self._factory()

        if attempt(build, self.unavailable.emit, "Loading the model"):
            self.loaded.emit(self._engine)
            self.scan()
            self.find_unfinished()

    @Slot()
    def find_unfinished(self) -> None:
        """Look for sessions that were cut short; does nothing without an engine."""
        self._ask(self._find_unfinished)

    @Slot()
    def scan(self) -> None:
        """Look for devices; does nothing without an engine."""
        self._ask(lambda engine: self.devices_found.emit(tuple(engine.devices())))

    @Slot(object)
    def dismiss(self, session: Unfinished) -> None:
        """Do not offer the unfinished session again."""
        self._ask(lambda engine: engine.dismiss(session))

    @Slot()
    def stop(self) -> None:
        """Let the engine go."""
        self._engine = None

    def _find_unfinished(self, engine: Engine) -> None:
        found = tuple(engine.unfinished(self._folder))
        if found:
            self.unfinished_found.emit(found)

    def _ask(self, question: Callable[[Engine], None]) -> None:
        engine = self._engine
        if engine is not None:
            attempt(lambda: question(engine), self.failed.emit, "The engine")
