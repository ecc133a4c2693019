"""Two tasks in clicks, keys and seconds, beside the way that Buzz documents for them.

    python -m benchmarks.window_tasks

A word that was recognised wrongly is mended everywhere in a transcript; a sentence that was
said last month is found and heard. Ours are done in the running window, with the mouse and
the keys that a user has, and what they did is checked. Those of Buzz 1.5 are counted from
its documentation (docs/docs/usage/1_file_import.md and 6_transcription_viewer.md), and from
its source where that says how a segment is edited (transcription_segments_editor_widget.py:
a double click, then Return); commit 0737368 of github.com/chidiwilliams/buzz.

Seconds are those of the keystroke-level model, without thinking: Card, Moran and Newell,
«The keystroke-level model for user performance time with interactive systems», CACM 23
(1980), table 1. To ours is added how long the program let its user wait. Prints a table and,
last, one JSON line.
"""

from __future__ import annotations

import json
import os
import random
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent, QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QInputDialog, QLineEdit, QMenu, QWidget

from asr.library import Library
from asr.transcript import Transcript
from benchmarks.library import session, write_entries
from benchmarks.window import SAID, wait, window
from gui.app import application_object
from gui.main_window import MainWindow

KEY_S: Final = 0.28  # an average typist who is no secretary
POINT_S: Final = 1.1  # to a target
BUTTON_S: Final = 0.2  # a press and its release
HOME_S: Final = 0.4  # from the keys to the mouse, or back

WRONG, RIGHT = "kilter", "Quilter"
OCCURRENCES: Final = 12
PHRASE: Final = "double system"
LAST_MONTH: Final = 40  # transcripts of that month
OLDER: Final = 160


class Hand:
    """Counts what a hand does."""

    def __init__(self) -> None:
        self.clicks = self.keys = 0
        self.waited = 0.0
        self._seconds = 0.0
        self._is_at_mouse = False

    @property
    def seconds(self) -> float:
        """What it takes, by the model and the program's own time."""
        return self._seconds + self.waited

    def point_and_click(self, n: int = 1) -> None:
        """Point at something, and click it."""
        self._move(to_mouse=True)
        self.clicks += n
        self._seconds += POINT_S + n * BUTTON_S

    def press(self, n: int) -> None:
        """Press keys, those that are held counted."""
        self._move(to_mouse=False)
        self.keys += n
        self._seconds += n * KEY_S

    def _move(self, *, to_mouse: bool) -> None:
        self._seconds += HOME_S if to_mouse != self._is_at_mouse else 0.0
        self._is_at_mouse = to_mouse


def buzz_mends() -> Hand:
    """Count: open the transcript, find each occurrence, edit its segment."""
    hand = Hand()
    hand.point_and_click(2)  # the row in the list of transcripts
    hand.press(2 + len(WRONG))  # Ctrl+F and the word: the first one is shown
    for n in range(OCCURRENCES):
        hand.point_and_click(2)  # the text of the segment: it can be edited
        hand.point_and_click(2)  # the word: it is selected
        hand.press(len(RIGHT) + 1)  # and Return, which stores it
        if n + 1 < OCCURRENCES:
            hand.point_and_click()  # the arrow to the next match
    return hand


