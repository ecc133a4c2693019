"""Sessions of a scripted source: what is said in them, how they pass, how they die."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from asr.live.events import Event, FinalResult
from asr.live.session import Hearing, Session
from tests.asr.scripted import FakeClock, Script
from tests.asr.tones import decoder, spell, tone_network

SPEECH = np.concatenate([spell("one two three"), spell("four"), spell("five six", pause="_")])
SAID = ["one two three", "four", "five six"]
HEARING = Hearing(network=tone_network, decoder=decoder())


def play(
    session: Session,
    clock: FakeClock,
    seconds: float,
    ticks: Callable[[], float] = lambda: 0.04,
) -> list[Event]:
    """Let time pass, and poll at each tick."""
    events: list[Event] = []
    end = clock.now + seconds
    while clock.now < end:
        clock.now += ticks()
        events += session.poll()
    return events


def finals(events: list[Event], speaker: str = "") -> list[str]:
    said = [event.segment for event in events if isinstance(event, FinalResult)]
    return [segment.text for segment in said if segment.speaker == speaker]


def session_with(
    sources: dict[str, Script], folder: Path, hearing: Hearing = HEARING
) -> Session:
    return Session(hearing, sources, folder, threaded=False)


def kill(session: Session) -> None:
    """Leave a session as a dead process would: nothing finished, files and lock let go."""
    recording = session._recording
    assert recording is not None
    recording._lock.release()
    for track in recording._tracks.values():
        track._file.close()
        track._reader.close()
    for lines in (recording._ledger, recording._finals):
        lines._file.close()
    session._awake.close()
