"""The sound of one session on disk, with its ledger; it survives the death of the program.

    <folder>/ledger.jsonl   the session, its voices, its gaps, and its end
             finals.jsonl   final segments, and up to which sample they are all
             sound-0.pcm    a track for each voice; sound-0.flac when the session is closed
             lock           held by the process that records

Three threads may use a recording: one appends sound and gaps, one reads sound and adds
segments, and any may look at lengths. No two write the same file.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Self

from asr.audio import SAMPLE_RATE, Samples
from asr.audio.ledger import JsonLines, read_lines
from asr.audio.lock import FileLock
from asr.audio.track import Track, compress
from asr.errors import RecordingError
from asr.transcript import Alternative, Gap, Segment, Transcript, Word

log = logging.getLogger(__name__)

LEDGER: Final = "ledger.jsonl"
FINALS: Final = "finals.jsonl"
LOCK: Final = "lock"
VERSION: Final = 1
SYNC_SAMPLES: Final = 2 * SAMPLE_RATE  # of sound that a power cut may cost


@dataclass(frozen=True, slots=True)
class Hole:
    """Samples of one voice that were never recorded."""

    voice: str
    start: int
    n_samples: int
    cause: str

    @property
    def end(self) -> int:
        """The first sample after it."""
        return self.start + self.n_samples

    def as_gap(self) -> Gap:
        """The same in seconds, for people."""
        return Gap(self.start / SAMPLE_RATE, self.n_samples / SAMPLE_RATE, self.cause)


class Recording:
    """Where a session's sound and text go first. `create` a new one, or `reopen` one."""

    def __init__(self, folder: Path, voices: tuple[str, ...], lock: FileLock) -> None:
        self.folder = folder
        self.voices = voices
        self.holes: tuple[Hole, ...] = ()  # replaced, never changed: any thread may read it
        self._lock = lock
        self._tracks = {
            voice: Track(folder / f"sound-{n}.pcm") for n, voice in enumerate(voices)
        }
        self._ledger = JsonLines(folder / LEDGER)
        self._finals = JsonLines(folder / FINALS)
        self._unsynced = 0  # samples

    @classmethod
    def create(cls, folder: Path, voices: Sequence[str] = ("",)) -> Self:
        """Begin a recording in a folder that does not exist yet. Raises RecordingError."""
        try:
            folder.mkdir(parents=True)
            recording = cls(folder, tuple(voices), FileLock(folder / LOCK))
        except OSError as error:
            raise RecordingError(
                f"The recording could not be begun in «{folder}»: {error.strerror}."
            ) from error
        started = datetime.now().astimezone().isoformat(timespec="seconds")
        recording._ledger.append(
            {"kind": "start", "version": VERSION, "voices": voices, "started": started},
            sync=True,
        )
        return recording

    @classmethod
    def reopen(cls, folder: Path) -> Self:
        """Continue a recording that was never closed. Raises RecordingError."""
        records = list(read_lines(folder / LEDGER))
        if not records or records[0].get("version") != VERSION:
            raise RecordingError(f"«{folder}» holds no recording that can be continued.")
        try:
            lock = FileLock(folder / LOCK)
            recording = cls(folder, tuple(records[0]["voices"]), lock)
        except OSError as error:
            raise RecordingError(f"«{folder}» is in use by another program.") from error
        recording.holes = _holes(records)
        for hole in recording.holes:
            missing = hole.end - recording.length(hole.voice)
            recording._tracks[hole.voice].extend(max(0, missing))
        return recording

    @property
    def is_saved(self) -> bool:
        """Whether the disk has taken everything so far."""
        saved = all(track.is_saved for track in self._tracks.values())
        return saved and self._ledger.is_complete and self._finals.is_complete

    def length(self, voice: str = "") -> int:
        """Samples of a voice, holes included."""
        return self._tracks[voice].length

    def append(self, samples: Samples, voice: str = "") -> Hole | None:
        """Add sound; never waits for a full disk, nor fails because of one.

        Returns:
            What had to be given up because the disk has been full for very long.
        """
        lost = self._tracks[voice].append(samples)
        self._unsynced += len(samples)
        if self._unsynced >= SYNC_SAMPLES:
            self._unsynced = 0
            for track in self._tracks.values():
                track.sync()
        return (
            self._note(Hole(voice, lost.start, len(lost), "the disk was full"))
            if lost
            else None
        )

    def add_gap(self, n_samples: int, cause: str, voice: str = "") -> Hole:
        """Let the clock of a voice run on without sound."""
        track = self._tracks[voice]
        hole = self._note(Hole(voice, track.length, n_samples, cause))
        track.extend(n_samples)
        return hole

    def read(self, start: int, stop: int, voice: str = "") -> Samples:
        """Return samples [start, stop), as far as recorded. Raises RecordingError."""
        return self._tracks[voice].read(start, stop)

    def add_finals(self, segments: Sequence[Segment], until: int, voice: str = "") -> None:
        """Store final text; all that was said before sample `until` is in it."""
        record = {"voice": voice, "until": until, "segments": [asdict(s) for s in segments]}
        self._finals.append(record, sync=bool(segments))

    def final_until(self, voice: str = "") -> int:
        """Sample of a voice up to which its text is stored."""
        return max((u for v, u, _ in _read_finals(self.folder) if v == voice), default=0)

    def close(self) -> list[Path]:
        """End the session: sound becomes FLAC, one file a voice.

        Raises:
            RecordingError: The disk is full; the recording stays as it is, to be reopened.
        """
        try:
            whole = self._close_tracks()
            self._finals.close()
            if not whole:
                raise RecordingError(
                    "The disk is full: the end of the sound could not be kept."
                )
            raw = [self.folder / f"sound-{n}.pcm" for n in range(len(self.voices))]
            sounds = [compress(path) for path in raw]
            length = max(track.length for track in self._tracks.values())
            self._ledger.append({"kind": "end", "n_samples": length}, sync=True)
            self._ledger.close()
        finally:
            self._lock.release()
        # Last, for until the ledger says "end" the raw sound is what a recovery reads.
        for path in (*raw, self.folder / LOCK):
            path.unlink(missing_ok=True)
        return sounds

    def _close_tracks(self) -> bool:
        for track in self._tracks.values():
            track.close()
        return all(track.is_saved for track in self._tracks.values())

    def _note(self, hole: Hole) -> Hole:
        self.holes += (hole,)
        self._ledger.append({"kind": "gap", **asdict(hole)})
        return hole


