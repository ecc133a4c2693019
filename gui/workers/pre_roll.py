"""The second before the button: a session that hears already, and keeps no more than that."""

from __future__ import annotations

import logging
from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from gui.engine import Session, SessionFactory
from gui.workers.attempt import attempt

log = logging.getLogger(__name__)

_FORGET_MS: Final = 250  # so late what is older than the second is forgotten
_AGAIN_MS: Final = 10_000  # between attempts to open a device that is not there
_SEARCH_MS: Final = 500  # for a search for devices, which no stream may disturb


class PreRoll(QObject):
    """Arms a session on its parent's thread, until somebody takes it to start it.

    Signals:
        armed: Whether a device is open for it.
    """

    armed = Signal(bool)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._factory: SessionFactory | None = None
        self._session: Session | None = None
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._tick)

    def keep(self, factory: SessionFactory | None) -> None:
        """Hear from here on in the way of a factory; None is not at all."""
        self._close()
        self._factory = factory
        if factory is None:
            self._timer.stop()
        else:
            self._tick()

    def take(self) -> Session | None:
        """Hand the session over, if one hears."""
        session, self._session = self._session, None
        self.keep(None)
        self.armed.emit(False)
        return session

    def make_room(self) -> None:
        """Close the device for as long as a search for devices takes."""
        if self._factory is not None:
            self._close()
            self._timer.start(_SEARCH_MS)

    @Slot()
    def _tick(self) -> None:
        if not attempt(self._hear, _note, "Listening before the button"):
            self._close()
        self._timer.start(_AGAIN_MS if self._session is None else _FORGET_MS)

    def _hear(self) -> None:
        if self._session is not None:
            self._session.poll()
        elif self._factory is not None:
            session = self._factory()
            session.arm()
            self._session = session
            self.armed.emit(True)

    def _close(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            session.stop_listening()
            self.armed.emit(False)


def _note(sentence: str) -> None:
    """Say no more: if the device is still away then, whoever presses the button is told."""
    log.debug("no pre-roll: %s", sentence)
