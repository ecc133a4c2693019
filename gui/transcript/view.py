"""The page: one paragraph a row of the model, with time stamps in the margin.

Row n of the model is block n of the document (an empty document keeps its one empty
block). A change rewrites only what differs: settled text stays where it is while the
tentative tail behind it changes, so a selection made above survives every update.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QPointF, QRectF, Qt, Slot
from PySide6.QtGui import (
    QColor,
    QFont,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QTextBlock,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
)
from PySide6.QtWidgets import QTextEdit, QWidget

from gui.clock import clock
from gui.style.theme import LIGHT, Theme
from gui.transcript.model import Kind, Role

MARGIN: Final = 96  # pixels left of the text, for the time stamps
COLUMN: Final = 720  # pixels; longer lines are tiring to read
_LINE_PERCENT: Final = 135.0
_SMALL: Final = 0.78  # time stamps and gaps, beside the size of the text
_GUTTER: Final = 22  # pixels between a time stamp and the text
_RULE: Final = 3  # pixels; the width of the line along what a speaker says


class TranscriptView(QTextEdit):
    """Shows a TranscriptModel; read-only, selectable, as wide as lines may be."""

    def __init__(self, model: QAbstractItemModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._theme = LIGHT
        self.setObjectName("transcript")
        self.setAccessibleName(self.tr("Transcript"))
        self.setReadOnly(True)
        self.setAcceptDrops(False)  # a file dropped here belongs to the window
        self.setUndoRedoEnabled(False)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        model.rowsInserted.connect(self.on_rows_inserted)
        model.rowsRemoved.connect(self.on_rows_removed)
        model.dataChanged.connect(self.on_data_changed)
        model.modelReset.connect(self.rebuild)
        self.rebuild()

    @Slot(object)
    def wear(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self._theme = theme
        self.rebuild()

    @Slot(int)
    def set_font_points(self, points: int) -> None:
        """Set the size of the text."""
        font = QFont(self.font())
        font.setPointSize(points)
        self.document().setDefaultFont(font)
        self.rebuild()

    @Slot()
    def rebuild(self) -> None:
        """Write the whole page again."""
        self.clear()
        self._lay_out_column()
        if self._model.rowCount():
            self.on_rows_inserted(QModelIndex(), 0, self._model.rowCount() - 1)

    @Slot(QModelIndex, int, int)
    def on_rows_inserted(self, _parent: QModelIndex, first: int, last: int) -> None:
        """Make room for rows, and write them."""
        at_end = self._is_at_end()
        document = self.document()
        cursor = QTextCursor(document)
        cursor.beginEditBlock()
        rows_before = self._model.rowCount() - (last - first + 1)
        for row in range(first, last + 1):
            if rows_before or row > first:
                block = document.findBlockByNumber(min(row, document.blockCount() - 1))
                cursor.setPosition(block.position())
                if row == document.blockCount():
                    cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock)
                cursor.insertBlock()
            self._write(row)
        cursor.endEditBlock()
        self._follow(at_end)

    @Slot(QModelIndex, int, int)
    def on_rows_removed(self, _parent: QModelIndex, first: int, last: int) -> None:
        """Take rows off the page."""
        for row in range(last, first - 1, -1):
            cursor = QTextCursor(self.document().findBlockByNumber(row))
            cursor.select(QTextCursor.SelectionType.BlockUnderCursor)
            cursor.removeSelectedText()
            if row == 0 and self.document().blockCount() > 1:
                cursor.setPosition(0)
                cursor.deleteChar()  # the first block has no separator before it
        self.viewport().update()

    @Slot(QModelIndex, QModelIndex)
    def on_data_changed(self, first: QModelIndex, last: QModelIndex) -> None:
        """Rewrite what changed in rows."""
        at_end = self._is_at_end()
        for row in range(first.row(), last.row() + 1):
            self._write(row)
        self._follow(at_end)

    def _write(self, row: int) -> None:
        """Bring block `row` up to date, leaving the settled text that it shares alone."""
        index = self._model.index(row, 0)
        kind, settled = Kind(index.data(Role.KIND)), index.data(Role.SETTLED)
        tentative = index.data(Role.TENTATIVE)
        block = self.document().findBlockByNumber(row)
        kept = _shared_length(block.text()[: _settled_length(block)], settled)
        if kind is not Kind.LIVE:
            kept = 0  # the colour of the whole paragraph changes
        cursor = QTextCursor(block)
        cursor.beginEditBlock()
        cursor.setBlockFormat(_paragraph(kind))
        cursor.setPosition(block.position() + kept)
        cursor.movePosition(
            QTextCursor.MoveOperation.EndOfBlock, QTextCursor.MoveMode.KeepAnchor
        )
        cursor.removeSelectedText()
        cursor.insertText(settled[kept:], self._ink(kind))
        joint = " " if settled and tentative else ""
        cursor.insertText(joint + tentative, self._tentative_ink())
        cursor.endEditBlock()
        block.setUserState(len(settled))

    def _ink(self, kind: Kind) -> QTextCharFormat:
        theme = self._theme
        colours = {Kind.FINAL: theme.text, Kind.GAP: theme.on_trouble, Kind.LIVE: theme.settled}
        ink = QTextCharFormat()
        ink.setForeground(QColor(colours[kind]))
        if kind is Kind.GAP:
            ink.setFontPointSize(self.document().defaultFont().pointSizeF() * _SMALL)
        return ink

    def _tentative_ink(self) -> QTextCharFormat:
        ink = QTextCharFormat()
        ink.setForeground(QColor(self._theme.dim))
        ink.setFontItalic(True)
        return ink

    def _lay_out_column(self) -> None:
        """Centre a column that is comfortable to read, with room for the time stamps."""
        width = self.width()  # with or without a scroll bar, the text stays where it is
        side = max(28, (width - COLUMN - MARGIN) // 2)
        frame = self.document().rootFrame()
        shape = frame.frameFormat()
        shape.setLeftMargin(side + MARGIN)
        bar = width - self.viewport().width()
        shape.setRightMargin(max(28, width - side - MARGIN - COLUMN) - bar)
        shape.setTopMargin(36)
        shape.setBottomMargin(48)
        frame.setFrameFormat(shape)

    def _is_at_end(self) -> bool:
        bar = self.verticalScrollBar()
        return bar.value() >= bar.maximum() - 4

    def _follow(self, at_end: bool) -> None:
        """Keep the newest text in sight, unless the reader has scrolled up."""
        if at_end:
            bar = self.verticalScrollBar()
            bar.setValue(bar.maximum())
        self.viewport().update()

    def _visible_blocks(self) -> Iterator[tuple[QTextBlock, QRectF]]:
        """Yield the blocks in sight with their place on the viewport."""
        layout = self.document().documentLayout()
        shift = QPointF(0, -self.verticalScrollBar().value())
        block = self.cursorForPosition(self.viewport().rect().topLeft()).block()
        while block.isValid():
            place = layout.blockBoundingRect(block).translated(shift)
            if place.top() > self.viewport().height():
                return
            yield block, place
            block = block.next()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the text, then the margin."""
        super().paintEvent(event)
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for block, place in self._visible_blocks():
            if block.blockNumber() < self._model.rowCount() and block.layout().lineCount():
                self._paint_margin(painter, block, place)
        painter.end()

    def _paint_margin(self, painter: QPainter, block: QTextBlock, place: QRectF) -> None:
        """Paint a row's time and speaker, on the base line of its first line."""
        index = self._model.index(block.blockNumber(), 0)
        start, speaker = index.data(Role.START), index.data(Role.SPEAKER)
        line = block.layout().lineAt(0)
        right, base = place.left() - _GUTTER, place.top() + line.y() + line.ascent()
        font = QFont(self.document().defaultFont())
        font.setPointSizeF(font.pointSizeF() * _SMALL)
        painter.setFont(font)
        if start is None:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(self._theme.record))
            painter.drawEllipse(QPointF(right - 4, base - line.ascent() * 0.32), 3.5, 3.5)
            right -= 8
        else:
            right = _write_left_of(painter, QPointF(right, base), clock(start), self._theme.dim)
        if speaker:
            self._paint_speaker(painter, block, QPointF(right - 10, base), place, speaker)

    def _paint_speaker(
        self, painter: QPainter, block: QTextBlock, name: QPointF, place: QRectF, speaker: str
    ) -> None:
        """Paint whose words these are: a name, and a line along all of them."""
        colour = self._theme.accent if speaker == "me" else self._theme.other
        font = painter.font()
        font.setWeight(QFont.Weight.DemiBold)
        painter.setFont(font)
        _write_left_of(painter, name, speaker, colour)
        layout = block.layout()
        last = layout.lineAt(layout.lineCount() - 1)
        height = last.y() + last.ascent() + last.descent() - layout.lineAt(0).y()
        left = place.left() - (_GUTTER + _RULE) / 2
        rule = QRectF(left, place.top() + layout.lineAt(0).y(), _RULE, height)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colour))
        painter.drawRoundedRect(rule, _RULE / 2, _RULE / 2)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave Space to the window, where it starts and stops listening."""
        if event.key() == Qt.Key.Key_Space:
            event.ignore()
        else:
            super().keyPressEvent(event)

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


def _shared_length(before: str, after: str) -> int:
    """Return how many letters both begin with."""
    pairs = enumerate(zip(before, after, strict=False))
    differs = (place for place, (old, new) in pairs if old != new)
    return next(differs, min(len(before), len(after)))


def _settled_length(block: QTextBlock) -> int:
    """Return how many letters of the block were written as settled."""
    return max(block.userState(), 0)


def _paragraph(kind: Kind) -> QTextBlockFormat:
    shape = QTextBlockFormat()
    proportional = QTextBlockFormat.LineHeightTypes.ProportionalHeight.value
    shape.setLineHeight(_LINE_PERCENT, proportional)
    shape.setBottomMargin(16)
    return shape
