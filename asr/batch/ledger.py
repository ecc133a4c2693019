"""The ledger of a folder of transcripts: what was done, what is under way, and by whom.

One SQLite file beside the outputs. A job is claimed before it begins and marked done after
its outputs were renamed into place, so that whatever ends the program, each file is there
once and whole. Several processes may work at one folder: each holds a lock while it lives,
and what a dead one had claimed is free again.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from asr.batch.job import Heard, Seam, Utterance
from asr.errors import BatchError
from asr.live.lock import FileLock
from asr.transcript import Segment, segment_from_dict, segment_to_dict

NAME: Final = ".earshot-ledger.sqlite"
VERSION: Final = 1
APPLICATION: Final = 0x45415253  # «EARS», so that nobody takes it for something else
_LOCKS: Final = ".earshot-run-{}.lock"
BUSY_SECONDS: Final = 30.0

_SCHEMA: Final = """
CREATE TABLE job (
    key TEXT PRIMARY KEY,
    state TEXT NOT NULL,      -- running, done, failed, stopped
    owner TEXT NOT NULL,      -- the process that claimed it last
    source BLOB NOT NULL,     -- path of the file as it was claimed
    message TEXT NOT NULL,    -- why it failed, or where it broke off
    seconds REAL NOT NULL,    -- of sound
    took REAL NOT NULL,       -- seconds
    channel INTEGER NOT NULL, -- the seam
    sample INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE segment (
    key TEXT NOT NULL, number INTEGER NOT NULL, content TEXT NOT NULL,
    PRIMARY KEY (key, number)
) WITHOUT ROWID;
CREATE TABLE output (path BLOB PRIMARY KEY, key TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE digest (
    path BLOB PRIMARY KEY, size INTEGER NOT NULL, changed INTEGER NOT NULL, digest TEXT NOT NULL
) WITHOUT ROWID;
"""
# Utterances of files that several workers hear; ledgers of before had none.
_HEARD: Final = """
CREATE TABLE IF NOT EXISTS heard (
    key TEXT NOT NULL, channel INTEGER NOT NULL, start INTEGER NOT NULL,
    end INTEGER,              -- NULL where the file ends in it
    segments TEXT NOT NULL, PRIMARY KEY (key, channel, start)
) WITHOUT ROWID
"""


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """What the ledger knows of a job."""

    state: str
    source: str  # where its file was
    message: str
    outputs: tuple[Path, ...]  # relative to the ledger's folder


class BatchLedger:
    """An open ledger; used from one thread.

    Raises:
        BatchError: It cannot be opened or written, is damaged, or of a newer program. Every
            method may raise it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.path = folder / NAME
        self._owner = uuid.uuid4().hex
        with self._told():
            self._lock = FileLock(self._lock_path(self._owner))
            try:
                self._open()
            except BaseException:  # nobody gets a ledger that he could close
                self._leave()
                raise
            for path in folder.glob(_LOCKS.format("*")):
                if path != self._lock_path(self._owner):
                    self._lives(path)  # else it is removed

    def close(self) -> None:
        """Give the ledger back; what is still claimed is free from here on."""
        with suppress(sqlite3.Error):
            self._base.close()
        self._leave()

    def digest(self, path: Path) -> str:
        """Return the SHA-256 of a file, computed once as long as it does not change.

        Raises:
            OSError: It cannot be read.
        """
        found = path.stat()
        name = _stored(path.absolute())
        with self._told():
            row = self._base.execute(
                "SELECT digest FROM digest WHERE path = ? AND size = ? AND changed = ?",
                (name, found.st_size, found.st_mtime_ns),
            ).fetchone()
        if row:
            return str(row[0])
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        with self._told():
            self._base.execute(
                "INSERT OR REPLACE INTO digest VALUES (?, ?, ?, ?)",
                (name, found.st_size, found.st_mtime_ns, digest),
            )
        return digest

    def entry(self, key: str) -> LedgerEntry | None:
        """Return what is known of a job."""
        with self._told():
            row = self._base.execute(
                "SELECT state, source, message FROM job WHERE key = ?", (key,)
            ).fetchone()
            outputs = self._base.execute("SELECT path FROM output WHERE key = ?", (key,))
            paths = tuple(Path(os.fsdecode(path)) for (path,) in outputs)
            if row is None:
                return None
            state, source, message = row
            return LedgerEntry(state, os.fsdecode(source), message, paths)

    def writer(self, output: Path) -> LedgerEntry | None:
        """Return the job that wrote an output, relative to the folder; None if none did."""
        with self._told():
            row = self._base.execute(
                "SELECT key FROM output WHERE path = ?", (_stored(output),)
            ).fetchone()
        return self.entry(row[0]) if row else None

    def claim(self, key: str, source: str, outputs: Iterable[Path], *, again: bool) -> bool:
        """Take a job for this process; false if another, living one has it.

        Args:
            key: Of the job.
            source: Where the file is.
            outputs: What will be written, relative to the folder.
            again: Forget what was done of it.
        """
        with self._told(), self._transaction():
            row = self._base.execute(
                "SELECT state, owner FROM job WHERE key = ?", (key,)
            ).fetchone()
            if row and row[0] == "running" and self._is_anothers(row[1]):
                return False
            if any(self._is_being_written(path, key) for path in outputs):
                return False
            if again:
                self._base.execute("DELETE FROM job WHERE key = ?", (key,))
                self._base.execute("DELETE FROM segment WHERE key = ?", (key,))
                self._base.execute("DELETE FROM heard WHERE key = ?", (key,))
            self._base.execute(
                "INSERT INTO job VALUES (?, 'running', ?, ?, '', 0, 0, 0, 0) ON CONFLICT (key) "
                "DO UPDATE SET state = 'running', owner = excluded.owner, "
                "source = excluded.source, message = ''",
                (key, self._owner, _stored(source)),
            )
            self._base.execute("DELETE FROM output WHERE key = ?", (key,))
            self._base.executemany(
                "INSERT OR REPLACE INTO output VALUES (?, ?)",
                [(_stored(path), key) for path in outputs],
            )
        return True

    def seam(self, key: str) -> Seam:
        """Return how far a job came before it was stopped or killed."""
        with self._told():
            channel, sample = self._base.execute(
                "SELECT channel, sample FROM job WHERE key = ?", (key,)
            ).fetchone()
            rows = self._base.execute(
                "SELECT content FROM segment WHERE key = ? ORDER BY number", (key,)
            )
            segments = tuple(segment_from_dict(json.loads(content)) for (content,) in rows)
        return Seam(segments, channel, sample)

    def save(self, key: str, segments: Sequence[Segment], channel: int, sample: int) -> None:
        """Keep what became final of a job, and where one could go on."""
        with self._told(), self._transaction():
            (number,) = self._base.execute(
                "SELECT count(*) FROM segment WHERE key = ?", (key,)
            ).fetchone()
            self._base.executemany(
                "INSERT INTO segment VALUES (?, ?, ?)",
                [
                    (key, number + i, json.dumps(segment_to_dict(segment)))
                    for i, segment in enumerate(segments)
                ],
            )
            self._base.execute(
                "UPDATE job SET channel = ?, sample = ? WHERE key = ?", (channel, sample, key)
            )

    def hear(self, key: str, heard: Heard) -> None:
        """Keep what one of several workers heard of a job."""
        rows = [
            (
                key,
                heard.channel,
                one.start,
                one.end,
                json.dumps([segment_to_dict(segment) for segment in one.segments]),
            )
            for one in heard.utterances
        ]
        with self._told(), self._transaction():
            self._base.executemany("INSERT OR REPLACE INTO heard VALUES (?, ?, ?, ?, ?)", rows)

    def heard(self, key: str, number: int) -> tuple[Heard, ...]:
        """Return what several workers heard of a job, by the number that it has now."""
        channels: dict[int, list[Utterance]] = {}
        with self._told():
            rows = self._base.execute(
                "SELECT channel, start, end, segments FROM heard WHERE key = ?", (key,)
            )
            for channel, start, end, content in rows:
                segments = tuple(segment_from_dict(one) for one in json.loads(content))
                channels.setdefault(channel, []).append(Utterance(start, end, segments))
        return tuple(Heard(number, one, tuple(of_it)) for one, of_it in channels.items())

    def finish(self, key: str, *, seconds: float, took: float, message: str) -> None:
        """Mark a job done; its outputs are in place."""
        with self._told(), self._transaction():
            self._base.execute("DELETE FROM segment WHERE key = ?", (key,))
            self._base.execute("DELETE FROM heard WHERE key = ?", (key,))
            self._base.execute(
                "UPDATE job SET state = 'done', seconds = ?, took = ?, message = ?, "
                "channel = 0, sample = 0 WHERE key = ?",
                (seconds, took, message, key),
            )

    def leave(self, key: str, state: str, message: str) -> None:
        """Mark a job as failed or stopped; a later run takes it up again."""
        with self._told():
            self._base.execute(
                "UPDATE job SET state = ?, message = ? WHERE key = ?", (state, message, key)
            )

    def _leave(self) -> None:
        """Give the lock back."""
        self._lock.release()
        with suppress(OSError):
            self._lock_path(self._owner).unlink()

    def _open(self) -> None:
        self._base = sqlite3.connect(self.path, timeout=BUSY_SECONDS, isolation_level=None)
        try:
            self._prepare()
            self._base.execute(_HEARD)
        except BaseException:
            self._base.close()
            raise

    def _prepare(self) -> None:
        """Make the tables, or see that they are ours."""
        self._base.execute("PRAGMA journal_mode = WAL")
        self._base.execute("PRAGMA synchronous = FULL")
        with self._transaction():
            version = self._pragma("user_version")
            if not version and not self._pragma("schema_version"):
                for statement in _SCHEMA.split(";"):
                    self._base.execute(statement)
                self._base.execute(f"PRAGMA application_id = {APPLICATION}")
                self._base.execute(f"PRAGMA user_version = {VERSION}")
                return
        if self._pragma("application_id") != APPLICATION:
            raise BatchError(
                "{path} is no ledger: move it away, or choose another folder.", path=self.path
            )
        if version > VERSION:
            raise BatchError(
                "{path} was written by a newer version of this program: use that one, or "
                "choose another folder.",
                path=self.path,
            )

    def _pragma(self, name: str) -> int:
        return int(self._base.execute(f"PRAGMA {name}").fetchone()[0])

    @contextmanager
    def together(self) -> Iterator[None]:
        """Enter all that the block does at once, or nothing: each entry waits for the disk."""
        with self._told(), self._transaction():
            yield

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        if self._base.in_transaction:  # of `together`
            yield
            return
        self._base.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._base.execute("ROLLBACK")
            raise
        self._base.execute("COMMIT")

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Turn what SQLite says into a sentence."""
        try:
            yield
        except sqlite3.OperationalError as error:
            raise BatchError(
                "The ledger {path} cannot be used: {why}.", path=self.path, why=error
            ) from error
        except (sqlite3.DatabaseError, ValueError, KeyError, TypeError) as error:
            raise BatchError(
                "The ledger {path} is damaged: move it away; transcripts that are there "
                "already are written again with --overwrite.",
                path=self.path,
            ) from error
        except OSError as error:
            raise BatchError(
                "{folder} cannot be written: {why}.",
                folder=self._folder,
                why=error.strerror or error,
            ) from error

    def _is_being_written(self, output: Path, key: str) -> bool:
        """Whether another, living process does another job with that output."""
        row = self._base.execute(
            "SELECT owner FROM output JOIN job USING (key) "
            "WHERE path = ? AND key != ? AND state = 'running'",
            (_stored(output), key),
        ).fetchone()
        return bool(row) and self._is_anothers(row[0])

    def _is_anothers(self, owner: str) -> bool:
        return owner != self._owner and self._lives(self._lock_path(owner))

    def _lives(self, path: Path) -> bool:
        """Whether the process of that lock still runs; a dead one's lock is removed."""
        if not path.exists():
            return False
        try:
            FileLock(path).release()
        except BlockingIOError:
            return True
        with suppress(OSError):
            path.unlink()
        return False

    def _lock_path(self, owner: str) -> Path:
        return self._folder / _LOCKS.format(owner)


def _stored(path: Path | str) -> bytes:
    """A path as the system has it: not every name is text."""
    return os.fsencode(path)
