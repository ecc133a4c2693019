"""Spoken commands and replacements are chosen, kept, and hold at once and at the next start."""

from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QTableWidgetItem
from pytestqt.qtbot import QtBot

from asr.audio.files import read_audio
from asr.engine import Engine, EngineOptions
from asr.live.events import FinalResult, PartialResult
from asr.readable.replacements import Replacements
from asr.readable.writer import ReadableOptions
from gui.app import AppContext
from gui.phase import Phase
from gui.settings import load_settings
from gui.widgets.dictation_dialog import DictationDialog
from tests.gui.conftest import OpenContext
from tests.gui.scripted import ScriptedEngine

CLIP = Path(__file__).parents[2] / "clips" / "1272-128104-0000.opus"

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


def opened(context: AppContext) -> DictationDialog:
    context.window.actions_["dictation"].trigger()
    dialog = context.window.findChild(DictationDialog)
    assert dialog is not None
    return dialog


def write(dialog: DictationDialog, row: int, heard: str, shown: str) -> None:
    """Type into a row of the table."""
    for column, text in enumerate((heard, shown)):
        dialog.table.setItem(row, column, QTableWidgetItem(text))


def test_what_is_chosen_holds_at_once_and_after_a_restart(
    context: AppContext, engine: ScriptedEngine, open_context: OpenContext, store: QSettings
) -> None:
    assert engine.dictated == [(False, Replacements())]
    dialog = opened(context)
    assert not dialog.commands.isChecked()
    dialog.commands.setChecked(True)
    write(dialog, 0, "Kate L", "Cate-Lynn")
    write(dialog, 1, "um", "")
    assert dialog.table.rowCount() == 3  # there is always a row to write into

    dialog.accept()

    wanted = Replacements({("kate", "l"): "Cate-Lynn", ("um",): ""})
    assert engine.dictated[-1] == (True, wanted)
    assert load_settings(store).spoken_commands
    again = ScriptedEngine()
    window = open_context(lambda: again)
    assert window.settings_store.settings.replacements == "Kate L = Cate-Lynn\num = "
    dialog = opened(window)
    assert dialog.commands.isChecked()
    cells = [dialog.table.item(0, column).text() for column in (0, 1)]
    assert cells == ["Kate L", "Cate-Lynn"]


def test_nothing_is_kept_of_what_is_cancelled(context: AppContext, store: QSettings) -> None:
    dialog = opened(context)
    dialog.commands.setChecked(True)
    write(dialog, 0, "a", "b")

    dialog.reject()

    assert not load_settings(store).spoken_commands
    assert load_settings(store).replacements == ""


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ([("", "b")], "Row 1: write the words that are heard at the left."),
        ([("a", "b"), ("…", "b")], "Row 2: write the words that are heard at the left."),
        ([("a = b", "c")], "Row 1: write the words that are heard at the left."),
        ([("Kate", "b"), ("kate.", "c")], "“kate.” stands there twice."),
    ],
)
def test_what_cannot_be_heard_is_said_at_once(
    context: AppContext, rows: list[tuple[str, str]], sentence: str
) -> None:
    dialog = opened(context)
    for row, cells in enumerate(rows):
        write(dialog, row, *cells)

    assert dialog.note.text() == sentence
    assert not dialog.keep.isEnabled()

    write(dialog, len(rows) - 1, "", "")

    assert not dialog.note.text()
    assert dialog.keep.isEnabled()


def test_a_row_is_taken_out_by_emptying_it_and_no_row_is_a_remark(
    context: AppContext, store: QSettings
) -> None:
    context.settings_store.keep_dictation(False, "um = \nkate = Cate")
    dialog = opened(context)
    write(dialog, 0, "", "")
    write(dialog, 2, "# tag", "hashtag")

    dialog.accept()

    assert load_settings(store).replacements == "kate = Cate\ntag = hashtag"


def test_settings_that_make_no_sense_do_no_harm(
    open_context: OpenContext, engine: ScriptedEngine, store: QSettings, qtbot: QtBot
) -> None:
    store.setValue("replacements", "nonsense")
    store.setValue("spoken_commands", "perhaps")

    context = open_context(lambda: engine)

    qtbot.waitUntil(lambda: context.controller.phase is Phase.READY)
    assert engine.dictated == [(False, Replacements())]


def test_the_recogniser_writes_files_and_sessions_as_the_window_says(
    open_context: OpenContext, store: QSettings, qtbot: QtBot
) -> None:
    engine = Engine(EngineOptions(provider="cpu"))
    store.setValue("replacements", "the apostle = The Apostle (!)")
    context = open_context(lambda: engine)
    qtbot.waitUntil(lambda: context.controller.phase is Phase.READY, timeout=60_000)

    context.controller.open_file(CLIP)

    qtbot.waitUntil(lambda: context.controller.phase is Phase.READING)
    qtbot.waitUntil(lambda: context.controller.phase is Phase.READY, timeout=60_000)
    transcript = context.model.transcript
    assert "is The Apostle (!) of the" in transcript.shown
    assert "is the apostle of the" in transcript.text
    recogniser = engine.hearing.recogniser("")  # as of a live session
    told = [*recogniser.feed(read_audio(CLIP)), *recogniser.finish()]
    partial = [one.text.shown for one in told if isinstance(one, PartialResult)]
    assert any("The Apostle (!) of the" in text for text in partial)
    assert isinstance(told[-1], FinalResult)
    assert "is The Apostle (!) of the" in told[-1].segment.shown


def test_the_command_line_and_the_window_ask_together() -> None:
    given = ReadableOptions(commands=True, replacements=Replacements({("kate",): "Cate"}))
    engine = Engine(EngineOptions(provider="cpu", decoder="greedy", readable=given))

    engine.dictate(commands=False, replacements=Replacements({("kate",): "K", ("um",): ""}))

    options = engine.readable.options
    assert options.commands
    assert options.replacements.texts == {("kate",): "Cate", ("um",): ""}