def buzz_finds() -> Hand:
    """Count: half of that month's transcripts, opened and searched one by one."""
    hand = Hand()
    for n in range(LAST_MONTH // 2):
        hand.point_and_click(2)  # the row
        hand.press(2 + len(PHRASE))  # Ctrl+F and the words
        if n + 1 < LAST_MONTH // 2:
            hand.point_and_click()  # the viewer's window is closed
    hand.point_and_click()  # the segment that was found: it plays
    return hand


def main() -> None:
    """Do both tasks, and print them beside those of Buzz."""
    os.environ.setdefault("QT_QPA_PLATFORM", "" if "DISPLAY" in os.environ else "offscreen")
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        os.environ.update(EARSHOT_HOME=folder, XDG_CONFIG_HOME=folder)
        tasks = {
            "mend a word everywhere": (mends, buzz_mends()),
            "find a sentence of last month": (finds, buzz_finds()),
        }
        fill_library(home)

        application = application_object()
        figures: dict[str, dict[str, float]] = {}
        with window(application, home) as context:
            context.window.librarian.open_library()
            wait(application, context.window.library.model.rowCount)
            for name, (act, buzz) in tasks.items():
                user = User(application, context.window)
                act(user)
                figures[name] = row(user)
                figures[f"{name}, Buzz"] = row(buzz)
    for name, one in figures.items():
        print(f"{name:40}" + "".join(f"{key} {value:<10.1f}" for key, value in one.items()))
    print(json.dumps(figures))


def row(hand: Hand) -> dict[str, float]:
    """Return what a hand did, for people to read."""
    return {
        "clicks": hand.clicks,
        "keys": hand.keys,
        "seconds": round(hand.seconds, 1),
        "of these waited": round(hand.waited, 2),
    }


def fill_library(home: Path) -> None:
    """Put transcripts of the last months into a library; the newest has the wrong word."""
    with Library.open(home, home / "sessions") as library:
        write_entries(home, transcripts())
        for _ in library.refresh():
            pass


def transcripts() -> Iterator[Transcript]:
    """Yield an hour with a wrong word in it, and many of half a minute."""
    chance = random.Random(3)
    now = datetime.now(UTC)
    hour = chance.choices(SAID, k=9000)
    for place in chance.sample(range(len(hour)), OCCURRENCES - 1):
        hour[place] = WRONG
    hour[4] = WRONG  # where it is seen
    yield replace(session(0, hour), started=now)
    sought = LAST_MONTH // 2
    for n in range(1, LAST_MONTH + OLDER + 1):
        words = chance.choices(SAID, k=80)
        if n == sought:
            words[40:40] = PHRASE.split()
        yield replace(session(n, words), started=now - timedelta(days=30 + n * 0.75))


# ── In the running window ───────────────────────────────────────────────────────────


class User(Hand):
    """A hand at the mouse and the keys of the window."""

    def __init__(self, application: QApplication, window: MainWindow) -> None:
        super().__init__()
        self.application, self.window = application, window

    def begin(self) -> None:
        """Look at the library, where both tasks begin."""
        self.window.actions_["show_library"].trigger()
        self.window.activateWindow()  # which a window manager does when a dialog is gone
        wait(self.application, self.window.isActiveWindow)

    def click(self, widget: QWidget, point: QPoint, button: Qt.MouseButton) -> None:
        """Click something once."""
        QTest.mouseClick(widget, button, Qt.KeyboardModifier.NoModifier, point)
        self.point_and_click()

    def double_click(self, widget: QWidget, point: QPoint) -> None:
        """Click something twice."""
        none, left = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton
        QTest.mouseClick(widget, left, none, point)
        QTest.mouseDClick(widget, left, none, point)
        self.point_and_click(2)

    def key(self, *keys: Qt.Key | Qt.KeyboardModifier) -> None:
        """Press a key where the focus is, with what is held."""
        QTest.keyClick(self.focus, *keys)  # type: ignore[call-overload]
        self.press(len(keys))

    def write(self, text: str) -> None:
        """Type where the focus is."""
        QTest.keyClicks(self.focus, text)
        self.press(len(text) + sum(letter.isupper() for letter in text))

    @property
    def focus(self) -> QWidget:
        """What gets the keys."""
        return QApplication.focusWidget() or self.window

    def wait_for(self, is_there: Callable[[], object]) -> None:
        """Wait, as a user has to."""
        self.waited += wait(self.application, is_there)

    def choose(self, menu: QMenu, label: str) -> QMenu | None:
        """Click what a menu offers; return the menu that opens, if one does."""
        (action,) = [one for one in menu.actions() if one.text() == label]
        further = action.menu()
        point = menu.actionGeometry(action).center()
        self.click(menu, point, Qt.MouseButton.LeftButton)
        if isinstance(further, QMenu):
            self.wait_for(further.isVisible)
            return further
        return None


def mends(user: User) -> None:
    """Open the newest entry, and write one word for another wherever it stands."""
    window, page = user.window, user.window.library
    user.begin()
    user.double_click(page.list.viewport(), page.list.visualRect(page.model.index(0)).center())
    user.wait_for(lambda: window.editor.entry)
    view = window.editor.view
    place = next(one for one in view.edited.places(0) if view.edited.word(one).text == WRONG)
    cursor = QTextCursor(view.document())
    cursor.setPosition(place.start + 2)
    point = view.cursorRect(cursor).center()
    user.click(view.viewport(), point, Qt.MouseButton.RightButton)
    asked = QContextMenuEvent(
        QContextMenuEvent.Reason.Mouse, point, view.viewport().mapToGlobal(point)
    )
    QApplication.sendEvent(view.viewport(), asked)  # what the system makes of a right click
    everywhere = user.choose(QApplication.activePopupWidget(), "Replace everywhere")
    user.choose(everywhere, "Other…")
    user.wait_for(lambda: window.findChild(QInputDialog))
    field = window.findChild(QInputDialog).findChild(QLineEdit)
    user.wait_for(field.hasFocus)
    user.write(RIGHT)
    user.key(Qt.Key.Key_Return)
    user.wait_for(lambda: WRONG not in view.toPlainText())
    assert view.toPlainText().split().count(RIGHT) == OCCURRENCES


def finds(user: User) -> None:
    """Search everything, and open the first hit."""
    window, page = user.window, user.window.library
    user.begin()
    user.key(Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    user.wait_for(page.search.hasFocus)
    user.write(PHRASE)
    user.wait_for(lambda: page._answered == PHRASE and page.hits.rowCount())
    user.key(Qt.Key.Key_Return)
    user.wait_for(lambda: window.editor.entry)
    assert window.editor.view.textCursor().selectedText() == PHRASE.split()[0]


if __name__ == "__main__":
    main()
