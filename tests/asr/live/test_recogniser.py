"""The recogniser must hear the same words however its sound arrives."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asr.audio import SAMPLE_RATE, Samples
from asr.emissions import Emissions
from asr.live.endpoint import FAST, Endpoint
from asr.live.events import FinalResult, PartialResult
from asr.live.recogniser import Recogniser
from asr.transcript import PartialText, Word
from asr.window import FRAME, Window
from tests.asr.tones import decoder, speak, spell, tone_network

SPEECH = np.concatenate(
    [spell("the quick brown fox"), spell("jumps"), spell("over the lazy dog", pause="_")]
)
SAID = ["the quick brown fox", "jumps", "over the lazy dog"]


def listen(
    recogniser: Recogniser, sound: Samples, cuts: list[int], lag: float = 0.0
) -> list[PartialResult | FinalResult]:
    parts = np.split(sound, sorted(cut % len(sound) for cut in cuts))
    events = [event for part in parts for event in recogniser.feed(part, lag)]
    return events + recogniser.finish()


class Readings:
    """A final decoder that keeps what it was given."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        self.frames: list[int] = []

    def start(self) -> Readings:
        return self

    def feed(self, emissions: Emissions) -> None:
        self.heard.append(emissions.letters.tobytes())
        self.frames.append(len(emissions))

    def text(self, ahead: Emissions | None = None) -> PartialText:
        return PartialText()

    def finish(self) -> tuple[()]:
        return ()


def finals(events: list[PartialResult | FinalResult]) -> list[str]:
    return [event.segment.text for event in events if isinstance(event, FinalResult)]


@settings(max_examples=25, deadline=None)
@given(
    cuts=st.lists(st.integers(1, len(SPEECH)), max_size=20),
    lag=st.sampled_from([0.0, 1.5, 2.5, 100.0]),
    window=st.sampled_from(
        [
            Window(),
            Window(context=3, step=2, lookahead=4),
            Window(step=300),
            Window(step=8, lookahead=24),
            Window(step=3, lookahead=60),
        ]
    ),
)
def test_text_depends_neither_on_cuts_nor_on_lag_nor_on_the_window(
    cuts: list[int], lag: float, window: Window
) -> None:
    recogniser = Recogniser(tone_network, decoder(), window=window)

    assert finals(listen(recogniser, SPEECH, cuts, lag)) == SAID


@settings(max_examples=25, deadline=None)
@given(
    quiet=st.integers(0, 12 * SAMPLE_RATE),
    lag=st.sampled_from([1.5, 2.5, 100.0]),
    cuts=st.lists(st.integers(1, len(SPEECH)), max_size=5),
    window=st.sampled_from([Window(), Window(step=4, lookahead=60)]),
)
def test_the_second_reading_hears_the_same_sound_however_long_the_steps(
    quiet: int, lag: float, cuts: list[int], window: Window
) -> None:
    sound = np.concatenate([np.zeros(quiet, np.float32), SPEECH])

    def listened(final_decoder: Readings) -> Recogniser:
        return Recogniser(tone_network, decoder(), final_decoder=final_decoder, window=window)

    on_time, behind = Readings(), Readings()
    listen(listened(on_time), sound, [])
    listen(listened(behind), sound, cuts, lag)

    assert behind.heard == on_time.heard
    assert len(on_time.heard) == len(SAID)


def test_times_are_true_after_ten_hours() -> None:
    hours = 10 * 3600 * SAMPLE_RATE
    late = Recogniser(tone_network, decoder())
    late.skip(hours)

    segments = [e.segment for e in listen(late, SPEECH, []) if isinstance(e, FinalResult)]

    early = listen(Recogniser(tone_network, decoder()), SPEECH, [])
    expected = [e.segment.shifted(36_000) for e in early if isinstance(e, FinalResult)]
    assert [s.text for s in segments] == SAID
    for one, other in zip(segments, expected, strict=True):
        for word, same in zip(one.words, other.words, strict=True):
            assert (word.start, word.end) == pytest.approx((same.start, same.end), abs=1e-6)


