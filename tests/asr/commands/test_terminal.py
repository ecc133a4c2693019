"""Listening in the terminal: how it ends, and what is told."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from asr.commands import terminal
from asr.live.events import Event, FinalResult, Ledger, Notice, Topic
from asr.sentences import Message
from asr.transcript import Gap, Segment, Word, as_heard


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    """Leave the process's signals alone."""
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


def said(text: str) -> FinalResult:
    return FinalResult(Segment((Word(text, 0.0, 1.0),), 0.0, 1.0))


class Interrupted:
    """A session of which each step is what is told, or Ctrl+C pressed meanwhile."""

    def __init__(self, *steps: list[Event] | None) -> None:
        self.steps = list(steps)
        self.is_finished = False
        self.is_put_aside = False
        self.asked: dict[str, Any] = {}

    def start(self) -> None:
        pass

    def poll(self) -> list[Event]:
        step = self.steps.pop(0)
        if step is None:
            raise KeyboardInterrupt
        self.is_finished = not self.steps
        return step

    def stop_listening(self) -> list[Event]:
        return []

    def put_aside(self) -> list[Event]:
        self.is_finished = self.is_put_aside = True
        return []

    def stop(self) -> list[Event]:
        assert self.is_finished
        return []


def listen(session: Interrupted, **options: Any) -> int:
    """Listen in a terminal; return the exit code."""

    def open_session(device: str | None, folder: Path, **wanted: Any) -> Interrupted:
        session.asked = {**wanted, "device": device}
        return session

    engine = SimpleNamespace(open_session=open_session)
    usual = {
        "device": None,
        "with_system": False,
        "pause": "normal",
        "channel": None,
        "captions_port": None,
        "captions_token": None,
    }
    return terminal.run_session(engine, **{**usual, "as_json": False, **options})  # type: ignore[arg-type]


def test_what_is_left_at_ctrl_c_is_still_written(capsys: pytest.CaptureFixture[str]) -> None:
    session = Interrupted([said("one")], None, [said("two")], [said("three")])

    listen(session)

    assert capsys.readouterr().out.split() == ["one", "two", "three"]
    assert not session.is_put_aside


def test_a_second_ctrl_c_leaves_the_rest_to_a_recovery(
    capsys: pytest.CaptureFixture[str],
) -> None:
    session = Interrupted([said("one")], None, [said("two")], None, [said("three")])

    listen(session)

    out, err = capsys.readouterr()
    assert out.split() == ["one", "two"]
    assert session.is_put_aside
    assert "offers to recover" in err


def test_the_session_is_asked_for_as_the_options_say() -> None:
    session = Interrupted(None, [])

    listen(session, device="Yeti", pause="long", channel=1, with_system=True)

    assert session.asked == {
        "device": "Yeti",
        "pause": "long",
        "channel": 1,
        "with_system": True,
    }


def test_the_exit_code_tells_whether_the_disk_took_all(
    capsys: pytest.CaptureFixture[str],
) -> None:
    full = Notice(Message("The disk is full."), Topic.DISK)
    room = Notice(Message("The disk has room again."), Topic.DISK, resolved=True)
    account = Ledger(12.3, 12.3, (Gap(12.3, 12.4, "the disk was full"),))

    assert listen(Interrupted([full], [room], None, [])) == 0
    assert listen(Interrupted([full], None, [full, account])) == 1
    assert "Recorded 12.3 s, recognised 12.3 s, 1 gap." in capsys.readouterr().err


def test_text_is_readable_where_there_is_such(capsys: pytest.CaptureFixture[str]) -> None:
    words = (Word("we", 0, 1, display="We"), Word("went", 1, 2, display="went."))
    final = FinalResult(Segment(words, 0, 2))

    listen(Interrupted([final], None, []))
    assert capsys.readouterr().out == "We went.\n"
    listen(Interrupted([FinalResult(as_heard(final.segment))], None, []))
    assert capsys.readouterr().out == "we went\n"
    listen(Interrupted([final], None, []), as_json=True)
    told = json.loads(capsys.readouterr().out)
    assert (told["text"], told["shown"]) == ("we went", "We went.")


def test_json_says_which_trouble_is_over(capsys: pytest.CaptureFixture[str]) -> None:
    over = Notice(Message("«Yeti» can be heard again."), Topic.MUTED, "me", resolved=True)

    listen(Interrupted([over], None, []), as_json=True)

    told = json.loads(capsys.readouterr().out)
    assert (told["topic"], told["speaker"], told["resolved"]) == ("muted", "me", True)


@pytest.mark.parametrize(("port", "is_served"), [(0, True), (None, False)])
def test_captions_are_served_if_and_only_if_they_are_asked_for(
    capsys: pytest.CaptureFixture[str], port: int | None, is_served: bool
) -> None:
    listen(Interrupted([said("one")], None, []), captions_port=port)

    assert ("captions.html?port=" in capsys.readouterr().err) is is_served
