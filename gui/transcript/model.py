"""The page as rows: what is final and what was lost, then one live row a speaker.

    row 0 … fixed−1    segments and gaps, in the order they came; they never change
    row fixed … end    live text, one row a speaker that is speaking

Listening again goes on with the same page: a later session's times start where the
page ended.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import IntEnum, auto
from typing import Final, TypeAlias

from asr.live.events import Event, FinalResult, GapFound, Ledger, PartialResult
from asr.sentences import Message
from asr.transcript import (
    Gap,
    PartialText,
    Segment,
    Speaker,
    Transcript,
    as_heard,
    new_id,
)
from PySide6.QtCore import (
    QAbstractListModel,
    QObject,
    Qt,
    Slot,
)

from gui.model_index import NOWHERE, ModelIndex
from gui.transcript.plain_text import gap_sentence

Fixed: TypeAlias = Segment | Gap


class Role(IntEnum):
    """What a row can be asked, beside its text (DisplayRole)."""

    START = Qt.ItemDataRole.UserRole  # seconds on the page, or None while live
    SPEAKER = auto()
    SETTLED = auto()  # the text that will only grow
    TENTATIVE = auto()  # the text that may be taken back
    KIND = auto()


class Kind(IntEnum):
    """What a row is."""

    FINAL = auto()
    GAP = auto()
    LIVE = auto()


@dataclass(frozen=True, slots=True)
class Live:
    """The utterance under way in one speaker."""

    text: PartialText
    speaker: str


LINE: Final = "\u2028"  # Qt's end of a line inside a paragraph: a row is one paragraph


class TranscriptModel(QAbstractListModel):
    """The transcript on the page, growing while somebody speaks."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._fixed: list[Fixed] = []
        self._live: list[Live] = []
        self._source = ""
        self._id = new_id()
        self._offset = 0.0  # seconds on the page at which the running session began
        self._seconds = 0.0  # length of the page
        self._started: datetime | None = None  # of the first session on it
        self._as_heard = False
        self._trouble: Message | None = None  # if the page does not hold all
        self._speakers: tuple[Speaker, ...] = ()
        self._first = 0  # row at which the running session began

    @property
    def source(self) -> str:
        """Where the words on the page come from; empty on an empty page."""
        return self._source

    @property
    def has_text(self) -> bool:
        """Whether something on the page is final."""
        return any(isinstance(row, Segment) for row in self._fixed)

    @property
    def first_speaker(self) -> str:
        """Who speaks first on the page, where that is known."""
        spoken = (row.speaker for row in self._fixed if isinstance(row, Segment))
        return next(filter(None, spoken), "")

    @property
    def transcript(self) -> Transcript:
        """What is final on the page."""
        return Transcript(
            id=self._id,
            segments=tuple(row for row in self._fixed if isinstance(row, Segment)),
            seconds=self._seconds,
            source=self._source,
            started=self._started,
            speakers=self._people,
            gaps=tuple(row for row in self._fixed if isinstance(row, Gap)),
            trouble=self._trouble,
        )

    @property
    def _people(self) -> tuple[Speaker, ...]:
        """Everyone who speaks, with the names that are known."""
        known = {one.id for one in self._speakers}
        spoken = (row.speaker for row in self._fixed if isinstance(row, Segment))
        others = [one for one in dict.fromkeys(spoken) if one and one not in known]
        return (*self._speakers, *map(Speaker, others))

    @property
    def page(self) -> Transcript:
        """What is final on the page, as it is shown."""
        transcript = self.transcript
        if self._as_heard:
            segments = tuple(map(as_heard, transcript.segments))
            transcript = replace(transcript, segments=segments)
        return transcript

    @Slot(bool)
    def show_as_heard(self, wanted: bool) -> None:
        """Show words without case, marks and figures, or with them again."""
        self._as_heard = wanted
        if rows := self.rowCount():
            self.dataChanged.emit(self.index(0), self.index(rows - 1))

    def begin(self, source: str, started: datetime | None = None) -> None:
        """Let the next session or file follow at the end of the page.

        Args:
            source: Where its words come from.
            started: When its sound began, where that is known.
        """
        self._drop_live()
        if not self._source:
            self._started = started
        self._source = self._source or source
        self._offset, self._first = self._seconds, len(self._fixed)

    def show(self, transcript: Transcript) -> None:
        """Replace the page."""
        self.beginResetModel()
        rows: list[Fixed] = [*transcript.segments, *transcript.gaps]
        self._fixed = sorted(rows, key=lambda row: row.start)
        self._live = []
        self._source = transcript.source
        self._started, self._trouble = transcript.started, transcript.trouble
        self._speakers = transcript.speakers
        self._id = transcript.id
        self._offset = self._seconds = transcript.seconds
        self.endResetModel()

    def hear(self, event: Event) -> None:
        """Take up what an event says about the text; other events pass by."""
        if isinstance(event, PartialResult):
            self._hear_live(Live(event.text, event.speaker))
        elif isinstance(event, FinalResult):
            self._settle(event.segment)
        elif isinstance(event, GapFound):
            gap = event.gap
            self._add(replace(gap, start=gap.start + self._offset))
            self.reach(gap.start + gap.seconds)
        elif isinstance(event, Ledger):
            self.reach(event.recorded)

    @Slot(object)
    def take_edits(self, transcript: Transcript) -> None:
        """Show the running session as it reads with its edits, on its own clock."""
        first, end = self._first, len(self._fixed)
        rows: list[Fixed] = [row for row in self._fixed[first:] if isinstance(row, Gap)]
        rows += [self._shifted(one) for one in transcript.segments if one.words]
        others = [one for one in self._speakers if one not in transcript.speakers]
        self._speakers = (*others, *transcript.speakers)
        if first < end:
            self.beginRemoveRows(NOWHERE, first, end - 1)
            del self._fixed[first:]
            self.endRemoveRows()
        if rows:
            self.beginInsertRows(NOWHERE, first, first + len(rows) - 1)
            self._fixed += sorted(rows, key=lambda row: row.start)
            self.endInsertRows()

    def name_of(self, speaker: str) -> str:
        """Return what people call a speaker."""
        names = {one.id: one.name for one in self._speakers}
        return names.get(speaker) or speaker

    def break_off(self, seconds: float, total: float, sentence: str) -> None:
        """Note that a file was not read to its end.

        Args:
            seconds: How far it was read.
            total: How long it is; 0 if unknown.
            sentence: Why it ends there.
        """
        self._trouble = Message(sentence)
        if total > seconds:
            self.hear(GapFound(Gap(seconds, total - seconds, self.tr("reading was stopped"))))

    @Slot()
    def end(self) -> None:
        """Forget live text that never became final: the session is over."""
        self._drop_live()

    def rowCount(self, parent: ModelIndex = NOWHERE) -> int:
        """Return the number of rows; a list has no rows below its rows."""
        return 0 if parent.isValid() else len(self._fixed) + len(self._live)

    def data(self, index: ModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return what `role` asks of a row, or None."""
        if not index.isValid() or index.row() >= self.rowCount():
            return None
        row = index.row()
        fixed = len(self._fixed)
        found = self._fixed[row] if row < fixed else self._live[row - fixed]
        return _answer(_heard(found) if self._as_heard else found, role)

    def _hear_live(self, live: Live) -> None:
        place = self._live_place(live.speaker)
        blank = not (live.text.stable or live.text.unstable)
        if place is None and not blank:
            row = self.rowCount()
            self.beginInsertRows(NOWHERE, row, row)
            self._live.append(live)
            self.endInsertRows()
        elif place is not None and blank:
            self._remove_live(place)
        elif place is not None and self._live[place] != live:
            self._live[place] = live
            self._changed(len(self._fixed) + place)

    def _settle(self, segment: Segment) -> None:
        """Put a segment in the place of its speaker's live row."""
        shifted = self._shifted(segment)
        self.reach(segment.end)
        place = self._live_place(segment.speaker)
        if place == 0 and segment.words:
            self._live.pop(0)
            self._fixed.append(shifted)
            self._changed(len(self._fixed) - 1)
            return
        if place is not None:
            self._remove_live(place)
        if segment.words:
            self._add(shifted)

    def _shifted(self, segment: Segment) -> Segment:
        """Put a segment of the running session on the page's clock."""
        return segment.shifted(self._offset) if self._offset else segment

    def _add(self, fixed: Fixed) -> None:
        row = len(self._fixed)
        self.beginInsertRows(NOWHERE, row, row)
        self._fixed.append(fixed)
        self.endInsertRows()

    def _remove_live(self, place: int) -> None:
        row = len(self._fixed) + place
        self.beginRemoveRows(NOWHERE, row, row)
        self._live.pop(place)
        self.endRemoveRows()

    def _drop_live(self) -> None:
        while self._live:
            self._remove_live(len(self._live) - 1)

    def _changed(self, row: int) -> None:
        index = self.index(row)
        self.dataChanged.emit(index, index)

    def _live_place(self, speaker: str) -> int | None:
        speakers = [live.speaker for live in self._live]
        return speakers.index(speaker) if speaker in speakers else None

    def reach(self, seconds: float) -> None:
        """Note that the running session, or the file, is at least `seconds` long."""
        self._seconds = max(self._seconds, self._offset + seconds)


def _answer(row: Fixed | Live, role: int) -> object:
    """Return what `role` asks of `row`."""
    if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
        return " ".join(part for part in _parts(row) if part)
    if role == Role.SETTLED:
        return _parts(row)[0]
    if role == Role.TENTATIVE:
        return _parts(row)[1]
    if role == Role.START:
        return None if isinstance(row, Live) else row.start
    if role == Role.SPEAKER:
        return "" if isinstance(row, Gap) else row.speaker
    if role == Role.KIND:
        return _kind(row)
    return None


def _kind(row: Fixed | Live) -> Kind:
    if isinstance(row, Live):
        return Kind.LIVE
    return Kind.GAP if isinstance(row, Gap) else Kind.FINAL


def _parts(row: Fixed | Live) -> list[str]:
    """Return what stays and what may still change."""
    if isinstance(row, Live):
        return [row.text.shown.replace("\n", LINE), " ".join(row.text.unstable)]
    if isinstance(row, Gap):
        return [gap_sentence(row), ""]
    return [row.shown.replace("\n", LINE), ""]


def _heard(row: Fixed | Live) -> Fixed | Live:
    """Return a row whose words are shown as they were heard."""
    if isinstance(row, Live):
        return replace(row, text=replace(row.text, display=None))
    return as_heard(row) if isinstance(row, Segment) else row
