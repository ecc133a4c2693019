"""Recognition of sound that is there already: each utterance is heard once, and whole.

A file can be read ahead of. So the loudness alone says where an utterance probably ends; the
network hears it up to there, and says whether it does:

    |---- words ----|---- quiet ----|
    ^ begin             ^ end       ^ noticed here
      heard ............. believed

If it does not, the utterance is heard again from its begin, up to the next such pause. Where
it is never quiet, as much is heard as an utterance may hold, and the network alone finds the
pause. What an utterance holds depends on nothing but the sample at which it begins.

With threads, the utterances that probably follow are heard at the same time: where loudness
says that one ends, the network mostly agrees.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from typing import Final, NamedTuple, ParamSpec, TypeVar

import numpy as np
from numpy.typing import NDArray

from asr.audio import SAMPLE_RATE, Samples
from asr.audio.files import AudioFile
from asr.audio.timeline import SHORT, Piece, Skip
from asr.decoding import Decoder
from asr.emissions import BLANK, Emissions
from asr.errors import DecodeError
from asr.live.ear import Network
from asr.live.endpoint import Endpoint, PauseFinder, is_quiet
from asr.live.recogniser import ONSET_FRAMES, SILENCE_FRAMES, longest_pause, read_words
from asr.sentences import Message
from asr.transcript import Gap, Segment, Word
from asr.window import FRAME

LATE: Final = 10  # frames of a pause beyond what it needs: the network names a sound late
AGAIN: Final = 12  # frames that are heard more at least, if an utterance is heard again
EDGE: Final = 25  # frames before the end of what is heard in which the network is less sure
AHEAD: Final = 4  # utterances that are heard at the same time
WAITING: Final = 60 * SAMPLE_RATE  # samples that may wait for threads


P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class FileProgress:
    """How far a file has been read, in seconds of sound; the total where the file tells."""

    seconds: float
    total: float | None
    seam: int = 0  # sample of the file's clock up to which all is final; one may go on there


@dataclass(frozen=True, slots=True)
class _Utterance:
    """Words that are being read."""

    start: int  # sample of the stream
    words: Future[tuple[Word, ...]]


class _Edge(NamedTuple):
    """Up to where an utterance is heard, in frames."""

    end: int
    reach: int  # up to which the sound was looked at, to choose the end


class FileRecogniser:
    """Turns a stream of samples that need not be told of at once into segments.

    >>> recogniser = FileRecogniser(network, decoder)
    >>> for samples in file:
    ...     show(recogniser.feed(samples))
    >>> show(recogniser.finish())
    """

    _start: int  # sample of the stream at which the utterance under way begins
    _sound: Samples  # from there on
    _loudness: NDArray[np.float32]  # of each of its frames
    _n_heard: int  # frames of it that were heard, and it did not end in them

    def __init__(
        self,
        network: Network,
        decoder: Decoder,
        *,
        endpoint: Endpoint = Endpoint(),
        speaker: str = "",
        pool: Executor | None = None,
    ) -> None:
        """Begin a stream.

        Args:
            network: What hears utterances.
            decoder: What makes words of them.
            endpoint: What ends an utterance.
            speaker: Whose stream it is.
            pool: Threads that hear and decode; the words are the same.
        """
        self._network = network
        self._decoder = decoder
        self._endpoint = endpoint
        self._speaker = speaker
        self._pool = pool
        self._longest = round(endpoint.longest * SAMPLE_RATE / FRAME)
        self._hearings: dict[tuple[int, int], Future[Emissions]] = {}  # by begin and end
        self._waiting: deque[_Utterance] = deque()
        self._begin(0, np.empty(0, np.float32))

    @property
    def seam(self) -> int:
        """Sample up to which all is told; another recogniser can go on from there."""
        return self._waiting[0].start if self._waiting else self._start

    @property
    def position(self) -> int:
        """Sample of the stream up to which it was fed."""
        return self._start + len(self._sound)

    def feed(self, samples: Samples) -> list[Segment]:
        """Hear any number of samples; return what is new."""
        self._append(samples)
        while (edge := self._next_edge(0, self._n_heard)) is not None:
            hearing = self._hear_ahead(edge)
            if not hearing.done() and len(self._sound) < WAITING:
                break
            self._settle(hearing.result(), edge)
        return self._told()

    def finish(self) -> list[Segment]:
        """Make all that was heard final; the stream may go on after it."""
        while len(self._sound):
            all_of_it = -(-len(self._sound) // FRAME)
            edge = self._next_edge(0, self._n_heard) or _Edge(all_of_it, all_of_it)
            is_over = edge.end == all_of_it
            self._settle(self._hear_ahead(edge).result(), edge, is_over=is_over)
        return self._told(is_over=True)

    def skip(self, n_samples: int) -> list[Segment]:
        """Pass over samples that are missing; they end the utterance."""
        segments = self.finish()
        self._begin(self._start + n_samples, self._sound)
        return segments

    # The sound of the utterance under way, and of what follows.

    def _append(self, samples: Samples) -> None:
        self._sound = np.concatenate([self._sound, samples])
        frames = self._sound[len(self._loudness) * FRAME :]
        frames = frames[: len(frames) // FRAME * FRAME].reshape(-1, FRAME)
        loudness = np.sqrt(np.square(frames).mean(axis=1))
        self._loudness = np.concatenate([self._loudness, loudness.astype(np.float32)])

    def _begin(self, start: int, sound: Samples) -> None:
        """Begin an utterance at a sample of the stream, with the sound known from there on."""
        self._start = start
        self._sound = sound[:0]
        self._loudness = np.empty(0, np.float32)
        self._append(sound)
        self._n_heard = 0

    # Where an utterance probably ends.

    def _next_edge(self, begin: int, n_heard: int) -> _Edge | None:
        """Return up to which frame to hear what begins at one; None before that is sure.

        Args:
            begin: A frame of what is known.
            n_heard: Frames of it that were heard before.

        Returns:
            Frames from `begin` on.
        """
        loudness = self._loudness[begin : begin + self._longest]
        quiet = is_quiet(loudness, np.maximum.accumulate(loudness))
        blank = quiet.astype(np.float32)
        if n_heard:
            blank[: n_heard + AGAIN] = 0.0
        pauses = self._pauses()
        end = pauses.feed(blank, loudness)
        if end is None:
            end = reach = self._longest
        else:
            reach = min(pauses.n_frames + LATE, self._longest)
        return _Edge(end, reach) if len(loudness) >= reach else None

    def _pauses(self) -> PauseFinder:
        return PauseFinder(self._endpoint, FRAME / SAMPLE_RATE)

    # Hearing it.

    def _hear_ahead(self, edge: _Edge) -> Future[Emissions]:
        """Have the utterance heard, and with threads what probably follows."""
        hearing = self._hear(0, edge.end)
        if self._pool is None:
            return hearing
        wanted = {(self._start, edge.end)}
        begin = edge.end
        while len(wanted) < AHEAD and (following := self._next_edge(begin, 0)) is not None:
            self._hear(begin, following.end)
            wanted.add((self._start + begin * FRAME, following.end))
            begin += following.end
        for key in self._hearings.keys() - wanted:
            self._hearings.pop(key).cancel()
        return hearing

    def _hear(self, begin: int, n_frames: int) -> Future[Emissions]:
        """Have so many frames of the sound heard, if they are not already."""
        key = (self._start + begin * FRAME, n_frames)
        if key not in self._hearings:
            sound = self._sound[begin * FRAME : (begin + n_frames) * FRAME]
            self._hearings[key] = self._submit(self._network, sound)
        return self._hearings[key]

    def _submit(self, task: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Have a thread do it, or do it at once if there is none."""
        if self._pool is not None:
            return self._pool.submit(task, *args, **kwargs)
        future: Future[T] = Future()
        future.set_result(task(*args, **kwargs))
        return future

    # What was heard.

    def _settle(self, rows: Emissions, edge: _Edge, *, is_over: bool = False) -> None:
        """End the utterance within what was heard, or find that it goes on."""
        self._hearings.pop((self._start, edge.end))
        pauses = self._pauses()
        known = self._loudness[: edge.reach]
        blank = is_quiet(known, known.max(initial=0.0)).astype(np.float32)
        blank[: edge.end] = np.exp(rows.phones[: len(known), BLANK])
        end = pauses.feed(blank, known)
        silence = min(pauses.silence, edge.end - EDGE) - ONSET_FRAMES
        if end is not None or is_over:
            self._end_utterance(rows, min(end or edge.end, edge.end))
        elif silence >= SILENCE_FRAMES:
            self._move_on(silence // SILENCE_FRAMES * SILENCE_FRAMES * FRAME)
        elif edge.end < self._longest:
            self._n_heard = edge.end
        else:
            self._cut_utterance(rows)

    def _end_utterance(self, rows: Emissions, end: int) -> None:
        """Close the utterance before frame `end`."""
        cut = min(end * FRAME, len(self._sound))
        words = self._submit(read_words, self._decoder, rows[:end], cut)
        self._waiting.append(_Utterance(self._start, words))
        self._move_on(cut)

    def _cut_utterance(self, rows: Emissions) -> None:
        """Close an utterance that is too long in its longest pause, not inside a word."""
        n_samples = self._longest * FRAME
        words = self._submit(read_words, self._decoder, rows, n_samples).result()
        n_words, cut = longest_pause(words, n_samples / SAMPLE_RATE)
        kept: Future[tuple[Word, ...]] = Future()
        kept.set_result(words[:n_words])
        self._waiting.append(_Utterance(self._start, kept))
        self._move_on(max(1, round(cut * SAMPLE_RATE / FRAME)) * FRAME)

    def _move_on(self, n_samples: int) -> None:
        self._begin(self._start + n_samples, self._sound[n_samples:])

    def _told(self, *, is_over: bool = False) -> list[Segment]:
        """Return the utterances that are read, in their order."""
        segments: list[Segment] = []
        while self._waiting:
            first = self._waiting[0]
            is_urgent = is_over or self._start - first.start > WAITING
            if not (first.words.done() or is_urgent):
                break
            self._waiting.popleft()
            words = first.words.result()
            if words:
                segment = Segment(words, words[0].start, words[-1].end, self._speaker)
                segments.append(segment.shifted(first.start / SAMPLE_RATE))
        return segments


def recognised(
    recogniser: FileRecogniser, file: AudioFile, pieces: Iterator[Piece]
) -> Iterator[FileProgress | Segment]:
    """Feed pieces of a file, and tell how far they are recognised."""

    def progress() -> FileProgress:
        seam = recogniser.seam
        return FileProgress(seam / SAMPLE_RATE - file.begin, file.seconds, seam)

    broken: DecodeError | None = None
    try:
        for piece in pieces:
            if isinstance(piece, Skip):
                yield from recogniser.skip(piece.n_samples)
            else:
                yield from recogniser.feed(piece)
            yield progress()
    except DecodeError as error:
        broken = error
    yield from recogniser.finish()
    yield progress()
    if broken is not None:
        raise broken


def with_gaps(
    file: AudioFile, steps: Iterator[FileProgress | Segment]
) -> Iterator[FileProgress | Segment | Gap | Message]:
    """Pass steps on; holes that cut no sentence in two where they lie, notes at the end."""
    n_gaps, has_words = 0, False
    for step in steps:
        yield step
        if isinstance(step, Segment):
            has_words = True
            continue
        yield from (gap for gap in file.gaps[n_gaps:] if gap.seconds >= SHORT)
        n_gaps = len(file.gaps)
    yield from file.notes(has_words=has_words)


def pieces_from(pieces: Iterator[Piece], n_samples: int, frame: int) -> Iterator[Piece]:
    """Skip the first samples, and then to the next that begins a frame.

    Frames are counted from where sound begins, and again after each skip.
    """
    position = origin = 0
    begins = n_samples <= 0
    for piece in pieces:
        if begins:
            yield piece
            continue
        if isinstance(piece, Skip):
            end = origin = first = position + piece.n_samples
            begins = end >= n_samples
        else:
            end = position + len(piece)
            first = origin - (origin - n_samples) // frame * frame
            begins = first < end
        if begins:
            yield Skip(first)
            if not isinstance(piece, Skip):
                yield piece[first - position :]
        position = end