@pytest.mark.parametrize("block", [1_000, FRAME, 5 * FRAME + 1])
def test_settled_text_is_never_taken_back(block: int) -> None:
    events = listen(
        Recogniser(tone_network, decoder()), SPEECH, list(range(block, len(SPEECH), block))
    )

    utterances: list[list[PartialText]] = [[]]
    for event in events:
        if isinstance(event, FinalResult):
            utterances.append([])
        else:
            utterances[-1].append(event.text)
    for texts in utterances:
        for earlier, later in pairwise(texts):
            assert later.stable[: len(earlier.stable)] == earlier.stable
    assert sum(map(len, utterances)) > 10


def test_live_text_comes_within_step_and_lookahead() -> None:
    recogniser = Recogniser(tone_network, decoder())
    word = speak("_____w_o_r_d_")
    window = Window()
    wait = np.zeros((window.step + window.lookahead) * FRAME, np.float32)

    events = recogniser.feed(np.concatenate([word, wait]))

    assert isinstance(events[-1], PartialResult)
    assert (*events[-1].text.stable, *events[-1].text.unstable) == ("word",)


@pytest.mark.parametrize("lookahead", [8, 24, 60])
def test_no_utterance_is_longer_than_it_may_be(lookahead: int) -> None:
    readings = Readings()
    recogniser = Recogniser(
        tone_network,
        decoder(),
        final_decoder=readings,
        window=Window(step=4, lookahead=lookahead),
        endpoint=Endpoint(pause=0.5, longest=2.0),
    )

    listen(recogniser, np.concatenate([spell("abcdefghij" * 3), SPEECH]), [])

    assert readings.frames
    assert max(readings.frames) <= round(2.0 * SAMPLE_RATE / FRAME)


@pytest.mark.parametrize("lookahead", [16, 24, 40])
def test_what_is_recognised_lags_by_no_longer_lookahead(lookahead: int) -> None:
    def recognised(lookahead: int) -> int:
        recogniser = Recogniser(
            tone_network, decoder(), window=Window(step=4, lookahead=lookahead)
        )
        recogniser.feed(SPEECH[: 100 * FRAME])
        return recogniser.recognised

    assert 0 < recognised(lookahead) == recognised(12)


@pytest.mark.parametrize("lookahead", [16, 24, 60])
def test_final_text_waits_for_no_longer_lookahead(lookahead: int) -> None:
    def samples_heard(lookahead: int) -> list[int]:
        """How much was heard when each final text came."""
        window = Window(step=4, lookahead=lookahead)
        recogniser = Recogniser(tone_network, decoder(), window=window)
        return [
            at
            for at in range(0, len(SPEECH), FRAME)
            for event in recogniser.feed(SPEECH[at : at + FRAME])
            if isinstance(event, FinalResult)
        ]

    assert len(samples_heard(12)) >= 2
    assert samples_heard(lookahead) == samples_heard(12)


def test_a_window_that_covers_the_utterance_hears_as_the_whole() -> None:
    heard: list[Emissions] = []

    def smeared_network(samples: Samples) -> Emissions:
        """Let every frame depend on all others, as a bidirectional network does."""
        rows = tone_network(samples)
        mixed = rows.letters + 0.01 * rows.letters.mean(axis=0)
        return Emissions(rows.phones, mixed)

    class Ear:
        def start(self) -> Ear:
            return self

        def feed(self, emissions: Emissions) -> None:
            heard.append(emissions)

        def text(self, ahead: Emissions | None = None) -> PartialText:
            return PartialText()

        def finish(self) -> tuple[()]:
            return ()

    sound = spell("one two", pause="____")
    frames = len(sound) // FRAME
    window = Window(context=frames, step=1, lookahead=frames - 1)

    Recogniser(smeared_network, Ear(), window=window).feed(sound)

    whole = smeared_network(sound)
    np.testing.assert_allclose(heard[0].letters, whole.letters[:1], atol=1e-4)


def test_words_carry_their_time_in_the_stream() -> None:
    sound = np.concatenate([np.zeros(3 * SAMPLE_RATE, np.float32), spell("hello world")])

    events = listen(Recogniser(tone_network, decoder(), speaker="me"), sound, [])

    segment = next(event.segment for event in events if isinstance(event, FinalResult))
    assert [word.text for word in segment.words] == ["hello", "world"]
    assert segment.start == segment.words[0].start == pytest.approx(3.0, abs=0.05)
    assert segment.words[1].end == segment.end == pytest.approx(3 + 21 * 0.04, abs=0.05)
    assert segment.speaker == "me"


