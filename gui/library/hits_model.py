"""What a search found, as rows."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum, auto
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import (
    QAbstractListModel,
    QObject,
    Qt,
    Signal,
)

from gui.model_index import NOWHERE, ModelIndex

if TYPE_CHECKING:
    from asr.library import Hit


PAGE: Final = 60  # hits that are fetched at a time


class HitRole(IntEnum):
    """What a row can be asked, beside its sentence (DisplayRole)."""

    HIT = Qt.ItemDataRole.UserRole
    IS_FIRST = auto()  # whether it is the first of its entry in a row


class HitsModel(QAbstractListModel):
    """The hits of the query that was asked last.

    Signals:
        more_wanted: The last Hit that is there; those behind it shall be fetched.
    """

    more_wanted = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._hits: list[Hit] = []
        self._has_more = False
        self._is_asking = False

    @property
    def hits(self) -> Sequence[Hit]:
        """The hits that are there."""
        return self._hits

    def show(self, hits: Sequence[Hit]) -> None:
        """Begin again with the hits of another query."""
        self.beginResetModel()
        self._hits = list(hits)
        self._has_more = len(hits) >= PAGE
        self._is_asking = False
        self.endResetModel()

    def add(self, hits: Sequence[Hit]) -> None:
        """Put what was fetched behind what is there."""
        self._is_asking = False
        self._has_more = len(hits) >= PAGE
        if hits:
            first = len(self._hits)
            self.beginInsertRows(NOWHERE, first, first + len(hits) - 1)
            self._hits += hits
            self.endInsertRows()

    def rowCount(self, parent: ModelIndex = NOWHERE) -> int:
        """Return the number of rows; a list has no rows below its rows."""
        return 0 if parent.isValid() else len(self._hits)

    def canFetchMore(self, parent: ModelIndex) -> bool:
        """Whether there are hits behind the last."""
        return not parent.isValid() and self._has_more and not self._is_asking

    def fetchMore(self, parent: ModelIndex) -> None:
        """Ask for what is behind the last hit; it comes later."""
        if self.canFetchMore(parent):
            self._is_asking = True
            self.more_wanted.emit(self._hits[-1])

    def data(self, index: ModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return what `role` asks of a row, or None."""
        if not index.isValid() or index.row() >= len(self._hits):
            return None
        hit = self._hits[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return hit.sentence
        if role == HitRole.HIT:
            return hit
        if role == HitRole.IS_FIRST:
            row = index.row()
            return row == 0 or self._hits[row - 1].entry != hit.entry
        return None
