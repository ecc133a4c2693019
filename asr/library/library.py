"""The library: every session and file that was transcribed, listed, searched and kept.

    files of the entries (asr.library.folders) ──▶ index (asr.library.index) ──▶ lists, search

What changes an entry writes its files first and the index then; `refresh` brings the index
up to date with whatever the files say, so an index that was lost costs time and nothing
else. All methods may be called from any thread; those that say «slow» belong on a worker.
"""

from __future__ import annotations

import logging
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Self

from asr.errors import LibraryError
from asr.library import folders, rows, search
from asr.library.folders import Card, forget
from asr.library.index import Index, UnwritableError, open_index, temporary_index, told
from asr.library.intake import Intake, IntakeProgress
from asr.library.journal import Journal
from asr.library.rows import Entry
from asr.library.search import Hit
from asr.live.recorded import is_held
from asr.transcript import Transcript, new_id

log = logging.getLogger(__name__)

INDEX: Final = "library.db"
FILES: Final = "files"
SESSIONS: Final = "sessions"
TRASH_DAYS: Final = 7  # that the trash keeps what retention put there
DAY: Final = 86_400.0  # seconds
END_OF_TIME: Final = 2**63 - 1


@dataclass(frozen=True, slots=True)
class DiskUse:
    """Bytes: of sound, of texts, and of the index."""

    sound: int
    texts: int
    index: int


