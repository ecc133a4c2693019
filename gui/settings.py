"""What the window remembers; nothing else touches QSettings."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Final

from asr.errors import ConfigError
from asr.live.endpoint import PRESETS
from asr.places import settings_file
from asr.readable.replacements import Replacements
from PySide6.QtCore import QByteArray, QObject, QSettings, Signal, Slot

SMALLEST_POINTS: Final = 9
LARGEST_POINTS: Final = 40
APPEARANCES: Final = ("system", "light", "dark")
PAUSES: Final = tuple(PRESETS)
START_PAGES: Final = ("listen", "library")
KEEP_DAYS: Final = (0, 30, 90, 365)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The fields are the keys in the file."""

    device: str = ""  # a device's key; empty is the system's default
    with_system: bool = False  # hear what the computer plays, too
    pre_roll: bool = False  # keep the microphone open for the second before the button
    pause: str = "normal"  # that ends an utterance
    as_heard: bool = False  # words without case, marks and figures
    spoken_commands: bool = False  # «comma» and such are obeyed
    replacements: str = ""  # the user's own, a line each, as asr.readable.replacements reads
    font_points: int = 14
    appearance: str = "system"
    folder: str = ""  # where the file dialogs open
    geometry: bytes = b""
    keys: str = ""  # that are not the usual ones: JSON, the names of actions and their keys
    page: str = "listen"  # that the window opens at
    history: bool = True  # keep sessions and files in the library
    export_plan: str = ""  # the last one, as gui.export.plan writes it
    exports_always: bool = False  # each session and file, by that plan
    keep_days: int = 0  # after which entries go to the trash; 0 is never

    def __post_init__(self) -> None:
        if not SMALLEST_POINTS <= self.font_points <= LARGEST_POINTS:
            raise ValueError(f"font_points ({self.font_points}) is out of range.")
        if self.appearance not in APPEARANCES:
            raise ValueError(f"appearance ({self.appearance}) is none of {APPEARANCES}.")
        if self.pause not in PAUSES:
            raise ValueError(f"pause ({self.pause}) is none of {PAUSES}.")
        if self.page not in START_PAGES:
            raise ValueError(f"page ({self.page}) is none of {START_PAGES}.")
        if self.keep_days not in KEEP_DAYS:
            raise ValueError(f"keep_days ({self.keep_days}) is none of {KEEP_DAYS}.")
        try:
            Replacements.parse(self.replacements.splitlines())
        except ConfigError as error:
            raise ValueError(str(error)) from error


class SettingsStore(QObject):
    """The settings that hold, saved whenever one changes.

    Signals:
        listening_changed: The next session will listen in another way.
        history_changed: Sessions and files are kept from here on, or are not.
        dictation_changed: What is heard will be written in another way.
    """

    listening_changed = Signal()
    history_changed = Signal()
    dictation_changed = Signal()

    def __init__(self, store: QSettings) -> None:
        super().__init__()
        self._store = store
        self.settings = load_settings(store)

    @Slot(str)
    def keep_device(self, key: str) -> None:
        """Remember the microphone."""
        self._keep(replace(self.settings, device=key))
        self.listening_changed.emit()

    @Slot(bool)
    def keep_with_system(self, wanted: bool) -> None:
        """Remember whether the system's sound is heard, too."""
        self._keep(replace(self.settings, with_system=wanted))
        self.listening_changed.emit()

    @Slot(bool)
    def keep_pre_roll(self, wanted: bool) -> None:
        """Remember whether the second before the button is kept."""
        self._keep(replace(self.settings, pre_roll=wanted))
        self.listening_changed.emit()

    @Slot(bool)
    def keep_as_heard(self, wanted: bool) -> None:
        """Remember whether words are shown as they were heard."""
        self._keep(replace(self.settings, as_heard=wanted))

    @Slot(bool, str)
    def keep_dictation(self, spoken_commands: bool, replacements: str) -> None:
        """Remember whether spoken commands are obeyed, and the user's replacements."""
        self._keep(
            replace(self.settings, spoken_commands=spoken_commands, replacements=replacements)
        )
        self.dictation_changed.emit()

    def keep_pause(self, pause: str) -> None:
        """Remember which pauses end an utterance."""
        self._keep(replace(self.settings, pause=pause))
        self.listening_changed.emit()

    @Slot(str)
    def keep_folder(self, folder: str) -> None:
        """Remember where files are."""
        self._keep(replace(self.settings, folder=folder))

    def keep_appearance(self, appearance: str) -> None:
        """Remember light or dark."""
        self._keep(replace(self.settings, appearance=appearance))

    def keep_font_points(self, points: int) -> int:
        """Remember the size of the text, and return it, kept within what can be read."""
        points = min(LARGEST_POINTS, max(SMALLEST_POINTS, points))
        self._keep(replace(self.settings, font_points=points))
        return points

    def keep_page(self, page: str) -> None:
        """Remember which page the window opens at."""
        self._keep(replace(self.settings, page=page))

    @Slot(object)
    def keep_keys(self, keys: Mapping[str, str]) -> None:
        """Remember which keys the user chose."""
        self._keep(replace(self.settings, keys=json.dumps(dict(keys)) if keys else ""))

    @Slot(str)
    def keep_export_plan(self, plan: str) -> None:
        """Remember what the last export was like."""
        self._keep(replace(self.settings, export_plan=plan))

    @Slot(bool)
    def keep_exports_always(self, wanted: bool) -> None:
        """Remember whether each session and file is exported by itself."""
        self._keep(replace(self.settings, exports_always=wanted))

    @Slot(bool)
    def keep_history(self, wanted: bool) -> None:
        """Remember whether sessions and files are kept."""
        self._keep(replace(self.settings, history=wanted))
        self.history_changed.emit()

    @Slot(int)
    def keep_entries(self, days: int) -> None:
        """Remember after how many days entries go to the trash."""
        self._keep(replace(self.settings, keep_days=days))

    def keep_geometry(self, geometry: QByteArray) -> None:
        """Remember where the window was."""
        self._keep(replace(self.settings, geometry=bytes(geometry.data())))

    def _keep(self, settings: Settings) -> None:
        self.settings = settings
        save_settings(settings, self._store)


def open_store() -> QSettings:
    """Open the file in which the settings are kept between two starts."""
    return QSettings(str(settings_file()), QSettings.Format.IniFormat)


def load_settings(store: QSettings) -> Settings:
    """Read what was saved; a value that makes no sense is replaced by its default."""
    settings: dict[str, object] = {}
    for field in fields(Settings):
        value = _as_type(store.value(field.name), type(field.default))
        if value is None:
            continue
        try:
            Settings(**{field.name: value})  # type: ignore[arg-type]
        except ValueError:
            continue
        settings[field.name] = value
    return Settings(**settings)  # type: ignore[arg-type]


def save_settings(settings: Settings, store: QSettings) -> None:
    """Write every field."""
    for field in fields(settings):
        value = getattr(settings, field.name)
        store.setValue(field.name, QByteArray(value) if isinstance(value, bytes) else value)
    store.sync()


def _as_type(value: object, kind: type) -> object:
    """Undo what an INI file does to types; raise nothing, for the caller checks the result."""
    if isinstance(value, QByteArray):
        return value.data() if kind is bytes else None
    if kind is bool and value in ("true", "false"):
        return value == "true"
    if kind is int and isinstance(value, str) and value.isdecimal():
        return int(value)
    return value if isinstance(value, kind) else None
