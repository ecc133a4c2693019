"""A session loses no word, whatever happens to it, and accounts for every second."""

from __future__ import annotations

import logging
import os
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from asr.audio import SAMPLE_RATE, Samples
from asr.audio.source import Chunk as Arrived
from asr.audio.source import SourceGap
from asr.emissions import Emissions
from asr.live import capture as capture_module
from asr.live import session as session_module
from asr.live.endpoint import FAST
from asr.live.events import FinalResult, GapFound, Ledger, Level, Notice, PartialResult, Topic
from asr.live.recorded import read_transcript
from asr.live.recording import Recording
from asr.live.session import CHUNK, TIDY_S, Hearing, Session, recover
from asr.live.stored import unfinished_sessions
from asr.readable.tagger import Tag
from asr.sentences import GapCause
from tests.asr.readable.scripted import ScriptedTagger, readable
from tests.asr.scripted import FakeClock, Outage, Script, fake_clock
from tests.asr.sessions import (
    HEARING,
    SAID,
    SPEECH,
    finals,
    kill,
    play,
    session_with,
)
from tests.asr.tones import decoder, spell, tone_network

__all__ = ["fake_clock"]


def test_all_that_was_said_is_final_and_stored(tmp_path: Path, fake_clock: FakeClock) -> None:
    session = session_with({"": Script(SPEECH, fake_clock)}, tmp_path)

    session.start()
    events = play(session, fake_clock, len(SPEECH) / SAMPLE_RATE + 0.1) + session.stop()

    assert finals(events) == SAID
    assert session.folder is not None
    stored = read_transcript(session.folder)
    assert [segment.text for segment in stored.segments] == SAID
    sound, rate = soundfile.read(session.folder / "sound-0.flac", dtype="float32")
    assert rate == SAMPLE_RATE
    np.testing.assert_allclose(sound, SPEECH, atol=2e-3)
    assert stored.seconds == len(sound) / SAMPLE_RATE
    assert unfinished_sessions(tmp_path) == []


