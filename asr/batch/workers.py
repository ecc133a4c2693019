"""Who does the jobs: this process, or several of their own with an engine each."""

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

from asr.batch.events import ENDS, Failed, WorkEvent
from asr.batch.job import Job
from asr.batch.work import work
from asr.engine import Engine
from asr.errors import AsrError, BatchError

EngineFactory: TypeAlias = Callable[[], Engine]  # that another process can be sent

STOP: Final = "stop"
LEAVE_SECONDS: Final = 5.0  # that a worker has to end by itself


class Workers(Protocol):
    """Those who do jobs, one each at a time."""

    @property
    def idle(self) -> int:
        """How many could take a job."""

    @property
    def busy(self) -> int:
        """How many have one."""

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
    """A process with its end of the pipe, and the number of its job."""

    process: BaseProcess
    connection: Connection
    job: int | None = None  # until it is ready for the next
    has_ended: bool = False  # the job, whose end was told


@dataclass(frozen=True, slots=True)
class _Ready:
    """A worker is done with its job, and waits for the next."""


@dataclass(frozen=True, slots=True)
class _Unusable:
    """A worker could not load its engine."""

    sentence: str


class Processes:
    """Processes of this machine; one that dies fails its job, and another takes its place."""

    def __init__(self, factory: EngineFactory, n_processes: int) -> None:
        self._factory = factory
        self._n_processes = n_processes
        self._workers: list[_Worker] = []
        self._context = multiprocessing.get_context("spawn")

    @property
    def idle(self) -> int:
        """How many have no job, begun or not."""
        return self._n_processes - self.busy

    @property
    def busy(self) -> int:
        """How many have a job."""
        return sum(worker.job is not None for worker in self._workers)

    def submit(self, job: Job) -> None:
        """Give the job to a process, a new one if need be."""
        free = [one for one in self._workers if one.job is None and one.process.is_alive()]
        worker = free[0] if free else self._begin()
        worker.job, worker.has_ended = job.number, False
        with suppress(OSError):  # it died: `poll` finds out
            worker.connection.send(job)

    def poll(self, seconds: float) -> list[WorkEvent]:
        """Return what the processes tell. Raises BatchError if an engine cannot be loaded."""
        told: list[WorkEvent] = []
        busy = {one.connection: one for one in self._workers if one.job is not None}
        if not busy:
            time.sleep(seconds)
        for connection in wait(list(busy), seconds):
            assert isinstance(connection, Connection)
            told += self._receive(busy[connection])
        return told

    def stop(self) -> None:
        """Tell each that has a job."""
        for worker in self._workers:
            if worker.job is not None:
                with suppress(OSError):
                    worker.connection.send(STOP)

    def close(self) -> None:
        """End the processes: those without a job by themselves."""
        for worker in self._workers:
            worker.connection.close()
            if worker.job is not None:
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

    def _receive(self, worker: _Worker) -> list[WorkEvent]:
        try:
            message = worker.connection.recv()
        except (EOFError, OSError):
            return self._bury(worker)
        if isinstance(message, _Unusable):
            raise BatchError(message.sentence)
        if isinstance(message, _Ready):
            worker.job = None
            return []
        worker.has_ended = isinstance(message, ENDS)
        return [message]

    def _bury(self, worker: _Worker) -> list[WorkEvent]:
        """Tell that a process died, and of which job, unless that one had ended."""
        worker.process.join(LEAVE_SECONDS)
        self._workers.remove(worker)
        assert worker.job is not None
        if worker.has_ended:
            return []
        code = worker.process.exitcode
        how = "had too little memory or was killed" if code == -9 else f"ended with code {code}"
        return [Failed(worker.job, f"The process that worked on it {how}; try it by itself.")]


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
    """Do jobs until the other end closes. Runs in a process of its own."""
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
            is_stopped = connection.recv() == STOP  # EOFError: nobody waits for the job
        return is_stopped

    try:
        while True:
            job = connection.recv()
            if job == STOP:
                continue
            for event in work(engine, job, look):
                connection.send(event)
            connection.send(_Ready())
    except (EOFError, OSError):
        sys.exit()
