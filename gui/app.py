"""The composition root: settings → objects → window.

Three threads: this one paints; one owns the engine, the devices and live sessions; one
reads files. The window is up before the engine is asked for.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
from pathlib import Path
from typing import Final, NoReturn

from asr.places import data_folder
from PySide6.QtCore import QDeadlineTimer, QSettings, Qt, QTimer
from PySide6.QtWidgets import QApplication

from gui.controller import Flow
from gui.engine import EngineFactory, Surroundings
from gui.event_dispatcher import Switchboard
from gui.main_window import MainWindow
from gui.settings import Memory, open_store
from gui.style.theme import Wardrobe
from gui.transcript.model import TranscriptModel
from gui.workers.engine_worker import EngineWorker
from gui.workers.file_worker import FileWorker
from gui.workers.live_worker import LiveWorker
from gui.workers.worker_thread import WorkerThread

_FIRST_PAINT_MS: Final = 50  # loading imports much, and must not come before the first paint
_LAST_SOUND_S: Final = 0.4  # that it may take to disk then; a driver may hang
_END_MS: Final = 1200  # that threads may take to end when the window is closed
_SIGNALS_MS: Final = 500  # Python sees Ctrl+C in the terminal only between two slots


def run(engine_factory: EngineFactory, folder: Path | None = None) -> int:
    """Open the window and return the exit status when it is closed.

    Args:
        engine_factory: Builds the engine; called on a worker's thread.
        folder: Where sessions are recorded; in the user's data folder if not given.
    """
    application = application_object()
    desk = Desk(application, engine_factory, folder or data_folder() / "sessions", open_store())
    signal.signal(signal.SIGINT, lambda *_: application.quit())
    heartbeat = QTimer(interval=_SIGNALS_MS)
    heartbeat.timeout.connect(lambda: None)
    heartbeat.start()
    desk.window.show()
    QTimer.singleShot(_FIRST_PAINT_MS, desk.flow.load)
    status = application.exec()
    if not desk.end():
        _leave(status)
    return status


def _leave(status: int) -> NoReturn:
    """End the process over the head of a thread that is deep in a computation.

    Nothing is lost: sound and final text are on disk, as they are at every moment, and the
    next start offers what is not recognised.
    """
    logging.shutdown()
    os._exit(status)


def application_object() -> QApplication:
    """Return the application with the names under which it keeps its settings."""
    application = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(application, QApplication)
    application.setApplicationName("earshot")
    application.setApplicationDisplayName("Earshot")
    application.setDesktopFileName("earshot")
    return application


class Desk:
    """Every object of the running window, connected; `end` or `close` ends the threads."""

    def __init__(
        self,
        application: QApplication,
        engine_factory: EngineFactory,
        folder: Path,
        store: QSettings,
        surroundings: Surroundings | None = None,
    ) -> None:
        self.memory = Memory(store)
        self.model = TranscriptModel()
        self.switchboard = Switchboard()
        self.flow = Flow(self.model, folder, self.memory)
        self.window = MainWindow(
            model=self.model,
            flow=self.flow,
            switchboard=self.switchboard,
            memory=self.memory,
            wardrobe=Wardrobe(application, self.memory.settings.appearance),
        )
        self._engine = EngineWorker(engine_factory, folder, surroundings or Surroundings())
        self._live = LiveWorker()
        self._file = FileWorker()
        self._connect_engine()
        self._connect_live()
        self._connect_file()
        self._threads = (WorkerThread(self._live, self._engine), WorkerThread(self._file))

    def end(self) -> bool:
        """End what is under way, losing nothing, and the threads with it, in a moment.

        Returns:
            Whether they ended; where not, the sound is safe, and the process may end.
        """
        deadline = QDeadlineTimer(_END_MS)  # of both threads together
        self._live.hush(_LAST_SOUND_S)
        for thread in self._threads:
            thread.end()
        return all(thread.wait(deadline) for thread in self._threads)

    def close(self) -> None:
        """End what is under way, and the threads with it, however long it takes."""
        for thread in self._threads:
            thread.close()

    def _connect_engine(self) -> None:
        worker, window = self._engine, self.window
        self.flow.load_wanted.connect(worker.load)
        window.dock.picker.opened.connect(self._live.make_room)  # before the search
        window.dock.picker.opened.connect(worker.scan)
        window.dismissed.connect(worker.dismiss)
        worker.loaded.connect(self.flow.on_loaded)
        worker.loaded.connect(window.dock.status.show_engine)
        worker.unavailable.connect(window.show_unavailable)
        worker.unavailable.connect(self.flow.on_unavailable)
        worker.failed.connect(window.notices.show_trouble)
        worker.devices_found.connect(window.dock.picker.show_devices)
        worker.unfinished_found.connect(window.offer_unfinished)

    def _connect_live(self) -> None:
        worker = self._live
        self.flow.pre_roll_wanted.connect(worker.prepare)
        self.flow.session_wanted.connect(worker.start)
        self.flow.end_wanted.connect(worker.hush, Qt.ConnectionType.DirectConnection)
        self.flow.end_wanted.connect(worker.finish)
        worker.pre_roll.armed.connect(self.window.dock.show_pre_roll)
        worker.started.connect(self.flow.on_started)
        worker.happened.connect(self.switchboard.on_happened)
        worker.failed.connect(self.window.notices.show_trouble)
        worker.put_aside.connect(self._engine.find_unfinished)
        worker.stopped.connect(self.flow.on_session_stopped)
        self.switchboard.text_changed.connect(self.model.hear)

    def _connect_file(self) -> None:
        worker = self._file
        self.flow.file_wanted.connect(worker.start)
        self.flow.file_unwanted.connect(worker.stop)
        worker.advanced.connect(self.flow.on_advanced)
        worker.failed.connect(self.window.notices.show_trouble)
        worker.stopped.connect(self.flow.on_file_stopped)