class Library:
    """What was said, kept in a folder.

    >>> library = Library.open(data_folder())
    >>> for progress in library.refresh(): ...        # slow, on a worker
    >>> library.entries(limit=100)
    >>> library.search("yester")

    `notices` are sentences for the user about what is not as it should be.
    """

    def __init__(self, folder: Path, sessions: Path, index: Index, notices: list[str]) -> None:
        self.folder = folder
        self.sessions = sessions
        self.notices = notices
        self._index = index
        self._intake = Intake((sessions, folder / FILES), index, notices)
        self._temporary = index.path.parent if index.path.parent != folder else None

    @classmethod
    def open(cls, folder: Path, sessions: Path | None = None) -> Self:
        """Open a library, or begin one; quick, but for a schema of another version.

        Args:
            folder: Its own.
            sessions: Where recordings are; FOLDER/sessions, if not given.

        Raises:
            LibraryError: Another program writes to it for long, or the disk fails.
        """
        notices: list[str] = []
        try:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / FILES).mkdir(exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                pass
            index = open_index(folder / INDEX, notices)
        except (OSError, UnwritableError) as error:
            log.warning("«%s»: %s", folder, error)
            notices.append(
                f"The library in «{folder}» cannot be written: it can be read and searched, "
                "but changes to it are not kept."
            )
            index = temporary_index(INDEX)
        return cls(folder, sessions or folder / SESSIONS, index, notices)

    def close(self) -> None:
        """Close the index; no thread may use the library any more."""
        self._index.close()
        if self._temporary is not None:
            shutil.rmtree(self._temporary, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # What there is.

    def entries(
        self,
        *,
        after: Entry | None = None,
        limit: int = 200,
        tag: str = "",
        trashed: bool = False,
    ) -> list[Entry]:
        """Return a page of entries, newest first, from behind `after`. Raises LibraryError."""
        tagged = "AND position IN (SELECT position FROM tags WHERE tag = ?)" if tag else ""
        return self._entries(
            f"position < ? AND (trashed IS NULL) = ? {tagged} ORDER BY position DESC LIMIT ?",
            END_OF_TIME if after is None else after.position,
            not trashed,
            *([tag] if tag else []),
            limit,
        )

    def count(self, *, trashed: bool = False) -> int:
        """How many entries there are. Raises LibraryError."""
        sql = "SELECT count(*) FROM entries WHERE (trashed IS NULL) = ?"
        return int(self._index.rows(sql, not trashed)[0][0])

    def entry(self, entry_id: str) -> Entry:
        """Return one entry, in the trash or not. Raises LibraryError."""
        found = self._entries("id = ?", entry_id)
        if not found:
            raise LibraryError("This entry is not in the library any more.")
        return found[0]

    def search(
        self,
        query: str,
        *,
        limit: int = 50,
        before: int = END_OF_TIME,
        trashed: bool = False,
    ) -> list[Hit]:
        """Return where all words of a query were said, the last one as a beginning.

        Newest first; if they are few, the best first. For the next page, `before` is the
        `cursor` of the last hit. Raises LibraryError.
        """
        with told(self._index.path):
            connection = self._index.connection
            return search.find_hits(connection, query, limit, before, trashed=trashed)

    def disk_use(self) -> DiskUse:
        """How much the library takes, the trash included. Raises LibraryError."""
        sums = (
            "SELECT coalesce(sum(sound_bytes), 0), coalesce(sum(other_bytes), 0) FROM entries"
        )
        sound, texts = self._index.rows(sums)[0]
        index = sum(p.stat().st_size for p in self._index.path.parent.glob(f"{INDEX}*"))
        return DiskUse(sound, texts, index)

    # One entry.

    def transcript(self, entry_id: str) -> Transcript:
        """Return it as it reads with all edits; what exports write. Raises LibraryError."""
        return folders.read_edited(self.entry(entry_id).folder)

    def recognised(self, entry_id: str) -> Transcript:
        """Return it as it was recognised. Raises LibraryError."""
        return folders.read_recognised(self.entry(entry_id).folder)

    def journal(self, entry_id: str) -> Journal:
        """Open it for editing; then call `update`. Raises LibraryError."""
        folder = self.entry(entry_id).folder
        return Journal.open(folder / folders.JOURNAL, folders.read_recognised(folder))

    def running(self, folder: Path) -> Entry:
        """Return a session that is being recorded; no list has it. Raises LibraryError."""
        card = Card(id=folders.read_recognised(folder).id)
        row = rows.read_row(folder, card)
        return rows.entry((END_OF_TIME, *row.fields.values(), None))

    def running_journal(self, folder: Path, heard: Transcript) -> Journal:
        """Open a session for editing that is being recorded. Raises LibraryError.

        Args:
            folder: Of the session.
            heard: Its final segments and gaps until here; `Journal.extend` takes more.
        """
        stored = folders.read_recognised(folder)
        recognised = replace(stored, segments=heard.segments, gaps=heard.gaps)
        return Journal.open(folder / folders.JOURNAL, recognised)

    def update(self, entry_id: str, edited: Transcript | None = None) -> Entry:
        """Bring lists and search up to date with its edits; slow. Raises LibraryError.

        Args:
            entry_id: Of the entry.
            edited: What its open journal reads; without it all edits are read and made again.
        """
        folder = self.entry(entry_id).folder
        self._intake.take_in([folder], edited=edited)
        return self.entry(entry_id)

    def rename(self, entry_id: str, title: str) -> Entry:
        """Give it a title; "" for its first words. Raises LibraryError."""
        return self._change(entry_id, title=" ".join(title.split()))

    def tag(self, entry_id: str, tags: Sequence[str]) -> Entry:
        """Give it these tags and no others. Raises LibraryError."""
        clean = dict.fromkeys(" ".join(tag.split()) for tag in tags)
        return self._change(entry_id, tags=tuple(sorted(tag for tag in clean if tag)))

    def sounds(self, entry_id: str, speaker: str = "") -> tuple[Path, ...]:
        """Return its sound: a file a speaker, or the one that was transcribed.

        Args:
            entry_id: Of the entry.
            speaker: Where he has a file of his own, that one alone.

        Raises:
            LibraryError: There is none any more; the sentence says why.
        """
        entry = self.entry(entry_id)
        if entry.file is not None and entry.file.is_file():
            return (entry.file,)
        found = folders.session_sounds(entry.folder)
        if not found and entry.file is not None:
            raise LibraryError(
                "«{file}» was moved or deleted: say where it is, to hear it.", file=entry.file
            )
        if not found:
            raise LibraryError("The sound of «{title}» was not kept.", title=entry.title)
        people = [one.id for one in self.recognised(entry_id).speakers] if speaker else []
        if speaker in people and len(people) == len(found):
            return (found[people.index(speaker)],)
        return found

    def locate(self, entry_id: str, file: Path) -> Entry:
        """Say where the file is that was transcribed. Raises LibraryError."""
        if not file.is_file():
            raise LibraryError(
                "«{file}» is no file: choose the one that was transcribed.", file=file
            )
        return self._change(entry_id, file=str(file.resolve()))

    def drop_sound(self, entry_id: str) -> Entry:
        """Remove the sound that is kept for good, and keep the text.

        A transcribed file itself stays where it is. Raises LibraryError.
        """
        folder = self.entry(entry_id).folder
        self._intake.card(folder)  # the length of a session is told by its sound
        if not (folder / folders.TRANSCRIPT).exists():
            raise LibraryError(
                "«{folder}» cannot be written: nothing was removed.", folder=folder
            )
        folders.drop_sounds(folder)
        return self.update(entry_id)

    # In and out.

    def add_session(self, folder: Path) -> Entry:
        """Take in a session that has ended, where it is; slow. Raises LibraryError."""
        if not folders.is_entry(folder):
            raise LibraryError("«{folder}» holds no session that has ended.", folder=folder)
        return self._added(folder)

    def add_file(self, transcript: Transcript, file: Path | None) -> Entry:
        """Take in the transcript of a file, which stays where it is; None: on no disk here.

        One that is there already, word for word, comes out of the trash and keeps what was
        said of it. Raises LibraryError.
        """
        folder = self.folder / FILES / transcript.id
        place = str(file.resolve()) if file else ""
        if folder.exists():
            if folders.holds(folder, transcript):
                self._intake.take_in([folder], complain=True)
                return self._change(transcript.id, file=place, trashed=None)
            return self.add_file(replace(transcript, id=new_id()), file)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LibraryError(
                "«{folder}» cannot be made: {why}.", folder=folder, why=error.strerror
            ) from error
        card = Card(id=transcript.id, added=time.time(), file=place)
        try:
            card.write(folder)
            folders.write_recognised(folder, transcript)
        except LibraryError:
            shutil.rmtree(folder, ignore_errors=True)  # half of an entry is none
            raise
        return self._added(folder, transcript)

    def trash(self, entry_id: str) -> Entry:
        """Put it into the trash. Raises LibraryError."""
        return self._change(entry_id, trashed=time.time())

    def restore(self, entry_id: str) -> Entry:
        """Take it out of the trash; retention leaves it alone then. Raises LibraryError."""
        return self._change(entry_id, trashed=None, is_restored=True)

    def empty_trash(self, *, older_than_days: float = 0.0) -> int:
        """Remove for good what is so old in the trash; return how many. Raises LibraryError."""
        limit = time.time() - older_than_days * DAY
        found = self._index.rows("SELECT id, folder FROM entries WHERE trashed <= ?", limit)
        self._remove([Path(folder) for _, folder in found])
        return len(found)

    def expire(self, keep_days: float) -> int:
        """Put what is older into the trash; what retention put there before goes for good.

        By way of the trash, because a computer's clock may be wrong. Returns how many went
        into the trash. Raises LibraryError.
        """
        limit = time.time() - keep_days * DAY
        sql = "SELECT id FROM entries WHERE trashed IS NULL AND NOT is_restored AND started < ?"
        found = self._index.rows(sql, limit)
        for (entry_id,) in found:
            self.trash(entry_id)
        self.empty_trash(older_than_days=TRASH_DAYS)
        return len(found)

    def delete_everything(self) -> None:
        """Remove all entries, unfinished sessions, and the index, for good.

        What is being recorded stays. Raises LibraryError if something could not be removed.
        """
        every = [folder for folder in self._intake.folders() if not is_held(folder)]
        try:
            self._remove(every)
        finally:
            self._forget_index()

    def _remove(self, gone: Sequence[Path]) -> None:
        """Remove folders for good, as many as can be. Raises LibraryError."""
        failures: list[LibraryError] = []
        for folder in gone:
            try:
                forget(folder)
            except LibraryError as error:
                failures.append(error)
        self._intake.drop([str(folder) for folder in gone if not folder.exists()])
        if failures:
            raise LibraryError(
                "{n} entries are still there. {why}", n=len(failures), why=failures[0]
            )

    def _forget_index(self) -> None:
        """Take every trace of a word out of the index."""
        with self._index.writing() as connection:
            for table in ("entries", "tags", "segments"):
                connection.execute(f"DELETE FROM {table}")
            connection.execute("INSERT INTO words(words) VALUES('rebuild')")
        with told(self._index.path):
            self._index.connection.execute("VACUUM")
            self._index.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def refresh(self) -> Iterator[IntakeProgress]:
        """Bring the index up to date with the folders; slow, a step at a time.

        Sessions that are not in the library yet are taken over where they are. Raises
        LibraryError.
        """
        return self._intake.refresh()

    def _added(self, folder: Path, known: Transcript | None = None) -> Entry:
        self._intake.take_in([folder], complain=True, edited=known)
        return self._entries("folder = ?", str(folder))[0]

    def _change(self, entry_id: str, **fields: Any) -> Entry:
        """Change what an entry's card says, on disk first."""
        entry = self.entry(entry_id)
        card = replace(self._intake.card(entry.folder), **fields)
        card.write(entry.folder)
        if card.title or not entry.is_named:
            with self._index.writing() as connection:
                rows.restate(connection, entry.folder, card)
        else:  # its first words are to be found again
            self._intake.take_in([entry.folder], complain=True)
        return self.entry(entry_id)

    def _entries(self, where: str, *values: Any) -> list[Entry]:
        return [*map(rows.entry, self._index.rows(f"{rows.SELECT} WHERE {where}", *values))]
