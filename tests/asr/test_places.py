"""Each system's custom, and EARSHOT_HOME before all of them."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from asr.places import cache_folder, data_folder, settings_file

SHARED = ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME")
VARIABLES = ("EARSHOT_HOME", "APPDATA", "LOCALAPPDATA", *SHARED)
CUSTOMS = {
    "win32": ("Earshot", "Earshot/settings.ini", "Earshot/Cache"),
    "darwin": (
        "Library/Application Support/Earshot",
        "Library/Application Support/Earshot/settings.ini",
        "Library/Caches/Earshot",
    ),
    "linux": (".local/share/earshot", ".config/earshot/settings.ini", ".cache/earshot"),
}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder, and no variable that tells another place."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    return tmp_path


@pytest.fixture(params=CUSTOMS)
def system(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of the system that there is."""
    monkeypatch.setattr(sys, "platform", request.param)
    return str(request.param)


def test_files_lie_where_the_system_has_them(home: Path, system: str) -> None:
    found = (data_folder(), settings_file(), cache_folder())

    assert found == tuple(home / place for place in CUSTOMS[system])


@pytest.mark.parametrize(
    ("system", "variables"),
    [("win32", ("APPDATA", "APPDATA", "LOCALAPPDATA")), ("linux", SHARED)],
    indirect=["system"],
)
def test_the_systems_own_variables_are_obeyed(
    home: Path, monkeypatch: pytest.MonkeyPatch, system: str, variables: tuple[str, ...]
) -> None:
    for name in variables:
        monkeypatch.setenv(name, str(home / name))

    found = (data_folder(), settings_file(), cache_folder())

    for path, name in zip(found, variables, strict=True):
        assert path.is_relative_to(home / name)
        assert path != home / name


def test_one_folder_may_hold_all_of_it(
    home: Path, monkeypatch: pytest.MonkeyPatch, system: str
) -> None:
    monkeypatch.setenv("EARSHOT_HOME", str(home / "own"))

    found = (data_folder(), settings_file(), cache_folder())

    assert found == (home / "own", home / "own" / "settings.ini", home / "own" / "cache")
