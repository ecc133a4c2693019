"""What all tests share: Qt paints into memory unless a display is asked for."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep what the program writes of its own accord in a folder of the test, once it does."""
    folder = tmp_path / "home"
    monkeypatch.setenv("EARSHOT_HOME", str(folder))
    monkeypatch.setenv("EARSHOT_CACHE", str(folder / "sounds"))
    return folder


@pytest.fixture
def standing_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let relative paths begin in the test's folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def hide(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Return what lets a module be one that is not installed."""
    return lambda name: monkeypatch.setitem(sys.modules, name, None)
