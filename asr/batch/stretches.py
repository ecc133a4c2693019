"""One very long file heard by several workers, and joined as if one had heard it.

What an utterance holds depends on nothing but the sample at which it begins. So a worker may
begin anywhere, within a word if need be: at a pause it ends an utterance where a worker that
came from the file's begin ends one, too, and from there on both find the same.

    one worker   ├──────┼────┼───────┼───────┼──────┤
    the next                    ├────┼───────┼──────┼────┼─────────┼──
                             cut ┘   └ joined here

The utterances of all are followed from the first one on, each beginning where the one before
it ends. Where that leads no further, for no such pause came soon enough after a cut, the hole
is heard from there until it meets what is known. The text is that of one worker in any case.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from asr.audio import SAMPLE_RATE
from asr.audio.files import AudioFile
from asr.audio.timeline import Skip
from asr.batch.events import WorkEvent
from asr.batch.job import Heard, Job, Utterance
from asr.batch.work import SAVED_SAMPLES, open_source, told, work
from asr.engine import Engine
from asr.errors import DecodeError
from asr.file_recogniser import FileProgress
from asr.pack import Pack
from asr.transcript import Segment

MARGIN: Final = 60.0  # seconds beyond a cut in which stretches are to meet


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a channel that a worker hears, in samples of the file's clock."""

    channel: int
    start: int
    end: float  # it is done with the first utterance that ends here or later
    is_cut: bool = False  # it begins anywhere, not where an utterance does
    known: frozenset[int] = frozenset()  # where utterances begin at which another goes on


class LongFile:
    """What is heard already of a very long file, and what is left to hear."""

    def __init__(
        self, job: Job, seconds: float, n_channels: int = 1, *, stretch: float
    ) -> None:
        """Take up a job.

        Args:
            job: With what was heard of it before.
            seconds: Of what is to be heard.
            n_channels: Of the file.
            stretch: Seconds between two cuts.
        """
        self.job = replace(job, heard=())
        self._begin = round(job.selection.start * SAMPLE_RATE)
        self._n_samples = round(seconds * SAMPLE_RATE)
        self._stretch = round(stretch * SAMPLE_RATE)
        self._margin = min(round(MARGIN * SAMPLE_RATE), self._stretch)
        seam = job.seam
        channels = range(seam.channel, n_channels) if job.selection.each_channel else (0,)
        self._first = dict.fromkeys(channels, self._begin)
        self._first[seam.channel] = max(self._begin, seam.sample)
        self._heard: dict[int, dict[int, Utterance]] = {one: {} for one in channels}
        self.total = seconds * len(self._first)
        self._n_heard = 0  # samples
        for heard in job.heard:
            self.take(heard)

    def take(self, heard: Heard) -> None:
        """Take note of what a worker heard."""
        known = self._heard.setdefault(heard.channel, {})
        for one in heard.utterances:
            if one.start not in known and one.end is not None:
                self._n_heard += one.end - one.start
            known[one.start] = one

    @property
    def seconds(self) -> float:
        """How much was heard so far; what two heard counts twice, but for the total."""
        return min(self._n_heard / SAMPLE_RATE, self.total)

    def stretches(self) -> list[Stretch]:
        """Return what is to be heard, to be divided among workers."""
        return [
            stretch
            for channel, first in self._first.items()
            for stretch in self._stretches(channel, first).values()
        ]

    def hole(self) -> Stretch | None:
        """Return what is still to be heard once the stretches are; None if all is."""
        for channel, found in self.found().items():
            if found.end is not None:
                known = frozenset(self._heard[channel])
                return Stretch(channel, found.end, math.inf, known=known)
        return None

    def found(self) -> dict[int, Found]:
        """Return what is heard of each channel, from its begin to the first hole."""
        return {one: self._follow(one, first) for one, first in self._first.items()}

    def _stretches(self, channel: int, first: int) -> dict[int, Stretch]:
        """Return the stretches of a channel by where they begin, which tells them apart."""
        found: dict[int, Stretch] = {}
        known = frozenset(self._heard[channel])
        end = self._begin + self._n_samples - self._stretch // 2
        cuts = [at for at in range(self._begin, end, self._stretch) if at > first]
        ends = [*(at + self._margin for at in cuts), math.inf]
        reached: float = first  # from where the cut before lies
        for start, until in zip([first, *cuts], ends, strict=True):
            # What was heard before begins where its worker did, or where the last one ended.
            begins = start if start == first else self._first_after(channel, start)
            is_cut = begins is None and reached < start
            if begins is not None:
                heard_to = self._follow(channel, begins).end
                reached = math.inf if heard_to is None else heard_to
            elif is_cut:
                reached = start
            if reached < until:  # of two that begin where one worker came to, the longer
                at = int(reached)
                found[at] = Stretch(channel, at, until, is_cut, known)
        return found

    def _first_after(self, channel: int, cut: int) -> int | None:
        """Return where the first utterance begins that is known from a cut on."""
        near = (at for at in self._heard[channel] if cut <= at < cut + self._margin)
        return min(near, default=None)

    def _follow(self, channel: int, start: int) -> Found:
        """Follow utterances, each beginning where the one before it ends."""
        heard, at = self._heard[channel], start
        segments: list[Segment] = []
        while at in heard:
            utterance = heard[at]
            segments += utterance.segments
            if utterance.end is None:
                return Found(tuple(segments), None)
            at = utterance.end
        return Found(tuple(segments), at)


