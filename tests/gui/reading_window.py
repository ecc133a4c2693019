"""A process whose window reads one file with the real recogniser, and is closed.

Run as `python -m tests.gui.reading_window FILE`.
"""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from asr.engine import Engine
from gui.app import application_object, run
from gui.main_window import MainWindow
from gui.phase import Phase

LOOK_MS = 50


class Reader:
    """Opens the file as soon as it may, and closes the window once it is read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.is_opened = False

    def look(self) -> None:
        windows = QApplication.topLevelWidgets()
        (window,) = [each for each in windows if isinstance(each, MainWindow)]
        if window._controller.phase is not Phase.READY:
            return
        if self.is_opened:
            timer.stop()
            sys.stdout.write(window.page.toPlainText())
            sys.stdout.flush()
            window.close()
        else:
            self.is_opened = True
            window._controller.open_file(self.path)


if __name__ == "__main__":
    application = application_object()
    reader = Reader(Path(sys.argv[1]))
    timer = QTimer(interval=LOOK_MS)
    timer.timeout.connect(reader.look)
    timer.start()
    sys.exit(run(Engine))
