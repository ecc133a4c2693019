"""What was heard is kept, found, mended and thrown away, in the window."""

import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QSettings, Qt
from PySide6.QtWidgets import QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from asr.library import Library, index
from asr.library import realign as realigning
from asr.transcript import Segment
from gui.app import AppContext
from gui.editor.menus import WordMenu
from gui.library.model import EntryRole
from gui.pages import Page
from gui.phase import Phase
from gui.settings import load_settings
from gui.style.theme import LIGHT
from gui.workers import library_worker
from tests.gui.conftest import PATIENCE_MS, OpenContext
from tests.gui.screen import named, texts
from tests.gui.scripted import Progress, ScriptedEngine, segment

Read = Callable[..., None]


@pytest.fixture
def read(qtbot: QtBot, context: AppContext, engine: ScriptedEngine, tmp_path: Path) -> Read:
    """Return what lets the window read a file in which some texts are said."""

    def read(name: str, *texts: str) -> None:
        (tmp_path / name).touch()
        said = [segment(text, 10.0 * at) for at, text in enumerate(texts)]
        engine.files[name] = [*said, Progress(10.0 * len(texts), 10.0 * len(texts))]
        before = context.window.library.model.rowCount()
        context.controller.open_file(tmp_path / name)
        qtbot.waitUntil(lambda: context.controller.phase is Phase.READY)
        qtbot.waitUntil(lambda: context.window.library.model.rowCount() == before + 1)

    return read


def titles(context: AppContext) -> list[str]:
    model = context.window.library.model
    return [str(model.index(row).data()) for row in range(model.rowCount())]


def choose(context: AppContext, title: str) -> None:
    page = context.window.library
    page.list.setCurrentIndex(page.model.index(titles(context).index(title)))


def amount(context: AppContext) -> str:
    return named(context.window.library, QLabel, "What the library holds").text()


def open_entry(qtbot: QtBot, context: AppContext, title: str) -> None:
    choose(context, title)
    page = context.window.library
    page.list.activated.emit(page.list.currentIndex())
    qtbot.waitUntil(lambda: context.window.editor.isVisible())


def test_a_file_that_was_read_is_in_the_library_by_itself(
    qtbot: QtBot, context: AppContext, read: Read
) -> None:
    read("a.wav", "it was the best of times", "it was the worst of times")

    assert titles(context) == ["it was the best of times it was"]
    qtbot.waitUntil(lambda: amount(context).startswith("1 entry"))


def test_keys_lead_from_page_to_page_and_the_page_is_remembered(
    qtbot: QtBot, context: AppContext, store: QSettings
) -> None:
    window = context.window
    control = Qt.KeyboardModifier.ControlModifier

    qtbot.keyClick(window, Qt.Key.Key_2, control)
    assert window.library.isVisible()
    assert not window.control_bar.isVisible()
    assert load_settings(store).page == "library"
    qtbot.keyClick(window, Qt.Key.Key_F, control)
    assert window.focusWidget() is window.library.search
    qtbot.keyClick(window, Qt.Key.Key_1, control)

    assert window.control_bar.isVisible()
    assert load_settings(store).page == "listen"


def test_space_starts_no_session_from_the_library(context: AppContext, qtbot: QtBot) -> None:
    context.window.show_page(Page.LIBRARY)

    qtbot.keyClick(context.window, Qt.Key.Key_Space)

    assert context.controller.phase is Phase.READY


def test_the_window_opens_where_it_was_left(
    open_context: OpenContext, engine: ScriptedEngine, store: QSettings, qtbot: QtBot
) -> None:
    store.setValue("page", "library")

    context = open_context(lambda: engine)

    assert context.window.library.isVisible()
    qtbot.waitUntil(lambda: "Nothing here yet" in texts(context.window.library.blank))


