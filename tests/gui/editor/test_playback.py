"""Keys, clicks and marks: what is heard of an entry, from a loudspeaker that a test plays."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from asr.transcript import Segment, Word
from gui import app
from gui.app import AppContext
from gui.editor.placed_words import Place
from gui.editor.view import EditorView
from gui.pages import Page
from gui.phase import Phase
from gui.workers.open_entry import Spot
from gui.workers.player_worker import TICK_MS
from tests.gui.conftest import OpenContext
from tests.gui.screen import is_playing, texts
from tests.gui.scripted import Progress, ScriptedEngine, segment

ALT = Qt.KeyboardModifier.AltModifier
DOUBTFUL = Word("wurst.", 12.0, 12.4, 0.1)
SENTENCES = Segment(
    (
        Word("One", 10.0, 10.4, display="One"),
        Word("two.", 10.5, 11.0),
        Word("The", 11.5, 11.8),
        DOUBTFUL,
        Word("Three.", 12.5, 13.0),
        *(Word("more", 14.0 + n, 14.5 + n, 0.99) for n in range(30)),
    ),
    10.0,
    44.0,
)


class Scripted:
    """A Loudspeaker that keeps what it was told, and is where the test says."""

    def __init__(self) -> None:
        self.told: list[object] = []
        self.trouble = ""
        self.speed = 1.0
        self.seconds = 60.0
        self.position = 0.0
        self.is_playing = False

    def load(self, paths: Sequence[Path]) -> None:
        self.told.append([path.name for path in paths])

    def unload(self) -> None:
        self.is_playing = False

    def play(
        self, start: float | None = None, end: float | None = None, *, loop: bool = False
    ) -> None:
        self.told.append((start, end, loop))
        self.is_playing = True

    def pause(self) -> None:
        self.told.append("pause")
        self.is_playing = False

    def seek(self, seconds: float) -> None:
        self.told.append(seconds)
        self.position = seconds

    def close(self) -> None:
        self.told.append("closed")


@pytest.fixture
def speaker(monkeypatch: pytest.MonkeyPatch) -> Scripted:
    speaker = Scripted()
    monkeypatch.setattr(app, "_open_player", lambda: speaker)
    return speaker


@pytest.fixture
def editing(
    qtbot: QtBot,
    speaker: Scripted,
    open_context: OpenContext,
    engine: ScriptedEngine,
    tmp_path: Path,
) -> AppContext:
    """Return a window with an entry in the editor."""
    context = open_context(lambda: engine)
    qtbot.waitUntil(lambda: context.controller.phase is Phase.READY)
    (tmp_path / "a.wav").touch()
    engine.files["a.wav"] = [segment("it was", 1.0), SENTENCES, Progress(60.0, 60.0)]
    context.controller.open_file(tmp_path / "a.wav")
    qtbot.waitUntil(lambda: context.window.actions_["edit"].isEnabled())
    context.window.actions_["edit"].trigger()
    qtbot.waitUntil(lambda: speaker.told == [["a.wav"]])
    speaker.told.clear()
    return context


def put_caret(context: AppContext, text: str) -> None:
    view = context.window.editor.view
    cursor = view.textCursor()
    cursor.setPosition(view.toPlainText().index(text))
    view.setTextCursor(cursor)


def place_of(context: AppContext, text: str) -> Place:
    view = context.window.editor.view
    found = view.edited.place_at(view.toPlainText().index(text))
    assert found is not None
    return found


def heard_word(view: EditorView) -> str:
    [mark] = view.extraSelections()  # and the cursor lives no longer than it
    return mark.cursor.selectedText()


def rounded(told: list[object]) -> list[object]:
    return [
        tuple(round(one, 2) if isinstance(one, float) else one for one in each)
        if isinstance(each, tuple)
        else each
        for each in told
    ]


def press(
    qtbot: QtBot,
    context: AppContext,
    key: Qt.Key,
    modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
) -> None:
    qtbot.keyClick(context.window.editor.view, key, modifier)


def test_keys_play_pause_and_skip(qtbot: QtBot, editing: AppContext, speaker: Scripted) -> None:
    put_caret(editing, "wurst")

    press(qtbot, editing, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: speaker.told == [(None, None, False)])
    press(qtbot, editing, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: speaker.told[1:] == ["pause"])
    speaker.position = 20.0
    press(qtbot, editing, Qt.Key.Key_J, ALT)
    press(qtbot, editing, Qt.Key.Key_L, ALT)
    press(qtbot, editing, Qt.Key.Key_K, ALT)

    qtbot.waitUntil(lambda: len(speaker.told) == 5)
    assert rounded(speaker.told[2:]) == [17.0, 20.0, (11.94, None, False)]
    assert "wurst" in editing.window.editor.view.toPlainText()  # no key wrote or deleted


def test_the_sentence_at_the_caret_is_repeated_until_the_key_comes_again(
    qtbot: QtBot, editing: AppContext, speaker: Scripted
) -> None:
    put_caret(editing, "wurst")

    press(qtbot, editing, Qt.Key.Key_F5)
    qtbot.waitUntil(lambda: len(speaker.told) == 1)
    assert rounded(speaker.told) == [(11.44, 12.52, True)]
    qtbot.waitUntil(lambda: is_playing(editing))
    press(qtbot, editing, Qt.Key.Key_F5)

    qtbot.waitUntil(lambda: speaker.told[1:] == ["pause"])


def test_a_key_goes_to_the_doubtful_word_and_plays_it(
    qtbot: QtBot, editing: AppContext, speaker: Scripted
) -> None:
    press(qtbot, editing, Qt.Key.Key_F8)

    qtbot.waitUntil(lambda: len(speaker.told) == 1)
    assert rounded(speaker.told) == [(11.94, 12.52, False)]
    assert editing.window.editor.view.textCursor().selectedText() == "wurst."


def test_speed_goes_in_steps_and_is_shown(
    qtbot: QtBot, editing: AppContext, speaker: Scripted
) -> None:
    press(qtbot, editing, Qt.Key.Key_Equal, ALT)
    qtbot.waitUntil(lambda: speaker.speed == 1.25)
    for _ in range(9):
        press(qtbot, editing, Qt.Key.Key_Minus, ALT)

    qtbot.waitUntil(lambda: speaker.speed == 0.5)
    assert editing.window.editor.bar.speed.text() == "0.5×"


def test_a_clicked_word_is_heard_alone_and_while_playing_from_there_on(
    qtbot: QtBot, editing: AppContext, speaker: Scripted
) -> None:
    view = editing.window.editor.view

    view.word_clicked.emit(place_of(editing, "two"))
    qtbot.waitUntil(lambda: is_playing(editing))
    view.word_clicked.emit(place_of(editing, "wurst"))
    press(qtbot, editing, Qt.Key.Key_K, ALT)
    qtbot.waitUntil(lambda: len(speaker.told) == 3)
    view.word_clicked.emit(place_of(editing, "wurst"))

    qtbot.waitUntil(lambda: len(speaker.told) == 4)
    alone = [(10.44, 11.12, False), (11.94, 12.52, False)]
    assert rounded(speaker.told)[:2] == alone
    assert rounded(speaker.told)[3] == (11.94, None, False)


def test_no_neighbour_of_a_word_that_is_heard_alone_is_marked(
    qtbot: QtBot, editing: AppContext, speaker: Scripted
) -> None:
    view = editing.window.editor.view
    speaker.position = 11.94
    view.word_clicked.emit(place_of(editing, "wurst"))
    qtbot.waitUntil(lambda: len(view.extraSelections()) == 1)

    marked = {heard_word(view)}
    for speaker.position in (12.1, 12.51):
        qtbot.wait(3 * TICK_MS)
        marked.add(heard_word(view))

    assert marked == {"wurst."}


def test_a_key_goes_to_the_next_doubt_while_one_is_heard(
    qtbot: QtBot, editing: AppContext, speaker: Scripted
) -> None:
    press(qtbot, editing, Qt.Key.Key_F8)
    qtbot.waitUntil(lambda: is_playing(editing))
    press(qtbot, editing, Qt.Key.Key_F8)

    qtbot.waitUntil(lambda: len(speaker.told) == 2)
    assert all(end is not None for _, end, _ in speaker.told)  # type: ignore[misc]


def test_the_word_that_is_heard_is_marked_and_typing_goes_on_beside_it(
    qtbot: QtBot, editing: AppContext, speaker: Scripted
) -> None:
    view = editing.window.editor.view
    press(qtbot, editing, Qt.Key.Key_Escape)
    speaker.position = 11.6
    qtbot.waitUntil(lambda: len(view.extraSelections()) == 1)
    put_caret(editing, "was")

    qtbot.keyClicks(view, "so ")
    speaker.position = 12.1
    qtbot.waitUntil(lambda: heard_word(view) == "wurst.")

    assert view.toPlainText().startswith("it so was")
    assert view.textCursor().position() == len("it so ")
    assert speaker.is_playing
    speaker.is_playing = False
    qtbot.waitUntil(lambda: not view.extraSelections())


def test_the_slider_leads_to_a_place(
    qtbot: QtBot, editing: AppContext, speaker: Scripted
) -> None:
    bar = editing.window.editor.bar
    press(qtbot, editing, Qt.Key.Key_J, ALT)
    qtbot.waitUntil(lambda: bar.slider.maximum() == 600 and 0.0 in speaker.told)
    speaker.told.clear()

    bar.slider.setValue(300)

    qtbot.waitUntil(lambda: speaker.told == [30.0])
    assert "0:30" in texts(bar)


def test_a_search_hit_is_played(qtbot: QtBot, editing: AppContext, speaker: Scripted) -> None:
    entry = editing.window.editor.entry
    assert entry is not None

    editing.window.library.open_wanted.emit(entry.id, Spot(1, 2))

    qtbot.waitUntil(lambda: any(isinstance(one, tuple) for one in speaker.told))
    assert rounded([one for one in speaker.told if isinstance(one, tuple)]) == [
        (11.44, 43.62, False)
    ]


@pytest.mark.qt_log_ignore("This plugin does not support")  # the offscreen one
def test_a_file_that_was_moved_is_said_and_can_be_found_again(
    qtbot: QtBot, editing: AppContext, speaker: Scripted, tmp_path: Path
) -> None:
    window = editing.window
    entry = window.editor.entry
    assert entry is not None
    (tmp_path / "a.wav").rename(tmp_path / "b.wav")

    window.library.open_wanted.emit(entry.id, None)
    qtbot.waitUntil(lambda: window.editor.bar.finder.isVisible())
    assert any("was moved or deleted" in text for text in texts(window.editor.bar))
    assert not window.actions_["play"].isEnabled()
    window.editor.bar.finder.click()
    dialog = window.findChild(QFileDialog)
    assert dialog is not None
    dialog.fileSelected.emit(str(tmp_path / "b.wav"))
    dialog.reject()

    qtbot.waitUntil(lambda: ["b.wav"] in speaker.told)
    assert window.actions_["play"].isEnabled()


def test_esc_belongs_to_the_sound_only_in_the_editor(editing: AppContext) -> None:
    actions = editing.window.actions_
    actions.show_phase(Phase.READING)
    assert not actions["cancel"].isEnabled()

    editing.window.show_page(Page.LISTEN)

    assert actions["cancel"].isEnabled()
    assert not actions["play"].isEnabled()


def test_trouble_with_the_loudspeaker_is_told_once(
    qtbot: QtBot, editing: AppContext, speaker: Scripted
) -> None:
    press(qtbot, editing, Qt.Key.Key_Escape)

    speaker.trouble = "The loudspeaker went away."

    qtbot.waitUntil(lambda: editing.window.notices.sentences == ["The loudspeaker went away."])
