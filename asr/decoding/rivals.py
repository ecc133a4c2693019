"""What the words could have been instead: local changes of the best text, and their odds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Final

import numpy as np

from asr.decoding.history import START, History

Read = Callable[[int], tuple[str, ...]]  # entry → its words; a spelled one may be none or many

MOST_FINALS: Final = 8  # complete hypotheses that are compared with the best


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
    best: Sequence[Slot],
    history: History,
    finals: Sequence[tuple[int, float]],
    read: Read,
) -> list[Change]:
    """Return how else the text could read, the nearest first, one change for each reading.

    Args:
        best: Slots of the best text.
        history: With the rivals that the search noted.
        finals: Complete hypotheses and their scores, the best first.
        read: Spells an entry.
    """
    winner, top = finals[0]
    pairs = [(winner, entry, score - top) for entry, score in finals[1:MOST_FINALS]]
    pairs += [
        (entry, loser, behind)
        for entry in history.chain(winner)
        for loser, behind in history.rivals.get(entry, {}).items()
    ]
    found: dict[tuple[int, int, tuple[str, ...]], Change] = {}
    for entry, loser, behind in pairs:
        change = _change(best, history, (entry, loser), behind, read)
        key = (change.start, change.stop, tuple(slot.text for slot in change.slots))
        if key[2] != tuple(slot.text for slot in best[change.start : change.stop]) and (
            key not in found or found[key].behind < behind
        ):
            found[key] = change
    return sorted(found.values(), key=lambda change: -change.behind)


def _change(
    best: Sequence[Slot], history: History, pair: tuple[int, int], behind: float, read: Read
) -> Change:
    """Narrow two histories down to where they differ."""
    entry, loser = pair
    shared = history.common(pair)
    replaced = set(history.chain(entry, shared))
    places = [place for place, slot in enumerate(best) if slot.entry in replaced]
    before = set(history.chain(shared)) if shared != START else set()
    start = places[0] if places else sum(slot.entry in before for slot in best)
    stop = places[-1] + 1 if places else start
    slots = slots_of(history.chain(loser, shared), history, read)
    while start < stop and slots and best[start].text == slots[0].text:
        start, slots = start + 1, slots[1:]
    while start < stop and slots and best[stop - 1].text == slots[-1].text:
        stop, slots = stop - 1, slots[:-1]
    return Change(start, stop, tuple(slots), behind)


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
