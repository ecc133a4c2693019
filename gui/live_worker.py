"""Live recognition off the GUI thread.

Sound crosses three threads, and nothing is shared but what is named here:

    PortAudio ──recording──▶ LiveWorker ──queued signals──▶ model ──▶ widgets
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

from asr.events import Event
from PySide6.QtCore import QObject, QTimer, Signal, Slot

from gui.attempt import attempt
from gui.engine import Session

TICK_MS: Final = 50  # one repaint a tick, and the window paints at most 20 times a second

SessionRecipe: TypeAlias = Callable[[], Session]


class LiveWorker(QObject):
    """Listens and recognises on the thread it was moved to.

    It is given a recipe, not a session: opening the device happens on the worker's
    thread. No slot waits for sound, so `stop` is an ordinary slot and needs no flag.

    Signals:
        started: The device is open, and every sample from here on is kept.
        happened: The events of a tick, a tuple of asr.events.Event, in order.
        failed: A sentence for the user; the session is ending.
        stopped: The session has ended, by request or by failure; the last of all.
    """

    started = Signal()
    happened = Signal(object)
    failed = Signal(str)
    stopped = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._session: Session | None = None
        self._timer = QTimer(self, interval=TICK_MS)  # a child: moves with the worker
        self._timer.timeout.connect(self._tick)

    @Slot(object)
    def start(self, recipe: SessionRecipe) -> None:
        """Begin a session; does nothing in one."""
        if self._session is not None:
            return

        def begin() -> None:
            session = recipe()
            session.start()
            self._session = session

        if self._attempt(begin):
            self._timer.start()
            self.started.emit()
        else:
            self.stopped.emit()

    @Slot()
    def stop(self) -> None:
        """Recognise to the last sample and end the session; does nothing without one."""
        session, self._session = self._session, None
        if session is not None:
            self._timer.stop()
            self._attempt(lambda: self._tell(session.stop()))
            self.stopped.emit()

    @Slot()
    def _tick(self) -> None:
        session = self._session
        if session is not None and not self._attempt(lambda: self._tell(session.poll())):
            self.stop()

    def _tell(self, events: list[Event]) -> None:
        if events:
            self.happened.emit(tuple(events))

    def _attempt(self, action: Callable[[], None]) -> bool:
        return attempt(action, self.failed.emit, "Listening")
