"""The session that is being recorded, edited while it runs.

What becomes final is written below the text on the editor's page, and through it into the
journal: one road, so that both have the same paragraphs in the same order.
"""

from __future__ import annotations

from pathlib import Path

from asr.live.events import Event, FinalResult, GapFound
from asr.transcript import Gap, Segment, Transcript
from PySide6.QtCore import QObject, Signal, Slot

from gui.editor.page import EditorPage
from gui.workers.open_entry import Opened


class RunningSession(QObject):
    """Knows what was heard since the session began.

    Signals:
        open_wanted: The Path of the session's folder, and a Transcript of what was heard.
        changed: There is such a session, or none any more.
        edited: The Transcript as it reads with its edits; the editor shows it no more, or it
            has ended.
    """

    open_wanted = Signal(object, object)
    changed = Signal()
    edited = Signal(object)

    def __init__(self, editor: EditorPage, parent: QObject) -> None:
        super().__init__(parent)
        self._editor = editor
        self._folder: Path | None = None
        self._segments: list[Segment] = []
        self._gaps: list[Gap] = []
        self._asked: Transcript | None = None  # what the page will begin with

    @property
    def is_there(self) -> bool:
        """Whether a session is being recorded."""
        return self._folder is not None

    @Slot(object)
    def begin(self, folder: Path) -> None:
        """A session is recorded into a folder."""
        self._folder, self._asked = folder, None
        self._segments.clear()
        self._gaps.clear()
        self.changed.emit()

    @Slot(object)
    def hear(self, event: Event) -> None:
        """Take up what was heard."""
        segments = (event.segment,) if isinstance(event, FinalResult) else ()
        gaps = (event.gap,) if isinstance(event, GapFound) else ()
        self._segments += segments
        self._gaps += gaps
        if self._editor.is_running:
            self._editor.strip.hear(event)
            if segments or gaps:
                self._editor.grow(segments, gaps)

    @Slot()
    def edit(self) -> None:
        """Open it in the editor."""
        if self._folder is not None and self._asked is None:
            self._asked = Transcript(
                segments=tuple(self._segments), seconds=0.0, gaps=tuple(self._gaps)
            )
            self.open_wanted.emit(self._folder, self._asked)

    @Slot(object)
    def on_opened(self, opened: Opened) -> None:
        """An entry is on the editor's page: if it is the session, add what came meanwhile."""
        if opened.is_running and (asked := self._asked) is not None:
            self._asked = None
            n_segments, n_gaps = len(asked.segments), len(asked.gaps)
            self._editor.grow(self._segments[n_segments:], self._gaps[n_gaps:])
            if not self.is_there:
                self._editor.end_session()

    @Slot()
    def on_unopened(self) -> None:
        """It could not be opened, and may be tried again."""
        self._asked = None

    @Slot()
    def leave(self) -> None:
        """Tell how the session reads before the editor shows another entry, or none."""
        if self._editor.is_running:
            self.edited.emit(self._editor.transcript)

    @Slot()
    def end(self) -> None:
        """The session has ended; its page in the editor goes on as that of an entry."""
        self.leave()
        self._editor.end_session()
        self._folder = None
        self.changed.emit()
