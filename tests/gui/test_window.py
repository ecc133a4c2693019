"""The whole window on its threads, driven by keys and clicks, with a scripted engine."""

import re
import sys
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PySide6.QtCore import QMimeData, QPoint, QPointF, QSettings, Qt, QTimer, QUrl
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QGuiApplication,
)
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QLabel,
    QPushButton,
    QToolButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from asr.errors import DecodeError, PackError
from asr.live.events import GapFound, Ledger, Notice, Topic
from asr.sentences import GapCause, Message
from asr.transcript import Gap, Segment, Word
from gui.app import AppContext
from gui.phase import Phase
from gui.settings import load_settings
from gui.transcript.plain_text import file_name
from gui.widgets.drop_overlay import DropOverlay
from tests.gui.conftest import OpenContext
from tests.gui.screen import named, texts
from tests.gui.scripted import (
    CutShort,
    Progress,
    Script,
    ScriptedEngine,
    final,
    heard,
    microphone,
    segment,
)


def text(context: AppContext) -> str:
    return context.window.page.toPlainText()


def press(context: AppContext, label: str) -> None:
    [button] = [
        each
        for each in context.window.notices.findChildren(QPushButton)
        if each.text() == label and each.isVisible()
    ]
    button.click()


def test_space_starts_and_stops_and_the_last_words_arrive(
    qtbot: QtBot, context: AppContext, engine: ScriptedEngine
) -> None:
    engine.session = Script([heard("it was", "the")], last=[final("it was the best")])

    qtbot.keyClick(context.window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: text(context) == "it was the")
    assert context.controller.phase is Phase.LISTENING
    qtbot.keyClick(context.window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: context.controller.phase is Phase.READY)

    assert text(context) == "it was the best"
    assert not engine.session.is_running


@pytest.mark.parametrize("where", ["button", "page"])
def test_space_works_from_the_button_and_from_the_page(
    qtbot: QtBot, context: AppContext, where: str
) -> None:
    widget = context.window.control_bar.button if where == "button" else context.window.page

    qtbot.keyClick(widget, Qt.Key.Key_Space)

    qtbot.waitUntil(lambda: context.controller.phase is Phase.LISTENING)


def test_keys_pressed_while_the_device_opens_change_nothing(
    qtbot: QtBot, context: AppContext, engine: ScriptedEngine
) -> None:
    for _ in range(3):
        context.controller.toggle()  # the worker's answer waits in the event loop

    qtbot.waitUntil(lambda: context.controller.phase is Phase.LISTENING)
    assert len(engine.asked_device) == 1


def test_what_a_session_tells_is_on_screen(
    qtbot: QtBot, context: AppContext, engine: ScriptedEngine
) -> None:
    gap = Gap(4.0, 0.8, "the microphone was unplugged")
    engine.session = Script(
        [
            GapFound(gap),
            Ledger(15.4, 12.4, (gap,)),
            Notice(Message("The microphone was unplugged."), Topic.AWAY),
        ]
    )
    window = context.window

    context.controller.toggle()
    qtbot.waitUntil(lambda: window.notices.sentences == ["The microphone was unplugged."])

    status = window.control_bar.status.findChildren(QWidget)[0]
    assert text(context) == "0.8 s of sound missing: the microphone was unplugged"
    assert status.property("text") == (
        "Recorded 15.4 s · recognised 12.4 s · 1 gap of 0.8 s · 3.0 s behind"
    )


def test_threads_that_compute_let_the_window_come_to_its_turn(context: AppContext) -> None:
    assert context.window is not None

    assert sys.getswitchinterval() <= 0.001


def test_the_foot_of_a_small_window_ends_in_dots(context: AppContext) -> None:
    status = context.window.control_bar.status
    gaps = (Gap(4.0, 0.8, "x"), Gap(5.0, 0.8, "x"))
    context.window.resize(context.window.minimumSize())

    context.window.control_bar.show_ledger(Ledger(3700.4, 3600.4, gaps))

    left, right = (status.findChildren(QLabel)[place] for place in (0, 1))
    assert left.text().startswith("Recorded 1 h 1 min")
    assert left.text().endswith("…")
    assert left.geometry().right() < right.geometry().left()
    context.window.resize(1400, 700)
    assert left.text().endswith("1 min 40 s behind")


