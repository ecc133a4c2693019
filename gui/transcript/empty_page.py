"""The page before the first word: what to do, and that nothing leaves the computer."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QLabel,
    QPushButton,
    QSizePolicy,
    QSpacerItem,
    QVBoxLayout,
    QWidget,
)

from gui.phase import Phase
from gui.style.theme import LIGHT, Theme

_ROOMY: Final = 270  # pixels of height that all parts take
_NARROW: Final = 160  # below which only the headline stays
_NOTHING: Final = 80  # below which it would be cut
_WAVE: Final = (0.16, 0.34, 0.62, 1.0, 0.74, 0.44, 0.82, 0.52, 0.28, 0.16)  # heights


class WaveMark(QWidget):
    """The program's mark: a few bars of a voice."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT

    @Slot(object)
    def apply_theme(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self._theme = theme
        self.update()

    def sizeHint(self) -> QSize:
        """Return room for the bars."""
        return QSize(len(_WAVE) * 14, 76)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the bars around the middle."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        pitch = self.width() / len(_WAVE)
        for place, share in enumerate(_WAVE):
            colour = QColor(self._theme.accent)
            colour.setAlphaF(0.25 + 0.75 * share)
            painter.setBrush(colour)
            height = share * self.height()
            bar = QRectF(place * pitch + pitch / 4, (self.height() - height) / 2, 6, height)
            painter.drawRoundedRect(bar, 3, 3)


class EmptyPage(QWidget):
    """Says what to do next, phase by phase.

    Signals:
        open_wanted: The user wants to choose a file.
    """

    open_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._file = ""
        self._phase = Phase.LOADING
        self._mark = WaveMark()
        self._headline, self._hint = QLabel(), QLabel()
        self._promise = QLabel(self.tr("Everything stays on this computer."))
        self._open = QPushButton(self.tr("Open a file…"))
        self._open.setProperty("pill", True)
        self._open.clicked.connect(self.open_wanted)
        for quiet in (self._hint, self._promise):
            quiet.setProperty("quiet", True)
        font = self._headline.font()
        font.setPointSizeF(font.pointSizeF() * 2.0)
        font.setWeight(font.Weight.DemiBold)
        self._headline.setFont(font)
        self._place_parts()
        self.show_phase(Phase.LOADING)

    @Slot(object)
    def apply_theme(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self._mark.apply_theme(theme)

    @Slot(str)
    def name_file(self, name: str) -> None:
        """Learn which file is being read."""
        self._file = name
        self._headline.setText(self.tr("Reading {name}").format(name=name))

    @Slot(object)
    def show_phase(self, phase: Phase) -> None:
        """Say what can be done, or what is going on."""
        speak_now = self.tr("Words appear here as you speak them.")
        texts = {
            Phase.LOADING: (self.tr("Just a moment"), self.tr("Loading the model…")),
            Phase.UNAVAILABLE: (self.tr("The model could not be loaded"), ""),
            Phase.READY: (
                self.tr("Press Space and speak"),
                self.tr("Or drop sound or video files here to have them written down."),
            ),
            Phase.STARTING: (self.tr("Opening the microphone…"), ""),
            Phase.LISTENING: (self.tr("Listening…"), speak_now),
            Phase.STOPPING: (self.tr("Finishing…"), ""),
            Phase.READING: (
                self.tr("Reading {name}").format(name=self._file),
                self.tr("Its words appear here as they are found."),
            ),
        }
        headline, hint = texts[phase]
        self._headline.setText(headline)
        self._hint.setText(hint)
        self._phase = phase
        self._fit()

    def _fit(self) -> None:
        """Show as many parts as there is room for: notices may leave little."""
        roomy, narrow = self.height() >= _ROOMY, self.height() < _NARROW
        phase = self._phase
        self._mark.setVisible(roomy)
        self._headline.setVisible(self.height() >= _NOTHING)
        self._hint.setVisible(not narrow)
        self._open.setVisible(not narrow and phase is Phase.READY)
        self._promise.setVisible(roomy and phase in (Phase.READY, Phase.LOADING))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave out what does not fit."""
        super().resizeEvent(event)
        self._fit()

    def _place_parts(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(32, 4, 32, 20)
        column.addStretch(3)
        fixed, shrinking = QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Maximum
        for widget, space in (
            (self._mark, 28),
            (self._headline, 8),
            (self._hint, 18),
            (self._open, 0),
        ):
            column.addWidget(widget, 0, Qt.AlignmentFlag.AlignHCenter)
            column.addSpacerItem(QSpacerItem(0, space, fixed, shrinking))
        column.addStretch(4)
        column.addWidget(self._promise, 0, Qt.AlignmentFlag.AlignHCenter)
