"""The ledger and the engine, in one quiet line at the foot of the window."""

from __future__ import annotations

from typing import Final

from asr.live.events import Ledger
from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from gui.clock import length
from gui.engine import Engine

_FLASH_MS: Final = 4000
_WORTH_SAYING: Final = 0.1  # seconds of lag; a finished session has none


class StatusLine(QWidget):
    """Tells on the left what became of the sound, on the right what computes."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("statusLine")
        self._ledger_text = ""
        self._text = ""  # on the left, however much of it there is room for
        self._left, self._right = QLabel(), QLabel()
        self._left.setAccessibleName(self.tr("State of the recording"))
        self._right.setAccessibleName(self.tr("Model and processor"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        for label in (self._left, self._right):
            label.setProperty("quiet", True)
            font = label.font()
            font.setPointSizeF(max(9.0, font.pointSizeF() * 0.9))
            label.setFont(font)
        self._left.setMinimumWidth(1)  # what does not fit is elided
        row.addWidget(self._left, 1)
        row.addWidget(self._right)
        self._flash = QTimer(self, singleShot=True, interval=_FLASH_MS)
        self._flash.timeout.connect(self._show_ledger_text)
        self._right.setText(self.tr("Loading the model…"))

    @Slot(object)
    def show_engine(self, engine: Engine) -> None:
        """Name the model and what it runs on."""
        self._right.setText(f"{engine.name} · {engine.provider_label}")

    @Slot(str)
    def show_unavailable(self, _sentence: str) -> None:
        """Say that there is no model."""
        self._right.setText(self.tr("No model"))

    @Slot(object)
    def show_ledger(self, ledger: Ledger) -> None:
        """Tell what was recorded, what of it is recognised, and what is missing."""
        parts = [
            self.tr("Recorded {length}").format(length=length(ledger.recorded)),
            self.tr("recognised {length}").format(length=length(ledger.recognised)),
            self._gaps_text(ledger),
        ]
        if ledger.lag >= _WORTH_SAYING:
            parts.append(self.tr("{length} behind").format(length=length(ledger.lag)))
        self._ledger_text = " · ".join(parts)
        if not self._flash.isActive():
            self._show_ledger_text()

    @Slot()
    def clear_ledger(self) -> None:
        """Say nothing of a recording that the page no longer shows."""
        self._ledger_text = ""
        self._show_ledger_text()

    @Slot(str)
    def flash(self, sentence: str) -> None:
        """Show a sentence for a moment."""
        self._say(sentence)
        self._flash.start()

    def _gaps_text(self, ledger: Ledger) -> str:
        if not ledger.gaps:
            return self.tr("no gaps")
        missing = length(sum(gap.seconds for gap in ledger.gaps))
        if len(ledger.gaps) == 1:
            return self.tr("1 gap of {length}").format(length=missing)
        return self.tr("{n} gaps, {length}").format(n=len(ledger.gaps), length=missing)

    @Slot()
    def _show_ledger_text(self) -> None:
        self._say(self._ledger_text)

    def _say(self, text: str) -> None:
        self._text = text
        self._left.setToolTip(text)
        self._fit()

    def _fit(self) -> None:
        metrics, room = self._left.fontMetrics(), self._left.width()
        self._left.setText(metrics.elidedText(self._text, Qt.TextElideMode.ElideRight, room))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show as much of the text as there is room for."""
        super().resizeEvent(event)
        self._fit()