@pytest.mark.parametrize("level", [0.0, 0.005])
def test_nothing_is_written_in_silence_and_memory_stays(level: float) -> None:
    hiss = np.random.default_rng(1).normal(0, level, 60 * SAMPLE_RATE).astype(np.float32)
    recogniser = Recogniser(tone_network, decoder())

    events = listen(recogniser, hiss, list(range(FRAME, len(hiss), FRAME)))

    assert events == []
    assert len(recogniser._sound) < 10 * SAMPLE_RATE


def test_an_utterance_without_end_is_cut_between_words() -> None:
    words = ["alpha", "beta", "gamma", "delta"] * 8
    sound = np.concatenate([spell(word, pause="_ _", frames=2) for word in words])

    events = listen(
        Recogniser(tone_network, decoder(), endpoint=Endpoint(longest=6.0)), sound, []
    )

    assert " ".join(finals(events)).split() == words
    assert len(finals(events)) > 3
    for event in events:
        if isinstance(event, FinalResult):
            assert event.segment.end - event.segment.start <= 6.0


def test_a_word_without_end_is_cut_all_the_same() -> None:
    events = listen(
        Recogniser(tone_network, decoder(), endpoint=Endpoint(longest=2.0)),
        speak("ab" * 200),
        [],
    )

    assert "".join(finals(events)).count("a") == pytest.approx(200, abs=5)


def test_a_recogniser_far_behind_asks_less_of_the_network_and_reads_finals_later() -> None:
    work = {0.0: 0, 100.0: 0}
    for lag in work:

        def network(samples: Samples, lag: float = lag) -> Emissions:
            work[lag] += len(samples)
            return tone_network(samples)

        recogniser = Recogniser(network, decoder())
        live = recogniser.feed(SPEECH, lag)
        recogniser.finish()
        assert bool(finals(live)) == (lag == 0.0)

    assert work[100.0] < 0.6 * work[0.0]


@pytest.mark.parametrize("frames_before", range(1, 9))
@pytest.mark.parametrize("step", [6, 8, 12])
def test_final_text_is_read_while_the_pause_lasts(step: int, frames_before: int) -> None:
    window = Window(context=64, step=step, lookahead=step)
    recogniser, readings = counting_recogniser(window)
    events: list[PartialResult | FinalResult] = []
    sound = np.concatenate([speak("_" * frames_before), spell("a few words", pause="_" * 80)])

    while not finals(events):
        assert recogniser.position < len(sound)
        before = len(readings)
        events += recogniser.feed(sound[recogniser.position :][:FRAME])

    assert len(readings) == before == 1  # nothing was left to read at the endpoint
    assert finals(events) == ["a few words"]


def test_what_was_read_too_early_is_read_again() -> None:
    recogniser, readings = counting_recogniser()
    sound = np.concatenate([spell("one two", pause="_" * 17), spell("three")])

    events = listen(recogniser, sound, list(range(FRAME, len(sound), FRAME)))

    assert finals(events) == ["one twothree"]
    assert readings[:2] == ["one two", "one twothree"]


def counting_recogniser(window: Window = Window()) -> tuple[Recogniser, list[str]]:
    """A recogniser with such a window, and the texts of its final readings so far."""
    readings: list[str] = []

    class Final:
        def start(self) -> FinalResult:
            self._decoding = decoder().start()
            return self

        def feed(self, emissions: Emissions) -> None:
            self._decoding.feed(emissions)

        def text(self, ahead: Emissions | None = None) -> PartialText:
            raise AssertionError("final text is not shown before it is whole")

        def finish(self) -> tuple[Word, ...]:
            words = self._decoding.finish()
            readings.append(" ".join(word.text for word in words))
            return words

    final = Final()
    return Recogniser(tone_network, decoder(), final_decoder=final, window=window), readings


def test_what_waits_for_its_final_reading_is_bounded() -> None:
    recogniser = Recogniser(tone_network, decoder(), endpoint=FAST)
    events: list[PartialResult | FinalResult] = []

    for _ in range(60):
        events += recogniser.feed(spell("a few words"), lag=1_000.0)

    waiting = sum(len(utterance.sound) for utterance in recogniser._waiting)
    assert 0 < waiting <= 60 * SAMPLE_RATE
    assert finals(events)
    assert recogniser.final < recogniser.position - waiting / 2


