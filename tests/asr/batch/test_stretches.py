"""A file that is heard in stretches, in any order, is one that was heard by one."""

from __future__ import annotations

import random
from dataclasses import replace
from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from asr.audio import SAMPLE_RATE
from asr.batch.events import Failed, Finished, Saved, Stopped, WorkEvent
from asr.batch.job import Heard, Job, Selection
from asr.batch.ledger import BatchLedger
from asr.batch.stretches import LongFile, Stretch, hear, join
from asr.batch.work import seam_after, work
from tests.asr.batch.letters import of_kind
from tests.asr.batch.test_work import job
from tests.asr.batch.tones import Tones, talk

ENGINE = Tones()
SECONDS = 36.0


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return talk(tmp_path_factory.mktemp("talk") / "a.wav", SECONDS, channels=2)


def hear_all(file: LongFile, chance: random.Random, *, n_steps: float = float("inf")) -> int:
    """Let workers hear what there is, in any order, each now and then interrupted.

    Args:
        file: Takes note of it.
        chance: Of the order.
        n_steps: How many looks at being stopped there are in all.

    Returns:
        How many holes there were.
    """
    waiting, n_holes = file.stretches(), 0
    while n_steps > 0:
        if not waiting:
            hole = file.hole()
            if hole is None:
                return n_holes
            n_holes += 1
            waiting.append(hole)
        stretch = waiting.pop(chance.randrange(len(waiting)))
        left = min(n_steps, chance.choice([12, 1_000, 1_000]))
        looks = iter([False] * int(left))
        events = list(hear(ENGINE, file.job, stretch, partial(next, looks, True)))
        assert not of_kind(events, Failed)
        for event in events:
            assert isinstance(event, Heard)
            file.take(event)
            end = event.utterances[-1].end
            stretch = replace(stretch, start=end or -1, is_cut=False)
        n_steps -= left
        if next(looks, True) and stretch.start >= 0:  # it was interrupted
            waiting.append(stretch)
    return n_holes


def ended(events: list[WorkEvent]) -> WorkEvent:
    """How a job ended, but for the time that it took."""
    end = events[-1]
    assert isinstance(end, Finished | Stopped)
    return replace(end, took=0.0) if isinstance(end, Finished) else end


def whole(todo: Job) -> WorkEvent:
    return ended(list(work(ENGINE, todo)))


@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    stretch=st.floats(3.0, 15.0),
    start=st.sampled_from([0.0, 7.77]),
    each=st.booleans(),
    seed=st.integers(0, 99),
)
def test_the_text_does_not_depend_on_where_the_cuts_fall(
    path: Path, stretch: float, start: float, each: bool, seed: int
) -> None:
    todo = job(path, Selection(start=start, each_channel=each))
    file = LongFile(todo, SECONDS - start, 2, stretch=stretch)

    hear_all(file, random.Random(seed))

    assert ended(list(join(ENGINE, file.job, file.found()))) == whole(todo)
    assert 0 < file.seconds <= file.total


def test_stretches_meet_at_pauses_so_that_little_is_heard_twice(path: Path) -> None:
    file = LongFile(job(path), SECONDS, stretch=12.0)

    assert len(file.stretches()) == 3
    assert hear_all(file, random.Random(1)) == 0


@pytest.mark.parametrize("kept", [0.0, 0.3, 3.1])
def test_holes_in_the_sound_shift_no_frame(tmp_path: Path, kept: float) -> None:
    """In a film whose sound begins late, frames are counted from there."""
    av = pytest.importorskip("av")
    sound, _ = soundfile.read(talk(tmp_path / "a.wav", 30.0), dtype="int16")
    path = tmp_path / "late.mkv"
    with av.open(path, "w") as container:
        stream = container.add_stream("pcm_s16le", SAMPLE_RATE, layout="mono")
        for start, part in [(kept, sound[:150_000]), (kept + 12.4567, sound[150_000:])]:
            for at in range(0, len(part), 1_600):
                frame = av.AudioFrame.from_ndarray(
                    np.ascontiguousarray(part[None, at : at + 1_600]), "s16", "mono"
                )
                frame.sample_rate = SAMPLE_RATE
                frame.pts = round(start * SAMPLE_RATE) + at
                container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    todo = job(path)
    file = LongFile(todo, 33.0, stretch=6.0)

    n_holes = hear_all(file, random.Random(1))

    assert ended(list(join(ENGINE, file.job, file.found()))) == whole(todo)
    assert n_holes <= 2


