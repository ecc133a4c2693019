"""What a recording has on disk, read back by whoever does not record.

Files, and what stands in them: asr.live.recording.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from asr.audio import SAMPLE_RATE
from asr.errors import RecordingError
from asr.live.ledger import read_records
from asr.live.lock import FileLock
from asr.transcript import Gap, Segment, Speaker, Transcript, segment_from_dict

log = logging.getLogger(__name__)

LEDGER: Final = "ledger.jsonl"
FINALS: Final = "finals.jsonl"
LOCK: Final = "lock"
VERSION: Final = 2  # of the ledger; 1 had no identity, and called a speaker a voice


@dataclass(frozen=True, slots=True)
class TrackGap:
    """Samples of one speaker that were never recorded."""

    speaker: str
    start: int
    n_samples: int
    cause: str  # a GapCause; in old ledgers, a text
    source: str = ""  # the name of the source, where the cause is about it

    @property
    def end(self) -> int:
        """The first sample after it."""
        return self.start + self.n_samples

    def as_gap(self) -> Gap:
        """The same in seconds, for people."""
        start, seconds = self.start / SAMPLE_RATE, self.n_samples / SAMPLE_RATE
        return Gap(start, seconds, self.cause, self.source)


def read_transcript(folder: Path) -> Transcript:
    """Return what was stored of a session, closed or not. Raises RecordingError."""
    with damage_told(folder):
        return _transcript(folder)


def _transcript(folder: Path) -> Transcript:
    records = list(read_records(folder / LEDGER))
    segments = [segment for _, _, batch in read_finals(folder) for segment in batch]
    gaps = gaps_of(records)
    lengths = [path.stat().st_size // 2 for path in folder.glob("sound-*.pcm")]
    ends = [*(gap.end for gap in gaps), *lengths]
    ends += [round(segment.end * SAMPLE_RATE) for segment in segments]
    ends += [record["n_samples"] for record in records if record["kind"] == "end"]
    start = records[0] if records else {}
    return Transcript(
        id=start.get("id", folder.name),  # of the first version: its folder is its name
        started=_instant(start.get("started")),
        segments=tuple(sorted(segments, key=lambda segment: segment.start)),
        seconds=max(ends, default=0) / SAMPLE_RATE,
        source=folder.name,
        speakers=tuple(Speaker(speaker) for speaker in speakers_of(start) if speaker)
        if start
        else (),
        gaps=tuple(gap.as_gap() for gap in gaps),
    )


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text).astimezone(UTC)


def unfinished(folder: Path) -> list[Path]:
    """Return the recordings in a folder that nobody closed and nobody holds."""
    candidates = sorted(path.parent for path in folder.glob(f"*/{LEDGER}"))
    return [path for path in candidates if not _has_ended(path) and not is_held(path)]


def _has_ended(folder: Path) -> bool:
    try:
        with damage_told(folder):
            return any(record["kind"] == "end" for record in read_records(folder / LEDGER))
    except RecordingError as error:
        log.warning("%s", error)
        return True


def is_held(folder: Path) -> bool:
    """Whether a program records into a folder."""
    if not (folder / LOCK).exists():
        return False
    try:
        FileLock(folder / LOCK).release()
    except OSError:
        return True
    return False


def gaps_of(records: list[dict[str, Any]]) -> tuple[TrackGap, ...]:
    """Return the gaps that a ledger tells of."""
    gaps: tuple[TrackGap, ...] = ()
    for record in records:
        if record["kind"] == "gap":
            gap = TrackGap(
                _speaker(record),
                record["start"],
                record["n_samples"],
                record["cause"],
                record.get("source", ""),
            )
            gaps = with_gap(gaps, gap)
    return gaps


def with_gap(gaps: tuple[TrackGap, ...], gap: TrackGap) -> tuple[TrackGap, ...]:
    """Add a gap to the last one, if it goes on from there, or else after it."""
    if gaps:
        last = gaps[-1]
        if (last.speaker, last.cause, last.end) == (gap.speaker, gap.cause, gap.start):
            return *gaps[:-1], replace(last, n_samples=last.n_samples + gap.n_samples)
    return *gaps, gap


@contextmanager
def damage_told(folder: Path) -> Iterator[None]:
    """Turn what comes of files that are not as we wrote them into RecordingError."""
    try:
        yield
    except (KeyError, TypeError, ValueError, AttributeError, OSError) as error:
        raise RecordingError(
            "«{folder}» is damaged: {why!r}.", folder=folder, why=error
        ) from error


def read_finals(folder: Path) -> list[tuple[str, int, list[Segment]]]:
    """Return final text as it was stored: speaker, sample up to which it is all, segments."""
    return [
        (_speaker(record), record["until"], [*map(segment_from_dict, record["segments"])])
        for record in read_records(folder / FINALS)
    ]


def speakers_of(start: dict[str, Any]) -> list[str]:
    """The speakers of a ledger's first record, by this version's name or the first one's."""
    return list(start["speakers"] if "speakers" in start else start["voices"])


def _speaker(record: dict[str, Any]) -> str:
    return str(record["speaker"] if "speaker" in record else record["voice"])
