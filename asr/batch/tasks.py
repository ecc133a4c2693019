"""Tasks: a job, or a stretch of a long file, or the joining of what was heard of one.

Who has several workers takes the tasks from here, hands them out, and passes on what the
workers tell; what comes of it is what one worker would have told of the whole file.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from asr.batch.events import ENDS, Advanced, Failed, Finished, Saved, Started, WorkEvent
from asr.batch.job import FileSource, Heard, Job, Selection
from asr.batch.stretches import Found, LongFile, Stretch, hear, join
from asr.batch.work import open_source, seam_after, work
from asr.engine import Engine

log = logging.getLogger(__name__)

LEAST_RATE: Final = 500  # bytes a second, 4 kbit/s: speech is never coded in fewer


@dataclass(frozen=True, slots=True)
class Task:
    """What a worker does at a time; a value that may travel to another process or machine."""

    name: tuple[int, ...]  # the same, whoever has it, and however far it is
    job: Job
    stretch: Stretch | None = None
    found: Mapping[int, Found] | None = None  # what is to be joined, by channel

    def steps(self, engine: Engine, is_stopped: Callable[[], bool]) -> Iterator[WorkEvent]:
        """Do it, step by step; once `is_stopped`, it ends at the last seam."""
        if self.stretch is not None:
            return hear(engine, self.job, self.stretch, is_stopped)
        if self.found is not None:
            return join(engine, self.job, self.found)
        return work(engine, self.job, is_stopped)


@dataclass(frozen=True, slots=True)
class _Long:
    """A long file that is under way."""

    file: LongFile
    began: float  # by the clock


class Tasks:
    """What is to be done, in turn.

    Args:
        stretch: Seconds; files of two or more are heard in stretches as long or longer.
        most: Stretches of a channel at most; below two, every file is heard in one.
    """

    def __init__(self, stretch: float, most: int) -> None:
        self._stretch = stretch
        self._most = most
        self._waiting: deque[Task] = deque()
        self._under_way: dict[tuple[int, ...], Task] = {}  # by name
        self._long: dict[int, _Long] = {}  # by the job's number
        self._is_stopping = False

    def __len__(self) -> int:
        """How many wait."""
        return len(self._waiting)

    def add(self, job: Job) -> list[WorkEvent]:
        """Add a job: a task, or several; return what there is to tell of it."""
        file = self._long_file(job)
        if file is None:
            self._waiting.append(Task((job.number,), job))
            return []
        self._long[job.number] = _Long(file, time.monotonic())
        self._waiting += [_task(file, stretch) for stretch in file.stretches()]
        self._go_on(job.number)
        return [Started(job.number)]

    def take(self) -> Task | None:
        """Take what is next, to be done; None if nothing is."""
        if not self._waiting:
            return None
        task = self._waiting.popleft()
        self._under_way[task.name] = task
        return task

    def give_back(self, task: Task) -> None:
        """Let another worker go on with a task."""
        self._waiting.append(self._under_way.pop(task.name))

    def heed(self, task: Task, told: Sequence[WorkEvent]) -> list[WorkEvent]:
        """Take what a worker tells of its task; return what it means for the batch."""
        long = self._long.get(task.job.number)
        if long is not None:
            return [one for event in told for one in self._heed(task, long, event)]
        job = self._under_way[task.name].job
        for event in told:
            if isinstance(event, Saved):
                job = replace(job, seam=seam_after(job.seam, event))
            if isinstance(event, ENDS):
                del self._under_way[task.name]
                return list(told)
        self._under_way[task.name] = replace(task, job=job)
        return list(told)

    def end(self, task: Task) -> None:
        """Take note that a worker is done with its task."""
        if self._under_way.pop(task.name, None) and task.job.number in self._long:
            self._go_on(task.job.number)

    def fail(self, task: Task, sentence: str) -> list[WorkEvent]:
        """Give a job up."""
        self._drop(task.job.number)
        return [Failed(task.job.number, sentence)]

    def is_wanted(self, task: Task) -> bool:
        """Whether somebody is still to do it: it has not ended, nor has its job failed."""
        return task.name in self._under_way

    def stop(self) -> None:
        """Leave what waits; long files are joined as far as they are heard."""
        self._is_stopping = True
        self._waiting.clear()
        for number in self._long:
            self._go_on(number)

    def _heed(self, task: Task, long: _Long, event: WorkEvent) -> list[WorkEvent]:
        """Take what a worker tells of a long file."""
        match event:
            case Heard():
                long.file.take(event)
                end = event.utterances[-1].end
                if task.stretch is not None and end is not None:
                    rest = replace(task.stretch, start=end, is_cut=False)
                    self._under_way[task.name] = replace(task, stretch=rest)
                return [event, Advanced(event.job, long.file.seconds, long.file.total)]
            case Started() | Advanced():
                return []
            case Finished():
                event = replace(event, took=time.monotonic() - long.began)
        if isinstance(event, ENDS):
            self._drop(event.job)
        return [event]

    def _go_on(self, number: int) -> None:
        """See what is left of a long file when no stretch of it is under way."""
        tasks = [*self._waiting, *self._under_way.values()]
        if any(task.job.number == number for task in tasks):
            return
        file = self._long[number].file
        hole = None if self._is_stopping else file.hole()
        joining = Task((number,), file.job, found=file.found())
        self._waiting.appendleft(_task(file, hole) if hole else joining)

    def _drop(self, number: int) -> None:
        """Leave a job that has ended, and all that was to be done of it."""
        self._long.pop(number, None)
        self._waiting = deque(one for one in self._waiting if one.job.number != number)
        for name in [name for name, one in self._under_way.items() if one.job.number == number]:
            del self._under_way[name]

    def _long_file(self, job: Job) -> LongFile | None:
        """Return a file that several workers should hear; None for all others."""
        found = None
        if self._most > 1:
            found = length_and_channels(job.source, job.selection, at_least=2 * self._stretch)
        if found is None:
            return None
        seconds, n_channels = found
        stretch = max(self._stretch, seconds / self._most)
        return LongFile(job, seconds, n_channels, stretch=stretch)


def length_and_channels(
    source: FileSource, selection: Selection, *, at_least: float
) -> tuple[float, int] | None:
    """Return how long a file is in which several workers can begin.

    Args:
        source: The file.
        selection: What is to be heard of it.
        at_least: Seconds.

    Returns:
        The seconds that are to be heard, and the channels of the file. None if it is shorter,
        cannot be read, does not tell, or lies elsewhere: each worker would have to fetch it.
    """
    if source.address or source.problem:
        return None
    try:
        if source.path.stat().st_size < at_least * LEAST_RATE:
            return None
        with open_source(source, selection, selection.channel) as file:
            seconds, n_channels = file.seconds, file.channels
    except Exception:  # libraries raise anything; a worker tells it
        log.debug("«%s»", source.place, exc_info=True)
        return None
    return None if seconds is None or seconds < at_least else (seconds, n_channels)


def _task(file: LongFile, stretch: Stretch) -> Task:
    return Task((file.job.number, stretch.channel, stretch.start), file.job, stretch)
