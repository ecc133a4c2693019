"""Which microphone: a pill that names it and a menu that is searched anew when it opens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from gui.engine import Device
from gui.icons import icon
from gui.theme import Theme

_LONGEST_NAME: Final = 26  # letters on the pill; the menu shows the whole name


class DevicePicker(QToolButton):
    """Names the chosen device and offers the others.

    Signals:
        opened: The list is about to be read: look for devices again.
        chosen: The key of a device; empty is the system's default.
    """

    opened = Signal()
    chosen = Signal(str)

    def __init__(self, key: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._key = key
        self._devices: tuple[Device, ...] = ()
        self.setProperty("pill", True)
        self.setIconSize(QSize(18, 18))
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        menu = QMenu(self)
        menu.aboutToShow.connect(self.opened)
        self.setMenu(menu)
        self._group = QActionGroup(self)
        self._group.triggered.connect(self._on_triggered)
        self._refresh()

    @Slot(object)
    def wear(self, theme: Theme) -> None:
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
            self._offer(device.key, device.name)
        keys = {device.key for device in self._devices}
        if self._key and self._key not in keys:
            label = self.tr("{name} (not connected)").format(name=self._key)
            self._offer(self._key, label).setEnabled(False)
        elif not self._devices:
            self.menu().addAction(self.tr("No microphone was found")).setEnabled(False)
        self._name_choice()

    def _offer(self, key: str, label: str) -> QAction:
        action = self.menu().addAction(label.replace("&", "&&"))
        action.setData(key)
        action.setCheckable(True)
        action.setChecked(key == self._key)
        self._group.addAction(action)
        return action

    def _default_label(self) -> str:
        names = [device.name for device in self._devices if device.is_default]
        if names:
            return self.tr("System default ({name})").format(name=names[0])
        return self.tr("System default")

    def _name_choice(self) -> None:
        names = {device.key: device.name for device in self._devices}
        name = names.get(self._key, self._key) or self.tr("System default")
        short = name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"
        self.setText(f" {short}".replace("&", "&&"))
        self.setToolTip(name)
        self.setAccessibleName(self.tr("Microphone: {name}").format(name=name))

    @Slot(QAction)
    def _on_triggered(self, action: QAction) -> None:
        self._key = str(action.data())
        self._name_choice()
        self.chosen.emit(self._key)