def test_a_microphone_that_fails_is_a_sentence_and_the_window_is_ready(
    qtbot: QtBot, context: AppContext, engine: ScriptedEngine
) -> None:
    engine.session = Script(no_start="No microphone is connected.")

    context.controller.toggle()
    qtbot.waitUntil(lambda: bool(context.window.notices.sentences))

    assert context.window.notices.sentences == ["No microphone is connected."]
    qtbot.waitUntil(lambda: context.controller.phase is Phase.READY)


def test_a_file_is_read_to_its_end(
    qtbot: QtBot, context: AppContext, engine: ScriptedEngine
) -> None:
    engine.files["речь.m4a"] = [
        Progress(1.0, 4.0),
        segment("one", 0.0),
        segment("two", 2.0),
        Progress(4.0, 4.0),
    ]

    context.controller.open_file(Path("речь.m4a"))
    assert context.window.task.isVisible()
    qtbot.waitUntil(lambda: context.controller.phase is Phase.READY)

    assert text(context) == "one\ntwo"
    assert not context.window.task.isVisible()
    assert context.model.transcript.source == "речь.m4a"
    assert context.model.transcript.seconds == 4.0


def test_a_bad_file_is_a_sentence_and_keeps_what_was_read(
    qtbot: QtBot, context: AppContext, engine: ScriptedEngine
) -> None:
    engine.files["a.mp3"] = [segment("one", 0.0), DecodeError("«a.mp3» is no audio.")]

    context.controller.open_file(Path("a.mp3"))
    qtbot.waitUntil(lambda: context.controller.phase is Phase.READY)

    assert (text(context), context.window.notices.sentences) == (
        "one",
        ["«a.mp3» is no audio."],
    )


def test_a_file_tells_what_is_missing_in_it(
    qtbot: QtBot, context: AppContext, engine: ScriptedEngine
) -> None:
    note = Message("No speech was found in «{name}».", {"name": "a.mkv"})
    engine.files["a.mkv"] = [Progress(1.0, 9.0), Gap(1.0, 5.0, GapCause.DAMAGED), note]

    context.controller.open_file(Path("a.mkv"))

    notices = context.window.notices
    qtbot.waitUntil(lambda: notices.sentences == ["No speech was found in «a.mkv»."])
    assert [gap.seconds for gap in context.model.transcript.gaps] == [5.0]


def test_escape_gives_a_file_up_and_the_page_says_where_it_ends(
    qtbot: QtBot, context: AppContext, engine: ScriptedEngine
) -> None:
    progress = [Progress(60.0 + at / 1e9, 90.0) for at in range(100_000)]
    engine.files["long.wav"] = [segment("one", 0.0), *progress]

    with qtbot.waitSignal(context.controller.progressed):
        context.controller.open_file(Path("long.wav"))
    context.window.actions_["cancel"].trigger()
    qtbot.waitUntil(lambda: context.controller.phase is Phase.READY)

    sentence = "«long.wav» was read up to 1:00; the rest is missing."
    assert context.window.notices.sentences == [sentence]
    assert text(context) == "one\n30.0 s of sound missing: reading was stopped"
    assert str(context.model.transcript.trouble) == sentence


def test_a_file_that_cannot_be_read_leaves_the_page(
    qtbot: QtBot, context: AppContext, engine: ScriptedEngine
) -> None:
    context.model.hear(final("precious"))
    engine.files["a.wav"] = [DecodeError("There is no file «a.wav».")]

    context.controller.open_file(Path("a.wav"))
    qtbot.waitUntil(lambda: context.controller.phase is Phase.READY)

    assert text(context) == "precious"
    assert context.window.notices.sentences == ["There is no file «a.wav»."]


def test_the_troubles_of_a_file_go_with_the_next(
    qtbot: QtBot, context: AppContext, engine: ScriptedEngine
) -> None:
    for name in ("a.wav", "b.wav"):
        engine.files[name] = [DecodeError(f"There is no file «{name}».")]
        context.controller.open_file(Path(name))
        qtbot.waitUntil(lambda: context.controller.phase is Phase.READY)

    assert context.window.notices.sentences == ["There is no file «b.wav»."]


