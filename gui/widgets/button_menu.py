"""A menu that opens from a button and stays within the window."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QMenu, QWidget


class ButtonMenu(QMenu):
    """The menu of `button`: below it, or above it where there is no room."""

    def __init__(self, button: QWidget) -> None:
        super().__init__(button)
        self._button = button
        self.setToolTipsVisible(True)

    def _take_place(self) -> None:
        button, window = (
            QRect(widget.mapToGlobal(QPoint()), widget.size())
            for widget in (self._button, self._button.window())
        )
        self.move(place(self.size(), button, window))

    def showEvent(self, event: QShowEvent) -> None:
        """Take the place before it is seen."""
        super().showEvent(event)
        self._take_place()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Take the place anew: an entry came or went."""
        super().resizeEvent(event)
        if self.isVisible():
            self._take_place()


def place(menu: QSize, button: QRect, window: QRect) -> QPoint:
    """Return where the menu's corner belongs; all on the screen."""
    left = max(window.left(), min(button.left(), window.right() + 1 - menu.width()))
    below = button.bottom() + 1
    if below + menu.height() <= window.bottom() + 1:
        return QPoint(left, below)
    return QPoint(left, max(window.top(), button.top() - menu.height()))
