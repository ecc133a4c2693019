"""Edits of the page as edits of the journal: paragraphs by number become segments by key.

A paragraph without words, as Return at the end of one makes, is no segment yet: it has no
key until something is written in it. A step of undo on the page is a step of the journal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from asr.transcript import Segment

from gui.editor.history import Change

if TYPE_CHECKING:
    from asr.library.journal import Journal


@dataclass(frozen=True, slots=True)
class _Paragraph:
    """What stands in a paragraph, and the key of its segment, if it is one."""

    segment: Segment
    key: str | None


@dataclass(frozen=True, slots=True)
class _Splice:
    """The paragraphs from `first` on were `before`, and are `after`."""

    first: int
    before: list[_Paragraph]
    after: list[_Paragraph]


@dataclass(slots=True)
class _Step:
    splices: list[_Splice] = field(default_factory=list)
    is_in_journal: bool = False


class JournalFollower:
    """Writes down what is done on the page, in the journal of its transcript."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        keyed = zip(journal.transcript.segments, journal.keys, strict=True)
        shown = [_Paragraph(segment, key) for segment, key in keyed if segment.shown]
        self._paragraphs = shown or [_Paragraph(Segment((), 0.0, 0.0), None)]
        self._done: list[_Step] = []
        self._undone: list[_Step] = []
        self.rewritten: set[str] = set()  # keys of segments whose times are only guessed

    def key(self, paragraph: int) -> str | None:
        """Return the key of the segment in a paragraph, if it is one."""
        is_there = paragraph < len(self._paragraphs)
        return self._paragraphs[paragraph].key if is_there else None

    def paragraph(self, key: str) -> int | None:
        """Return where the segment of a key stands, if it does."""
        found = (n for n, one in enumerate(self._paragraphs) if one.key == key)
        return next(found, None)

    def do(self, changes: Sequence[Change], *, grows: bool = False) -> None:
        """Write a step, or with `grows` more of the last. Raises LibraryError, UnusableEdit."""
        self._undone.clear()
        grows = grows and bool(self._done)
        if not grows:
            self._done.append(_Step())
        step = self._done[-1]
        with self._journal.step(continues=grows and step.is_in_journal):
            for change in changes:
                self._follow(change, step)

    def extend(self, segments: Sequence[Segment], first: int) -> None:
        """Take in what was recognised since; it stands in the paragraphs from `first` on."""
        keyed = zip(segments, self._journal.extend(segments), strict=True)
        fresh = [_Paragraph(segment, key) for segment, key in keyed if segment.shown]
        if fresh:
            self._paragraphs[first:] = fresh

    def undo(self) -> None:
        """Take the last step back."""
        step = self._done.pop()
        self._undone.append(step)
        if step.is_in_journal:
            self._journal.undo()
        for splice in reversed(step.splices):
            end = splice.first + len(splice.after)
            self._paragraphs[splice.first : end] = splice.before

    def redo(self) -> None:
        """Make the step that was taken back last once more."""
        step = self._undone.pop()
        self._done.append(step)
        if step.is_in_journal:
            self._journal.redo()
        for splice in step.splices:
            end = splice.first + len(splice.before)
            self._paragraphs[splice.first : end] = splice.after

    def revert(self, paragraph: int, first: int, end: int) -> Segment | None:
        """Turn words [first, end) of a paragraph back to what was recognised.

        Returns what the paragraph reads then, or None if it was so already. Raises
        LibraryError, UnusableEdit.
        """
        old = self._paragraphs[paragraph]
        if old.key is None or not self._journal.edited(old.key):
            return None
        self._journal.revert(old.key, first, end)
        segment = self._journal.transcript.segments[self._journal.keys.index(old.key)]
        self._undone.clear()
        written = [_Paragraph(segment, old.key)]
        splices = [_Splice(paragraph, [old], written)]
        self._done.append(_Step(splices, is_in_journal=True))
        self._paragraphs[paragraph : paragraph + 1] = written
        return segment

    def _follow(self, change: Change, step: _Step) -> None:
        for speaker in change.speakers_after:
            if speaker not in change.speakers_before:
                self._journal.rename_speaker(speaker.id, speaker.name)
                step.is_in_journal = True
        first, after = change.first, list(change.after)
        before = self._paragraphs[first : first + len(change.before)]
        while before and after and before[-1].segment == after[-1]:
            before, after = before[:-1], after[:-1]
        while before and after and before[0].segment == after[0]:
            first, before, after = first + 1, before[1:], after[1:]
        if before or after:
            self._rewrite(first, before, after, step)

    def _rewrite(
        self, first: int, before: list[_Paragraph], after: list[Segment], step: _Step
    ) -> None:
        keys = [paragraph.key for paragraph in before if paragraph.key is not None]
        if not keys and any(segment.words for segment in after):
            first, before, after = self._with_neighbour(first, before, after)
            keys = [paragraph.key for paragraph in before if paragraph.key is not None]
        if keys:
            for other in keys[1:]:
                self._journal.merge(keys[0], other)
                step.is_in_journal = True
            self._write_words(keys[0], before, after, step)
            written = self._divide(keys[0], before, after, step)
        else:
            written = [_Paragraph(segment, None) for segment in after]
        self._paragraphs[first : first + len(before)] = written
        step.splices.append(_Splice(first, before, written))

    def _with_neighbour(
        self, first: int, before: list[_Paragraph], after: list[Segment]
    ) -> tuple[int, list[_Paragraph], list[Segment]]:
        """Take the next paragraph that is a segment, so that words have somewhere to be."""
        low, high = first, first + len(before)
        for number in range(first - 1, -1, -1):
            low = number
            if self._paragraphs[number].key is not None:
                break
        else:
            low = first
            while high < len(self._paragraphs) and self._paragraphs[high].key is None:
                high += 1
            high = min(high + 1, len(self._paragraphs))
        end = first + len(before)
        head = [paragraph.segment for paragraph in self._paragraphs[low:first]]
        tail = [paragraph.segment for paragraph in self._paragraphs[end:high]]
        return low, self._paragraphs[low:high], [*head, *after, *tail]

    def _write_words(
        self, key: str, before: list[_Paragraph], after: list[Segment], step: _Step
    ) -> None:
        """Replace the words that are others."""
        old = [word for paragraph in before for word in paragraph.segment.words]
        new = [word for segment in after for word in segment.words]
        gone, texts = [word.shown for word in old], [word.shown for word in new]
        runs = SequenceMatcher(None, gone, texts, autojunk=False).get_opcodes()
        # From the end, so that places stay; what is hidden, or has a space, is left alone.
        for kind, first, end, low, high in reversed(runs):
            if kind != "equal":
                words = texts[low:high]
                self._journal.replace(key, first, end, words, continues=step.is_in_journal)
                step.is_in_journal = True
                self.rewritten.add(key)

    def _divide(
        self, key: str, before: list[_Paragraph], after: list[Segment], step: _Step
    ) -> list[_Paragraph]:
        """Let the segment end where paragraphs end, and say who speaks in each."""
        written: list[_Paragraph] = []
        here: str | None = key
        speaker = next(one.segment.speaker for one in before if one.key == key)
        n_left = sum(len(segment.words) for segment in after)
        for segment in after:
            if here is None or (n_left and not segment.words):
                written.append(_Paragraph(segment, None))
                continue
            written.append(_Paragraph(segment, here))
            n_left -= len(segment.words)
            following = None
            if n_left:
                following = self._journal.split(here, len(segment.words))
                if here in self.rewritten:
                    self.rewritten.add(following)
                step.is_in_journal = True
            if segment.speaker != speaker:
                self._journal.assign(here, segment.speaker)
                step.is_in_journal = True
            here = following
        return written
