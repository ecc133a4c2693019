"""A real Ray cluster of three nodes, one of which is killed in the middle."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from asr.batch.batch import Batch, BatchOptions
from asr.batch.cluster import Actor, Cluster
from asr.batch.events import Accepted, Advanced, Finished, Started
from asr.batch.sources import find_sources
from asr.batch.workers import Here
from asr.errors import BatchError, ConfigError
from tests.asr.batch.letters import (
    Letters,
    Slow,
    contents,
    die,
    of_kind,
    run,
    sound,
    without_pack,
)
from tests.asr.batch.tones import SlowTones, Tones, stop_and_go_on, talk

N_FILES = 24
PATIENCE_SECONDS = 240.0  # with a busy machine


@dataclass(frozen=True)
class Meeting:
    """Makes an engine once as many actors are there: each on its node, if that has one CPU."""

    make: Callable[[], Any]
    folder: Path
    n_actors: int = 3

    def __call__(self) -> Any:
        (self.folder / f"{os.getpid()}.pid").touch()
        wait_for(lambda: len(list(self.folder.glob("*.pid"))) >= self.n_actors)
        return self.make()


def wait_for(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.1)


@pytest.fixture(scope="module")
def nodes() -> Iterator[Any]:
    """Two nodes of one CPU each; a third is added by who kills it."""
    pytest.importorskip("ray", reason="the extra [cluster] is absent")
    from ray.cluster_utils import Cluster as Nodes

    # On a busy machine nodes answer late; one that is killed does not answer at all.
    patience = {"health_check_timeout_ms": 120_000, "health_check_period_ms": 1_000}
    head = {"num_cpus": 1, "_system_config": patience}
    nodes = Nodes(initialize_head=True, head_node_args=head)
    nodes.add_node(num_cpus=1)
    yield nodes
    nodes.shutdown()


def test_a_lost_node_loses_nothing_and_nothing_is_done_twice(
    nodes: Any, tmp_path: Path
) -> None:
    paths = [sound(tmp_path / "in" / f"{i:02}.wav", seconds=2, seed=i) for i in range(N_FILES)]
    run(paths, tmp_path / "one")
    victim = nodes.add_node(num_cpus=1)
    workers = Cluster(Meeting(Slow, tmp_path), nodes.address)
    batch = Batch(BatchOptions(output=tmp_path / "out"), workers, pack="of letters")
    found = []

    for event in batch.run(find_sources(paths)):
        found.append(event)
        if victim and len(of_kind(found, Finished)) == N_FILES // 4:
            nodes.remove_node(victim, allow_graceful=False)
            victim = None

    assert workers.n_lost >= 1
    done = [event.job for event in of_kind(found, Finished)]
    assert len(done) == len(set(done)) == N_FILES
    assert contents(tmp_path / "out") == contents(tmp_path / "one")


def test_a_long_file_is_heard_by_several_of_whom_one_may_be_lost(
    nodes: Any, tmp_path: Path
) -> None:
    path = talk(tmp_path / "in" / "long.wav", seconds=150)
    short = talk(tmp_path / "in" / "short.wav", seconds=3, seed=1)
    run([path, short], tmp_path / "one", Here(Tones), formats=("json",))
    victim = nodes.add_node(num_cpus=1)
    workers = Cluster(Meeting(SlowTones, tmp_path), nodes.address, stretch=15.0)
    options = BatchOptions(output=tmp_path / "out", formats=("json",))
    found = []

    for event in Batch(options, workers, pack="of letters").run(find_sources([path, short])):
        found.append(event)
        if victim and of_kind(found, Advanced):
            nodes.remove_node(victim, allow_graceful=False)
            victim = None

    assert workers.n_lost >= 1
    assert sorted(event.job for event in of_kind(found, Finished)) == [1, 2]
    assert [event.job for event in of_kind(found, Started)].count(1) == 1
    told = [event.seconds for event in of_kind(found, Advanced) if event.job == 1]
    assert told == sorted(told)
    assert contents(tmp_path / "out") == contents(tmp_path / "one")


def test_a_long_file_that_is_stopped_goes_on_from_what_was_heard(
    nodes: Any, tmp_path: Path
) -> None:
    path = talk(tmp_path / "in" / "long.wav", seconds=150)

    stop_and_go_on(path, tmp_path, lambda: Cluster(Tones, nodes.address, stretch=15.0))


def test_a_node_that_is_lost_before_its_actor_is_there_keeps_no_file(
    nodes: Any, tmp_path: Path
) -> None:
    paths = [sound(tmp_path / "in" / f"{i}.wav", seed=i) for i in range(6)]
    run(paths, tmp_path / "one")
    victim = nodes.add_node(num_cpus=1)
    workers = Cluster(Letters, nodes.address)
    batch = Batch(BatchOptions(output=tmp_path / "out"), workers, pack="of letters")
    found = []

    for event in batch.run(find_sources(paths)):
        found.append(event)
        if victim and len(of_kind(found, Accepted)) == 3:
            time.sleep(0.5)  # Ray has chosen the nodes; a process takes longer
            nodes.remove_node(victim, allow_graceful=False)
            victim = None

    assert len(of_kind(found, Finished)) == len(paths)
    assert contents(tmp_path / "out") == contents(tmp_path / "one")


class Holder:
    """Somebody else's actor."""

    def is_there(self) -> bool:
        return True


def test_an_actor_for_which_others_leave_no_cpu_keeps_no_file(
    nodes: Any, tmp_path: Path
) -> None:
    import ray

    paths = [sound(tmp_path / f"{i}.wav", seed=i) for i in range(3)]
    workers = Cluster(Letters, nodes.address)
    other = ray.remote(num_cpus=1)(Holder).remote()
    assert ray.get(other.is_there.remote())

    found = list(Batch(BatchOptions(output=tmp_path / "out"), workers).run(find_sources(paths)))

    assert len(of_kind(found, Finished)) == len(paths)


@pytest.mark.parametrize(
    ("factory", "sentence"), [(without_pack, "no model pack"), (die, "No actor of the cluster")]
)
def test_an_engine_that_nobody_can_load_is_a_sentence(
    factory: Callable[[], Any], sentence: str, nodes: Any, tmp_path: Path
) -> None:
    workers = Cluster(factory, nodes.address)
    batch = Batch(BatchOptions(output=tmp_path / "out"), workers)

    with pytest.raises(BatchError, match=sentence):
        list(batch.run(find_sources([sound(tmp_path / "a.wav")])))


def test_an_actor_says_why_it_has_no_engine() -> None:
    assert Actor(without_pack).load() == "There is no model pack."
    assert Actor(Letters).load() == ""


def test_a_cluster_without_ray_is_a_sentence(hide: Callable[[str], None]) -> None:
    hide("ray")

    with pytest.raises(ConfigError, match="pip install"):
        Cluster(Letters)
