"""Where sentences for the user stand, the newest on top, and how long."""

from __future__ import annotations

from typing import Final

from asr.live.events import Notice, Topic
from PySide6.QtCore import QTimer, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from gui.pages import Page
from gui.sentences import translated
from gui.style.theme import LIGHT, Theme
from gui.widgets.notice_bar import Choice, NoticeBar, Tone

_MOST: Final = 3  # more would push the page away; the oldest goes
_PASSING_MS: Final = 6000  # good news needs no click to go away


class NoticeArea(QWidget):
    """Keeps the bars; no sentence stands there twice."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self._page = Page.LISTEN
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(24, 0, 24, 0)
        self._column.setSpacing(8)
        self.hide()

    @property
    def sentences(self) -> list[str]:
        """What is on show, from the top."""
        return [bar.sentence for bar in self._bars()]

    @Slot(object)
    def apply_theme(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self._theme = theme
        for bar in self._bars():
            bar.apply_theme(theme)

    @Slot(object)
    def show_page(self, page: Page) -> None:
        """Show what belongs to a page, and what belongs to all."""
        self._page = page
        self._fit()

    @Slot(str)
    def show_trouble(self, sentence: str) -> None:
        """Tell of something that went wrong."""
        self.show_bar(sentence, Tone.TROUBLE)

    @Slot(str)
    def tell_of_file(self, sentence: str) -> None:
        """Tell something of what is on the page of listening; elsewhere it is not seen."""
        self.show_bar(sentence, Tone.TROUBLE).page = Page.LISTEN
        self._fit()

    def offer_for_file(self, sentence: str, *choices: Choice) -> None:
        """Offer something for what is on the page of listening; elsewhere it is not seen."""
        self.show_bar(sentence, Tone.PLAIN, *choices).page = Page.LISTEN
        self._fit()

    @Slot(str)
    def tell_of_entry(self, sentence: str) -> None:
        """Tell something of the entry that is open; elsewhere it is not seen."""
        self.show_bar(sentence, Tone.TROUBLE).page = Page.EDITOR
        self._fit()

    def clear_page(self, page: Page) -> None:
        """Take away what was told of what a page showed."""
        for bar in self._bars():
            if bar.page is page:
                self._remove(bar)

    @Slot(object)
    def show_notice(self, notice: Notice) -> None:
        """Tell what a session has to say, in the place of what it said of that before."""
        for bar in self._bars():
            if bar.about == notice.key:
                self._remove(bar)
        if notice.resolved and self._is_away(notice.speaker):
            return  # no news of it is good as long as it is away
        if notice.resolved:
            bar = self.show_passing(translated(notice.message), Tone.GOOD)
        else:
            bar = self.show_bar(translated(notice.message), Tone.TROUBLE)
        bar.about = notice.key

    def show_passing(self, sentence: str, tone: Tone, *choices: Choice) -> NoticeBar:
        """Put a sentence on top that goes by itself."""
        bar = self.show_bar(sentence, tone, *choices)
        QTimer.singleShot(_PASSING_MS, bar, bar.closed.emit)
        return bar

    @Slot()
    def clear_troubles(self) -> None:
        """Take the troubles away: they are over."""
        for bar in self._bars():
            if bar.tone is Tone.TROUBLE:
                self._remove(bar)

    def show_bar(self, sentence: str, tone: Tone, *choices: Choice) -> NoticeBar:
        """Put a sentence on top."""
        self.withdraw(sentence)
        for bar in self._bars()[_MOST - 1 :]:
            self._remove(bar)
        bar = NoticeBar(sentence, tone, choices, self._theme)
        bar.closed.connect(self._on_closed)
        self._column.insertWidget(0, bar)
        self._fit()
        return bar

    def withdraw(self, sentence: str) -> None:
        """Say a sentence no more."""
        for bar in self._bars():
            if bar.sentence == sentence:
                self._remove(bar)

    def _is_away(self, speaker: str) -> bool:
        away = (Topic.AWAY, speaker)
        return any(bar.about == away and bar.tone is Tone.TROUBLE for bar in self._bars())

    def _bars(self) -> list[NoticeBar]:
        items = [self._column.itemAt(at) for at in range(self._column.count())]
        widgets = [item.widget() for item in items if item is not None]
        return [widget for widget in widgets if isinstance(widget, NoticeBar)]

    @Slot()
    def _on_closed(self) -> None:
        bar = self.sender()
        if isinstance(bar, NoticeBar) and bar in self._bars():
            self._remove(bar)

    def _remove(self, bar: NoticeBar) -> None:
        self._column.removeWidget(bar)
        bar.hide()
        bar.deleteLater()
        self._fit()

    def _fit(self) -> None:
        """Hide what belongs to another page, and all if there is nothing to say."""
        bars = self._bars()
        for bar in bars:
            is_away = bar.page not in (None, self._page)
            if is_away != bar.is_away:  # Qt shows a new one itself, in the right height
                bar.is_away = is_away
                bar.setVisible(not is_away)
        self.setVisible(any(not bar.is_away for bar in bars))
