"""Everything that can be asked for by key or menu, in one table."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from asr.live.endpoint import PRESETS
from PySide6.QtCore import QT_TRANSLATE_NOOP, Slot
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QWidget

from gui.pages import Page
from gui.phase import Phase
from gui.settings import APPEARANCES, Settings
from gui.style.icons import icon
from gui.style.theme import Theme

# What it is called, and its keys; Space is the button's own (see MainWindow.keyPressEvent).
_TABLE: Final = {
    "record": (QT_TRANSLATE_NOOP("Actions", "Start or stop listening"), ["Ctrl+R"]),
    "open": (QT_TRANSLATE_NOOP("Actions", "Open…"), ["Ctrl+O"]),
    "copy": (QT_TRANSLATE_NOOP("Actions", "Copy"), ["Ctrl+Shift+C"]),
    "save": (QT_TRANSLATE_NOOP("Actions", "Save…"), ["Ctrl+S"]),
    "export": (QT_TRANSLATE_NOOP("Actions", "Export…"), ["Ctrl+Shift+E"]),
    "edit": (QT_TRANSLATE_NOOP("Actions", "Edit"), ["Ctrl+E"]),
    "show_listen": (QT_TRANSLATE_NOOP("Actions", "Listen"), ["Ctrl+1"]),
    "show_library": (QT_TRANSLATE_NOOP("Actions", "Library"), ["Ctrl+2"]),
    "back": (QT_TRANSLATE_NOOP("Actions", "Back to the library"), ["Alt+Left"]),
    "search": (QT_TRANSLATE_NOOP("Actions", "Search the library"), ["Ctrl+F"]),
    "play": (QT_TRANSLATE_NOOP("Actions", "Play or pause"), ["Esc"]),
    "earlier": (QT_TRANSLATE_NOOP("Actions", "Back 3 seconds"), ["Alt+J"]),
    "play_here": (QT_TRANSLATE_NOOP("Actions", "Play from here"), ["Alt+K"]),
    "later": (QT_TRANSLATE_NOOP("Actions", "Forward 3 seconds"), ["Alt+L"]),
    "loop": (QT_TRANSLATE_NOOP("Actions", "Repeat the sentence"), ["F5"]),
    "next_doubt": (QT_TRANSLATE_NOOP("Actions", "Next doubtful word"), ["F8"]),
    "last_doubt": (QT_TRANSLATE_NOOP("Actions", "Doubtful word before"), ["Shift+F8"]),
    "slower": (QT_TRANSLATE_NOOP("Actions", "Slower"), ["Alt+-"]),
    "faster": (QT_TRANSLATE_NOOP("Actions", "Faster"), ["Alt+="]),
    "dictation": (QT_TRANSLATE_NOOP("Actions", "Dictation…"), ["Ctrl+Alt+D"]),
    "vocabulary": (QT_TRANSLATE_NOOP("Actions", "Vocabulary…"), ["Ctrl+Alt+V"]),
    "keys": (QT_TRANSLATE_NOOP("Actions", "Keys…"), ["Ctrl+Alt+K"]),
    "new_page": (QT_TRANSLATE_NOOP("Actions", "New page"), ["Ctrl+N"]),
    "cancel": (QT_TRANSLATE_NOOP("Actions", "Stop reading the file"), ["Esc"]),
    "larger": (QT_TRANSLATE_NOOP("Actions", "Larger text"), ["Ctrl++", "Ctrl+="]),
    "smaller": (QT_TRANSLATE_NOOP("Actions", "Smaller text"), ["Ctrl+-"]),
    "usual": (QT_TRANSLATE_NOOP("Actions", "Usual text size"), ["Ctrl+0"]),
}
_PLAYBACK: Final = ("play", "earlier", "play_here", "later", "loop", "slower", "faster")
_APPEARANCE_NAMES: Final = {
    "system": QT_TRANSLATE_NOOP("Actions", "Light or dark as the system"),
    "light": QT_TRANSLATE_NOOP("Actions", "Light"),
    "dark": QT_TRANSLATE_NOOP("Actions", "Dark"),
}
_PAUSE_NAMES: Final = {
    "fast": QT_TRANSLATE_NOOP("Actions", "Short, {seconds} s"),
    "normal": QT_TRANSLATE_NOOP("Actions", "Usual, {seconds} s"),
    "long": QT_TRANSLATE_NOOP("Actions", "Long, {seconds} s"),
}
_ICONS: Final = {
    "open": "open",
    "copy": "copy",
    "save": "save",
    "export": "save",
    "edit": "edit",
    "back": "back",
    "earlier": "earlier",
    "later": "later",
    "loop": "loop",
    "next_doubt": "doubt",
}


class Actions(QActionGroup):
    """The actions by name; they work anywhere in `window`."""

    def __init__(self, window: QWidget, settings: Settings) -> None:
        super().__init__(window)
        self.setExclusionPolicy(QActionGroup.ExclusionPolicy.None_)
        self._named = {name: self._make(window, name) for name in _TABLE}
        appearances = {name: self.tr(str(_APPEARANCE_NAMES[name])) for name in APPEARANCES}
        self.appearances = _choices(window, appearances, settings.appearance)
        pauses = {
            name: self.tr(str(_PAUSE_NAMES[name])).format(seconds=preset.pause)
            for name, preset in PRESETS.items()
        }
        self.pauses = _choices(window, pauses, settings.pause)
        self.pre_roll = QAction(self.tr("Keep the second before the button"), window)
        self.pre_roll.setToolTip(
            self.tr(
                "The microphone stays open between recordings; nothing is kept but the last "
                "second, in memory."
            )
        )
        self.pre_roll.setCheckable(True)
        self.pre_roll.setChecked(settings.pre_roll)
        self.as_heard = QAction(self.tr("Words as they were heard"), window)
        self.as_heard.setToolTip(self.tr("Without capital letters, marks and figures."))
        self.as_heard.setCheckable(True)
        self.as_heard.setChecked(settings.as_heard)
        self._phase, self._page = Phase.LOADING, Page.LISTEN
        self.take_keys(keys_from_text(settings.keys))
        self.show_phase(Phase.LOADING)
        self.show_sound(has_sound=False)
        self.show_page(Page.LISTEN, has_text=False, can_edit=False)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all actions that have keys."""
        return tuple(self._named)

    def usual_key(self, name: str) -> QKeySequence:
        """Return the key that an action has unless the user chose another."""
        return QKeySequence(_TABLE[name][1][0])

    @Slot(object)
    def take_keys(self, chosen: Mapping[str, str]) -> None:
        """Give actions the keys that the user chose, and the others their usual ones."""
        for name, action in self._named.items():
            if name in chosen:
                action.setShortcuts([QKeySequence(chosen[name])])
            else:
                action.setShortcuts([QKeySequence(key) for key in _TABLE[name][1]])
            self._tell_key(action)

    def __getitem__(self, name: str) -> QAction:
        return self._named[name]

    @Slot(object)
    def apply_theme(self, theme: Theme) -> None:
        """Take the theme's colours."""
        for name, drawing in _ICONS.items():
            self[name].setIcon(icon(drawing, theme.text))

    @Slot(object)
    def show_phase(self, phase: Phase) -> None:
        """Allow what can be done in this phase."""
        self["record"].setEnabled(phase in (Phase.READY, Phase.LISTENING))
        self["open"].setEnabled(phase in (Phase.READY, Phase.READING))  # then it waits
        self["new_page"].setEnabled(phase is Phase.READY)
        self._phase = phase
        self._share_esc()

    def show_page(
        self, page: Page, *, has_text: bool, can_edit: bool, can_export: bool = True
    ) -> None:
        """Allow what needs text on the page, or the page."""
        is_library = page is Page.LIBRARY
        self["copy"].setEnabled(has_text and not is_library)
        self["save"].setEnabled(has_text and not is_library)
        self["edit"].setEnabled(can_edit and page is Page.LISTEN)
        for name in ("back", "export", "next_doubt", "last_doubt"):
            self[name].setEnabled(page is Page.EDITOR)
        self["export"].setEnabled(page is Page.EDITOR and can_export)
        self._page = page
        self._share_esc()

    def show_sound(self, *, has_sound: bool) -> None:
        """Allow what needs something to play."""
        for name in _PLAYBACK:
            self[name].setEnabled(has_sound)

    def _share_esc(self) -> None:
        """Leave Esc to the sound where there is an entry open."""
        is_reading = self._phase is Phase.READING
        self["cancel"].setEnabled(is_reading and self._page is not Page.EDITOR)

    def _make(self, window: QWidget, name: str) -> QAction:
        label, keys = _TABLE[name]
        action = self.addAction(self.tr(str(label)))
        action.setShortcuts([QKeySequence(key) for key in keys])
        self._tell_key(action)
        window.addAction(action)
        return action

    def _tell_key(self, action: QAction) -> None:
        plain = action.text().removesuffix("…")
        key = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        action.setToolTip(f"{plain} ({key})" if key else plain)


def keys_from_text(text: str) -> dict[str, str]:
    """Return the keys that were remembered; what makes no sense is left out."""
    try:
        fields = json.loads(text or "{}")
    except ValueError:
        return {}
    if not isinstance(fields, dict):
        return {}
    return {
        name: key for name, key in fields.items() if name in _TABLE and isinstance(key, str)
    }


def _choices(window: QWidget, names: Mapping[str, str], chosen: str) -> QActionGroup:
    """Return actions of which one is always checked; their data are the keys of the names."""
    group = QActionGroup(window)
    for key, name in names.items():
        choice = group.addAction(name)
        choice.setData(key)
        choice.setCheckable(True)
        choice.setChecked(key == chosen)
    return group
