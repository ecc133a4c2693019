"""A whole window with its threads, around a scripted engine."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QSettings
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from asr.errors import AlignmentError
from asr.library import realign as realigning
from gui.app import AppContext
from gui.engine import EngineFactory
from gui.phase import Phase
from tests.gui.scripted import ScriptedEngine

PATIENCE_MS = 60_000  # a machine that others keep busy is slow, and a test that fails is rare


class PatientBot(QtBot):
    """Waits longer than pytest-qt's five seconds for what should come."""

    def waitUntil(  # noqa: N802
        self, callback: Callable[[], object], *, timeout: int = PATIENCE_MS
    ) -> None:
        super().waitUntil(callback, timeout=timeout)

    def waitSignal(self, signal: Any, *, timeout: int = PATIENCE_MS, **how: Any) -> Any:  # noqa: N802
        return super().waitSignal(signal, timeout=timeout, **how)


@pytest.fixture
def qtbot(qapp: QApplication, request: pytest.FixtureRequest) -> QtBot:
    return PatientBot(request)


OpenContext = Callable[[EngineFactory], AppContext]


@pytest.fixture
def store(tmp_path: Path) -> QSettings:
    return QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)


@pytest.fixture
def no_alignment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let edited words keep the times that are guessed: a scripted engine hears nothing."""

    def realign(*_: object) -> None:
        raise AlignmentError("A script has no sound.")

    monkeypatch.setattr(realigning, "realign", realign)


@pytest.fixture
def open_context(
    qapp: QApplication,
    store: QSettings,
    tmp_path: Path,
    engine: ScriptedEngine,
    no_alignment: None,
) -> Iterator[OpenContext]:
    """Return what opens a window and closes it after the test."""
    contexts: list[AppContext] = []

    def open_context(factory: EngineFactory) -> AppContext:
        context = AppContext(qapp, factory, tmp_path / "sessions", store, engine)
        contexts.append(context)
        context.window.show()
        context.controller.load()
        context.window.librarian.open_library()
        return context

    yield open_context
    for context in contexts:
        context.window.close()
        context.close()
        context.window.deleteLater()  # or the next window's style is put on this one, too
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def engine() -> ScriptedEngine:
    return ScriptedEngine()


@pytest.fixture
def context(open_context: OpenContext, engine: ScriptedEngine, qtbot: QtBot) -> AppContext:
    """Return a window that is ready to listen to `engine`."""
    context = open_context(lambda: engine)
    qtbot.waitUntil(lambda: context.controller.phase is Phase.READY)
    return context
