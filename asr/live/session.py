"""A session: from start to stop of listening, in which no word is lost.

The capture thread writes sound to the recording. `poll` reads it back by sample index, at
whatever speed recognition has, and returns what is new:

    capture ──▶ Recording ──▶ poll ──▶ Recogniser, one for each speaker ──▶ events
                    ▲                                │
                    └────────── final text ──────────┘

All methods belong to one thread. A session that died is found by asr.live.stored, and
`recover` takes it to its end.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from asr.audio import SAMPLE_RATE
from asr.audio.source import Source, boottime
from asr.decoding import Decoder
from asr.errors import RecordingError
from asr.live.capture import Capture
from asr.live.ear import LiveNetwork, Network
from asr.live.endpoint import NORMAL, Endpoint
from asr.live.events import Event, FinalResult, GapFound, Ledger, Notice, Result, Topic
from asr.live.keep_awake import KeepAwake
from asr.live.recogniser import PATIENCE, Recogniser
from asr.live.recording import Recording
from asr.live.stored import FOLDER_TIME
from asr.memory import give_back
from asr.readable.writer import Readable
from asr.sentences import Message
from asr.window import Window

log = logging.getLogger(__name__)

CHUNK: Final = 2 * SAMPLE_RATE  # samples of each speaker that one `poll` recognises at most
LEDGER_S: Final = 0.2  # between two ledgers
TIDY_S: Final = 60.0  # between two times; each costs what a twelfth of an utterance does
QUICK: Final = 5 * 60 * SAMPLE_RATE  # samples that become FLAC in an instant
MARK: Final = 60 * SAMPLE_RATE  # samples of silence after which the ledger notes them as read


@dataclass(frozen=True, slots=True, kw_only=True)
class Hearing:
    """What turns sound into words: a network, a decoder, and how to use them."""

    network: Network
    decoder: Decoder
    live: LiveNetwork | None = None  # for text under way; windows of the network, if not given
    final_decoder: Decoder | None = None  # for whole utterances; the same, if not given
    window: Window = Window()
    endpoint: Endpoint = NORMAL
    readable: Readable | None = None  # words are shown as heard, if not given
    load: Callable[[], None] | None = None  # what final text alone needs; may be called again

    def recogniser(self, speaker: str, start: int = 0) -> Recogniser:
        """Return a recogniser for a speaker, from a sample of its track on."""
        recogniser = Recogniser(
            self.network,
            self.decoder,
            live=self.live,
            final_decoder=self.final_decoder,
            window=self.window,
            endpoint=self.endpoint,
            speaker=speaker,
            writer=self.readable.writer() if self.readable else None,
        )
        recogniser.skip(start)
        return recogniser


class _SpeakerReader:
    """Reads one track of the recording at the speed of recognition."""

    def __init__(self, recording: Recording, speaker: str, hearing: Hearing) -> None:
        self.speaker = speaker
        self._recording = recording
        self._stored = recording.final_until(speaker)
        self._recogniser = hearing.recogniser(speaker, self._stored)

    @property
    def is_at_end(self) -> bool:
        """Whether all that is recorded so far was heard."""
        return self._recogniser.position >= self._recording.length(self.speaker)

    def lag(self, *, is_listening: bool) -> int:
        """Samples recorded and not yet recognised.

        Sound that a second pass waits for counts half, so that the figure falls with all
        work that is done. Who keeps up while listening reads again in a moment.
        """
        recogniser, length = self._recogniser, self._recording.length(self.speaker)
        unheard = length - recogniser.position
        if is_listening and unheard <= PATIENCE * SAMPLE_RATE:
            return max(0, length - recogniser.recognised)
        return max(0, unheard + (recogniser.position - recogniser.final) // 2)

    def advance(self, *, is_listening: bool) -> list[Result]:
        """Recognise what follows, but no more than a chunk."""
        position, length = self._recogniser.position, self._recording.length(self.speaker)
        gap = min(
            (
                gap
                for gap in self._recording.gaps
                if gap.speaker == self.speaker and gap.end > position
            ),
            key=lambda gap: gap.start,
            default=None,
        )
        limit = min(length, position + CHUNK, max(position, gap.start) if gap else length)
        samples = self._recording.read(position, limit, self.speaker)
        lag = (length - position) / SAMPLE_RATE
        # Once nobody speaks, nobody waits for what is said next: final text comes in order.
        events = (
            self._recogniser.feed(samples, lag, may_wait=is_listening) if samples.size else []
        )
        if gap is not None and limit >= gap.start and length >= gap.end:
            events += self._recogniser.skip(gap.end - limit)
        return self._store(events)

    def finish(self) -> list[Result]:
        """Make all that was heard final."""
        return self._store(self._recogniser.finish())

    def _store(self, events: list[Result]) -> list[Result]:
        """Put final text on disk before anyone sees it."""
        segments = [event.segment for event in events if isinstance(event, FinalResult)]
        if segments or self._recogniser.final - self._stored >= MARK:
            self._stored = self._recogniser.final
            self._recording.add_finals(segments, self._stored, self.speaker)
        return events


class Session:
    """Listens to sources, records them in a folder of its own, and recognises.

    >>> session = Session(hearing, {"": Microphone()}, sessions_folder)
    >>> session.start()
    >>> while listening:               # about every 40 ms
    ...     show(session.poll())
    >>> show(session.stop())           # to the last sample
    """

    folder: Path | None = None  # where the recording is, once it is begun
    is_recognised = False  # all of it; what is left is to close the recording

    def __init__(
        self,
        hearing: Hearing,
        sources: Mapping[str, Source],
        sessions: Path,
        *,
        threaded: bool = True,
    ) -> None:
        self._hearing = hearing
        self._speakers = tuple(sources)
        self._sessions = sessions
        self._capture: Capture | None = Capture(sources, threaded=threaded)
        self._threaded = threaded
        self._recording: Recording | None = None
        self._readers: list[_SpeakerReader] = []
        self._awake = ExitStack()
        self._told = 0.0  # boottime at the last ledger
        self._tidied = -TIDY_S  # boottime when memory was given back
        self._is_loaded = False  # whether all is that final text needs
        self._trouble = self._trouble_of_words()  # that was there before

    @classmethod
    def recovering(cls, hearing: Hearing, folder: Path) -> Session:
        """Continue a session that died, without listening. Raises RecordingError."""
        session = cls(hearing, {}, folder.parent)
        session._capture = None
        session._begin(Recording.reopen(folder))
        return session

    @property
    def is_finished(self) -> bool:
        """Whether there is nothing left to poll for."""
        return self._recording is None

    def arm(self) -> None:
        """Hear before the start, so that the first word has a second to spare.

        Until `start`, call `poll` as often as what is older shall be forgotten, a few times
        a minute at least; it raises DeviceError when a source went away, and `arm` may be
        called again. Raises DeviceError.
        """
        assert self._capture is not None
        self._capture.arm()

    def start(self) -> None:
        """Begin to listen. Raises DeviceError, RecordingError."""
        assert self._capture is not None
        name = datetime.now().astimezone().strftime(FOLDER_TIME)
        self._capture.arm()
        try:
            recording = Recording.create(self._sessions / name, self._speakers)
        except RecordingError:
            self._capture.close()
            raise
        self._awake.enter_context(KeepAwake())
        self._begin(recording)
        self._capture.start(recording)

    def poll(self) -> list[Event]:
        """Do a bounded piece of work and return what is new. Raises AsrError."""
        if self._recording is None:
            if self._capture is not None:
                self._capture.keep_armed()
            return []
        self._load()
        if self._capture is not None and not self._threaded:
            self._capture.tick()
        events: list[Event] = [*self._capture.take_events()] if self._capture else []
        is_listening = self._capture is not None
        for reader in self._readers:
            events += reader.advance(is_listening=is_listening)
            if reader.is_at_end and (
                self._capture is None or self._capture.is_lost(reader.speaker)
            ):
                events += reader.finish()
        self._tidy(events)
        events += self._new_trouble()
        events += self._ledger()
        if self.is_recognised:
            events += self._close(self._recording)
        elif self._capture is None and all(reader.is_at_end for reader in self._readers):
            self.is_recognised = True
            self._told = 0.0
            events += self._ledger()  # before a long recording takes its time to close
        return events

    def stop_listening(self) -> list[Event]:
        """Take in the last sound and close the sources; `poll` until `is_finished`."""
        capture, self._capture = self._capture, None
        self._awake.close()
        if capture is None:
            return []
        capture.stop()
        return [*capture.take_events()]

    def stop(self) -> list[Event]:
        """End the session and return all that is left to tell, to the last sample."""
        events = self.stop_listening()
        while not self.is_finished:
            events += self.poll()
        return events

    def put_aside(self) -> list[Event]:
        """End at once; what is not recognised is left to `recover`, with all the sound."""
        events = self.stop_listening()
        if self._recording is not None and self.is_recognised:
            lengths = [self._recording.length(speaker) for speaker in self._recording.speakers]
            return events + self._close(self._recording, compressed=sum(lengths) <= QUICK)
        recording, self._recording = self._recording, None
        if recording is not None:
            recording.put_aside()
            events += self._losses(recording)
        return events

    def hush(self, wait_s: float = 0.0) -> None:
        """Hear no more, from any thread, however long `poll` takes there.

        The last sound is on disk within `wait_s`, or soon; the process may end then, and
        the next one finds the session as it is.
        """
        capture = self._capture
        if capture is not None and self._recording is not None:
            capture.hush(wait_s)

    def _load(self) -> None:
        """Load what final text needs while sound is being recorded, and none is read yet.

        At the first final text all else is in memory, too, and loading takes as much again.
        """
        if not self._is_loaded and self._hearing.load:
            self._hearing.load()
        self._is_loaded = True

    def _tidy(self, events: list[Event]) -> None:
        """Give back, now and then, what reading a whole utterance has left behind: 15 MB."""
        is_read = any(isinstance(event, FinalResult) for event in events)
        if is_read and boottime() - self._tidied >= TIDY_S:
            self._tidied = boottime()
            give_back()

    def _new_trouble(self) -> list[Event]:
        """Tell, once, why words are not readable any more."""
        before, self._trouble = self._trouble, self._trouble_of_words()
        if self._trouble == before:
            return []
        return [Notice(Message(self._trouble), Topic.READABLE)]

    def _trouble_of_words(self) -> str:
        return self._hearing.readable.trouble if self._hearing.readable else ""

    def _begin(self, recording: Recording) -> None:
        self._recording, self.folder = recording, recording.folder
        self._readers = [
            _SpeakerReader(recording, speaker, self._hearing) for speaker in recording.speakers
        ]

    def _close(self, recording: Recording, *, compressed: bool = True) -> list[Event]:
        self._recording = None
        try:
            recording.close(compressed=compressed)
        except RecordingError as error:
            log.info("%s", error)  # the notice tells it
            return [*self._losses(recording), Notice(error.message, Topic.DISK)]
        return []

    def _losses(self, recording: Recording) -> list[Event]:
        """Tell what a full disk never took, if there is such."""
        if not recording.lost:
            return []
        gaps = [GapFound(gap.as_gap()) for gap in recording.lost]
        return [*gaps, self._account(recording)]

    def _ledger(self) -> list[Event]:
        if boottime() - self._told < LEDGER_S or self._recording is None:
            return []
        self._told = boottime()
        return [self._account(self._recording)]

    def _account(self, recording: Recording) -> Ledger:
        recorded = max(map(recording.recorded, recording.speakers)) / SAMPLE_RATE
        is_listening = self._capture is not None
        lag = max(r.lag(is_listening=is_listening) for r in self._readers) / SAMPLE_RATE
        gaps = tuple(gap.as_gap() for gap in recording.gaps)
        return Ledger(recorded, max(0.0, recorded - lag), gaps)


def recover(hearing: Hearing, folder: Path) -> Iterator[Event]:
    """Recognise what a dead session left unread, and close it. Raises AsrError."""
    session = Session.recovering(hearing, folder)
    while not session.is_finished:
        yield from session.poll()
