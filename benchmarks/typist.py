"""The program with somebody in it who types: what `benchmarks.window_kills` kills.

    python -m benchmarks.typist SEED

Runs `main.py` without a command. When the window is ready, the first entry of the library is
opened by its keys, and typed into until the process dies: words, marks, Return, Backspace,
Delete, undo, redo, paste, the caret elsewhere; with a rest now and then, in which the program
aligns and indexes. Lines of JSON on stdout say what the page reads when it is opened, which
key is about to be pressed, and what the page reads after it; times are the monotonic clock's.
"""

from __future__ import annotations

import json
import random
import sys
import time
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, Qt, QTimer, Slot
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

ROOT: Final = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from gui.app import application_object  # noqa: E402
from gui.main_window import MainWindow  # noqa: E402
from gui.phase import Phase  # noqa: E402
from main import main as run_program  # noqa: E402

LOOK_MS: Final = 50  # between two looks whether the window is there
KEYS_MS: Final = (8, 90)  # between two keys
REST_MS: Final = (2200, 3200)  # long enough for the program to align and to index
RESTS: Final = 0.02  # of all keys are followed by a rest
WORDS: Final = 0.86  # of all keys are those of words
LETTERS: Final = "abcdefghijklmnoprstuvwy"
_CONTROL: Final = Qt.KeyboardModifier.ControlModifier
_SHIFT: Final = Qt.KeyboardModifier.ShiftModifier
OTHERS: Final = {  # what is pressed between two words: the key, and how often
    "return": (Qt.Key.Key_Return, Qt.KeyboardModifier.NoModifier, 4),
    "backspace": (Qt.Key.Key_Backspace, Qt.KeyboardModifier.NoModifier, 8),
    "delete": (Qt.Key.Key_Delete, Qt.KeyboardModifier.NoModifier, 4),
    "delete a word": (Qt.Key.Key_Delete, _CONTROL, 2),
    "undo": (Qt.Key.Key_Z, _CONTROL, 6),
    "redo": (Qt.Key.Key_Z, _CONTROL | _SHIFT, 3),
    "paste": (Qt.Key.Key_V, _CONTROL, 2),
    "next word": (Qt.Key.Key_Right, _CONTROL, 6),
    "next paragraph": (Qt.Key.Key_Down, _CONTROL, 3),
    "to the beginning": (Qt.Key.Key_Home, _CONTROL, 1),
}


class Typist(QObject):
    """Opens the first entry of the library, and types into it until the program dies."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self._chance = random.Random(seed)
        self._seed, self._n_words = seed, 0
        self._letters: list[str] = []  # of the word that is being typed
        self._clock = QTimer(self, singleShot=True)
        self._clock.timeout.connect(self._look)
        self._clock.start(LOOK_MS)

    @Slot()
    def _look(self) -> None:
        """Open the entry as soon as the window has everything it waits for."""
        self._clock.start(LOOK_MS)
        for window in QApplication.topLevelWidgets():
            if not isinstance(window, MainWindow):
                continue
            if window.editor.entry is not None:
                self._begin(window)
            elif window.library.model.rowCount() and window._controller.phase is Phase.READY:
                self._open(window)

    def _open(self, window: MainWindow) -> None:
        QTest.keyClick(window, Qt.Key.Key_2, _CONTROL)
        QTest.keyClick(window.library.list, Qt.Key.Key_Home)
        QTest.keyClick(window.library.list, Qt.Key.Key_Return)

    def _begin(self, window: MainWindow) -> None:
        self._window, self._view = window, window.editor.view
        tell(opened=self._page, notices=window.notices.sentences)
        self._clock.timeout.disconnect(self._look)
        self._clock.timeout.connect(self._press_one)

    @property
    def _page(self) -> str:
        """What the page reads: words by paragraph; white space is no part of a transcript."""
        paragraphs = self._view.toPlainText().split("\n")
        return "\n".join(" ".join(one.split()) for one in paragraphs if one.strip())

    @Slot()
    def _press_one(self) -> None:
        """Press a key, and say so before and after."""
        if self._letters or self._chance.random() < WORDS:
            self._letters = self._letters or list(self._next_word())
            letter = self._letters.pop(0)
            tell(key=letter)
            QTest.keyClicks(self._view, letter)
        else:
            frequencies = [often for _, _, often in OTHERS.values()]
            (name,) = self._chance.choices(list(OTHERS), frequencies)
            if name == "paste":
                QApplication.clipboard().setText(f"{self._next_word()}é ß {self._next_word()}")
            tell(key=name)
            QTest.keyClick(self._view, *OTHERS[name][:2])
        tell(page=self._page, at=time.monotonic())
        is_rest = self._chance.random() < RESTS
        self._clock.start(self._chance.randint(*(REST_MS if is_rest else KEYS_MS)))

    def _next_word(self) -> str:
        """Return a word that was not typed before, with a mark or without, and a space."""
        self._n_words += 1
        letters = "".join(self._chance.choices(LETTERS, k=self._chance.randint(1, 6)))
        mark = self._chance.choice(("", "", "", ",", "."))
        return f"{letters}{self._seed}{self._n_words}{mark} "


def tell(**told: object) -> None:
    """Say something to whoever started this."""
    print(json.dumps(told), flush=True)


if __name__ == "__main__":
    typist_seed = int(sys.argv[1])
    application_object()
    typist = Typist(typist_seed)
    sys.exit(run_program([]))
