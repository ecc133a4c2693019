"""The page on which an entry of the library is read, heard and mended."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from asr.text import phrase_of
from asr.transcript import Gap, Segment, Transcript
from PySide6.QtCore import QPoint, Qt, Signal, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from gui.actions import Actions
from gui.editor.edited_transcript import NOTHING
from gui.editor.live_strip import LiveStrip
from gui.editor.menus import SpeakerMenu, WordMenu
from gui.editor.placed_words import Place
from gui.editor.playback import Playback
from gui.editor.player_bar import PlayerBar
from gui.editor.view import EditorView
from gui.style.theme import Theme
from gui.workers.open_entry import Opened, Spot

if TYPE_CHECKING:
    from asr.library import Entry


class EditorPage(QWidget):
    """Places the text; knows which entry it shows.

    Signals:
        file_wanted: The user wants to say where the file of an entry is; its id.
        revert_wanted: A paragraph, and the words [first, end) of it that shall be turned back.
        told: A sentence for the user about the entry that was opened.
        expect_wanted: A word or a phrase, as written, that goes into the vocabulary.
        expect_unwanted: One that goes out of it.
        entry_changed: The entry has another title, or is being recorded no more.
    """

    file_wanted = Signal(str)
    revert_wanted = Signal(int, int, int)
    told = Signal(str)
    expect_wanted = Signal(str)
    expect_unwanted = Signal(str)
    entry_changed = Signal()

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._actions = actions
        self.entry: Entry | None = None
        self.is_running = False  # the entry is being recorded
        self._is_locked = False  # the entry cannot be edited
        self.vocabulary: frozenset[str] = frozenset()
        self.view = EditorView()
        self.strip = LiveStrip(actions)
        self.bar = PlayerBar(actions)
        self.playback = Playback(self.view, self.bar, actions, self)
        self.bar.file_wanted.connect(self._on_file_wanted)
        self.view.word_asked.connect(self._on_word_asked)
        self.view.speaker_asked.connect(self._on_speaker_asked)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.view, 1)
        column.addWidget(self.strip)
        column.addWidget(self.bar)

    @property
    def transcript(self) -> Transcript:
        """What is shown, with its edits."""
        return self.view.edited.transcript

    @Slot(object)
    def apply_theme(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self.view.apply_theme(theme)
        self.strip.apply_theme(theme)
        self.bar.apply_theme(theme)

    @Slot(object)
    def show_opened(self, opened: Opened) -> None:
        """Show an entry, at a word if one is named."""
        self.entry, self.is_running = opened.entry, opened.is_running
        self._is_locked = bool(opened.read_only)
        self.strip.clear()
        self.strip.setVisible(opened.is_running)
        self.view.show_transcript(opened.transcript)
        self._allow_edits()
        self._load(opened.sounds, opened.no_sound)
        for sentence in filter(None, (opened.read_only, opened.note)):
            self.told.emit(sentence)
        if opened.spot is not None:
            self.go_to(opened.spot)
        self.view.setFocus()

    @Slot(object)
    def show_vocabulary(self, lines: Sequence[str]) -> None:
        """Learn what is in the vocabulary."""
        self.vocabulary = frozenset(map(phrase_of, lines))

    @Slot(object)
    def put_entry(self, entry: Entry) -> None:
        """Take an entry as it is by this time, if it is the one that is open."""
        if self.entry is not None and self.entry.id == entry.id:
            self.entry = entry
            self.entry_changed.emit()

    def grow(self, segments: Sequence[Segment], gaps: Sequence[Gap]) -> None:
        """Show what was recognised since the session was opened, below."""
        self.view.grow(segments, gaps)
        self._allow_edits()

    def end_session(self) -> None:
        """The entry is being recorded no more."""
        self.is_running = False
        self.strip.hide()
        self.entry_changed.emit()

    def _allow_edits(self) -> None:
        """Let be written, but not before the first word of a session: it has no place yet."""
        is_early = self.is_running and self.view.document().isEmpty()
        has_history = self.view.edited.can_undo
        self.view.setReadOnly(self._is_locked or (is_early and not has_history))

    def _load(self, sounds: tuple[Path, ...], missing: str) -> None:
        is_file = self.entry is not None and self.entry.kind == "file"
        seconds = 0.0 if self.entry is None else self.entry.seconds
        self.bar.show_sound(missing, seconds, can_find=is_file)
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
        self.entry, self.is_running = None, False
        self.strip.hide()
        self.view.show_transcript(NOTHING)
        self.view.setReadOnly(True)
        self._load((), "")

    @Slot()
    def _on_file_wanted(self) -> None:
        if self.entry is not None:
            self.file_wanted.emit(self.entry.id)

    @Slot(object, QPoint)
    def _on_word_asked(self, place: object, point: QPoint) -> None:
        menu = WordMenu(self.view, place, self.vocabulary)  # type: ignore[arg-type]
        menu.expect_wanted.connect(self.expect_wanted)
        menu.expect_unwanted.connect(self.expect_unwanted)
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
        """Show what was recognised, unless the entry was closed meanwhile."""
        if self.entry is None:
            return
        self._allow_edits()
        if segment is not None:
            self.view.edited.take_back(paragraph, segment)

    @Slot(int, int, QPoint)
    def _on_speaker_asked(self, first: int, last: int, point: QPoint) -> None:
        menu = SpeakerMenu(self.view, first, last, self.view)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(point)
