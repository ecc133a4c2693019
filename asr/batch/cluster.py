"""Jobs on many machines, by Ray: plain actors that get paths, one engine each.

Every machine sees the files under the same paths, and has the program installed. Ray places
the actors and tells when one is lost, with its machine or alone; what it had to do is then done
by another, from the last seam. A very long file is heard in stretches, by several actors. The
ledger stays with the one who asked.
"""

from __future__ import annotations

import importlib
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from asr.batch.events import ENDS, WorkEvent
from asr.batch.job import Job
from asr.batch.tasks import Task, Tasks
from asr.batch.workers import EngineFactory
from asr.errors import AsrError, BatchError, ConfigError

STRETCH: Final = 1800.0  # seconds of a stretch at least
MOST: Final = 20  # stretches of a channel: each worker reads, unheard, what comes before
LOCAL: Final = "local"  # the address of a cluster that is made on this machine
TRIES: Final = 3  # of a task whose actors are lost
TELL_SECONDS: Final = 0.5  # between two messages of an actor
RECOVER_SECONDS: Final = 60.0  # after a loss, before Ray's count of CPUs is trusted again
LOST: Final = "It was lost with the process or the machine that worked on it, {} times."


class Actor:
    """Runs on a machine of the cluster; two threads, of which one only takes `stop`."""

    def __init__(self, factory: EngineFactory) -> None:
        self._factory = factory
        self._engine: Any = None
        self._is_stopped = False

    def load(self) -> str:
        """Load the engine; return why that cannot be done, or nothing."""
        try:
            self._engine = self._factory()
        except AsrError as error:
            return str(error)
        return ""

    def work(self, task: Task) -> Iterator[list[WorkEvent]]:
        """Do a task; tell that it begins, and of it now and then."""
        yield []
        told: list[WorkEvent] = []
        last = time.monotonic()
        for event in task.steps(self._engine, lambda: self._is_stopped):
            told.append(event)
            if time.monotonic() - last >= TELL_SECONDS:
                yield told
                told, last = [], time.monotonic()
        yield told

    def stop(self) -> None:
        """Let the task end at its last seam."""
        self._is_stopped = True


@dataclass(slots=True)
class _Worker:
    """An actor, the task that it has, and what it tells of that one.

    It gets none before its engine is loaded: others may be ready sooner, and where somebody
    else has taken the room that Ray counts it waits for ever, without a word.
    """

    actor: Any
    loading: Any  # None: it is loaded
    task: Task | None = None
    steps: Any = None
    has_begun: bool = False  # the task

    @property
    def is_free(self) -> bool:
        """Whether it can be given a task."""
        return self.loading is None and self.task is None

    @property
    def answer(self) -> Any:
        """What it is to say next; None if nothing."""
        return self.loading or (self.steps if self.task else None)


