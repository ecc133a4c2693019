"""Where the words of a page stand, and when they are heard.

Block n of the document is segment n.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from asr.transcript import Segment, Word
from PySide6.QtCore import QObject
from PySide6.QtGui import QTextDocument

from gui.editor.rewording import spans


@dataclass(frozen=True, slots=True)
class Place:
    """A shown word: its paragraph, its index among the segment's words, where it stands."""

    paragraph: int
    word: int
    start: int  # position in the document
    end: int


class PlacedWords(QObject):
    """The words of a document, found by position, by number and by time."""

    def __init__(self, document: QTextDocument, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._segments: list[Segment] = [Segment((), 0.0, 0.0)]
        self._texts: list[str] = [""]
        self._shown_from: list[int] = []  # the paragraph of each segment of what was opened
        self._starts: list[float] | None = None  # of the segments; found again when needed

    @property
    def document(self) -> QTextDocument:
        """The text on the page."""
        return self._document

    @property
    def segments(self) -> Sequence[Segment]:
        """A segment for each paragraph; one that is empty has no words."""
        return self._segments

    def word(self, place: Place) -> Word:
        """Return the word at a place."""
        return self._segments[place.paragraph].words[place.word]

    def places(self, paragraph: int) -> Iterator[Place]:
        """Yield the shown words of a paragraph."""
        start = self._document.findBlockByNumber(paragraph).position()
        text = self._texts[paragraph]
        is_plain = text.isascii()
        for span in spans(text, self._segments[paragraph].words):
            begin = span.start if is_plain else units(text[: span.start])
            end = span.end if is_plain else units(text[: span.end])
            yield Place(paragraph, span.word, start + begin, start + end)

    def place_at(self, position: int) -> Place | None:
        """Return the word that a position touches, if it touches one."""
        block = self._document.findBlock(position)
        for place in self.places(block.blockNumber()) if block.isValid() else ():
            if place.start <= position <= place.end:
                return place
        return None

    def place_of_word(self, segment: int, word: int) -> Place | None:
        """Return a word by its number in its segment, as the transcript counts them.

        A hidden word is found where the one that shows it stands.
        """
        paragraph = self._shown_from[segment] if segment < len(self._shown_from) else -1
        found = None
        for place in self.places(paragraph) if paragraph >= 0 else ():
            if found is not None and place.word > word:
                break
            found = place
        return found

    def find_word(
        self, position: int, wanted: Callable[[Word], bool], *, forward: bool
    ) -> Place | None:
        """Return the first wanted word behind a position, or before; around the end."""
        here = self._document.findBlock(position).blockNumber()
        n_paragraphs = len(self._segments)
        step = 1 if forward else -1
        for distance in range(n_paragraphs + 1):
            paragraph = (here + step * distance) % n_paragraphs
            if not any(map(wanted, self._segments[paragraph].words)):
                continue
            found = [one for one in self.places(paragraph) if wanted(self.word(one))]
            if distance == 0:
                found = [
                    one
                    for one in found
                    if (one.start > position if forward else one.start < position)
                ]
            if found:
                return found[0 if forward else -1]
        return None

    def place_of_time(self, seconds: float) -> Place | None:
        """Return the word that is heard at a time."""
        if self._starts is None:
            self._starts = [segment.start for segment in self._segments]
        paragraph = bisect_right(self._starts, seconds) - 1
        if paragraph < 0:
            return None
        words, found = self._segments[paragraph].words, None
        for place in self.places(paragraph):
            if words[place.word].start > seconds:
                break
            found = place
        if found is None or seconds > max(words[found.word].end, self._end_of(found)):
            return None
        return found

    def _end_of(self, place: Place) -> float:
        """Return the end of a word, with the hidden ones that belong to it."""
        words = self._segments[place.paragraph].words
        end = words[place.word].end
        for word in words[place.word + 1 :]:
            if word.shown:
                break
            end = word.end
        return end

    def time_of(self, place: Place) -> tuple[float, float]:
        """Return from when to when a word is heard."""
        return self.word(place).start, self._end_of(place)


def units(text: str) -> int:
    """Return the length of a text as Qt counts: letters beyond the first plane are two."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2
