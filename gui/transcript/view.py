"""The page: one paragraph a row of the model, with time stamps in the margin.

Row n of the model is block n of the document (an empty document keeps its one empty
block). A change rewrites only what differs: settled text stays where it is while the
tentative tail behind it changes, so a selection made above survives every update.
"""

from __future__ import annotations

from asr.transcript import ME, THEM
from PySide6.QtCore import QModelIndex, Qt, Slot
from PySide6.QtGui import (
    QColor,
    QKeyEvent,
    QTextBlock,
    QTextCharFormat,
    QTextCursor,
)
from PySide6.QtWidgets import QWidget

from gui.style.theme import Theme
from gui.transcript.model import Kind, Role, TranscriptModel
from gui.transcript.page_view import SMALL, PageView, paragraph_format


class TranscriptView(PageView):
    """Shows a TranscriptModel; read-only, selectable, as wide as lines may be."""

    def __init__(self, model: TranscriptModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.setReadOnly(True)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        model.rowsInserted.connect(self.on_rows_inserted)
        model.rowsRemoved.connect(self.on_rows_removed)
        model.dataChanged.connect(self.on_data_changed)
        model.modelReset.connect(self.rebuild)
        self.rebuild()

    @Slot(object)
    def apply_theme(self, theme: Theme) -> None:
        """Take the theme's colours."""
        super().apply_theme(theme)
        self.rebuild()

    @Slot(int)
    def set_font_points(self, points: int) -> None:
        """Set the size of the text."""
        super().set_font_points(points)
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
        cursor.setBlockFormat(paragraph_format())
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
            ink.setFontPointSize(self.document().defaultFont().pointSizeF() * SMALL)
        return ink

    def _tentative_ink(self) -> QTextCharFormat:
        ink = QTextCharFormat()
        ink.setForeground(QColor(self._theme.dim))
        ink.setFontItalic(True)
        return ink

    def _is_at_end(self) -> bool:
        bar = self.verticalScrollBar()
        return bar.value() >= bar.maximum() - 4

    def _follow(self, at_end: bool) -> None:
        """Keep the newest text in sight, unless the reader has scrolled up."""
        if at_end:
            bar = self.verticalScrollBar()
            bar.setValue(bar.maximum())
        self.viewport().update()

    def start_of(self, paragraph: int) -> float | None:
        """Return when a row begins."""
        start: float | None = self._model.index(paragraph, 0).data(Role.START)
        return start

    def speaker_of(self, paragraph: int) -> str:
        """Return who speaks in a row."""
        return str(self._model.index(paragraph, 0).data(Role.SPEAKER))

    def name_of(self, speaker: str) -> str:
        """Return what people call a speaker."""
        return self._model.name_of(speaker)

    def colour_of(self, speaker: str) -> str:
        """Return the colour of a speaker: in a file, the first one's is the accent."""
        if speaker in (ME.id, THEM.id):
            return super().colour_of(speaker)
        is_first = speaker == self._model.first_speaker
        return self._theme.accent if is_first else self._theme.other

    def n_paragraphs(self) -> int:
        """Return the number of rows; an empty page has a paragraph, and none of them."""
        return self._model.rowCount()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave Space to the window, where it starts and stops listening."""
        if event.key() == Qt.Key.Key_Space:
            event.ignore()
        else:
            super().keyPressEvent(event)


def _shared_length(before: str, after: str) -> int:
    """Return how many letters both begin with."""
    pairs = enumerate(zip(before, after, strict=False))
    differs = (place for place, (old, new) in pairs if old != new)
    return next(differs, min(len(before), len(after)))


def _settled_length(block: QTextBlock) -> int:
    """Return how many letters of the block were written as settled."""
    return max(block.userState(), 0)
