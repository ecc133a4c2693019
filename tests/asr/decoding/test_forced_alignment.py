"""Forced alignment: the best path, whole and banded, and texts that do not fit."""

from itertools import product

import numpy as np
import pytest

from asr.decoding import forced_alignment as module
from asr.decoding.forced_alignment import Span, forced_align, timed_words
from asr.errors import AlignmentError
from tests.asr.decoding import tiny

A, AB, CAB, AHA = [(1,)], [(1, 2), (1, 3)], [(3, 1, 2)], [(1, 1)]


def edges(spans: list[Span]) -> list[tuple[int, int]]:
    return [(span.first, span.end) for span in spans]


def test_words_lie_at_their_phones() -> None:
    phones = tiny.spoken("__C_AAB___A__A_C_").phones

    spans = forced_align(phones, [CAB, AHA, [(3,)]])

    assert edges(spans) == [(2, 7), (10, 14), (15, 16)]


def test_the_pronunciation_that_was_said_is_taken() -> None:
    assert forced_align(tiny.spoken("_A_C_").phones, [AB])[0].end == 4
    assert forced_align(tiny.spoken("_A_B_").phones, [AB])[0].score > -0.01


@pytest.mark.parametrize("seed", range(6))
def test_the_path_is_the_best_of_all(seed: int) -> None:
    log_probs = tiny.noise(6, seed).phones
    wanted = {(1, 2, 1), (1, 3, 1)}  # «ab a», said in either way
    best, best_path = -np.inf, ()
    for path in product(range(4), repeat=6):
        heard = tuple(s for n, s in enumerate(path) if s and (n == 0 or path[n - 1] != s))
        score = float(log_probs[np.arange(6), list(path)].sum())
        if heard in wanted and score > best:
            best, best_path = score, path
    frames = [n for n, symbol in enumerate(best_path) if symbol]
    last_start = max(
        n for n in frames if best_path[n] == 1 and (n == 0 or best_path[n - 1] != 1)
    )

    first, second = forced_align(log_probs, [AB, A])

    assert (first.first, second.first, second.end) == (frames[0], last_start, frames[-1] + 1)


def test_a_band_finds_what_the_whole_search_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    script = "_C_AB__A___A_A__" * 60
    phones, words = tiny.spoken(script).phones, [CAB, A, AHA] * 60
    whole = forced_align(phones, words)

    monkeypatch.setattr(module, "EXACT_STATES", 0)

    assert forced_align(phones, words) == whole


def test_what_was_not_said_is_marked() -> None:
    phones = tiny.spoken("__C_A_B_____A__").phones

    spans = forced_align(phones, [CAB, [(2, 3, 2)], A], skippable=True)

    assert [span.is_said for span in spans] == [True, False, True]
    assert edges(spans)[0] == (2, 7)
    assert edges(spans)[2] == (12, 13)


def test_a_word_for_which_there_is_no_time_lies_behind_the_one_before() -> None:
    phones = tiny.spoken("A_C_A_BA").phones

    spans = forced_align(phones, [A, CAB, [(2, 3, 2)], A], skippable=True)

    assert [span.is_said for span in spans] == [True, True, False, True]
    assert spans[2].first == spans[2].end == spans[1].end


def test_a_word_without_pronunciation_takes_any_sound() -> None:
    spans = forced_align(tiny.spoken("__C_A_B___C_C_C__").phones, [CAB, []])

    assert spans[0].end <= spans[1].first
    assert spans[1].first <= 10
    assert spans[1].end > spans[1].first


@pytest.mark.parametrize("frames", [0, 1, 2, 3])
def test_a_text_longer_than_the_sound_is_refused(frames: int) -> None:
    with pytest.raises(AlignmentError, match=f"{frames} frames"):
        forced_align(tiny.noise(frames, 0).phones, [AHA, A])


def test_no_text_is_no_words() -> None:
    assert forced_align(tiny.noise(3, 0).phones, []) == []


def test_times_are_ordered_and_share_the_silence() -> None:
    spans = [Span(1, 3, 0.0), Span(4, 6, 0.0), Span(20, 22, 0.0)]

    words = timed_words(("a", "b", "c"), spans, 0.04)

    times = [time for word in words for time in (word.start, word.end)]
    assert times == sorted(times)
    assert words[0].end == pytest.approx(words[1].start)
    assert words[2].start - words[1].end > 0.3
