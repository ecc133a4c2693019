"""The second before the button."""

from __future__ import annotations

from pathlib import Path

import pytest

from asr.audio import SAMPLE_RATE
from asr.errors import DeviceError
from asr.live.events import Ledger
from tests.asr.scripted import FakeClock, Outage, Script, fake_clock
from tests.asr.sessions import SAID, SPEECH, finals, play, session_with

__all__ = ["fake_clock"]


def test_a_second_before_the_button_is_kept(tmp_path: Path, fake_clock: FakeClock) -> None:
    session = session_with({"": Script(SPEECH, fake_clock)}, tmp_path)

    session.arm()
    fake_clock.now += 0.5
    assert session.poll() == []
    session.start()
    events = play(session, fake_clock, len(SPEECH) / SAMPLE_RATE) + session.stop()

    assert finals(events) == SAID


def test_sources_that_were_armed_in_vain_are_closed(
    tmp_path: Path, fake_clock: FakeClock
) -> None:
    source = Script(SPEECH, fake_clock)
    session = session_with({"": source}, tmp_path)
    session.arm()

    assert session.stop() == []

    assert not source.is_alive
    assert list(tmp_path.iterdir()) == []


def test_what_is_older_than_the_pre_roll_is_forgotten(
    tmp_path: Path, fake_clock: FakeClock
) -> None:
    session = session_with({"": Script(SPEECH, fake_clock)}, tmp_path)

    session.arm()
    fake_clock.now += 4.0
    session.start()
    events = play(session, fake_clock, 1.0) + session.stop()

    ledger = [event for event in events if isinstance(event, Ledger)][-1]
    assert ledger.recorded == pytest.approx(2.0, abs=0.05)


def test_a_source_that_goes_away_before_the_button_is_told_and_may_come_back(
    tmp_path: Path, fake_clock: FakeClock
) -> None:
    source = Script(SPEECH, fake_clock, outages=(Outage(1.0, 2.0),))
    session = session_with({"": source}, tmp_path)
    session.arm()
    fake_clock.now += 1.5

    with pytest.raises(DeviceError, match="went away"):
        session.poll()
    with pytest.raises(DeviceError, match="away"):
        session.arm()
    fake_clock.now += 1.0
    session.arm()

    assert session.poll() == []
    assert source.is_alive
    session.stop()


def test_what_was_heard_before_a_source_went_away_is_not_the_second_before_the_button(
    tmp_path: Path, fake_clock: FakeClock
) -> None:
    source = Script(SPEECH, fake_clock, outages=(Outage(1.0, 2.0),))
    session = session_with({"": source}, tmp_path)
    session.arm()
    fake_clock.now += 3.0

    session.start()
    events = play(session, fake_clock, 1.0) + session.stop()

    ledger = [event for event in events if isinstance(event, Ledger)][-1]
    assert (ledger.recorded, ledger.gaps) == (pytest.approx(1.0, abs=0.05), ())
