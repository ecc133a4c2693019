"""The page on which an entry of the library is read, heard and mended."""

from __future__ import annotations

from asr.library import Entry
from asr.transcript import Transcript
from PySide6.QtCore import QPoint, Signal, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from gui.editor.edited_transcript import NOTHING
from gui.editor.menus import SpeakerMenu, WordMenu
from gui.editor.view import EditorView
from gui.style.theme import Theme
from gui.workers.library_worker import Opened, Spot


class EditorPage(QWidget):
    """Places the text; knows which entry it shows.

    Signals:
        told: A sentence for the user about the entry that was opened.
    """

    told = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.entry: Entry | None = None
        self.view = EditorView()
        self.view.word_asked.connect(self._on_word_asked)
        self.view.speaker_asked.connect(self._on_speaker_asked)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.view, 1)

    @property
    def transcript(self) -> Transcript:
        """What is shown, with its edits."""
        return self.view.edited.transcript

    @Slot(object)
    def apply_theme(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self.view.apply_theme(theme)

    @Slot(object)
    def show_opened(self, opened: Opened) -> None:
        """Show an entry, at a word if one is named."""
        self.entry = opened.entry
        self.view.setReadOnly(bool(opened.read_only))
        self.view.show_transcript(opened.transcript)
        if opened.read_only:
            self.told.emit(opened.read_only)
        if opened.spot is not None:
            self.go_to(opened.spot)
        self.view.setFocus()

    def go_to(self, spot: Spot) -> None:
        """Select a word and bring it into sight."""
        place = self.view.edited.place_of_word(spot.segment, spot.word)
        if place is not None:
            self.view.select(place)

    @Slot()
    def close_entry(self) -> None:
        """Show nothing any more."""
        self.entry = None
        self.view.show_transcript(NOTHING)

    @Slot(object, QPoint)
    def _on_word_asked(self, place: object, point: QPoint) -> None:
        WordMenu(self.view, place).popup(point)  # type: ignore[arg-type]

    @Slot(int, QPoint)
    def _on_speaker_asked(self, paragraph: int, point: QPoint) -> None:
        if not self.view.isReadOnly():
            SpeakerMenu(self.view, paragraph).popup(point)
