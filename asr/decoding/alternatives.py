"""What the words could have been instead: local changes of the best text, and their odds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher

import numpy as np

from asr.decoding.history import START, History
from asr.decoding.nbest import Entries, TextPath

Read = Callable[[int], tuple[str, ...]]  # entry → its words; a spelled one may be none or many


@dataclass(slots=True)
class Slot:
    """A word of the best text; `word` is its id, `rivals` are texts and their nats."""

    text: str
    word: int
    entry: int
    rivals: dict[str, float] = field(default_factory=dict)  # "": the word was not said

    @property
    def odds(self) -> float:
        """Log odds of the word against all its rivals; inf without any."""
        if not self.rivals:
            return float(np.inf)
        return -float(np.logaddexp.reduce(list(self.rivals.values())))


@dataclass(frozen=True, slots=True)
class Change:
    """Slots start to stop could read as `slots` do, `behind` (≤ 0) nats behind the best.

    Above 0: the letters prefer it.
    """

    start: int
    stop: int
    slots: tuple[Slot, ...]
    behind: float


def slots_of(entries: Sequence[int], history: History, read: Read) -> list[Slot]:
    """Return the words of entries, a slot each."""
    return [
        Slot(text, history.words[entry], entry) for entry in entries for text in read(entry)
    ]


def changes(
    best: Sequence[Slot], paths: Sequence[TextPath], history: History, read: Read
) -> list[Change]:
    """Return how else the text could read, the nearest first, one change for each reading.

    A text that differs in two places says nothing that those do not say which differ in one.

    Args:
        best: Slots of the best text.
        paths: Whole texts, the best first.
        history: With the rivals that the search noted; how far they were behind is what the
            search thought, and counts for readings that no path has.
        read: Spells an entry.
    """
    winner = paths[0]
    readings = [(path.entries, path.score - winner.score) for path in paths[1:]]
    readings += sorted(_noted(winner.entries, history), key=lambda reading: -reading[1])
    found: dict[tuple[int, int, tuple[str, ...]], Change] = {}
    for entries, behind in readings:
        change = _change(best, slots_of(entries, history, read), behind)
        texts = tuple(slot.text for slot in change.slots)
        if _is_local(best[change.start : change.stop], texts):
            found.setdefault((change.start, change.stop, texts), change)
    return sorted(found.values(), key=lambda change: -change.behind)


def _noted(entries: Entries, history: History) -> Iterator[tuple[Entries, float]]:
    """Yield the text with each rival in its place that was noted beside one of its words."""
    places = {START: 0} | {entry: place for place, entry in enumerate(entries, 1)}
    for place, entry in enumerate(entries, 1):
        for loser, behind in history.rivals.get(entry, {}).items():
            base = history.common((entry, loser))
            if base in places:  # else the text took another rival before
                changed = history.chain(loser, base)
                yield (*entries[: places[base]], *changed, *entries[place:]), behind


def _change(best: Sequence[Slot], slots: Sequence[Slot], behind: float) -> Change:
    """Narrow two texts down to where they differ."""
    start, stop, end = 0, len(best), len(slots)
    while start < min(stop, end) and best[start].text == slots[start].text:
        start += 1
    while start < min(stop, end) and best[stop - 1].text == slots[end - 1].text:
        stop, end = stop - 1, end - 1
    return Change(start, stop, tuple(slots[start:end]), behind)


def _is_local(slots: Sequence[Slot], texts: Sequence[str]) -> bool:
    """Tell whether texts differ from those of `slots`, and in one place only."""
    matcher = SequenceMatcher(None, [slot.text for slot in slots], texts, autojunk=False)
    return sum(tag != "equal" for tag, *_ in matcher.get_opcodes()) == 1


def rewritten(best: Sequence[Slot], accepted: Sequence[Change]) -> list[Slot]:
    """Return the slots with changes made that do not overlap."""
    slots = list(best)
    for change in sorted(accepted, key=lambda change: -change.start):
        old = slots[change.start : change.stop]
        new = [Slot(slot.text, slot.word, slot.entry) for slot in change.slots]
        note(new, [slot.text for slot in old], -change.behind)
        slots[change.start : change.stop] = new
    return slots


def note(slots: Sequence[Slot], texts: Sequence[str], nats: float) -> None:
    """Write a rival reading of the slots beside the words that it changes."""
    matcher = SequenceMatcher(None, [slot.text for slot in slots], texts, autojunk=False)
    for tag, start, stop, first, last in matcher.get_opcodes():
        if tag == "equal":
            continue
        for place in range(start, stop):
            rival = texts[first + place - start] if first + place - start < last else ""
            slot = slots[place]
            slot.rivals[rival] = float(np.logaddexp(nats, slot.rivals.get(rival, -np.inf)))
