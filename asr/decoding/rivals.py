"""What the words could have been instead: local changes of the best text, and their odds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher

import numpy as np

from asr.decoding.history import History
from asr.decoding.paths import Entries, Path

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
    """Slots start to stop could read as `slots` do, which is `behind` nats worse."""

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
    best: Sequence[Slot], paths: Sequence[Path], history: History, read: Read
) -> list[Change]:
    """Return how else the text could read, the nearest first, one change for each reading.

    A text that differs in two places says nothing that those do not say which differ in one.

    Args:
        best: Slots of the best text.
        paths: Whole texts, the best first.
        history: With the rivals that the search noted.
        read: Spells an entry.
    """
    winner = paths[0]
    pairs = [(winner.entries, path.entries, path.score - winner.score) for path in paths[1:]]
    pairs += [
        (winner.entries[: place + 1], tuple(history.chain(loser)), behind)
        for place, entry in enumerate(winner.entries)
        for loser, behind in history.rivals.get(entry, {}).items()
    ]
    found: dict[tuple[int, int, tuple[str, ...]], Change] = {}
    for ours, theirs, behind in pairs:
        change = _change(best, ours, slots_of(theirs, history, read), behind)
        texts = tuple(slot.text for slot in change.slots)
        key = (change.start, change.stop, texts)
        if _is_local(best[change.start : change.stop], texts):
            found.setdefault(key, change)  # a path knows more than what the search noted
    return sorted(found.values(), key=lambda change: -change.behind)


def _change(
    best: Sequence[Slot], ours: Entries, theirs: Sequence[Slot], behind: float
) -> Change:
    """Narrow a reading of the text as far as `ours`, the entries replaced, to what differs."""
    replaced = set(ours)
    start, stop = 0, sum(slot.entry in replaced for slot in best)
    slots = tuple(theirs)
    while start < stop and slots and best[start].text == slots[0].text:
        start, slots = start + 1, slots[1:]
    while start < stop and slots and best[stop - 1].text == slots[-1].text:
        stop, slots = stop - 1, slots[:-1]
    return Change(start, stop, slots, behind)


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
