"""A window that is closed while much is left to recognise, with a real session and its disk."""

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QObject, Signal
from pytestqt.qtbot import QtBot

from asr.audio import SAMPLE_RATE
from asr.live.recorded import read_transcript
from asr.live.session import recover
from asr.live.stored import unfinished_sessions
from gui.workers import live_worker as live_worker_module
from gui.workers.live_worker import LiveWorker
from gui.workers.worker_thread import WorkerThread
from tests.asr.scripted import FakeClock, Script, fake_clock
from tests.asr.sessions import HEARING, SAID, SPEECH, session_with

__all__ = ["fake_clock"]

SILENCE = np.zeros(SAMPLE_RATE, np.float32)
ROOT = Path(__file__).parents[2]
SPOKEN = np.concatenate([SPEECH, SILENCE] * 8)


class Window(QObject):
    """Stands for the window, which starts and ends a session."""

    start = Signal(object)
    finish = Signal()


@pytest.mark.parametrize("is_stopped", [False, True], ids=["listening", "finishing"])
@pytest.mark.parametrize("patience_s", [0.0, 60.0], ids=["at once", "with patience"])
def test_closing_loses_nothing(
    qtbot: QtBot,
    tmp_path: Path,
    fake_clock: FakeClock,
    monkeypatch: pytest.MonkeyPatch,
    is_stopped: bool,
    patience_s: float,
) -> None:
    monkeypatch.setattr(live_worker_module, "LAST_WORDS_S", patience_s)
    session = session_with({"": Script(SPOKEN, fake_clock)}, tmp_path)
    worker, window = LiveWorker(), Window()
    window.start.connect(worker.start)
    window.finish.connect(worker.finish)
    thread = WorkerThread(worker)
    window.start.emit(lambda: session)
    qtbot.waitUntil(lambda: session.folder is not None)

    fake_clock.now += len(SPOKEN) / SAMPLE_RATE
    if is_stopped:
        window.finish.emit()
    thread.close()

    left = unfinished_sessions(tmp_path)
    for one in left:
        list(recover(HEARING, one.folder))
    stored = read_transcript(session.folder)
    assert session.is_finished
    assert bool(left) == (patience_s == 0) or is_stopped  # it may have been quick enough
    assert [segment.text for segment in stored.segments] == SAID * 8
    assert unfinished_sessions(tmp_path) == []


@pytest.mark.parametrize("how", ["listening", "finishing"])
def test_a_window_is_closed_in_a_moment_however_long_the_recogniser_computes(
    tmp_path: Path, how: str
) -> None:
    sessions = tmp_path / "sessions"
    child = subprocess.run(
        [sys.executable, "-m", "tests.gui.stuck_window", str(sessions), how],
        cwd=ROOT,
        env={**os.environ, "XDG_CONFIG_HOME": str(tmp_path)},
        stdout=subprocess.PIPE,
        text=True,
        timeout=50,
        check=True,
    )
    ended = time.monotonic()

    heard, closed = map(float, child.stdout.split())
    assert ended - closed < 2.0
    (found,) = unfinished_sessions(sessions)
    assert found.seconds == pytest.approx(heard, abs=0.1)
    list(recover(HEARING, found.folder))
    assert read_transcript(found.folder).segments[0].text == SAID[0]
    assert unfinished_sessions(sessions) == []
