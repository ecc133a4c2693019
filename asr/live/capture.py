"""From sources to the recording, on a thread of its own.

    source ── ring ──▶ Capture.tick ──▶ resampler ──▶ Recording
                           └─▶ events: levels, gaps, troubles

`tick` does all the work and never waits for recognition. A source that goes away is opened
again as soon as it is back, and the time between becomes a gap of its true length. So it is
with one that cannot be opened at the start, as long as there is another to begin with.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import soxr

from asr.audio import SAMPLE_RATE, Samples
from asr.audio.source import Source, SourceGap, boottime
from asr.errors import DeviceError
from asr.live.events import GapFound, Level, Notice, Topic
from asr.live.levels import LevelWatch
from asr.live.recording import Recording
from asr.sentences import GapCause, Message, NoticeCode

log = logging.getLogger(__name__)

TICK_S: Final = 0.04  # half of it costs another hundredth of a core
RETRY_S: Final = 0.25  # between attempts to open a device that went away
JOIN_S: Final = 2.0  # between attempts to open one that was never there; looking costs time
PRE_ROLL_S: Final = 1.0  # of sound from before the button, if sources were armed
OUT_OF_STEP_S: Final = 0.05  # by which speakers may begin apart without it being noted
AFTER_ERROR_S: Final = 1.0  # so that an error that stays does not fill the log
CLOSE_TIMEOUT_S: Final = 5.0  # after which a driver that hangs is left to itself
MAX_EVENTS: Final = 1_000  # kept for a reader that does not come

CaptureEvent = Notice | GapFound | Level


class VoiceCapture:
    """One source on its way into one track of the recording."""

    def __init__(self, source: Source, speaker: str) -> None:
        self.speaker = speaker
        self.source = source
        self.begins: float | None = None  # boottime at the speaker's first sample
        self.level: Level | None = None  # of the last tick, None if nothing arrived
        self._is_open = False
        self._is_fresh = False  # open, and nothing heard of it since
        self._gone_since: float | None = None  # boottime; None while all is well
        self._retry_at = 0.0
        self._why = GapCause.NOT_BEGUN  # of the gap until it is heard
        self._trouble: Message | None = None  # why it could not be opened
        self._lost_name = ""  # of the source that went away; empty if it was never there
        self._watch = LevelWatch(source.name, speaker)
        self._untold: list[CaptureEvent] = []  # of a tick that an error cut off

    @property
    def is_lost(self) -> bool:
        """Whether the source is away."""
        return not self._is_open

    def arm(self) -> None:
        """Open the source, unless it is open and well. Raises DeviceError."""
        if self.source.is_alive:
            return
        self.close()
        try:
            self._open()
        except DeviceError as error:
            self._trouble = error.message
            raise
        self._why = GapCause.NOT_BEGUN

    def start(self) -> list[CaptureEvent]:
        """Begin to record, if need be without the source; it joins when it can be opened."""
        if self._is_open:
            self.source.keep_last(PRE_ROLL_S)
            return []
        self._gone_since, self._retry_at = boottime(), boottime() + JOIN_S
        self._why = GapCause.UNOPENED
        return [self._notice(NoticeCode.WITHOUT, why=self._trouble or Message(""))]

    def _open(self) -> None:
        self.source.open()
        self._watch = LevelWatch(self.source.name, self.speaker, may_rest=self.source.may_rest)
        self._is_open = self._is_fresh = True

    def tick(self, recording: Recording, epoch: float | None) -> list[CaptureEvent]:
        """Move what arrived into the recording; what an error keeps out becomes a gap."""
        self.level = None
        events, self._untold = self._untold, []
        if not self._is_open:
            return events + self._try_again()
        parts = deque(self.source.read())
        try:
            if self._is_fresh and parts and self.source.begins is not None:
                events += self._join(recording, self.source.begins, epoch)
            while parts:
                events += self._take(parts[0], recording)
                parts.popleft()
        except Exception:
            lost = sum(p.n_samples if isinstance(p, SourceGap) else len(p) for p in parts)
            gap = self._gap(recording, lost / self.source.rate, GapCause.ERROR)
            self._untold = [*events, *gap]
            raise
        if not self.source.is_alive:
            events += self._lose(recording)
        return events

    def finish(self, recording: Recording, epoch: float | None) -> list[CaptureEvent]:
        """Take the last sound in, and account for time that the source was away."""
        events = self.tick(recording, epoch) if self._is_open else []
        if self._is_open:
            self._flush(recording)
        if self._gone_since is not None:
            since = self._gone_since if self.begins is not None or epoch is None else epoch
            events += self._gap(recording, boottime() - since, self._why)
        return events

    def close(self) -> None:
        """Close the source; harmless if it is not open."""
        self._is_open = False
        self.source.close()

    def _join(
        self, recording: Recording, begins: float, epoch: float | None
    ) -> list[CaptureEvent]:
        """Find the place of a source's first sound on the recording's clock."""
        self._is_fresh = False
        self._resampler = soxr.ResampleStream(
            self.source.rate, SAMPLE_RATE, 1, dtype="float32", quality="HQ"
        )
        if self.begins is None:
            self.begins = begins
            behind = begins - (begins if epoch is None else epoch)
            cause, threshold = self._why, OUT_OF_STEP_S
        else:
            assert self._gone_since is not None  # a source is opened again only if it went
            behind, cause, threshold = begins - self._gone_since, self._why, 0.0
        gap = self._gap(recording, behind, cause) if behind > threshold else []
        if self._gone_since is None:
            return []  # speakers that begin apart lose nothing
        self._gone_since = None
        return [*gap, self._notice(self._return_code(), resolved=True)]

    def _return_code(self) -> NoticeCode:
        if not self._lost_name:
            return NoticeCode.JOINED
        if self.source.name == self._lost_name:
            return NoticeCode.BACK
        return NoticeCode.REPLACED  # the default one is another by now

    def _take(self, part: Samples | SourceGap, recording: Recording) -> list[CaptureEvent]:
        if isinstance(part, SourceGap):
            return self._pass_gap(part, recording)
        return self._hear(part, recording)

    def _hear(self, sound: Samples, recording: Recording) -> list[CaptureEvent]:
        peak, power = float(np.abs(sound).max()), float(np.mean(np.square(sound)))
        self.level = _louder(self.level, Level(min(1.0, peak), power**0.5))
        notices = self._watch.hear(sound, self.source.rate)
        # Last: what was kept must not be lost to an error that follows.
        return [*notices, *self._keep(self._resampler.resample_chunk(sound), recording)]

    def _keep(self, samples: Samples, recording: Recording) -> list[CaptureEvent]:
        gap = recording.append(samples, self.speaker) if samples.size else None
        return [GapFound(gap.as_gap())] if gap is not None else []

    def _pass_gap(self, lost: SourceGap, recording: Recording) -> list[CaptureEvent]:
        self._flush(recording)
        return self._gap(recording, lost.n_samples / self.source.rate, lost.cause)

    def _flush(self, recording: Recording) -> None:
        """Let out what the resampler holds back for what is to follow."""
        if self.begins is not None and not self._is_fresh:
            rest = self._resampler.resample_chunk(np.empty(0, np.float32), last=True)
            self._keep(rest, recording)
            self._resampler.clear()

    def _lose(self, recording: Recording) -> list[CaptureEvent]:
        self._flush(recording)
        ends = self.source.ends if self.source.begins is not None else boottime()
        self.source.close()
        self._is_open = False
        if self._gone_since is None:
            self._gone_since = ends
        self._lost_name = self.source.name
        self._why = GapCause.DISCONNECTED
        return [self._notice(NoticeCode.AWAY), *self._watch.drop()]

    def _notice(self, code: NoticeCode, *, resolved: bool = False, **more: object) -> Notice:
        values = {"source": self.source.name, "speaker": self.speaker, **more}
        return Notice(Message(code, values), Topic.AWAY, self.speaker, resolved)

    def _gap(self, recording: Recording, seconds: float, cause: GapCause) -> list[CaptureEvent]:
        n_samples = round(seconds * SAMPLE_RATE)
        if n_samples <= 0:
            return []
        gap = recording.add_gap(n_samples, cause, self.speaker, self._named_by(cause))
        return [GapFound(gap.as_gap())]

    def _named_by(self, cause: GapCause) -> str:
        """The source that a cause is about."""
        if cause is GapCause.DISCONNECTED:
            return self._lost_name
        return self.speaker if cause is GapCause.UNOPENED else ""

    def _try_again(self) -> list[CaptureEvent]:
        if boottime() >= self._retry_at:
            try:
                self._open()
            except DeviceError as error:
                log.debug("%s", error)
            self._retry_at = boottime() + (RETRY_S if self._lost_name else JOIN_S)
        return []


class Capture:
    """All sources of a session and the thread that writes their sound down.

    >>> capture = Capture({"me": Microphone(), "them": Microphone(monitor=True)})
    >>> capture.arm()              # hears, and keeps one second
    >>> capture.start(recording)
    >>> capture.take_events()      # any time, from the reader's thread
    >>> capture.stop()             # everything heard is in the recording
    """

    def __init__(self, sources: Mapping[str, Source], *, threaded: bool = True) -> None:
        self._speakers = [VoiceCapture(source, speaker) for speaker, source in sources.items()]
        self._recording: Recording | None = None
        self._thread = threading.Thread(target=self._run, name="capture", daemon=True)
        self._threaded = threaded
        self._stopping = threading.Event()
        self._lock = threading.Lock()  # around _events, for an instant
        self._events: list[CaptureEvent] = []
        self._level: Level | None = None  # the loudest since `take_events`
        self._disk_full = False

    def arm(self) -> None:
        """Open the sources that can be, and keep the last second of what they hear.

        Raises:
            DeviceError: None can be opened; the sentence is the first one's.
        """
        errors = []
        for speaker in self._speakers:
            try:
                speaker.arm()
            except DeviceError as error:
                errors.append(error)
        if self._is_deaf:
            raise errors[0]

    def keep_armed(self) -> None:
        """Forget what is older than the pre-roll; call it now and then until `start`.

        Raises:
            DeviceError: The last source went away; they may be armed again.
        """
        for speaker in self._speakers:
            if speaker.source.is_alive:
                speaker.source.keep_last(PRE_ROLL_S)
            else:
                speaker.close()
        if self._is_deaf:
            raise DeviceError("«{source}» went away.", source=self._speakers[0].source.name)

    def start(self, recording: Recording) -> None:
        """Write what is heard into a recording from here on; `arm` directly before."""
        for speaker in self._speakers:
            self._tell(speaker.start())
        self._recording = recording
        if self._threaded:
            self._thread.start()

    def tick(self) -> None:
        """Do what there is to do; the thread calls it, or a test that has no thread."""
        recording = self._recording
        if recording is None:
            return
        epoch = self._epoch
        for speaker in self._speakers:
            self._tell(speaker.tick(recording, epoch))
            self._level = _louder(self._level, speaker.level)
        self._tell(self._check_disk(recording))

    def take_events(self) -> list[CaptureEvent]:
        """Return what happened since the last call."""
        with self._lock:
            events, self._events = self._events, []
        level, self._level = self._level, None
        return events if level is None else [*events, level]

    def is_lost(self, speaker: str) -> bool:
        """Whether a speaker's source is away, so that its utterance will not go on."""
        return any(v.is_lost for v in self._speakers if v.speaker == speaker)

    def hush(self, wait_s: float) -> None:
        """Hear no more, from any thread; the last sound is on disk within `wait_s`, or soon."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(wait_s)

    def stop(self) -> None:
        """Take in the last sound and close the sources."""
        self.hush(CLOSE_TIMEOUT_S)
        if self._thread.is_alive():
            self._tell([Notice(Message(NoticeCode.DRIVER_HANGS), Topic.DRIVER)])
        elif self._recording is None:
            self.close()
        else:
            self._finish()

    def close(self) -> None:
        """Close sources that were armed and never started."""
        for speaker in self._speakers:
            speaker.close()

    @property
    def _is_deaf(self) -> bool:
        """Whether no source is open."""
        return all(speaker.is_lost for speaker in self._speakers)

    @property
    def _epoch(self) -> float | None:
        """Clock at the first sample of the recording, None before it."""
        return min((v.begins for v in self._speakers if v.begins is not None), default=None)

    def _run(self) -> None:
        while not self._stopping.wait(TICK_S):
            try:
                self.tick()
            except Exception:  # a thread's edge: sound must go on being written
                log.exception("capture")
                self._stopping.wait(AFTER_ERROR_S)
        self._finish()

    def _finish(self) -> None:
        """Take all speakers' last sound in, and only then meet drivers that may hang."""
        recording, self._recording = self._recording, None
        if recording is None:
            return
        epoch = self._epoch
        for speaker in self._speakers:
            try:
                self._tell(speaker.finish(recording, epoch))
            except Exception:  # the last sound of the others is still to be taken
                log.exception("the end of «%s»", speaker.source.name)
        for speaker in self._speakers:
            try:
                speaker.close()
            except Exception:  # the others are still to be closed
                log.exception("closing «%s»", speaker.source.name)

    def _check_disk(self, recording: Recording) -> list[CaptureEvent]:
        is_full = not recording.is_saved
        if is_full == self._disk_full:
            return []
        self._disk_full = is_full
        code = NoticeCode.DISK_FULL if is_full else NoticeCode.DISK_HAS_ROOM
        return [Notice(Message(code), Topic.DISK, resolved=not is_full)]

    def _tell(self, events: Sequence[CaptureEvent]) -> None:
        with self._lock:
            self._events = [*self._events, *events][-MAX_EVENTS:]


def _louder(one: Level | None, other: Level | None) -> Level | None:
    return max((x for x in (one, other) if x is not None), key=lambda x: x.peak, default=None)