def test_a_search_finds_a_sentence_and_opens_it_at_the_word(
    qtbot: QtBot, context: AppContext, read: Read
) -> None:
    read("a.wav", "it was the best of times", "it was the worst of times")
    read("b.wav", "nothing to see")
    page = context.window.library
    context.window.show_page(Page.LIBRARY)

    qtbot.keyClicks(page.search, "wors")
    qtbot.waitUntil(lambda: page.hits.rowCount() == 1)
    assert page.hits.index(0).data() == "it was the worst of times"
    assert page.hit_list.isVisible()
    qtbot.keyClick(page.search, Qt.Key.Key_Return)

    qtbot.waitUntil(lambda: context.window.editor.isVisible())
    assert context.window.editor.view.textCursor().selectedText() == "worst"


def test_a_search_for_what_nobody_said_says_so_and_esc_brings_the_list_back(
    qtbot: QtBot, context: AppContext, read: Read
) -> None:
    read("a.wav", "it was the best of times")
    page = context.window.library
    context.window.show_page(Page.LIBRARY)

    qtbot.keyClicks(page.search, "zebra")
    qtbot.waitUntil(lambda: "Nobody said “zebra”" in texts(page.blank))
    qtbot.keyClick(page.search, Qt.Key.Key_Escape)

    assert page.list.isVisible()
    assert page.search.text() == ""


def test_a_title_is_written_in_place_and_kept(
    qtbot: QtBot, context: AppContext, read: Read, tmp_path: Path
) -> None:
    read("a.wav", "it was the best of times")
    page = context.window.library

    page.model.setData(page.model.index(0), "Dickens")
    qtbot.waitUntil(lambda: titles(context) == ["Dickens"])

    context.close()
    with Library.open(tmp_path, tmp_path / "sessions") as library:
        assert [entry.title for entry in library.entries()] == ["Dickens"]


def test_tags_are_shown_on_the_entry(qtbot: QtBot, context: AppContext, read: Read) -> None:
    read("a.wav", "it was the best of times")
    page = context.window.library
    entry = page.model.index(0).data(EntryRole.ENTRY)

    page.tags_wanted.emit(entry.id, ("novel", "london"))

    qtbot.waitUntil(lambda: page.model.index(0).data(EntryRole.TAGS) == ("london", "novel"))


def test_what_is_deleted_goes_to_the_trash_and_undo_brings_it_back(
    qtbot: QtBot, context: AppContext, read: Read
) -> None:
    read("a.wav", "it was the best of times")
    context.window.actions_["show_library"].trigger()
    choose(context, "it was the best of times")

    qtbot.keyClick(context.window.library.list, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: titles(context) == [])
    [undo] = [
        each
        for each in context.window.notices.findChildren(QPushButton)
        if each.text() == "Undo"
    ]
    undo.click()

    qtbot.waitUntil(lambda: titles(context) == ["it was the best of times"])


def test_the_trash_is_shown_put_back_from_and_emptied(
    qtbot: QtBot, context: AppContext, read: Read
) -> None:
    read("a.wav", "it was the best of times")
    read("b.wav", "it was the worst of times")
    page = context.window.library
    page.trash_wanted.emit(page.model.index(0).data(EntryRole.ENTRY))
    page.trash_wanted.emit(page.model.index(1).data(EntryRole.ENTRY))
    qtbot.waitUntil(lambda: titles(context) == [])

    page.foot.trash.trigger()
    qtbot.waitUntil(lambda: len(titles(context)) == 2)
    page.restore_wanted.emit(page.model.index(0).data(EntryRole.ENTRY))
    [moved] = [one for one in context.window.notices.sentences if "trash" in one]
    assert str(page.model.index(1).data()) in moved  # what was undone is offered no more
    qtbot.waitUntil(lambda: len(titles(context)) == 1)
    page.foot.empty.trigger()
    qtbot.waitUntil(lambda: titles(context) == [])
    page.foot.trash.trigger()

    qtbot.waitUntil(lambda: len(titles(context)) == 1)


def test_without_history_nothing_is_kept(
    qtbot: QtBot, context: AppContext, engine: ScriptedEngine, store: QSettings, tmp_path: Path
) -> None:
    context.window.library.foot.history.trigger()
    assert not load_settings(store).history
    engine.files["a.wav"] = [segment("so it was", 0.0)]

    context.controller.open_file(tmp_path / "a.wav")
    qtbot.waitUntil(lambda: context.controller.phase is Phase.READY)
    context.close()

    with Library.open(tmp_path, tmp_path / "sessions") as library:
        assert library.entries() == []


