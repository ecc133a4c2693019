"""How far a file has been transcribed, and the way out."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from gui.clock import clock

_STEPS: Final = 1000


class TaskBar(QWidget):
    """A card with the file's name, a thin bar, and Cancel.

    Signals:
        cancelled: The file shall be given up.
    """

    cancelled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = QLabel()
        self._place = QLabel()
        self._place.setProperty("quiet", True)
        self._waiting = QLabel()
        self._waiting.setProperty("quiet", True)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setMaximum(_STEPS)
        self._bar.setAccessibleName(self.tr("Progress of the file"))
        self._cancel = QPushButton(self.tr("Cancel"))
        self._cancel.setToolTip(self.tr("Stop here and keep what was found (Esc)"))
        self._cancel.clicked.connect(self.cancelled)
        self._place_parts()
        self.hide()

    @Slot(str)
    def show_file(self, name: str) -> None:
        """Begin at the beginning of a file."""
        self._name.setText(name)
        self._place.clear()
        self._bar.setMaximum(0)  # it only moves, until the length is known
        self.show()

    @Slot(int)
    def show_waiting(self, n_files: int) -> None:
        """Tell how many files come after this one."""
        self._waiting.setText(self.tr("then {n} more").format(n=n_files) if n_files else "")

    @Slot(float, float)
    def show_progress(self, seconds: float, total: float) -> None:
        """Show how much is done; a total of 0 is unknown."""
        if total <= 0:
            self._place.setText(clock(seconds))
            return
        share = min(1.0, seconds / total)
        self._bar.setMaximum(_STEPS)
        self._bar.setValue(round(share * _STEPS))
        self._place.setText(
            self.tr("{done} of {total} · {percent} %").format(
                done=clock(seconds), total=clock(total), percent=int(share * 100)
            )
        )

    def _place_parts(self) -> None:
        card = QFrame()
        card.setObjectName("bar")
        texts = QHBoxLayout()
        texts.addWidget(self._name)
        texts.addWidget(self._waiting, 1)
        texts.addWidget(self._place)
        left = QVBoxLayout()
        left.setSpacing(8)
        left.addLayout(texts)
        left.addWidget(self._bar)
        row = QHBoxLayout(card)
        row.setContentsMargins(16, 10, 8, 10)
        row.setSpacing(12)
        row.addLayout(left, 1)
        row.addWidget(self._cancel)
        around = QVBoxLayout(self)
        around.setContentsMargins(24, 8, 24, 0)
        around.addWidget(card)
