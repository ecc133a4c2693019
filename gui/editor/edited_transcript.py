"""The words behind the page: a model that follows the text, and can be asked for times.

Block n of the document is segment n. Typing changes the document, and the model follows;
what is asked of the model (undo, another speaker, another word) changes the document.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import accumulate
from typing import Final

from asr.transcript import Gap, Segment, Speaker, Transcript, Word
from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QTextBlock, QTextBlockFormat, QTextCursor, QTextDocument

from gui.editor.history import Change, UndoStack
from gui.editor.placed_words import Place, PlacedWords, units
from gui.editor.rewording import reworded, spread

NOTHING: Final = Transcript(segments=(), seconds=0.0)


class EditedTranscript(PlacedWords):
    """The segments of the transcript that `document` shows.

    Signals:
        done: A tuple of Change, and whether they go on with the step before.
        undone: The last step was undone.
        redone: The step that was undone last was done again.
        replayed: The page was changed from here, not by typing: speakers may be others.
        changed: One of the three, or another time.
        undo_changed: Whether something can be undone, and whether done again.
        shown: Another transcript is on the page.
        grown: Segments that were recognised since, and the paragraph that they begin at.
        replaced: What was shown, what is instead, and in how many places.
    """

    done = Signal(object, bool)
    undone = Signal()
    redone = Signal()
    replayed = Signal()
    changed = Signal()
    undo_changed = Signal(bool, bool)
    shown = Signal()
    grown = Signal(object, int)
    replaced = Signal(str, str, int)

    def __init__(
        self,
        document: QTextDocument,
        paragraph_format: QTextBlockFormat,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(document, parent)
        self._paragraph_format = paragraph_format
        self._transcript = NOTHING
        self._caret = 0  # before the next change
        self._history = UndoStack()
        self._follows = True
        document.setUndoRedoEnabled(False)  # the stack here knows speakers and times as well
        document.documentLayout()  # without one, a document tells of no change
        document.contentsChange.connect(self._on_contents_change)

    @property
    def speakers(self) -> tuple[Speaker, ...]:
        """The speakers that have a name of their own."""
        return self._transcript.speakers

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """Where sound is missing."""
        return self._transcript.gaps

    def gaps_before(self, paragraph: int) -> tuple[Gap, ...]:
        """Return the gaps between a paragraph and the one before it."""
        segments = self._segments
        if not self.gaps or paragraph >= len(segments):
            return ()
        begins = segments[paragraph - 1].start if paragraph else -1.0
        return tuple(
            gap for gap in self.gaps if begins < gap.start <= segments[paragraph].start
        )

    @property
    def first_speaker(self) -> str:
        """Who speaks first."""
        return next((segment.speaker for segment in self._segments if segment.speaker), "")

    @property
    def speaker_ids(self) -> tuple[str, ...]:
        """Everyone who speaks, in the order of their first words."""
        return tuple(dict.fromkeys(one.speaker for one in self._segments if one.speaker))

    @property
    def can_undo(self) -> bool:
        """Whether something was edited since it was opened."""
        return self._history.can_undo

    @property
    def transcript(self) -> Transcript:
        """The transcript as it stands on the page."""
        spoken = tuple(segment for segment in self._segments if segment.words)
        return replace(self._transcript, segments=spoken)

    def show(self, transcript: Transcript) -> None:
        """Replace the page, and forget what could be undone."""
        self._transcript = transcript
        self._segments = [s for s in transcript.segments if s.shown] or [Segment((), 0.0, 0.0)]
        numbers = accumulate(bool(segment.shown) for segment in transcript.segments)
        self._shown_from = [number - 1 for number in numbers]
        self._texts = [segment.shown for segment in self._segments]
        self._starts = None
        self._history.clear()
        with self._unheeded():
            cursor = QTextCursor(self._document)
            cursor.beginEditBlock()  # so that the page is laid out once
            cursor.select(QTextCursor.SelectionType.Document)
            cursor.removeSelectedText()
            cursor.setBlockFormat(self._paragraph_format)
            cursor.insertText("\n".join(self._texts))
            cursor.endEditBlock()
        self._tell_undo()
        self.shown.emit()

    def grow(self, segments: Sequence[Segment], gaps: Sequence[Gap] = ()) -> None:
        """Take in what was recognised since, below all that is there: no step to undo."""
        ends = [segment.end for segment in segments]
        self._transcript = replace(
            self._transcript,
            gaps=(*self.gaps, *gaps),
            seconds=max([self._transcript.seconds, *ends]),
        )
        shown = [segment for segment in segments if segment.shown]
        was_touched = self._history.can_undo or self._history.can_redo
        first = 0 if self._texts == [""] and not was_touched else len(self._segments)
        with self._unheeded():
            cursor = QTextCursor(self._document)
            cursor.beginEditBlock()
            for number, segment in enumerate(shown, start=first):
                cursor.movePosition(QTextCursor.MoveOperation.End)
                if number:
                    cursor.insertBlock(self._paragraph_format)
                cursor.insertText(segment.shown)
            if shown:
                self._put(first, len(self._segments), shown, [one.shown for one in shown])
            cursor.endEditBlock()
        if segments:
            self.grown.emit(tuple(segments), first)

    def name_of(self, speaker: str) -> str:
        """Return what people call a speaker."""
        names = {one.id: one.name for one in self._transcript.speakers}
        return names.get(speaker) or speaker

    # ── The text was edited ─────────────────────────────────────────────────────────

    def note_caret(self, position: int) -> None:
        """Learn where the caret is, for the day when the next change is undone."""
        self._caret = position

    @Slot(int, int, int)
    def _on_contents_change(self, position: int, removed: int, added: int) -> None:
        if not self._follows:
            return
        document = self._document
        first = document.findBlock(min(position, document.characterCount() - 1)).blockNumber()
        last_block = document.findBlock(min(position + added, document.characterCount() - 1))
        last = max(first, last_block.blockNumber())
        grown = document.blockCount() - len(self._segments)
        after = [block.text() for block in _blocks(document, first, last)]
        before = self._texts[first : last - grown + 1]
        if after == before:
            return
        olds = tuple(self._segments[first : last - grown + 1])
        at = position - document.findBlockByNumber(first).position()
        news = reworded(olds, before, after, at)
        self._put(first, len(before), news, after)
        if news != olds:
            is_typing = removed + added == 1 and not "".join(after)[at : at + added].isspace()
            change = Change(
                first,
                olds,
                news,
                self.speakers,
                self.speakers,
                self._caret,
                position + added,
            )
            grew = self._history.add(change, grows=is_typing)
            self.done.emit((change,), grew)
            self._tell()
        self._caret = position + added

    # ── The model is asked ──────────────────────────────────────────────────────────

    def undo(self) -> int | None:
        """Undo the last change; return where the caret belongs, or None."""
        caret = self._replay(self._history.undo())
        if caret is not None:
            self.undone.emit()
            self._tell()
        return caret

    def redo(self) -> int | None:
        """Do again what was undone; return where the caret belongs, or None."""
        caret = self._replay(self._history.redo())
        if caret is not None:
            self.redone.emit()
            self._tell()
        return caret

    def replace_word(self, place: Place, shown: str) -> None:
        """Write another word in a word's place, between the same marks."""
        self._do([self._replacing([place], shown)])

    def replace_everywhere(self, shown: str, instead: str) -> int:
        """Write another word wherever one is shown; return how many there were.

        Case is not looked at, and a word at whose edges marks stand keeps them.
        """
        changes = []
        n_words = 0
        wanted = bare(shown).casefold()
        for paragraph, segment in enumerate(self._segments):
            if not any(bare(word.shown).casefold() == wanted for word in segment.words):
                continue
            found = [
                place
                for place in self.places(paragraph)
                if bare(self.word(place).shown).casefold() == wanted
            ]
            n_words += len(found)
            changes.append(self._replacing(found, instead))
        self._do(changes)
        self.replaced.emit(bare(shown), instead, n_words)
        return n_words

    def give_speaker(self, first: int, last: int, speaker: str) -> None:
        """Say who speaks in paragraphs first … last."""
        olds = tuple(self._segments[first : last + 1])
        news = tuple(replace(segment, speaker=speaker) for segment in olds)
        self._do([self._change(first, olds, news)])

    def rename_speaker(self, speaker: str, name: str) -> None:
        """Call a speaker by a name, everywhere."""
        others = tuple(one for one in self.speakers if one.id != speaker)
        speakers = (*others, Speaker(speaker, name))
        self._do([replace(self._change(0, (), ()), speakers_after=speakers)])

    def merge_speakers(self, speaker: str, into: str) -> None:
        """Give all that one speaker says to another."""
        changes = [
            self._change(number, (segment,), (replace(segment, speaker=into),))
            for number, segment in enumerate(self._segments)
            if segment.speaker == speaker
        ]
        self._do(changes)

    @Slot(int, object)
    def retime(self, paragraph: int, words: Sequence[Word]) -> bool:
        """Take times from an alignment, unless the words are others by this time.

        It is no step that could be undone: no word of it is another.
        """
        if paragraph >= len(self._segments):
            return False
        segment = self._segments[paragraph]
        if [word.text for word in segment.words] != [word.text for word in words]:
            return False
        timed = tuple(
            replace(old, start=new.start, end=new.end)
            for old, new in zip(segment.words, words, strict=True)
        )
        after = replace(segment, words=timed)
        self._segments[paragraph] = after
        return True

    def take_back(self, paragraph: int, segment: Segment) -> None:
        """Let a paragraph read as was recognised; the journal has it so already."""
        change = self._change(paragraph, (self._segments[paragraph],), (segment,))
        self._history.add(change)
        self._replay((change,))
        self._tell()

    def _replacing(self, places: Sequence[Place], shown: str) -> Change:
        """Return the change that writes a word in the place of words of one paragraph."""
        paragraph = places[0].paragraph
        segment = self._segments[paragraph]
        words: list[Word] = []
        done = 0
        for place in places:
            end = place.word + 1
            while end < len(segment.words) and not segment.words[end].shown:
                end += 1
            like = segment.words[place.word : end]
            text = _dressed(like[0].shown, shown)
            words += segment.words[done : place.word]
            words += spread(text.split(), like[0].start, like[-1].end, like)
            done = end
        words += segment.words[done:]
        return self._change(paragraph, (segment,), (replace(segment, words=tuple(words)),))

    def _change(
        self, first: int, before: tuple[Segment, ...], after: tuple[Segment, ...]
    ) -> Change:
        here = self.speakers
        return Change(first, before, after, here, here, self._caret, self._caret)

    def _do(self, changes: Sequence[Change]) -> None:
        changes = [
            one
            for one in changes
            if (one.before, one.speakers_before) != (one.after, one.speakers_after)
        ]
        if changes:
            self._history.add(*changes)
            self._replay(tuple(changes))
            self.done.emit(tuple(changes), False)
            self._tell()

    def _replay(self, changes: tuple[Change, ...]) -> int | None:
        """Make the page what the changes say."""
        if not changes:
            return None
        with self._unheeded():
            cursor = QTextCursor(self._document)
            cursor.beginEditBlock()
            for change in changes:
                self._apply(cursor, change)
            cursor.endEditBlock()
        self.replayed.emit()
        return changes[-1].caret_after

    def _apply(self, cursor: QTextCursor, change: Change) -> None:
        texts = [segment.shown for segment in change.after]
        self._transcript = replace(self._transcript, speakers=change.speakers_after)
        if not change.before:
            return
        old = "\n".join(self._texts[change.first : change.first + len(change.before)])
        _write(cursor, self._document.findBlockByNumber(change.first), old, "\n".join(texts))
        self._put(change.first, len(change.before), change.after, texts)

    def _put(self, first: int, n: int, segments: Sequence[Segment], texts: list[str]) -> None:
        self._segments[first : first + n] = segments
        self._texts[first : first + n] = texts
        self._starts = None

    def _tell(self) -> None:
        self.changed.emit()
        self._tell_undo()

    def _tell_undo(self) -> None:
        self.undo_changed.emit(self._history.can_undo, self._history.can_redo)

    @contextmanager
    def _unheeded(self) -> Iterator[None]:
        """Change the document from here: the model knows already."""
        self._follows = False
        try:
            yield
        finally:
            self._follows = True


