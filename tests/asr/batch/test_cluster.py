"""A real Ray cluster of three nodes, one of which is killed in the middle."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from asr.batch.batch import Batch, BatchOptions
from asr.batch.cluster import Actor, Cluster, Unusable
from asr.batch.events import Finished
from asr.batch.sources import find_sources
from asr.errors import ConfigError
from tests.asr.batch.letters import Letters, contents, of_kind, run, sound, without_pack
from tests.asr.batch.test_work import job

N_FILES = 24


@pytest.fixture(scope="module")
def nodes() -> Iterator[Any]:
    """Two nodes of one CPU each; a third is added by who kills it."""
    pytest.importorskip("ray", reason="the extra [cluster] is absent")
    from ray.cluster_utils import Cluster as Nodes

    nodes = Nodes(initialize_head=True, head_node_args={"num_cpus": 1})
    nodes.add_node(num_cpus=1)
    yield nodes
    nodes.shutdown()


def test_a_lost_node_loses_nothing_and_nothing_is_done_twice(
    nodes: Any, tmp_path: Path
) -> None:
    paths = [sound(tmp_path / "in" / f"{i:02}.wav", seconds=2, seed=i) for i in range(N_FILES)]
    run(paths, tmp_path / "one")
    victim = nodes.add_node(num_cpus=1)
    workers = Cluster(Letters, nodes.address)
    batch = Batch(BatchOptions(output=tmp_path / "out"), workers, pack="of letters")
    found = []

    for event in batch.run(find_sources(paths)):
        found.append(event)
        if victim and len(of_kind(found, Finished)) == N_FILES // 4:
            nodes.remove_node(victim, allow_graceful=False)
            victim = None

    assert workers.n_lost == 1
    done = [event.job for event in of_kind(found, Finished)]
    assert len(done) == len(set(done)) == N_FILES
    assert contents(tmp_path / "out") == contents(tmp_path / "one")


def test_an_engine_that_cannot_be_loaded_is_told(tmp_path: Path) -> None:
    told = list(Actor(without_pack).work(job(tmp_path / "a.wav")))

    assert told == [Unusable("There is no model pack.")]


def test_a_cluster_without_ray_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)

    with pytest.raises(ConfigError, match="pip install"):
        Cluster(Letters)
