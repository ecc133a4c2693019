"""The ring, the watch over levels, and what PortAudio's callback does."""

from __future__ import annotations

import threading
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asr.audio.microphone import Microphone
from asr.audio.ring import Ring
from asr.audio.source import SourceGap
from asr.live.levels import LevelWatch
from asr.sentences import GapCause
from tests.asr.scripted import FakeClock, fake_clock

__all__ = ["fake_clock"]

RATE = 1_000


def frames(start: int, stop: int) -> np.ndarray:
    return np.arange(start, stop, dtype=np.float32)[:, None]


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 9)), max_size=60))
def test_a_ring_gives_back_what_it_took_in_order(steps: list[tuple[bool, int]]) -> None:
    ring, taken, given_back, next_frame = Ring(16, 1), [], [], 0

    for is_write, n in steps:
        if not is_write:
            given_back += ring.read()[:, 0].tolist()
        elif ring.write(frames(next_frame, next_frame + n)):
            taken += range(next_frame, next_frame + n)
            next_frame += n
        else:
            assert len(taken) - len(given_back) + n > 16
    given_back += ring.read()[:, 0].tolist()

    assert given_back == taken


def test_a_ring_between_two_threads_loses_nothing() -> None:
    ring, total = Ring(64, 1), 20_000

    def write() -> None:
        done = 0
        while done < total:
            done += 7 * ring.write(frames(done, done + 7))

    writer = threading.Thread(target=write)
    writer.start()
    heard: list[float] = []
    while writer.is_alive() or len(heard) < total:
        heard += ring.read()[:, 0].tolist()

    assert heard == list(range(len(heard)))


def test_only_the_newest_frames_are_kept() -> None:
    ring = Ring(100, 1)
    ring.write(frames(0, 50))

    assert ring.keep_last(10) == 40
    assert not ring._room[:40].any()  # no memory holds what was forgotten
    assert ring.read()[:, 0].tolist() == list(range(40, 50))


@pytest.fixture
def heard(fake_clock: FakeClock) -> tuple[Microphone, FakeClock]:
    """A microphone as it is when open, and the time by its clock."""
    microphone = Microphone()
    microphone.rate = RATE
    microphone._ring = Ring(400, 2)
    return microphone, fake_clock


def block(
    microphone: Microphone, time: FakeClock, value: float, *, wait: float, overflow: bool
) -> None:
    time.now += wait
    sound = np.full((20, 2), value, np.float32)
    status = SimpleNamespace(input_overflow=overflow)
    microphone._on_block(sound, 20, None, status)


def test_the_callback_notes_what_was_lost_where(
    heard: tuple[Microphone, FakeClock],
) -> None:
    microphone, time = heard
    block(microphone, time, 0.1, wait=0.02, overflow=False)
    block(microphone, time, 0.2, wait=0.32, overflow=True)  # 0.3 s too late, and told so
    block(microphone, time, 0.3, wait=9.02, overflow=False)  # the lid was closed
    block(microphone, time, 0.4, wait=0.52, overflow=False)  # late, and nothing lost

    parts = microphone.read()

    assert microphone.begins == pytest.approx(1_000.0)
    assert [part if isinstance(part, SourceGap) else part[0].item() for part in parts] == [
        pytest.approx(0.1),
        SourceGap(300, GapCause.BUSY),
        pytest.approx(0.2),
        SourceGap(9_000, GapCause.ASLEEP),
        pytest.approx(0.3),
    ]
    last = parts[-1]
    assert not isinstance(last, SourceGap)
    assert len(last) == 40


def test_a_writer_that_never_comes_is_a_gap_of_the_true_length(
    heard: tuple[Microphone, FakeClock],
) -> None:
    microphone, time = heard
    for _ in range(25):
        block(microphone, time, 0.5, wait=0.02, overflow=False)

    parts = microphone.read()

    lost = sum(part.n_samples for part in parts if isinstance(part, SourceGap))
    kept = sum(len(part) for part in parts if not isinstance(part, SourceGap))
    assert (kept, lost) == (400, 100)


@pytest.mark.parametrize(("channel", "expected"), [(None, 0.25), (0, 0.5), (1, 0.0)])
def test_channels_are_chosen_or_mixed(channel: int | None, expected: float) -> None:
    microphone = Microphone(channel=channel)

    heard = microphone._one_channel(np.tile(np.float32([0.5, 0.0]), (10, 1)))

    assert heard.tolist() == [expected] * 10


def sentences(watch: LevelWatch, level: float, seconds: int) -> list[tuple[str, bool]]:
    sound = level * np.sin(np.arange(RATE // 10, dtype=np.float32))
    notices = [n for _ in range(seconds * 10) for n in watch.hear(sound.clip(-1, 1), RATE)]
    return [(notice.sentence, notice.resolved) for notice in notices]


def test_a_muted_microphone_is_told_after_a_second_and_once() -> None:
    watch = LevelWatch("mic")

    assert sentences(watch, 0.0, 5) == [
        ("«mic» sends nothing at all: it is muted, or switched off.", False)
    ]
    assert sentences(watch, 0.1, 5) == [("«mic» can be heard again.", True)]


def test_a_faint_microphone_is_told_after_ten_seconds() -> None:
    watch = LevelWatch("mic")

    assert sentences(watch, 0.001, 9) == []
    assert [resolved for _, resolved in sentences(watch, 0.001, 5)] == [False]
    assert sentences(watch, 0.005, 5) == []
    assert [resolved for _, resolved in sentences(watch, 0.1, 5)] == [True]


def test_distortion_is_told_from_a_thousandth_of_a_second_on() -> None:
    for n_clipped, is_told in ((9, False), (10, True)):
        sound = np.float32([0.1] * 10_000)
        sound[:n_clipped] = 1.0

        assert bool(LevelWatch("mic").hear(sound, 10_000)) == is_told


def test_distortion_is_told_and_single_peaks_are_not() -> None:
    watch = LevelWatch("mic")
    peak = np.float32([0.1] * 10_000 + [1.0])

    assert watch.hear(peak, 10_000) == []
    assert [resolved for _, resolved in sentences(watch, 3.0, 2)] == [False]
    assert [resolved for _, resolved in sentences(watch, 0.3, 4)] == [True]
