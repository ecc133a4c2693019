"""Jobs on many machines, by Ray: plain actors that get paths, one engine each.

Every machine sees the files under the same paths, and has the program installed. Ray places
the actors and tells when one is lost, with its machine or alone; its job is then done again by
another, from the last seam. The ledger stays with the one who asked.
"""

from __future__ import annotations

import importlib
import os
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

from asr.batch.events import ENDS, Failed, Saved, WorkEvent
from asr.batch.job import Job
from asr.batch.work import seam_after, work
from asr.batch.workers import EngineFactory
from asr.errors import AsrError, BatchError, ConfigError

LOCAL: Final = "local"  # the address of a cluster that is made on this machine
TRIES: Final = 3  # of a job whose actors are lost
TELL_SECONDS: Final = 0.5  # between two messages of an actor
RECOVER_SECONDS: Final = 60.0  # after a loss, before Ray's count of CPUs is trusted again
LOST: Final = "It was lost with the process or the machine that worked on it, {} times."


@dataclass(frozen=True, slots=True)
class Unusable:
    """An actor could not load its engine."""

    sentence: str


class Actor:
    """Runs on a machine of the cluster; two threads, of which one only takes `stop`."""

    def __init__(self, factory: EngineFactory) -> None:
        self._factory = factory
        self._engine: Any = None
        self._is_stopped = False

    def work(self, job: Job) -> Iterator[list[WorkEvent] | Unusable]:
        """Do a job, and tell of it now and then."""
        try:
            self._engine = self._engine or self._factory()
        except AsrError as error:
            yield Unusable(str(error))
            return
        told: list[WorkEvent] = []
        last = time.monotonic()
        for event in work(self._engine, job, lambda: self._is_stopped):
            told.append(event)
            if time.monotonic() - last >= TELL_SECONDS:
                yield told
                told, last = [], time.monotonic()
        yield told

    def stop(self) -> None:
        """Let the job end at its last seam."""
        self._is_stopped = True


@dataclass(slots=True)
class _Worker:
    """An actor, the job that it has, and what it tells of that one."""

    actor: Any
    job: Job | None = None
    steps: Any = None


class Cluster:
    """Workers on a Ray cluster.

    Args:
        factory: Makes an engine; goes to each actor.
        address: Of the cluster, or LOCAL.
        n_actors: As many as there are CPUs for, if not given.
        cpus: Of each actor, which is how many threads its engine should have.
        gpus: Of each actor; parts of one can be shared.

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
    ) -> None:
        self.n_lost = 0  # actors so far
        self._ray = _connected(address)
        self._make = partial(
            self._ray.remote(num_cpus=cpus, num_gpus=gpus, max_concurrency=2)(Actor).remote,
            factory,
        )
        self._cpus = cpus
        self._wanted = n_actors
        self._workers: list[_Worker] = []
        self._waiting: deque[Job] = deque()  # whose actor was lost
        self._losses: dict[int, int] = {}  # by the job's number
        self._room = self._count_room()
        self._count_again = 0.0  # by the clock
        if not self._room:
            raise ConfigError("The cluster at {address} has no CPU to give.", address=address)

    @property
    def idle(self) -> int:
        """How many could take a job."""
        return max(0, self._room - self.busy)

    @property
    def busy(self) -> int:
        """How many jobs are under way, or wait for another try."""
        return len(self._waiting) + sum(worker.job is not None for worker in self._workers)

    def submit(self, job: Job) -> None:
        """Give the job to an actor, a new one if there is room."""
        free = next((worker for worker in self._workers if worker.job is None), None)
        if free is None:
            free = _Worker(self._make())
            self._workers.append(free)
        free.job = job
        free.steps = free.actor.work.options(num_returns="streaming").remote(job)

    def poll(self, seconds: float) -> list[WorkEvent]:
        """Return what the actors tell. Raises BatchError if none can load its engine."""
        self._try_again()
        running = [worker for worker in self._workers if worker.job is not None]
        if not running:
            time.sleep(seconds)
            return []
        ready, _ = self._ray.wait([worker.steps for worker in running], timeout=seconds)
        told: list[WorkEvent] = []
        for worker in running:
            if any(worker.steps is steps for steps in ready):
                told += self._receive(worker)
        return told

    def stop(self) -> None:
        """Tell every actor; jobs that wait for another try are left."""
        self._waiting.clear()
        for worker in self._workers:
            worker.actor.stop.remote()

    def close(self) -> None:
        """Let all actors go, and leave the cluster."""
        for worker in self._workers:
            self._ray.kill(worker.actor)
        self._workers.clear()
        self._ray.shutdown()

    def _receive(self, worker: _Worker) -> list[WorkEvent]:
        """Take the next message of an actor."""
        try:
            message = self._ray.get(next(worker.steps))
        except StopIteration:
            worker.job = None
            return []
        except self._ray.exceptions.RayError:
            return self._lose(worker)
        if isinstance(message, Unusable):
            raise BatchError(message.sentence)
        for event in message:
            assert worker.job is not None
            if isinstance(event, Saved):
                worker.job = replace(worker.job, seam=seam_after(worker.job.seam, event))
        if message and isinstance(message[-1], ENDS):
            worker.job = None
        return list(message)

    def _lose(self, worker: _Worker) -> list[WorkEvent]:
        """Give the job of a lost actor another try; expect less room for a while."""
        assert worker.job is not None
        job = worker.job
        self._workers.remove(worker)
        self.n_lost += 1
        self._room = max(1, self._room - 1)
        self._count_again = time.monotonic() + RECOVER_SECONDS
        losses = self._losses[job.number] = self._losses.get(job.number, 0) + 1
        if losses < TRIES:
            self._waiting.append(job)
            return []
        return [Failed(job.number, LOST.format(losses))]

    def _try_again(self) -> None:
        """Hand out jobs whose actor was lost, as far as there is room."""
        if self._count_again and time.monotonic() > self._count_again:
            self._room, self._count_again = max(1, self._count_room()), 0.0
        n_running = sum(worker.job is not None for worker in self._workers)
        while self._waiting and n_running < self._room:
            self.submit(self._waiting.popleft())
            n_running += 1

    def _count_room(self) -> int:
        cpus = int(self._ray.cluster_resources().get("CPU", 0)) // self._cpus
        return cpus if self._wanted is None else min(cpus, self._wanted)


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
