"""Edits over a recognition: reversible, stored as made, the same for every reader."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
import threading
import time
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asr.errors import LibraryError
from asr.library.journal import EditHistory, Journal, read_history
from asr.library.projection import Projection, UnusableEdit
from asr.transcript import Segment, Speaker, Transcript, Word

ROOT = Path(__file__).parents[3]


def segment(text: str, start: float, speaker: str = "") -> Segment:
    """Words of 0.4 s, each half a second after the last."""
    words = tuple(
        Word(word, start + n / 2, start + n / 2 + 0.4, 0.5)
        for n, word in enumerate(text.split())
    )
    return Segment(words, start, start + max(1, len(words)) / 2, speaker)


HEARD = Transcript(
    id="heard",
    segments=(
        segment("i met mister smith today", 1.0, "me"),
        segment("really", 4.0, "them"),
        segment("yes in the old town", 5.0, "me"),
    ),
    seconds=9.0,
    speakers=(Speaker("me"), Speaker("them")),
)


@pytest.fixture
def journal(tmp_path: Path) -> Any:
    with Journal.open(tmp_path / "journal.jsonl", HEARD) as opened:
        yield opened


def reread(path: Path) -> Transcript:
    return read_history(path, HEARD).projection.transcript


def lines(transcript: Transcript) -> list[str]:
    return transcript.shown.splitlines()


def test_without_edits_everyone_reads_what_was_recognised(journal: Journal) -> None:
    assert journal.transcript == HEARD
    assert not journal.can_undo
    assert not journal.undo()


def test_words_are_replaced_and_the_others_stay_what_they_were(journal: Journal) -> None:
    key = journal.keys[0]

    journal.replace(key, 1, 4, ["met", "Mr Smith"])
    journal.replace(key, 2, 4, ["Mrs", "Smythe", "and", "Smith"])

    words = journal.transcript.segments[0].words
    assert lines(journal.transcript)[0] == "i met Mrs Smythe and Smith today"
    assert (words[0], words[1], words[-1]) == tuple(
        HEARD.segments[0].words[n] for n in (0, 1, 4)
    )
    assert [word.confidence for word in words[2:6]] == [1.0] * 4
    assert words[2].start == HEARD.segments[0].words[2].start
    assert words[5].end == HEARD.segments[0].words[3].end
    assert journal.edited(key) == (range(2, 6),)
    journal.revert(key, 3, 4)
    assert journal.transcript == HEARD


def test_any_stretch_turns_back_to_what_was_recognised(journal: Journal) -> None:
    key = journal.keys[2]
    journal.replace(key, 0, 1, [])
    journal.replace(key, 2, 4, ["new", "city", "centre"])
    assert lines(journal.transcript)[2] == "in the new city centre"

    journal.revert(key, 3, 4)
    assert lines(journal.transcript)[2] == "in the old town"

    journal.revert(key, 0, 1)
    assert journal.transcript.segments[2] == HEARD.segments[2]


def test_segments_are_divided_and_joined(journal: Journal) -> None:
    first, second, third = journal.keys

    fourth = journal.split(third, 2)
    assert lines(journal.transcript)[2:] == ["yes in", "the old town"]
    assert journal.keys == (first, second, third, fourth)

    journal.merge(third, fourth)
    assert journal.transcript.segments[2] == HEARD.segments[2]
    assert journal.keys == (first, second, third)


def test_a_part_stands_where_it_was_said(journal: Journal) -> None:
    journal.extend([segment("oh", 5.8, "them")])

    journal.split(journal.keys[2], 2)

    assert lines(journal.transcript)[2:] == ["yes in", "oh", "the old town"]


def test_speakers_are_named_told_apart_and_made_one(journal: Journal) -> None:
    journal.rename_speaker("me", "Anna")
    journal.assign(journal.keys[2], "guest")
    assert journal.transcript.speakers == (
        Speaker("me", "Anna"),
        Speaker("them"),
        Speaker("guest"),
    )

    journal.merge_speakers("guest", "them")
    assert [s.speaker for s in journal.transcript.segments] == ["me", "them", "them"]
    assert journal.transcript.speakers == (Speaker("me", "Anna"), Speaker("them"))
    with pytest.raises(UnusableEdit):
        journal.merge_speakers("them", "guest")


def test_one_undo_takes_a_step_or_a_run_of_typing_back(journal: Journal) -> None:
    key, _, last = journal.keys
    with journal.step():
        journal.replace(key, 0, 1, ["I"])
        journal.replace(last, 0, 1, ["Yes"])
    journal.replace(last, 4, 5, ["tow"])
    journal.replace(last, 4, 5, ["tower"], continues=True)

    journal.undo()
    assert lines(journal.transcript)[2] == "Yes in the old town"
    journal.undo()
    assert journal.transcript == HEARD
    assert journal.redo()
    assert journal.redo()
    assert lines(journal.transcript)[2] == "Yes in the old tower"


def test_a_step_goes_on_as_long_as_it_is_told_to(journal: Journal) -> None:
    for number in range(3):
        with journal.step(continues=number > 0):
            new = journal.split(journal.keys[-1], 1)
            journal.replace(new, 0, 1, [f"w{number}"])

    assert len(journal.keys) == 6
    journal.undo()
    assert journal.transcript == HEARD
    assert not journal.can_undo


def test_found_times_are_of_edited_words_and_no_step_of_their_own(journal: Journal) -> None:
    key = journal.keys[0]
    journal.replace(key, 2, 3, ["doctor", "john"])
    words = [word.shown for word in journal.transcript.segments[0].words]
    times = [(1.1, 1.2), (1.5, 1.9), (1.92, 2.3), (2.3, 2.45), (2.5, 2.9), (3.0, 3.4)]

    assert journal.set_times(key, words, times)
    assert not journal.set_times(key, words[1:], times[1:])

    found = journal.transcript.segments[0].words
    assert found[0] == HEARD.segments[0].words[0]
    assert [(w.start, w.end) for w in found[2:4]] == [(1.92, 2.3), (2.3, 2.45)]
    journal.undo()
    assert journal.transcript == HEARD


def test_a_running_session_is_edited_while_it_grows(journal: Journal, tmp_path: Path) -> None:
    fresh = (segment("too late", 4.5, "them"), segment("good bye", 9.0, "me"))
    journal.replace(journal.keys[2], 0, 1, ["Yes"])
    journal.split(journal.keys[0], 2)

    journal.extend(fresh[:1])
    journal.replace(journal.keys[3], 1, 2, ["early"])
    journal.extend(fresh[1:])

    whole = tuple(sorted((*HEARD.segments, *fresh), key=lambda one: one.start))
    reread = read_history(tmp_path / "journal.jsonl", replace(HEARD, segments=whole))
    assert lines(journal.transcript) == [
        "i met", "mister smith today", "really", "too early", "Yes in the old town", "good bye"
    ]  # fmt: skip
    assert reread.projection.transcript.segments == journal.transcript.segments


def test_what_is_stored_goes_on_with_undo_and_redo(journal: Journal, tmp_path: Path) -> None:
    journal.replace(journal.keys[0], 0, 1, ["we"])
    journal.replace(journal.keys[0], 0, 1, ["they"])
    journal.undo()
    journal.close()

    with Journal.open(tmp_path / "journal.jsonl", HEARD) as again:
        assert lines(again.transcript)[0] == "we met mister smith today"
        assert again.redo()
        assert lines(again.transcript)[0] == "they met mister smith today"
        assert again.undo()
        assert again.undo()
        assert again.transcript == HEARD


def test_two_programs_do_not_edit_one_transcript(journal: Journal, tmp_path: Path) -> None:
    with pytest.raises(LibraryError, match="is being edited in another window"):
        Journal.open(tmp_path / "journal.jsonl", HEARD)

    journal.close()
    Journal.open(tmp_path / "journal.jsonl", HEARD).close()


def test_a_damaged_line_costs_its_own_edit_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    with Journal.open(path, HEARD) as journal:
        journal.replace(journal.keys[0], 0, 1, ["we"])
        journal.replace(journal.keys[2], 0, 1, ["Yes"])
        journal.merge(journal.keys[0], journal.keys[1])
        journal.undo()
    content = path.read_bytes().splitlines()
    content[2] = b"\x00\xff garbage"
    path.write_bytes(b"\n".join([*content, b'{"op": "replace", "torn']))

    with Journal.open(path, HEARD) as journal:
        assert lines(journal.transcript) == [
            "we met mister smith today", "really", "yes in the old town"
        ]  # fmt: skip
        assert journal.unusable == 1


def test_a_newer_journal_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_text('{"kind":"journal","version":99}\n')

    with pytest.raises(LibraryError, match="newer version"):
        Journal.open(path, HEARD)

    assert path.read_text() == '{"kind":"journal","version":99}\n'


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk_holds_edits_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Journal.open(tmp_path / "journal.jsonl", HEARD) as journal:
        disk = journal._lines._file
        journal._lines._file = Path("/dev/full").open("ab", buffering=0)  # noqa: SIM115
        journal.replace(journal.keys[0], 0, 1, ["we"])
        assert not journal.is_saved
        assert lines(journal.transcript)[0].startswith("we met")
        journal._lines._file.close()
        journal._lines._file = disk
        journal.sync()
        assert journal.is_saved
    assert reread(tmp_path / "journal.jsonl").shown.startswith("we met")


def test_a_killed_editor_loses_no_edit_that_was_made(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    script = f"""
        import sys
        from pathlib import Path
        sys.path.insert(0, {str(ROOT)!r})
        from asr.library.journal import Journal
        from tests.asr.library.test_journal import HEARD
        journal = Journal.open(Path({str(path)!r}), HEARD)
        for number in range(1000000):
            journal.replace(journal.keys[0], 0, 1, [f"w{{number}}"])
            print(number, flush=True)
    """
    child = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert child.stdout is not None
    told = [int(child.stdout.readline()) for _ in range(40)][-1]
    child.kill()
    told = max([told, *(int(line) for line in child.stdout.read().split())])
    child.wait()
    child.stdout.close()

    with Journal.open(path, HEARD) as journal:
        assert int(journal.transcript.segments[0].words[0].text[1:]) >= told


def test_a_power_cut_costs_a_second_at_most(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    synced: list[float] = []
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monkeypatch.setattr(os, "fsync", lambda _: synced.append(now[0]))

    for number in range(40):
        journal.replace(journal.keys[0], 0, 1, [f"w{number}"])
        journal._syncing.join()
        now[0] += 0.1

    assert max(b - a for a, b in pairwise([*synced, now[0]])) < 1.11
    assert 3 <= len(synced) <= 5


def test_a_step_is_on_disk_as_a_whole_or_not_at_all(journal: Journal, tmp_path: Path) -> None:
    key = journal.keys[0]

    with journal.step():
        journal.replace(key, 0, 1, ["you", "and", "me"])
        assert reread(tmp_path / "journal.jsonl") == HEARD
        journal.split(key, 1)

    assert lines(reread(tmp_path / "journal.jsonl"))[:2] == lines(journal.transcript)[:2]
    assert len(reread(tmp_path / "journal.jsonl").segments) == 4


def test_no_edit_waits_for_a_disk_that_is_busy(
    journal: Journal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_free, n_waits = threading.Event(), []
    monkeypatch.setattr(os, "fsync", lambda _: n_waits.append(is_free.wait(60)))

    for number in range(10):
        journal.replace(journal.keys[0], 0, 1, [f"w{number}"])
    journal.save()

    assert reread(tmp_path / "journal.jsonl").segments[0].words[0].text == "w9"
    assert not n_waits
    is_free.set()
    journal.close()
    assert n_waits == [True, True]  # the one that was under way, and the last


# Any edits at all: keys and places are drawn as numbers and fitted to what is there.
EDITS = st.lists(
    st.tuples(
        st.sampled_from(
            ["replace", "replace", "replace", "split", "merge", "revert", "assign",
             "name", "join", "times", "undo", "undo", "redo"]
        ),
        st.integers(0, 20),
        st.integers(0, 6),
        st.integers(0, 6),
        st.lists(st.sampled_from(["a", "Bb", "ccc", "yes", "in"]), max_size=4),
    ),
    max_size=25,
)  # fmt: skip


def edit(
    history: EditHistory, drawn: tuple[str, int, int, int, list[str]], number: int
) -> None:
    """Make an edit as it was drawn, if there is anything to make it on."""
    op, which, first, length, words = drawn
    keys = history.projection.keys
    record: dict[str, Any] = {"op": op}
    if keys:
        key = keys[which % len(keys)]
        old = history.projection.part(key).segment.words
        first = min(first, len(old))
        end = min(first + length, len(old))
        span = {"first": first, "end": end}
        record |= {"segment": key, **span, "at": first, "new": f"{key}/{number}"}
        record |= {"old": [w.shown for w in old[first:end]], "words": words}
        record |= {"other": keys[(which + 1) % len(keys)]}
        if op == "times":
            step = history.projection.part(key).segment
            each = (step.end - step.start) / max(1, len(old))
            record["words"] = [w.shown for w in old]
            record["times"] = [
                (
                    min(step.start + n * each, step.end),
                    min(step.start + (n + 0.5) * each, step.end),
                )
                for n in range(len(old))
            ]
    who = ["me", "them", "guest"]
    record |= {"speaker": who[first % 3], "into": who[length % 3], "name": "Anna"}
    history.read(json.loads(json.dumps(record)))


@settings(max_examples=200, deadline=None)
@given(EDITS)
def test_whatever_is_edited(drawn: list[tuple[str, int, int, int, list[str]]]) -> None:
    history = EditHistory(HEARD)
    before = repr(HEARD)
    reads = [HEARD]  # after so many steps
    for number, one in enumerate(drawn):
        edit(history, one, number)
        n_steps = len(history._done)
        if one[0] == "undo" and n_steps < len(reads):
            assert history.projection.transcript == reads[n_steps]
        del reads[n_steps:]
        reads.append(history.projection.transcript)
        for said in history.projection.transcript.segments:
            times = [second for word in said.words for second in (word.start, word.end)]
            assert [w.start for w in said.words] == sorted(w.start for w in said.words)
            assert all(a.start <= a.end for a in said.words)
            assert all(said.start <= second <= said.end + 1e-9 for second in times)

    while history.can_undo:
        history.follow({"op": "undo"})
    assert history.projection.transcript == HEARD
    assert repr(HEARD) == before


def test_half_of_a_word_that_is_turned_back_ends_with_its_segment(journal: Journal) -> None:
    key = journal.keys[0]
    journal.replace(key, 0, 1, ["you", "two"])
    journal.split(key, 1)

    journal.revert(key, 0, 1)

    first, second, *_ = journal.transcript.segments
    assert first.shown == "i"
    assert first.words[0].end == first.end <= second.start


def test_edits_cost_no_more_the_more_there_are() -> None:
    history = EditHistory(replace(HEARD, segments=(segment("word " * 2000, 0.0),)))

    def calls_for(numbers: range) -> int:
        """Count the calls of functions, which are the same on a busy machine."""
        n_calls = 0

        def count(_frame: object, event: str, _argument: object) -> None:
            nonlocal n_calls
            n_calls += event == "call"

        before = sys.getprofile()
        sys.setprofile(count)
        for number in numbers:
            history.read(
                {"op": "replace", "segment": "@0", "first": number, "end": number + 1,
                 "old": ["word"], "words": [f"other{number}"]}
            )  # fmt: skip
        sys.setprofile(before)
        return n_calls

    first = calls_for(range(0, 1000, 10))
    calls_for(range(1000, 1900, 2))
    last = calls_for(range(1, 1000, 10))

    assert history.unusable == 0
    assert last < 2 * first


LATE = tuple(
    segment(text, start, speaker)
    for text, start, speaker in [
        ("well", 3.0, "me"), ("so what", 5.0, "them"), ("go on then", 6.0, "them"),
        ("oh", 1.5, "them"), ("good bye", 8.0, "me"), ("bye", 8.0, "them"),
    ]
)  # fmt: skip


class Recorder(EditHistory):
    """Remembers what a journal would hold."""

    def __init__(self, recognised: Transcript) -> None:
        super().__init__(recognised)
        self.records: list[Any] = []

    def read(self, record: Any) -> None:
        self.records.append(record)
        super().read(record)


@settings(max_examples=150, deadline=None)
@given(EDITS, st.lists(st.integers(0, 12), max_size=len(LATE)))
def test_a_session_reads_the_same_live_and_later(
    drawn: list[tuple[str, int, int, int, list[str]]], arrivals: list[int]
) -> None:
    history, arrived = Recorder(HEARD), 0
    for number, one in enumerate(drawn):
        while arrived < len(arrivals) and arrivals[arrived] <= number:
            history.projection.extend(LATE[arrived : arrived + 1])
            arrived += 1
        edit(history, one, number)

    whole = sorted((*HEARD.segments, *LATE[:arrived]), key=lambda one: one.start)
    later = EditHistory(replace(HEARD, segments=tuple(whole)))
    for one in history.records:
        later.read(one)
    assert later.projection.transcript.segments == history.projection.transcript.segments


@given(st.integers(0, 5), st.integers(0, 5), st.lists(st.text("ab", min_size=1), max_size=8))
def test_new_words_lie_in_the_edited_stretch(first: int, length: int, texts: list[str]) -> None:
    old = HEARD.segments[0].words
    end = min(first + length, len(old))
    projection = Projection(HEARD)
    record = {"op": "replace", "segment": projection.keys[0], "first": first, "end": end}

    projection.do({**record, "old": [w.text for w in old[first:end]], "words": texts})

    words = projection.transcript.segments[0].words
    fresh = words[first : first + len(texts)]
    low = old[first].start if first < end else old[first - 1].end if first else 1.0
    high = old[end - 1].end if first < end else old[first].start if first < 5 else 3.5
    assert [w.text for w in fresh] == texts
    assert all(low <= w.start <= w.end <= high + 1e-9 for w in fresh)
    assert all(a.end <= b.start + 1e-9 for a, b in pairwise(words))
    assert (words[:first], words[first + len(texts) :]) == (old[:first], old[end:])


def test_the_projection_is_of_the_records_alone(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    with Journal.open(path, HEARD) as journal:
        journal.replace(journal.keys[0], 2, 4, ["Mr", "Smith"])
        journal.merge(journal.keys[0], journal.split(journal.keys[0], 3))
        journal.merge(journal.keys[1], journal.keys[2])
        edited = journal.transcript

    assert reread(path) == reread(path) == edited
    assert os.path.getsize(path) < 1500  # noqa: PTH202
