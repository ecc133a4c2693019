"""A segment as it reads after edits: words, and patches that remember what was recognised."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

from asr.transcript import Segment, Word


@dataclass(frozen=True, slots=True)
class Patch:
    """Words [first, end) of a part were edited; `raw` is what was recognised there."""

    first: int
    end: int
    raw: tuple[Word, ...]

    def moved(self, by: int) -> Patch:
        """Return the same patch, so many words later."""
        return Patch(self.first + by, self.end + by, self.raw)


@dataclass(frozen=True, slots=True)
class EditedSegment:
    """A segment as it reads after edits."""

    segment: Segment
    patches: tuple[Patch, ...] = ()  # in order
    is_hidden: bool = False  # merged into another

    def widened(self, first: int, end: int) -> tuple[int, int]:
        """Return the stretch with all of each patch that it touches."""
        while True:
            touched = self.patches[self._touched(first, end)]
            low = min([first, *(patch.first for patch in touched)])
            high = max([end, *(patch.end for patch in touched)])
            if (low, high) == (first, end):
                return low, high
            first, end = low, high

    def _touched(self, first: int, end: int) -> slice:
        """Which patches touch a stretch; a day's typing leaves thousands, so none is asked."""
        patches = self.patches
        low = bisect_left(patches, first, key=_end_of)
        high = bisect_right(patches, end, lo=low, key=_first_of)
        # What borders on it belongs to it only where it is a deletion.
        while low < high and patches[low].first < patches[low].end <= first:
            low += 1
        while low < high and patches[high - 1].end > patches[high - 1].first >= end:
            high -= 1
        return slice(low, high)

    def raw(self, first: int, end: int) -> tuple[Word, ...]:
        """What was recognised for words [first, end), as `widened` gives them."""
        words: list[Word] = []
        place = first
        for patch in self.patches[self._touched(first, end)]:
            words += [*self.segment.words[place : patch.first], *patch.raw]
            place = patch.end
        return (*words, *self.segment.words[place:end])

    def patched(self, first: int, end: int, words: Sequence[Word]) -> EditedSegment:
        """Put words in the place of [first, end)."""
        low, high = self.widened(first, end)
        old = self.segment.words
        middle = (*old[low:first], *words, *old[end:high])
        patch = Patch(low, low + len(middle), self.raw(low, high))
        return self._with(low, high, middle, (patch,))

    def reverted(self, first: int, end: int) -> EditedSegment:
        """Put what was recognised in the place of words [first, end)."""
        low, high = self.widened(first, end)
        return self._with(low, high, self.raw(low, high), ())

    def _with(
        self, low: int, high: int, words: tuple[Word, ...], patch: tuple[Patch, ...]
    ) -> EditedSegment:
        growth = len(words) - (high - low)
        touched = self._touched(low, high)
        before, after = self.patches[: touched.start], self.patches[touched.stop :]
        if growth:
            after = tuple(patch.moved(growth) for patch in after)
        all_words = (*self.segment.words[:low], *words, *self.segment.words[high:])
        segment = replace(self.segment, words=all_words)
        return replace(self, segment=segment, patches=(*before, *patch, *after))


def _first_of(patch: Patch) -> int:
    return patch.first


def _end_of(patch: Patch) -> int:
    return patch.end


def timed(texts: Sequence[str], segment: Segment, first: int, end: int) -> list[Word]:
    """Give words that take the place of [first, end) times in that stretch, by their length."""
    old = segment.words
    if len(texts) == end - first:
        return [Word(t, w.start, w.end) for t, w in zip(texts, old[first:end], strict=True)]
    if first < end:
        start, stop = old[first].start, old[end - 1].end
    else:
        start, stop = room(segment, first, end)
    length, total = max(0.0, stop - start), sum(len(text) + 1 for text in texts)
    words: list[Word] = []
    letters = 0
    for text in texts:
        begins = start + length * letters / total
        letters += len(text) + 1
        words.append(Word(text, begins, max(begins, start + length * letters / total)))
    return words


def room(segment: Segment, first: int, end: int) -> tuple[float, float]:
    """Return where the words around [first, end) leave time."""
    words = segment.words
    start = words[first - 1].end if first else segment.start
    stop = words[end].start if end < len(words) else segment.end
    return min(start, stop), stop  # words may overlap by a rounding


def divided(
    patches: Sequence[Patch], at: int, seconds: float
) -> tuple[tuple[Patch, ...], tuple[Patch, ...]]:
    """Divide patches at a word; what was recognised goes where its time is."""
    before: list[Patch] = []
    after: list[Patch] = []
    for patch in patches:
        if patch.end <= at:
            before.append(patch)
        elif patch.first >= at:
            after.append(patch.moved(-at))
        else:
            left = tuple(word for word in patch.raw if word.start < seconds)
            before.append(Patch(patch.first, at, left))
            after.append(Patch(0, patch.end - at, patch.raw[len(left) :]))
    return tuple(before), tuple(after)


def in_order(part: EditedSegment, n_words: int) -> EditedSegment:
    """Let the words from a place on not begin before those that stand before them."""
    words = part.segment.words
    mended = _monotone(words)
    for n in range(n_words, len(words)):
        if mended[n] != words[n]:
            part = part.patched(n, n + 1, [mended[n]])
    return part


def inside(part: EditedSegment) -> EditedSegment:
    """Let no word end behind its segment, as one may that comes back to half of one."""
    segment = part.segment
    if all(word.end <= segment.end for word in segment.words):
        return part
    words = tuple(
        replace(word, start=min(word.start, segment.end), end=min(word.end, segment.end))
        for word in segment.words
    )
    return replace(part, segment=replace(segment, words=words))


def _monotone(words: Sequence[Word]) -> tuple[Word, ...]:
    mended: list[Word] = []
    now = reach = 0.0
    for word in words:
        if word.start < now:
            word = replace(word, start=reach, end=max(reach, word.end))
        now, reach = word.start, max(reach, word.end)
        mended.append(word)
    return tuple(mended)
