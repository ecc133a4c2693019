"""The user's own words: kept in a text file, told to the engine, changed in a dialog."""

from pathlib import Path

import pytest
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from gui.app import AppContext
from gui.editor.menus import WordMenu
from gui.pages import Page
from gui.phase import Phase
from gui.widgets.vocabulary_dialog import VocabularyDialog
from tests.gui.conftest import OpenContext
from tests.gui.scripted import Progress, ScriptedEngine, segment

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "vocabulary.txt"


def dialog(context: AppContext) -> VocabularyDialog:
    context.window.actions_["vocabulary"].trigger()
    found = context.window.findChild(VocabularyDialog)
    assert found is not None
    return found


def test_what_is_written_is_kept_and_listened_for_at_once_and_after_a_restart(
    qtbot: QtBot,
    context: AppContext,
    engine: ScriptedEngine,
    open_context: OpenContext,
    file: Path,
) -> None:
    asked = dialog(context)
    asked.words.setPlainText("Quilter\n\nSir Frederick Leighton\t6")
    asked.accept()

    lines = ("Quilter", "Sir Frederick Leighton\t6")
    assert file.read_text() == "Quilter\nSir Frederick Leighton\t6\n"
    qtbot.waitUntil(lambda: engine.expected[-1:] == [lines])
    engine.expected.clear()
    again = open_context(lambda: engine)
    qtbot.waitUntil(lambda: again.controller.phase is Phase.READY)
    assert engine.expected == [lines]
    assert dialog(again).words.toPlainText() == "Quilter\nSir Frederick Leighton\t6"


def test_a_line_that_cannot_be_used_is_told_before_it_is_kept(context: AppContext) -> None:
    asked = dialog(context)

    asked.words.setPlainText("Quilter\tmuch")
    assert "must be from 0 to 30" in asked.note.text()
    assert not asked._keep.isEnabled()
    asked.words.setPlainText("Quilter\n北京")

    assert "«北京»" in asked.note.text()
    assert asked._keep.isEnabled()


def test_a_file_that_cannot_be_read_is_told_and_never_written_over(
    qtbot: QtBot, open_context: OpenContext, engine: ScriptedEngine, file: Path
) -> None:
    file.write_bytes(b"Q\0u\0i\0")

    context = open_context(lambda: engine)
    qtbot.waitUntil(lambda: context.controller.phase is Phase.READY)
    context.vocabulary.add("Quilter")

    assert any("save it as UTF-8" in one for one in context.window.notices.sentences)
    assert file.read_bytes() == b"Q\0u\0i\0"


def test_words_that_another_window_added_stay(context: AppContext, file: Path) -> None:
    context.vocabulary.add("Quilter")
    file.write_text("Quilter\nLeighton\n")

    context.vocabulary.add("Ithaca")

    assert file.read_text() == "Quilter\nLeighton\nIthaca\n"


def test_the_menu_offers_words_that_are_selected_and_takes_out_what_is_in(
    qtbot: QtBot, context: AppContext, engine: ScriptedEngine, tmp_path: Path
) -> None:
    (tmp_path / "a.wav").touch()
    engine.files["a.wav"] = [segment("by Sir Frederick Leighton, yes", 0.0), Progress(2.0, 2.0)]
    context.controller.open_file(tmp_path / "a.wav")
    qtbot.waitUntil(lambda: context.window.library.model.rowCount() == 1)
    context.window.actions_["edit"].trigger()
    qtbot.waitUntil(lambda: context.window._shown is Page.EDITOR)
    page = context.window.editor
    cursor = page.view.textCursor()
    cursor.setPosition(3)
    cursor.setPosition(len("by Sir Frederick Leighton,"), cursor.MoveMode.KeepAnchor)
    page.view.setTextCursor(cursor)
    leighton = page.view.edited.place_of_word(0, 3)
    yes = page.view.edited.place_of_word(0, 4)
    assert leighton is not None
    assert yes is not None

    context.vocabulary.add("yes")

    assert "Add “Sir Frederick Leighton” to the vocabulary" in labels(
        WordMenu(page.view, leighton, page.vocabulary)
    )
    assert "Take “yes” out of the vocabulary" in labels(
        WordMenu(page.view, yes, page.vocabulary)
    )


def labels(menu: QMenu) -> list[str]:
    return [one.text() for one in menu.actions()]
