"""The workers on real threads; what they tell is kept by a QObject of this one."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, QThread, Signal, Slot
from pytestqt.qtbot import QtBot

from asr.errors import DecodeError, DeviceError
from asr.transcript import Segment
from gui.engine import Step
from gui.engine_worker import EngineWorker
from gui.file_worker import FileWorker
from gui.live_worker import LiveWorker
from gui.worker_thread import WorkerThread
from tests.gui.scripted import (
    Microphone,
    Progress,
    Script,
    ScriptedEngine,
    final,
    heard,
    segment,
)


class Listener(QObject):
    """Stands for the window: asks by signal, keeps what it is told, in order."""

    start = Signal(object)
    stop = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.told: list[object] = []

    @Slot(object)
    def on_object(self, told: object) -> None:
        self.told.append(told)

    @Slot(str)
    def on_sentence(self, sentence: str) -> None:
        self.told.append(sentence)

    @Slot(bool)
    def on_stopped(self, complete: bool) -> None:
        self.told.append("complete" if complete else "given up")

    @Slot()
    def on_started(self) -> None:
        self.told.append("started")

    @Slot()
    def on_ended(self) -> None:
        self.told.append("ended")


@pytest.fixture
def on_thread(qapp: object) -> Iterator[Callable[..., WorkerThread]]:
    threads: list[WorkerThread] = []

    def on_thread(*workers: QObject) -> WorkerThread:
        threads.append(WorkerThread(*workers))
        return threads[-1]

    yield on_thread
    for thread in threads:
        thread.close()


@pytest.fixture
def live(on_thread: Callable[..., WorkerThread]) -> Listener:
    worker, listener = LiveWorker(), Listener()
    on_thread(worker)
    listener.worker = worker  # type: ignore[attr-defined]  # keeps it alive
    listener.start.connect(worker.start)
    listener.stop.connect(worker.stop)
    worker.started.connect(listener.on_started)
    worker.happened.connect(listener.on_object)
    worker.failed.connect(listener.on_sentence)
    worker.stopped.connect(listener.on_ended)
    return listener


@pytest.fixture
def files(on_thread: Callable[..., WorkerThread]) -> Listener:
    worker, listener = FileWorker(), Listener()
    on_thread(worker)
    listener.worker = worker  # type: ignore[attr-defined]
    listener.start.connect(worker.start)
    listener.stop.connect(worker.stop)
    worker.advanced.connect(listener.on_object)
    worker.failed.connect(listener.on_sentence)
    worker.stopped.connect(listener.on_stopped)
    return listener


def test_stop_brings_the_last_words_before_the_end(qtbot: QtBot, live: Listener) -> None:
    session = Script([heard("a")], last=[final("a b")])

    live.start.emit(lambda: session)
    qtbot.waitUntil(lambda: not session.ticks)
    live.stop.emit()
    qtbot.waitUntil(lambda: "ended" in live.told)

    assert live.told == ["started", (heard("a"),), (final("a b"),), "ended"]


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (DeviceError("No microphone is connected."), "No microphone is connected."),
        (ZeroDivisionError(), "Listening stopped because of an internal error; see the log."),
    ],
)
def test_a_failure_is_one_sentence_and_keeps_what_was_said(
    qtbot: QtBot, live: Listener, error: Exception, sentence: str
) -> None:
    live.start.emit(lambda: Script(error, last=[final("safe")]))
    qtbot.waitUntil(lambda: "ended" in live.told)

    assert live.told == ["started", sentence, (final("safe"),), "ended"]


def test_a_device_that_does_not_open_ends_the_session(qtbot: QtBot, live: Listener) -> None:
    live.start.emit(lambda: Script(no_start="The microphone is in use."))
    qtbot.waitUntil(lambda: "ended" in live.told)

    assert live.told == ["The microphone is in use.", "ended"]


def test_closing_the_thread_stops_the_session(
    qtbot: QtBot, on_thread: Callable[..., WorkerThread]
) -> None:
    worker, listener, session = LiveWorker(), Listener(), Script(last=[final("last words")])
    listener.start.connect(worker.start)
    thread = on_thread(worker)
    listener.start.emit(lambda: session)
    qtbot.waitUntil(lambda: session.is_running)

    thread.close()

    assert not session.is_running


def test_a_file_gives_its_steps_in_order_and_then_its_end(
    qtbot: QtBot, files: Listener
) -> None:
    steps = [Progress(1.0, 2.0), segment("one", 0.0), Progress(2.0, 2.0)]

    files.start.emit(lambda: iter(steps))
    qtbot.waitUntil(lambda: "complete" in files.told)

    assert files.told == [*steps, "complete"]


def test_a_file_is_read_away_from_the_windows_thread(qtbot: QtBot, files: Listener) -> None:
    threads: list[QThread] = []

    def steps() -> Iterator[Step]:
        threads.append(QThread.currentThread())
        yield Progress(1.0, None)

    files.start.emit(steps)
    qtbot.waitUntil(lambda: "complete" in files.told)

    assert threads[0] is not QThread.currentThread()


def test_a_file_can_be_given_up_between_two_steps(qtbot: QtBot, files: Listener) -> None:
    closed: list[bool] = []

    def endless() -> Iterator[Step]:
        try:
            while True:
                yield segment("again", 0.0)
        finally:
            closed.append(True)

    files.start.emit(endless)
    qtbot.waitUntil(lambda: len(files.told) > 3)
    files.stop.emit()
    qtbot.waitUntil(lambda: "given up" in files.told)

    assert closed == [True]
    assert files.told.count("given up") == 1
    assert all(isinstance(told, Segment) for told in files.told[:-1])


def test_a_damaged_file_is_one_sentence(qtbot: QtBot, files: Listener) -> None:
    def steps() -> Iterator[Step]:
        yield segment("before the damage", 0.0)
        raise DecodeError("«a.mp3» ends in the middle.")

    files.start.emit(steps)
    qtbot.waitUntil(lambda: "given up" in files.told)

    assert files.told[1:] == ["«a.mp3» ends in the middle.", "given up"]


def test_the_engine_tells_what_there_is(qapp: object, tmp_path: Path) -> None:
    engine = ScriptedEngine(microphones=[Microphone("a", "A")])
    worker, listener = EngineWorker(lambda: engine, tmp_path), Listener()
    worker.loaded.connect(listener.on_object)
    worker.devices_found.connect(listener.on_object)

    worker.scan()  # too early: there is no engine to ask
    worker.load()
    worker.scan()

    assert listener.told == [engine, (Microphone("a", "A"),), (Microphone("a", "A"),)]


def test_no_engine_is_a_sentence_and_can_be_tried_again(qapp: object, tmp_path: Path) -> None:
    built: list[ScriptedEngine] = []

    def factory() -> ScriptedEngine:
        if not built:
            built.append(ScriptedEngine())
            raise DeviceError("The pack is damaged.")
        return built[0]

    worker, listener = EngineWorker(factory, tmp_path), Listener()
    worker.loaded.connect(listener.on_object)
    worker.unavailable.connect(listener.on_sentence)

    worker.load()
    worker.load()

    assert listener.told == ["The pack is damaged.", built[0]]
