"""A source that is not there, from the start or from some moment on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from asr.audio import SAMPLE_RATE
from asr.errors import DeviceError
from asr.live import capture as capture_module
from asr.live.events import Event, FinalResult, GapFound, Ledger, Notice, Topic
from asr.sentences import GapCause
from tests.asr.scripted import FakeClock, Outage, Script, fake_clock
from tests.asr.sessions import SAID, SPEECH, finals, play, session_with
from tests.asr.tones import spell

__all__ = ["fake_clock"]


@pytest.mark.parametrize("missing", ["me", "them"])
def test_a_voice_that_is_missing_at_the_start_is_told_and_joins_later(
    tmp_path: Path, fake_clock: FakeClock, missing: str
) -> None:
    late = np.concatenate([np.zeros(6 * SAMPLE_RATE, np.float32), spell("late")])
    sources = {
        "me": Script(np.concatenate([SPEECH, late]), fake_clock),
        "them": Script(np.concatenate([SPEECH, late]), fake_clock),
    }
    there = "them" if missing == "me" else "me"
    sources[missing] = Script(late, fake_clock, outages=(Outage(0, 3),))
    for source in sources.values():
        source.may_rest = True
    session = session_with(sources, tmp_path)

    session.start()
    events = play(session, fake_clock, 8) + session.stop()

    told = [event for event in events if isinstance(event, Notice)]
    assert [(n.key, n.sentence, n.resolved) for n in told] == [
        (
            (Topic.AWAY, missing),
            f"Listening without «{missing}». The script is away.",
            False,
        ),
        ((Topic.AWAY, missing), f"«script» is heard as «{missing}» from here on.", True),
    ]
    (gap,) = [event.gap for event in events if isinstance(event, GapFound)]
    assert (gap.start, gap.cause, gap.source) == (0, GapCause.UNOPENED, missing)
    assert 3 <= gap.seconds < 3 + capture_module.JOIN_S + 0.1
    (said,) = [
        e.segment for e in events if isinstance(e, FinalResult) and e.segment.speaker == missing
    ]
    assert (said.text, said.start) == ("late", pytest.approx(6, abs=0.06))
    assert finals(events, there) == SAID


def test_a_voice_that_never_comes_is_a_gap_from_beginning_to_end(
    tmp_path: Path, fake_clock: FakeClock
) -> None:
    me = Script(SPEECH, fake_clock)
    them = Script(SPEECH, fake_clock, outages=(Outage(0, 99),))
    session = session_with({"me": me, "them": them}, tmp_path)

    session.start()
    events = play(session, fake_clock, 4) + session.stop()

    (gap,) = [event.gap for event in events if isinstance(event, GapFound)]
    assert (gap.start, gap.seconds) == (0, pytest.approx(4, abs=0.05))
    assert finals(events, "me") == SAID[: len(finals(events, "me"))] != []
    ledger = [event for event in events if isinstance(event, Ledger)][-1]
    assert (ledger.recorded, ledger.lag) == (pytest.approx(4, abs=0.05), 0)


def test_a_session_that_can_open_no_source_is_refused(
    tmp_path: Path, fake_clock: FakeClock
) -> None:
    me, them = (Script(SPEECH, fake_clock, outages=(Outage(0, 1),)) for _ in range(2))
    session = session_with({"me": me, "them": them}, tmp_path)

    with pytest.raises(DeviceError, match="^The script is away.$"):
        session.start()

    assert list(tmp_path.iterdir()) == []
    fake_clock.now += 2
    session.start()
    assert me.is_alive
    assert them.is_alive
    session.stop()


def test_a_source_that_goes_away_takes_what_was_told_of_its_level_with_it(
    tmp_path: Path, fake_clock: FakeClock
) -> None:
    silence = np.zeros(20 * SAMPLE_RATE, np.float32)
    session = session_with({"": Script(silence, fake_clock, outages=(Outage(2, 4),))}, tmp_path)

    session.start()
    away = play(session, fake_clock, 3.9)
    back = play(session, fake_clock, 0.9)
    later = play(session, fake_clock, 1.2) + session.stop()

    def told(events: list[Event]) -> list[tuple[Topic, bool]]:
        return [(e.topic, e.resolved) for e in events if isinstance(e, Notice)]

    assert told(away) == [(Topic.MUTED, False), (Topic.AWAY, False), (Topic.MUTED, True)]
    assert told(back) == [(Topic.AWAY, True)]
    assert told(later) == [(Topic.MUTED, False)]
