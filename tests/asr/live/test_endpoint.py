"""Pauses end utterances; short ones, noises and silence alone do not."""

from __future__ import annotations

import numpy as np
import pytest

from asr.live.endpoint import FAST, LONG, NORMAL, Endpoint, PauseFinder

FRAME_SECONDS = 0.04
SPEECH = (0.0, 0.3)  # probability of blank, loudness
PAUSE = (1.0, 0.002)
NOISE = (1.0, 0.2)
NOTHING = np.empty(0, np.float32)


def find(endpoint: Endpoint, *stretches: tuple[tuple[float, float], int]) -> int | None:
    """Feed stretches of frames, one frame a time; return the end as it is noticed."""
    finder = PauseFinder(endpoint, FRAME_SECONDS)
    for (blank, loudness), frames in stretches:
        for _ in range(frames):
            end = finder.feed(np.float32([blank]), np.float32([loudness]))
            if end is not None:
                return end
    return None


@pytest.mark.parametrize(("endpoint", "frames"), [(FAST, 12), (NORMAL, 20), (LONG, 38)])
def test_each_preset_waits_its_time(endpoint: Endpoint, frames: int) -> None:
    assert find(endpoint, (SPEECH, 10), (PAUSE, frames - 1)) is None

    end = find(endpoint, (SPEECH, 10), (PAUSE, frames))

    assert end is not None
    assert 10 < end <= 10 + frames


def test_the_end_leaves_sound_on_both_sides() -> None:
    end = find(NORMAL, (SPEECH, 10), (PAUSE, 40))

    assert end == 10 + 10


def test_silence_alone_ends_nothing() -> None:
    assert find(NORMAL, (PAUSE, 1_000)) is None


def test_short_pauses_do_not_add_up() -> None:
    assert find(NORMAL, *[(SPEECH, 3), (PAUSE, 15)] * 20) is None


def test_in_noise_the_pause_must_be_longer() -> None:
    assert find(NORMAL, (SPEECH, 10), (NOISE, 39)) is None
    assert find(NORMAL, (SPEECH, 10), (NOISE, 40)) is not None


def test_a_click_does_not_spoil_a_pause() -> None:
    assert find(NORMAL, (SPEECH, 10), (PAUSE, 10), (NOISE, 2), (PAUSE, 8)) is not None


def test_how_frames_are_handed_over_does_not_matter() -> None:
    blank = np.float32([0.0] * 9 + [1.0] * 30)
    loudness = np.full(39, 0.0005, np.float32)

    ends = set()
    for size in (1, 2, 7, 39):
        finder = PauseFinder(NORMAL, FRAME_SECONDS)
        parts = [slice(start, start + size) for start in range(0, 39, size)]
        ends.add(
            next(e for p in parts if (e := finder.feed(blank[p], loudness[p])) is not None)
        )

    assert ends == {9 + 10}


@pytest.mark.parametrize("pause", [PAUSE, NOISE])
def test_the_end_is_known_before_it_is_sure(pause: tuple[float, float]) -> None:
    finder = PauseFinder(NORMAL, FRAME_SECONDS)
    blank, loudness = (np.float32([value]) for value in pause)

    expected = []
    end = finder.feed(np.float32([SPEECH[0]]), np.float32([SPEECH[1]]))
    while end is None:
        expected.append(finder.expected_end(NOTHING, NOTHING))
        end = finder.feed(blank, loudness)

    known = [one for one in expected if one is not None]
    assert set(known) == {end}
    assert 3 <= len(known) < len(expected) / 2
    assert expected[: -len(known)] == [None] * (len(expected) - len(known))


def test_speech_takes_the_expected_end_back() -> None:
    finder = PauseFinder(NORMAL, FRAME_SECONDS)
    blank = np.float32([0.0] + [1.0] * 19)
    finder.feed(blank, np.full(20, 0.0005, np.float32))
    assert finder.expected_end(NOTHING, NOTHING) is not None

    finder.feed(blank[:1], np.float32([0.5]))

    assert finder.expected_end(NOTHING, NOTHING) is None


@pytest.mark.parametrize("step", [4, 8, 12])
def test_who_hears_a_step_ahead_knows_each_end_beforehand(step: int) -> None:
    for n_speech in range(1, step + 1):
        blank = np.float32([0.0] * n_speech + [1.0] * 40)
        loudness = np.float32([0.3] * n_speech + [0.002] * 40)
        finder, expected, end = PauseFinder(NORMAL, FRAME_SECONDS), None, None

        for first in range(0, len(blank), step):
            stable, ahead = slice(first, first + step), slice(first + step, first + 2 * step)
            if (end := finder.feed(blank[stable], loudness[stable])) is not None:
                break
            expected = finder.expected_end(blank[ahead], loudness[ahead])

        assert end is not None
        assert expected == end


def test_a_sound_ahead_does_not_hide_a_pause_that_lasts() -> None:
    finder = PauseFinder(NORMAL, FRAME_SECONDS)
    finder.feed(np.float32([0.0] + [1.0] * 15), np.full(16, 0.0005, np.float32))

    assert finder.expected_end(np.float32([0.0]), np.float32([0.0005])) == 1 + 10


def test_the_end_is_not_before_the_networks_last_word_had_time_to_fade() -> None:
    whispered = (0.0, 0.002)  # a word that is as quiet as the pause after it

    end = find(NORMAL, (SPEECH, 10), (whispered, 10), (PAUSE, 40))

    assert end == 20 + 5
