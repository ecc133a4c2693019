"""Who does the jobs: this process, or several of their own with an engine each.

Several hear a file together if it is long: Python lets one thread decode at a time.
"""

from __future__ import annotations

import multiprocessing
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Final, Protocol, TypeAlias

from asr.batch.events import ENDS, WorkEvent
from asr.batch.job import Job
from asr.batch.tasks import Task, Tasks
from asr.batch.work import work
from asr.engine import Engine
from asr.errors import AsrError, BatchError

EngineFactory: TypeAlias = Callable[[], Engine]  # that another process can be sent

STRETCH: Final = 150.0  # seconds of sound that are worth the start of another process
STOP: Final = "stop"
LEAVE_SECONDS: Final = 5.0  # that a worker has to end by itself


class Workers(Protocol):
    """Those who do jobs, one each at a time, or several a long one."""

    @property
    def idle(self) -> int:
        """How many could take a job."""

    @property
    def busy(self) -> int:
        """How many work, and what waits for one to be idle; 0 if all is done."""

    def submit(self, job: Job) -> None:
        """Give a job to one that is idle. Raises AsrError."""

    def poll(self, seconds: float) -> list[WorkEvent]:
        """Return what happened; wait for it so long. Raises AsrError if none can go on."""

    def stop(self) -> None:
        """Let each job end at its last seam."""

    def close(self) -> None:
        """Let all go at once; jobs under way are lost from their last seam on."""


class Here:
    """This process, on the caller's thread: a step of the job is done in each `poll`."""

    def __init__(self, factory: EngineFactory) -> None:
        self._factory = factory
        self._engine: Engine | None = None
        self._steps: Iterator[WorkEvent] | None = None
        self._is_stopped = False

    @property
    def idle(self) -> int:
        """One, unless it is busy."""
        return 1 - self.busy

    @property
    def busy(self) -> int:
        """One during a job."""
        return int(self._steps is not None)

    def submit(self, job: Job) -> None:
        """Begin a job; the first loads the engine. Raises AsrError."""
        self._engine = self._engine or self._factory()
        self._steps = work(self._engine, job, lambda: self._is_stopped)

    def poll(self, seconds: float) -> list[WorkEvent]:
        """Take one step."""
        if self._steps is None:
            time.sleep(seconds)
            return []
        for event in self._steps:
            return [event]
        self._steps = None
        return []

    def stop(self) -> None:
        """Let the job end at its last seam."""
        self._is_stopped = True

    def close(self) -> None:
        """Let the job go."""
        self._steps = None


@dataclass(slots=True)
class _Worker:
    """A process with its end of the pipe, and what it does."""

    process: BaseProcess
    connection: Connection
    task: Task | None = None  # until it is ready for the next


@dataclass(frozen=True, slots=True)
class _Ready:
    """A worker is done with its task, and waits for the next."""


@dataclass(frozen=True, slots=True)
class _Unusable:
    """A worker could not load its engine."""

    sentence: str


