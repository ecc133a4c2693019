"""The workers on real threads; what they tell is kept by a QObject of this one."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, QThread, QTimer, Signal, Slot
from pytestqt.qtbot import QtBot

from asr.errors import DecodeError, DeviceError
from asr.live.events import Event
from asr.transcript import Segment
from gui.engine import Step
from gui.workers import live_worker as live_worker_module
from gui.workers import pre_roll as pre_roll_module
from gui.workers.engine_worker import EngineWorker
from gui.workers.file_worker import FileWorker
from gui.workers.live_worker import LiveWorker
from gui.workers.worker_thread import WorkerThread
from tests.gui.scripted import (
    Progress,
    Script,
    ScriptedEngine,
    final,
    heard,
    microphone,
    segment,
)


class Listener(QObject):
    """Stands for the window: asks by signal, keeps what it is told, in order."""

    start = Signal(object)
    prepare = Signal(object)
    make_room = Signal()
    finish = Signal()
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
    def on_put_aside(self) -> None:
        self.told.append("put aside")

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
    listener.prepare.connect(worker.prepare)
    listener.make_room.connect(worker.make_room)
    listener.finish.connect(worker.finish)
    listener.stop.connect(worker.stop)
    worker.started.connect(listener.on_started)
    worker.put_aside.connect(listener.on_put_aside)
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


def test_the_end_brings_the_last_words_before_it(qtbot: QtBot, live: Listener) -> None:
    session = Script([heard("a")], last=[final("a b")])

    live.start.emit(lambda: session)
    qtbot.waitUntil(lambda: not session.ticks)
    live.finish.emit()
    qtbot.waitUntil(lambda: "ended" in live.told)

    assert live.told == ["started", (heard("a"),), (final("a b"),), "ended"]
    assert not session.is_put_aside


class Behind(Script):
    """A session that recognises nothing before it stops listening, so much is left."""

    def __init__(self, *ticks: list[Event], last: Sequence[Event] = ()) -> None:
        super().__init__(*ticks, last=last)
        self.order: list[str] = []  # of steps, and of what else its thread has to do

    def poll(self) -> list[Event]:
        if self.is_running:
            return []
        self.order.append("step")
        QTimer.singleShot(0, self.note_turn)
        return super().poll()

    def note_turn(self) -> None:
        self.order.append("turn")


class Endless(Script):
    """A session that always has more to recognise."""

    def poll(self) -> list[Event]:
        return [heard("again")]


def test_what_is_left_at_the_end_comes_step_by_step(qtbot: QtBot, live: Listener) -> None:
    steps = [[final(f"step {n}", float(n))] for n in range(3)]
    session = Behind(*steps, last=[final("last", 3.0)])

    live.start.emit(lambda: session)
    qtbot.waitUntil(lambda: session.is_running)
    live.finish.emit()
    qtbot.waitUntil(lambda: "ended" in live.told)

    told = [(final(f"step {n}", float(n)),) for n in range(2)]
    last = (final("step 2", 2.0), final("last", 3.0))
    assert live.told == ["started", *told, last, "ended"]
    assert "turn" in session.order[: session.order.index("step", 1)]


def test_a_thread_that_closes_leaves_much_to_a_recovery(
    qtbot: QtBot, on_thread: Callable[..., WorkerThread], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_worker_module, "LAST_WORDS_S", 0.05)
    worker, listener = LiveWorker(), Listener()
    session = Endless()
    listener.start.connect(worker.start)
    worker.put_aside.connect(listener.on_put_aside)
    worker.stopped.connect(listener.on_ended)
    thread = on_thread(worker)
    listener.start.emit(lambda: session)
    qtbot.waitUntil(lambda: session.is_running)

    thread.close()

    assert session.is_put_aside
    assert not session.is_running
    qtbot.waitUntil(lambda: "ended" in listener.told)
    assert "put aside" not in listener.told  # there is no window to offer it in


class Recognised(Script):
    """A session of which only the recording is left to be closed, which takes long."""

    polls = 0

    def stop_listening(self) -> list[Event]:
        self.is_recognised, self.polls_before_end = True, self.polls
        return super().stop_listening()

    def poll(self) -> list[Event]:
        self.polls += 1
        return []


def test_a_thread_that_closes_does_not_wait_for_a_long_recording(
    qtbot: QtBot, on_thread: Callable[..., WorkerThread]
) -> None:
    worker, listener, session = LiveWorker(), Listener(), Recognised()
    listener.start.connect(worker.start)
    thread = on_thread(worker)
    listener.start.emit(lambda: session)
    qtbot.waitUntil(lambda: session.polls > 0)

    thread.close()

    assert session.is_put_aside
    assert session.polls == session.polls_before_end


def test_what_fails_again_at_the_end_is_left_to_a_recovery(
    qtbot: QtBot, live: Listener
) -> None:
    session = Script(DeviceError("Broken."), DeviceError("Broken."))

    live.start.emit(lambda: session)
    qtbot.waitUntil(lambda: "ended" in live.told)

    assert live.told == ["started", "Broken.", "Broken.", "put aside", "ended"]
    assert session.is_put_aside


def test_a_session_that_hears_already_is_the_one_that_starts(
    qtbot: QtBot, live: Listener
) -> None:
    session, opened = Script(), []

    def factory() -> Script:
        opened.append(session)
        return session

    live.prepare.emit(factory)
    qtbot.waitUntil(lambda: session.polls_while_armed > 0)
    live.start.emit(factory)
    qtbot.waitUntil(lambda: session.is_running)

    assert opened == [session]


def test_a_search_for_devices_finds_them_closed_and_open_again_after_it(
    qtbot: QtBot, live: Listener
) -> None:
    sessions: list[Script] = []

    def factory() -> Script:
        sessions.append(Script())
        return sessions[-1]

    live.prepare.emit(factory)
    qtbot.waitUntil(lambda: bool(sessions) and sessions[0].is_armed)
    live.make_room.emit()
    qtbot.waitUntil(lambda: not sessions[0].is_armed)
    qtbot.waitUntil(lambda: len(sessions) == 2 and sessions[1].is_armed)
    live.prepare.emit(None)
    qtbot.waitUntil(lambda: not sessions[1].is_armed)


class Unplugged(Script):
    """A session whose device goes away while it hears before the start."""

    def poll(self) -> list[Event]:
        raise DeviceError("The microphone went away.")


@pytest.mark.parametrize("trouble", [Script(no_start="No microphone."), Unplugged()])
def test_a_device_that_is_away_before_the_button_is_opened_when_it_is_back(
    qtbot: QtBot, live: Listener, monkeypatch: pytest.MonkeyPatch, trouble: Script
) -> None:
    monkeypatch.setattr(pre_roll_module, "_AGAIN_MS", 10)
    whole = Script()
    sessions = iter([trouble])

    live.prepare.emit(lambda: next(sessions, whole))
    qtbot.waitUntil(lambda: whole.is_armed)

    assert not trouble.is_armed
    assert live.told == []  # nobody has pressed the button


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
    engine = ScriptedEngine(microphones=[microphone("a", "A")])
    worker, listener = EngineWorker(lambda: engine, tmp_path, engine), Listener()
    worker.loaded.connect(listener.on_object)
    worker.devices_found.connect(listener.on_object)

    worker.scan()  # needs no engine
    worker.load()

    assert listener.told == [(microphone("a", "A"),), engine, (microphone("a", "A"),)]


def test_no_engine_is_a_sentence_and_can_be_tried_again(qapp: object, tmp_path: Path) -> None:
    built: list[ScriptedEngine] = []

    def factory() -> ScriptedEngine:
        if not built:
            built.append(ScriptedEngine())
            raise DeviceError("The pack is damaged.")
        return built[0]

    worker, listener = EngineWorker(factory, tmp_path, ScriptedEngine()), Listener()
    worker.loaded.connect(listener.on_object)
    worker.unavailable.connect(listener.on_sentence)

    worker.load()
    worker.load()

    assert listener.told == ["The pack is damaged.", built[0]]


def test_words_that_are_expected_before_there_is_an_engine_are_known_to_it(
    qapp: object, tmp_path: Path
) -> None:
    engine = ScriptedEngine()
    worker, listener = EngineWorker(lambda: engine, tmp_path, engine), Listener()
    worker.failed.connect(listener.on_sentence)

    worker.take_vocabulary(("Quilter",))
    worker.load()
    worker.take_vocabulary(("Leighton",))

    assert engine.expected == [("Quilter",), ("Leighton",)]
    assert listener.told == []


def test_what_the_engine_goes_on_without_is_told(qapp: object, tmp_path: Path) -> None:
    engine = ScriptedEngine(trouble="Words are shown as they were heard.")
    worker, listener = EngineWorker(lambda: engine, tmp_path, engine), Listener()
    worker.loaded.connect(listener.on_object)
    worker.failed.connect(listener.on_sentence)

    worker.load()

    assert listener.told == [engine, "Words are shown as they were heard."]
