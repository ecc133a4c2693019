"""What the words could have been instead: local changes of the best text, and their odds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher

import numpy as np

from asr.decoding.history import START, History
from asr.decoding.nbest import Entries, LatticePath

Read = Callable[[int], tuple[str, ...]]  # entry → its words; a spelled one may be none or many


@dataclass(slots=True)
class WordSlot:
    """A word of the best text; `word` is its id, `alternatives` are texts and their nats."""

    text: str
    word: int
    entry: int
    alternatives: dict[str, float] = field(default_factory=dict)  # "": the word was not said

    @property
    def odds(self) -> float:
        """Log odds of the word against all its alternatives; inf without any."""
        if not self.alternatives:
            return float(np.inf)
        return -float(np.logaddexp.reduce(list(self.alternatives.values())))


@dataclass(frozen=True, slots=True)
class Substitution:
    """Slots start to stop could read as `slots` do, `behind` (≤ 0) nats behind the best."""

    start: int
    stop: int
    slots: tuple[WordSlot, ...]
    behind: float


def word_slots(entries: Sequence[int], history: History, read: Read) -> list[WordSlot]:
    """Return the words of entries, a slot each."""
    return [
        WordSlot(text, history.words[entry], entry) for entry in entries for text in read(entry)
    ]


def substitutions(
    best: Sequence[WordSlot], paths: Sequence[LatticePath], history: History, read: Read
) -> list[Substitution]:
    """Return how else the text could read, the nearest first, one for each reading.

    A text that differs in two places says nothing that those do not say which differ in one.

    Args:
        best: Slots of the best text.
        paths: Whole texts, the best first.
        history: With the alternatives that the search noted; how far they were behind is
            what the search thought, and counts for readings that no path has.
        read: Spells an entry.
    """
    winner = paths[0]
    readings = [(path.entries, path.score - winner.score) for path in paths[1:]]
    readings += sorted(_noted(winner.entries, history), key=lambda reading: -reading[1])
    found: dict[tuple[int, int, tuple[str, ...]], Substitution] = {}
    for entries, behind in readings:
        substitution = _change(best, word_slots(entries, history, read), behind)
        texts = tuple(slot.text for slot in substitution.slots)
        if _is_local(best[substitution.start : substitution.stop], texts):
            found.setdefault((substitution.start, substitution.stop, texts), substitution)
    return sorted(found.values(), key=lambda substitution: -substitution.behind)


def _noted(entries: Entries, history: History) -> Iterator[tuple[Entries, float]]:
    """Yield the text with each alternative in its place that was noted beside a word."""
    places = {START: 0} | {entry: place for place, entry in enumerate(entries, 1)}
    for place, entry in enumerate(entries, 1):
        for loser, behind in history.alternatives.get(entry, {}).items():
            base = history.common((entry, loser))
            if base in places:  # else the text took another alternative before
                changed = history.chain(loser, base)
                yield (*entries[: places[base]], *changed, *entries[place:]), behind


def _change(best: Sequence[WordSlot], slots: Sequence[WordSlot], behind: float) -> Substitution:
    """Narrow two texts down to where they differ."""
    start, stop, end = 0, len(best), len(slots)
    while start < min(stop, end) and best[start].text == slots[start].text:
        start += 1
    while start < min(stop, end) and best[stop - 1].text == slots[end - 1].text:
        stop, end = stop - 1, end - 1
    return Substitution(start, stop, tuple(slots[start:end]), behind)


def _is_local(slots: Sequence[WordSlot], texts: Sequence[str]) -> bool:
    """Tell whether texts differ from those of `slots`, and in one place only."""
    matcher = SequenceMatcher(None, [slot.text for slot in slots], texts, autojunk=False)
    return sum(tag != "equal" for tag, *_ in matcher.get_opcodes()) == 1


def note_alternative(slots: Sequence[WordSlot], texts: Sequence[str], nats: float) -> None:
    """Write an alternative reading of the slots beside the words that it changes."""
    matcher = SequenceMatcher(None, [slot.text for slot in slots], texts, autojunk=False)
    for tag, start, stop, first, last in matcher.get_opcodes():
        if tag == "equal":
            continue
        for place in range(start, stop):
            alternative = texts[first + place - start] if first + place - start < last else ""
            slot = slots[place]
            slot.alternatives[alternative] = float(
                np.logaddexp(nats, slot.alternatives.get(alternative, -np.inf))
            )
