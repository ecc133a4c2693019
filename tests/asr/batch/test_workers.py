"""Workers: processes with an engine each; one that dies takes one job with it."""

from __future__ import annotations

import multiprocessing
import os
import signal
from pathlib import Path

import numpy as np
import pytest
import soundfile

from asr.batch.batch import Batch, BatchOptions
from asr.batch.events import Advanced, Failed, Finished, Stopped, WorkEvent
from asr.batch.sources import find_sources
from asr.batch.workers import Processes
from asr.errors import BatchError
from tests.asr.batch.letters import Deadly, Letters, contents, of_kind, run, sound, without_pack
from tests.asr.batch.test_work import job


def test_processes_write_what_one_would_and_outlive_one_that_dies(tmp_path: Path) -> None:
    paths = [sound(tmp_path / f"{i}.wav", seed=i) for i in range(6)]
    deadly = tmp_path / "deadly.wav"
    soundfile.write(deadly, np.ones(8_000), 16_000)
    run(paths, tmp_path / "one")

    found = run([deadly, *paths], tmp_path / "out", Processes(Deadly, 2))

    (failed,) = of_kind(found, Failed)
    assert isinstance(failed, Failed)
    assert "killed" in failed.sentence
    assert len(of_kind(found, Finished)) == 6
    assert contents(tmp_path / "out") == contents(tmp_path / "one")


def test_processes_stop_at_a_seam(tmp_path: Path) -> None:
    paths = [sound(tmp_path / f"{i}.wav", seconds=60, seed=i) for i in range(2)]
    batch = Batch(BatchOptions(output=tmp_path / "out"), Processes(Letters, 1))
    events = []
    for event in batch.run(find_sources(paths)):
        events.append(event)
        if isinstance(event, Advanced):
            batch.stop()

    ends = of_kind(events, Stopped) + of_kind(events, Finished)
    assert len(ends) == 1
    assert set(contents(tmp_path / "out")) == {"0.wav.txt"}


def test_ctrl_c_in_the_terminal_does_not_reach_a_process_that_begins(tmp_path: Path) -> None:
    workers = Processes(Letters, 1)
    workers.submit(job(sound(tmp_path / "a.wav")))

    for child in multiprocessing.active_children():
        os.kill(child.pid or 0, signal.SIGINT)
    told: list[WorkEvent] = []
    while workers.busy:
        told += workers.poll(1.0)
    workers.close()

    assert isinstance(told[-1], Finished)


def test_an_engine_that_cannot_be_loaded_ends_the_batch_with_its_sentence(
    tmp_path: Path,
) -> None:
    with pytest.raises(BatchError, match="There is no model pack"):
        run([sound(tmp_path / "a.wav")], tmp_path / "out", Processes(without_pack, 2))
