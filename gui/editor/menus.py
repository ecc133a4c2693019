"""What a right click on a word offers, and a click on a speaker's name."""

from __future__ import annotations

from collections.abc import Callable, Set
from functools import partial
from typing import Final

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QInputDialog, QMenu, QWidget

from gui.editor.edited_transcript import bare
from gui.editor.margin import chosen_paragraphs
from gui.editor.placed_words import Place
from gui.editor.view import EditorView

_MOST: Final = 6  # alternatives that are offered


class WordMenu(QMenu):
    """What else a word could be, with how likely that is; here or everywhere.

    Signals:
        play_wanted: The Place of the word.
        revert_wanted: The Place of a word that shall be what was recognised there.
        expect_wanted: What goes into the vocabulary, as it is written.
        expect_unwanted: What goes out of it.
    """

    play_wanted = Signal(object)
    revert_wanted = Signal(object)
    expect_wanted = Signal(str)
    expect_unwanted = Signal(str)

    def __init__(self, view: EditorView, place: Place, vocabulary: Set[str]) -> None:
        super().__init__(view)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._view, self._place = view, place
        word = view.edited.word(place)
        self._offer_alternatives()
        everywhere = self.addMenu(self.tr("Replace everywhere"))
        others = [one.text for one in word.alternatives[:_MOST]]
        for text in others:
            everywhere.addAction(_plain(text), partial(self._replace_everywhere, text))
        everywhere.addAction(self.tr("Other…"), self._ask_everywhere)
        everywhere.setEnabled(not view.isReadOnly())
        back = self.addAction(self.tr("Back to what was recognised"), self._revert)
        back.setEnabled(not view.isReadOnly())
        self._offer_vocabulary(vocabulary)
        first, last = chosen_paragraphs(view, place.paragraph)
        speakers = self.addMenu(SpeakerMenu(view, first, last, self))
        speakers.setEnabled(not view.isReadOnly())
        self.addSeparator()
        self.addAction(self.tr("Play it"), self._play)
        self.addSeparator()
        self._offer_clipboard()

    def _offer_alternatives(self) -> None:
        """Offer what the recogniser heard beside the word."""
        word = self._view.edited.word(self._place)
        for one in word.alternatives[:_MOST]:
            percent = self.tr("{n} %").format(n=max(1, round(one.probability * 100)))
            label = f"{_plain(one.text)}\t{percent}"
            action = self.addAction(label, partial(self._replace, one.text))
            action.setEnabled(not self._view.isReadOnly())
        if not word.alternatives:
            nothing = self.addAction(self.tr("Nothing else was heard"))
            nothing.setEnabled(False)
        self.addSeparator()

    def _offer_vocabulary(self, vocabulary: Set[str]) -> None:
        """Offer to listen for the word, or for the words that are selected around it."""
        phrase = self._view.phrase_at(self._place)
        if phrase in vocabulary:
            label = self.tr("Take “{phrase}” out of the vocabulary")
            act = partial(self.expect_unwanted.emit, phrase)
        else:
            label = self.tr("Add “{phrase}” to the vocabulary")
            act = partial(self.expect_wanted.emit, phrase)
        self.addAction(_plain(label.format(phrase=phrase)), act).setEnabled(bool(phrase))

    def _offer_clipboard(self) -> None:
        view = self._view
        cut = self.addAction(self.tr("Cut"), view.cut)
        copy = self.addAction(self.tr("Copy"), view.copy)
        paste = self.addAction(self.tr("Paste"), view.paste)
        has_selection = view.textCursor().hasSelection()
        cut.setEnabled(has_selection and not view.isReadOnly())
        copy.setEnabled(has_selection)
        paste.setEnabled(view.canPaste())

    def _replace(self, text: str) -> None:
        self._view.edited.replace_word(self._place, text)

    def _replace_everywhere(self, text: str) -> None:
        word = self._view.edited.word(self._place)
        self._view.edited.replace_everywhere(word.shown, text)

    @Slot()
    def _revert(self) -> None:
        self.revert_wanted.emit(self._place)

    @Slot()
    def _play(self) -> None:
        self.play_wanted.emit(self._place)

    @Slot()
    def _ask_everywhere(self) -> None:
        word = bare(self._view.edited.word(self._place).shown)
        dialog = QInputDialog(self._view)
        dialog.setWindowTitle(self.tr("Replace everywhere"))
        dialog.setLabelText(self.tr("Write instead of “{word}”:").format(word=word))
        dialog.setTextValue(word)
        replace = partial(self._view.edited.replace_everywhere, word)
        dialog.textValueSelected.connect(partial(_if_written, replace))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()


class SpeakerMenu(QMenu):
    """Who speaks in some paragraphs: another one, another name, or one person of two."""

    def __init__(self, view: EditorView, first: int, last: int, parent: QWidget) -> None:
        super().__init__(self.tr("Who speaks here"), parent)
        self._view, self._edited = view, view.edited
        self._first, self._last = first, last
        here = {segment.speaker for segment in view.edited.segments[first : last + 1]}
        self._speaker = here.pop() if len(here) == 1 else ""
        speakers = view.edited.speaker_ids
        for speaker in speakers:
            self._offer(speaker)
        other = self.tr("Somebody else…") if speakers else self.tr("Name who speaks here…")
        self.addAction(other, self._ask_other)
        if self._speaker:
            self.addSeparator()
            name = view.name_of(self._speaker)
            rename = self.tr("Call “{name}” something else…").format(name=name)
            self.addAction(_plain(rename), self._ask_name)
            others = [one for one in speakers if one != self._speaker]
            if others:
                is_one = self.tr("“{name}” is the same as").format(name=name)
                same = self.addMenu(_plain(is_one))
                for other in others:
                    label = _plain(view.name_of(other))
                    same.addAction(label, partial(self._merge, other))

    def _offer(self, speaker: str) -> QAction:
        action = self.addAction(_plain(self._edited.name_of(speaker)))
        action.setCheckable(True)
        action.setChecked(speaker == self._speaker)
        action.triggered.connect(partial(self._give, speaker))
        return action

    def _give(self, speaker: str, _checked: bool = False) -> None:
        self._edited.give_speaker(self._first, self._last, speaker)

    def _merge(self, other: str) -> None:
        self._edited.merge_speakers(self._speaker, other)

    @Slot()
    def _ask_other(self) -> None:
        self._ask(self.tr("Who speaks here?"), "", self._give)

    @Slot()
    def _ask_name(self) -> None:
        rename = partial(self._edited.rename_speaker, self._speaker)
        self._ask(self.tr("Name:"), self._edited.name_of(self._speaker), rename)

    def _ask(self, label: str, text: str, act: Callable[[str], object]) -> None:
        dialog = QInputDialog(self._view)
        dialog.setWindowTitle(self.tr("Speaker"))
        dialog.setLabelText(label)
        dialog.setTextValue(text)
        dialog.textValueSelected.connect(partial(_if_written, act))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()


def _plain(text: str) -> str:
    """Return a label in which & is no mark of a key."""
    return text.replace("&", "&&")


def _if_written(act: Callable[[str], object], text: str) -> None:
    """Do something with what was written, unless that is nothing."""
    if text.strip():
        act(text.strip())
