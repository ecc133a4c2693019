"""The list of entries: as quick with ten thousand rows as with ten.

A QListView asks for the height of each of its rows whenever some are added, 120 ms at ten
thousand. Here each row is given its height once; Qt keeps them, as a table's of one column.
"""

from __future__ import annotations

from PySide6.QtCore import QAbstractItemModel, QModelIndex, Qt, Slot
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)


class EntryList(QTableView):
    """A table of one column that looks and is used like a list."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)  # Tab leads out of it
        self.setCornerButtonEnabled(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        across, down = self.horizontalHeader(), self.verticalHeader()
        across.hide()
        down.hide()
        across.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        down.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        down.setMinimumSectionSize(1)

    def setModel(self, model: QAbstractItemModel | None) -> None:
        """Show the rows of a model, each as high as the delegate says."""
        super().setModel(model)
        if model is not None:
            model.modelReset.connect(self._fit_all)
            model.rowsInserted.connect(self._on_inserted)
            model.dataChanged.connect(self._on_changed)
            self._fit_all()

    @Slot()
    def _fit_all(self) -> None:
        self._fit(0, self.model().rowCount() - 1)

    @Slot(QModelIndex, int, int)
    def _on_inserted(self, _parent: QModelIndex, first: int, last: int) -> None:
        self._fit(first, last)

    @Slot(QModelIndex, QModelIndex)
    def _on_changed(self, first: QModelIndex, last: QModelIndex) -> None:
        self._fit(first.row(), last.row())

    def _fit(self, first: int, last: int) -> None:
        """Give rows their heights; where that is so already, nothing is laid out again."""
        heights, option = self.verticalHeader(), QStyleOptionViewItem()
        for row in range(first, last + 1):
            height = self.itemDelegate().sizeHint(option, self.model().index(row, 0)).height()
            if heights.sectionSize(row) != height:
                heights.resizeSection(row, height)

    def moveCursor(
        self, action: QAbstractItemView.CursorAction, modifiers: Qt.KeyboardModifier
    ) -> QModelIndex:
        """Let Home and End lead to the first and the last row, not along the row."""
        if action in (
            QAbstractItemView.CursorAction.MoveHome,
            QAbstractItemView.CursorAction.MoveEnd,
        ):
            modifiers |= Qt.KeyboardModifier.ControlModifier
        return super().moveCursor(action, modifiers)
