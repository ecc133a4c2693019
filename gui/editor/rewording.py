"""What an edit does to words and their times: pure functions over segments.

A paragraph on the page is a segment, and its text is the shown words with white space
between them. After an edit the words outside it are the same objects as before; those
inside share the time of what they replace, by their letters, until they are aligned.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from asr.transcript import Segment, Word

_PARAGRAPH: Final = "\n"


@dataclass(frozen=True, slots=True)
class WordSpan:
    """Where a shown word stands in the text of its paragraph, and which word it is."""

    start: int
    end: int
    word: int  # index into the segment's words


def spans(text: str, words: Sequence[Word]) -> Iterator[WordSpan]:
    """Yield the place of each shown word in `text`, which holds them in order."""
    at = 0
    for index, word in enumerate(words):
        if word.shown:
            start = text.index(word.shown, at)
            at = start + len(word.shown)
            yield WordSpan(start, at, index)


def reworded(
    segments: Sequence[Segment], before: Sequence[str], after: Sequence[str], at: int
) -> tuple[Segment, ...]:
    """Return the segments of the paragraphs `after`, which `segments` became by an edit.

    Args:
        segments: What the paragraphs were.
        before: Their texts.
        after: The texts that there are instead; at least one.
        at: Where the edit began, in letters from the start of the first paragraph.
    """
    old, new = _PARAGRAPH.join(before), _PARAGRAPH.join(after)
    head, tail = _shared(old, new, at)
    placed = list(_placed(segments, before))
    # A word that an edit touches is another word.
    first = sum(1 for one in placed if _ends_before(one, head, old, new))
    last = len(placed) - sum(1 for one in placed[first:] if _starts_after(one, tail, old, new))
    shift = len(new) - len(old)
    gone = placed[first:last]
    left = placed[first - 1].end if first else 0
    right = placed[last].start + shift if last < len(placed) else len(new)
    time = _time(segments, placed, first, last)
    fresh = _fresh(new, left, right, gone, time)
    kept = [replace(one, start=one.start + shift, end=one.end + shift) for one in placed[last:]]
    return _paragraphs(segments, after, [*placed[:first], *fresh, *kept])


@dataclass(frozen=True, slots=True)
class _Placed:
    """A shown word in the joined text, with the hidden words that belong to it."""

    start: int
    end: int
    words: tuple[Word, ...]
    segment: int  # the one it comes from


def _placed(segments: Sequence[Segment], texts: Sequence[str]) -> Iterator[_Placed]:
    offset = 0
    for number, (segment, text) in enumerate(zip(segments, texts, strict=True)):
        marks = list(spans(text, segment.words))
        bounds = [0, *(mark.word for mark in marks[1:]), len(segment.words)]
        for mark, begin, end in zip(marks, bounds, bounds[1:], strict=False):
            words = segment.words[begin:end]
            yield _Placed(offset + mark.start, offset + mark.end, words, number)
        offset += len(text) + 1


def _shared(old: str, new: str, at: int) -> tuple[int, int]:
    """Return how many letters at the start and at the end an edit at `at` left alone.

    Where letters repeat, the place of the edit tells which of them went.
    """
    shortest = min(len(old), len(new))
    head = _prefix(old, new)
    capped = min(head, at)
    tail = _suffix(old[capped:], new[capped:])
    if capped + tail == shortest:
        return capped, tail
    return head, _suffix(old[head:], new[head:])


def _prefix(one: str, other: str) -> int:
    low, high = 0, min(len(one), len(other))
    while low < high:  # slices compare faster than letters
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _suffix(one: str, other: str) -> int:
    return _prefix(one[::-1], other[::-1])


def _ends_before(one: _Placed, head: int, old: str, new: str) -> bool:
    """Whether the word lies before the edit, and nothing was written to its end."""
    return one.end <= head and all(
        not text[one.end : one.end + 1].strip() for text in (old, new)
    )


def _starts_after(one: _Placed, tail: int, old: str, new: str) -> bool:
    """Whether the word lies after the edit, and nothing was written to its beginning."""
    from_end = len(old) - one.start
    return from_end <= tail and all(
        not text[: len(text) - from_end][-1:].strip() for text in (old, new)
    )


def _time(
    segments: Sequence[Segment], placed: Sequence[_Placed], first: int, last: int
) -> tuple[float, float]:
    """Return the time of words [first, last), or of the pause between their neighbours."""
    if first < last:
        return placed[first].words[0].start, placed[last - 1].words[-1].end
    start = placed[first - 1].words[-1].end if first else segments[0].start
    end = placed[last].words[0].start if last < len(placed) else segments[-1].end
    return min(start, end), end


def _fresh(
    text: str, left: int, right: int, gone: Sequence[_Placed], time: tuple[float, float]
) -> list[_Placed]:
    """Return the words between two letters of the text in the place of those that are gone."""
    places: list[tuple[int, int]] = []
    at = left
    for token in text[left:right].split():
        at = text.index(token, at)
        places.append((at, at + len(token)))
        at += len(token)
    paired = len(gone) == len(places)
    shares = [end - start + 1 for start, end in places]
    begin, whole = time[0], (time[1] - time[0]) / max(sum(shares), 1)
    fresh = []
    for number, (start, end) in enumerate(places):
        stop = min(begin + whole * shares[number], time[1])  # sums of floats go astray
        like = gone[number] if paired else None
        word = mended(text[start:end], begin, stop, like.words if like else ())
        # Of what was written between two paragraphs, the first has it.
        segment = like.segment if like else -1
        fresh.append(_Placed(start, end, (word,), segment))
        begin = stop
    return fresh


def spread(
    texts: Sequence[str], start: float, end: float, like: Sequence[Word] = ()
) -> list[Word]:
    """Return words that share a time by their letters; one alone stands for those `like` it."""
    if len(texts) == 1:
        return [mended(texts[0], start, end, like)]
    letters = sum(len(text) + 1 for text in texts)
    words = []
    for text in texts:
        stop = min(start + (end - start) * (len(text) + 1) / letters, end)
        words.append(mended(text, start, stop))
        letters -= len(text) + 1
        start = stop
    return words


def mended(shown: str, start: float, end: float, like: Sequence[Word] = ()) -> Word:
    """Return a word that a person wrote, at a time, or at the time of the words it is for."""
    if not like:
        return Word(shown, start, end)
    return Word(shown, like[0].start, like[-1].end, 1.0, like[0].alternatives)


def _paragraphs(
    segments: Sequence[Segment], texts: Sequence[str], placed: Sequence[_Placed]
) -> tuple[Segment, ...]:
    """Return a segment for each text, made of the words that stand in it."""
    result: list[Segment] = []
    offset, next_word, of = 0, 0, 0
    for text in texts:
        end = offset + len(text)
        words: list[Word] = []
        origin = -1
        while next_word < len(placed) and placed[next_word].start < end:
            one = placed[next_word]
            if origin < 0 <= one.segment:
                origin = one.segment
            words += one.words
            next_word += 1
        of = origin if origin >= 0 else of
        like = segments[of]
        before = result[-1].end if result else segments[0].start
        result.append(_segment(like, tuple(words), before))
        offset = end + 1
    return tuple(result)


def _segment(like: Segment, words: tuple[Word, ...], before: float) -> Segment:
    if words == like.words:
        return like
    if not words:
        return Segment((), before, before, like.speaker)
    is_head, is_tail = words[0] in like.words[:1], words[-1] in like.words[-1:]
    start = like.start if is_head else words[0].start
    end = like.end if is_tail else words[-1].end
    return Segment(words, start, end, like.speaker)