@pytest.mark.qt_log_ignore("propagateSizeHints")
def test_everything_is_deleted_only_after_a_question(
    qtbot: QtBot, context: AppContext, read: Read
) -> None:
    read("a.wav", "it was the best of times")
    foot = context.window.library.foot

    foot.everything.trigger()
    assert titles(context) == ["it was the best of times"]
    [delete] = [each for each in foot.findChildren(QPushButton) if each.text() == "Delete"]
    delete.click()

    qtbot.waitUntil(lambda: titles(context) == [])


def test_an_edit_is_in_the_search_and_there_after_a_restart(
    qtbot: QtBot, context: AppContext, read: Read, tmp_path: Path
) -> None:
    read("a.wav", "it was the best of times")
    open_entry(qtbot, context, "it was the best of times")
    edited = context.window.editor.view.edited
    place = edited.place_of_word(0, 3)
    assert place is not None

    edited.replace_word(place, "blurst")
    context.window.actions_["back"].trigger()

    qtbot.waitUntil(lambda: titles(context) == ["it was the blurst of times"])
    context.window.library.search.setText("blurst")
    qtbot.waitUntil(lambda: context.window.library.hits.rowCount() == 1)
    open_entry(qtbot, context, "it was the blurst of times")
    assert context.window.editor.view.toPlainText() == "it was the blurst of times"


def test_an_entry_that_is_opened_twice_and_typed_into_reads_as_it_was_typed(
    qtbot: QtBot, context: AppContext, read: Read
) -> None:
    read("a.wav", "it was the best of times")
    choose(context, "it was the best of times")
    library, view = context.window.library, context.window.editor.view

    def divide() -> None:
        qtbot.keyClick(view, Qt.Key.Key_Right, Qt.KeyboardModifier.ControlModifier)
        qtbot.keyClick(view, Qt.Key.Key_Return)

    context.window.librarian.opened.connect(divide, Qt.ConnectionType.SingleShotConnection)
    for _ in range(2):  # a double click
        library.list.activated.emit(library.list.currentIndex())
    qtbot.waitUntil(lambda: view.document().blockCount() == 2)
    qtbot.wait(200)
    qtbot.keyClicks(view, "x")
    page = view.toPlainText()
    context.window.actions_["back"].trigger()
    open_entry(qtbot, context, titles(context)[0])

    assert view.toPlainText().split() == page.split()


def test_of_two_entries_that_are_opened_at_once_the_last_is_shown(
    qtbot: QtBot, context: AppContext, read: Read
) -> None:
    read("a.wav", "it was the best of times")
    read("b.wav", "call me ishmael")
    library, view = context.window.library, context.window.editor.view
    shown: list[str] = []
    context.window.librarian.opened.connect(lambda: shown.append(view.toPlainText()))

    for title in ("call me ishmael", "it was the best of times"):
        choose(context, title)
        for _ in range(2):
            library.list.activated.emit(library.list.currentIndex())
    qtbot.waitUntil(lambda: bool(shown))
    qtbot.wait(200)

    assert shown == ["it was the best of times"]


def test_the_page_of_listening_never_shows_what_was_mended_since(
    qtbot: QtBot, context: AppContext, read: Read
) -> None:
    read("a.wav", "it was the best of times")
    window = context.window
    assert window.actions_["edit"].isEnabled()

    window.actions_["edit"].trigger()
    qtbot.waitUntil(lambda: window.editor.isVisible())
    assert window.page.toPlainText() == "it was the best of times"
    window.editor.view.edited.replace_everywhere("best", "blurst")

    assert window.page.toPlainText() == ""


def test_an_entry_that_another_window_edits_is_only_read(
    qtbot: QtBot, context: AppContext, read: Read, tmp_path: Path
) -> None:
    read("a.wav", "it was the best of times")
    entry = context.window.library.model.index(0).data(EntryRole.ENTRY)
    with (
        Library.open(tmp_path, tmp_path / "sessions") as library,
        library.journal(entry.id),
    ):
        open_entry(qtbot, context, "it was the best of times")

    assert context.window.editor.view.isReadOnly()
    told = context.window.notices.sentences
    assert any("being edited in another window" in sentence for sentence in told)


