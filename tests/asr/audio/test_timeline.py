"""However a file is cut into blocks, rates and holes, its sound lies where its clock says."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asr.audio import SAMPLE_RATE
from asr.audio.channels import Mixer
from asr.audio.readers import Damage, Reading, SoundBlock
from asr.audio.timeline import Skip, Timeline
from asr.sentences import GapCause

BLOCKS = st.lists(
    st.tuples(
        st.sampled_from([8_000, 16_000, 44_100]),  # rate
        st.integers(1, 30_000),  # frames
        st.sampled_from([0.0, 0.0, 0.3, 2.0]),  # seconds of hole before it
        st.sampled_from([0.0, 0.0, 0.2, 1.5]),  # seconds of damage before it
    ),
    min_size=1,
    max_size=6,
)


def reading(seconds: float | None = None, **fields: object) -> Reading:
    return Reading(blocks=iter(()), rate=16_000, channels=1, seconds=seconds, **fields)  # type: ignore[arg-type]


def length(pieces: list[object]) -> int:
    return sum(p.n_samples if isinstance(p, Skip) else len(p) for p in pieces)  # type: ignore[arg-type]


@settings(max_examples=80, deadline=None)
@given(BLOCKS)
def test_samples_and_skips_add_up_to_the_clock(
    blocks: list[tuple[int, int, float, float]],
) -> None:
    line = Timeline(Mixer(), 0.0, math.inf)
    line.begin_part(reading())
    pieces: list[object] = []
    clock, missing = 0.0, 0.0
    for number, (rate, n_frames, hole, damage) in enumerate(blocks):
        if damage:
            pieces += line.add(Damage(damage))
        clock += damage + hole
        missing += damage + (hole if number or damage else 0.0)
        pieces += line.add(SoundBlock(np.full((n_frames, 1), 0.5, np.float32), rate, clock))
        clock += n_frames / rate

    pieces += line.finish()

    assert line.now == pytest.approx(clock)
    assert length(pieces) == line.position == pytest.approx(clock * SAMPLE_RATE, abs=4)
    assert sum(gap.seconds for gap in line.gaps) == pytest.approx(missing)


@settings(max_examples=60, deadline=None)
@given(BLOCKS, st.floats(0, 5), st.floats(0.1, 5))
def test_a_stretch_holds_what_the_whole_holds_there(
    blocks: list[tuple[int, int, float, float]], begin: float, seconds: float
) -> None:
    line = Timeline(Mixer(), begin, begin + seconds)
    line.begin_part(reading())
    pieces: list[object] = []
    clock = 0.0
    for rate, n_frames, hole, _ in blocks:
        clock += hole
        pieces += line.add(SoundBlock(np.zeros((n_frames, 1), np.float32), rate, clock))
        clock += n_frames / rate

    pieces += line.finish()

    wanted = max(0.0, min(clock, begin + seconds) - begin)
    assert length(pieces) == pytest.approx(wanted * SAMPLE_RATE, abs=4 + 2 * len(blocks))
    assert all(begin <= g.start and g.start + g.seconds <= begin + seconds for g in line.gaps)


def test_a_clock_that_jumps_back_or_far_ahead_is_not_followed() -> None:
    line = Timeline(Mixer(), 0.0, math.inf)
    line.begin_part(reading(seconds=10.0))
    second = np.zeros((16_000, 1), np.float32)
    pieces: list[object] = []
    for start in (0.0, 1.0, 0.0, 1.0, 95_000.0, 95_001.0):
        pieces += line.add(SoundBlock(second, 16_000, start))

    pieces += line.finish()

    assert length(pieces) == 6 * SAMPLE_RATE
    assert not line.gaps


def test_times_that_are_rounded_make_no_gaps() -> None:
    line = Timeline(Mixer(), 0.0, math.inf)
    line.begin_part(reading())
    for n in range(200):
        list(
            line.add(
                SoundBlock(np.zeros((320, 1), np.float32), 16_000, n * 0.02 + n % 3 * 0.008)
            )
        )

    list(line.finish())

    assert not line.gaps
    assert line.position == pytest.approx(4 * SAMPLE_RATE, abs=2)


def test_what_is_missing_where_nothing_pauses_was_destroyed() -> None:
    for may_pause, cause in ((True, GapCause.NO_SOUND), (False, GapCause.DAMAGED)):
        line = Timeline(Mixer(), 0.0, math.inf)
        line.begin_part(reading(may_pause=may_pause))
        for start in (0.0, 3.0):
            list(line.add(SoundBlock(np.zeros((16_000, 1), np.float32), 16_000, start)))

        assert [(gap.start, gap.seconds, gap.cause) for gap in line.gaps] == [(1, 2, cause)]
