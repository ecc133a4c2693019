"""The last seconds of sound as a row of bars, the newest at the right."""

from __future__ import annotations

from collections import deque
from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt, Slot
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.style.theme import LIGHT, Theme

_BARS: Final = 40
_PITCH: Final = 5  # pixels from bar to bar
_WIDTH: Final = 3  # pixels


class LevelMeter(QWidget):
    """Shows how loud it is; bars turn red where the sound is distorted."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self._levels: deque[tuple[float, bool]] = deque(maxlen=_BARS)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Level of the microphone"))
        self.clear()

    @Slot(object)
    def apply_theme(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self._theme = theme
        self.update()

    @Slot(float, bool)
    def show_level(self, loudness: float, clipped: bool) -> None:
        """Add a bar: loudness in 0..1."""
        self._levels.append((loudness, clipped))
        self.setToolTip(self.tr("Too loud: the sound is distorted") if clipped else "")
        self.update()

    @Slot()
    def clear(self) -> None:
        """Forget what was heard."""
        self._levels.extend([(0.0, False)] * _BARS)
        self.update()

    def sizeHint(self) -> QSize:
        """Return room for all bars."""
        return QSize(_BARS * _PITCH, 40)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the bars around the middle."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        quiet, heard = QColor(self._theme.line), QColor(self._theme.accent)
        for place, (loudness, clipped) in enumerate(self._levels):
            height = _WIDTH + loudness * (self.height() - _WIDTH)
            colour = QColor(self._theme.record) if clipped else heard if loudness else quiet
            painter.setBrush(colour)
            top = (self.height() - height) / 2
            bar = QRectF(place * _PITCH, top, _WIDTH, height)
            painter.drawRoundedRect(bar, _WIDTH / 2, _WIDTH / 2)