def test_the_sound_tells_when_edited_words_are_said(
    qtbot: QtBot,
    context: AppContext,
    read: Read,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(library_worker, "_REST_MS", 1)
    monkeypatch.setattr(
        realigning,
        "realign",
        lambda _engine, _sounds, segment: (
            [(word.start + 0.01, word.end + 0.01) for word in segment.words[:-1]]
            + [(1.71, 1.79)]
        ),
    )
    read("a.wav", "it was the best of times")
    open_entry(qtbot, context, "it was the best of times")
    edited = context.window.editor.view.edited
    place = edited.place_of_word(0, 5)
    assert place is not None

    edited.replace_word(place, "rhymes")

    qtbot.waitUntil(lambda: edited.segments[0].words[5].start == 1.71)
    assert edited.segments[0].words[0].start == 0.0  # what was recognised keeps its time
    entry = context.window.editor.entry
    assert entry is not None
    with Library.open(tmp_path, tmp_path / "sessions") as library:
        assert library.transcript(entry.id).segments[0].words[5].start == 1.71


def test_edits_are_stored_while_the_sound_is_asked(
    qtbot: QtBot,
    context: AppContext,
    read: Read,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    is_asked, may_answer = threading.Event(), threading.Event()

    def realign(_engine: object, _sounds: object, asked: Segment) -> list[tuple[float, float]]:
        is_asked.set()
        assert may_answer.wait(PATIENCE_MS / 1000)
        time = 1.71 if asked.words[5].text == "crimes" else 1.6
        return [(word.start, word.start) for word in asked.words[:5]] + [(time, 1.79)]

    monkeypatch.setattr(library_worker, "_REST_MS", 1)
    monkeypatch.setattr(realigning, "realign", realign)
    read("a.wav", "it was the best of times")
    open_entry(qtbot, context, "it was the best of times")
    edited = context.window.editor.view.edited
    entry = context.window.editor.entry
    place = edited.place_of_word(0, 5)
    assert place is not None
    assert entry is not None
    edited.replace_word(place, "rhymes")
    qtbot.waitUntil(is_asked.is_set)
    try:
        edited.replace_word(place, "crimes")

        qtbot.waitUntil(lambda: "crimes" in (entry.folder / "journal.jsonl").read_text())
    finally:
        may_answer.set()
    qtbot.waitUntil(lambda: edited.segments[0].words[5].start == 1.71)


def test_what_is_taken_in_after_the_page_was_turned_is_not_of_this_page(
    qtbot: QtBot, context: AppContext, engine: ScriptedEngine, tmp_path: Path
) -> None:
    engine.files["a.wav"] = [segment("so it was", 0.0)]
    rows = context.window.library.model
    context.controller.file_read.connect(context.controller.new_page)

    context.controller.open_file(tmp_path / "a.wav")
    qtbot.waitUntil(lambda: rows.rowCount() == 1)

    assert not context.window.actions_["edit"].isEnabled()


@pytest.mark.qt_log_ignore("This plugin does not support")  # the offscreen one
def test_a_word_is_turned_back_to_what_was_recognised(
    qtbot: QtBot, context: AppContext, read: Read, tmp_path: Path
) -> None:
    read("a.wav", "it was the best of times")
    open_entry(qtbot, context, "it was the best of times")
    window = context.window
    edited = window.editor.view.edited
    recognised = edited.segments[0]
    place = edited.place_of_word(0, 3)
    assert place is not None
    edited.replace_word(place, "very worst")
    window.editor.view.edited.replace_everywhere("times", "rhymes")
    told = "“times” became “rhymes” in one place: there is no other."
    assert told in window.notices.sentences

    mended = next(one for one in edited.places(0) if edited.word(one).shown == "worst")
    window.editor.view.word_asked.emit(mended, QPoint())
    menu = window.editor.view.findChild(WordMenu)
    assert menu is not None
    [back] = [one for one in menu.actions() if one.text().startswith("Back to")]
    back.trigger()
    qtbot.waitUntil(lambda: edited.segments[0].text == "it was the best of rhymes")

    assert edited.segments[0].words[:5] == recognised.words[:5]
    assert not window.editor.view.isReadOnly()
    window.editor.view.undo()
    assert edited.segments[0].text == "it was the very worst of rhymes"
    window.editor.view.undo()
    window.editor.view.undo()
    assert edited.segments[0] == recognised
    entry = window.editor.entry
    assert entry is not None
    window.show_page(Page.LIBRARY)
    qtbot.waitUntil(lambda: titles(context) == ["it was the best of times"])


def inks(widget: QWidget) -> set[str]:
    shown = widget.grab().toImage()
    return {
        shown.pixelColor(x, y).name()
        for x in range(shown.width())
        for y in range(shown.height())
    }


def test_what_matches_stands_out_in_its_sentence(
    qtbot: QtBot, context: AppContext, read: Read
) -> None:
    read("a.wav", "so it was " * 40 + "the best", "it was nothing")
    page = context.window.library
    context.window.actions_["show_library"].trigger()

    page.search.setText("best")
    qtbot.waitUntil(lambda: page.hits.rowCount() == 1)

    assert LIGHT.accent in inks(page.hit_list.viewport())
    page.search.setText("")
    assert LIGHT.accent not in inks(page.list.viewport())


@pytest.mark.parametrize("trouble", ["newer", "damaged", "garbage", "no folder"])
def test_a_library_in_trouble_is_told_in_a_sentence_and_goes_on(
    qtbot: QtBot,
    open_context: OpenContext,
    engine: ScriptedEngine,
    tmp_path: Path,
    trouble: str,
) -> None:
    library = tmp_path / "library.db"
    if trouble == "newer":
        with closing(sqlite3.connect(library)) as index:
            index.execute("PRAGMA user_version = 99")
    elif trouble == "damaged":
        library.write_bytes(b"no database" * 1000)
    elif trouble == "garbage":
        folder = tmp_path / "sessions" / "2026-01-01 10-00-00.000000"
        folder.mkdir(parents=True)
        (folder / "ledger.jsonl").write_bytes(b"\x00garbage\n" * 9)
    else:
        (tmp_path / "files").write_text("a file in the folder's place")
    engine.files["a.wav"] = [segment("it was the best of times", 0.0)]

    context = open_context(lambda: engine)
    qtbot.waitUntil(lambda: context.controller.phase is Phase.READY)
    qtbot.waitUntil(lambda: bool(amount(context)))
    context.controller.open_file(tmp_path / "a.wav")
    qtbot.waitUntil(lambda: context.controller.phase is Phase.READY)
    qtbot.waitUntil(lambda: bool(context.window.page.toPlainText()))

    told = " ".join(context.window.notices.sentences)
    assert "internal error" not in told
    assert "Traceback" not in told


def test_what_is_read_while_the_library_is_locked_is_taken_in_later(
    qtbot: QtBot,
    context: AppContext,
    read: Read,
    open_context: OpenContext,
    engine: ScriptedEngine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read("a.wav", "it was the best of times")
    context.window.close()
    context.close()
    monkeypatch.setattr(index, "BUSY_S", 0.05)
    monkeypatch.setattr(library_worker, "_AGAIN_MS", 50)
    engine.files["b.wav"] = [segment("it was the worst of times", 0.0), Progress(10.0, 10.0)]
    (tmp_path / "b.wav").touch()
    with closing(sqlite3.connect(tmp_path / "library.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        again = open_context(lambda: engine)
        qtbot.waitUntil(lambda: again.controller.phase is Phase.READY)
        told = again.window.notices
        qtbot.waitUntil(lambda: any("Another program" in one for one in told.sentences))
        again.controller.open_file(tmp_path / "b.wav")
        qtbot.waitUntil(lambda: bool(again.window.page.toPlainText()))
        qtbot.waitUntil(lambda: again.controller.phase is Phase.READY)
        assert titles(again) == []
        # what was told before the file was read is told of the file, too
        qtbot.waitUntil(lambda: any("Another program" in one for one in told.sentences))

    qtbot.waitUntil(lambda: len(titles(again)) == 2)
    assert sorted(titles(again)) == ["it was the best of times", "it was the worst of times"]
