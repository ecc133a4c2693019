"""Tasks: what is handed out when, and what becomes of a job whose workers fail."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Never

import pytest

from asr.batch.events import Advanced, Failed, Finished, Saved, Started, Stopped
from asr.batch.job import FileSource, Heard, Seam, Selection
from asr.batch.tasks import Task, Tasks, length_and_channels
from asr.transcript import Segment, Word
from tests.asr.batch.letters import of_kind, sound
from tests.asr.batch.test_work import job
from tests.asr.batch.tones import Tones, talk

SECONDS = 60.0


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return talk(tmp_path_factory.mktemp("talk") / "long.wav", SECONDS)


@pytest.fixture
def tasks(path: Path) -> Tasks:
    """A long file in two stretches, then a short one."""
    tasks = Tasks(stretch=15.0, most=2)
    assert tasks.add(job(path)) == [Started(1)]
    assert tasks.add(replace(job(sound(path.parent / "short.wav")), number=2)) == []
    return tasks


def take(tasks: Tasks) -> Task:
    task = tasks.take()
    assert task is not None
    return task


def hear(tasks: Tasks, task: Task) -> None:
    """Do a task to its end."""
    for event in task.steps(Tones(), lambda: False):
        tasks.heed(task, [event])
    tasks.end(task)


def test_a_long_file_is_joined_before_another_is_begun(tasks: Tasks) -> None:
    one, other = take(tasks), take(tasks)
    assert one.stretch
    assert other.stretch
    hear(tasks, one)
    hear(tasks, other)

    joining = take(tasks)
    events = [
        event
        for told in joining.steps(Tones(), lambda: False)
        for event in tasks.heed(joining, [told])
    ]

    assert joining.found is not None
    assert of_kind(events, Finished)
    assert not of_kind(events, Started) + of_kind(events, Advanced)  # those told already
    assert take(tasks).job.number == 2
    assert len(tasks) == 0


def test_a_task_that_is_given_back_goes_on_where_it_was(tasks: Tasks) -> None:
    stretch, _, short = take(tasks), take(tasks), take(tasks)
    heard = next(iter(stretch.steps(Tones(), lambda: False)))
    assert isinstance(heard, Heard)
    word = Segment((Word("one", 0.0, 0.2),), 0.0, 0.2)
    saved = [Saved(2, (word,), 0, 3_200), Saved(2, (word.shifted(0.2),), 0, 6_400)]

    assert tasks.heed(stretch, [heard])[0] == heard
    for one in saved:
        assert tasks.heed(short, [one]) == [one]
    tasks.give_back(stretch)
    tasks.give_back(short)

    again, short_again = take(tasks), take(tasks)
    assert again.stretch
    assert stretch.stretch
    assert again.name == stretch.name
    assert again.stretch.start == heard.utterances[-1].end
    assert again.stretch.end == stretch.stretch.end
    assert short_again.job.seam == Seam((word, word.shifted(0.2)), 0, 6_400)


def test_of_a_file_that_failed_nothing_more_is_done(tasks: Tasks) -> None:
    one, other = take(tasks), take(tasks)
    failed = Failed(1, "It cannot be read.")

    assert tasks.heed(one, [failed]) == [failed]

    assert not tasks.is_wanted(other)
    tasks.end(one)
    assert take(tasks).job.number == 2


def test_a_job_that_is_given_up_leaves_the_others(tasks: Tasks) -> None:
    one = take(tasks)

    assert tasks.fail(one, "It was lost.") == [Failed(1, "It was lost.")]

    assert take(tasks).job.number == 2
    assert tasks.take() is None


def test_one_worker_hears_a_file_as_a_whole(path: Path) -> None:
    tasks = Tasks(stretch=15.0, most=1)

    assert tasks.add(job(path)) == []

    assert take(tasks).stretch is None


def test_what_stops_leaves_what_waits_and_joins_what_was_heard(tasks: Tasks) -> None:
    one, other = take(tasks), take(tasks)
    for event in one.steps(Tones(), lambda: False):
        tasks.heed(one, [event])

    tasks.stop()

    assert len(tasks) == 0  # the other stretch is under way
    tasks.end(one)
    assert len(tasks) == 0
    tasks.end(other)
    joining = take(tasks)
    assert joining.found is not None
    (stopped,) = of_kind(list(joining.steps(Tones(), lambda: False)), Stopped)
    assert stopped.seconds > 0
    assert tasks.take() is None


def test_a_long_file_that_nobody_has_begun_is_told_to_have_stopped(tasks: Tasks) -> None:
    tasks.stop()

    joining = take(tasks)
    (stopped,) = of_kind(list(joining.steps(Tones(), lambda: False)), Stopped)
    assert stopped.job == 1
    assert stopped.seconds == 0
    assert tasks.take() is None


def test_a_library_that_fails_in_its_own_way_keeps_no_other_file(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> Never:
        raise ValueError("unknown codec")

    monkeypatch.setattr("asr.batch.tasks.open_source", broken)

    assert length_and_channels(FileSource(path), Selection(), at_least=1.0) is None


def test_how_long_a_file_is(path: Path) -> None:
    here = FileSource(path)

    assert length_and_channels(here, Selection(), at_least=SECONDS) == (SECONDS, 1)
    assert length_and_channels(here, Selection(start=20.0), at_least=40.0) == (40.0, 1)
    assert length_and_channels(here, Selection(start=20.0), at_least=41.0) is None
    assert length_and_channels(here, Selection(end=20.0), at_least=21.0) is None
    elsewhere = replace(here, address=f"file://{path}")
    for source in (elsewhere, replace(here, problem="It is none."), FileSource(Path("none"))):
        assert length_and_channels(source, Selection(), at_least=1.0) is None