def test_a_gap_ends_the_utterance_and_moves_the_clock() -> None:
    recogniser = Recogniser(tone_network, decoder())

    before = recogniser.feed(spell("before", pause="")) + recogniser.skip(5 * SAMPLE_RATE)
    after = recogniser.feed(spell("after")) + recogniser.finish()

    assert finals(before) == ["before"]
    assert finals(after) == ["after"]
    segment = next(event.segment for event in after if isinstance(event, FinalResult))
    assert segment.start == pytest.approx(5 + 12 * 0.04, abs=0.05)


def test_everything_is_recognised_in_the_end() -> None:
    recogniser = Recogniser(tone_network, decoder())

    listen(recogniser, SPEECH, [777])

    assert recogniser.final == recogniser.recognised == recogniser.position == len(SPEECH)


def test_no_sound_says_nothing() -> None:
    assert Recogniser(tone_network, decoder()).finish() == []


def test_the_last_word_ends_no_later_than_the_sound() -> None:
    sound = spell("last", pause="")[:-FRAME]
    sound = sound[: len(sound) - FRAME // 2]  # the last letter breaks off within a frame

    events = listen(Recogniser(tone_network, decoder()), sound, [])

    segment = next(event.segment for event in events if isinstance(event, FinalResult))
    assert segment.words[-1].text == "last"
    assert segment.end == segment.words[-1].end == len(sound) / SAMPLE_RATE


class FrameCounts:
    """A decoder that keeps how many frames each of its decodings was fed."""

    def __init__(self) -> None:
        self.frames: list[int] = []

    def start(self) -> FrameCounts:
        self.frames.append(0)
        return self

    def feed(self, emissions: Emissions) -> None:
        self.frames[-1] += len(emissions)

    def text(self, ahead: Emissions | None = None) -> PartialText:
        return PartialText()

    def finish(self) -> tuple[()]:
        return ()


def test_hours_of_silence_do_not_pile_up_in_the_decoder() -> None:
    counts = FrameCounts()
    recogniser = Recogniser(tone_network, counts)

    for _ in range(120):
        recogniser.feed(np.zeros(SAMPLE_RATE, np.float32))

    assert sum(counts.frames) > 2_900
    assert max(counts.frames) < 100


class Remembering:
    """A live network that must hear each frame once, and in order."""

    def __init__(self) -> None:
        self.begun: list[int] = []  # frames heard already, of each utterance

    def start(self, heard: Samples) -> Memory:
        self.begun.append(len(heard) // FRAME)
        return Memory(heard)


class Memory:
    """What it remembers of an utterance: the last frame that is settled."""

    def __init__(self, heard: Samples) -> None:
        self._last = heard[-FRAME:]

    def hear(self, sound: Samples, settled: int, step: int) -> Emissions:
        end = settled * FRAME
        np.testing.assert_array_equal(sound[max(0, end - FRAME) : end], self._last)
        assert len(sound) % FRAME == 0
        self._last = sound[: end + step * FRAME][-FRAME:].copy()
        return tone_network(sound)[settled:]


@settings(max_examples=25, deadline=None)
@given(
    cuts=st.lists(st.integers(1, len(SPEECH)), max_size=10),
    quiet=st.integers(0, 300),
    lag=st.sampled_from([0.0, 2.5, 100.0]),
)
def test_a_network_that_remembers_hears_each_frame_once(
    cuts: list[int], quiet: int, lag: float
) -> None:
    sound = np.concatenate([np.zeros(quiet * FRAME, np.float32), SPEECH])
    recogniser = Recogniser(tone_network, decoder(), live=Remembering())

    assert finals(listen(recogniser, sound, cuts, lag)) == SAID


def test_what_is_remembered_does_not_grow_with_silence() -> None:
    live = Remembering()
    recogniser = Recogniser(tone_network, decoder(), live=live)

    recogniser.feed(np.zeros(600 * SAMPLE_RATE, np.float32))

    assert len(live.begun) > 300  # each two seconds of silence it begins anew
    assert max(live.begun) < 100
