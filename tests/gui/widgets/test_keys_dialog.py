"""Keys are chosen, kept and taken at the next start; none steals typing or another's key."""

from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtGui import QKeySequence
from pytestqt.qtbot import QtBot

from gui.actions import keys_from_text
from gui.app import AppContext
from gui.settings import load_settings
from gui.widgets.keys_dialog import KeysDialog
from tests.gui.conftest import OpenContext
from tests.gui.screen import button
from tests.gui.scripted import ScriptedEngine

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


@pytest.fixture
def dialog(qtbot: QtBot, context: AppContext) -> KeysDialog:
    context.window.actions_["keys"].trigger()
    dialog = context.window.findChild(KeysDialog)
    assert dialog is not None
    return dialog


def test_another_key_works_at_once_and_after_a_restart(
    qtbot: QtBot,
    context: AppContext,
    dialog: KeysDialog,
    open_context: OpenContext,
    engine: ScriptedEngine,
    store: QSettings,
) -> None:
    dialog.fields["show_library"].setKeySequence(QKeySequence("Ctrl+L"))

    dialog.accept()
    context.window.activateWindow()
    qtbot.waitUntil(context.window.isActiveWindow)
    qtbot.keyClick(context.window, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)

    assert context.window.library.isVisible()
    assert load_settings(store).keys == '{"show_library": "Ctrl+L"}'
    again = open_context(lambda: engine)
    assert again.window.actions_["show_library"].shortcut() == QKeySequence("Ctrl+L")
    assert again.window.actions_["show_library"].toolTip() == "Library (Ctrl+L)"


@pytest.mark.parametrize("key", ["A", "Shift+A", "Space", "Return", "Backspace", "7"])
def test_no_key_steals_typing(dialog: KeysDialog, key: str) -> None:
    dialog.fields["loop"].setKeySequence(QKeySequence(key))

    assert "is needed for writing" in dialog.note.text()
    assert not button(dialog, "Use these keys").isEnabled()


def test_two_actions_cannot_have_one_key(dialog: KeysDialog) -> None:
    dialog.fields["loop"].setKeySequence(QKeySequence("Ctrl+O"))
    assert dialog.note.text() == "“Ctrl+O” cannot be both “Open” and “Repeat the sentence”."

    dialog.usual.click()

    assert not dialog.note.text()
    assert button(dialog, "Use these keys").isEnabled()


@pytest.mark.parametrize("text", ["", "nonsense", "[1]", '{"loop": 3}', '{"nothing": "F5"}'])
def test_keys_that_make_no_sense_are_the_usual_ones(text: str) -> None:
    assert keys_from_text(text) == {}


def test_settings_of_a_later_version_do_no_harm(
    tmp_path: Path, open_context: OpenContext, engine: ScriptedEngine, store: QSettings
) -> None:
    store.setValue("keys", '{"loop": "Ctrl+Alt+P", "fly": "F12"}')

    context = open_context(lambda: engine)

    assert context.window.actions_["loop"].shortcut() == QKeySequence("Ctrl+Alt+P")
