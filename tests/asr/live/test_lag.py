"""What is left to recognise: a figure that tells the truth, and moves."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import soundfile

from asr.audio import SAMPLE_RATE, Samples
from asr.emissions import Emissions
from asr.live import session as session_module
from asr.live.events import Event, Ledger
from asr.live.recogniser import PATIENCE
from asr.live.recorded import read_transcript
from asr.live.session import CHUNK, Hearing
from asr.live.stored import unfinished_sessions
from tests.asr.scripted import FakeClock, Script, fake_clock
from tests.asr.sessions import HEARING, SAID, SPEECH, finals, play, session_with
from tests.asr.tones import decoder, spell, tone_network

__all__ = ["fake_clock"]

SAYING = "a long sentence that goes on and on until nobody remembers how it began"
LONG = spell(SAYING, frames=2)


def ledgers(events: list[Event]) -> list[Ledger]:
    return [event for event in events if isinstance(event, Ledger)]


def test_what_is_left_falls_at_every_step_of_the_end(
    tmp_path: Path, fake_clock: FakeClock
) -> None:
    sound = np.concatenate([LONG] * 8)
    session = session_with({"": Script(sound, fake_clock)}, tmp_path)
    session.start()
    fake_clock.now += len(sound) / SAMPLE_RATE
    session.stop_listening()

    lags: list[float] = []
    said: list[str] = []
    while not session.is_finished:
        fake_clock.now += 1.0
        events = session.poll()
        said += finals(events)
        lags += [ledger.lag for ledger in ledgers(events)]

    lags, rest = lags[: lags.index(0) + 1], lags[lags.index(0) :]
    assert len(lags) > len(sound) / CHUNK
    assert lags[0] > len(sound) / SAMPLE_RATE - 3
    assert all(earlier > later for earlier, later in pairwise(lags))
    assert max(earlier - later for earlier, later in pairwise(lags)) < len(LONG) / SAMPLE_RATE
    assert set(rest) == {0}
    assert said == [SAYING] * 8


def test_who_is_far_behind_comes_on_while_utterances_wait_for_their_second_reading(
    tmp_path: Path, fake_clock: FakeClock
) -> None:
    def slow_network(samples: Samples) -> Emissions:
        fake_clock.now += 0.4 * len(samples) / SAMPLE_RATE
        return tone_network(samples)

    hearing = Hearing(network=slow_network, decoder=decoder())
    sound = np.concatenate([LONG] * 20)
    session = session_with({"": Script(sound, fake_clock)}, tmp_path, hearing)
    session.start()
    fake_clock.now += 60  # of a computer that was busy

    told = ledgers(play(session, fake_clock, 20))
    session.stop()

    behind = [ledger for ledger in told if ledger.lag > 4 * PATIENCE]
    assert len(behind) > 8
    assert all(one.recognised < next_.recognised for one, next_ in pairwise(behind))


def test_who_keeps_up_is_not_behind_in_a_long_utterance(
    tmp_path: Path, fake_clock: FakeClock
) -> None:
    session = session_with({"": Script(LONG, fake_clock)}, tmp_path)

    session.start()
    told = ledgers(play(session, fake_clock, 10))
    session.stop()

    assert told[-1].recorded > 9
    assert max(ledger.lag for ledger in told) < 1


def test_that_all_is_recognised_is_told_before_the_recording_is_closed(
    tmp_path: Path, fake_clock: FakeClock
) -> None:
    session = session_with({"": Script(SPEECH, fake_clock)}, tmp_path)
    session.start()
    play(session, fake_clock, len(SPEECH) / SAMPLE_RATE)

    events = session.stop_listening()
    while not session.is_recognised:
        events += session.poll()

    assert ledgers(events)[-1].lag == 0
    assert not session.is_finished
    assert session.poll() == []
    assert session.is_finished


@pytest.mark.parametrize("quick", [0, 1_000_000], ids=["long", "short"])
def test_a_session_that_is_recognised_and_put_aside_has_ended(
    tmp_path: Path, fake_clock: FakeClock, monkeypatch: pytest.MonkeyPatch, quick: int
) -> None:
    monkeypatch.setattr(session_module, "QUICK", quick)
    session = session_with({"": Script(SPEECH, fake_clock)}, tmp_path, HEARING)
    session.start()
    play(session, fake_clock, len(SPEECH) / SAMPLE_RATE)
    session.stop_listening()
    while not session.is_recognised:
        session.poll()

    session.put_aside()

    assert session.is_finished
    assert unfinished_sessions(tmp_path) == []
    folder = session.folder or tmp_path
    stored = read_transcript(folder)
    assert [segment.text for segment in stored.segments] == SAID
    raw, flac = folder / "sound-0.pcm", folder / "sound-0.flac"
    if quick:
        assert not raw.exists()
        sound, _ = soundfile.read(flac, dtype="float32")
    else:
        assert not flac.exists()
        sound = np.fromfile(raw, "<i2") / 32_767
    np.testing.assert_allclose(sound, SPEECH, atol=2e-3)
