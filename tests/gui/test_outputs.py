"""Every way out of the window reads the corrected text: one test an output."""

import json
import zipfile
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from asr.formats import FORMATS
from asr.library import Library
from asr.transcript import Segment, Word
from gui.app import AppContext
from gui.export.dialog import ExportDialog
from gui.export.plan import ExportPlan, to_text
from gui.pages import Page
from tests.gui.scripted import Progress, ScriptedEngine, segment

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


@pytest.fixture
def corrected(
    qtbot: QtBot, context: AppContext, engine: ScriptedEngine, tmp_path: Path
) -> AppContext:
    """Return a window in whose editor a word was mended and a speaker named."""
    engine.files["a.wav"] = [segment("it was the best", 1.0, "s1"), Progress(3.0, 3.0)]
    context.controller.open_file(tmp_path / "a.wav")
    qtbot.waitUntil(lambda: context.window.actions_["edit"].isEnabled())
    context.window.actions_["edit"].trigger()
    qtbot.waitUntil(lambda: context.window.editor.isVisible())
    edited = context.window.editor.view.edited
    place = edited.place_of_word(0, 3)
    assert place is not None
    edited.replace_word(place, "blurst")
    edited.rename_speaker("s1", "Charles")
    return context


def written(path: Path) -> str:
    if path.suffix == ".docx":
        with zipfile.ZipFile(path) as parts:
            return parts.read("word/document.xml").decode()
    return path.read_text(encoding="utf-8")


def test_the_clipboard_has_the_corrected_text(corrected: AppContext) -> None:
    corrected.window.actions_["copy"].trigger()

    assert QGuiApplication.clipboard().text() == "Charles: it was the blurst"


def test_a_switch_gives_words_as_they_were_heard(
    qtbot: QtBot, context: AppContext, engine: ScriptedEngine, tmp_path: Path
) -> None:
    words = (Word("we", 0, 1, display="We"), Word("went", 1, 2, display="went."))
    engine.files["a.wav"] = [Segment(words, 0, 2), Progress(3.0, 3.0)]
    context.controller.open_file(tmp_path / "a.wav")
    window = context.window
    qtbot.waitUntil(lambda: window.actions_["edit"].isEnabled())

    for wanted, text in ((False, "We went."), (True, "we went"), (False, "We went.")):
        window.actions_.as_heard.setChecked(wanted)
        window.actions_["copy"].trigger()
        assert QGuiApplication.clipboard().text() == text
        window.outputs.save(tmp_path / "saved.txt")
        assert written(tmp_path / "saved.txt") == f"{text}\n"


@pytest.mark.parametrize("suffix", FORMATS)
def test_saved_files_have_the_corrected_text(
    qtbot: QtBot, corrected: AppContext, tmp_path: Path, suffix: str
) -> None:
    path = tmp_path / f"saved.{suffix}"

    corrected.window.outputs.save(path)
    qtbot.waitUntil(path.exists)

    assert "blurst" in written(path)
    assert "best" not in written(path)


@pytest.mark.parametrize("suffix", FORMATS)
def test_exports_have_the_corrected_text(
    qtbot: QtBot, corrected: AppContext, tmp_path: Path, suffix: str
) -> None:
    plan = ExportPlan(suffix=suffix, folder=str(tmp_path), template="out")
    corrected.settings_store.keep_export_plan(to_text(plan))

    corrected.window.actions_["export"].trigger()
    qtbot.waitUntil(lambda: corrected.window.findChild(ExportDialog) is not None)
    dialog = corrected.window.findChild(ExportDialog)
    assert dialog is not None
    assert "blurst" in dialog.preview.toPlainText()
    dialog.accept()
    qtbot.waitUntil((tmp_path / f"out.{suffix}").exists)

    assert "blurst" in written(tmp_path / f"out.{suffix}")


def test_json_keeps_who_speaks_and_when(
    qtbot: QtBot, corrected: AppContext, tmp_path: Path
) -> None:
    corrected.window.outputs.save(tmp_path / "a.json")
    qtbot.waitUntil((tmp_path / "a.json").exists)

    fields = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))

    [one] = fields["segments"]
    assert [speaker["name"] for speaker in fields["speakers"]] == ["Charles"]
    assert (one["words"][3]["start"], one["words"][3]["end"]) == (
        pytest.approx(1.9),
        pytest.approx(2.2),
    )


def test_search_and_list_have_the_corrected_text(qtbot: QtBot, corrected: AppContext) -> None:
    window = corrected.window
    window.show_page(Page.LIBRARY)
    qtbot.waitUntil(lambda: window.library.model.index(0).data() == "it was the blurst")

    qtbot.keyClicks(window.library.search, "blurst")

    qtbot.waitUntil(lambda: window.library.hits.rowCount() == 1)


def test_the_page_of_listening_does_not_keep_the_old_text(corrected: AppContext) -> None:
    assert corrected.window.page.toPlainText() == ""


def test_the_next_start_reads_the_corrected_text(corrected: AppContext, tmp_path: Path) -> None:
    entry = corrected.window.editor.entry
    assert entry is not None
    corrected.window.close()
    corrected.close()

    with Library.open(tmp_path, tmp_path / "sessions") as library:
        assert library.transcript(entry.id).text == "it was the blurst"
        assert library.recognised(entry.id).text == "it was the best"


def test_everything_is_exported_by_itself_if_wished(
    qtbot: QtBot, context: AppContext, engine: ScriptedEngine, tmp_path: Path
) -> None:
    store = context.settings_store
    plan = ExportPlan(suffix="vtt", folder=str(tmp_path), template="{source}")
    store.keep_export_plan(to_text(plan))
    store.keep_exports_always(True)
    engine.files["talk.wav"] = [segment("it was so", 0.0), Progress(1.0, 1.0)]

    context.controller.open_file(tmp_path / "talk.wav")

    qtbot.waitUntil((tmp_path / "talk.vtt").exists)
    assert "it was so" in written(tmp_path / "talk.vtt")


def test_several_entries_are_exported_at_once(
    qtbot: QtBot, context: AppContext, engine: ScriptedEngine, tmp_path: Path
) -> None:
    for name, text in (("a.wav", "one two"), ("b.wav", "three four")):
        engine.files[name] = [segment(text, 0.0), Progress(1.0, 1.0)]
        before = context.window.library.model.rowCount()
        context.controller.open_file(tmp_path / name)
        qtbot.waitUntil(lambda before=before: context.window.library.model.rowCount() > before)
    context.window.show_page(Page.LIBRARY)
    context.window.library.list.selectAll()
    plan = ExportPlan(suffix="srt", folder=str(tmp_path), template="{title}")
    context.settings_store.keep_export_plan(to_text(plan))

    menu = context.window.library.menu()
    [export] = [action for action in menu.actions() if action.text() == "Export…"]
    export.trigger()
    qtbot.waitUntil(lambda: context.window.findChild(ExportDialog) is not None)
    dialog = context.window.findChild(ExportDialog)
    assert dialog is not None
    assert dialog.note.text().startswith("2 files: ")
    [button] = [one for one in dialog.findChildren(QPushButton) if one.text() == "Export"]
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)

    qtbot.waitUntil(lambda: len(list(tmp_path.glob("*.srt"))) == 2)