def bare(shown: str) -> str:
    """Return a word without the marks at its edges."""
    inside = [at for at, letter in enumerate(shown) if letter.isalnum()]
    return shown[inside[0] : inside[-1] + 1] if inside else shown


def _dressed(shown: str, instead: str) -> str:
    """Put a word between the marks that stood around another, large where that was."""
    inside = bare(shown)
    before, _, after = shown.partition(inside)
    if instead.islower() and inside[:1].isupper():
        instead = instead[:1].upper() + instead[1:]
    return f"{before}{instead}{after}"


def _blocks(document: QTextDocument, first: int, last: int) -> Iterator[QTextBlock]:
    block = document.findBlockByNumber(first)
    while block.isValid() and block.blockNumber() <= last:
        yield block
        block = block.next()


def _write(cursor: QTextCursor, block: QTextBlock, old: str, new: str) -> None:
    """Replace a text that begins with a block, and touch only what differs."""
    shortest = min(len(old), len(new))
    head = next((at for at in range(shortest) if old[at] != new[at]), shortest)
    rest = shortest - head
    tail = next((at for at in range(rest) if old[-1 - at] != new[-1 - at]), rest)
    start = block.position()
    cursor.setPosition(start + units(old[:head]))
    end = start + units(old[: len(old) - tail])
    cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
    cursor.insertText(new[head : len(new) - tail])
