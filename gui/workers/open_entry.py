"""The entry that is open, on the library's thread: how it is shown, its journal, its times."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from asr.errors import LibraryError
from asr.transcript import Transcript, Word

from gui.editor.journal_follower import JournalFollower
from gui.workers.alignment_worker import Alignment

if TYPE_CHECKING:  # imported on the library's thread, after the first paint
    from asr.engine import Engine
    from asr.library import Entry, Journal

TimedParagraph: TypeAlias = tuple[int, Sequence[Word]]  # its number on the page, its words

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Spot:
    """Where to open an entry: at a word of a segment."""

    segment: int
    word: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """An entry as it is to be shown."""

    entry: Entry
    transcript: Transcript
    sounds: tuple[Path, ...] = ()
    no_sound: str = ""  # a sentence, where there is none
    read_only: str = ""  # a sentence, where it cannot be edited
    spot: Spot | None = None
    is_running: bool = False  # a session that is being recorded
    note: str = ""  # a sentence about its edits


class OpenEntry:
    """What is open, as long as it is: nobody else can edit it meanwhile."""

    def __init__(self, entry_id: str, journal: Journal, *, is_running: bool = False) -> None:
        self.id = entry_id
        self.journal = journal
        self.follower = JournalFollower(journal)
        self.is_running = is_running  # it is being recorded: no list has it yet
        self.is_stale = False  # whether the index does not know the last edits

    def next_alignment(
        self, engine: Engine, sounds: Callable[[str, str], tuple[Path, ...]]
    ) -> Alignment | None:
        """Return whose words are to be laid over the sound next; none while it is recorded.

        Args:
            engine: What hears it.
            sounds: Returns where an entry's sound is, of one speaker. Raises LibraryError.
        """
        journal, rewritten = self.journal, self.follower.rewritten
        while rewritten and not self.is_running:  # a machine that listens has enough to do
            key = rewritten.pop()
            if key not in journal.keys:
                continue
            segment = journal.transcript.segments[journal.keys.index(key)]
            try:
                found = sounds(self.id, segment.speaker)
            except LibraryError as error:
                log.debug("the times of «%s» stay guessed: %s", key, error)
                continue
            return Alignment(self.id, key, segment, found, engine)
        return None

    def set_times(
        self, asked: Alignment, times: Sequence[tuple[float, float]]
    ) -> TimedParagraph | None:
        """Give words their times; return None if they are others by this time."""
        journal, key = self.journal, asked.key
        if asked.entry != self.id or key not in journal.keys:
            return None
        paragraph = self.follower.paragraph(key)
        shown = [word.shown for word in asked.segment.words]
        if paragraph is None or not journal.set_times(key, shown, times):
            return None
        self.is_stale |= not self.follower.rewritten  # once for all that were asked for
        return paragraph, journal.transcript.segments[journal.keys.index(key)].words
