"""Marks the words that are least certain: the worst few in a hundred, never a red sea."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from asr.transcript import Segment
from PySide6.QtGui import QColor, QSyntaxHighlighter, QTextCharFormat

from gui.editor.edited_transcript import EditedTranscript
from gui.style.theme import Theme

SHARE: Final = 0.04  # of all words that are marked at most, but for one
CERTAIN: Final = 0.6  # a word that is likelier to be right than this is never marked


def doubtful_below(segments: Sequence[Segment]) -> float:
    """Return the confidence below which words are marked; nothing is below 0."""
    confidences = sorted(word.confidence for segment in segments for word in segment.words)
    n_marked = math.ceil(len(confidences) * SHARE)  # of a short entry: one
    doubtful = [one for one in confidences if one < CERTAIN]
    if not n_marked or not doubtful:
        return 0.0
    return CERTAIN if len(doubtful) <= n_marked else doubtful[n_marked]


class DoubtHighlighter(QSyntaxHighlighter):
    """Underlines doubtful words, a paragraph at a time, as it is laid out or edited."""

    def __init__(self, edited: EditedTranscript) -> None:
        super().__init__(edited.document)
        self._edited = edited
        self._ink = QTextCharFormat()
        self._ink.setUnderlineStyle(QTextCharFormat.UnderlineStyle.DashUnderline)
        self.threshold = 0.0

    def apply_theme(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self._ink.setUnderlineColor(QColor(theme.doubt))
        self.rehighlight()

    def show_from(self, threshold: float) -> None:
        """Mark what is less certain than a threshold."""
        self.threshold = threshold

    def highlightBlock(self, text: str) -> None:
        """Mark the doubtful words of a paragraph."""
        number = self.currentBlock().blockNumber()
        segments = self._edited.segments
        if number >= len(segments) or not self.threshold:
            return
        if all(word.confidence >= self.threshold for word in segments[number].words):
            return
        start = self.currentBlock().position()
        for place in self._edited.places(number):
            if self._edited.word(place).confidence < self.threshold:
                self.setFormat(place.start - start, place.end - place.start, self._ink)
