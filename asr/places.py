"""Where the program keeps what it writes, by the custom of each system."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def data_folder() -> Path:
    """Recordings and transcripts; EARSHOT_HOME overrides it."""
    if home := os.environ.get("EARSHOT_HOME"):
        return Path(home)
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA", Path.home())) / "Earshot"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "Earshot"
    shared = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(shared) / "earshot"


def vocabulary_file() -> Path:
    """The words that the user expects, a phrase a line; what `--hot-words` reads, too."""
    return data_folder() / "vocabulary.txt"


def settings_file() -> Path:
    """What the window remembers; inside EARSHOT_HOME if that is set."""
    if os.environ.get("EARSHOT_HOME") or sys.platform in ("win32", "darwin"):
        return data_folder() / "settings.ini"
    shared = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(shared) / "earshot" / "settings.ini"


def cache_folder() -> Path:
    """What can be found out again; inside EARSHOT_HOME if that is set."""
    if home := os.environ.get("EARSHOT_HOME"):
        return Path(home) / "cache"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home())) / "Earshot" / "Cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "Earshot"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "earshot"
