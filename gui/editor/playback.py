"""What is heard of the entry that is open: joins the text, the bar and the loudspeaker."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, Signal, Slot

from gui.actions import Actions
from gui.editor.edited_transcript import EditedTranscript
from gui.editor.placed_words import Place
from gui.editor.player_bar import SPEEDS, PlayerBar
from gui.editor.view import EditorView
from gui.workers.player_worker import Head, Stretch

SKIP_S: Final = 3.0
_LEAD_S: Final = 0.06  # before a word that is heard by itself
_TAIL_S: Final = 0.12  # and after it
_INSIDE_S: Final = 0.001  # before its end, where the next may begin
_SENTENCE_ENDS: Final = (".", "!", "?", "…", "。", "؟")


class Playback(QObject):
    """Turns keys and clicks into what is played, and what is heard into a mark in the text.

    Signals:
        load_wanted: A tuple of Path that are heard together; empty for none.
        play_wanted: A Stretch.
        toggle_wanted: Pause, or go on.
        skip_wanted: Seconds to go, back if negative.
        seek_wanted: The second to go to.
        speed_wanted: How fast; 1 is as it was said.
    """

    load_wanted = Signal(object)
    play_wanted = Signal(object)
    toggle_wanted = Signal()
    skip_wanted = Signal(float)
    seek_wanted = Signal(float)
    speed_wanted = Signal(float)

    def __init__(
        self, view: EditorView, bar: PlayerBar, actions: Actions, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._view, self._bar, self._actions = view, bar, actions
        self._speed = 1.0
        self._is_playing = self._has_sound = self._loops = False
        self._alone: Stretch | None = None  # what is heard, if it ends before the sound does
        view.word_clicked.connect(self.play_word)
        bar.sought.connect(self._seek)
        bar.speed_chosen.connect(self.take_speed)
        for name, slot in (
            ("play", self._toggle),
            ("earlier", self._skip_back),
            ("play_here", self.play_here),
            ("later", self._skip_on),
            ("loop", self._loop),
            ("next_doubt", self._next_doubt),
            ("last_doubt", self._last_doubt),
            ("slower", self._slower),
            ("faster", self._faster),
        ):
            actions[name].triggered.connect(slot)

    @property
    def has_sound(self) -> bool:
        """Whether there is something to play."""
        return self._has_sound

    def load(self, sounds: Sequence[Path]) -> None:
        """Take the sound of the entry that is open; none at all is silence."""
        self._has_sound = bool(sounds)
        self._loops = self._is_playing = False
        self.load_wanted.emit(tuple(sounds))

    @Slot(object)
    def show_head(self, head: Head) -> None:
        """Show where it is, in the bar and in the text."""
        self._is_playing = head.is_playing
        self._bar.show_head(head)
        edited = self._view.edited
        place = edited.place_of_time(self._told(head.seconds)) if head.is_playing else None
        self._view.show_playing(place)

    def _told(self, seconds: float) -> float:
        """Return the second to mark: of what is heard alone, its edges mark no neighbour."""
        if self._alone is None or self._alone.end is None:
            return seconds
        last = self._alone.end - _TAIL_S - _INSIDE_S
        return min(max(seconds, self._alone.start + _LEAD_S), last)

    @Slot(object)
    def play_word(self, place: Place) -> None:
        """Let a word be heard alone; while the sound plays on, go on from there."""
        start, end = self._view.edited.time_of(place)
        begin = max(0.0, start - _LEAD_S)
        if self._is_playing and self._alone is None:
            self._play(Stretch(begin))
        else:
            self._play(Stretch(begin, end + _TAIL_S))

    def play_paragraph(self, place: Place) -> None:
        """Play from a word to the end of its paragraph."""
        edited = self._view.edited
        end = max(word.end for word in edited.segments[place.paragraph].words)
        self._play(Stretch(max(0.0, edited.time_of(place)[0] - _LEAD_S), end + _TAIL_S))

    @Slot()
    def play_here(self) -> None:
        """Play from the word at the caret on."""
        place = self._view.caret_place()
        if place is not None:
            self._play(Stretch(max(0.0, self._view.edited.time_of(place)[0] - _LEAD_S)))

    @Slot(float)
    def take_speed(self, speed: float) -> None:
        """Play so fast from here on."""
        self._speed = speed
        self._bar.show_speed(speed)
        self.speed_wanted.emit(speed)

    def _play(self, stretch: Stretch) -> None:
        if self._has_sound:
            self._loops = stretch.loop
            self._alone = None if stretch.end is None else stretch
            self.play_wanted.emit(stretch)

    @Slot()
    def _toggle(self) -> None:
        self._loops, self._alone = False, None
        self.toggle_wanted.emit()

    @Slot(float)
    def _seek(self, seconds: float) -> None:
        self._alone = None
        self.seek_wanted.emit(seconds)

    @Slot()
    def _skip_back(self) -> None:
        self._skip(-SKIP_S)

    @Slot()
    def _skip_on(self) -> None:
        self._skip(SKIP_S)

    def _skip(self, seconds: float) -> None:
        self._alone = None
        self.skip_wanted.emit(seconds)

    @Slot()
    def _loop(self) -> None:
        """Play the sentence at the caret again and again; the second time, stop."""
        place = self._view.caret_place()
        if self._loops and self._is_playing:
            self._toggle()
        elif place is not None:
            start, end = sentence_times(self._view.edited, place)
            self._play(Stretch(max(0.0, start - _LEAD_S), end + _TAIL_S, loop=True))

    @Slot()
    def _next_doubt(self) -> None:
        self._go_to_doubt(forward=True)

    @Slot()
    def _last_doubt(self) -> None:
        self._go_to_doubt(forward=False)

    def _go_to_doubt(self, *, forward: bool) -> None:
        place = self._view.next_doubt(forward=forward)
        if place is not None:
            self.play_word(place)

    @Slot()
    def _slower(self) -> None:
        self.take_speed(max((one for one in SPEEDS if one < self._speed), default=SPEEDS[0]))

    @Slot()
    def _faster(self) -> None:
        self.take_speed(min((one for one in SPEEDS if one > self._speed), default=SPEEDS[-1]))


def sentence_times(edited: EditedTranscript, place: Place) -> tuple[float, float]:
    """Return from when to when a word's sentence is heard; without marks, its paragraph."""
    places = list(edited.places(place.paragraph))
    ends = [edited.word(each).shown.endswith(_SENTENCE_ENDS) for each in places]
    here = places.index(place)
    first = max((at + 1 for at in range(here) if ends[at]), default=0)
    last = min((at for at in range(here, len(places)) if ends[at]), default=len(places) - 1)
    return edited.time_of(places[first])[0], edited.time_of(places[last])[1]
