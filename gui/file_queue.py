"""Files that wait for the one that is being read."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from gui.controller import Controller
from gui.phase import Phase
from gui.settings import SettingsStore


class FileQueue(QObject):
    """Opens one file after another; each is in the library when the next one begins.

    Signals:
        waiting_changed: How many files wait.
        refused: A sentence for the user: why files do not wait.
    """

    waiting_changed = Signal(int)
    refused = Signal(str)

    def __init__(
        self, controller: Controller, settings_store: SettingsStore, parent: QObject
    ) -> None:
        super().__init__(parent)
        self.goes_on = False  # what is read at the moment had to wait for others
        self._controller, self._settings_store = controller, settings_store
        self._waiting: deque[tuple[Path, Callable[[Path], None]]] = deque()  # how each is read
        controller.phase_changed.connect(self._on_phase)

    @Slot(object)
    def add(self, paths: Sequence[Path]) -> None:
        """Open files in their order, once those before them are done."""
        first, *others = paths
        if self._controller.phase is Phase.READING and self._settings_store.settings.history:
            others = [first, *others]
        else:
            self.goes_on = False
            self._controller.open_file(first)
        if not others or self._controller.phase is not Phase.READING:
            return
        if self._settings_store.settings.history:
            self._wait(self._controller.open_file, *others)
        else:
            sentence = self.tr(
                "Only «{name}» was opened: a page that is not kept makes room for no other."
            )
            self.refused.emit(sentence.format(name=first.name))

    @Slot(object)
    def hear_channels(self, path: Path) -> None:
        """Hear each channel of a file as a speaker, once the one before it is done."""
        is_busy = self._controller.phase is Phase.READING
        if is_busy and not self._controller.is_reading(path):
            self._wait(self._controller.hear_channels, path)
        else:
            self._controller.hear_channels(path)

    def _wait(self, read: Callable[[Path], None], *paths: Path) -> None:
        self._waiting.extend((path, read) for path in paths)
        self.waiting_changed.emit(len(self._waiting))

    @Slot(object)
    def _on_phase(self, phase: Phase) -> None:
        if phase is Phase.READY and self._waiting:
            QTimer.singleShot(0, self, self._open_next)  # what was read is told first

    @Slot()
    def _open_next(self) -> None:
        if self._waiting and self._controller.phase is Phase.READY:
            self.goes_on = True
            path, read = self._waiting.popleft()
            self.waiting_changed.emit(len(self._waiting))
            read(path)
