"""The foot of the library: how much there is, what is kept, and the trash."""

from __future__ import annotations

from PySide6.QtCore import QLocale, QSize, Signal, Slot
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QMessageBox, QToolButton, QWidget

from gui.settings import KEEP_DAYS
from gui.style.icons import icon
from gui.style.theme import Theme
from gui.widgets.button_menu import ButtonMenu
from gui.workers.library_worker import Shelf


class LibraryFoot(QWidget):
    """Says how much there is; its menu holds what concerns the whole library.

    Signals:
        trash_shown: Whether the trash shall be listed.
        trash_unwanted: The trash shall be emptied.
        history_wanted: Whether sessions and files shall be kept.
        keep_days_chosen: After how many days entries go; 0 is never.
        deletion_wanted: Everything shall be deleted, as the user confirmed.
    """

    trash_shown = Signal(bool)
    trash_unwanted = Signal()
    history_wanted = Signal(bool)
    keep_days_chosen = Signal(int)
    deletion_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.in_trash = False
        self._amount = QLabel()
        self._amount.setProperty("quiet", True)
        self._amount.setAccessibleName(self.tr("What the library holds"))
        self._amount.setMinimumWidth(1)
        self.trash = QAction(self.tr("Show what was deleted"), self, checkable=True)
        self.empty = QAction(self.tr("Empty the trash"), self)
        self.history = QAction(self.tr("Keep what is heard"), self, checkable=True)
        self.history.setChecked(True)
        self.everything = QAction(self.tr("Delete everything…"), self)
        self.days = QActionGroup(self)
        self._more = QToolButton()
        self._more.setIconSize(QSize(18, 18))
        self._more.setAccessibleName(self.tr("More about the library"))
        self._more.setToolTip(self.tr("Trash, history, delete everything"))
        self._more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._more.setMenu(self._menu())
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 4, 8, 10)
        row.addWidget(self._amount, 1)
        row.addWidget(self._more)
        self._connect()

    @property
    def keeps_history(self) -> bool:
        """Whether sessions and files are kept."""
        return self.history.isChecked()

    def show_settings(self, *, history: bool, keep_days: int) -> None:
        """Show what holds."""
        self.history.setChecked(history)
        for choice in self.days.actions():
            choice.setChecked(choice.data() == keep_days)

    @Slot(object)
    def apply_theme(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self._more.setIcon(icon("more", theme.text))

    @Slot(object)
    def show_shelf(self, shelf: Shelf) -> None:
        """Say how much there is, and what it takes on the disk."""
        self.empty.setEnabled(shelf.n_trashed > 0)
        if self.in_trash:
            amount = self.tr("Deleted: {n}").format(n=f"{shelf.n_trashed:,}")
        elif shelf.n_entries == 1:
            amount = self.tr("1 entry")
        else:
            amount = self.tr("{n} entries").format(n=f"{shelf.n_entries:,}")
        use = shelf.use
        whole = _size(use.sound + use.texts + use.index)
        self._amount.setText(
            self.tr("{amount} · {whole} on this disk").format(amount=amount, whole=whole)
        )
        parts = self.tr("Sound: {sound}, text: {texts}")
        texts = _size(use.texts + use.index)
        self._amount.setToolTip(parts.format(sound=_size(use.sound), texts=texts))

    @Slot(bool)
    def _on_trash(self, is_shown: bool) -> None:
        self.in_trash = is_shown
        self.trash_shown.emit(is_shown)

    @Slot(QAction)
    def _on_days(self, choice: QAction) -> None:
        self.keep_days_chosen.emit(int(choice.data()))

    @Slot()
    def _ask_everything(self) -> None:
        """Ask before everything is deleted, for that cannot be undone."""
        box = QMessageBox(self)
        box.setWindowTitle(self.tr("Delete everything"))
        box.setText(self.tr("Delete everything that was ever heard?"))
        box.setInformativeText(
            self.tr(
                "All sound and all text of the library goes, the trash included, for good. "
                "Files that were transcribed stay where they are."
            )
        )
        delete = box.addButton(self.tr("Delete"), QMessageBox.ButtonRole.DestructiveRole)
        keep = box.addButton(self.tr("Keep"), QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(keep)
        box.setEscapeButton(keep)
        delete.clicked.connect(self.deletion_wanted)
        box.finished.connect(box.deleteLater)
        box.open()

    def _connect(self) -> None:
        self.trash.toggled.connect(self._on_trash)
        self.empty.triggered.connect(self.trash_unwanted)
        self.history.toggled.connect(self.history_wanted)
        self.days.triggered.connect(self._on_days)
        self.everything.triggered.connect(self._ask_everything)

    def _menu(self) -> QMenu:
        menu = ButtonMenu(self._more)
        menu.addActions([self.trash, self.empty])
        menu.addSeparator()
        menu.addAction(self.history)
        ages = menu.addMenu(self.tr("Move to the trash"))
        names = {
            0: self.tr("Never"),
            30: self.tr("After a month"),
            90: self.tr("After three months"),
            365: self.tr("After a year"),
        }
        for days in KEEP_DAYS:
            choice = self.days.addAction(names[days])
            choice.setData(days)
            choice.setCheckable(True)
            ages.addAction(choice)
        menu.addSeparator()
        menu.addAction(self.everything)
        return menu


def _size(n_bytes: int) -> str:
    return QLocale().formattedDataSize(n_bytes, 1, QLocale.DataSizeFormat.DataSizeSIFormat)
