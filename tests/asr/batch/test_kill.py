"""kill -9 at any moment: each file is there once, whole, and as it would have been."""

from __future__ import annotations

import multiprocessing
import random
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from asr.batch.batch import Batch, BatchOptions
from asr.batch.events import Finished, Skipped
from asr.batch.ledger import NAME
from asr.batch.sources import find_sources
from asr.batch.workers import Here
from tests.asr.batch.letters import Letters, contents, of_kind, run, sound

N_FILES = 200
N_KILLS = 20


def _tell_each_event(folder: Path, output: Path, to: Connection) -> None:
    batch = Batch(
        BatchOptions(output=output, formats=("txt", "json")), Here(Letters), pack="of letters"
    )
    for event in batch.run(find_sources([folder])):
        to.send(type(event).__name__)


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="no fork")
def test_nothing_is_lost_or_done_twice(tmp_path: Path) -> None:
    for i in range(N_FILES):
        sound(tmp_path / "in" / f"{i:03}.wav", seconds=0.6, seed=i)
    run([tmp_path / "in"], tmp_path / "whole", formats=("txt", "json"))
    moments = random.Random(7)
    context = multiprocessing.get_context("fork")
    for _ in range(N_KILLS):
        ours, theirs = context.Pipe(duplex=False)
        process = context.Process(
            target=_tell_each_event, args=(tmp_path / "in", tmp_path / "out", theirs)
        )
        process.start()
        theirs.close()
        for _ in range(moments.randrange(1, 2 * N_FILES)):
            try:
                ours.recv()
            except EOFError:
                break
        process.kill()
        process.join()
        assert contents_are_whole(tmp_path)

    found = run([tmp_path / "in"], tmp_path / "out", formats=("txt", "json"))

    assert len(of_kind(found, Finished)) + len(of_kind(found, Skipped)) == N_FILES
    assert contents(tmp_path / "out") == contents(tmp_path / "whole")
    assert {path.name for path in (tmp_path / "out").glob(".*")} == {NAME}


def contents_are_whole(folder: Path) -> bool:
    """Whether each output that is there is as it should be."""
    whole = contents(folder / "whole")
    return all(
        content == whole[name]
        for name, content in contents(folder / "out").items()
        if name in whole
    )
