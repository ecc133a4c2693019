"""One sentence above the page, with what can be done about it; it never asks for a click."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from asr.live.events import Topic
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from gui.pages import Page
from gui.style.icons import icon
from gui.style.theme import Theme


class Tone(Enum):
    """How a bar is meant."""

    PLAIN = "plain"
    TROUBLE = "trouble"
    GOOD = "good"


@dataclass(frozen=True, slots=True)
class Choice:
    """A button on a bar; pressing it also closes the bar."""

    label: str
    act: Callable[[], object]


class NoticeBar(QFrame):
    """A sentence with choices.

    Signals:
        closed: The user has done with it.
    """

    closed = Signal()
    page: Page | None = None  # that it belongs to; else to all
    is_away = False  # that page is not seen
    about: tuple[Topic, str] | None = None  # key of the notice, if it tells one

    def __init__(
        self, sentence: str, tone: Tone, choices: tuple[Choice, ...], theme: Theme
    ) -> None:
        super().__init__()
        self.sentence = sentence
        self.tone = tone
        self.setObjectName("bar")
        self.setProperty("tone", tone.value)
        self.setAccessibleName(sentence)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 8, 8, 8)
        row.setSpacing(4)
        row.addWidget(_label(sentence), 1)
        for choice in choices:
            row.addWidget(self._button(choice))
        self._close = self._close_button()
        row.addWidget(self._close, 0, Qt.AlignmentFlag.AlignTop)
        self.apply_theme(theme)

    def apply_theme(self, theme: Theme) -> None:
        """Take the theme's colours."""
        inks = {Tone.TROUBLE: theme.on_trouble, Tone.GOOD: theme.on_good}
        self._close.setIcon(icon("close", inks.get(self.tone, theme.dim)))

    def _button(self, choice: Choice) -> QWidget:
        button = QPushButton(choice.label)
        button.setAccessibleDescription(self.sentence)
        button.clicked.connect(choice.act)
        button.clicked.connect(self.closed)
        return button

    def _close_button(self) -> QToolButton:
        button = QToolButton()
        button.setIconSize(QSize(16, 16))
        button.setToolTip(self.tr("Close"))
        button.setAccessibleName(self.tr("Close this message"))
        button.clicked.connect(self.closed)
        return button


def _label(sentence: str) -> QLabel:
    label = QLabel(sentence)
    label.setTextFormat(Qt.TextFormat.PlainText)  # a file may be called <b>
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
    policy.setHeightForWidth(True)  # or a small window cuts a long sentence off
    label.setSizePolicy(policy)
    return label
