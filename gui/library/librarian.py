"""What is wished of the library by the pages, and what becomes of it.

pages ──▶ Librarian ──▶ LibraryWorker (its own thread) ──▶ pages
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from asr.formats import save
from asr.transcript import Transcript
from PySide6.QtCore import QObject, Qt, Signal, Slot

from gui.editor.page import EditorPage
from gui.export.dialog import ExportDialog
from gui.export.plan import ExportPlan, from_text, to_text
from gui.library.model import title
from gui.library.page import LibraryPage
from gui.library.running_session import RunningSession
from gui.pages import Page
from gui.settings import SettingsStore
from gui.widgets.notice_area import NoticeArea
from gui.widgets.notice_bar import Choice, Tone
from gui.workers.open_entry import Opened, Spot

if TYPE_CHECKING:
    from asr.library import Entry


class Librarian(QObject):
    """Keeps what was heard, as the settings say, and opens it again.

    Signals:
        library_wanted: The library shall be opened.
        open_wanted: An entry's id and the Spot to open it at.
        close_wanted: The entry that is open shall be stored.
        trash_wanted: The id of an entry that goes to the trash.
        restore_wanted: The id of one that comes back.
        drop_sound_wanted: The id of an entry that loses its sound.
        session_wanted: A session's folder, and whether it shall be kept or forgotten.
        file_wanted: A Transcript, its file's Path, and whether it shall be kept.
        locate_wanted: The id of an entry, and the Path where its file is.
        save_wanted: An entry's id, and what writes its Transcript and returns a name.
        read_wanted: Entries that are to be exported, as a tuple.
        export_wanted: The same, and the ExportPlan.
        expire_wanted: After how many days entries go to the trash.
        opened: An entry is on the editor's page.
        latest_changed: Whether there is an entry of what is on the page of listening.
        page_is_stale: An entry of what is on the page of listening was edited.
    """

    library_wanted = Signal()
    open_wanted = Signal(str, object)
    close_wanted = Signal()
    trash_wanted = Signal(str)
    restore_wanted = Signal(str)
    drop_sound_wanted = Signal(str)
    session_wanted = Signal(object, bool)
    file_wanted = Signal(object, object, bool)
    locate_wanted = Signal(str, object)
    save_wanted = Signal(str, object)
    read_wanted = Signal(object)
    export_wanted = Signal(object, object)
    expire_wanted = Signal(int)
    opened = Signal()
    latest_changed = Signal(bool)
    page_is_stale = Signal()

    def __init__(
        self,
        library: LibraryPage,
        editor: EditorPage,
        notices: NoticeArea,
        settings_store: SettingsStore,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._library, self._editor, self._notices = library, editor, notices
        self._settings_store = settings_store
        self._on_page: list[str] = []  # ids of what is on the page of listening, oldest first
        self._undoes: dict[str, str] = {}  # which entry's trashing a sentence offers to undo
        self._expected: set[Path] = set()  # where those are that are being taken in
        self._edited = ""  # id of the entry that was edited before it was on the page
        self._n_opening = 0  # entries that were asked for, and are not on the page
        self._asked: tuple[str, Spot | None] | None = None  # for which of them last
        self.running = RunningSession(editor, self)
        self.running.edited.connect(self._on_running_edited)
        self.running.open_wanted.connect(self._begin_opening)  # before the library hears of it
        library.open_wanted.connect(self._open)
        library.export_wanted.connect(self.ask_export)
        library.trash_wanted.connect(self._on_trash)
        library.restore_wanted.connect(self._on_restore)
        library.sound_unwanted.connect(self._ask_sound)
        library.foot.history_wanted.connect(settings_store.keep_history)
        library.foot.keep_days_chosen.connect(self._on_keep_days)
        editor.view.edited.changed.connect(self._on_edited)

    @Slot()
    def open_library(self) -> None:
        """Open the library, and let go what is older than entries are kept."""
        self.library_wanted.emit()
        if self._settings_store.settings.keep_days:
            self.expire_wanted.emit(self._settings_store.settings.keep_days)

    # ── What was heard ──────────────────────────────────────────────────────────────

    @Slot(object)
    def keep_session(self, folder: Path) -> None:
        """A session has ended, and is stored in a folder."""
        self._expected.add(folder)
        self.session_wanted.emit(folder, self._settings_store.settings.history)

    @Slot(object, object)
    def keep_file(self, transcript: Transcript, path: Path) -> None:
        """A file was read."""
        self._expected.add(path)
        self.file_wanted.emit(transcript, path, self._settings_store.settings.history)

    @Slot(object, object)
    def on_kept(self, entry: Entry, path: Path) -> None:
        """An entry is in the library: the page of listening ends with it, or has moved on."""
        if path in self._expected:
            self._on_page.append(entry.id)
            self.latest_changed.emit(True)
            if self._edited == entry.id:
                self.page_is_stale.emit()
        settings = self._settings_store.settings
        if settings.exports_always:
            self.export_wanted.emit((entry,), from_text(settings.export_plan))

    @Slot()
    def on_new_page(self) -> None:
        """The page of listening is empty."""
        self._on_page.clear()
        self._expected.clear()
        self.latest_changed.emit(False)

    @property
    def can_edit_running(self) -> bool:
        """Whether a session is being recorded that will be kept."""
        return self.running.is_there and self._settings_store.settings.history

    @Slot()
    def edit_latest(self) -> None:
        """Open what is being heard, or was heard last."""
        if self.can_edit_running:
            self.running.edit()
        elif self._on_page:
            self._open(self._on_page[-1], None)

    # ── Entries ─────────────────────────────────────────────────────────────────────

    @Slot(str, object)
    def _open(self, entry: str, spot: Spot | None) -> None:
        if self._n_opening and self._asked == (entry, spot):
            return  # a double click, or Return held down
        self._begin_opening()
        self._asked = (entry, spot)
        self.open_wanted.emit(entry, spot)

    @Slot()
    def _begin_opening(self) -> None:
        """Take no more edits: the library stores what was open before it opens another."""
        self._n_opening += 1
        self._asked = None
        if self._editor.entry is not None:
            self.running.leave()
            self._editor.close_entry()

    @Slot(object)
    def show_opened(self, opened: Opened) -> None:
        """Show an entry on the editor's page, unless another was asked for since."""
        self._n_opening -= 1
        if self._n_opening:
            if opened.is_running:
                self.running.on_unopened()
            return
        self._notices.clear_page(Page.EDITOR)  # what was told of another entry
        self._editor.show_opened(opened)
        self.running.on_opened(opened)
        self.opened.emit()

    @Slot()
    def on_unopened(self) -> None:
        """What was asked for cannot be opened."""
        self._n_opening -= 1
        self.running.on_unopened()

    @Slot()
    def close_entry(self) -> None:
        """Store the entry that is open."""
        if self._editor.entry is not None:
            self.running.leave()
            self.close_wanted.emit()
            self._editor.close_entry()

    @Slot(str, object)
    def locate(self, entry: str, path: Path) -> None:
        """Say where the file of an entry is, and open it again."""
        self.locate_wanted.emit(entry, path)
        self._open(entry, None)

    def save(self, path: Path) -> None:
        """Write the entry that is open, as it reads with its edits, to a file."""
        if self._editor.entry is not None:
            self.save_wanted.emit(self._editor.entry.id, partial(_write, path))

    # ── Exports ─────────────────────────────────────────────────────────────────────

    @Slot()
    def export_open(self) -> None:
        """Ask how the entry that is open shall be exported."""
        if self._editor.entry is not None:
            self.ask_export([self._editor.entry])

    @Slot(object)
    def ask_export(self, entries: Sequence[Entry]) -> None:
        """Ask how entries shall be exported."""
        self.read_wanted.emit(tuple(entries))

    @Slot(object, object)
    def show_export(self, entries: tuple[Entry, ...], transcript: Transcript) -> None:
        """Open the dialog with a preview of the first of them."""
        settings = self._settings_store.settings
        plan = from_text(settings.export_plan)
        if settings.folder and not settings.export_plan:
            plan = replace(plan, folder=settings.folder)
        always = settings.exports_always
        window = self._editor.window()
        dialog = ExportDialog(entries, transcript, plan, always=always, parent=window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.always_wanted.connect(self._settings_store.keep_exports_always)
        dialog.chosen.connect(partial(self._export, entries))
        dialog.open()

    def _export(self, entries: tuple[Entry, ...], plan: ExportPlan) -> None:
        self._settings_store.keep_export_plan(to_text(plan))
        self.export_wanted.emit(entries, plan)

    @Slot(object)
    def on_exported(self, paths: tuple[Path, ...]) -> None:
        """Say what was written."""
        if len(paths) == 1:
            sentence = self.tr("Exported “{name}” to {folder}")
            sentence = sentence.format(name=paths[0].name, folder=paths[0].parent)
        else:
            sentence = self.tr("Exported {n} files to {folder}")
            sentence = sentence.format(n=len(paths), folder=paths[0].parent)
        self._notices.show_passing(sentence, Tone.GOOD)

    @Slot(object)
    def _on_trash(self, entry: Entry) -> None:
        self.trash_wanted.emit(entry.id)
        sentence = self.tr("“{title}” was moved to the trash.").format(title=_short(entry))
        undo = Choice(self.tr("Undo"), partial(self.restore_wanted.emit, entry.id))
        self._undoes[sentence] = entry.id
        self._notices.show_bar(sentence, Tone.PLAIN, undo)

    @Slot(object)
    def _on_restore(self, entry: Entry) -> None:
        self.restore_wanted.emit(entry.id)
        for sentence in [one for one, of in self._undoes.items() if of == entry.id]:
            del self._undoes[sentence]
            self._notices.withdraw(sentence)

    @Slot(object)
    def _ask_sound(self, entry: Entry) -> None:
        sentence = self.tr("Remove the sound of “{title}” for good? Its text stays.")
        remove = Choice(self.tr("Remove"), partial(self.drop_sound_wanted.emit, entry.id))
        self._notices.show_bar(sentence.format(title=_short(entry)), Tone.PLAIN, remove)

    @Slot(int)
    def _on_keep_days(self, days: int) -> None:
        self._settings_store.keep_entries(days)
        if days:
            self.expire_wanted.emit(days)

    @Slot()
    def _on_edited(self) -> None:
        """Put a page aside that would show what an entry read like before."""
        entry = self._editor.entry
        if entry is not None and entry.id in self._on_page:
            self.page_is_stale.emit()
        elif entry is not None:
            self._edited = entry.id

    @Slot()
    def _on_running_edited(self) -> None:
        """The page of listening knows the edits until here."""
        self._edited = ""


def _write(path: Path, transcript: Transcript) -> str:
    save(transcript, path)
    return path.name


def _short(entry: Entry) -> str:
    name = title(entry)
    return name if len(name) <= 48 else f"{name[:47]}…"
