"""Files dragged onto the window: a frame that says so, and the drop itself."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtCore import QEvent, QMimeData, QObject, QRectF, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QColor, QDropEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from gui.style.theme import LIGHT, Theme

_DRAGS: Final = (QEvent.Type.DragEnter, QEvent.Type.DragMove, QEvent.Type.Drop)
_PATIENCE_MS: Final = 2000  # without a move; the next one covers the window again


class DropOverlay(QWidget):
    """Lies over `window` while files hover there.

    Signals:
        dropped: The Paths of the files, at least one.
    """

    dropped = Signal(object)

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._theme = LIGHT
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()
        # A program that ends while it drags never says that the files have left.
        self._patience = QTimer(self, singleShot=True, interval=_PATIENCE_MS)
        self._patience.timeout.connect(self.hide)
        window.setAcceptDrops(True)
        window.installEventFilter(self)

    @Slot(object)
    def apply_theme(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self._theme = theme

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Watch the window's drags; everything else passes by."""
        kind = event.type()
        if isinstance(event, QDropEvent) and kind in _DRAGS:
            paths = local_files(event.mimeData())
            if not paths or Qt.DropAction.CopyAction not in event.possibleActions():
                return False
            event.setDropAction(Qt.DropAction.CopyAction)  # after a move the file is deleted
            event.accept()
            if kind == QEvent.Type.Drop:
                self.hide()
                self.dropped.emit(paths)
            else:
                self._cover()
            return True
        if kind == QEvent.Type.DragLeave:
            self.hide()
        return False

    def _cover(self) -> None:
        self.setGeometry(self._window.rect())
        self.raise_()
        self.show()
        self._patience.start()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint a veil, a dashed frame and what a drop would do."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        veil = QColor(self._theme.window)
        veil.setAlpha(225)
        painter.fillRect(self.rect(), veil)
        painter.setPen(QPen(QColor(self._theme.accent), 2, Qt.PenStyle.DashLine))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(20, 20, -20, -20), 14, 14)
        font = painter.font()
        font.setPointSizeF(font.pointSizeF() * 1.7)
        painter.setFont(font)
        painter.setPen(QColor(self._theme.text))
        painter.drawText(
            self.rect(), Qt.AlignmentFlag.AlignCenter, self.tr("Drop to write it down")
        )


def local_files(dragged: QMimeData) -> list[Path]:
    """Return the files among what is dragged."""
    return [Path(url.toLocalFile()) for url in dragged.urls() if url.isLocalFile()]
