"""Live recognition off the GUI thread.

Sound crosses three threads, and nothing is shared but what is named here:

    PortAudio ──recording──▶ LiveWorker ──queued signals──▶ model ──▶ widgets
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from asr.live.events import Event
from PySide6.QtCore import QObject, QTimer, Signal, Slot

from gui.engine import Session, SessionFactory
from gui.workers.attempt import attempt
from gui.workers.pre_roll import PreRoll

TICK_MS: Final = 50  # one repaint a tick, and the window paints at most 20 times a second
LAST_WORDS_S: Final = 0.6  # that a window which was closed may take to finish


class LiveWorker(QObject):
    """Listens and recognises on the thread it was moved to.

    It is given a factory, not a session: opening the device happens on the worker's
    thread. No slot waits for sound, so `finish` is an ordinary slot and needs no flag.

    Signals:
        started: The device is open, and every sample from here on is kept.
        recording: The Path of the folder in which it is kept.
        happened: The events of a tick, a tuple of asr.live.events.Event, in order.
        failed: A sentence for the user; the session is ending.
        stored: The Path of a session's folder; all of it is recognised.
        put_aside: The session ended before all was recognised; it can be recovered.
        stopped: The session has ended, by request or by failure; the last of all.
    """

    started = Signal()
    recording = Signal(object)
    happened = Signal(object)
    failed = Signal(str)
    stored = Signal(object)
    put_aside = Signal()
    stopped = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.pre_roll = PreRoll(self)
        self._session: Session | None = None
        self._is_finishing = False
        self._timer = QTimer(self)  # a child: moves with the worker
        self._timer.timeout.connect(self._tick)

    @Slot(object)
    def prepare(self, factory: SessionFactory | None) -> None:
        """Hear before the session that follows, for its first word; None is not at all."""
        self.pre_roll.keep(factory)

    @Slot()
    def make_room(self) -> None:
        """Let devices be searched: what hears before a session closes its own meanwhile."""
        self.pre_roll.make_room()

    @Slot(object)
    def start(self, factory: SessionFactory) -> None:
        """Begin a session; does nothing in one."""
        if self._session is not None:
            return

        def begin() -> None:
            session = self.pre_roll.take() or factory()
            session.start()
            self._session = session

        if self._attempt(begin):
            self._is_finishing = False
            self._timer.start(TICK_MS)
            self.started.emit()
            if self._session is not None and self._session.folder is not None:
                self.recording.emit(self._session.folder)
        else:
            self.stopped.emit()

    @Slot()
    def finish(self) -> None:
        """Stop listening; what is left is recognised between turns of the event loop."""
        session = self._session
        if session is not None and not self._is_finishing:
            self._is_finishing = True
            self._attempt(lambda: self._tell(session.stop_listening()))
            self._timer.start(0)

    @Slot()
    def stop(self) -> None:
        """End for good, in a moment: what is not recognised by then is left to a recovery."""
        patience = time.monotonic() + LAST_WORDS_S
        self.pre_roll.keep(None)
        self.finish()
        while (session := self._session) is not None:
            if session.is_recognised or time.monotonic() >= patience:
                self._give_up(session)
            else:
                self._tick()

    def hush(self, wait_s: float = 0.0) -> None:
        """Hear no more, from any thread: this one may be long in coming to `finish`."""
        session = self._session
        if session is not None:
            session.hush(wait_s)

    @Slot()
    def _tick(self) -> None:
        session = self._session
        if session is None:
            return
        if not self._attempt(lambda: self._tell(session.poll())):
            if self._is_finishing:
                self._give_up(session, is_offered=True)
            else:
                self.finish()
        elif session.is_finished:
            self._end()

    def _give_up(self, session: Session, *, is_offered: bool = False) -> None:
        self._attempt(lambda: self._tell(session.put_aside()))
        if is_offered:
            self.put_aside.emit()
        self._end()

    def _end(self) -> None:
        self._timer.stop()
        session, self._session = self._session, None
        if session is not None and session.is_finished and session.folder is not None:
            self.stored.emit(session.folder)
        self.stopped.emit()

    def _tell(self, events: list[Event]) -> None:
        if events:
            self.happened.emit(tuple(events))

    def _attempt(self, action: Callable[[], None]) -> bool:
        return attempt(action, self.failed.emit, "Listening")
