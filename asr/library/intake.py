"""Brings the index up to date with the folders of entries.

Whatever is new or has changed is read again; what cannot be read is told once and left as
it is. Sessions of any age are taken over where they lie: all they get is a card and, so that
their text does not depend on their sound, a transcript.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from asr.errors import LibraryError
from asr.library import folders, rows
from asr.library.folders import Card
from asr.library.index import Index
from asr.live.recorded import LEDGER
from asr.transcript import Transcript, new_id

log = logging.getLogger(__name__)

BATCH: Final = 20  # folders between two reports of progress


@dataclass(frozen=True, slots=True)
class IntakeProgress:
    """How many folders a refresh has looked at, of how many."""

    done: int
    total: int


class Intake:
    """Reads the folders of some roots into an index; what is amiss goes to `notices`."""

    def __init__(self, roots: Sequence[Path], index: Index, notices: list[str]) -> None:
        self._roots = roots
        self._index = index
        self._notices = notices

    def folders(self) -> Iterator[Path]:
        """Yield the folders that hold a session, ended or not, or a transcript."""
        for root in self._roots:
            try:
                every = sorted(root.iterdir()) if root.is_dir() else []
            except OSError as error:
                self._notice(f"«{root}» cannot be read: {error.strerror}.")
                continue
            for path in every:
                if path.name.startswith(folders.PURGED):
                    shutil.rmtree(path, ignore_errors=True)  # what a crash left
                elif _has_entry(path):
                    yield path

    def refresh(self) -> Iterator[IntakeProgress]:
        """Take in what has changed, a few folders at a time. Raises LibraryError."""
        known = dict(self._index.rows("SELECT folder, stamp FROM entries"))
        found = list(self.folders())
        changed: list[Path] = []
        for n, folder in enumerate(found, start=1):
            if known.pop(str(folder), None) != folders.stamp(folder):
                changed.append(folder)
            if n % BATCH == 0 or n == len(found):
                self.take_in(changed)
                changed = []
                yield IntakeProgress(n, len(found))
        self.drop(list(known))

    def take_in(
        self,
        changed: Sequence[Path],
        *,
        complain: bool = False,
        edited: Transcript | None = None,
    ) -> None:
        """Index folders again. Raises LibraryError where it is to complain, or cannot write.

        Args:
            changed: The folders.
            complain: Whether one that cannot be read is an error, or is noted and left.
            edited: How the only one of them reads, where that is known already.
        """
        for folder in changed:
            try:
                if not folders.is_entry(folder):
                    continue
                row = rows.read_row(folder, self.card(folder), edited)
            except LibraryError as error:
                if complain:
                    raise
                self._notice(f"{error} It was left as it is.")
                continue
            with self._index.writing() as connection:
                rows.store(connection, row)

    def card(self, folder: Path) -> Card:
        """Give an entry the files that it lacks, if the disk lets us. Raises LibraryError."""
        card = Card.read(folder)
        try:
            if not (folder / folders.TRANSCRIPT).exists():
                folders.write_recognised(folder, folders.read_recognised(folder))
        except LibraryError as error:
            log.warning("%s", error)
        if card is not None and not self._is_copy(card.id, folder):
            return card
        entry_id = folders.read_recognised(folder).id
        if self._is_copy(entry_id, folder):
            entry_id = new_id()
        card = replace(card or Card(id=entry_id, added=folders.changed(folder)), id=entry_id)
        with suppress(LibraryError):  # it can be read all the same
            card.write(folder)
        return card

    def drop(self, gone: Sequence[str]) -> None:
        """Forget folders that are not there any more. Raises LibraryError."""
        if gone:
            with self._index.writing() as connection:
                for folder in gone:
                    rows.drop(connection, folder)

    def _is_copy(self, entry_id: str, folder: Path) -> bool:
        """Whether another folder that is there has the identity."""
        found = self._index.rows("SELECT folder FROM entries WHERE id = ?", entry_id)
        return any(Path(other) != folder and Path(other).exists() for (other,) in found)

    def _notice(self, sentence: str) -> None:
        if sentence not in self._notices:
            self._notices.append(sentence)


def _has_entry(path: Path) -> bool:
    return (path / LEDGER).exists() or (path / folders.TRANSCRIPT).exists()