def read_transcript(folder: Path) -> Transcript:
    """Return what was stored of a session, closed or not. Raises RecordingError."""
    records = list(read_lines(folder / LEDGER))
    segments = [segment for _, _, batch in _read_finals(folder) for segment in batch]
    holes = _holes(records)
    lengths = [path.stat().st_size // 2 for path in folder.glob("sound-*.pcm")]
    ends = [*(hole.end for hole in holes), *lengths]
    ends += [round(segment.end * SAMPLE_RATE) for segment in segments]
    ends += [record["n_samples"] for record in records if record["kind"] == "end"]
    return Transcript(
        segments=tuple(sorted(segments, key=lambda segment: segment.start)),
        seconds=max(ends, default=0) / SAMPLE_RATE,
        source=folder.name,
        gaps=tuple(hole.as_gap() for hole in holes),
    )


def unfinished(folder: Path) -> list[Path]:
    """Return the recordings in a folder that nobody closed and nobody holds."""
    candidates = sorted(path.parent for path in folder.glob(f"*/{LEDGER}"))
    return [path for path in candidates if not _has_ended(path) and not _is_held(path)]


def _has_ended(folder: Path) -> bool:
    try:
        return any(record["kind"] == "end" for record in read_lines(folder / LEDGER))
    except RecordingError as error:
        log.warning("%s", error)
        return True


def _is_held(folder: Path) -> bool:
    try:
        FileLock(folder / LOCK).release()
    except OSError:
        return True
    return False


def _holes(records: list[dict[str, Any]]) -> tuple[Hole, ...]:
    return tuple(
        Hole(record["voice"], record["start"], record["n_samples"], record["cause"])
        for record in records
        if record["kind"] == "gap"
    )


def _read_finals(folder: Path) -> list[tuple[str, int, list[Segment]]]:
    return [
        (record["voice"], record["until"], [_segment(fields) for fields in record["segments"]])
        for record in read_lines(folder / FINALS)
    ]


def _segment(fields: dict[str, Any]) -> Segment:
    words = tuple(
        Word(
            word["text"],
            word["start"],
            word["end"],
            word["confidence"],
            tuple(Alternative(**alternative) for alternative in word["alternatives"]),
        )
        for word in fields["words"]
    )
    return Segment(words, fields["start"], fields["end"], fields["voice"])
