"""Left of the text: times and names, which a click changes."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QMouseEvent
from PySide6.QtWidgets import QTextEdit

_AIR: Final = 8  # pixels before the text that belong to it
_PRESSES: Final = (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick)


class Margin(QObject):
    """Shows a hand left of the text, and asks who speaks where it is clicked.

    Signals:
        asked: The first and the last paragraph, and where on the screen the menu belongs.
    """

    asked = Signal(int, int, QPoint)

    def __init__(self, view: QTextEdit) -> None:
        super().__init__(view)
        self._view = view
        self._is_over = self._is_pressed = False
        view.viewport().setMouseTracking(True)
        view.viewport().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take the clicks in the margin: what is selected in the text stays so."""
        if isinstance(event, QContextMenuEvent):
            if self._is_at(event.pos()):
                self._ask(event.pos(), event.globalPos())
                return True
        elif isinstance(event, QMouseEvent):
            return self._takes(event)
        elif event.type() is QEvent.Type.Leave:  # it may come back elsewhere
            self._show_over(over=False)
        return super().eventFilter(watched, event)

    def _takes(self, event: QMouseEvent) -> bool:
        point = event.position().toPoint()
        if event.type() is QEvent.Type.MouseMove:
            if not event.buttons():
                self._show_over(over=self._is_at(point))
            return False
        if event.button() is not Qt.MouseButton.LeftButton:
            return False
        if event.type() in _PRESSES:
            self._is_pressed = self._is_at(point)
            return self._is_pressed
        was_pressed, self._is_pressed = self._is_pressed, False
        if was_pressed and self._is_at(point):
            self._ask(point, event.globalPosition().toPoint())
        return was_pressed

    def _is_at(self, point: QPoint) -> bool:
        """Whether a point of the viewport is in the margin of a text that may be edited."""
        left = self._view.document().rootFrame().frameFormat().leftMargin() - _AIR
        return point.x() < left and not self._view.isReadOnly()

    def _show_over(self, *, over: bool) -> None:
        if over == self._is_over:
            return
        self._is_over = over
        viewport = self._view.viewport()
        shape = Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.IBeamCursor
        viewport.setCursor(shape)
        viewport.setToolTip(self.tr("Say who speaks here") if over else "")

    def _ask(self, point: QPoint, on_screen: QPoint) -> None:
        number = self._view.cursorForPosition(point).blockNumber()
        self.asked.emit(*chosen_paragraphs(self._view, number), on_screen)


def chosen_paragraphs(view: QTextEdit, number: int) -> tuple[int, int]:
    """Return the first and last paragraph that are selected around one, or that one alone."""
    cursor = view.textCursor()
    document = view.document()
    first = document.findBlock(cursor.selectionStart()).blockNumber()
    last = document.findBlock(cursor.selectionEnd()).blockNumber()
    is_inside = cursor.hasSelection() and first <= number <= last
    return (first, last) if is_inside else (number, number)