def test_memory_is_given_back_after_an_utterance_and_not_after_each(
    tmp_path: Path, fake_clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[float] = []
    monkeypatch.setattr(session_module, "give_back", lambda: given.append(fake_clock()))
    pause = np.zeros(45 * SAMPLE_RATE, np.float32)
    sound = np.concatenate((SPEECH, pause, SPEECH, pause, SPEECH))
    session = session_with({"": Script(sound, fake_clock)}, tmp_path)

    session.start()
    begun = fake_clock()
    events = play(session, fake_clock, len(sound) / SAMPLE_RATE + 0.1) + session.stop()

    assert len(finals(events)) == 3 * len(SAID)
    assert len(given) == 2
    assert given[0] > begun
    assert given[1] - given[0] >= TIDY_S


def test_a_tagger_that_fails_is_told_once_and_costs_no_word(
    tmp_path: Path, fake_clock: FakeClock
) -> None:
    class Failing(ScriptedTagger):
        def tag(self, *_: object, **__: object) -> list[Tag]:
            raise RuntimeError("out of memory")

    hearing = replace(HEARING, readable=readable(Failing({})))
    session = session_with({"": Script(SPEECH, fake_clock)}, tmp_path, hearing)

    session.start()
    events = play(session, fake_clock, len(SPEECH) / SAMPLE_RATE + 0.1) + session.stop()

    assert finals(events) == SAID
    told = [e.sentence for e in events if isinstance(e, Notice) and e.topic is Topic.READABLE]
    assert told == ["Words are shown as they were heard, without case and marks: out of memory"]


def test_a_cable_pulled_leaves_a_gap_a_sentence_and_later_words(
    tmp_path: Path, fake_clock: FakeClock
) -> None:
    spoken = spell("before", pause="_")
    sound = np.concatenate(
        [spoken, np.zeros(3 * SAMPLE_RATE - len(spoken), np.float32), spell("after")]
    )
    session = session_with(
        {"": Script(sound, fake_clock, outages=(Outage(0.6, 2.5),))}, tmp_path
    )

    session.start()
    during = play(session, fake_clock, 2.4)
    after = play(session, fake_clock, 3) + session.stop()

    assert finals(during) == ["before"]
    assert [(e.sentence, e.resolved) for e in during if isinstance(e, Notice)] == [
        ("«script» went away: connect it again, or choose another input.", False)
    ]
    gap = next(event.gap for event in after if isinstance(event, GapFound))
    assert gap.start == pytest.approx(0.6, abs=0.03)
    assert gap.start + gap.seconds == pytest.approx(2.5, abs=0.3)
    assert finals(after) == ["after"]
    last = next(event.segment for event in after if isinstance(event, FinalResult))
    assert last.start == pytest.approx(3.0, abs=0.06)
    resolved = [e.sentence for e in after if isinstance(e, Notice) and e.resolved]
    assert "«script» is back; listening goes on." in resolved


def test_lost_blocks_are_gaps_and_keep_the_clock(tmp_path: Path, fake_clock: FakeClock) -> None:
    sound = np.concatenate([spell("one"), spell("two")])
    lost = SourceGap(8_000, GapCause.BUSY)
    session = session_with({"": Script(sound, fake_clock, gaps={8_000: lost})}, tmp_path)

    session.start()
    events = play(session, fake_clock, len(sound) / SAMPLE_RATE) + session.stop()

    assert finals(events) == ["one", "two"]
    gaps = [event.gap for event in events if isinstance(event, GapFound)]
    assert [(gap.start, gap.seconds, gap.cause) for gap in gaps] == [(0.5, 0.5, GapCause.BUSY)]
    segments = [event.segment for event in events if isinstance(event, FinalResult)]
    assert segments[1].start == pytest.approx(len(spell("one")) / SAMPLE_RATE, abs=0.05)


def test_two_sources_are_two_speakers_on_one_clock(
    tmp_path: Path, fake_clock: FakeClock
) -> None:
    me = Script(spell("hello", pause="_" * 60), fake_clock)
    quiet = np.zeros(SAMPLE_RATE, np.float32)
    them = Script(
        np.repeat(np.concatenate([quiet, spell("bonjour")]), 3), fake_clock, rate=48_000
    )
    session = session_with({"me": me, "them": them}, tmp_path)

    session.start()
    events = play(session, fake_clock, 3.5) + session.stop()

    assert finals(events, "me") == ["hello"]
    assert finals(events, "them") == ["bonjour"]
    stored = read_transcript(session.folder or tmp_path)
    assert [segment.speaker for segment in stored.segments] == ["me", "them"]
    assert stored.segments[1].start == pytest.approx(1.0, abs=0.06)


def test_a_recogniser_far_behind_ends_with_the_same_text(
    tmp_path: Path, fake_clock: FakeClock
) -> None:
    def slow_network(samples: Samples) -> Emissions:
        """Take three seconds for one of sound, while the script goes on."""
        fake_clock.now += 3 * len(samples) / SAMPLE_RATE
        return tone_network(samples)

    hearing = Hearing(network=slow_network, decoder=decoder())
    sound = np.concatenate([SPEECH, np.zeros(SAMPLE_RATE, np.float32)] * 4)
    session = session_with({"": Script(sound, fake_clock)}, tmp_path, hearing)

    session.start()
    events = play(session, fake_clock, 2 * len(sound) / SAMPLE_RATE)
    lag = max(event.lag for event in events if isinstance(event, Ledger))
    events += session.stop()

    assert lag > 5
    assert finals(events) == SAID * 4
    assert [event for event in events if isinstance(event, Ledger)][-1].lag == 0
    assert not [event for event in events if isinstance(event, GapFound)]


def test_silence_writes_nothing_but_says_that_the_microphone_is_muted(
    tmp_path: Path, fake_clock: FakeClock
) -> None:
    session = session_with({"": Script(np.zeros(160_000, np.float32), fake_clock)}, tmp_path)

    session.start()
    events = play(session, fake_clock, 9) + session.stop()

    assert not [event for event in events if isinstance(event, FinalResult | PartialResult)]
    assert [e.sentence for e in events if isinstance(e, Notice)] == [
        "«script» sends nothing at all: it is muted, or switched off."
    ]


def test_the_level_is_told(tmp_path: Path, fake_clock: FakeClock) -> None:
    session = session_with({"": Script(SPEECH, fake_clock)}, tmp_path)

    session.start()
    levels = [e for e in play(session, fake_clock, 1) if isinstance(e, Level)]
    session.stop()

    assert max(level.peak for level in levels) == pytest.approx(0.5, abs=0.01)
    assert all(0 <= level.rms <= level.peak for level in levels)


def test_a_dead_session_is_offered_and_recovered(tmp_path: Path, fake_clock: FakeClock) -> None:
    hearing = Hearing(network=tone_network, decoder=decoder(), endpoint=FAST)
    session = session_with({"": Script(SPEECH, fake_clock)}, tmp_path, hearing)
    session.start()
    events = play(session, fake_clock, 3.2)
    kill(session)

    (found,) = unfinished_sessions(tmp_path)
    before = [segment.text for segment in found.transcript.segments]
    recovered = list(recover(hearing, found.folder))

    assert before == finals(events) == SAID[:1]
    assert finals(recovered)[0] == SAID[1]
    stored = read_transcript(found.folder)
    assert [segment.text for segment in stored.segments][:2] == SAID[:2]
    assert stored.seconds == pytest.approx(3.2, abs=0.05)
    assert unfinished_sessions(tmp_path) == []


def test_a_session_put_aside_is_offered_and_nothing_of_it_is_lost(
    tmp_path: Path, fake_clock: FakeClock
) -> None:
    sound = np.concatenate([SPEECH, np.zeros(SAMPLE_RATE, np.float32), SPEECH])
    session = session_with({"": Script(sound, fake_clock)}, tmp_path)
    session.start()
    fake_clock.now += len(sound) / SAMPLE_RATE
    session.stop_listening()
    said = finals([event for _ in range(3) for event in session.poll()])

    session.put_aside()

    assert session.is_finished
    (found,) = unfinished_sessions(tmp_path)
    assert found.seconds == len(sound) / SAMPLE_RATE
    assert len(sound) > 3 * CHUNK
    assert said + finals(list(recover(HEARING, found.folder))) == SAID * 2
    assert unfinished_sessions(tmp_path) == []


def test_system_sound_may_be_silent_and_a_microphone_may_not(
    tmp_path: Path, fake_clock: FakeClock
) -> None:
    me, them = (Script(np.zeros(160_000, np.float32), fake_clock) for _ in range(2))
    them.may_rest = True
    session = session_with({"me": me, "them": them}, tmp_path)

    session.start()
    events = play(session, fake_clock, 9) + session.stop()

    assert [e.key for e in events if isinstance(e, Notice)] == [(Topic.MUTED, "me")]


def test_a_session_under_way_is_not_offered(tmp_path: Path, fake_clock: FakeClock) -> None:
    session = session_with({"": Script(SPEECH, fake_clock)}, tmp_path)
    session.start()

    assert unfinished_sessions(tmp_path) == []

    session.stop()


class Broken(Script):
    """A source whose driver brings no numbers, once."""

    breaks = False

    def read(self) -> list[Arrived]:
        heard = super().read()
        if self.breaks:
            self.breaks = False
            return [np.full(len(part), "?") for part in heard]  # type: ignore[arg-type]
        return heard


def test_sound_that_an_error_keeps_out_is_a_gap(tmp_path: Path, fake_clock: FakeClock) -> None:
    source = Broken(SPEECH, fake_clock)
    session = session_with({"": source}, tmp_path)
    session.start()
    play(session, fake_clock, 1.0)
    source.breaks = True
    fake_clock.now += 0.5
    with pytest.raises(TypeError):
        session.poll()

    events = play(session, fake_clock, 1.5) + session.stop()

    (gap,) = [event.gap for event in events if isinstance(event, GapFound)]
    assert (gap.seconds, gap.cause) == (pytest.approx(0.5), GapCause.ERROR)
    elapsed = fake_clock.now - 1_000
    assert read_transcript(session.folder or tmp_path).seconds == pytest.approx(
        elapsed, abs=1e-3
    )


def test_a_voice_that_fails_at_the_end_costs_the_other_nothing(
    tmp_path: Path, fake_clock: FakeClock
) -> None:
    me, them = Broken(SPEECH, fake_clock), Script(SPEECH, fake_clock)
    session = session_with({"me": me, "them": them}, tmp_path)
    session.start()
    play(session, fake_clock, 1.0)
    fake_clock.now += 1.0
    me.breaks = True

    session.stop()

    assert not me.is_alive
    assert not them.is_alive
    sound, _ = soundfile.read((session.folder or tmp_path) / "sound-1.flac")
    assert len(sound) == pytest.approx(2 * SAMPLE_RATE, abs=0.05 * SAMPLE_RATE)


class Hanging(Script):
    """A source whose driver may hang while it is read, until it is let go."""

    def __init__(self, sound: Samples, clock: FakeClock) -> None:
        super().__init__(sound, clock)
        self.is_let_go = threading.Event()
        self.is_let_go.set()
        self.is_hanging = threading.Event()

    def read(self) -> list[Arrived]:
        if not self.is_let_go.is_set():
            self.is_hanging.set()
            self.is_let_go.wait(10)
        return super().read()


def test_a_driver_that_hangs_at_the_end_may_answer_when_all_is_closed(
    tmp_path: Path,
    fake_clock: FakeClock,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(capture_module, "CLOSE_TIMEOUT_S", 0.01)
    source = Hanging(SPEECH, fake_clock)
    session = Session(HEARING, {"": source}, tmp_path)
    session.start()
    assert session._capture is not None
    thread = session._capture._thread
    source.is_let_go.clear()
    fake_clock.now += 1.0
    assert source.is_hanging.wait(10)

    events = session.stop()
    source.is_let_go.set()
    thread.join(10)

    assert "does not answer" in next(e.sentence for e in events if isinstance(e, Notice))
    assert not source.is_alive
    assert [r for r in caplog.records if r.levelno >= logging.ERROR] == []


def test_time_away_is_a_gap_even_if_nothing_was_heard_since(
    tmp_path: Path, fake_clock: FakeClock
) -> None:
    source = Script(SPEECH, fake_clock, outages=(Outage(0.5, 2.0),))
    session = session_with({"": source}, tmp_path)
    session.start()
    events = play(session, fake_clock, 1.0)
    while not source.is_alive:
        fake_clock.now += 0.04
        events += session.poll()

    events += session.stop()

    (gap,) = [event.gap for event in events if isinstance(event, GapFound)]
    assert gap.start == pytest.approx(0.5, abs=0.03)
    assert gap.start + gap.seconds == pytest.approx(fake_clock.now - 1_000, abs=0.03)


@pytest.mark.parametrize(
    ("name", "line"),
    [("finals.jsonl", '{"speaker": ""}'), ("finals.jsonl", "?"), ("ledger.jsonl", '{"n": 1}')],
)
def test_a_damaged_session_hides_no_other(
    tmp_path: Path, fake_clock: FakeClock, name: str, line: str
) -> None:
    for _ in range(2):
        session = session_with({"": Script(SPEECH, fake_clock)}, tmp_path)
        session.start()
        play(session, fake_clock, 0.2)
        kill(session)
    damaged, whole = sorted(tmp_path.iterdir())
    with (damaged / name).open("a") as file:
        file.write(line + "\n")

    assert [session.folder for session in unfinished_sessions(tmp_path)] == [whole]


def test_a_session_of_another_name_began_when_its_folder_says(
    tmp_path: Path, fake_clock: FakeClock
) -> None:
    session = session_with({"": Script(SPEECH, fake_clock)}, tmp_path)
    session.start()
    play(session, fake_clock, 2)
    kill(session)
    assert session.folder is not None
    renamed = session.folder.rename(tmp_path / "interview")
    os.utime(renamed, (1e9, 1e9))

    (found,) = unfinished_sessions(tmp_path)

    assert found.started.timestamp() == 1e9


def test_long_silence_is_noted_as_read_now_and_then(
    tmp_path: Path, fake_clock: FakeClock
) -> None:
    session = session_with(
        {"": Script(np.zeros(200 * SAMPLE_RATE, np.float32), fake_clock)}, tmp_path
    )
    session.start()
    play(session, fake_clock, 150, lambda: 1.0)
    kill(session)
    assert session.folder is not None

    notes = (session.folder / "finals.jsonl").read_text(encoding="utf-8").splitlines()
    again = Recording.reopen(session.folder)
    read = again.final_until()
    again.put_aside()

    assert len(notes) == 2
    assert 120 * SAMPLE_RATE <= read < 150 * SAMPLE_RATE
