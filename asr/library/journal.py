"""The edits of one transcript on disk, as they are made; they can be taken back.

>>> with Journal.open(path, recognised) as journal:
...     key = journal.keys[3]                     # of journal.transcript.segments[3]
...     journal.replace(key, 2, 4, ["Mr", "Smith"])
...     journal.undo()
...     journal.transcript                        # as everyone is to read it

Each edit is a line of JSON (asr.library.projection says which) that is with the system
when the method returns, so the death of the program costs none; once a second it is made
safe from a power cut as well, on a thread for which no edit waits, and by `sync`. Undo and
redo are lines as well, so they outlive the program. A journal is held by one program at a
time, and used from one thread.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import Any, Final, Self

from asr.errors import LibraryError, RecordingError
from asr.library.projection import Delta, Edit, Projection, UnusableEdit
from asr.live.ledger import JsonLines
from asr.live.lock import FileLock
from asr.transcript import Segment, Transcript

log = logging.getLogger(__name__)

VERSION: Final = 1
SYNC_S: Final = 1.0  # of edits that a power cut may cost while one goes on editing


@dataclass(slots=True)
class _Step:
    """What one undo takes back."""

    edits: list[Edit] = field(default_factory=list)
    deltas: list[Delta] = field(default_factory=list)


class EditHistory:
    """Edits over a transcript, done and undone; nothing here touches the disk."""

    def __init__(self, recognised: Transcript) -> None:
        self.projection = Projection(recognised)
        self.unusable = 0  # records that name what is not there
        self._done: list[_Step] = []
        self._undone: list[_Step] = []

    @property
    def can_undo(self) -> bool:
        """Whether there is an edit to take back."""
        return bool(self._done)

    @property
    def can_redo(self) -> bool:
        """Whether there is an edit that was taken back."""
        return bool(self._undone)

    def read(self, record: Edit) -> None:
        """Follow a record of the journal; one that is not usable is counted and skipped."""
        try:
            self.follow(record)
        except UnusableEdit as error:
            log.debug("%s", error)
            self.unusable += 1
            if not record.get("continues") and record.get("op") != "times":
                self._done.append(_Step())  # so that an undo behind it takes back the right one
                self._undone.clear()

    def follow(self, record: Edit) -> None:
        """Do what a record says. Raises UnusableEdit, and changes nothing then."""
        if record.get("op") == "undo":
            self._undo()
        elif record.get("op") == "redo":
            self._redo()
        else:
            self._do(record)

    def _do(self, edit: Edit) -> None:
        delta = self.projection.do(edit)
        belongs_to_last = edit.get("continues") or edit["op"] == "times"
        if not belongs_to_last or not self._done:
            self._done.append(_Step())
        if edit["op"] != "times":
            self._undone.clear()
        self._done[-1].edits.append(edit)
        self._done[-1].deltas.append(delta)

    def _undo(self) -> None:
        if not self._done:
            raise UnusableEdit("there is nothing to undo")
        step = self._done.pop()
        for delta in reversed(step.deltas):
            self.projection.take_back(delta)
        self._undone.append(_Step(step.edits))

    def _redo(self) -> None:
        if not self._undone:
            raise UnusableEdit("there is nothing to redo")
        step = self._undone.pop()
        step.deltas = [self.projection.do(edit) for edit in step.edits]
        self._done.append(step)


class Journal:
    """A transcript that is being edited."""

    def __init__(self, lines: JsonLines, lock: FileLock, history: EditHistory) -> None:
        self._lines = lines
        self._lock = lock
        self._history = history
        self._continues = False  # inside `step`, after its first edit
        self._in_step = False
        self._unwritten: list[Edit] = []  # of the step that is being made
        self._n_splits = 0
        self._synced = 0.0  # monotonic clock
        self._syncing = Thread()  # the last that began to sync

    @classmethod
    def open(cls, path: Path, recognised: Transcript) -> Self:
        """Go on with a journal, or begin one. Raises LibraryError."""
        try:
            lock = FileLock(path.with_name(path.name + ".lock"))
        except BlockingIOError as error:
            raise LibraryError(
                "This transcript is being edited in another window of the program: go on "
                "there, or close it."
            ) from error
        except OSError as error:
            raise _not_written(path, error) from error
        try:
            history = read_history(path, recognised)
            lines = JsonLines(path)
        except OSError as error:
            lock.release()
            raise _not_written(path, error) from error
        except LibraryError:
            lock.release()
            raise
        if not path.stat().st_size:
            lines.append({"kind": "journal", "version": VERSION, "transcript": recognised.id})
        return cls(lines, lock, history)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def transcript(self) -> Transcript:
        """The transcript as it reads with all edits."""
        return self._history.projection.transcript

    @property
    def keys(self) -> tuple[str, ...]:
        """The key of each of its segments."""
        return self._history.projection.keys

    @property
    def unusable(self) -> int:
        """How many stored edits could not be read, or name what is not there."""
        return self._history.unusable

    @property
    def is_saved(self) -> bool:
        """Whether the disk has taken all edits."""
        return self._lines.is_complete

    @property
    def can_undo(self) -> bool:
        """Whether there is an edit to take back."""
        return self._history.can_undo

    @property
    def can_redo(self) -> bool:
        """Whether there is an edit to make again."""
        return self._history.can_redo

    def edited(self, key: str) -> tuple[range, ...]:
        """The words of a segment that are not as recognised; an empty range: words went."""
        part = self._history.projection.part(key)
        return tuple(range(patch.first, patch.end) for patch in part.patches)

    def extend(self, segments: Iterable[Segment]) -> tuple[str, ...]:
        """Take in final segments of a session that runs; return their keys.

        They are no edit: the session itself stores them.
        """
        return self._history.projection.extend(segments)

    @contextmanager
    def step(self, *, continues: bool = False) -> Iterator[None]:
        """Make the edits inside one step of undo, or more of the last one.

        They are written together when it ends: half a step would read as nobody wrote it.
        """
        self._in_step, self._continues = True, continues and self.can_undo
        try:
            yield
        finally:
            self._in_step = self._continues = False
            self._write()

    def replace(
        self, key: str, first: int, end: int, words: Sequence[str], *, continues: bool = False
    ) -> None:
        """Put words in the place of [first, end) of a segment; any number of either.

        What both have in common at the ends stays untouched; the others' times are
        interpolated in the stretch at once.

        Args:
            key: Of the segment.
            first: The first word that goes.
            end: The one behind the last.
            words: As they are to be shown; what has spaces becomes several.
            continues: Typing goes on: undo takes this back together with the last edit.

        Raises:
            UnusableEdit: No such segment or words.
        """
        old = self._history.projection.part(key).segment.words[first:end]
        texts = [text for word in words for text in word.split()]
        shown = [word.shown for word in old]
        if shown == texts:
            return
        record = {"op": "replace", "segment": key, "first": first, "end": end}
        self._make({**record, "old": shown, "words": texts}, continues=continues)

    def split(self, key: str, at: int) -> str:
        """Let a segment end before word `at`; return the key of what follows."""
        taken = self._history.projection
        self._n_splits += 1
        while taken.knows(new := f"{key}/{self._n_splits}"):
            self._n_splits += 1
        self._make({"op": "split", "segment": key, "at": at, "new": new})
        return new

    def merge(self, key: str, other: str) -> None:
        """Add the words of another segment, mostly the next, behind those of this one."""
        self._make({"op": "merge", "segment": key, "other": other})

    def revert(self, key: str, first: int, end: int) -> None:
        """Turn a stretch of a segment back to what was recognised."""
        self._make({"op": "revert", "segment": key, "first": first, "end": end})

    def assign(self, key: str, speaker: str) -> None:
        """Say who speaks in a segment, by the id of an old speaker or a new one."""
        self._make({"op": "assign", "segment": key, "speaker": speaker})

    def rename_speaker(self, speaker: str, name: str) -> None:
        """Give a speaker a name."""
        self._make({"op": "name", "speaker": speaker, "name": name})

    def merge_speakers(self, speaker: str, into: str) -> None:
        """Let two ids be one person; "" is whoever was not told apart."""
        self._make({"op": "join", "speaker": speaker, "into": into})

    def set_times(
        self, key: str, words: Sequence[str], times: Sequence[tuple[float, float]]
    ) -> bool:
        """Give a segment's edited words the times that alignment found.

        It is no step of its own to undo. Returns whether the segment still holds these
        words; else nothing happens.
        """
        record = {"op": "times", "segment": key, "words": list(words), "times": list(times)}
        try:
            self._make(record)
        except UnusableEdit:
            return False
        return True

    def undo(self) -> bool:
        """Take the last step back; say whether there was one."""
        return self._history.can_undo and self._make({"op": "undo"})

    def redo(self) -> bool:
        """Make the step again that was taken back last; say whether there was one."""
        return self._history.can_redo and self._make({"op": "redo"})

    def sync(self) -> None:
        """Make all edits survive a power cut, and write what a full disk refused."""
        self._lines.retry(sync=True)

    def save(self) -> None:
        """Write what a full disk refused, and let all survive a power cut soon."""
        self._lines.retry()
        self._sync_aside()

    def _sync_aside(self) -> None:
        """Sync on another thread: a busy disk takes seconds, for which no edit should wait."""
        if not self._syncing.is_alive():
            self._synced = time.monotonic()
            self._syncing = Thread(target=self.sync, name="journal sync", daemon=True)
            self._syncing.start()

    def close(self) -> None:
        """Let others edit. Raises LibraryError if the disk is full."""
        if self._syncing.is_alive():
            self._syncing.join()
        try:
            self._lines.close()
        except RecordingError as error:
            raise LibraryError.of(error) from error
        finally:
            self._lock.release()

    def _make(self, record: dict[str, Any], *, continues: bool = False) -> bool:
        if continues or self._continues:
            record["continues"] = True
        self._history.follow(record)
        self._unwritten.append(record)
        self._continues = self._in_step
        if not self._in_step:
            self._write()
        return True

    def _write(self) -> None:
        records, self._unwritten = self._unwritten, []
        self._lines.extend(records)
        if records and time.monotonic() - self._synced >= SYNC_S:
            self._sync_aside()


def read_history(path: Path, recognised: Transcript) -> EditHistory:
    """Follow a journal to its end; without a file there are no edits. Raises LibraryError."""
    history = EditHistory(recognised)
    for record in read_edits(path):
        history.read(record)
    return history


def read_edits(path: Path) -> Iterator[Edit]:
    """Yield what a journal records; a damaged line is an edit that cannot be made.

    Raises:
        LibraryError: It was written by a newer version, or cannot be read.
    """
    try:
        lines = path.read_bytes().split(b"\n")[:-1] if path.exists() else []
    except OSError as error:
        raise LibraryError(
            "The edits in «{path}» cannot be read: {why}.", path=path, why=error.strerror
        ) from error
    for line in lines:
        try:
            record = json.loads(line)
        except ValueError:
            record = None
        if not isinstance(record, dict):
            yield {"op": "damaged"}
        elif record.get("kind") != "journal":
            yield record
        elif record.get("version", 0) > VERSION:
            raise LibraryError(
                "The edits in «{parent}» were made with a newer version of the "
                "program: update this one to go on with them.",
                parent=path.parent.name,
            )


def _not_written(path: Path, error: OSError) -> LibraryError:
    return LibraryError(
        "Edits cannot be stored in «{parent}»: {why}. The transcript can be read, not changed.",
        parent=path.parent,
        why=error.strerror,
    )
