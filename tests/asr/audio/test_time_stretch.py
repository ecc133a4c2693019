"""Another speed, the same pitch."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asr.audio import SAMPLE_RATE, Samples
from asr.audio.time_stretch import FASTEST, SLOWEST, TimeStretch

SPEEDS = st.floats(SLOWEST, FASTEST)


def tone(hertz: float, seconds: float, rate: int = SAMPLE_RATE) -> Samples:
    times = np.arange(round(seconds * rate)) / rate
    return (0.5 * np.sin(2 * np.pi * hertz * times)).astype(np.float32)


def stretched(
    samples: Samples, speed: float, block: int = 700, rate: int = SAMPLE_RATE
) -> Samples:
    stretch = TimeStretch(rate, speed)
    parts = [stretch.feed(samples[n : n + block]) for n in range(0, len(samples), block)]
    return np.concatenate([*parts, stretch.finish()])


def dominant(samples: Samples, rate: int = SAMPLE_RATE) -> float:
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(spectrum.argmax() * rate / len(samples))


@settings(max_examples=40, deadline=None)
@given(SPEEDS, st.floats(0.2, 2.0), st.integers(1, 3000))
def test_the_length_is_that_of_the_speed(speed: float, seconds: float, block: int) -> None:
    samples = tone(200, seconds)

    assert len(stretched(samples, speed, block)) == pytest.approx(len(samples) / speed, abs=1)


@settings(max_examples=40, deadline=None)
@given(SPEEDS, st.floats(80, 3000), st.sampled_from([16_000, 44_100]))
def test_the_pitch_stays(speed: float, hertz: float, rate: int) -> None:
    heard = stretched(tone(hertz, 2.0, rate), speed, rate=rate)

    a_few_cents = 0.002 * hertz  # for windows move by whole samples
    bins = 2 * rate / len(heard)
    assert dominant(heard, rate) == pytest.approx(hertz, abs=bins + a_few_cents)
    assert np.abs(heard).max() == pytest.approx(0.5, abs=0.03)


@given(st.integers(1, 2000), st.integers(0, 5000))
def test_at_its_own_speed_sound_is_what_it_was(block: int, length: int) -> None:
    samples = np.random.default_rng(0).uniform(-1, 1, length).astype(np.float32)

    np.testing.assert_allclose(stretched(samples, 1.0, block), samples, atol=1e-6)


@settings(max_examples=20, deadline=None)
@given(SPEEDS)
def test_what_is_heard_is_where_the_position_says(speed: float) -> None:
    clicks = np.zeros(3 * SAMPLE_RATE, np.float32)
    clicks[2 * SAMPLE_RATE : 2 * SAMPLE_RATE + 800] = tone(440, 0.05)
    stretch = TimeStretch(SAMPLE_RATE, speed)
    position = None
    for n in range(0, len(clicks), 160):
        before = stretch.position
        made = stretch.feed(clicks[n : n + 160])
        loud = np.flatnonzero(np.abs(made) > 0.1)
        if position is None and len(loud):
            position = before + loud[0] * speed

    assert position == pytest.approx(2 * SAMPLE_RATE, abs=0.04 * SAMPLE_RATE)


def test_the_speed_may_change_on_the_way() -> None:
    stretch = TimeStretch(SAMPLE_RATE, 0.5)
    slow = stretch.feed(tone(300, 1.0))
    stretch.speed = 2.0
    fast = stretch.feed(tone(300, 1.0))

    heard = np.concatenate([slow, fast, stretch.finish()])
    assert len(heard) == pytest.approx(2.5 * SAMPLE_RATE, rel=0.05)
    assert dominant(heard) == pytest.approx(300, abs=2)


@pytest.mark.parametrize("speed", [0.5, 1.0, 2.0])
def test_silence_and_nothing_stay_what_they_are(speed: float) -> None:
    assert not stretched(np.zeros(5000, np.float32), speed).any()
    assert stretched(np.empty(0, np.float32), speed).size == 0