class Processes:
    """Processes of this machine; one that dies fails its job, and another takes its place."""

    def __init__(
        self, factory: EngineFactory, n_processes: int, *, stretch: float = STRETCH
    ) -> None:
        """Begin none yet.

        Args:
            factory: Makes an engine, in each process.
            n_processes: At most.
            stretch: Seconds that are worth a process; files of two or more are heard by
                several.
        """
        self._factory = factory
        self._n_processes = n_processes
        self._tasks = Tasks(stretch, n_processes)
        self._told: list[WorkEvent] = []  # what the next poll returns
        self._workers: list[_Worker] = []
        self._context = multiprocessing.get_context("spawn")

    @property
    def idle(self) -> int:
        """How many have no task, begun or not."""
        return max(0, self._n_processes - self.busy)

    @property
    def busy(self) -> int:
        """How many have a task, and how many tasks wait."""
        return len(self._tasks) + sum(worker.task is not None for worker in self._workers)

    def submit(self, job: Job) -> None:
        """Give the job to a process, a new one if need be; a long file to several."""
        self._told += self._tasks.add(job)
        self._hand_out()

    def poll(self, seconds: float) -> list[WorkEvent]:
        """Return what the processes tell. Raises BatchError if an engine cannot be loaded."""
        self._hand_out()
        told, self._told = self._told, []
        busy = {one.connection: one for one in self._workers if one.task is not None}
        if not busy:
            time.sleep(0 if told else seconds)
            return told
        for connection in wait(list(busy), 0 if told else seconds):
            assert isinstance(connection, Connection)
            worker = busy[connection]
            if worker in self._workers and worker.task is not None:
                told += self._receive(worker, worker.task)
        return told

    def stop(self) -> None:
        """Tell each that has a task; what waits is left."""
        self._tasks.stop()
        for worker in self._workers:
            if worker.task is not None:
                with suppress(OSError):
                    worker.connection.send(STOP)

    def close(self) -> None:
        """End the processes: those without a task by themselves."""
        for worker in self._workers:
            worker.connection.close()
            if worker.task is not None:
                worker.process.kill()
        for worker in self._workers:
            worker.process.join(LEAVE_SECONDS)
            if worker.process.is_alive():
                worker.process.kill()
        self._workers.clear()

    def _begin(self) -> _Worker:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(
            target=_serve, args=(theirs, self._factory), name="earshot worker", daemon=True
        )
        with _interrupts_ignored():
            process.start()
        theirs.close()
        worker = _Worker(process, ours)
        self._workers.append(worker)
        return worker

    def _hand_out(self) -> None:
        """Hand out what waits, and begin processes as far as there is need and room."""
        while len(self._tasks) and (worker := self._free()):
            worker.task = self._tasks.take()
            with suppress(OSError):  # it died: `poll` finds out
                worker.connection.send(worker.task)

    def _free(self) -> _Worker | None:
        """Return a process without a task, a new one if need be; None if there is no room."""
        for worker in self._workers:
            if worker.task is None and worker.process.is_alive():
                return worker
        n_busy = sum(worker.task is not None for worker in self._workers)
        return self._begin() if n_busy < self._n_processes else None

    def _receive(self, worker: _Worker, task: Task) -> list[WorkEvent]:
        try:
            message = worker.connection.recv()
        except (EOFError, OSError):
            return self._bury(worker, task)
        if isinstance(message, _Unusable):
            raise BatchError(message.sentence)
        if isinstance(message, _Ready):
            worker.task = None
            self._tasks.end(task)
            return []
        told = self._tasks.heed(task, [message])
        if any(isinstance(event, ENDS) for event in told):
            self._leave(task.job.number, but=worker)
        return told

    def _bury(self, worker: _Worker, task: Task) -> list[WorkEvent]:
        """Tell that a process died, and of which job, unless that one had ended."""
        worker.process.join(LEAVE_SECONDS)
        self._workers.remove(worker)
        if not self._tasks.is_wanted(task):
            return []
        self._leave(task.job.number)
        code = worker.process.exitcode
        how = "had too little memory or was killed" if code == -9 else f"ended with code {code}"
        sentence = f"The process that worked on it {how}; try it by itself, with --jobs 1."
        return self._tasks.fail(task, sentence)

    def _leave(self, number: int, *, but: _Worker | None = None) -> None:
        """Let those go, but for one, who still work on a job that has ended."""
        for worker in list(self._workers):
            if worker is not but and worker.task and worker.task.job.number == number:
                self._workers.remove(worker)
                worker.connection.close()
                worker.process.kill()


@contextmanager
def _interrupts_ignored() -> Iterator[None]:
    """Let what begins here be deaf to Ctrl+C from its first moment, as `_serve` is."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _serve(connection: Connection, factory: EngineFactory) -> None:
    """Do tasks until the other end closes. Runs in a process of its own."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the one who asked decides what it means
    try:
        engine = factory()
    except AsrError as error:
        connection.send(_Unusable(str(error)))
        return
    is_stopped = False

    def look() -> bool:
        nonlocal is_stopped
        while not is_stopped and connection.poll():
            is_stopped = connection.recv() == STOP  # EOFError: nobody waits for the task
        return is_stopped

    try:
        while True:
            task = connection.recv()
            if task == STOP:
                continue
            for event in task.steps(engine, look):
                connection.send(event)
            connection.send(_Ready())
    except (EOFError, OSError):
        sys.exit()
