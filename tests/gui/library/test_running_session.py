"""A session is edited while it is being recorded: nothing jumps, and nothing is lost."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from asr.audio import SAMPLE_RATE
from asr.library import Library
from asr.live.recorded import FINALS
from asr.live.session import Session, recover
from gui.app import AppContext
from gui.pages import Page
from gui.phase import Phase
from tests.asr.scripted import FakeClock, Script, fake_clock
from tests.asr.sessions import HEARING, SPEECH, kill, session_with
from tests.asr.tones import spell
from tests.gui.scripted import ScriptedEngine

__all__ = ["fake_clock"]

FIRST = spell("one two three")
REST = SPEECH[len(FIRST) :]
SILENCE = 3 * SAMPLE_RATE
LONG = 120  # utterances: more than the window shows


class Speaker:
    """Speaks into the window's session."""

    def __init__(
        self,
        qtbot: QtBot,
        context: AppContext,
        engine: ScriptedEngine,
        clock: FakeClock,
        folder: Path,
        sound: np.ndarray,
    ) -> None:
        self.qtbot, self.context, self.clock = qtbot, context, clock
        self.session: Session = session_with({"": Script(sound, clock)}, folder)
        engine.session = self.session  # type: ignore[assignment]
        context.controller.toggle()
        qtbot.waitUntil(lambda: context.controller.phase is Phase.LISTENING)

    def speak(self, n_samples: int, text: str) -> None:
        """Say more, until it is final."""
        self.clock.now += n_samples / SAMPLE_RATE
        model = self.context.model
        self.qtbot.waitUntil(
            lambda: any(text in one.text for one in model.transcript.segments), timeout=20_000
        )

    def stop(self) -> None:
        self.context.controller.toggle()
        self.qtbot.waitUntil(lambda: self.context.controller.phase is Phase.READY)


Speak = Callable[[np.ndarray], Speaker]


@pytest.fixture
def speak(
    qtbot: QtBot,
    context: AppContext,
    engine: ScriptedEngine,
    fake_clock: FakeClock,
    tmp_path: Path,
) -> Iterator[Speak]:
    """Return what begins a session in which some sound is heard."""

    def begin(sound: np.ndarray) -> Speaker:
        silence = np.zeros(SILENCE, np.float32)
        heard = np.concatenate([sound, silence])
        return Speaker(qtbot, context, engine, fake_clock, tmp_path / "sessions", heard)

    yield begin
    if context._live._session is not None:
        context.controller.toggle()
        qtbot.waitUntil(lambda: context.controller.phase is Phase.READY)


def edit(qtbot: QtBot, context: AppContext) -> None:
    context.window.actions_["edit"].trigger()
    qtbot.waitUntil(lambda: context.window._shown is Page.EDITOR)


def put_caret(context: AppContext, position: int) -> None:
    view = context.window.editor.view
    cursor = view.textCursor()
    cursor.setPosition(position)
    view.setTextCursor(cursor)


def stored(folder: Path) -> list[str]:
    """Return the texts of the newest entry of a library, as another start reads them."""
    with Library.open(folder) as library:
        for _ in library.refresh():
            pass
        [entry] = library.entries()
        return [one.shown for one in library.transcript(entry.id).segments]


