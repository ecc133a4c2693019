"""The page on which an entry of the library is read, heard and mended."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from asr.transcript import Segment, Transcript
from PySide6.QtCore import QPoint, Signal, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from gui.actions import Actions
from gui.editor.edited_transcript import NOTHING, Place
from gui.editor.menus import SpeakerMenu, WordMenu
from gui.editor.playback import Playback
from gui.editor.player_bar import PlayerBar
from gui.editor.view import EditorView
from gui.style.theme import Theme
from gui.workers.library_worker import Opened, Spot

if TYPE_CHECKING:
    from asr.library import Entry


class EditorPage(QWidget):
    """Places the text; knows which entry it shows.

    Signals:
        file_wanted: The user wants to say where the file of an entry is; its id.
        revert_wanted: A paragraph, and the words [first, end) of it that shall be turned back.
        told: A sentence for the user about the entry that was opened.
    """

    file_wanted = Signal(str)
    revert_wanted = Signal(int, int, int)
    told = Signal(str)

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._actions = actions
        self.entry: Entry | None = None
        self.view = EditorView()
        self.bar = PlayerBar(actions)
        self.playback = Playback(self.view, self.bar, actions, self)
        self.bar.file_wanted.connect(self._on_file_wanted)
        self.view.word_asked.connect(self._on_word_asked)
        self.view.speaker_asked.connect(self._on_speaker_asked)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.view, 1)
        column.addWidget(self.bar)

    @property
    def transcript(self) -> Transcript:
        """What is shown, with its edits."""
        return self.view.edited.transcript

    @Slot(object)
    def apply_theme(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self.view.apply_theme(theme)
        self.bar.apply_theme(theme)

    @Slot(object)
    def show_opened(self, opened: Opened) -> None:
        """Show an entry, at a word if one is named."""
        self.entry = opened.entry
        self.view.setReadOnly(bool(opened.read_only))
        self.view.show_transcript(opened.transcript)
        self._load(opened.sounds, opened.no_sound)
        if opened.read_only:
            self.told.emit(opened.read_only)
        if opened.spot is not None:
            self.go_to(opened.spot)
        self.view.setFocus()

    def _load(self, sounds: tuple[Path, ...], missing: str) -> None:
        is_file = self.entry is not None and self.entry.kind == "file"
        self.bar.show_sound(missing, can_find=is_file)
        self._actions.show_sound(has_sound=bool(sounds))
        self.playback.load(sounds)

    def go_to(self, spot: Spot) -> None:
        """Select a word, bring it into sight, and let it be heard."""
        place = self.view.edited.place_of_word(spot.segment, spot.word)
        if place is not None:
            self.view.select(place)
            self.playback.play_paragraph(place)

    @Slot()
    def close_entry(self) -> None:
        """Show nothing any more."""
        self.entry = None
        self.view.show_transcript(NOTHING)
        self._load((), "")

    @Slot()
    def _on_file_wanted(self) -> None:
        if self.entry is not None:
            self.file_wanted.emit(self.entry.id)

    @Slot(object, QPoint)
    def _on_word_asked(self, place: object, point: QPoint) -> None:
        menu = WordMenu(self.view, place)  # type: ignore[arg-type]
        menu.play_wanted.connect(self.playback.play_word)
        menu.revert_wanted.connect(self._on_revert_wanted)
        menu.popup(point)

    @Slot(object)
    def _on_revert_wanted(self, place: Place) -> None:
        """Ask for what was recognised, and let nothing else be written meanwhile."""
        self.view.setReadOnly(True)
        self.revert_wanted.emit(place.paragraph, place.word, place.word + 1)

    @Slot(int, object)
    def on_reverted(self, paragraph: int, segment: Segment | None) -> None:
        """Show what was recognised."""
        self.view.setReadOnly(False)
        if segment is not None:
            self.view.edited.take_back(paragraph, segment)

    @Slot(int, QPoint)
    def _on_speaker_asked(self, paragraph: int, point: QPoint) -> None:
        if not self.view.isReadOnly():
            SpeakerMenu(self.view, paragraph).popup(point)
