"""A word that the user adds is recognised from then on: window, list and real decoder."""

import threading
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from asr.audio.files import read_audio
from asr.engine import Engine, EngineOptions
from asr.live.events import FinalResult
from gui.app import AppContext
from gui.editor.menus import WordMenu
from gui.editor.view import EditorView
from gui.pages import Page
from gui.phase import Phase
from tests.test_end_to_end import CLIP, CLIPS, padded

pytestmark = pytest.mark.qt_log_ignore("does not support")

NAME = "Kwilter"  # which sounds as the pack would write it, «Quilter», and is written otherwise


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(EngineOptions(provider="cpu"))


def heard(engine: Engine, path: Path) -> dict[str, float]:
    """The shown words of a file, with their confidence."""
    words = [word for segment in engine.transcribe(path).segments for word in segment.words]
    return {word.shown.rstrip(".,"): word.confidence for word in words}


def heard_live(engine: Engine, path: Path) -> list[str]:
    recogniser = engine.hearing.recogniser("")
    events = [*recogniser.feed(padded(read_audio(path))), *recogniser.finish()]
    finals = [event.segment for event in events if isinstance(event, FinalResult)]
    return [word.shown for segment in finals for word in segment.words]


def action(view: EditorView, text: str) -> QAction:
    """What the word's menu offers under a name."""
    menu = view.findChild(WordMenu)
    assert menu is not None
    return next(one for one in menu.actions() if one.text() == text)


def test_a_word_of_the_vocabulary_is_recognised_live_and_in_files(engine: Engine) -> None:
    engine.expect(())
    assert NAME not in heard(engine, CLIP)

    engine.expect((NAME,))

    assert heard(engine, CLIP)[NAME] > 0.8
    assert NAME in heard_live(engine, CLIP)
    engine.expect(())
    assert NAME not in heard(engine, CLIP)


def test_other_words_stay_as_they_are(engine: Engine) -> None:
    clip = CLIPS / "777-126732-0002.opus"
    engine.expect(())
    before = engine.transcribe(clip).text

    engine.expect((NAME, "Sir Frederick Leighton", "Kubernetes"))

    assert engine.transcribe(clip).text == before


def test_a_list_may_change_while_a_file_is_read(engine: Engine) -> None:
    """The window's file is read on another thread than that which takes the list."""
    engine.expect(())
    texts: list[str] = []

    def read() -> None:
        for _ in range(3):
            texts.append(engine.transcribe(CLIP).text)

    reader = threading.Thread(target=read)
    reader.start()
    while reader.is_alive():
        engine.expect((NAME,))
        engine.expect(())
    reader.join()

    assert len(texts) == 3
    assert all("apostle of the middle classes" in text for text in texts)


def test_a_right_click_adds_a_word_and_the_next_session_hears_it(
    qtbot: QtBot, qapp: QApplication, tmp_path: Path, engine: Engine
) -> None:
    engine.expect(())
    store = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    context = AppContext(qapp, lambda: engine, tmp_path / "sessions", store)
    window = context.window
    window.show()
    try:
        context.controller.load()
        window.librarian.open_library()
        qtbot.waitUntil(lambda: context.controller.phase is Phase.READY, timeout=20_000)
        context.controller.open_file(CLIP)
        qtbot.waitUntil(lambda: window.library.model.rowCount() == 1, timeout=30_000)
        window.actions_["edit"].trigger()
        qtbot.waitUntil(lambda: window._shown is Page.EDITOR)
        view = window.editor.view
        place = next(
            one for one in view.edited.places(0) if "ilter" in view.edited.word(one).shown
        )
        view.edited.replace_word(place, NAME)
        place = view.edited.place_at(place.start)
        assert place is not None

        window.editor._on_word_asked(place, view.mapToGlobal(view.rect().center()))
        action(view, f"Add “{NAME}” to the vocabulary").trigger()

        vocabulary = tmp_path / "vocabulary.txt"
        assert vocabulary.read_text() == f"{NAME}\n"
        qtbot.waitUntil(lambda: NAME in heard(engine, CLIP), timeout=30_000)
        undo = [b for b in window.notices.findChildren(QPushButton) if b.text() == "Undo"]
        undo[0].click()
        assert vocabulary.read_text() == ""
        qtbot.waitUntil(lambda: NAME not in heard(engine, CLIP), timeout=30_000)
    finally:
        window.close()
        context.close()
        window.deleteLater()
