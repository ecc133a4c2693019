"""The sound of one session on disk, with its ledger; it survives the death of the program.

    <folder>/ledger.jsonl   the session, its speakers, its gaps, and its end
             finals.jsonl   final segments, and up to which sample they are all
             sound-0.pcm    a track for each speaker; when the session is closed, sound-0.flac,
                            unless there was no time for it
             lock           held by the process that records

Three threads may use a recording: one appends sound and gaps, one reads sound and adds
segments, and any may look at lengths. Each file is written by one of them, but for lines
that a full disk refused: the first brings those too.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Self

from asr.audio import SAMPLE_RATE, Samples
from asr.audio.source import boottime
from asr.errors import RecordingError
from asr.live.ledger import JsonLines, read_records
from asr.live.lock import FileLock
from asr.live.recorded import (
    FINALS,
    LEDGER,
    LOCK,
    VERSION,
    TrackGap,
    damage_told,
    gaps_of,
    read_finals,
    speakers_of,
    with_gap,
)
from asr.live.track import Track, compress
from asr.sentences import GapCause
from asr.transcript import (
    Segment,
    new_id,
    segment_to_dict,
)

log = logging.getLogger(__name__)

SYNC_SAMPLES: Final = 2 * SAMPLE_RATE  # of sound that a power cut may cost
RETRY_S: Final = 1.0  # between attempts to write what a full disk refused
ROOM: Final = SAMPLE_RATE // 2  # samples that make room for text: 16 kB, a long utterance
MOST_ROOMS: Final = 8  # that text is given at once


class Recording:
    """Where a session's sound and text go first. `create` a new one, or `reopen` one."""

    def __init__(self, folder: Path, speakers: tuple[str, ...], lock: FileLock) -> None:
        self.folder = folder
        self.speakers = speakers
        self.gaps: tuple[TrackGap, ...] = ()  # replaced, never changed: any thread may read it
        self.lost: tuple[TrackGap, ...] = ()  # those that a full disk left at the end
        self._lock = lock
        self._tracks = {
            speaker: Track(folder / f"sound-{n}.pcm") for n, speaker in enumerate(speakers)
        }
        self._ledger = JsonLines(folder / LEDGER)
        self._finals = JsonLines(folder / FINALS)
        self._unsynced = 0  # samples
        self._retry_at = 0.0  # boottime
        self._writing = threading.Lock()  # around additions by the thread that appends
        self._is_closed = False  # and additions come too late

    @classmethod
    def create(cls, folder: Path, speakers: Sequence[str] = ("",)) -> Self:
        """Begin a recording in a folder that does not exist yet. Raises RecordingError."""
        try:
            folder.mkdir(parents=True)
            recording = cls(folder, tuple(speakers), FileLock(folder / LOCK))
        except OSError as error:
            raise RecordingError(
                "The recording could not be begun in «{folder}»: {why}.",
                folder=folder,
                why=error.strerror,
            ) from error
        recording._ledger.append(
            {
                "kind": "start",
                "version": VERSION,
                "id": new_id(),
                "speakers": speakers,
                "started": datetime.now(UTC).isoformat(timespec="seconds"),
            },
            sync=True,
        )
        return recording

    @classmethod
    def reopen(cls, folder: Path) -> Self:
        """Continue a recording that was never closed. Raises RecordingError."""
        with damage_told(folder):
            records = list(read_records(folder / LEDGER))
            if not records or records[0].get("version", VERSION + 1) > VERSION:
                raise RecordingError(
                    "«{folder}» holds no recording that can be continued.", folder=folder
                )
            speakers, gaps = tuple(speakers_of(records[0])), gaps_of(records)
        try:
            recording = cls(folder, speakers, FileLock(folder / LOCK))
        except OSError as error:
            raise RecordingError(
                "«{folder}» is in use by another program.", folder=folder
            ) from error
        recording.gaps = gaps
        for gap in recording.gaps:
            missing = gap.end - recording.length(gap.speaker)
            recording._tracks[gap.speaker].extend(max(0, missing))
        return recording

    @property
    def is_saved(self) -> bool:
        """Whether the disk has taken everything so far."""
        saved = all(track.is_saved for track in self._tracks.values())
        return saved and self._ledger.is_complete and self._finals.is_complete

    def length(self, speaker: str = "") -> int:
        """Samples of a speaker, gaps included."""
        return self._tracks[speaker].length

    def recorded(self, speaker: str = "") -> int:
        """Samples of a speaker that are on disk, without the gaps."""
        on_disk = self._tracks[speaker].on_disk
        gaps = [gap for gap in self.gaps if gap.speaker == speaker]
        return on_disk - sum(min(gap.end, on_disk) - min(gap.start, on_disk) for gap in gaps)

    def append(self, samples: Samples, speaker: str = "") -> TrackGap | None:
        """Add sound; never waits for a full disk, nor fails because of one.

        Sound that comes after `close` is dropped: a driver may have hung until then.

        Returns:
            What had to be given up because the disk has been full for very long.
        """
        with self._writing:
            if self._is_closed:
                return None
            lost = self._tracks[speaker].append(samples)
            self._unsynced += len(samples)
            if self._unsynced >= SYNC_SAMPLES:
                self._unsynced = 0
                for track in self._tracks.values():
                    track.sync()
            self._retry()
            return self._note_given_up(lost, speaker)

    def add_gap(
        self, n_samples: int, cause: str, speaker: str = "", source: str = ""
    ) -> TrackGap:
        """Let the clock of a speaker run on without sound; dropped after `close`."""
        with self._writing:
            track = self._tracks[speaker]
            gap = TrackGap(speaker, track.length, n_samples, cause, source)
            if not self._is_closed:
                self._note(gap)
                self._note_given_up(track.extend(n_samples), speaker)
            return gap

    def read(self, start: int, stop: int, speaker: str = "") -> Samples:
        """Return samples [start, stop), as far as recorded. Raises RecordingError."""
        return self._tracks[speaker].read(start, stop)

    def add_finals(self, segments: Sequence[Segment], until: int, speaker: str = "") -> None:
        """Store final text; all that was said before sample `until` is in it.

        On a full disk it takes the room of the last sound, which waits in memory.
        """
        record = {
            "speaker": speaker,
            "until": until,
            "segments": [*map(segment_to_dict, segments)],
        }
        self._finals.append(record, sync=bool(segments))
        self._make_room()

    def final_until(self, speaker: str = "") -> int:
        """Sample of a speaker up to which its text is stored."""
        with damage_told(self.folder):
            stored = read_finals(self.folder)
        return max((until for of, until, _ in stored if of == speaker), default=0)

    def close(self, *, compressed: bool = True) -> list[Path]:
        """End the session: sound becomes FLAC, one file a speaker, if there is time for it.

        Raises:
            RecordingError: The disk is full, or refuses for another reason; the recording
                stays as it is, to be reopened, and `lost` tells which sound is not in it.
        """
        try:
            self._take_leave()
            self._finals.close()
            if self.lost:
                seconds = max(gap.n_samples for gap in self.lost) / SAMPLE_RATE
                raise RecordingError(
                    "The disk is full: the last {seconds:.1f} s of sound could not be kept.",
                    seconds=seconds,
                )
            raw = [self.folder / f"sound-{n}.pcm" for n in range(len(self.speakers))]
            sounds = [compress(path) for path in raw] if compressed else raw
            length = max(track.length for track in self._tracks.values())
            self._ledger.append({"kind": "end", "n_samples": length}, sync=True)
            self._ledger.close()
        except OSError as error:
            raise RecordingError(
                "The recording could not be closed and stays in «{folder}»: {why}.",
                folder=self.folder,
                why=error,
            ) from error
        finally:
            self._let_go()
        # Last, for until the ledger says "end" the raw sound is what a recovery reads.
        for path in {*raw, self.folder / LOCK}.difference(sounds):
            _remove(path)
        return sounds

    def put_aside(self) -> None:
        """Close the files of a session that has not ended, to be reopened.

        `lost` tells which sound the disk did not take.
        """
        try:
            self._take_leave()
        except OSError as error:
            log.warning("%s", error)
        finally:
            self._let_go()

    def _let_go(self) -> None:
        """Close what a failure may have left open, and let others have the recording."""
        for lines in (self._finals, self._ledger):
            try:
                lines.close()
            except (OSError, RecordingError) as error:
                log.warning("%s", error)
        self._lock.release()

    def _take_leave(self) -> None:
        """Take no more in, note what the disk never took, and close the tracks."""
        with self._writing:
            self._is_closed = True
        with ExitStack() as closing:
            for track in self._tracks.values():
                closing.callback(track.close)
                track.retry()
            self._ledger.retry()
            self._finals.retry()
            if not self.is_saved:
                self._note_lost()

    def _note_lost(self) -> None:
        """Make room for text and ledger; what sound remains in memory is lost."""
        self._make_room()
        full = {of: track for of, track in self._tracks.items() if not track.is_saved}
        for track in full.values():
            track.give_back(ROOM)
        for speaker, track in full.items():
            if lost := track.drop_held():
                gap = TrackGap(speaker, lost.start, len(lost), GapCause.FULL_DISK)
                self.lost += (self._note(gap),)

    def _make_room(self) -> None:
        """Let lines that a full disk refused have the room of the last sound."""
        for _ in range(MOST_ROOMS):
            refused = [x for x in (self._finals, self._ledger) if not x.is_complete]
            if not refused:
                return
            with self._writing:
                given = [track.give_back(ROOM) for track in self._tracks.values()]
                for lines in refused:
                    lines.retry(sync=True)
            if not any(given):
                return

    def _retry(self) -> None:
        """Write what a full disk refused, now and then."""
        if self.is_saved or boottime() < self._retry_at:
            return
        self._retry_at = boottime() + RETRY_S
        for track in self._tracks.values():
            track.retry()
        self._ledger.retry()
        self._finals.retry()

    def _note(self, gap: TrackGap) -> TrackGap:
        self.gaps = with_gap(self.gaps, gap)
        self._ledger.append({"kind": "gap", **asdict(gap)})
        return gap

    def _note_given_up(self, lost: range | None, speaker: str) -> TrackGap | None:
        if lost is None:
            return None
        return self._note(TrackGap(speaker, lost.start, len(lost), GapCause.FULL_DISK))


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:  # Windows, while a virus scanner reads it
        log.warning("«%s» is not needed any more and could not be removed: %s", path, error)
