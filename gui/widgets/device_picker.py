"""What is listened to: a pill that names it and a menu that is searched anew when it opens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from asr.audio.devices import Device
from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QToolButton

from gui.style.icons import icon
from gui.style.theme import Theme
from gui.widgets.button_menu import ButtonMenu

_LONGEST_NAME: Final = 26  # letters on the pill; the menu shows the whole name
_SHORT_NAME: Final = 14  # where the system's sound is named beside it


class DevicePicker(QToolButton):
    """Names the chosen device and offers the others, and the system's sound beside it.

    Signals:
        opened: The list is about to be read: look for devices again.
        chosen: The name of a device; empty is the system's default.
        system_wanted: Whether the system's sound shall be heard, too.
    """

    opened = Signal()
    chosen = Signal(str)
    system_wanted = Signal(bool)

    def __init__(self, key: str, *, with_system: bool) -> None:
        super().__init__()
        self._key = key
        self.system = QAction(self, checkable=True, checked=with_system)
        self.system.toggled.connect(self._name_choice)
        self.system.toggled.connect(self.system_wanted)
        self._devices: tuple[Device, ...] = ()
        self.setProperty("pill", True)
        self.setIconSize(QSize(18, 18))
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        menu = ButtonMenu(self)
        menu.aboutToShow.connect(self.opened)
        self.setMenu(menu)
        self._group = QActionGroup(self)
        self._group.triggered.connect(self._on_triggered)
        self._refresh()

    @Slot(object)
    def apply_theme(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self.setIcon(icon("microphone", theme.dim))

    @Slot(object)
    def show_devices(self, devices: Sequence[Device]) -> None:
        """Offer these devices."""
        self._devices = tuple(devices)
        self._refresh()

    def _refresh(self) -> None:
        for action in self._group.actions():
            self._group.removeAction(action)
            action.deleteLater()
        self.menu().clear()
        self._offer("", self._default_label())
        self.menu().addSeparator()
        for device in self._devices:
            self._offer(device.name, device.label)
        keys = {device.name for device in self._devices}
        if self._key and self._key not in keys:
            label = self.tr("{name} (not connected)").format(name=self._key)
            self._offer(self._key, label).setEnabled(False)
        elif not self._devices:
            self.menu().addAction(self.tr("No microphone was found")).setEnabled(False)
        self.menu().addSeparator()
        self.menu().addAction(self.system)
        self._name_system()
        self._name_choice()

    def _offer(self, key: str, label: str) -> QAction:
        action = self.menu().addAction(label.replace("&", "&&"))
        action.setData(key)
        action.setCheckable(True)
        action.setChecked(key == self._key)
        self._group.addAction(action)
        return action

    def _default_label(self) -> str:
        names = [device.label for device in self._devices if device.is_default]
        if names:
            return self.tr("System default ({name})").format(name=names[0])
        return self.tr("System default")

    def _name_system(self) -> None:
        """Offer the system's sound, or say that it cannot be heard."""
        can_be_heard = any(device.is_monitor for device in self._devices)
        self.system.setEnabled(can_be_heard or self.system.isChecked())
        if can_be_heard or not self._devices:
            self.system.setText(self.tr("And what this computer plays, as “them”"))
            self.system.setToolTip(
                self.tr("Two voices: you are “me”, whoever is heard from the computer “them”.")
            )
        else:
            self.system.setText(self.tr("What this computer plays cannot be heard here"))
            self.system.setToolTip(
                self.tr(
                    "This system offers no input for it. Install a loopback device and choose "
                    "it as a microphone."
                )
            )

    @Slot()
    def _name_choice(self) -> None:
        names = {device.name: device.label for device in self._devices}
        name = names.get(self._key, self._key) or self.tr("System default")
        with_system = self.system.isChecked()
        longest = _SHORT_NAME if with_system else _LONGEST_NAME
        short = name if len(name) <= longest else f"{name[: longest - 1]}…"
        if with_system:
            short = self.tr("{name} + computer").format(name=short)
            name = self.tr("{name} and what this computer plays").format(name=name)
        self.setText(f" {short}".replace("&", "&&"))
        self.setToolTip(name)
        self.setAccessibleName(self.tr("Microphone: {name}").format(name=name))

    @Slot(QAction)
    def _on_triggered(self, action: QAction) -> None:
        self._key = str(action.data())
        self._name_choice()
        self.chosen.emit(self._key)