def two_channels(path: Path) -> Path:
    """Write a file in whose two channels it is loud in turns."""
    loud = np.where(np.arange(64_000) // 16_000 % 2, 0.0, 0.5)
    soundfile.write(path, np.stack([loud, 0.5 - loud], axis=1), 16_000)
    return path


@pytest.mark.parametrize("n_steps", [1, 100_000], ids=["at its end", "while it is read"])
def test_a_file_with_a_voice_in_each_channel_is_heard_so_at_a_click(
    qtbot: QtBot, context: AppContext, engine: ScriptedEngine, tmp_path: Path, n_steps: int
) -> None:
    path = two_channels(tmp_path / "talk.wav")
    engine.files["talk.wav"] = [segment("both", 0.0), *[Progress(1.0, 4.0)] * n_steps]
    engine.channels["talk.wav"] = [
        segment("one", 0.0, "Speaker 1"),
        segment("two", 1.0, "Speaker 2"),
    ]
    sentence = "«talk.wav» has a voice in each of its two channels."
    context.controller.open_file(path)
    qtbot.waitUntil(lambda: text(context) == "both")
    if n_steps == 1:
        qtbot.waitUntil(lambda: context.controller.phase is Phase.READY)
    assert sentence in context.window.notices.sentences

    press(context, "Hear two speakers")
    qtbot.waitUntil(lambda: text(context) == "one\ntwo")
    qtbot.waitUntil(lambda: context.controller.phase is Phase.READY)

    spoken = context.model.transcript.segments
    assert [one.speaker for one in spoken] == ["Speaker 1", "Speaker 2"]
    people = context.model.transcript.speakers
    assert [one.id for one in people] == ["Speaker 1", "Speaker 2"]
    assert sentence not in context.window.notices.sentences


def test_a_file_waits_for_the_microphone(qtbot: QtBot, context: AppContext) -> None:
    context.controller.toggle()
    qtbot.waitUntil(lambda: context.controller.phase is Phase.LISTENING)

    context.controller.open_file(Path("a.wav"))

    assert context.window.notices.sentences == ["Stop listening before you open «a.wav»."]
    assert context.controller.phase is Phase.LISTENING


def test_the_page_before_a_file_can_be_brought_back(
    qtbot: QtBot, context: AppContext, engine: ScriptedEngine
) -> None:
    context.model.hear(final("precious"))
    engine.files["a.wav"] = [segment("one", 0.0)]

    context.controller.open_file(Path("a.wav"))
    qtbot.waitUntil(lambda: context.controller.phase is Phase.READY)
    assert text(context) == "one"
    press(context, "Bring it back")

    assert text(context) == "precious"


def drop(
    window: QWidget, *paths: Path, action: Qt.DropAction = Qt.DropAction.CopyAction
) -> QDropEvent:
    dragged = QMimeData()
    dragged.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    how = (action, dragged, Qt.MouseButton.LeftButton)
    enter = QDragEnterEvent(QPoint(9, 9), *how, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(window, enter)
    event = QDropEvent(QPointF(9, 9), *how, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(window, event)
    return event


def test_the_offer_of_the_page_before_is_not_made_in_the_library(
    qtbot: QtBot, context: AppContext
) -> None:
    context.model.begin("Microphone")
    context.model.hear(final("one"))
    context.window.actions_["new_page"].trigger()
    assert context.window.notices.sentences == ["The page before was put aside."]

    context.window.actions_["show_library"].trigger()

    assert context.window.notices.sentences == []


def test_a_dropped_file_is_read(
    qtbot: QtBot, context: AppContext, engine: ScriptedEngine, tmp_path: Path
) -> None:
    engine.files["a.wav"] = [segment("dropped", 0.0)]

    drop(context.window, tmp_path / "a.wav")

    qtbot.waitUntil(lambda: text(context) == "dropped")


def test_files_wait_for_one_another_and_each_is_kept(
    qtbot: QtBot, context: AppContext, engine: ScriptedEngine, tmp_path: Path
) -> None:
    paths = [tmp_path / f"{name}.wav" for name in ("a", "b", "c", "d")]
    for path in paths:
        path.touch()
        engine.files[path.name] = [segment(f"in {path.stem}", 0.0), Progress(1.0, 1.0)]
    engine.files["b.wav"] = [DecodeError("«b.wav» holds no sound.")]
    shown: list[str] = []
    context.controller.reading.connect(shown.append)

    drop(context.window, *paths[:3])
    assert "then 2 more" in texts(context.window.task)
    drop(context.window, paths[3])
    assert "then 3 more" in texts(context.window.task)
    qtbot.waitUntil(lambda: text(context) == "in d")
    rows = context.window.library.model
    qtbot.waitUntil(lambda: rows.rowCount() == 3)

    assert shown == ["a.wav", "b.wav", "c.wav", "d.wav"]
    assert context.window.notices.sentences == ["«b.wav» holds no sound."]


def test_a_file_of_two_voices_waits_for_the_one_that_is_read(
    qtbot: QtBot, context: AppContext, engine: ScriptedEngine, tmp_path: Path
) -> None:
    talk, other = two_channels(tmp_path / "talk.wav"), tmp_path / "other.wav"
    other.touch()
    engine.files["talk.wav"] = [segment("both", 0.0)]
    engine.channels["talk.wav"] = [segment("one", 0.0, "Speaker 1")]
    engine.files["other.wav"] = [segment("other", 0.0), *[Progress(1.0, 1.0)] * 100_000]
    drop(context.window, talk, other)
    qtbot.waitUntil(lambda: text(context) == "other")

    press(context, "Hear two speakers")
    assert "then 1 more" in texts(context.window.task)
    context.controller.cancel_file()

    qtbot.waitUntil(lambda: text(context) == "one")


def test_where_nothing_is_kept_no_file_waits(
    qtbot: QtBot, context: AppContext, engine: ScriptedEngine, tmp_path: Path
) -> None:
    engine.files["a.wav"] = [segment("alone", 0.0)]
    context.window.library.foot.history.trigger()

    drop(context.window, tmp_path / "a.wav", tmp_path / "b.wav")
    qtbot.waitUntil(lambda: text(context) == "alone")
    qtbot.waitUntil(lambda: context.controller.phase is Phase.READY)

    [sentence] = context.window.notices.sentences
    assert sentence.startswith("Only «a.wav» was opened")


@pytest.mark.parametrize("also", [Qt.DropAction.IgnoreAction, Qt.DropAction.CopyAction])
def test_a_dropped_file_is_never_moved(
    context: AppContext, engine: ScriptedEngine, tmp_path: Path, also: Qt.DropAction
) -> None:
    engine.files["a.wav"] = [segment("dropped", 0.0)]

    event = drop(context.window, tmp_path / "a.wav", action=Qt.DropAction.MoveAction | also)

    assert event.isAccepted() == (also == Qt.DropAction.CopyAction)
    assert not event.isAccepted() or event.dropAction() == Qt.DropAction.CopyAction


def test_a_drag_whose_program_ends_leaves_no_veil(
    qtbot: QtBot, context: AppContext, tmp_path: Path
) -> None:
    overlay = context.window.findChild(DropOverlay)
    assert overlay is not None
    (patience,) = overlay.findChildren(QTimer)
    patience.setInterval(1)
    dragged = QMimeData()
    dragged.setUrls([QUrl.fromLocalFile(str(tmp_path / "a.wav"))])
    how = (Qt.DropAction.CopyAction, dragged, Qt.MouseButton.LeftButton)

    for kind in (QDragEnterEvent, QDragMoveEvent):
        QApplication.sendEvent(
            context.window, kind(QPoint(9, 9), *how, Qt.KeyboardModifier.NoModifier)
        )
        assert overlay.isVisible()
        qtbot.waitUntil(lambda: not overlay.isVisible())
    QApplication.sendEvent(context.window, QDragLeaveEvent())  # Qt remembers where a drag is


def test_text_dropped_on_the_window_is_no_file(context: AppContext) -> None:
    assert not drop(context.window).isAccepted()


def test_devices_are_searched_when_the_list_opens_and_the_choice_is_kept(
    qtbot: QtBot, context: AppContext, engine: ScriptedEngine, store: QSettings
) -> None:
    picker, before = context.window.control_bar.picker, engine.scans
    engine.microphones = [
        microphone("usb", "R&D Yeti"),
        microphone("in", "Built-in", is_default=True),
    ]

    picker.menu().aboutToShow.emit()
    qtbot.waitUntil(lambda: len(picker.menu().actions()) == 6)
    picker.menu().actions()[2].trigger()
    context.controller.toggle()
    qtbot.waitUntil(lambda: context.controller.phase is Phase.LISTENING)

    assert engine.scans == before + 1
    assert engine.asked_device == ["usb"]
    assert load_settings(store).device == "usb"
    assert "Built-in" in picker.menu().actions()[0].text()


def test_space_listens_after_a_microphone_was_chosen(
    qtbot: QtBot, context: AppContext, engine: ScriptedEngine
) -> None:
    engine.microphones = [microphone("usb", "Yeti"), microphone("in", "Built-in")]
    picker = context.window.control_bar.picker
    picker.menu().aboutToShow.emit()
    qtbot.waitUntil(lambda: len(picker.menu().actions()) == 6)
    picker.setFocus()

    picker.menu().actions()[2].trigger()
    qtbot.keyClick(context.window.focusWidget(), Qt.Key.Key_Space)

    qtbot.waitUntil(lambda: context.controller.phase is Phase.LISTENING)


def test_the_window_opens_within_the_screen(context: AppContext) -> None:
    room = context.window.screen().availableGeometry()  # 800 x 800, and the usual width is 960

    assert room.width() < 960
    assert context.window.width() < room.width()
    assert context.window.height() < room.height()


@pytest.mark.qt_log_ignore("This plugin does not support")  # the offscreen one
@pytest.mark.parametrize("name", ["more", "picker"])
def test_menus_open_within_the_window(qtbot: QtBot, context: AppContext, name: str) -> None:
    window = context.window
    button = (
        named(window.header, QToolButton, "More")
        if name == "more"
        else window.control_bar.picker
    )
    window.setGeometry(100, 100, 600, 500)
    menu = button.menu()

    menu.popup(button.mapToGlobal(button.rect().bottomLeft()))
    assert window.geometry().contains(menu.geometry())
    for each in ("Yeti", "Built-in"):  # found while the menu is open
        menu.addAction(each)
    qtbot.waitUntil(lambda: menu.height() >= menu.sizeHint().height())

    assert window.geometry().contains(menu.geometry())
    menu.close()


def test_a_session_is_saved_under_its_date_and_a_file_under_its_name(
    qtbot: QtBot, context: AppContext, engine: ScriptedEngine
) -> None:
    engine.session = Script(last=[final("one")])
    for wanted in (Phase.LISTENING, Phase.READY):
        context.controller.toggle()
        qtbot.waitUntil(lambda wanted=wanted: context.controller.phase is wanted)

    session = file_name(context.model.transcript)
    engine.files["talk.mp3"] = [segment("two", 0.0)]
    context.controller.open_file(Path("talk.mp3"))
    qtbot.waitUntil(lambda: text(context) == "two")

    assert re.fullmatch(r"Microphone \d{4}-\d\d-\d\d \d\d\.\d\d", session)
    assert file_name(context.model.transcript) == "talk"


def test_a_chosen_device_that_is_away_stays_chosen(
    open_context: OpenContext, engine: ScriptedEngine, store: QSettings, qtbot: QtBot
) -> None:
    store.setValue("device", "Blue Yeti")

    context = open_context(lambda: engine)
    qtbot.waitUntil(lambda: engine.scans == 1)

    labels = [action.text() for action in context.window.control_bar.picker.menu().actions()]
    assert "Blue Yeti (not connected)" in labels


def test_the_window_is_up_before_the_engine_and_says_why_there_is_none(
    open_context: OpenContext, engine: ScriptedEngine, qtbot: QtBot
) -> None:
    broken = [True]

    def factory() -> ScriptedEngine:
        if broken:
            raise PackError("The pack is damaged: install it again.")
        return engine

    context = open_context(factory)
    assert context.window.isVisible()
    assert context.controller.phase is Phase.LOADING
    qtbot.waitUntil(lambda: context.controller.phase is Phase.UNAVAILABLE)
    assert context.window.notices.sentences == ["The pack is damaged: install it again."]

    broken.clear()
    press(context, "Try again")
    qtbot.waitUntil(lambda: context.controller.phase is Phase.READY)


def test_a_session_that_was_cut_short_is_offered_and_recovered(
    open_context: OpenContext, engine: ScriptedEngine, qtbot: QtBot
) -> None:
    engine.cut_short = [CutShort(datetime(2026, 11, 23, 19, 4), 754.0)]

    context = open_context(lambda: engine)
    qtbot.waitUntil(lambda: bool(context.window.notices.sentences))
    assert "12 min 34 s of it are safe" in context.window.notices.sentences[0]
    press(context, "Recover")
    qtbot.waitUntil(lambda: text(context) == "what was safe")

    assert context.window.notices.sentences == []


def test_a_session_that_nobody_wants_is_not_offered_again(
    open_context: OpenContext, engine: ScriptedEngine, qtbot: QtBot
) -> None:
    engine.cut_short = [CutShort(datetime(2026, 11, 23, 19, 4), 5.0)]

    context = open_context(lambda: engine)
    qtbot.waitUntil(lambda: bool(context.window.notices.sentences))
    press(context, "Do not offer again")

    qtbot.waitUntil(lambda: engine.dismissed == engine.cut_short)


def test_copy_takes_the_selection_or_else_everything(context: AppContext) -> None:
    context.model.hear(final("one two"))
    context.model.hear(final("three", start=2.0))
    clipboard = QGuiApplication.clipboard()

    context.window.actions_["copy"].trigger()
    assert clipboard.text() == "one two\n\nthree"
    cursor = context.window.page.textCursor()
    cursor.setPosition(0)
    cursor.select(cursor.SelectionType.WordUnderCursor)
    context.window.page.setTextCursor(cursor)
    context.window.actions_["copy"].trigger()

    assert clipboard.text() == "one"


def test_saving_writes_the_text_or_says_why_not(context: AppContext, tmp_path: Path) -> None:
    context.model.hear(final("one two"))

    for kind in ("txt", "srt", "vtt", "json"):
        context.window.outputs.save(tmp_path / f"a.{kind}")
    context.window.outputs.save(tmp_path / "nowhere" / "b.txt")

    assert (tmp_path / "a.txt").read_text(encoding="utf-8") == "one two\n"
    assert {path.suffix for path in tmp_path.glob("a.*")} == {".txt", ".srt", ".vtt", ".json"}
    [sentence] = context.window.notices.sentences
    assert "b.txt cannot be written" in sentence


def test_text_size_and_place_are_remembered(context: AppContext, store: QSettings) -> None:
    usual = load_settings(store).font_points

    context.window.actions_["larger"].trigger()
    context.window.close()

    assert load_settings(store).font_points == usual + 1
    assert load_settings(store).geometry
    assert context.window.page.document().defaultFont().pointSize() == usual + 1


def test_every_control_has_a_name_for_screen_readers(context: AppContext) -> None:
    controls = [
        each
        for kind in (QAbstractButton, QComboBox)
        for each in context.window.findChildren(kind)
        if not each.objectName().startswith("qt_")
    ]

    nameless = [each for each in controls if not (each.accessibleName() or each.text())]

    assert len(controls) > 6
    assert nameless == []


def test_closing_while_listening_frees_the_microphone(
    qtbot: QtBot, context: AppContext, engine: ScriptedEngine
) -> None:
    context.controller.toggle()
    qtbot.waitUntil(lambda: engine.session.is_running)

    context.window.close()
    context.close()

    assert not engine.session.is_running


def test_a_long_title_is_elided_and_whole_where_there_is_room(context: AppContext) -> None:
    name = "The whole of a very long interview, second half, with questions.flac"
    context.model.begin(name)
    context.model.hear(final("one"))

    context.window.resize(560, 480)
    assert any(text.endswith("…") for text in texts(context.window.header))
    context.window.resize(1400, 700)

    assert name in texts(context.window.header)


def test_words_can_be_shown_as_they_were_heard(
    context: AppContext, engine: ScriptedEngine, store: QSettings, qtbot: QtBot
) -> None:
    words = (Word("we", 0.0, 1.0, display="We"), Word("went", 1.0, 2.0, display="went."))
    engine.files["talk.wav"] = [Segment(words, 0.0, 2.0)]
    context.controller.open_file(Path("talk.wav"))
    qtbot.waitUntil(lambda: text(context) == "We went.")

    context.window.actions_.as_heard.trigger()

    assert text(context) == "we went"
    assert load_settings(store).as_heard
    context.window.actions_["copy"].trigger()
    assert QGuiApplication.clipboard().text() == "we went"

    context.window.actions_.as_heard.trigger()
    assert text(context) == "We went."
    assert not load_settings(store).as_heard
