"""A page to read: one column of paragraphs, with time stamps and speakers in the margin."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from asr.transcript import ME
from PySide6.QtCore import QPointF, QRectF, Qt, Slot
from PySide6.QtGui import (
    QColor,
    QFont,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QTextBlock,
    QTextBlockFormat,
)
from PySide6.QtWidgets import QTextEdit, QWidget

from gui.clock import clock
from gui.style.theme import LIGHT, Theme

BEFORE_TIME: Final = 10  # pixels between a name and a time
MARGIN: Final = 96  # pixels left of the text, for the time stamps
COLUMN: Final = 720  # pixels; longer lines are tiring to read
SMALL: Final = 0.78  # time stamps and gaps, beside the size of the text
_LINE_PERCENT: Final = 135.0
GUTTER: Final = 22  # pixels between a time stamp and the text
_RULE: Final = 3  # pixels; the width of the line along what a speaker says


class PageView(QTextEdit):
    """Lays out the column and paints its margin; who shows something fills it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self.setObjectName("transcript")
        self.setAccessibleName(self.tr("Transcript"))
        self.setAcceptRichText(False)
        self.setAcceptDrops(False)  # a file dropped here belongs to the window
        self.setUndoRedoEnabled(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

    @Slot(object)
    def apply_theme(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self._theme = theme

    def set_font_points(self, points: int) -> None:
        """Set the size of the text."""
        font = QFont(self.font())
        font.setPointSize(points)
        self.document().setDefaultFont(font)

    def start_of(self, paragraph: int) -> float | None:
        """Return when a paragraph begins, in seconds; None while it is being said."""
        raise NotImplementedError

    def speaker_of(self, paragraph: int) -> str:
        """Return the id of who speaks in a paragraph, "" where that is not known."""
        raise NotImplementedError

    def name_of(self, speaker: str) -> str:
        """Return what people call a speaker."""
        return speaker

    def colour_of(self, speaker: str) -> str:
        """Return the colour of a speaker's name."""
        return self._theme.accent if speaker == ME.id else self._theme.other

    def room_for_names(self) -> int:
        """Return the pixels that times and the longest name take, left of the text."""
        return 0

    def n_paragraphs(self) -> int:
        """Return how many paragraphs have something in the margin."""
        return self.document().blockCount()

    def _lay_out_column(self) -> None:
        """Centre a column that is comfortable to read, with room for the time stamps."""
        width = self.width()  # with or without a scroll bar, the text stays where it is
        side = max(28, (width - COLUMN - MARGIN) // 2)
        frame = self.document().rootFrame()
        shape = frame.frameFormat()
        shape.setLeftMargin(max(side + MARGIN, min(self.room_for_names(), width // 3)))
        bar = width - self.viewport().width()
        shape.setRightMargin(max(28, width - side - MARGIN - COLUMN) - bar)
        shape.setTopMargin(36)
        shape.setBottomMargin(48)
        if shape != frame.frameFormat():  # the same one would be laid out again
            frame.setFrameFormat(shape)

    def _visible_blocks(self) -> Iterator[tuple[QTextBlock, QRectF]]:
        """Yield the blocks in sight with their place on the viewport."""
        layout = self.document().documentLayout()
        top = self.verticalScrollBar().value()
        shift = QPointF(0, -top)
        block = self._first_below(top)
        while block.isValid():
            place = layout.blockBoundingRect(block).translated(shift)
            if place.top() > self.viewport().height():
                return
            yield block, place
            block = block.next()

    def _first_below(self, top: float) -> QTextBlock:
        """Return the first block that ends below a height, in pixels of the page.

        A text cursor asked for a place would keep each letter's, for good, of every
        paragraph that was ever the first in sight: 35 bytes a letter.
        """
        document, layout = self.document(), self.document().documentLayout()
        low, high = 0, document.blockCount()
        while low < high:
            middle = (low + high) // 2
            block = document.findBlockByNumber(middle)
            is_laid_out = block.layout().lineCount() > 0  # what is not comes further down
            if is_laid_out and layout.blockBoundingRect(block).bottom() < top:
                low = middle + 1
            else:
                high = middle
        return document.findBlockByNumber(low)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the text, then the margin."""
        super().paintEvent(event)
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for block, place in self._visible_blocks():
            if block.blockNumber() < self.n_paragraphs() and block.layout().lineCount():
                self._paint_margin(painter, block, place)
                self.paint_above(painter, block, place)
        painter.end()

    def paint_above(self, painter: QPainter, block: QTextBlock, place: QRectF) -> None:
        """Paint what stands between a paragraph and the one before."""

    def _paint_margin(self, painter: QPainter, block: QTextBlock, place: QRectF) -> None:
        """Paint a row's time and speaker, on the base line of its first line."""
        number = block.blockNumber()
        start, speaker = self.start_of(number), self.speaker_of(number)
        line = block.layout().lineAt(0)
        right, base = place.left() - GUTTER, place.top() + line.y() + line.ascent()
        font = QFont(self.document().defaultFont())
        font.setPointSizeF(font.pointSizeF() * SMALL)
        painter.setFont(font)
        if start is None:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(self._theme.record))
            painter.drawEllipse(QPointF(right - 4, base - line.ascent() * 0.32), 3.5, 3.5)
            right -= 8
        else:
            right = _write_left_of(painter, QPointF(right, base), clock(start), self._theme.dim)
        if speaker:
            self._paint_speaker(
                painter, block, QPointF(right - BEFORE_TIME, base), place, speaker
            )

    def _paint_speaker(
        self, painter: QPainter, block: QTextBlock, name: QPointF, place: QRectF, speaker: str
    ) -> None:
        """Paint whose words these are: a name, and a line along all of them."""
        colour = self.colour_of(speaker)
        font = painter.font()
        font.setWeight(QFont.Weight.DemiBold)
        painter.setFont(font)
        room, end = int(name.x()) - 8, Qt.TextElideMode.ElideRight
        text = painter.fontMetrics().elidedText(self.name_of(speaker), end, room)
        _write_left_of(painter, name, text, colour)
        layout = block.layout()
        last = layout.lineAt(layout.lineCount() - 1)
        height = last.y() + last.ascent() + last.descent() - layout.lineAt(0).y()
        left = place.left() - (GUTTER + _RULE) / 2
        rule = QRectF(left, place.top() + layout.lineAt(0).y(), _RULE, height)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colour))
        painter.drawRoundedRect(rule, _RULE / 2, _RULE / 2)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the column centred."""
        super().resizeEvent(event)
        self._lay_out_column()


def _write_left_of(painter: QPainter, place: QPointF, text: str, colour: str) -> float:
    """Write text that ends at a place on its base line; return where it begins."""
    left = place.x() - painter.fontMetrics().horizontalAdvance(text)
    painter.setPen(QColor(colour))
    painter.drawText(QPointF(left, place.y()), text)
    return left


def paragraph_format() -> QTextBlockFormat:
    """Return the shape of every paragraph."""
    shape = QTextBlockFormat()
    proportional = QTextBlockFormat.LineHeightTypes.ProportionalHeight.value
    shape.setLineHeight(_LINE_PERCENT, proportional)
    shape.setBottomMargin(16)
    return shape
