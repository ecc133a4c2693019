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
from tests.asr.batch.letters import (
    Deadly,
    Letters,
    contents,
    deadly_between_jobs,
    of_kind,
    run,
    sound,
    without_pack,
)
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


def test_a_process_that_dies_between_two_jobs_takes_none_with_it(tmp_path: Path) -> None:
    paths = [sound(tmp_path / f"{i}.wav", seed=i) for i in range(3)]
    run(paths, tmp_path / "one")

    found = run(paths, tmp_path / "out", Processes(deadly_between_jobs, 1))

    assert len(of_kind(found, Finished)) == 3
    assert not of_kind(found, Failed)
    assert contents(tmp_path / "out") == contents(tmp_path / "one")


def test_a_process_that_died_while_it_had_no_job_is_given_none(tmp_path: Path) -> None:
    workers = Processes(Letters, 1)
    told: list[WorkEvent] = []
    for n in range(2):
        workers.submit(job(sound(tmp_path / f"{n}.wav", seed=n)))
        while workers.busy:
            told += workers.poll(1.0)
        for child in multiprocessing.active_children():
            child.kill()
            child.join()
    workers.close()

    assert len(of_kind(told, Finished)) == 2


def test_stopping_does_not_fail_for_a_process_that_died(tmp_path: Path) -> None:
    workers = Processes(Letters, 1)
    workers.submit(job(sound(tmp_path / "a.wav", seconds=600)))
    for child in multiprocessing.active_children():
        child.kill()
        child.join()

    workers.stop()
    told: list[WorkEvent] = []
    while workers.busy:
        told += workers.poll(1.0)
    workers.close()

    (failed,) = of_kind(told, Failed)
    assert isinstance(failed, Failed)
    assert "killed" in failed.sentence


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
