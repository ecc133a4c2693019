"""What stands where nothing is listed: why, and what brings something here."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

from gui.style.icons import icon
from gui.style.theme import Theme

_SIDE = 56  # pixels of the drawing


class Blank(QWidget):
    """A drawing, a headline and a hint."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._drawing, self._headline, self._hint = QLabel(), QLabel(), QLabel()
        font = self._headline.font()
        font.setPointSizeF(font.pointSizeF() * 1.5)
        font.setWeight(font.Weight.DemiBold)
        self._headline.setFont(font)
        self._hint.setProperty("quiet", True)
        column = QVBoxLayout(self)
        column.setSpacing(10)
        column.addStretch(2)
        for label in (self._drawing, self._headline, self._hint):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(label is not self._drawing)
            label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
            column.addWidget(label)
        column.addStretch(3)

    @Slot(object)
    def apply_theme(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self._drawing.setPixmap(icon("library", theme.dim).pixmap(_SIDE, _SIDE))

    def say_loading(self) -> None:
        """Say that the list is on its way."""
        self._say("", "")

    def say_empty(self, *, keeps: bool) -> None:
        """Say how the library fills."""
        if keeps:
            hint = self.tr("What you record and the files you open are kept here.")
        else:
            hint = self.tr("Nothing is kept: the history is switched off.")
        self._say(self.tr("Nothing here yet"), hint)

    def say_no_trash(self) -> None:
        """Say that nothing was deleted."""
        self._say(self.tr("Nothing was deleted"), "")

    def say_not_found(self, query: str) -> None:
        """Say that nobody said it."""
        headline = self.tr("Nobody said “{query}”").format(query=_short(query))
        self._say(headline, self.tr("A word’s beginning is enough; accents do not matter."))

    def _say(self, headline: str, hint: str) -> None:
        self._headline.setText(headline)
        self._hint.setText(hint)
        self._drawing.setVisible(bool(headline))


def _short(query: str) -> str:
    return query if len(query) <= 40 else f"{query[:39]}…"
