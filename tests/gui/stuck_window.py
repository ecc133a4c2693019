"""A process with a window that is closed while its recogniser computes for a minute.

    python -m tests.gui.stuck_window FOLDER listening|finishing

It prints how many seconds the microphone was heard when it stops listening, by the button
or with the window, and the clock when it closes the window.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QLabel

from asr.audio import SAMPLE_RATE, Samples, source
from asr.emissions import Emissions
from asr.live.session import Hearing, Session
from gui.app import application_object, run
from gui.main_window import MainWindow
from tests.asr.scripted import FakeClock, Script
from tests.asr.sessions import SPEECH
from tests.asr.tones import decoder, tone_network
from tests.gui.screen import named
from tests.gui.scripted import ScriptedEngine

LOOK_MS = 50
HEARD_BEFORE = 8  # calls of the network until it is stuck
HEARD_WHILE_S = 0.6  # of sound that comes while it is


class RealClock(FakeClock):
    """The clock of the capture."""

    @property
    def now(self) -> float:  # type: ignore[override]
        return source.boottime()

    @now.setter
    def now(self, _: float) -> None:
        """Time passes by itself."""


class Punctual(Script):
    """A script that begins when somebody listens."""

    def open(self) -> None:
        self._zero = self._clock.now
        super().open()


class User:
    """Presses the button, and closes the window when the recogniser is stuck."""

    def __init__(self, folder: Path, how: str) -> None:
        sound = np.concatenate([SPEECH, np.zeros(60 * SAMPLE_RATE, np.float32)])
        self.microphone = Punctual(sound, RealClock())
        hearing = Hearing(network=self.stuck_network, decoder=decoder())
        session = Session(hearing, {"": self.microphone}, folder)
        self.engine = ScriptedEngine(session=session)  # type: ignore[arg-type]
        self.is_finishing = how == "finishing"
        self.calls = 0
        self.presses = 0
        self.close_at = 0.0

    def stuck_network(self, samples: Samples) -> Emissions:
        self.calls += 1
        if self.calls > HEARD_BEFORE:
            self.close_at = time.monotonic() + HEARD_WHILE_S
            time.sleep(60)
        return tone_network(samples)

    def look(self) -> None:
        windows = QApplication.topLevelWidgets()
        (window,) = [each for each in windows if isinstance(each, MainWindow)]
        state = named(window, QLabel, "State").text()
        if state == "Ready" and not self.presses:
            self.press(window)
        elif self.close_at and time.monotonic() >= self.close_at:
            if self.presses == 1:
                self.say_what_was_heard()
            if self.is_finishing and self.presses == 1:
                self.press(window)
                self.close_at += HEARD_WHILE_S
            else:
                self.close(window)

    def press(self, window: MainWindow) -> None:
        self.presses += 1
        window.control_bar.button.click()

    def close(self, window: MainWindow) -> None:
        self.close_at = 0.0
        sys.stdout.write(f"{time.monotonic()}\n")
        sys.stdout.flush()
        window.close()

    def say_what_was_heard(self) -> None:
        assert self.microphone.begins is not None
        sys.stdout.write(f"{source.boottime() - self.microphone.begins}\n")


if __name__ == "__main__":
    application = application_object()
    folder = Path(sys.argv[1])
    user = User(folder, sys.argv[2])
    timer = QTimer(interval=LOOK_MS)
    timer.timeout.connect(user.look)
    timer.start()
    sys.exit(run(lambda: user.engine, folder))
