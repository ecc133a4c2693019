"""The one control that matters: a red disc to listen, a square to stop."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Slot
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QWidget

from gui.phase import Phase
from gui.style.theme import LIGHT, Theme

_DISC: Final = 30.0  # radius in pixels
_ROOM: Final = 12.0  # around the disc, for the ring that breathes with the voice


class RecordButton(QAbstractButton):
    """Starts and stops listening; its ring grows with the sound."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self._phase = Phase.LOADING
        self._loudness = 0.0  # 0..1
        # Never disabled: a disabled button loses the focus, and the next Space hits another.
        self._ready = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.show_phase(Phase.LOADING)

    @Slot(object)
    def apply_theme(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self._theme = theme
        self.update()

    @Slot(object)
    def show_phase(self, phase: Phase) -> None:
        """Show what a press would do, or that it must wait."""
        self._phase = phase
        self._loudness = 0.0
        listening = phase is Phase.LISTENING
        self._ready = listening or phase is Phase.READY
        name = self.tr("Stop listening") if listening else self.tr("Start listening")
        self.setAccessibleName(name)
        self.setAccessibleDescription("" if self._ready else self.tr("Not available yet"))
        self.setToolTip(f"{self.accessibleName()} ({self.tr('Space or Ctrl+R')})")
        self.update()

    @Slot(float)
    def show_loudness(self, loudness: float) -> None:
        """Let the ring breathe; 0 is silence and 1 as loud as can be."""
        self._loudness = loudness
        self.update()

    def sizeHint(self) -> QSize:
        """Return room for the disc and its ring."""
        side = int(2 * (_DISC + _ROOM))
        return QSize(side, side)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the ring, the disc and its sign."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        centre = QPointF(self.width() / 2, self.height() / 2)
        self._paint_ring(painter, centre)
        colour = QColor(self._theme.record if self._ready else self._theme.line)
        if self._ready and (self.underMouse() or self.isDown()):
            colour = colour.darker(112 if self.isDown() else 106)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawEllipse(centre, _DISC, _DISC)
        self._paint_sign(painter, centre)

    def _paint_ring(self, painter: QPainter, centre: QPointF) -> None:
        if self._phase is Phase.LISTENING:
            halo = QColor(self._theme.record)
            halo.setAlpha(60)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(halo)
            radius = _DISC + 3 + (_ROOM - 4) * self._loudness
            painter.drawEllipse(centre, radius, radius)
        if self.hasFocus():
            painter.setPen(QPen(QColor(self._theme.accent), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(centre, _DISC + 5, _DISC + 5)

    def _paint_sign(self, painter: QPainter, centre: QPointF) -> None:
        """Paint a microphone, a square to stop, or three dots to wait."""
        sign = QColor(self._theme.on_record if self._ready else self._theme.dim)
        painter.setBrush(sign)
        if self._phase in (Phase.LOADING, Phase.STARTING, Phase.STOPPING):
            for place in (-9, 0, 9):
                painter.drawEllipse(centre + QPointF(place, 0), 2.5, 2.5)
        elif self._phase is Phase.LISTENING:
            painter.drawRoundedRect(QRectF(centre.x() - 9, centre.y() - 9, 18, 18), 3, 3)
        else:
            _paint_microphone(painter, centre, sign)


def _paint_microphone(painter: QPainter, centre: QPointF, colour: QColor) -> None:
    """Paint a capsule in its holder, 16 × 26 pixels."""
    painter.drawRoundedRect(QRectF(centre.x() - 5, centre.y() - 14, 10, 17), 5, 5)
    painter.setPen(QPen(colour, 2, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawArc(QRectF(centre.x() - 9, centre.y() - 11, 18, 18), 180 * 16, 180 * 16)
    painter.drawLine(centre + QPointF(0, 7.5), centre + QPointF(0, 12))
