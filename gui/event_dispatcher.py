"""Sorts what a session tells: each event to whoever shows it, once a tick."""

from __future__ import annotations

from math import log10
from typing import Final as Constant

from asr.live.events import Event, Ledger, Level, Notice
from PySide6.QtCore import QObject, Signal, Slot

QUIETEST: Constant = -54.0  # dB below full scale; a quiet room
CLIPPING: Constant = 0.985  # a peak from which on a device most likely distorts


class EventDispatcher(QObject):
    """Passes a tick's events on; many levels become one, and of ledgers the last counts.

    Signals:
        text_changed: An Event about the text, for the model.
        noticed: A Notice.
        level_measured: Loudness in 0..1 on a scale of decibels, and whether it clipped.
        ledger_written: A Ledger.
    """

    text_changed = Signal(object)
    noticed = Signal(object)
    level_measured = Signal(float, bool)
    ledger_written = Signal(object)

    @Slot(object)
    def on_happened(self, events: tuple[Event, ...]) -> None:
        """Sort the events of a tick."""
        levels: list[Level] = []
        ledgers: list[Ledger] = []
        for event in events:
            if isinstance(event, Level):
                levels.append(event)
            elif isinstance(event, Notice):
                self.noticed.emit(event)
            else:
                if isinstance(event, Ledger):
                    ledgers.append(event)
                self.text_changed.emit(event)
        if levels:
            loudest = max(level.rms for level in levels)
            peak = max(level.peak for level in levels)
            self.level_measured.emit(loudness(loudest), peak >= CLIPPING)
        for ledger in ledgers[-1:]:
            self.ledger_written.emit(ledger)


def loudness(rms: float) -> float:
    """Return where a root mean square stands between a quiet room (0) and full scale (1)."""
    if rms <= 0:
        return 0.0
    return min(1.0, max(0.0, 1 - 20 * log10(rms) / QUIETEST))
