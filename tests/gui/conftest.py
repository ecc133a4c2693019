"""A whole window with its threads, around a scripted engine."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gui.app import Desk
from gui.engine import EngineFactory
from gui.phase import Phase
from tests.gui.scripted import ScriptedEngine

OpenDesk = Callable[[EngineFactory], Desk]


@pytest.fixture
def store(tmp_path: Path) -> QSettings:
    return QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)


@pytest.fixture
def open_desk(
    qapp: QApplication, store: QSettings, tmp_path: Path, engine: ScriptedEngine
) -> Iterator[OpenDesk]:
    """Return what opens a window and closes it after the test."""
    desks: list[Desk] = []

    def open_desk(factory: EngineFactory) -> Desk:
        desk = Desk(qapp, factory, tmp_path, store, engine)
        desks.append(desk)
        desk.window.show()
        desk.flow.load()
        return desk

    yield open_desk
    for desk in desks:
        desk.window.close()
        desk.close()


@pytest.fixture
def engine() -> ScriptedEngine:
    return ScriptedEngine()


@pytest.fixture
def desk(open_desk: OpenDesk, engine: ScriptedEngine, qtbot: QtBot) -> Desk:
    """Return a window that is ready to listen to `engine`."""
    desk = open_desk(lambda: engine)
    qtbot.waitUntil(lambda: desk.flow.phase is Phase.READY)
    return desk
