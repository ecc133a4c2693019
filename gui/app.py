"""The composition root: settings → objects → window.

Six threads: this one paints; one owns the engine, the devices and live sessions; one
reads files; one has the library; one aligns edited words; one plays. The window is up before
the engine is asked for.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

from asr.memory import share_one_heap
from asr.places import data_folder, vocabulary_file
from PySide6.QtCore import QCoreApplication, QDeadlineTimer, QSettings, Qt, QTimer
from PySide6.QtWidgets import QApplication

from gui.controller import Controller
from gui.engine import EngineFactory, Surroundings
from gui.event_dispatcher import EventDispatcher
from gui.main_window import MainWindow
from gui.settings import SettingsStore, open_store
from gui.style.theme import Appearance
from gui.transcript.model import TranscriptModel
from gui.vocabulary import Vocabulary
from gui.workers.alignment_worker import AlignmentWorker
from gui.workers.engine_worker import EngineWorker
from gui.workers.file_worker import FileWorker
from gui.workers.library_worker import LibraryWorker
from gui.workers.live_worker import LiveWorker
from gui.workers.player_worker import Loudspeaker, PlayerWorker
from gui.workers.worker_thread import WorkerThread

if TYPE_CHECKING:
    from asr.library import Library


_FIRST_PAINT_MS: Final = 50  # loading imports much, and must not come before the first paint
_LAST_SOUND_S: Final = 0.4  # that it may take to disk then; a driver may hang
_END_MS: Final = 1200  # that threads may take to end when the window is closed
# For how long a thread that computes keeps the interpreter from this one: it asks several times
# in a turn of the event loop. Python's own 5 ms made gaps of twice the length.
_TURN_S: Final = 0.0005
_SIGNALS_MS: Final = 500  # Python sees Ctrl+C in the terminal only between two slots


def run(engine_factory: EngineFactory, folder: Path | None = None) -> int:
    """Open the window and return the exit status when it is closed.

    Args:
        engine_factory: Builds the engine; called on a worker's thread.
        folder: Where sessions are recorded; in the user's data folder if not given.
    """
    application = application_object()
    context = AppContext(
        application, engine_factory, folder or data_folder() / "sessions", open_store()
    )
    signal.signal(signal.SIGINT, lambda *_: application.quit())
    heartbeat = QTimer(interval=_SIGNALS_MS)
    heartbeat.timeout.connect(lambda: None)
    heartbeat.start()
    context.window.show()
    QTimer.singleShot(_FIRST_PAINT_MS, context.controller.load)
    QTimer.singleShot(_FIRST_PAINT_MS, context.window.librarian.open_library)
    status = application.exec()
    if not context.end():
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


def _open_library(sessions: Path) -> Library:
    """Open the library; imported here, on its thread, after the first paint."""
    from asr.library import Library

    return Library.open(sessions.parent, sessions)


def _open_player() -> Loudspeaker:
    """Make a player; imported here, on its thread, when something is to be heard."""
    from asr.audio.playback import Player

    return Player()


class AppContext:
    """Every object of the running window, connected; `end` or `close` ends the threads."""

    def __init__(
        self,
        application: QApplication,
        engine_factory: EngineFactory,
        folder: Path,
        store: QSettings,
        surroundings: Surroundings | None = None,
    ) -> None:
        share_one_heap()
        sys.setswitchinterval(_TURN_S)
        self.settings_store = SettingsStore(store)
        self.model = TranscriptModel()
        self.dispatcher = EventDispatcher()
        self.vocabulary = Vocabulary(folder.with_name(vocabulary_file().name))
        self.controller = Controller(self.model, folder, self.settings_store)
        self.window = MainWindow(
            model=self.model,
            controller=self.controller,
            dispatcher=self.dispatcher,
            settings_store=self.settings_store,
            vocabulary=self.vocabulary,
            appearance=Appearance(application, self.settings_store.settings.appearance),
        )
        self._engine = EngineWorker(engine_factory, folder, surroundings or Surroundings())
        self._live = LiveWorker()
        self._file = FileWorker()
        self._library = LibraryWorker(partial(_open_library, folder))
        self._alignment = AlignmentWorker()
        self._connect_engine()
        self._connect_live()
        self._connect_file()
        self._player = PlayerWorker(_open_player)
        self._connect_library()
        self._connect_player()
        self._connect_vocabulary()
        self._threads = (
            WorkerThread(self._live, self._engine),
            WorkerThread(self._file),
            WorkerThread(self._library),
            WorkerThread(self._alignment),
            WorkerThread(self._player),
        )

    def end(self) -> bool:
        """End what is under way, losing nothing, and the threads with it, in a moment.

        Returns:
            Whether they ended; where not, the sound is safe, and the process may end.
        """
        deadline = QDeadlineTimer(_END_MS)  # of both threads together
        self._live.hush(_LAST_SOUND_S)
        live, *others = self._threads
        live.end()
        is_over = live.wait(deadline)
        QCoreApplication.sendPostedEvents(self.window.librarian)  # what it stored
        for thread in others:
            thread.end()
        ended = [thread.wait(deadline) for thread in others]
        return is_over and all(ended)

    def close(self) -> None:
        """End what is under way, and the threads with it, however long it takes."""
        for thread in self._threads:
            thread.close()

    def _connect_engine(self) -> None:
        worker, window = self._engine, self.window
        self.controller.load_wanted.connect(worker.load)
        window.control_bar.picker.opened.connect(self._live.make_room)  # before the search
        window.control_bar.picker.opened.connect(worker.scan)
        window.dismissed.connect(worker.dismiss)
        worker.loaded.connect(self.controller.on_loaded)
        worker.loaded.connect(window.control_bar.status.show_engine)
        worker.unavailable.connect(window.show_unavailable)
        worker.unavailable.connect(self.controller.on_unavailable)
        worker.failed.connect(window.notices.show_trouble)
        worker.devices_found.connect(window.control_bar.picker.show_devices)
        worker.unfinished_found.connect(window.offer_unfinished)

    def _connect_live(self) -> None:
        worker = self._live
        self.controller.pre_roll_wanted.connect(worker.prepare)
        self.controller.session_wanted.connect(worker.start)
        self.controller.end_wanted.connect(worker.hush, Qt.ConnectionType.DirectConnection)
        self.controller.end_wanted.connect(worker.finish)
        worker.pre_roll.armed.connect(self.window.control_bar.show_pre_roll)
        worker.started.connect(self.controller.on_started)
        worker.happened.connect(self.dispatcher.on_happened)
        worker.failed.connect(self.window.notices.show_trouble)
        worker.put_aside.connect(self._engine.find_unfinished)
        worker.stopped.connect(self.controller.on_session_stopped)
        self.dispatcher.text_changed.connect(self.model.hear)

    def _connect_file(self) -> None:
        worker = self._file
        self.controller.file_wanted.connect(worker.start)
        self.controller.file_unwanted.connect(worker.stop)
        worker.advanced.connect(self.controller.on_advanced)
        worker.failed.connect(self.window.notices.tell_of_file)
        worker.stopped.connect(self.controller.on_file_stopped)

    def _connect_library(self) -> None:
        worker, page = self._library, self.window.library
        librarian, edited = self.window.librarian, self.window.editor.view.edited
        worker.listed.connect(page.show_entries)
        worker.more_listed.connect(page.add_entries)
        worker.changed.connect(page.put_entry)
        worker.gone.connect(page.take_entry)
        worker.found.connect(page.show_found)
        worker.measured.connect(page.show_shelf)
        worker.opened.connect(librarian.show_opened)
        worker.unopened.connect(librarian.on_unopened)
        worker.changed.connect(self.window.editor.put_entry)
        worker.kept.connect(self.window.editor.put_entry)
        worker.kept.connect(librarian.on_kept)
        worker.read.connect(librarian.show_export)
        worker.exported.connect(librarian.on_exported)
        worker.saved.connect(self.window.outputs.on_saved)
        worker.failed.connect(self.window.notices.show_trouble)
        page.model.more_wanted.connect(worker.list_more)
        page.model.rename_wanted.connect(worker.rename)
        page.tags_wanted.connect(worker.tag)
        page.query_changed.connect(worker.search)
        page.more_hits_wanted.connect(worker.search_more)
        page.foot.trash_shown.connect(worker.show_trash)
        page.foot.trash_unwanted.connect(worker.empty_trash)
        page.foot.deletion_wanted.connect(worker.delete_everything)
        librarian.open_wanted.connect(worker.open_entry)
        librarian.running.open_wanted.connect(worker.open_running)
        librarian.running.edited.connect(self.model.take_edits)
        librarian.close_wanted.connect(worker.close_entry)
        librarian.trash_wanted.connect(worker.trash)
        librarian.restore_wanted.connect(worker.restore)
        librarian.drop_sound_wanted.connect(worker.drop_sound)
        librarian.session_wanted.connect(worker.keep_session)
        librarian.file_wanted.connect(worker.keep_file)
        librarian.locate_wanted.connect(worker.locate)
        librarian.save_wanted.connect(worker.save)
        librarian.read_wanted.connect(worker.read_for_export)
        librarian.export_wanted.connect(worker.export)
        librarian.expire_wanted.connect(worker.expire)
        worker.alignment_wanted.connect(self._alignment.align)
        self._alignment.aligned.connect(worker.take_times)
        worker.aligned.connect(edited.retime)
        worker.reverted.connect(self.window.editor.on_reverted)
        self.window.editor.revert_wanted.connect(worker.revert)
        self._engine.loaded.connect(worker.take_engine)
        edited.done.connect(worker.do)
        edited.grown.connect(worker.extend)
        edited.undone.connect(worker.undo)
        edited.redone.connect(worker.redo)
        self._live.recording.connect(librarian.running.begin)
        self.dispatcher.text_changed.connect(librarian.running.hear)
        self._live.stored.connect(librarian.keep_session)
        self._live.stopped.connect(librarian.running.end)
        self.controller.file_read.connect(librarian.keep_file)
        self.controller.recovered.connect(worker.refresh)
        librarian.library_wanted.connect(worker.open)

    def _connect_vocabulary(self) -> None:
        self.vocabulary.changed.connect(self._engine.take_vocabulary)
        self.vocabulary.failed.connect(self.window.notices.show_trouble)
        self.vocabulary.load()

    def _connect_player(self) -> None:
        worker, playback = self._player, self.window.editor.playback
        playback.load_wanted.connect(worker.load)
        playback.play_wanted.connect(worker.play)
        playback.toggle_wanted.connect(worker.toggle)
        playback.skip_wanted.connect(worker.skip)
        playback.seek_wanted.connect(worker.seek)
        playback.speed_wanted.connect(worker.set_speed)
        worker.moved.connect(playback.show_head)
        worker.failed.connect(self.window.notices.show_trouble)
