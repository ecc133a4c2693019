"""Sessions of a scripted source: what is said in them, how they pass, how they die."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from asr.live.events import Event, FinalResult
from asr.live.recording import Recording
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
    """Let a session die: on disk is what was there at that instant, and nobody holds it."""
    assert session.folder is not None
    with _kept(session.folder):
        session.put_aside()


def bury(recording: Recording) -> None:
    """Let a recording die, as `kill` does a session."""
    with _kept(recording.folder):
        recording.put_aside()


@contextmanager
def _kept(folder: Path) -> Iterator[None]:
    """Let be undone what is done to a folder; other files take the place of those in it."""
    before = shutil.copytree(folder, folder.parent / "before.kept")
    yield
    shutil.rmtree(folder)
    before.rename(folder)
