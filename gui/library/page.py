"""The page of the library: a search field, what there is, and what was found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QModelIndex, QObject, Qt, Signal, Slot
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QInputDialog,
    QLineEdit,
    QListView,
    QMenu,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from gui.library.blank import Blank
from gui.library.delegates import EntryDelegate, HitDelegate
from gui.library.entry_list import EntryList
from gui.library.foot import LibraryFoot
from gui.library.hits_model import HitRole, HitsModel
from gui.library.model import EntryRole, LibraryModel
from gui.style.icons import icon
from gui.style.theme import Theme
from gui.transcript.page_view import COLUMN, MARGIN
from gui.workers.library_worker import FoundHits, Shelf
from gui.workers.open_entry import Spot

if TYPE_CHECKING:
    from asr.library import Entry, Hit


_DIALOG = 380  # pixels, so that several tags can be seen
_WIDEST = COLUMN + MARGIN  # pixels, as wide as the page of a transcript


class LibraryPage(QWidget):
    """Lists, searches, and says what the user wants of an entry.

    Signals:
        open_wanted: An entry's id, and the Spot to open it at, or None.
        export_wanted: A list of Entry.
        trash_wanted: An Entry.
        restore_wanted: An Entry.
        sound_unwanted: An Entry whose sound shall be removed.
        tags_wanted: An entry's id, and a tuple of tags.
        query_changed: What to search for.
        more_hits_wanted: The query, and the last Hit that is there.
    """

    open_wanted = Signal(str, object)
    export_wanted = Signal(object)
    trash_wanted = Signal(object)
    restore_wanted = Signal(object)
    sound_unwanted = Signal(object)
    tags_wanted = Signal(str, object)
    query_changed = Signal(str)
    more_hits_wanted = Signal(str, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model, self.hits = LibraryModel(self), HitsModel(self)
        self.search = QLineEdit()
        self.list, self.hit_list = EntryList(), QListView()
        self.blank = Blank()
        self.foot = LibraryFoot()
        self._pages = QStackedWidget()
        self._entry_delegate, self._hit_delegate = (
            EntryDelegate(self.model, self),
            HitDelegate(self),
        )
        self._answered = ""  # the query whose hits are shown
        self._asked: str | None = None  # the query that is being answered
        self._is_loaded = False
        self._place()
        self._connect()
        self._choose_page()

    # ── What is told ────────────────────────────────────────────────────────────────

    @Slot(object)
    def apply_theme(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self._entry_delegate.apply_theme(theme)
        self._hit_delegate.apply_theme(theme)
        self._glass.setIcon(icon("search", theme.dim))
        self.foot.apply_theme(theme)
        self.blank.apply_theme(theme)

    @Slot(object)
    def show_entries(self, entries: tuple[Entry, ...]) -> None:
        """Show the newest entries."""
        self._is_loaded = True
        self.model.show(entries)
        self._choose_page()

    @Slot(object)
    def add_entries(self, entries: tuple[Entry, ...]) -> None:
        """Show what follows them."""
        self.model.add(entries)

    @Slot(object)
    def put_entry(self, entry: Entry) -> None:
        """Show an entry as it is by this time."""
        if self.foot.in_trash == (entry.trashed is not None):
            self.model.put(entry)
            self._choose_page()

    @Slot(str)
    def take_entry(self, entry_id: str) -> None:
        """Show an entry no more, nor what was found in it."""
        self.model.take(entry_id)
        if self._answered:
            self._ask()
        self._choose_page()

    @Slot(object)
    def show_shelf(self, shelf: Shelf) -> None:
        """Say how much there is."""
        self.foot.show_shelf(shelf)

    @Slot(object)
    def show_found(self, found: FoundHits) -> None:
        """Show what was found; ask again if the user has typed on."""
        self._asked = None
        if found.is_more and found.query == self._answered:
            self.hits.add(found.hits)
        elif not found.is_more:
            self._answered = found.query
            self.hits.show(found.hits)
            self.hit_list.scrollToTop()
        self._choose_page()
        if self._query != self._answered:
            self._ask()

    @Slot()
    def look_for(self) -> None:
        """Let the user type what to search for."""
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    # ── Searching ───────────────────────────────────────────────────────────────────

    @property
    def _query(self) -> str:
        return self.search.text().strip()

    @Slot()
    def _on_typed(self) -> None:
        if not self._query:
            self._answered = ""
            self.hits.show(())
            self._choose_page()
        elif self._asked is None:
            self._ask()

    def _ask(self) -> None:
        """Ask for what is in the field; one question at a time, the last one always."""
        if self._query:
            self._asked = self._query
            self.query_changed.emit(self._query)

    @Slot(object)
    def _on_more_hits(self, last: Hit) -> None:
        self.more_hits_wanted.emit(self._answered, last)

    def _choose_page(self) -> None:
        if self._query and self._answered:
            page: QWidget = self.hit_list if self.hits.rowCount() else self.blank
            self.blank.say_not_found(self._answered)
        else:
            page = self.list if self.model.rowCount() else self.blank
            if self.foot.in_trash:
                self.blank.say_no_trash()
            elif self._is_loaded:
                self.blank.say_empty(keeps=self.foot.keeps_history)
            else:
                self.blank.say_loading()
        self._pages.setCurrentWidget(page)

    # ── Entries ─────────────────────────────────────────────────────────────────────

    @property
    def chosen(self) -> list[Entry]:
        """The entries that are selected."""
        rows = sorted(self.list.selectionModel().selectedIndexes(), key=QModelIndex.row)
        return [index.data(EntryRole.ENTRY) for index in rows]

    @Slot(QModelIndex)
    def _on_activated(self, index: QModelIndex) -> None:
        entry: Entry = index.data(EntryRole.ENTRY)
        if entry.trashed is None:
            self.open_wanted.emit(entry.id, None)

    @Slot(QModelIndex)
    def _on_hit_activated(self, index: QModelIndex) -> None:
        hit: Hit = index.data(HitRole.HIT)
        self.open_wanted.emit(hit.entry, Spot(hit.segment, hit.word))

    @Slot()
    def _open(self) -> None:
        if self.list.currentIndex().isValid():
            self._on_activated(self.list.currentIndex())

    @Slot()
    def _rename(self) -> None:
        self.list.edit(self.list.currentIndex())

    @Slot()
    def _trash(self) -> None:
        for entry in self.chosen:
            if entry.trashed is None:
                self.trash_wanted.emit(entry)

    @Slot()
    def _restore(self) -> None:
        for entry in self.chosen:
            self.restore_wanted.emit(entry)

    @Slot()
    def _drop_sound(self) -> None:
        for entry in self.chosen:
            self.sound_unwanted.emit(entry)

    @Slot()
    def _export(self) -> None:
        if self.chosen:
            self.export_wanted.emit(self.chosen)

    @Slot()
    def _ask_tags(self) -> None:
        [*chosen] = self.chosen
        if not chosen:
            return
        dialog = QInputDialog(self)
        dialog.setWindowTitle(self.tr("Tags"))
        dialog.setLabelText(self.tr("Tags, with commas between them:"))
        dialog.setTextValue(", ".join(chosen[0].tags))
        dialog.setProperty("entry", chosen[0].id)
        dialog.resize(_DIALOG, dialog.sizeHint().height())
        dialog.textValueSelected.connect(self._on_tags)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    @Slot(str)
    def _on_tags(self, text: str) -> None:
        dialog = self.sender()
        tags = tuple(tag.strip() for tag in text.split(",") if tag.strip())
        self.tags_wanted.emit(str(dialog.property("entry")), tags)

    def menu(self) -> QMenu:
        """Return what can be done with the entries that are selected."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if self.foot.in_trash:
            menu.addAction(self.tr("Put back"), self._restore)
            return menu
        one = len(self.chosen) == 1
        if one:
            menu.addAction(self.tr("Open"), self._open)
            menu.addAction(self._rename_action)
            menu.addAction(self.tr("Tags…"), self._ask_tags)
        menu.addAction(self.tr("Export…"), self._export)
        menu.addSeparator()
        if any(entry.kind == "session" and entry.has_sound for entry in self.chosen):
            menu.addAction(self.tr("Remove the sound, keep the text"), self._drop_sound)
        menu.addAction(self._delete_action)
        return menu

    @Slot(object)
    def _on_menu_wanted(self, point: object) -> None:
        if self.chosen:
            self.menu().popup(self.list.viewport().mapToGlobal(point))  # type: ignore[call-overload]

    # ── The parts ───────────────────────────────────────────────────────────────────

    def _place(self) -> None:
        self.search.setPlaceholderText(self.tr("Search everything that was said"))
        self.search.setAccessibleName(self.tr("Search"))
        self.search.setObjectName("search")
        self.search.setClearButtonEnabled(True)
        self._glass = QAction(self.tr("Search"), self)
        self.search.addAction(self._glass, QLineEdit.ActionPosition.LeadingPosition)
        for button in self.search.findChildren(QToolButton):
            if not button.accessibleName():
                button.setAccessibleName(self.tr("Empty the search field"))
        for view, name in ((self.list, self.tr("Entries")), (self.hit_list, self.tr("Hits"))):
            view.setObjectName("rows")
            view.setAccessibleName(name)
            view.setMouseTracking(True)
            view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
            view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.hit_list.setResizeMode(QListView.ResizeMode.Adjust)
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.list.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        for page in (self.list, self.hit_list, self.blank):
            self._pages.addWidget(page)
        column = QVBoxLayout()
        column.setContentsMargins(0, 8, 0, 0)
        column.setSpacing(12)
        column.addWidget(self.search)
        column.addWidget(self._pages, 1)
        column.addWidget(self.foot)
        middle = QWidget()
        middle.setMaximumWidth(_WIDEST)
        middle.setLayout(column)
        row = QHBoxLayout(self)
        row.setContentsMargins(24, 0, 24, 0)
        row.addStretch(1)
        row.addWidget(middle, 1000)
        row.addStretch(1)

    def _connect(self) -> None:
        self.list.setItemDelegate(self._entry_delegate)
        self.list.setModel(self.model)
        self.hit_list.setModel(self.hits)
        self.hit_list.setItemDelegate(self._hit_delegate)
        self.search.textChanged.connect(self._on_typed)
        self.search.installEventFilter(self)
        self.hits.more_wanted.connect(self._on_more_hits)
        self.list.activated.connect(self._on_activated)
        self.hit_list.activated.connect(self._on_hit_activated)
        self.hit_list.clicked.connect(self._on_hit_activated)
        self.list.customContextMenuRequested.connect(self._on_menu_wanted)
        self._delete_action = self._key(self.tr("Delete"), QKeySequence.StandardKey.Delete)
        self._delete_action.triggered.connect(self._trash)
        self._rename_action = self._key(self.tr("Rename"), "F2")
        self._rename_action.triggered.connect(self._rename)

    def _key(self, name: str, key: QKeySequence.StandardKey | str) -> QAction:
        action = QAction(name, self.list)
        action.setShortcut(QKeySequence(key))
        action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        self.list.addAction(action)
        return action

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Let the arrow keys lead from the field into what is listed, and Esc empty it."""
        if not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.KeyPress:
            return False
        shown = self._pages.currentWidget()
        if event.key() == Qt.Key.Key_Escape and self.search.text():
            self.search.clear()
            return True
        if not isinstance(shown, QAbstractItemView):
            return False
        if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            shown.setFocus()
            if not shown.currentIndex().isValid():
                shown.setCurrentIndex(shown.model().index(0, 0))
            if event.key() != Qt.Key.Key_Down and shown is self.hit_list:
                self._on_hit_activated(shown.currentIndex())
            return True
        return False
