"""What a transcript reads like after edits: a reversible layer over the recognition.

Segments have keys that stay with them whatever else is edited. An edit is a JSON object
that names a segment by its key and words by their place in it, as it reads at that time:

    {"op": "replace", "segment", "first", "end", "old", "words"}   words [first, end)
    {"op": "split",   "segment", "at", "new"}      words from `at` on get the key `new`
    {"op": "merge",   "segment", "other"}          the words of the other come behind
    {"op": "revert",  "segment", "first", "end"}   to what was recognised there
    {"op": "assign",  "segment", "speaker"}
    {"op": "name",    "speaker", "name"}
    {"op": "join",    "speaker", "into"}           one person under two ids
    {"op": "times",   "segment", "words", "times"} found by alignment

The recognised segments are never altered: an edited stretch is a patch that remembers them.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeAlias

from asr.library.parts import EditedSegment, divided, in_order, inside, room, timed
from asr.transcript import Segment, Speaker, Transcript

Edit: TypeAlias = Mapping[str, Any]
# Seconds, those of the recognised segment it comes of, which one that is, and which piece.
_Place: TypeAlias = tuple[float, float, int, float]


class UnusableEdit(ValueError):  # noqa: N818 - it names what it holds
    """An edit names what is not there."""


@dataclass(slots=True)
class Delta:
    """What an edit changed, so that it can be taken back."""

    parts: dict[str, EditedSegment | None] = field(
        default_factory=dict
    )  # before; None: not there
    names: dict[str, str] | None = None
    joined: dict[str, str] | None = None


class Projection:
    """A transcript with edits over it. `do` an edit, `take_back` what it changed."""

    def __init__(self, recognised: Transcript) -> None:
        self.recognised = recognised
        self._parts: dict[str, EditedSegment] = {}
        self._order: list[tuple[_Place, str]] = []
        self._places: dict[str, _Place] = {}
        self._n_recognised = 0
        self._names: dict[str, str] = {}
        self._joined: dict[str, str] = {}
        self._keys: tuple[str, ...] | None = None
        self._transcript: Transcript | None = None
        start = 0.0
        for segment in recognised.segments:
            start = max(start, segment.start)
            self._add(segment, start)

    def extend(self, segments: Iterable[Segment]) -> tuple[str, ...]:
        """Take in what was recognised since; its place is by its start. Returns its keys."""
        fresh = tuple(segments)
        keys = tuple(self._add(segment, segment.start) for segment in fresh)
        every = sorted((*self.recognised.segments, *fresh), key=lambda segment: segment.start)
        seconds = max([self.recognised.seconds, *(segment.end for segment in fresh)])
        self.recognised = replace(self.recognised, segments=tuple(every), seconds=seconds)
        self._changed()
        return keys

    @property
    def keys(self) -> tuple[str, ...]:
        """The key of each segment of `transcript`."""
        if self._keys is None:
            visible = (key for _, key in self._order if not self._parts[key].is_hidden)
            self._keys = tuple(visible)
        return self._keys

    @property
    def transcript(self) -> Transcript:
        """What every view, copy, search and export reads."""
        if self._transcript is None:
            segments = tuple(self._said(self._parts[key].segment) for key in self.keys)
            self._transcript = replace(
                self.recognised, segments=segments, speakers=self._speakers(segments)
            )
        return self._transcript

    def part(self, key: str) -> EditedSegment:
        """Return a segment with its patches. Raises UnusableEdit."""
        try:
            return self._parts[key]
        except KeyError:
            raise UnusableEdit(f"there is no segment «{key}»") from None

    def knows(self, key: str) -> bool:
        """Whether a segment has that key, or had it."""
        return key in self._places

    def do(self, edit: Edit) -> Delta:
        """Make an edit. Raises UnusableEdit, and changes nothing then."""
        delta = Delta()
        try:
            _EDITS[edit["op"]](self, edit, delta)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            self.take_back(delta)
            raise UnusableEdit(f"{edit} cannot be made: {error!r}") from error
        self._changed()
        return delta

    def take_back(self, delta: Delta) -> None:
        """Undo an edit; the last one first."""
        for key, part in delta.parts.items():
            if part is None:
                del self._parts[key]
                self._order.remove((self._places.pop(key), key))
            else:
                self._parts[key] = part
        if delta.names is not None:
            self._names = delta.names
        if delta.joined is not None:
            self._joined = delta.joined
        self._changed()

    def _add(self, segment: Segment, start: float) -> str:
        base = key = f"{segment.speaker}@{round(segment.start * 1000)}"
        number = 1
        while key in self._parts:
            number += 1
            key = f"{base}#{number}"
        self._n_recognised += 1
        self._insert(key, EditedSegment(segment), (start, start, self._n_recognised, 0.0))
        return key

    def _insert(self, key: str, part: EditedSegment, place: _Place) -> None:
        self._places[key] = place
        self._parts[key] = part
        insort(self._order, (place, key))

    def _behind(self, key: str, start: float) -> _Place:
        """Return a place for what was divided from a segment."""
        at, root, rank, step = self._places[key]
        steps = [place[3] for place, _ in self._order if place[2] == rank and place[3] > step]
        return max(at, start), root, rank, (step + min(steps, default=step + 1)) / 2

    def _changed(self) -> None:
        self._keys = self._transcript = None

    def _set(self, key: str, part: EditedSegment, delta: Delta) -> None:
        delta.parts.setdefault(key, self._parts[key])
        self._parts[key] = part

    def _said(self, segment: Segment) -> Segment:
        speaker = self._person(segment.speaker)
        return segment if speaker == segment.speaker else replace(segment, speaker=speaker)

    def _person(self, speaker: str) -> str:
        while speaker in self._joined:
            speaker = self._joined[speaker]
        return speaker

    def _speakers(self, segments: Sequence[Segment]) -> tuple[Speaker, ...]:
        people = {speaker.id: speaker.name for speaker in self.recognised.speakers}
        heard = {segment.speaker for segment in self.recognised.segments}
        told = {segment.speaker for segment in segments} - heard | self._names.keys()
        people |= {person: "" for person in sorted(told) if person and person not in people}
        return tuple(
            Speaker(person, self._names.get(person, name))
            for person, name in people.items()
            if person not in self._joined
        )

    def _replace(self, edit: Edit, delta: Delta) -> None:
        key, first, end = edit["segment"], edit["first"], edit["end"]
        part = self._visible(key)
        old, texts = part.segment.words, [str(text) for text in edit["words"]]
        _check_range(first, end, len(old))
        if [word.shown for word in old[first:end]] != edit["old"]:
            raise ValueError("other words are there")
        same = _common(edit["old"], texts)
        rest = _common(edit["old"][same:][::-1], texts[same:][::-1])
        first, end = first + same, end - rest
        texts = texts[same : len(texts) - rest]
        if first == end and not texts:
            return
        words = timed(texts, part.segment, first, end)
        self._set(key, part.patched(first, end, words), delta)

    def _split(self, edit: Edit, delta: Delta) -> None:
        key, at, new = edit["segment"], edit["at"], edit["new"]
        part = self._visible(key)
        segment = part.segment
        if not 0 < at < len(segment.words) or self.knows(new):
            raise ValueError("there is nothing to divide")
        left, right = segment.words[:at], segment.words[at:]
        middle = min(max(segment.start, left[-1].end), segment.end)
        begins = min(max(middle, right[0].start), segment.end)
        before, after = divided(part.patches, at, right[0].start)
        first = replace(segment, words=left, end=middle)
        second = replace(segment, words=right, start=begins, begins=True)
        self._set(key, EditedSegment(first, before), delta)
        delta.parts[new] = None
        self._insert(new, EditedSegment(second, after), self._behind(key, begins))

    def _merge(self, edit: Edit, delta: Delta) -> None:
        key, other = edit["segment"], edit["other"]
        part, added = self._visible(key), self._visible(other)
        if key == other:
            raise ValueError("nothing to merge")
        one, two = part.segment, added.segment
        n_words = len(one.words)
        patches = tuple(patch.moved(n_words) for patch in added.patches)
        whole = replace(
            one,
            words=one.words + two.words,
            start=min(one.start, two.start),
            end=max(one.end, two.end),
        )
        merged = EditedSegment(whole, part.patches + patches)
        self._set(key, in_order(merged, n_words), delta)
        self._set(other, replace(added, is_hidden=True), delta)

    def _revert(self, edit: Edit, delta: Delta) -> None:
        part = self._visible(edit["segment"])
        first, end = edit["first"], edit["end"]
        _check_range(first, end, len(part.segment.words))
        self._set(edit["segment"], inside(in_order(part.reverted(first, end), 0)), delta)

    def _assign(self, edit: Edit, delta: Delta) -> None:
        part = self._visible(edit["segment"])
        segment = replace(part.segment, speaker=str(edit["speaker"]))
        self._set(edit["segment"], replace(part, segment=segment), delta)

    def _name(self, edit: Edit, delta: Delta) -> None:
        if not edit["speaker"]:
            raise ValueError("nobody has no name")
        delta.names = self._names
        self._names = self._names | {edit["speaker"]: str(edit["name"])}

    def _join(self, edit: Edit, delta: Delta) -> None:
        speaker, into = edit["speaker"], edit["into"]
        if self._person(into) == speaker or speaker in self._joined:
            raise ValueError("they are one already")
        delta.joined = self._joined
        self._joined = self._joined | {speaker: into}

    def _times(self, edit: Edit, delta: Delta) -> None:
        part = self._visible(edit["segment"])
        words = part.segment.words
        if [word.shown for word in words] != edit["words"]:
            raise ValueError("other words are there")
        times = [(float(start), float(end)) for start, end in edit["times"]]
        flat = [second for pair in times for second in pair]
        inside = all(part.segment.start <= second <= part.segment.end for second in flat)
        if len(times) != len(words) or flat != sorted(flat) or not inside:
            raise ValueError("the times are not in order, or outside of the segment")
        # Only what was edited: recognised words keep the times that they were heard at.
        kept = list(words)
        for patch in part.patches:
            low, high = room(part.segment, patch.first, patch.end)
            for n in range(patch.first, patch.end):
                start, end = (min(max(second, low), high) for second in times[n])
                kept[n] = replace(words[n], start=start, end=end)
        segment = replace(part.segment, words=tuple(kept))
        self._set(edit["segment"], replace(part, segment=segment), delta)

    def _visible(self, key: str) -> EditedSegment:
        part = self.part(key)
        if part.is_hidden:
            raise UnusableEdit(f"the segment «{key}» was merged into another")
        return part


_EDITS: Final[Mapping[str, Callable[[Projection, Edit, Delta], None]]] = {
    "replace": Projection._replace,
    "split": Projection._split,
    "merge": Projection._merge,
    "revert": Projection._revert,
    "assign": Projection._assign,
    "name": Projection._name,
    "join": Projection._join,
    "times": Projection._times,
}


def _check_range(first: int, end: int, n_words: int) -> None:
    if not 0 <= first <= end <= n_words:
        raise ValueError(f"words {first} to {end} of {n_words}")


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    """How many texts they begin with in common."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((n for n, (a, b) in pairs if a != b), min(len(one), len(other)))
