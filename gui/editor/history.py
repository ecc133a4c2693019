"""One undo stack over words and structure: what became what, and where the caret was."""

from __future__ import annotations

from dataclasses import dataclass, replace

from asr.transcript import Segment, Speaker


@dataclass(frozen=True, slots=True)
class Change:
    """The segments from `first` on were `before`, and are `after`; speakers alike."""

    first: int
    before: tuple[Segment, ...]
    after: tuple[Segment, ...]
    speakers_before: tuple[Speaker, ...] = ()
    speakers_after: tuple[Speaker, ...] = ()
    caret_before: int = 0
    caret_after: int = 0

    def reversed(self) -> Change:
        """Return what undoes it."""
        return replace(
            self,
            before=self.after,
            after=self.before,
            speakers_before=self.speakers_after,
            speakers_after=self.speakers_before,
            caret_before=self.caret_after,
            caret_after=self.caret_before,
        )


class UndoStack:
    """The changes that can be undone, and those that can be done again.

    Letters typed one after the other in one word are one change.
    """

    def __init__(self) -> None:
        self._done: list[tuple[Change, ...]] = []
        self._undone: list[tuple[Change, ...]] = []
        self._is_open = False  # whether the last change may grow

    @property
    def can_undo(self) -> bool:
        """Whether something was done."""
        return bool(self._done)

    @property
    def can_redo(self) -> bool:
        """Whether something was undone since the last change."""
        return bool(self._undone)

    def clear(self) -> None:
        """Forget everything."""
        self._done.clear()
        self._undone.clear()
        self._is_open = False

    def add(self, *changes: Change, grows: bool = False) -> bool:
        """Take changes that were done as one; return whether they go on with the last.

        Args:
            changes: What was done.
            grows: Whether it is typing, which may go on.
        """
        self._undone.clear()
        goes_on = grows and self._is_open and _follows(changes[0], self._done[-1][-1])
        if goes_on:
            self._done[-1] = (_joined(self._done[-1][-1], changes[0]),)
        else:
            self._done.append(changes)
        self._is_open = grows
        return goes_on

    def close(self) -> None:
        """Let the next change be one of its own."""
        self._is_open = False

    def undo(self) -> tuple[Change, ...]:
        """Return what undoes the last change, in order; nothing where there is none."""
        if not self._done:
            return ()
        self._is_open = False
        changes = self._done.pop()
        self._undone.append(changes)
        return tuple(change.reversed() for change in reversed(changes))

    def redo(self) -> tuple[Change, ...]:
        """Return what does again the change that was undone last."""
        if not self._undone:
            return ()
        self._is_open = False
        changes = self._undone.pop()
        self._done.append(changes)
        return changes


def _follows(change: Change, before: Change) -> bool:
    """Whether a change goes on where another left off, in one paragraph."""
    is_one = all(
        len(part) == 1 for part in (change.before, change.after, before.before, before.after)
    )
    return (
        is_one
        and change.first == before.first
        and change.caret_before == before.caret_after
        and change.before == before.after
    )


def _joined(before: Change, change: Change) -> Change:
    return replace(before, after=change.after, caret_after=change.caret_after)
