"""Workers: processes with an engine each; one that dies takes one job with it."""

from __future__ import annotations

import multiprocessing
import os
import signal
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from asr.batch.batch import Batch, BatchOptions
from asr.batch.events import Advanced, Failed, Finished, Started, Stopped, WorkEvent
from asr.batch.job import Selection
from asr.batch.sources import find_sources
from asr.batch.workers import Here, Processes
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
from tests.asr.batch.tones import DeadlyTones, Tones, Unreadable, stop_and_go_on, talk


def poll_all(workers: Processes) -> list[WorkEvent]:
    """What is told until there is nothing left to do."""
    told: list[WorkEvent] = []
    while workers.busy:
        told += workers.poll(1.0)
    return told


def only_the_long_one_fails(workers: Processes, folder: Path) -> None:
    """Job 1 fails, once; a job after it is done."""
    told = poll_all(workers)
    workers.submit(replace(job(talk(folder / "short.wav", seconds=3)), number=2))
    told += poll_all(workers)
    workers.close()

    assert [event.job for event in of_kind(told, Failed)] == [1]
    assert [event.job for event in of_kind(told, Finished)] == [2]


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
        told += poll_all(workers)
        for child in multiprocessing.active_children():
            child.kill()
            child.join()
    workers.close()

    assert len(of_kind(told, Finished)) == 2


def test_a_process_does_one_job_after_the_other(tmp_path: Path) -> None:
    workers = Processes(Letters, 1)
    seen: set[int | None] = set()
    for n in range(3):
        workers.submit(job(sound(tmp_path / f"{n}.wav", seed=n)))
        poll_all(workers)
        seen |= {child.pid for child in multiprocessing.active_children()}
    workers.close()

    assert len(seen) == 1


def test_stopping_does_not_fail_for_a_process_that_died(tmp_path: Path) -> None:
    workers = Processes(Letters, 1)
    workers.submit(job(sound(tmp_path / "a.wav", seconds=600)))
    for child in multiprocessing.active_children():
        child.kill()
        child.join()

    workers.stop()
    told = poll_all(workers)
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


@pytest.mark.parametrize("each", [False, True])
def test_a_long_file_is_heard_by_several_as_by_one(each: bool, tmp_path: Path) -> None:
    path = talk(tmp_path / "in" / "long.wav", seconds=90, channels=2)
    short = talk(tmp_path / "in" / "short.wav", seconds=3, seed=1)
    chosen = {"formats": ("json",), "selection": Selection(each_channel=each)}
    run([path, short], tmp_path / "one", Here(Tones), **chosen)

    found = run([path, short], tmp_path / "out", Processes(Tones, 2, stretch=15.0), **chosen)

    assert contents(tmp_path / "out") == contents(tmp_path / "one")
    assert sorted(event.job for event in of_kind(found, Started)) == [1, 2]
    assert sorted(event.job for event in of_kind(found, Finished)) == [1, 2]
    told = [event.seconds for event in of_kind(found, Advanced) if event.job == 1]
    assert told == sorted(told)
    assert 60 < told[-1] <= (180 if each else 90)


def test_a_long_file_without_outputs_is_sent_back(tmp_path: Path) -> None:
    path = talk(tmp_path / "long.wav", seconds=60)
    (alone,) = of_kind(run([path], None, Here(Tones)), Finished)

    (found,) = of_kind(run([path], None, Processes(Tones, 2, stretch=15.0)), Finished)

    assert found.contents == alone.contents


def test_a_process_that_dies_takes_a_long_file_with_it_and_no_other(tmp_path: Path) -> None:
    path = talk(tmp_path / "in" / "long.wav", seconds=90)
    shorts = [talk(tmp_path / "in" / f"{n}.wav", seconds=3, seed=n) for n in range(2)]
    run(shorts, tmp_path / "one", Here(Tones))

    found = run([path, *shorts], tmp_path / "out", Processes(DeadlyTones, 2, stretch=15.0))

    (failed,) = of_kind(found, Failed)
    assert "killed" in failed.sentence
    assert contents(tmp_path / "out") == contents(tmp_path / "one")


@pytest.mark.parametrize("n_processes", [2, 3])
def test_a_long_file_that_is_stopped_goes_on_from_what_was_heard(
    n_processes: int, tmp_path: Path
) -> None:
    path = talk(tmp_path / "in" / "long.wav", seconds=600)
    numbers = iter([2, n_processes])

    stop_and_go_on(path, tmp_path, lambda: Processes(Tones, next(numbers), stretch=15.0))


def test_a_long_file_that_is_stopped_before_anything_is_heard_says_so(tmp_path: Path) -> None:
    workers = Processes(Tones, 2, stretch=15.0)
    workers.submit(job(talk(tmp_path / "long.wav", seconds=90)))

    workers.stop()
    told = poll_all(workers)
    workers.close()

    assert isinstance(told[0], Started)
    (stopped,) = of_kind(told, Stopped)
    assert stopped.seconds == 0.0


def test_both_processes_of_a_long_file_may_die_at_once(tmp_path: Path) -> None:
    workers = Processes(Tones, 2, stretch=15.0)
    workers.submit(job(talk(tmp_path / "long.wav", seconds=90)))
    for child in multiprocessing.active_children():
        child.kill()
        child.join()
    only_the_long_one_fails(workers, tmp_path)


def test_a_long_file_that_cannot_be_read_in_one_stretch_fails_once(tmp_path: Path) -> None:
    workers = Processes(Unreadable, 2, stretch=15.0)
    workers.submit(job(talk(tmp_path / "long.wav", seconds=90)))

    only_the_long_one_fails(workers, tmp_path)


def test_ctrl_c_in_the_terminal_does_not_reach_a_process_that_begins(tmp_path: Path) -> None:
    workers = Processes(Letters, 1)
    workers.submit(job(sound(tmp_path / "a.wav")))

    for child in multiprocessing.active_children():
        os.kill(child.pid or 0, signal.SIGINT)
    told = poll_all(workers)
    workers.close()

    assert isinstance(told[-1], Finished)


def test_an_engine_that_cannot_be_loaded_ends_the_batch_with_its_sentence(
    tmp_path: Path,
) -> None:
    with pytest.raises(BatchError, match="There is no model pack"):
        run([sound(tmp_path / "a.wav")], tmp_path / "out", Processes(without_pack, 2))
