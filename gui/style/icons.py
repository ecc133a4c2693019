"""The icons: strokes on a 24 × 24 grid, drawn in the colour that is asked for."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

_STROKES: Final = {
    "microphone": "M12 3a3 3 0 0 0-3 3v5a3 3 0 0 0 6 0V6a3 3 0 0 0-3-3z"
    "M5.5 11a6.5 6.5 0 0 0 13 0M12 17.5V21",
    "open": "M3 7.5V18a1.5 1.5 0 0 0 1.5 1.5h15A1.5 1.5 0 0 0 21 18V9a1.5 1.5 0 0 0-1.5-1.5"
    "H12L10 5H4.5A1.5 1.5 0 0 0 3 6.5z",
    "copy": "M9 9h10.5v11.5H9zM5 15.5H4V4h11v1.5",
    "save": "M12 4v11M7.5 11l4.5 4.5 4.5-4.5M4 20h16",
    "more": "M5.5 12h.01M12 12h.01M18.5 12h.01",
    "close": "M6.5 6.5l11 11M17.5 6.5l-11 11",
    "chevron": "M7 10l5 5 5-5",
    "back": "M14.5 6l-6 6 6 6",
    "library": "M4.5 4.5h4v15h-4zM8.5 4.5h4v15h-4zM13.6 5.6l3.8-1 3.1 14.4-3.8 1z",
    "search": "M10.5 4a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13zM15.3 15.3L20 20",
    "edit": "M5 19l1-4L16.5 4.5a1.4 1.4 0 0 1 2 0l1 1a1.4 1.4 0 0 1 0 2L9 18z",
    "play": "M8 5.5v13l10.5-6.5z",
    "pause": "M8.5 5.5v13M15.5 5.5v13",
    "earlier": "M5 5.5v4.5h4.5M5.6 10a7 7 0 1 1-.6 4",
    "later": "M19 5.5v4.5h-4.5M18.4 10a7 7 0 1 0 .6 4",
    "loop": "M17 4l3 3-3 3M20 7H8a4 4 0 0 0-4 4v1M7 20l-3-3 3-3M4 17h12a4 4 0 0 0 4-4v-1",
    "doubt": "M9 9.5a3 3 0 1 1 4.2 2.8c-.8.4-1.2.9-1.2 1.7v.5M12 17.5h.01",
}
_SCALE: Final = 3  # sharp on dense screens


def dot(colour: str) -> QIcon:
    """Return a round spot, for what goes on."""
    pixmap = QPixmap(24 * _SCALE, 24 * _SCALE)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour))
    painter.drawEllipse(QRectF(7 * _SCALE, 7 * _SCALE, 10 * _SCALE, 10 * _SCALE))
    painter.end()
    return QIcon(pixmap)


def icon(name: str, colour: str) -> QIcon:
    """Return the icon `name` in `colour`, #rrggbb."""
    width = 2.6 if name == "more" else 1.6
    source = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24">'
        f'<path d="{_STROKES[name]}" fill="none" stroke="{colour}" stroke-width="{width}" '
        'stroke-linecap="round" stroke-linejoin="round"/></svg>'
    )
    pixmap = QPixmap(24 * _SCALE, 24 * _SCALE)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    QSvgRenderer(QByteArray(source.encode())).render(painter, QRectF(pixmap.rect()))
    painter.end()
    return QIcon(pixmap)
