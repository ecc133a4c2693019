"""What is being said while its session is edited: a line below the text that is final."""

from __future__ import annotations

from typing import Final

from asr.live.events import Event, FinalResult, PartialResult
from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QWidget

from gui.actions import Actions
from gui.style.icons import dot
from gui.style.theme import LIGHT, Theme

_DOT: Final = 12  # pixels


class LiveStrip(QFrame):
    """Shows the words that may still change, and stops the session."""

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("strip")
        self._live: dict[str, str] = {}  # what each speaker says, the newest last
        self._dot = QLabel()
        self._words = QLabel()
        self._words.setProperty("quiet", True)
        self._words.setTextFormat(Qt.TextFormat.PlainText)
        self._words.setMinimumWidth(1)  # what does not fit is elided
        self._words.setAccessibleName(self.tr("What is being said"))
        font = self._words.font()
        font.setItalic(True)
        self._words.setFont(font)
        stop = QToolButton()
        stop.setText(self.tr("Stop listening"))
        stop.setToolTip(actions["record"].toolTip())
        stop.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        stop.setProperty("pill", True)
        stop.clicked.connect(actions["record"].trigger)
        row = QHBoxLayout(self)
        row.setContentsMargins(24, 6, 20, 6)
        row.setSpacing(10)
        row.addWidget(self._dot)
        row.addWidget(self._words, 1)
        row.addWidget(stop)
        self.apply_theme(LIGHT)
        self.hide()

    @property
    def words(self) -> str:
        """What is being said."""
        return next(reversed(self._live.values()), "")

    @Slot(object)
    def apply_theme(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self._dot.setPixmap(dot(theme.record).pixmap(QSize(_DOT, _DOT)))

    def clear(self) -> None:
        """Show no words."""
        self._live.clear()
        self._fit()

    def hear(self, event: Event) -> None:
        """Take up what an event says about the utterance under way."""
        if isinstance(event, PartialResult):
            text = event.text
            self._live.pop(event.speaker, None)
            said = " ".join((*text.shown.split(), *text.unstable))
            if said:
                self._live[event.speaker] = said
        elif isinstance(event, FinalResult):
            self._live.pop(event.segment.speaker, None)
        else:
            return
        self._fit()

    def _fit(self) -> None:
        """Show the last words, for the first ones have been read."""
        room = self._words.width()
        text = self.words or self.tr("Listening…")
        start = Qt.TextElideMode.ElideLeft
        self._words.setText(self._words.fontMetrics().elidedText(text, start, room))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show as many words as there is room for."""
        super().resizeEvent(event)
        if (row := self.layout()) is not None:
            row.activate()  # so that the label has its width already
        self._fit()