def test_a_file_that_breaks_off_says_so(path: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.wav"
    broken.write_bytes(path.read_bytes()[: 28 * SAMPLE_RATE * 4])
    todo = job(broken)
    file = LongFile(todo, SECONDS, stretch=9.0)

    hear_all(file, random.Random(1))

    end = ended(list(join(ENGINE, file.job, file.found())))
    assert isinstance(end, Finished)
    assert "breaks off" in end.trouble
    assert end == whole(todo)


@settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    n_steps=st.integers(0, 60),
    each=st.booleans(),
    seed=st.integers(0, 99),
    is_kept=st.booleans(),
)
def test_what_was_stopped_is_gone_on_with_from_the_ledger(
    path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    n_steps: int,
    each: bool,
    seed: int,
    is_kept: bool,
) -> None:
    todo = job(path, Selection(each_channel=each))
    ledger = BatchLedger(tmp_path_factory.mktemp("ledger"))
    ledger.claim(todo.key, str(path), [], again=False)
    file = LongFile(todo, SECONDS, 2, stretch=9.0)
    hear_all(file, random.Random(seed), n_steps=n_steps)
    for heard in of_ledger(file):
        ledger.hear(todo.key, heard)
    seam = todo.seam
    for event in join(ENGINE, file.job, file.found()):
        if isinstance(event, Saved):
            seam = seam_after(seam, event)

    known = ledger.heard(todo.key, todo.number)
    rest = replace(todo, seam=seam, heard=known if is_kept else ())
    file = LongFile(rest, SECONDS, 2, stretch=9.0)
    hear_all(file, random.Random(seed))

    assert ended(list(join(ENGINE, file.job, file.found()))) == whole(todo)
    ledger.finish(todo.key, seconds=1.0, took=1.0, message="")
    assert ledger.heard(todo.key, todo.number) == ()
    ledger.close()


def of_ledger(file: LongFile) -> list[Heard]:
    return [
        Heard(file.job.number, channel, tuple(known.values()))
        for channel, known in file._heard.items()
    ]


def test_what_is_known_is_not_heard_again(path: Path) -> None:
    file = LongFile(job(path), SECONDS, stretch=9.0)
    hear_all(file, random.Random(1))
    known = replace(file.job, heard=tuple(of_ledger(file)))

    again = LongFile(known, SECONDS, stretch=9.0)

    assert again.stretches() == []
    assert again.hole() is None


@pytest.mark.parametrize("heard_to", [10.0, 19.0, 25.0, 33.0])
@pytest.mark.parametrize("stretch", [9.0, 12.0, 18.0])
def test_stretches_begin_where_nothing_is_heard_each_elsewhere(
    path: Path, heard_to: float, stretch: float
) -> None:
    """What is heard may reach beyond a cut."""
    todo = job(path)
    begin = Stretch(0, 0, heard_to * SAMPLE_RATE)
    heard = tuple(one for one in hear(ENGINE, todo, begin) if isinstance(one, Heard))

    file = LongFile(replace(todo, heard=heard), SECONDS, stretch=stretch)

    starts = [one.start for one in file.stretches()]
    assert len(starts) == len(set(starts))
    end = heard[-1].utterances[-1].end
    assert all(end is not None and start >= end for start in starts)
    assert hear_all(file, random.Random(1)) == 0
    assert ended(list(join(ENGINE, file.job, file.found()))) == whole(todo)


def test_a_job_stopped_at_a_hole_says_where(path: Path) -> None:
    todo = job(path)
    file = LongFile(todo, SECONDS, stretch=12.0)
    first, second, _ = file.stretches()
    for stretch in (first, replace(second, start=second.start + 14 * SAMPLE_RATE)):
        for event in hear(ENGINE, todo, stretch):
            assert isinstance(event, Heard)
            file.take(event)

    end = join(ENGINE, todo, file.found())

    *_, saved, stopped = end
    assert isinstance(saved, Saved)
    assert isinstance(stopped, Stopped)
    assert 12.0 <= stopped.seconds < 30.0
    assert saved.sample == round(stopped.seconds * SAMPLE_RATE)
    assert max(segment.end for segment in saved.segments) <= stopped.seconds


def test_a_file_that_cannot_be_read_fails_in_one_sentence(tmp_path: Path) -> None:
    (found,) = hear(ENGINE, job(tmp_path / "none.wav"), Stretch(0, 0, 1e9))

    assert isinstance(found, Failed)
    assert "does not exist" in found.sentence


def test_no_stretch_is_heard_by_two_beyond_the_margin(path: Path) -> None:
    file = LongFile(job(path), 36_000.0, stretch=1_800.0)

    stretches = file.stretches()

    assert len(stretches) == 20
    for one, other in pairwise(stretches):
        assert one.end - other.start == 60 * SAMPLE_RATE
