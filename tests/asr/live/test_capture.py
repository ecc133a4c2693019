"""What capture writes down of a source, tick by tick, and what it tells."""

from pathlib import Path

import numpy as np

from asr.audio.source import SourceGap
from asr.live.capture import MAX_EVENTS, Capture
from asr.live.events import GapFound
from asr.live.recording import Recording
from asr.sentences import GapCause
from tests.asr.scripted import FakeClock, Outage, Script, fake_clock

__all__ = ["fake_clock"]


def captured(script: Script, clock: FakeClock, folder: Path) -> tuple[Capture, Recording]:
    """Hear two seconds of a script in one tick."""
    capture = Capture({"": script}, threaded=False)
    recording = Recording.create(folder / "session")
    capture.arm()
    capture.start(recording)
    clock.now += 2.0
    capture.tick()
    return capture, recording


def test_what_the_resampler_holds_back_stands_before_a_gap(
    tmp_path: Path, fake_clock: FakeClock
) -> None:
    sound = np.full(96_000, 0.5, np.float32)
    lost = {24_000: SourceGap(24_000, GapCause.BUSY)}
    script = Script(sound, fake_clock, rate=48_000, gaps=lost)

    capture, recording = captured(script, fake_clock, tmp_path)
    capture.stop()

    (gap,) = recording.gaps
    assert (gap.start, gap.n_samples) == (8_000, 8_000)
    assert recording.length() == 32_000
    assert recording.read(7_990, 8_000).min() > 0.2  # the last of it, not silence
    recording.close()


def test_what_the_resampler_holds_back_stands_before_a_loss(
    tmp_path: Path, fake_clock: FakeClock
) -> None:
    sound = np.full(96_000, 0.5, np.float32)
    script = Script(sound, fake_clock, rate=48_000, outages=(Outage(0.5, 99),))

    capture, recording = captured(script, fake_clock, tmp_path)
    capture.stop()

    (gap,) = recording.gaps
    assert gap.start == recording.recorded() == 8_000
    assert recording.read(7_990, 8_000).min() > 0.2  # the last of it, not silence
    recording.close()


def test_a_reader_that_does_not_come_finds_the_last_events(
    tmp_path: Path, fake_clock: FakeClock
) -> None:
    places = range(10, 10 + 16 * (MAX_EVENTS + 200), 16)
    gaps = {place: SourceGap(1, GapCause.BUSY) for place in places}
    script = Script(np.full(places[-1] + 100, 0.1, np.float32), fake_clock, gaps=gaps)

    capture, recording = captured(script, fake_clock, tmp_path)

    found = [event.gap for event in capture.take_events() if isinstance(event, GapFound)]
    assert len(recording.gaps) == MAX_EVENTS + 200
    assert found == [gap.as_gap() for gap in recording.gaps[-MAX_EVENTS:]]
    capture.stop()
    recording.close()


def test_a_gap_begins_with_the_last_sound_not_when_its_loss_is_noticed(
    tmp_path: Path, fake_clock: FakeClock
) -> None:
    sound = np.full(96_000, 0.1, np.float32)
    script = Script(sound, fake_clock, outages=(Outage(0.6, 2.5),))
    capture, recording = captured(script, fake_clock, tmp_path)

    for _ in range(3):
        fake_clock.now += 0.5
        capture.tick()
    capture.stop()

    (gap,) = recording.gaps
    assert gap.start == 9_600
    assert gap.end == 40_000  # opened anew at 2.5 s
    recording.close()


def test_a_source_that_went_away_before_its_first_sound_is_missed_from_then_on(
    tmp_path: Path, fake_clock: FakeClock
) -> None:
    script = Script(np.empty(0, np.float32), fake_clock, outages=(Outage(0.5, 99),))
    capture, recording = captured(script, fake_clock, tmp_path)

    fake_clock.now += 3.0
    capture.stop()

    (gap,) = recording.gaps
    assert (gap.start, gap.n_samples) == (0, 48_000)
    recording.close()