def test_text_grows_below_what_is_edited_and_all_is_kept(
    qtbot: QtBot, context: AppContext, speak: Speak, tmp_path: Path
) -> None:
    speaker = speak(SPEECH)
    speaker.speak(len(FIRST), "one two three")
    edit(qtbot, context)
    view = context.window.editor.view
    assert view.toPlainText() == "one two three"
    assert context.window.editor.strip.isVisible()

    put_caret(context, len("one two"))
    qtbot.keyClicks(view, "s")
    speaker.speak(len(REST) + SILENCE, "five six")
    assert view.toPlainText() == "one twos three\nfour\nfive six"
    assert view.textCursor().position() == len("one twos")
    qtbot.keyClicks(view, "!")
    speaker.stop()

    rows = context.window.library.model
    qtbot.waitUntil(lambda: rows.rowCount() == 1)
    assert not context.window.editor.strip.isVisible()
    assert context.window.actions_["export"].isEnabled()
    qtbot.keyClick(view, Qt.Key.Key_End, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClicks(view, " seven")  # and it goes on as an entry
    context.window.show_page(Page.LIBRARY)
    context.close()
    assert stored(tmp_path) == ["one twos! three", "four", "five six seven"]
    [session] = (tmp_path / "sessions").iterdir()
    assert "twos" not in (session / FINALS).read_text()


@pytest.mark.parametrize("at_end", [True, False])
def test_neither_caret_nor_page_moves_while_the_text_grows(
    qtbot: QtBot, context: AppContext, speak: Speak, at_end: bool
) -> None:
    before = np.concatenate([spell("one")] * LONG)
    speaker = speak(np.concatenate([before, SPEECH]))
    speaker.clock.now += len(before) / SAMPLE_RATE
    qtbot.waitUntil(lambda: context.model.rowCount() >= LONG - 1, timeout=60_000)
    edit(qtbot, context)
    view, bar = context.window.editor.view, context.window.editor.view.verticalScrollBar()
    end = view.document().characterCount() - 1
    put_caret(context, end if at_end else 5)
    qtbot.wait(50)
    place, scrolled = view.cursorRect(), bar.value()

    speaker.speak(len(SPEECH) + SILENCE, "five six")

    assert view.toPlainText().endswith("four\nfive six")
    assert view.textCursor().position() == (end if at_end else 5)
    assert (view.cursorRect(), bar.value()) == (place, scrolled)


def test_an_edit_is_undone_below_which_the_text_has_grown(
    qtbot: QtBot, context: AppContext, speak: Speak
) -> None:
    speaker = speak(SPEECH)
    speaker.speak(len(FIRST), "one two three")
    edit(qtbot, context)
    view = context.window.editor.view
    put_caret(context, len("one two"))
    qtbot.keyClick(view, Qt.Key.Key_Return)

    speaker.speak(len(REST) + SILENCE, "five six")
    assert view.toPlainText() == "one two\nthree\nfour\nfive six"
    qtbot.keyClick(view, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)

    assert view.toPlainText() == "one two three\nfour\nfive six"


def test_the_page_of_listening_reads_as_it_was_edited(
    qtbot: QtBot, context: AppContext, speak: Speak
) -> None:
    speaker = speak(SPEECH)
    speaker.speak(len(FIRST), "one two three")
    edit(qtbot, context)
    put_caret(context, 0)
    qtbot.keyClicks(context.window.editor.view, "twenty-")

    context.window.show_page(Page.LISTEN)
    speaker.speak(len(REST) + SILENCE, "five six")

    assert context.window.page.toPlainText() == "twenty-one two three\nfour\nfive six"
    context.window.actions_["copy"].trigger()
    assert QGuiApplication.clipboard().text() == "twenty-one two three\n\nfour\n\nfive six"
    edit(qtbot, context)  # again, with all that came meanwhile
    expected = "twenty-one two three\nfour\nfive six"
    assert context.window.editor.view.toPlainText() == expected


def test_a_session_that_is_edited_can_be_opened_before_its_first_word(
    qtbot: QtBot, context: AppContext, speak: Speak
) -> None:
    speaker = speak(SPEECH)
    edit(qtbot, context)
    view = context.window.editor.view
    qtbot.keyClicks(view, "lost")
    assert view.toPlainText() == ""

    speaker.speak(len(SPEECH) + SILENCE, "five six")
    qtbot.keyClicks(view, "Twenty-")

    assert view.toPlainText() == "Twenty-one two three\nfour\nfive six"


def test_edits_of_a_session_that_died_are_there_when_it_is_recovered(
    qtbot: QtBot, context: AppContext, speak: Speak, tmp_path: Path
) -> None:
    speaker = speak(SPEECH)
    speaker.speak(len(FIRST), "one two three")
    edit(qtbot, context)
    put_caret(context, len("one"))
    qtbot.keyClicks(context.window.editor.view, "-")
    qtbot.waitUntil(lambda: b"one-" in journal(tmp_path))
    speaker.clock.now += (len(REST) + SILENCE) / SAMPLE_RATE
    qtbot.waitUntil(lambda: context.model.rowCount() == 3)

    context._live._session = None  # as if the program were gone
    kill(speaker.session)
    context.window.librarian.close_entry()
    context.close()
    [session] = (tmp_path / "sessions").iterdir()
    list(recover(HEARING, session))

    assert stored(tmp_path) == ["one- two three", "four", "five six"]


def journal(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.glob("sessions/*/journal.jsonl"))
