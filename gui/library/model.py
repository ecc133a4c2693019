"""The entries of the library as rows, newest first; more are fetched as they come in sight."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from enum import IntEnum, auto
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import (
    QAbstractListModel,
    QDate,
    QLocale,
    QObject,
    Qt,
    QTime,
    Signal,
)

from gui.clock import length
from gui.model_index import NOWHERE, ModelIndex

if TYPE_CHECKING:
    from asr.library import Entry


PAGE: Final = 100  # entries that are fetched at a time


class EntryRole(IntEnum):
    """What a row can be asked, beside its title (DisplayRole)."""

    ENTRY = Qt.ItemDataRole.UserRole
    DETAILS = auto()  # when, how long, who, in one line
    TAGS = auto()
    GROUP = auto()  # the day or month, on the first row of each; else ""


class LibraryModel(QAbstractListModel):
    """The part of the library that was fetched.

    Signals:
        more_wanted: The last Entry that is there; those behind it shall be fetched.
        rename_wanted: An id, and the title that the user wrote.
    """

    more_wanted = Signal(object)
    rename_wanted = Signal(str, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._entries: list[Entry] = []
        self._groups: dict[str, str] = {}  # of entries, by id: each row is asked often
        self._has_more = False
        self._is_asking = False

    @property
    def entries(self) -> Sequence[Entry]:
        """The entries that are there."""
        return self._entries

    def show(self, entries: Sequence[Entry]) -> None:
        """Begin again with the newest."""
        self.beginResetModel()
        self._entries = list(entries)
        self._groups.clear()
        self._has_more = len(entries) >= PAGE
        self._is_asking = False
        self.endResetModel()

    def add(self, entries: Sequence[Entry]) -> None:
        """Put what was fetched behind what is there."""
        self._is_asking = False
        self._has_more = len(entries) >= PAGE
        known = {entry.id for entry in self._entries}
        fresh = [entry for entry in entries if entry.id not in known]
        if fresh:
            first = len(self._entries)
            self.beginInsertRows(NOWHERE, first, first + len(fresh) - 1)
            self._entries += fresh
            self.endInsertRows()

    def put(self, entry: Entry) -> None:
        """Show an entry as it is by this time, or one that was not there."""
        for row, known in enumerate(self._entries):
            if known.id == entry.id:
                self._entries[row] = entry
                self.dataChanged.emit(self.index(row), self.index(row))
                return
        row = sum(1 for known in self._entries if known.position > entry.position)
        if row == len(self._entries) and self._has_more:
            return  # it comes when the rows before it have come
        self.beginInsertRows(NOWHERE, row, row)
        self._entries.insert(row, entry)
        self.endInsertRows()
        self._regroup(row + 1)

    def take(self, entry_id: str) -> None:
        """Remove an entry's row."""
        for row, known in enumerate(self._entries):
            if known.id == entry_id:
                self.beginRemoveRows(NOWHERE, row, row)
                del self._entries[row]
                self.endRemoveRows()
                self._regroup(row)
                return

    def _regroup(self, row: int) -> None:
        """Let a row say its group again: another one stands before it."""
        if row < len(self._entries):
            self.dataChanged.emit(self.index(row), self.index(row))

    def rowCount(self, parent: ModelIndex = NOWHERE) -> int:
        """Return the number of rows; a list has no rows below its rows."""
        return 0 if parent.isValid() else len(self._entries)

    def canFetchMore(self, parent: ModelIndex) -> bool:
        """Whether there are entries behind the last."""
        return not parent.isValid() and self._has_more and not self._is_asking

    def fetchMore(self, parent: ModelIndex) -> None:
        """Ask for what is behind the last entry; it comes later."""
        if self.canFetchMore(parent):
            self._is_asking = True
            self.more_wanted.emit(self._entries[-1])

    def flags(self, index: ModelIndex) -> Qt.ItemFlag:
        """Let titles be written in place."""
        flags = super().flags(index)
        return flags | Qt.ItemFlag.ItemIsEditable if index.isValid() else flags

    def setData(
        self, index: ModelIndex, value: object, role: int = Qt.ItemDataRole.EditRole
    ) -> bool:
        """Ask for another title; it is shown when it is kept."""
        if not index.isValid() or role != Qt.ItemDataRole.EditRole:
            return False
        entry = self._entries[index.row()]
        if str(value).strip() != entry.title:
            self.rename_wanted.emit(entry.id, str(value).strip())
        return True

    def data(self, index: ModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return what `role` asks of a row, or None."""
        if not index.isValid() or index.row() >= len(self._entries):
            return None
        entry = self._entries[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return title(entry) if role == Qt.ItemDataRole.DisplayRole else entry.title
        if role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            return f"{title(entry)} · {details(entry)}"
        if role == EntryRole.ENTRY:
            return entry
        if role == EntryRole.DETAILS:
            return details(entry)
        if role == EntryRole.TAGS:
            return entry.tags
        if role == EntryRole.GROUP:
            return self._group(index.row())
        return None

    def _group(self, row: int) -> str:
        here = self._group_of(self._entries[row])
        before = self._group_of(self._entries[row - 1]) if row else ""
        return "" if here == before else here

    def has_heading(self, row: int) -> bool:
        """Whether a row is the first of its day or month."""
        entries, groups = self._entries, self._groups
        if not row:
            return bool(entries)
        here, before = groups.get(entries[row].id), groups.get(entries[row - 1].id)
        return here != before if here and before else bool(self._group(row))

    def _group_of(self, entry: Entry) -> str:
        if entry.id not in self._groups:
            self._groups[entry.id] = group(entry.started, self)
        return self._groups[entry.id]


def title(entry: Entry) -> str:
    """Return what an entry is called; a file in which nothing was said has its own name."""
    source = entry.source if entry.kind == "file" else ""  # a session's is its folder's name
    return entry.title or source or QObject().tr("Without words")


def details(entry: Entry) -> str:
    """Say when it began, how long it is, and who speaks."""
    parts = [moment(entry.started), length(entry.seconds)]
    if entry.kind == "file" and entry.source:
        parts.append(entry.source)
    if entry.speakers:
        parts.append(", ".join(entry.speakers))
    return " · ".join(parts)


def moment(started: datetime) -> str:
    """Return a day and a time of day, in local time."""
    local = started.astimezone()
    short = QLocale.FormatType.ShortFormat
    day = QLocale().toString(QDate(local.year, local.month, local.day), "d MMM yyyy")
    return f"{day}, {QLocale().toString(QTime(local.hour, local.minute), short)}"


def group(started: datetime, translator: QObject, today: date | None = None) -> str:
    """Return the heading under which a time stands: a near day, or a month."""
    today = today or datetime.now().astimezone().date()
    day = started.astimezone().date()
    distance = (today - day).days
    if distance <= 0:
        return translator.tr("Today")
    if distance == 1:
        return translator.tr("Yesterday")
    if distance < 7:
        return translator.tr("This week")
    return QLocale().toString(QDate(day.year, day.month, day.day), "MMMM yyyy")