@dataclass(frozen=True, slots=True)
class Found:
    """What is heard of a channel without a hole."""

    segments: tuple[Segment, ...]  # as heard
    end: int | None  # sample up to which; None: all of it


def hear(
    engine: Engine,
    job: Job,
    stretch: Stretch,
    is_stopped: Callable[[], bool] = lambda: False,
) -> Iterator[WorkEvent]:
    """Hear a stretch; tell of its utterances, a minute of them at a time."""
    yield from told(job, _hear(engine, job, stretch, is_stopped))


def _hear(
    engine: Engine, job: Job, stretch: Stretch, is_stopped: Callable[[], bool]
) -> Iterator[WorkEvent]:
    each = job.selection.each_channel
    speaker = str(stretch.channel + 1) if each else ""
    channel = stretch.channel if each else job.selection.channel
    at = None if stretch.is_cut else stretch.start
    segments: list[Segment] = []
    unsaved: list[Utterance] = []
    with open_source(job.source, job.selection, channel) as file:
        steps = engine.hear(file, seam=stretch.start, speaker=speaker, is_cut=stretch.is_cut)
        try:
            for step in steps:
                if isinstance(step, Segment):
                    segments.append(step)
                    continue
                at = step.seam if at is None else at
                if step.seam > at:
                    unsaved.append(Utterance(at, step.seam, tuple(segments)))
                    at, segments = step.seam, []
                is_over = at >= stretch.end or at in stretch.known or is_stopped()
                if unsaved and (is_over or at - unsaved[0].start >= SAVED_SAMPLES):
                    yield Heard(job.number, stretch.channel, tuple(unsaved))
                    unsaved = []
                if is_over:
                    return
        except DecodeError:  # the file breaks off: who joins the stretches tells
            pass
    if at is not None:
        unsaved.append(Utterance(at, None, tuple(segments)))
        yield Heard(job.number, stretch.channel, tuple(unsaved))


def join(engine: Engine, job: Job, found: Mapping[int, Found]) -> Iterator[WorkEvent]:
    """Do a job whose sound was heard: read it for its gaps, write what was found in it.

    Where there is a hole, the job is stopped there.
    """
    joined = _Joined(engine, found)
    yield from work(joined, job, lambda: joined.is_at_hole)


class _Joined:
    """An engine that knows already what there is to hear."""

    def __init__(self, engine: Engine, found: Mapping[int, Found]) -> None:
        self._engine = engine
        self._found = found
        self.is_at_hole = False

    @property
    def pack(self) -> Pack:
        return self._engine.pack

    def recognise(
        self,
        file: AudioFile,
        *,
        seam: int = 0,
        before: Sequence[Segment] = (),
        speaker: str = "",
    ) -> Iterator[FileProgress | Segment]:
        """Tell what was found; read the file, which then knows where sound is missing."""
        found = self._found[int(speaker) - 1 if speaker else 0]
        yield from map(self._engine.writer(before), found.segments)
        position = round(file.begin * SAMPLE_RATE)
        for piece in file.pieces():
            position += piece.n_samples if isinstance(piece, Skip) else len(piece)
            if found.end is None:
                yield FileProgress(position / SAMPLE_RATE - file.begin, file.seconds)
            elif position >= found.end:
                break
        if found.end is not None:
            self.is_at_hole = True
            seconds = found.end / SAMPLE_RATE - file.begin
            yield FileProgress(seconds, file.seconds, found.end)
