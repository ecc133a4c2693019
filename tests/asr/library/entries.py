"""Sessions and files as they lie on disk."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from asr.audio import SAMPLE_RATE
from asr.library import Entry, Library
from asr.live.recording import Recording
from asr.transcript import Segment, Transcript, Word


def segment(text: str, start: float = 0.0, speaker: str = "") -> Segment:
    """Words of 0.4 s, each half a second after the last; «heard|shown» where these differ."""
    words = []
    for n, word in enumerate(text.split()):
        heard, bar, shown = word.partition("|")
        at = start + n / 2
        words.append(Word(heard, at, at + 0.4, 0.5, display=shown if bar else None))
    return Segment(tuple(words), start, start + max(1, len(words)) / 2, speaker)


def transcript(*texts: str, started: float | None = None) -> Transcript:
    return Transcript(
        segments=tuple(segment(text, 10.0 * n) for n, text in enumerate(texts)),
        seconds=10.0 * len(texts),
        started=None if started is None else datetime.fromtimestamp(started, UTC),
        source="talk.wav",
    )


def record(
    folder: Path, *texts: str, speakers: Sequence[str] = ("",), ends: bool = True
) -> Path:
    """Write a session with a second of sound."""
    recording = Recording.create(folder, speakers)
    for speaker in speakers:
        recording.append(np.zeros(SAMPLE_RATE, np.float32), speaker)
    for n, text in enumerate(texts):
        speaker = speakers[n % len(speakers)]
        recording.add_finals([segment(text, 10.0 * n, speaker)], SAMPLE_RATE, speaker)
    recording.close() if ends else recording.put_aside()
    return folder


def add(library: Library, *texts: str, started: float | None = None) -> Entry:
    """Keep the transcript of a file."""
    sound = library.folder / "talk.wav"
    sound.write_bytes(b"sound")
    return library.add_file(transcript(*texts, started=started), sound)


def refresh(library: Library) -> None:
    for _ in library.refresh():
        pass
