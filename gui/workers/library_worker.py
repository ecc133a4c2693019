"""The library off the GUI thread: lists, search, what is opened, and its edits.

Keystrokes come as changes of the page and go into the journal at once; lists and search
are brought up to date in the pauses.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from asr.errors import LibraryError
from asr.transcript import Segment, Transcript
from PySide6.QtCore import QObject, QTimer, Signal, Slot

from gui.editor.history import Change
from gui.editor.journal_follower import JournalFollower
from gui.export.plan import ExportPlan, carry_out
from gui.library import hits_model, model
from gui.workers.alignment_worker import Alignment
from gui.workers.attempt import attempt
from gui.workers.open_entry import Opened, OpenEntry, Spot

if TYPE_CHECKING:  # what the library needs is imported on its thread, after the first paint
    from asr.engine import Engine
    from asr.library import DiskUse, Entry, Hit, IntakeProgress, Library

LibraryFactory: TypeAlias = "Callable[[], Library]"
_REST_MS: Final = 2000  # after the last edit, before the index follows
_AGAIN_MS: Final = 10_000  # between attempts to write what a full disk refused, and such
_NEXT_MS: Final = 20  # between two alignments, so that edits come first

_WHAT: Final = "The library"  # that an internal error is of

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class FoundHits:
    """What a query found, from a place on."""

    query: str
    hits: tuple[Hit, ...]
    is_more: bool


@dataclass(frozen=True, slots=True)
class Shelf:
    """How much there is."""

    n_entries: int
    n_trashed: int
    use: DiskUse


@dataclass(frozen=True, slots=True)
class _Keeping:
    """A session or a file that is to be taken in."""

    path: Path
    keep: Callable[[Library], Entry | None]


class LibraryWorker(QObject):
    """Owns the library on the thread that it was moved to.

    Signals:
        listed: A tuple of Entry: the newest.
        more_listed: A tuple of Entry: those behind what was asked for.
        changed: An Entry, as it is by this time.
        gone: The id of an entry that is not in the list any more.
        found: A FoundHits.
        measured: A Shelf.
        opened: An Opened.
        unopened: What was to be opened cannot be; `failed` says why.
        kept: An Entry that was taken in, and the Path of the session or the file that it is.
        reverted: A paragraph's number, and its Segment as it reads then; None if nothing is
            other than it was.
        alignment_wanted: An Alignment; `take_times` is told what became of it.
        aligned: A paragraph's number, and its words with the times that the sound tells.
        saved: The name of a file that was written.
        read: A tuple of Entry, and the Transcript of the first, for a preview of an export.
        exported: A tuple of the Paths that were written.
        failed: A sentence for the user.
    """

    listed = Signal(object)
    more_listed = Signal(object)
    changed = Signal(object)
    gone = Signal(str)
    found = Signal(object)
    measured = Signal(object)
    opened = Signal(object)
    unopened = Signal()
    kept = Signal(object, object)
    reverted = Signal(int, object)
    alignment_wanted = Signal(object)
    aligned = Signal(int, object)
    saved = Signal(str)
    read = Signal(object, object)
    exported = Signal(object)
    failed = Signal(str)

    def __init__(self, factory: LibraryFactory) -> None:
        super().__init__()
        self._factory = factory
        self._library: Library | None = None
        self._why_closed = ""  # a sentence, once it could not be opened
        self._steps: Iterator[IntakeProgress] = iter(())
        self._refresh = QTimer(self, interval=0)  # a child: moves with the worker
        self._refresh.timeout.connect(self._take_step)
        self._rest = QTimer(self, interval=_REST_MS, singleShot=True)
        self._rest.timeout.connect(self._follow_up)
        self._again = QTimer(self, interval=_AGAIN_MS, singleShot=True)
        self._again.timeout.connect(self._try_again)
        self._waiting: list[_Keeping] = []  # what could not be taken in yet
        self._engine: Engine | None = None
        self._edited: OpenEntry | None = None
        self._is_aligning = False  # whether an alignment was asked for, and has not come
        self._in_trash = False
        self._n_noticed = 0

    # ── The whole ───────────────────────────────────────────────────────────────────

    @Slot()
    def open(self) -> None:
        """Open the library, list the newest, and look for what is not in it yet."""
        self._open_library(self.failed.emit)

    def _open_library(self, tell: Callable[[str], None]) -> None:
        def build() -> None:
            self._library = self._factory()

        reasons: list[str] = []
        if attempt(build, reasons.append, _WHAT):
            self.list_first()
            self.refresh()
        else:
            (self._why_closed,) = reasons
            tell(self._why_closed)
            self._again.start(_AGAIN_MS)

    @Slot()
    def _try_again(self) -> None:
        """Do what could not be done, without a word about it if it still cannot."""
        if self._library is None:
            self._open_library(_say_nothing)
        waiting, self._waiting = self._waiting, []
        for one in waiting:
            self._take_in(one, _say_nothing)

    @Slot()
    def stop(self) -> None:
        """Store what is open, and let the library go."""
        self._refresh.stop()
        self.close_entry()
        self._rest.stop()
        if self._library is not None:
            self._try_again()
        self._again.stop()
        library, self._library = self._library, None
        if library is not None:
            self._attempt(library.close)

    @Slot()
    def refresh(self) -> None:
        """Take in what is on disk and not in the lists; a step between two other wishes."""
        if self._library is not None:
            self._steps = self._library.refresh()
            self._refresh.start()

    @Slot()
    def _take_step(self) -> None:
        taken: list[IntakeProgress] = []
        is_well = self._attempt(lambda: taken.extend(_next(self._steps)))
        if taken and is_well:
            return
        self._refresh.stop()
        self.list_first()

    @Slot()
    def list_first(self) -> None:
        """List the newest entries, and say how much there is."""
        self._ask(lambda library: self.listed.emit(tuple(self._page(library, None))))
        self._measure()

    @Slot(object)
    def list_more(self, after: Entry) -> None:
        """List what is behind an entry."""
        self._ask(lambda library: self.more_listed.emit(tuple(self._page(library, after))))

    @Slot(bool)
    def show_trash(self, is_wanted: bool) -> None:
        """List what was deleted, or what was not."""
        self._in_trash = is_wanted
        self.list_first()

    @Slot(str)
    def search(self, query: str) -> None:
        """Find where all words of a query were said."""
        self._search(query, None)

    @Slot(str, object)
    def search_more(self, query: str, after: Hit) -> None:
        """Find what is behind a hit."""
        self._search(query, after)

    def _search(self, query: str, after: Hit | None) -> None:
        hits: list[Hit] = []

        def look(library: Library) -> None:
            if after is None:
                hits.extend(library.search(query, limit=hits_model.PAGE))
            else:
                hits.extend(library.search(query, limit=hits_model.PAGE, before=after.cursor))

        self._ask(look)
        self.found.emit(FoundHits(query, tuple(hits), after is not None))  # whoever asked waits

    def _page(self, library: Library, after: Entry | None) -> Sequence[Entry]:
        return library.entries(after=after, limit=model.PAGE, trashed=self._in_trash)

    def _measure(self) -> None:
        def measure(library: Library) -> None:
            n_trashed = library.count(trashed=True)
            self.measured.emit(Shelf(library.count(), n_trashed, library.disk_use()))

        self._ask(measure)

    # ── Entries ─────────────────────────────────────────────────────────────────────

    @Slot(str, str)
    def rename(self, entry: str, title: str) -> None:
        """Give an entry a title; none for its first words."""
        self._ask(lambda library: self.changed.emit(library.rename(entry, title)))

    @Slot(str, object)
    def tag(self, entry: str, tags: Sequence[str]) -> None:
        """Give an entry these tags, and no others."""
        self._ask(lambda library: self.changed.emit(library.tag(entry, tags)))

    @Slot(str)
    def trash(self, entry: str) -> None:
        """Put an entry into the trash."""
        self._move(entry, lambda library: library.trash(entry), is_trashed=True)

    @Slot(str)
    def restore(self, entry: str) -> None:
        """Take an entry out of the trash."""
        self._move(entry, lambda library: library.restore(entry), is_trashed=False)

    def _move(self, entry: str, act: Callable[[Library], Entry], *, is_trashed: bool) -> None:
        if self._edited is not None and entry == self._edited.id:
            self.close_entry()
        moved: list[Entry] = []
        self._ask(lambda library: moved.append(act(library)))
        for one in moved:
            if is_trashed == self._in_trash:
                self.changed.emit(one)
            else:
                self.gone.emit(one.id)
        self._measure()

    @Slot(str, object)
    def locate(self, entry: str, path: Path) -> None:
        """Take note of where the file of an entry is."""
        self._ask(lambda library: self.changed.emit(library.locate(entry, path)))

    @Slot(str)
    def drop_sound(self, entry: str) -> None:
        """Remove the sound of an entry, and keep its text."""
        self._ask(lambda library: self.changed.emit(library.drop_sound(entry)))
        self._measure()

    @Slot()
    def empty_trash(self) -> None:
        """Remove for good what is in the trash."""
        self._ask(lambda library: library.empty_trash())
        self.list_first()

    @Slot()
    def delete_everything(self) -> None:
        """Remove all that was ever heard, for good."""
        self.close_entry()
        self._ask(lambda library: library.delete_everything())
        self.list_first()

    @Slot(int)
    def expire(self, keep_days: int) -> None:
        """Put what is older than so many days into the trash."""
        self._ask(lambda library: library.expire(keep_days))
        self.list_first()

    @Slot(object, bool)
    def keep_session(self, folder: Path, history: bool) -> None:
        """Take a session in that has ended, or forget it where no history is wanted."""
        from asr.library import keep_session

        self._keep(folder, lambda library: keep_session(library, folder, history=history))

    @Slot(object, object, bool)
    def keep_file(self, transcript: Transcript, path: Path, history: bool) -> None:
        """Take the transcript of a file in, where a history is wanted."""
        from asr.library import keep_file

        self._keep(path, lambda library: keep_file(library, transcript, path, history=history))

    def _keep(self, path: Path, keep: Callable[[Library], Entry | None]) -> None:
        self._take_in(_Keeping(path, keep), self.failed.emit)

    def _take_in(self, keeping: _Keeping, tell: Callable[[str], None]) -> None:
        """Take something in; it is tried again until it is there."""
        library = self._library
        taken: list[Entry | None] = []

        def keep(library: Library) -> None:
            taken.append(keeping.keep(library))

        if library is None:
            tell(self._why_closed)
        if library is None or not attempt(partial(keep, library), tell, _WHAT):
            self._waiting.append(keeping)
            self._again.start(_AGAIN_MS)
        for entry in taken:
            if entry is not None:
                edited = self._edited
                if edited is not None and entry.id == edited.id:
                    edited.is_running = False  # it has ended while it was edited
                    self._rest.start(_REST_MS)
                self.kept.emit(entry, keeping.path)
                if not self._in_trash:
                    self.changed.emit(entry)
        self._measure()

    # ── The entry that is open ──────────────────────────────────────────────────────

    @Slot(str, object)
    def open_entry(self, entry: str, spot: Spot | None = None) -> None:
        """Open an entry for reading and editing."""
        self._open(lambda library: self._opened(library, entry, spot))

    @Slot(object, object)
    def open_running(self, folder: Path, heard: Transcript) -> None:
        """Open a session that is being recorded, as far as it was heard."""
        self._open(lambda library: self._opened_running(library, folder, heard))

    def _open(self, wanted: Callable[[Library], Opened]) -> None:
        self.close_entry()
        found: list[Opened] = []
        self._ask(lambda library: found.append(wanted(library)))
        for opened in found:
            self.opened.emit(opened)
        if not found:
            self.unopened.emit()

    def _opened(self, library: Library, entry_id: str, spot: Spot | None) -> Opened:
        entry = library.entry(entry_id)
        sounds: tuple[Path, ...] = ()
        no_sound = read_only = ""
        try:
            sounds = library.sounds(entry_id)
        except LibraryError as error:
            no_sound = str(error)
        try:
            journal = library.journal(entry_id)
            self._edited = OpenEntry(entry_id, journal)
            transcript = journal.transcript
        except LibraryError as error:
            read_only = str(error)
            transcript = library.transcript(entry_id)
        return Opened(
            entry=entry,
            transcript=transcript,
            sounds=sounds,
            no_sound=no_sound,
            read_only=read_only,
            spot=spot,
            note=self._note(),
        )

    def _opened_running(self, library: Library, folder: Path, heard: Transcript) -> Opened:
        from asr.library.folders import session_sounds

        entry, read_only = library.running(folder), ""
        try:
            journal = library.running_journal(folder, heard)
            self._edited = OpenEntry(entry.id, journal, is_running=True)
            heard = journal.transcript
        except LibraryError as error:
            read_only = str(error)
        return Opened(
            entry=entry,
            transcript=heard,
            sounds=session_sounds(folder),
            read_only=read_only,
            is_running=True,
            note=self._note(),
        )

    def _note(self) -> str:
        """Say how many stored edits are of no use, if there are such."""
        n_lost = self._edited.journal.unusable if self._edited else 0
        if n_lost == 1:
            return self.tr("An edit of this transcript cannot be read, and is left out.")
        sentence = self.tr("{n} edits of this transcript cannot be read, and are left out.")
        return sentence.format(n=n_lost) if n_lost else ""

    @Slot(object, int)
    def extend(self, segments: Sequence[Segment], first: int) -> None:
        """Take in what was recognised since, from a paragraph of the page on."""
        edited = self._edited
        if edited is not None and edited.is_running:
            self._attempt(lambda: edited.follower.extend(segments, first))

    @Slot()
    def close_entry(self) -> None:
        """Store the open entry, and let others edit it."""
        edited, self._edited = self._edited, None
        if edited is not None:
            self._attempt(edited.journal.close)
            self._update(edited)

    @Slot(object, bool)
    def do(self, changes: Sequence[Change], grows: bool) -> None:
        """Write an edit into the journal; it `grows` the last one, or is a step of its own."""
        self._edit(lambda follower: follower.do(changes, grows=grows))

    @Slot()
    def undo(self) -> None:
        """Take the last edit back."""
        self._edit(JournalFollower.undo)

    @Slot()
    def redo(self) -> None:
        """Make the edit again that was taken back last."""
        self._edit(JournalFollower.redo)

    @Slot(int, int, int)
    def revert(self, paragraph: int, first: int, end: int) -> None:
        """Turn words [first, end) of a paragraph back to what was recognised."""
        segments: list[Segment | None] = []
        self._edit(lambda follower: segments.append(follower.revert(paragraph, first, end)))
        self.reverted.emit(paragraph, segments[0] if segments else None)

    def _edit(self, act: Callable[[JournalFollower], None]) -> None:
        edited = self._edited
        if edited is not None and self._attempt(lambda: act(edited.follower)):
            edited.is_stale = True
            self._rest.start(_REST_MS)

    @Slot()
    def _follow_up(self) -> None:
        """Let lists and search know the edits, and the disk have them for good."""
        self._rest.stop()
        edited = self._edited
        if edited is not None:
            self._attempt(edited.journal.save)
            if not edited.journal.is_saved:  # and is tried again until it is
                self.failed.emit(
                    self.tr("The disk refuses the last edits: they are kept, and tried again.")
                )
                self._rest.start(_AGAIN_MS)
            self._align_next(edited)
            self._update(edited)

    def _update(self, edited: OpenEntry) -> None:
        """Let lists and search know how an entry reads with its edits."""
        if edited.is_stale and not edited.is_running:
            edited.is_stale = False
            transcript = edited.journal.transcript
            self._ask(lambda library: self.changed.emit(library.update(edited.id, transcript)))

    @Slot(object)
    def take_engine(self, engine: Engine) -> None:
        """Take what can tell when edited words are said."""
        self._engine = engine

    def _align_next(self, edited: OpenEntry) -> None:
        """Ask when the words of one edited segment are said; others follow."""
        if self._library is None or self._engine is None or self._is_aligning:
            return
        wanted = edited.next_alignment(self._engine, self._library.sounds)
        if wanted is not None:
            self._is_aligning = True
            self.alignment_wanted.emit(wanted)

    @Slot(object, object)
    def take_times(self, asked: Alignment, times: Sequence[tuple[float, float]] | None) -> None:
        """Give words the times that the sound tells, unless they are others by this time."""
        self._is_aligning = False
        edited = self._edited
        if edited is None:
            return
        timed = None if times is None else edited.set_times(asked, times)
        if timed is not None:
            self.aligned.emit(*timed)
        if (edited.follower.rewritten or edited.is_stale) and not self._rest.isActive():
            self._rest.start(_NEXT_MS)

    @Slot(str, object)
    def save(self, entry: str, write: Callable[[Transcript], str]) -> None:
        """Write an entry as it reads with its edits; `write` returns the file's name."""
        edited = self._edited

        def write_open(library: Library) -> None:
            if edited is not None and entry == edited.id:
                self.saved.emit(write(edited.journal.transcript))
            else:
                self.saved.emit(write(library.transcript(entry)))

        self._ask(write_open)

    @Slot(object)
    def read_for_export(self, entries: Sequence[Entry]) -> None:
        """Read the first of some entries, as it is to be exported."""
        self._ask(
            lambda library: self.read.emit(tuple(entries), library.transcript(entries[0].id))
        )

    @Slot(object, object)
    def export(self, entries: Sequence[Entry], plan: ExportPlan) -> None:
        """Write a file for each entry, as it reads with its edits."""
        written: list[Path] = []

        def write(library: Library) -> None:
            for entry in entries:
                path = carry_out(plan, library.entry(entry.id), library.transcript(entry.id))
                written.append(path)

        self._ask(write)
        if written:
            self.exported.emit(tuple(written))

    def _ask(self, question: Callable[[Library], object]) -> None:
        library = self._library
        if library is not None:
            self._attempt(lambda: question(library))
            for sentence in library.notices[self._n_noticed :]:
                self.failed.emit(sentence)
            self._n_noticed = len(library.notices)

    def _attempt(self, action: Callable[[], object]) -> bool:
        return attempt(lambda: _forget(action()), self.failed.emit, _WHAT)


def _say_nothing(_sentence: str) -> None:
    """It was said before."""


def _forget(_result: object) -> None:
    """Take what nobody asked for."""


def _next(steps: Iterator[IntakeProgress]) -> list[IntakeProgress]:
    """Return the next step, or nothing at the end."""
    for step in steps:
        return [step]
    return []
