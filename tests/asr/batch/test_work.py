"""A job: what is heard of a file, and that it may be left and taken up anywhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Never

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from asr.batch.events import (
    Advanced,
    Failed,
    Finished,
    Saved,
    Stopped,
    WorkEvent,
    event_to_dict,
)
from asr.batch.job import FileSource, Job, Seam, Selection
from asr.batch.work import seam_after, work
from asr.formats import FormatOptions
from tests.asr.batch.letters import Letters, of_kind, sound


def job(path: Path, selection: Selection = Selection(), seam: Seam = Seam()) -> Job:
    return Job(
        number=1,
        key="k" * 64,
        source=FileSource(path),
        outputs={},
        formats=("json",),
        selection=selection,
        format_options=FormatOptions(),
        seam=seam,
    )


def words(events: list[WorkEvent]) -> list[tuple[str, str, float]]:
    end = events[-1]
    assert isinstance(end, Finished | Stopped)
    found = json.loads(end.contents[0])
    return [
        (segment["speaker"], word["text"], word["start"])
        for segment in found["segments"]
        for word in segment["words"]
    ]


def test_a_part_of_a_file_keeps_the_times_of_the_whole(tmp_path: Path) -> None:
    path = sound(tmp_path / "a.wav", seconds=4)

    whole = words(list(work(Letters(), job(path))))
    part = words(list(work(Letters(), job(path, Selection(start=1.0, end=2.5)))))

    assert part == whole[2:5]


def test_each_channel_is_a_speaker(tmp_path: Path) -> None:
    path = sound(tmp_path / "a.wav", seconds=1, channels=2)

    found = words(list(work(Letters(), job(path, Selection(each_channel=True)))))

    alone = [words(list(work(Letters(), job(path, Selection(channel=n))))) for n in range(2)]
    assert [speaker for speaker, _, _ in found] == ["1", "2", "1", "2"]
    for n in range(2):
        mine = [word for word in found if word[0] == str(n + 1)]
        assert [word[1:] for word in mine] == [word[1:] for word in alone[n]]


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    stops=st.lists(st.integers(1, 5), max_size=4), each=st.booleans(), start=st.integers(0, 3)
)
def test_a_job_may_be_stopped_anywhere_and_gone_on_with(
    tmp_path: Path, stops: list[int], each: bool, start: int
) -> None:
    path = sound(tmp_path / "a.wav", seconds=3.2, channels=2)
    chosen = Selection(each_channel=each, start=start / 4)
    whole = list(work(Letters(), job(path, chosen)))
    seam = Seam()
    for n_steps in stops:
        looks = iter([False] * (n_steps - 1))
        is_stopped = partial(next, looks, True)
        for event in work(Letters(), job(path, chosen, seam), is_stopped):
            if isinstance(event, Saved):
                seam = seam_after(seam, event)

    rest = list(work(Letters(), job(path, chosen, seam)))

    assert words(rest) == words(whole)
    assert replace(rest[-1], took=0) == replace(whole[-1], took=0)


def test_progress_grows_to_the_whole(tmp_path: Path) -> None:
    path = sound(tmp_path / "a.wav", seconds=3, channels=2)

    events = list(work(Letters(), job(path, Selection(each_channel=True))))

    told = [event.seconds for event in events if isinstance(event, Advanced)]
    assert told == sorted(told)
    assert told[-1] == pytest.approx(6.0)


class Full(Letters):
    """An engine whose machine has had enough."""

    def recognise(self, *_: object, **__: object) -> Iterator[object]:  # type: ignore[override]
        raise OSError(28, "No space left on device")


def test_an_error_of_the_system_is_a_sentence(tmp_path: Path) -> None:
    (found,) = of_kind(list(work(Full(), job(sound(tmp_path / "a.wav")))), Failed)

    assert isinstance(found, Failed)
    assert "No space left" in found.sentence


def test_a_read_only_folder_is_a_sentence(tmp_path: Path) -> None:
    place = tmp_path / "file" / "out.txt"
    place.parent.write_text("I am no folder")
    todo = replace(job(sound(tmp_path / "a.wav")), outputs={"txt": place})

    (found,) = of_kind(list(work(Letters(), todo)), Failed)

    assert isinstance(found, Failed)
    assert "cannot be made" in found.sentence


def test_events_are_json(tmp_path: Path) -> None:
    events = list(work(Letters(), job(sound(tmp_path / "a.wav", seconds=1))))
    saved = Saved(1, events[-1] and (), 0, 0)

    found = [json.loads(json.dumps(event_to_dict(e, "a.wav"))) for e in [*events, saved]]

    assert [one["event"] for one in found] == [
        "started",
        "advanced",
        "advanced",
        "finished",
        "saved",
    ]
    assert all(one["file"] == "a.wav" for one in found)
    assert found[3]["text"]


def test_an_error_that_nobody_expected_is_told_in_plain_text(tmp_path: Path) -> None:
    class Broken(Letters):
        def recognise(self, *_: object, **__: object) -> Never:
            raise UnicodeEncodeError("utf-8", "\udcff", 0, 1, "surrogates not allowed")

    path = sound(tmp_path / "a.wav").rename(tmp_path / "\udcff.wav")

    failed = list(work(Broken(), job(path)))[-1]

    assert isinstance(failed, Failed)
    assert failed.sentence.encode()
