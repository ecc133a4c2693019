"""The page of the editor: text to mend, in which a word can be clicked and heard."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from asr.transcript import Gap, Segment, Transcript
from PySide6.QtCore import QMimeData, QPoint, QPointF, QRectF, Qt, Signal, Slot
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFont,
    QFontMetrics,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QTextBlock,
    QTextCharFormat,
    QTextCursor,
)
from PySide6.QtWidgets import QTextEdit, QWidget

from gui.clock import clock
from gui.editor.doubts import DoubtHighlighter, doubtful_below
from gui.editor.edited_transcript import EditedTranscript, bare
from gui.editor.margin import Margin
from gui.editor.placed_words import Place
from gui.style.theme import Theme
from gui.transcript.page_view import (
    BEFORE_TIME,
    GUTTER,
    SMALL,
    PageView,
    paragraph_format,
)
from gui.transcript.plain_text import gap_sentence

_GAP_LINES: Final = 2.4  # of room for a sentence about missing sound
LONGEST_PASTE: Final = 100_000  # letters; more is no correction, and slow to lay out
_PHRASE: Final = 5  # words that are one phrase of the vocabulary at most
_PARAGRAPH_END: Final = "\u2029"  # as Qt writes it in what is selected
_RETURNS: Final = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class EditorView(PageView):
    """Shows an EditedTranscript, block n for segment n.

    Signals:
        word_clicked: The Place of a word that shall be heard.
        word_asked: A Place, and where on the screen its menu belongs.
        speaker_asked: The first and the last paragraph, and where on the screen the menu
            belongs.
        refused: A sentence for the user.
    """

    word_clicked = Signal(object)
    word_asked = Signal(object, QPoint)
    speaker_asked = Signal(int, int, QPoint)
    refused = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.edited = EditedTranscript(self.document(), paragraph_format(), self)
        self._doubts = DoubtHighlighter(self.edited)
        Margin(self).asked.connect(self.speaker_asked)
        self._playing: Place | None = None
        self._pressed = QPoint()
        self._names: tuple[str, ...] = ()
        self.setCursorWidth(2)
        self.edited.changed.connect(self._on_changed)
        self.edited.replayed.connect(self._fit_names)
        self.cursorPositionChanged.connect(self._note_caret)

    def show_transcript(self, transcript: Transcript) -> None:
        """Open a transcript at its beginning."""
        self.show_playing(None)
        self._doubts.show_from(doubtful_below(transcript.segments))
        self.edited.show(transcript)
        self._make_room_for_gaps()
        self._lay_out_column()
        self.moveCursor(QTextCursor.MoveOperation.Start)

    def grow(self, segments: Sequence[Segment], gaps: Sequence[Gap] = ()) -> None:
        """Show what was recognised since, below; caret and page stay where they are."""
        cursor, bar = self.textCursor(), self.verticalScrollBar()
        anchor, position, scrolled = cursor.anchor(), cursor.position(), bar.value()
        end = self.document().characterCount() - 1
        first = len(self.edited.segments)
        self.edited.grow(segments, gaps)
        if end in (anchor, position):  # what is written there would take the caret along
            cursor.setPosition(anchor)
            cursor.setPosition(position, QTextCursor.MoveMode.KeepAnchor)
            self.setTextCursor(cursor)
        self._make_room_for_gaps(max(0, first - 1))
        self._fit_names()
        self._paint_playing()
        bar.setValue(scrolled)

    @Slot(object)
    def apply_theme(self, theme: Theme) -> None:
        """Take the theme's colours."""
        super().apply_theme(theme)
        self._doubts.apply_theme(theme)
        self._paint_playing()

    # ── Hearing ─────────────────────────────────────────────────────────────────────

    def show_playing(self, place: Place | None) -> None:
        """Mark the word that is heard; keep it in sight where the caret is not at work."""
        if place == self._playing:
            return
        self._playing = place
        self._paint_playing()
        if place is not None and not self._is_in_sight(place.start):
            self._bring_into_sight(place.start)

    def caret_place(self) -> Place | None:
        """Return the word at the caret, or the one before it in the paragraph."""
        position = self.textCursor().position()
        found = self.edited.place_at(position)
        if found is None:
            paragraph = self.textCursor().blockNumber()
            before = [one for one in self.edited.places(paragraph) if one.start <= position]
            found = before[-1] if before else next(self.edited.places(paragraph), None)
        return found

    def phrase_at(self, place: Place) -> str:
        """Return a word without marks, or the few words that are selected around it."""
        cursor = self.textCursor()
        chosen = cursor.selectedText()
        is_inside = (
            cursor.selectionStart() <= place.start and place.end <= cursor.selectionEnd()
        )
        if is_inside and _PARAGRAPH_END not in chosen and len(chosen.split()) <= _PHRASE:
            return " ".join(bare(chosen).split())
        return bare(self.edited.word(place).shown)

    def next_doubt(self, *, forward: bool) -> Place | None:
        """Select the next doubtful word, or the one before; around the end if need be."""
        place = self.edited.find_word(
            self.textCursor().selectionStart(),
            lambda word: word.confidence < self._doubts.threshold,
            forward=forward,
        )
        if place is not None:
            self.select(place)
        return place

    def select(self, place: Place) -> None:
        """Select a word and bring it into sight."""
        cursor = self.textCursor()
        cursor.setPosition(place.start)
        cursor.setPosition(place.end, QTextCursor.MoveMode.KeepAnchor)
        self.setTextCursor(cursor)
        if not self._is_in_sight(place.start):
            self._bring_into_sight(place.start)

    def _paint_playing(self) -> None:
        marks = []
        if self._playing is not None:
            mark = QTextEdit.ExtraSelection()
            mark.cursor = QTextCursor(self.document())
            mark.cursor.setPosition(self._playing.start)
            end, keep = self._playing.end, QTextCursor.MoveMode.KeepAnchor
            mark.cursor.setPosition(end, keep)
            ink = QTextCharFormat()
            ink.setBackground(QColor(self._theme.heard))
            mark.format = ink
            marks.append(mark)
        self.setExtraSelections(marks)

    def _is_in_sight(self, position: int) -> bool:
        cursor = QTextCursor(self.document())
        cursor.setPosition(min(position, self.document().characterCount() - 1))
        return (
            self.viewport()
            .rect()
            .adjusted(0, 0, 0, -24)
            .contains(self.cursorRect(cursor).center())
        )

    def _bring_into_sight(self, position: int) -> None:
        """Scroll so that a position stands in the upper third."""
        cursor = QTextCursor(self.document())
        cursor.setPosition(position)
        bar = self.verticalScrollBar()
        bar.setValue(
            bar.value() + self.cursorRect(cursor).top() - self.viewport().height() // 3
        )

    # ── Writing ─────────────────────────────────────────────────────────────────────

    @Slot()
    def undo(self) -> None:
        """Undo the last step of words or structure."""
        self._put_caret(self.edited.undo())

    @Slot()
    def redo(self) -> None:
        """Do again what was undone."""
        self._put_caret(self.edited.redo())

    def _put_caret(self, position: int | None) -> None:
        if position is None:
            return
        cursor = self.textCursor()
        cursor.setPosition(min(position, self.document().characterCount() - 1))
        self.setTextCursor(cursor)

    def _part(self) -> None:
        """Let the paragraph end at the caret, without white space at the new edges."""
        cursor = self.textCursor()
        cursor.beginEditBlock()
        cursor.removeSelectedText()
        text, at = cursor.block().text(), cursor.positionInBlock()
        if at and text[at - 1 : at].isspace():
            cursor.deletePreviousChar()
        elif text[at : at + 1].isspace():
            cursor.deleteChar()
        cursor.insertBlock()
        cursor.endEditBlock()
        self.setTextCursor(cursor)

    def _join(self, *, forward: bool) -> bool:
        """Join two paragraphs with a space, if the caret is between them."""
        cursor = self.textCursor()
        is_between = cursor.atBlockEnd() if forward else cursor.atBlockStart()
        if cursor.hasSelection() or not is_between:
            return False
        start = cursor.position() if forward else cursor.position() - 1
        if not 0 <= start < self.document().characterCount() - 1:
            return True
        cursor.setPosition(start)
        one, other = cursor.block().text(), cursor.block().next().text()
        cursor.setPosition(start + 1, QTextCursor.MoveMode.KeepAnchor)
        cursor.insertText(" " if one.strip() and other.strip() else "")
        if forward:
            cursor.setPosition(start)
        self.setTextCursor(cursor)
        return True

    @Slot()
    def _note_caret(self) -> None:
        self.edited.note_caret(self.textCursor().position())

    @Slot()
    def _on_changed(self) -> None:
        self._paint_playing()
        self.viewport().update()

    # ── What the page shows beside the text ─────────────────────────────────────────

    def start_of(self, paragraph: int) -> float | None:
        """Return when a paragraph begins."""
        segments = self.edited.segments
        return segments[paragraph].start if paragraph < len(segments) else 0.0

    def speaker_of(self, paragraph: int) -> str:
        """Return who speaks in a paragraph."""
        segments = self.edited.segments
        return segments[paragraph].speaker if paragraph < len(segments) else ""

    def name_of(self, speaker: str) -> str:
        """Return what people call a speaker."""
        return self.edited.name_of(speaker)

    def room_for_names(self) -> int:
        """Return the pixels that times and the longest name take."""
        names = [self.name_of(speaker) for speaker in self.edited.speaker_ids]
        if not names:
            return 0
        font = QFont(self.document().defaultFont())
        font.setPointSizeF(font.pointSizeF() * SMALL)
        time = QFontMetrics(font).horizontalAdvance(clock(self.edited.segments[-1].start))
        font.setWeight(QFont.Weight.DemiBold)
        name = max(map(QFontMetrics(font).horizontalAdvance, names))
        return name + BEFORE_TIME + time + GUTTER + 2 * BEFORE_TIME

    def colour_of(self, speaker: str) -> str:
        """Return the colour of a speaker: the first one's is the accent."""
        return self._theme.accent if speaker == self.edited.first_speaker else self._theme.other

    @Slot()
    def _fit_names(self) -> None:
        """Give the names the room that they take."""
        names = tuple(map(self.name_of, self.edited.speaker_ids))
        if names != self._names:
            self._names = names
            self._lay_out_column()

    def _make_room_for_gaps(self, first: int = 0) -> None:
        """Let paragraphs behind missing sound keep their distance."""
        for paragraph in range(first, len(self.edited.segments) if self.edited.gaps else 0):
            if self.edited.gaps_before(paragraph):
                cursor = QTextCursor(self.document().findBlockByNumber(paragraph))
                shape = cursor.blockFormat()
                line = QFontMetrics(self.document().defaultFont()).height()
                shape.setTopMargin(_GAP_LINES * line)
                cursor.setBlockFormat(shape)

    def paint_above(self, painter: QPainter, block: QTextBlock, place: QRectF) -> None:
        """Say where sound is missing, above the paragraph that follows."""
        room = block.blockFormat().topMargin()
        gaps = self.edited.gaps_before(block.blockNumber()) if room else ()
        if not gaps:
            return
        font = QFont(self.document().defaultFont())
        font.setPointSizeF(font.pointSizeF() * SMALL)
        painter.setFont(font)
        painter.setPen(QColor(self._theme.on_trouble))
        text = " · ".join(gap_sentence(gap) for gap in gaps)
        base = place.top() - room / 2 + painter.fontMetrics().ascent() / 2 - 2
        painter.drawText(QPointF(place.left(), base), text)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Say that there are no words, where they would stand: Qt would say it at the edge."""
        super().paintEvent(event)
        if not self.document().isEmpty():
            return
        painter = QPainter(self.viewport())
        painter.setFont(self.document().defaultFont())
        painter.setPen(QColor(self._theme.dim))
        shape = self.document().rootFrame().frameFormat()
        layout = self.document().begin().layout()
        ascent = float(painter.fontMetrics().ascent())
        if layout.lineCount():  # a page that never held a word has none
            ascent = layout.lineAt(0).y() + layout.lineAt(0).ascent()
        place = QPointF(shape.leftMargin(), shape.topMargin() + ascent)
        painter.drawText(place, self.tr("There are no words here."))
        painter.end()

    # ── Qt ──────────────────────────────────────────────────────────────────────────

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Write; what is done to paragraphs and undone is done here."""
        if self.isReadOnly():
            super().keyPressEvent(event)
        elif event.matches(QKeySequence.StandardKey.Undo):
            self.undo()
        elif event.matches(QKeySequence.StandardKey.Redo):
            self.redo()
        elif event.key() in _RETURNS and not event.modifiers() & ~_LIKE_RETURN:
            self._part()
        elif not self._joins(event):
            super().keyPressEvent(event)

    def _joins(self, event: QKeyEvent) -> bool:
        if event.key() == Qt.Key.Key_Backspace and not event.modifiers():
            return self._join(forward=False)
        if event.key() == Qt.Key.Key_Delete and not event.modifiers():
            return self._join(forward=True)
        return False

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Remember where a click began."""
        self._pressed = event.position().toPoint()
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let a word that was clicked be heard."""
        super().mouseReleaseEvent(event)
        point = event.position().toPoint()
        has_moved = (point - self._pressed).manhattanLength() > 4
        if event.button() is not Qt.MouseButton.LeftButton or has_moved:
            return
        if not self.textCursor().hasSelection() and (place := self._word_under(point)):
            self.word_clicked.emit(place)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Ask for the menu of the word under the pointer."""
        place = self._word_under(event.pos())
        if place is None:
            super().contextMenuEvent(event)
        else:
            self.word_asked.emit(place, event.globalPos())

    def _word_under(self, point: QPoint) -> Place | None:
        cursor = self.cursorForPosition(point)
        far = abs(self.cursorRect(cursor).center().y() - point.y())
        if far > self.cursorRect(cursor).height():
            return None  # below the last line
        return self.edited.place_at(cursor.position())

    def insertFromMimeData(self, source: QMimeData) -> None:
        """Paste plain text, within reason."""
        text = source.text()
        if len(text) > LONGEST_PASTE:
            sentence = self.tr(
                "The {n} letters to paste are too many; {most} fit in at a time."
            )
            self.refused.emit(sentence.format(n=f"{len(text):,}", most=f"{LONGEST_PASTE:,}"))
        elif text:
            self.textCursor().insertText(text)

    def createMimeDataFromSelection(self) -> QMimeData:
        """Copy plain text."""
        copied = QMimeData()
        copied.setText(self.textCursor().selection().toPlainText())
        return copied


_LIKE_RETURN: Final = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier
