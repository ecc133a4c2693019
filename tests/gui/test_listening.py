"""How the window listens: pauses, two speakers, the second before the button, and the end."""

from pathlib import Path
from threading import Event

import pytest
from PySide6.QtCore import QSettings
from pytestqt.qtbot import QtBot

from asr.live import events
from asr.live.events import Ledger
from gui.app import AppContext
from gui.phase import Phase
from gui.settings import load_settings
from gui.workers import live_worker as live_worker_module
from tests.gui.conftest import OpenContext
from tests.gui.screen import state
from tests.gui.scripted import Progress, Script, ScriptedEngine, microphone


def test_how_the_next_session_listens_is_chosen_and_kept(
    qtbot: QtBot, context: AppContext, engine: ScriptedEngine, store: QSettings
) -> None:
    long = context.window.actions_.pauses.actions()[2]
    engine.microphones = [microphone("speakers", "Monitor of Speakers", is_monitor=True)]
    context.window.control_bar.picker.menu().aboutToShow.emit()
    qtbot.waitUntil(lambda: len(context.window.control_bar.picker.menu().actions()) == 5)

    context.controller.toggle()
    qtbot.waitUntil(lambda: context.controller.phase is Phase.LISTENING)
    long.trigger()
    context.window.control_bar.picker.system.trigger()
    context.controller.toggle()
    qtbot.waitUntil(lambda: context.controller.phase is Phase.READY)
    engine.session = Script()
    context.controller.toggle()
    qtbot.waitUntil(lambda: context.controller.phase is Phase.LISTENING)

    assert engine.asked_pause == ["normal", "long"]
    assert engine.asked_system == [False, True]
    assert (load_settings(store).pause, load_settings(store).with_system) == ("long", True)
    assert context.window.control_bar.picker.text().strip() == "System default + computer"


def test_system_sound_that_cannot_be_heard_is_said_and_can_be_switched_off(
    open_context: OpenContext, engine: ScriptedEngine, store: QSettings, qtbot: QtBot
) -> None:
    store.setValue("with_system", True)
    engine.microphones = [microphone("usb", "Yeti")]

    context = open_context(lambda: engine)
    system = context.window.control_bar.picker.system
    qtbot.waitUntil(lambda: "cannot be heard here" in system.text())

    assert system.isEnabled()
    assert "Install a loopback device" in system.toolTip()
    system.trigger()
    context.window.control_bar.picker.menu().aboutToShow.emit()
    qtbot.waitUntil(lambda: not system.isEnabled())
    assert not load_settings(store).with_system


def test_the_second_before_the_button_is_kept_only_if_wished_for(
    qtbot: QtBot, context: AppContext, engine: ScriptedEngine, store: QSettings
) -> None:
    assert not engine.session.is_armed
    context.window.actions_.pre_roll.trigger()
    qtbot.waitUntil(lambda: engine.session.is_armed)
    ready = "Ready · the microphone is open, its last second is kept"
    qtbot.waitUntil(lambda: state(context) == ready)
    [sentence] = context.window.notices.sentences
    assert "stays open between recordings" in sentence

    context.controller.toggle()
    qtbot.waitUntil(lambda: context.controller.phase is Phase.LISTENING)
    assert len(engine.asked_device) == 1  # what heard already is what started

    heard_before, engine.session = engine.session, Script()
    context.controller.toggle()
    qtbot.waitUntil(lambda: engine.session.is_armed)
    assert heard_before.is_finished
    context.window.actions_.pre_roll.trigger()
    qtbot.waitUntil(lambda: not engine.session.is_armed)
    qtbot.waitUntil(lambda: state(context) == "Ready")
    assert not load_settings(store).pre_roll


def test_the_microphone_is_closed_while_a_file_is_read(
    qtbot: QtBot, open_context: OpenContext, engine: ScriptedEngine, store: QSettings
) -> None:
    store.setValue("pre_roll", True)
    engine.files["long.wav"] = [Progress(float(at), 1e6) for at in range(100_000)]
    context = open_context(lambda: engine)
    qtbot.waitUntil(lambda: engine.session.is_armed)

    context.controller.open_file(Path("long.wav"))
    qtbot.waitUntil(lambda: not engine.session.is_armed)
    context.controller.cancel_file()

    qtbot.waitUntil(lambda: engine.session.is_armed)


def test_the_end_says_how_much_is_left_to_recognise(
    qtbot: QtBot, context: AppContext, engine: ScriptedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_worker_module, "LAST_WORDS_S", 0.05)
    engine.session = Lagging()
    context.controller.toggle()
    qtbot.waitUntil(lambda: context.controller.phase is Phase.LISTENING)

    context.controller.toggle()

    qtbot.waitUntil(lambda: state(context) == "Finishing · 1 min 20 s left to recognise")
    assert context.controller.phase is Phase.STOPPING
    context.window.close()
    context.close()
    assert engine.session.is_put_aside


def test_the_microphone_is_closed_at_the_press_however_long_the_last_step_takes(
    qtbot: QtBot, context: AppContext, engine: ScriptedEngine
) -> None:
    step = Busy()
    engine.session = step
    context.controller.toggle()
    qtbot.waitUntil(step.is_computing.is_set)

    context.controller.toggle()
    was_listening = step.is_running  # as far as its own thread has come

    assert was_listening
    assert step.is_hushed
    step.is_done.set()
    qtbot.waitUntil(lambda: context.controller.phase is Phase.READY)


def test_the_end_says_that_the_recording_is_being_saved(
    qtbot: QtBot, context: AppContext, engine: ScriptedEngine
) -> None:
    engine.session = Script()
    context.controller.toggle()
    qtbot.waitUntil(lambda: context.controller.phase is Phase.LISTENING)
    control_bar = context.window.control_bar
    control_bar.show_phase(Phase.STOPPING)

    texts = []
    for lag in (75.0, 0.4, 0.0):
        control_bar.show_ledger(Ledger(100.0, 100.0 - lag))
        texts.append(state(context))

    assert texts == [
        "Finishing · 1 min 15 s left to recognise",
        "Finishing the last words…",
        "Saving the recording…",
    ]


def test_the_level_rests_when_nothing_is_heard_any_more(context: AppContext) -> None:
    control_bar = context.window.control_bar
    at_rest = control_bar.meter.grab().toImage()
    control_bar.show_phase(Phase.LISTENING)
    control_bar.show_level(0.7, False)
    assert control_bar.meter.grab().toImage() != at_rest

    control_bar.show_phase(Phase.STOPPING)
    control_bar.show_level(0.7, False)  # of the last tick, which was on its way

    assert control_bar.meter.grab().toImage() == at_rest


class Busy(Script):
    """A session whose step takes as long as a test wants."""

    def __init__(self) -> None:
        super().__init__()
        self.is_computing, self.is_done = Event(), Event()

    def poll(self) -> list[events.Event]:
        self.is_computing.set()
        self.is_done.wait(10)
        return super().poll()


class Lagging(Script):
    """A session that never catches up."""

    def poll(self) -> list[events.Event]:
        Event().wait(0.02)  # as long as some sound takes
        return [Ledger(100.0, 20.0)]