class Cluster:
    """Workers on a Ray cluster.

    Args:
        factory: Makes an engine; goes to each actor.
        address: Of the cluster, or LOCAL.
        n_actors: As many as there are CPUs for, if not given.
        cpus: Of each actor, which is how many threads its engine should have.
        gpus: Of each actor; parts of one can be shared.
        stretch: Seconds of sound; files of two or more are heard by several actors.

    Raises:
        ConfigError: Ray is not installed, or there is no such cluster.
    """

    def __init__(
        self,
        factory: EngineFactory,
        address: str = LOCAL,
        *,
        n_actors: int | None = None,
        cpus: int = 1,
        gpus: float = 0.0,
        stretch: float = STRETCH,
    ) -> None:
        self.n_lost = 0  # actors so far
        self._ray = _connected(address)
        self._make = partial(
            self._ray.remote(num_cpus=cpus, num_gpus=gpus, max_concurrency=2)(Actor).remote,
            factory,
        )
        self._cpus, self._gpus = cpus, gpus
        self._wanted = n_actors
        self._tasks = Tasks(stretch, MOST)
        self._workers: list[_Worker] = []
        self._losses: dict[tuple[int, ...], int] = {}  # by the task's name
        self._n_unloaded = 0  # actors lost before they were loaded, one after another
        self._told: list[WorkEvent] = []  # what the next poll returns
        self._is_stopping = False
        self._room = self._count_room()
        self._count_again = 0.0  # by the clock
        if not self._room:
            raise ConfigError(
                "The cluster at {address} has no {what} to give.",
                address=address,
                what="GPU" if gpus else "CPU",
            )

    @property
    def idle(self) -> int:
        """How many could take a job."""
        return max(0, self._room - self.busy)

    @property
    def busy(self) -> int:
        """How many have a task, and how many tasks wait."""
        return len(self._tasks) + sum(worker.task is not None for worker in self._workers)

    def submit(self, job: Job) -> None:
        """Give the job to an actor, a new one if there is room; a long file to several."""
        self._told += self._tasks.add(job)
        self._hand_out()

    def poll(self, seconds: float) -> list[WorkEvent]:
        """Return what the actors tell. Raises BatchError if none can load its engine."""
        self._hand_out()
        told, self._told = self._told, []
        awaited = [worker for worker in self._workers if not worker.is_free]
        if not awaited:
            time.sleep(0 if told else seconds)
            return told
        answers = [worker.answer for worker in awaited]
        ready, _ = self._ray.wait(answers, timeout=0 if told else seconds)
        for worker in awaited:
            if worker not in self._workers:  # let go meanwhile, with its job
                continue
            if not any(worker.answer is one for one in ready):
                continue
            if worker.loading is not None:
                self._welcome(worker)
            elif worker.task is not None:
                told += self._receive(worker, worker.task)
        return told

    def stop(self) -> None:
        """Tell every actor; what waits is left, but long files are joined as far as heard."""
        self._is_stopping = True
        self._tasks.stop()
        for worker in self._workers:
            worker.actor.stop.remote()

    def close(self) -> None:
        """Let all actors go, and leave the cluster."""
        for worker in self._workers:
            self._ray.kill(worker.actor)
        self._workers.clear()
        self._ray.shutdown()

    def _welcome(self, worker: _Worker) -> None:
        """Take an actor on whose engine is loaded. Raises BatchError if none can be."""
        try:
            trouble = self._ray.get(worker.loading)
        except self._ray.exceptions.RayError as error:
            self._bury(worker)
            self._n_unloaded += 1
            if self._n_unloaded >= TRIES and not any(
                other.loading is None for other in self._workers
            ):
                raise BatchError(
                    "No actor of the cluster can begin: {why}", why=_last_line(error)
                ) from error
            return
        if trouble:
            raise BatchError(trouble)
        worker.loading = None
        self._n_unloaded = 0

    def _receive(self, worker: _Worker, task: Task) -> list[WorkEvent]:
        """Take the next message of an actor."""
        try:
            message = self._ray.get(next(worker.steps))
        except StopIteration:
            worker.task = None
            self._tasks.end(task)
            return []
        except self._ray.exceptions.RayError:
            return self._lose(worker, task)
        worker.has_begun = True
        told = self._tasks.heed(task, message)
        if any(isinstance(event, ENDS) for event in told):
            worker.task = None
            self._leave(task.job.number)
        return told

    def _leave(self, number: int) -> None:
        """Let those go who still work on a job that has ended."""
        for worker in list(self._workers):
            if worker.task is not None and worker.task.job.number == number:
                self._workers.remove(worker)
                self._ray.kill(worker.actor)

    def _lose(self, worker: _Worker, task: Task) -> list[WorkEvent]:
        """Give the task of a lost actor another try."""
        self._bury(worker)
        # It may have been lost long ago, idle: then it is not the task that is to blame.
        losses = self._losses.get(task.name, 0) + worker.has_begun
        self._losses[task.name] = losses
        if losses < TRIES:
            self._tasks.give_back(task)
            return []
        self._leave(task.job.number)
        return self._tasks.fail(task, LOST.format(losses))

    def _bury(self, worker: _Worker) -> None:
        """Leave a lost actor, alive though it may be; expect less room for a while."""
        self._workers.remove(worker)
        self._ray.kill(worker.actor)
        self.n_lost += 1
        self._room = max(1, self._room - 1)
        self._count_again = time.monotonic() + RECOVER_SECONDS

    def _hand_out(self) -> None:
        """Hand out what waits, and begin actors as far as there is need and room."""
        if self._count_again and time.monotonic() > self._count_again:
            self._room, self._count_again = max(1, self._count_room()), 0.0
        for worker in self._workers:
            if worker.is_free and (task := self._tasks.take()):
                steps = worker.actor.work.options(num_returns="streaming").remote(task)
                worker.task, worker.steps, worker.has_begun = task, steps, False
        n_loading = sum(worker.loading is not None for worker in self._workers)
        n_room = self._room - len(self._workers)
        for _ in range(min(len(self._tasks) - n_loading, n_room)):
            actor = self._make()
            self._workers.append(_Worker(actor, actor.load.remote()))
            if self._is_stopping:
                actor.stop.remote()

    def _count_room(self) -> int:
        resources = self._ray.cluster_resources()
        room = int(resources.get("CPU", 0)) // self._cpus
        if self._gpus:
            room = min(room, int(resources.get("GPU", 0) / self._gpus))
        return room if self._wanted is None else min(room, self._wanted)


def _last_line(error: Exception) -> str:
    """Return what an error of Ray says at its end, where the cause is."""
    return (str(error).strip().splitlines() or [type(error).__name__])[-1]


def _connected(address: str) -> Any:
    """Return Ray, connected; it is kept from telling its makers of it. Raises ConfigError."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    try:
        ray = importlib.import_module("ray")  # an extra
    except ImportError as error:
        raise ConfigError(
            "A cluster needs the library «ray»: pip install -e '.[cluster]'."
        ) from error
    try:
        ray.init(
            address=None if address == LOCAL else address,
            include_dashboard=False if address == LOCAL else None,
            log_to_driver=False,
            logging_level="ERROR",
        )
    except (ConnectionError, ValueError, RuntimeError) as error:
        raise ConfigError(
            "There is no Ray cluster at {address}: {why}", address=address, why=error
        ) from error
    return ray
