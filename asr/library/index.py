"""The index of the library: SQLite with FTS5, made of the entries' files and lost without harm.

    entries    a row an entry; `position` orders them by their beginning
    tags       of entries
    segments   the text of each segment, a word a line; rowid = position << 20 | its number
    words      FTS5 over these, as shown and as heard

So the newest segment has the highest rowid, and a search that walks down from there stops
after as many hits as fit on a screen.
"""

from __future__ import annotations

import logging
import sqlite3
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from asr.errors import LibraryError

log = logging.getLogger(__name__)

BUSY_S: Final = 5.0  # that another program may write
SEGMENT_BITS: Final = 20
SECOND_BITS: Final = 10  # of a position: 1024 entries may begin in a second
LAST_SECOND: Final = 2**33 - 1


def _first_version(connection: sqlite3.Connection) -> None:
    for statement in (
        """CREATE TABLE entries(
            position INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, folder TEXT NOT NULL UNIQUE,
            kind TEXT NOT NULL, title TEXT NOT NULL, is_named INTEGER NOT NULL,
            started REAL NOT NULL, seconds REAL NOT NULL, speakers TEXT NOT NULL,
            source TEXT NOT NULL, file TEXT NOT NULL, has_sound INTEGER NOT NULL,
            sound_bytes INTEGER NOT NULL, other_bytes INTEGER NOT NULL,
            n_words INTEGER NOT NULL, trashed REAL, stamp TEXT NOT NULL)""",
        """CREATE TABLE tags(tag TEXT NOT NULL, position INTEGER NOT NULL,
            PRIMARY KEY(tag, position)) WITHOUT ROWID""",
        "CREATE INDEX tags_of ON tags(position)",
        """CREATE TABLE segments(rowid INTEGER PRIMARY KEY, shown TEXT NOT NULL, heard TEXT,
            starts BLOB NOT NULL)""",
        """CREATE VIRTUAL TABLE words USING fts5(shown, heard, content='segments',
            content_rowid='rowid', prefix='1 2 3',
            tokenize='unicode61 remove_diacritics 2')""",
    ):
        connection.execute(statement)


def _second_version(connection: sqlite3.Connection) -> None:
    connection.execute("ALTER TABLE entries ADD COLUMN is_restored INTEGER NOT NULL DEFAULT 0")


# Each takes the schema one version on; the last is the present one.
MIGRATIONS: Final[tuple[Callable[[sqlite3.Connection], None], ...]] = (
    _first_version,
    _second_version,
)


class NewerIndexError(LibraryError):
    """The index was made by a newer version of the program."""


class DamagedIndexError(LibraryError):
    """The file is no index any more."""


class UnwritableError(LibraryError):
    """Nothing can be written where the index is."""


class Index:
    """Connections to the index, one a thread."""

    def __init__(self, path: Path) -> None:
        """Open or make it, and bring its schema up to date.

        Raises:
            NewerIndexError, DamagedIndexError: It cannot be used; another can be made.
            UnwritableError: Nothing can be written there.
            LibraryError: It is in use, or the disk fails.
        """
        self.path = path
        self._own = threading.local()
        self._all: list[sqlite3.Connection] = []
        self._lock = threading.Lock()  # around _all
        try:
            with told(self.path):
                self._migrate()
        except BaseException:
            self.close()
            raise

    @property
    def connection(self) -> sqlite3.Connection:
        """The calling thread's own."""
        mine: sqlite3.Connection | None = getattr(self._own, "connection", None)
        if mine is None:
            mine = sqlite3.connect(
                self.path, timeout=BUSY_S, isolation_level=None, check_same_thread=False
            )
            with self._lock:
                self._all.append(mine)
            mine.execute("PRAGMA journal_mode=WAL")
            mine.execute("PRAGMA synchronous=NORMAL")
            mine.execute("PRAGMA secure_delete=ON")
            self._own.connection = mine
        return mine

    def rows(self, sql: str, *values: Any) -> list[Any]:
        """Return all rows of a question. Raises LibraryError."""
        with told(self.path):
            return self.connection.execute(sql, values).fetchall()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction: all of it or nothing. Raises LibraryError."""
        with told(self.path):
            connection = self.connection
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                with suppress(sqlite3.Error):
                    connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")

    def close(self) -> None:
        """Close all connections; no thread may use them any more."""
        with self._lock:
            for connection in self._all:
                with suppress(sqlite3.Error):
                    connection.close()
            self._all.clear()
        self._own = threading.local()

    def _migrate(self) -> None:
        connection = self.connection
        connection.execute("BEGIN IMMEDIATE")
        try:
            version = _known_version(connection)
            for migrate in MIGRATIONS[version:]:
                migrate(connection)
            connection.execute(f"PRAGMA user_version={len(MIGRATIONS)}")
            connection.execute("SELECT count(*) FROM entries").fetchone()
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")


def _known_version(connection: sqlite3.Connection) -> int:
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version > len(MIGRATIONS):
        raise NewerIndexError("The library's index is of a newer version.")
    return version


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into sentences. Raises LibraryError."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in DAMAGED:
            with suppress(OSError):
                _flag(path).touch()
            raise DamagedIndexError(
                "The library's index is damaged: it is made anew from the transcripts at the "
                "next start; nothing is lost."
            ) from error
        if code in UNWRITABLE:
            raise UnwritableError(
                "The library's folder cannot be written: allow it, and start again."
            ) from error
        if code in SENTENCES:
            raise LibraryError(SENTENCES[code]) from error
        raise LibraryError("The library fails: {why}.", why=error) from error


DAMAGED: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
UNWRITABLE: Final = frozenset({sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN})
IN_USE: Final = "Another program is writing to the library: try again in a moment."
SENTENCES: Final = {
    sqlite3.SQLITE_BUSY: IN_USE,
    sqlite3.SQLITE_LOCKED: IN_USE,
    sqlite3.SQLITE_FULL: "The disk is full: make room, and the library takes in what it lacks "
    "at the next start.",
    sqlite3.SQLITE_IOERR: "The disk refuses what the library writes: is it full, or gone?",
}


def open_index(path: Path, notices: list[str]) -> Index:
    """Open an index, or put a fresh one in the place of one that cannot be used.

    Raises:
        LibraryError: It is in use for long, or nothing can be written there.
    """
    try:
        if not _flag(path).exists():
            return Index(path)
    except NewerIndexError:
        notices.append(
            "The library was used by a newer version of the program: this one keeps an index "
            "of its own beside it."
        )
        return Index(path.with_name(f"library.{len(MIGRATIONS)}.db"))
    except DamagedIndexError as error:
        log.warning("%s", error)
    notices.append(
        "The library's index was damaged: it is made anew from the transcripts; nothing is "
        "lost."
    )
    remove_index(path)
    return Index(path)


def temporary_index(name: str) -> Index:
    """An index for as long as the program runs. Raises LibraryError."""
    try:
        return Index(Path(tempfile.mkdtemp(prefix="earshot-library-")) / name)
    except OSError as error:
        raise LibraryError(
            "The library cannot be used: neither its folder nor the temporary one can be "
            "written."
        ) from error


def _flag(path: Path) -> Path:
    """A file that says that the index beside it is damaged."""
    return path.with_name(path.name + "-damaged")


def remove_index(path: Path) -> None:
    """Remove an index with what lies beside it; it can be made again."""
    for ending in ("", "-wal", "-shm", "-damaged"):
        with suppress(OSError):
            path.with_name(path.name + ending).unlink(missing_ok=True)
