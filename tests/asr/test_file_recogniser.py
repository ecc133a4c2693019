"""Files: the words do not depend on how the sound arrives, and it is heard once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asr.audio import SAMPLE_RATE, Samples
from asr.emissions import Emissions
from asr.file_recogniser import FileRecogniser
from asr.live.endpoint import Endpoint
from asr.live.events import FinalResult
from asr.live.recogniser import Recogniser
from asr.transcript import PartialText, Segment, Word
from asr.window import FRAME
from tests.asr.tones import decoder, spell, tone_network

SPEECH = np.concatenate(
    [spell("the quick brown fox"), spell("jumps"), spell("over the lazy dog", pause="_")]
)
SAID = ["the quick brown fox", "jumps", "over the lazy dog"]
CUTS = st.lists(st.integers(1, 2 * len(SPEECH)), min_size=1, max_size=8)


def listen(recogniser: FileRecogniser, sound: Samples, cuts: list[int]) -> list[Segment]:
    parts = np.split(sound, sorted(cut % len(sound) for cut in cuts))
    segments = [segment for part in parts for segment in recogniser.feed(part)]
    return segments + recogniser.finish()


def read(sound: Samples, cuts: list[int] | None = None) -> list[str]:
    return [
        one.text for one in listen(FileRecogniser(tone_network, decoder()), sound, cuts or [])
    ]


def noise(n_samples: int, level: float, seed: int = 1) -> Samples:
    return np.random.default_rng(seed).normal(0, level, n_samples).astype(np.float32)


class Hearings:
    """The network of tones, and how many samples it heard.

    Args:
        hum: Is nothing to it.
        late: Frames after a sound at which it names it.
        unsure: Frames in which it hears nothing if the sound ends amid a word.
    """

    def __init__(self, *, hum: float = 0.0, late: int = 0, unsure: int = 0) -> None:
        self.n_samples = 0
        self._hum = hum
        self._late = late
        self._unsure = unsure

    def __call__(self, samples: Samples) -> Emissions:
        self.n_samples += len(samples)
        before = np.zeros(self._late * FRAME, np.float32)
        heard = np.concatenate([before, samples - self._hum])[: len(samples)]
        if np.abs(samples[-2 * FRAME :]).max(initial=0.0) > 0.1:
            heard[max(0, len(heard) - self._unsure * FRAME) :] = 0.0
        return tone_network(heard)


class Smeared(Hearings):
    """Every frame depends on all others, as with a bidirectional network."""

    def __call__(self, samples: Samples) -> Emissions:
        rows = super().__call__(samples)
        return Emissions(rows.phones, rows.letters + 0.01 * rows.letters.mean(axis=0))


class Fingerprints:
    """A decoder whose only word tells all that it heard."""

    def __init__(self) -> None:
        self._heard = b""

    def start(self) -> Fingerprints:
        return Fingerprints()

    def feed(self, emissions: Emissions) -> None:
        self._heard += emissions.letters.tobytes()

    def text(self, ahead: Emissions | None = None) -> PartialText:
        return PartialText()

    def finish(self) -> tuple[Word, ...]:
        return (Word(str(hash(self._heard)), 0.0, 0.1),)


def test_it_writes_what_a_live_recogniser_makes_final() -> None:
    sound = np.concatenate([SPEECH, np.zeros(5 * SAMPLE_RATE, np.float32), SPEECH])
    live = Recogniser(tone_network, decoder())

    found = listen(FileRecogniser(tone_network, decoder()), sound, [])

    events = live.feed(sound) + live.finish()
    assert [one.text for one in found] == [*SAID, *SAID]
    assert found == [event.segment for event in events if isinstance(event, FinalResult)]


@settings(max_examples=25, deadline=None)
@given(
    cuts=CUTS,
    quiet=st.integers(0, 4 * SAMPLE_RATE),
    level=st.sampled_from([0.0, 0.003]),
    late=st.sampled_from([0, 6]),
)
def test_the_words_do_not_depend_on_how_sound_is_cut(
    cuts: list[int], quiet: int, level: float, late: int
) -> None:
    sound = np.concatenate([np.zeros(quiet, np.float32), SPEECH, SPEECH])
    sound = sound + noise(len(sound), level)

    def fingerprints(cuts: list[int]) -> list[Segment]:
        return listen(FileRecogniser(Smeared(late=late), Fingerprints()), sound, cuts)

    assert fingerprints(cuts) == fingerprints([])


@settings(max_examples=15, deadline=None)
@given(cuts=CUTS, n_threads=st.integers(1, 3))
def test_readings_beside_one_another_say_the_same(cuts: list[int], n_threads: int) -> None:
    sound = np.concatenate([SPEECH, SPEECH])

    with ThreadPoolExecutor(n_threads) as pool:
        beside = listen(FileRecogniser(tone_network, decoder(), pool=pool), sound, cuts)

    assert beside == listen(FileRecogniser(tone_network, decoder()), sound, [])


@settings(max_examples=20, deadline=None)
@given(quiet=st.integers(0, 4 * SAMPLE_RATE), cuts=CUTS)
def test_another_recogniser_goes_on_at_the_seam_as_this_one_would(
    quiet: int, cuts: list[int]
) -> None:
    silence = np.zeros(quiet, np.float32)
    sound = np.concatenate([silence, SPEECH, silence, SPEECH])

    def begin(seam: int) -> FileRecogniser:
        recogniser = FileRecogniser(tone_network, Fingerprints())
        recogniser.skip(seam)
        return recogniser

    whole = listen(begin(0), sound, [])
    parts: list[Segment] = []
    seam = 0
    for cut in sorted(cut + quiet for cut in cuts):
        recogniser = begin(seam)
        parts += recogniser.feed(sound[seam:cut])
        seam = recogniser.seam
    parts += listen(begin(seam), sound[seam:], [])

    assert parts == whole
    assert len(whole) >= 2 * len(SAID) - 1


@pytest.mark.parametrize("late", [0, 6])
def test_speech_with_pauses_is_heard_once(late: int) -> None:
    network = Hearings(late=late)
    sound = np.concatenate([SPEECH] * 8)

    found = listen(FileRecogniser(network, decoder()), sound, [])

    assert " ".join(one.text for one in found).count("the quick brown fox") == 8
    assert network.n_samples < 1.1 * len(sound)


@pytest.mark.parametrize("quiet", [400, 425, 430, 450, 470, 477, 495])
@pytest.mark.parametrize(("late", "unsure"), [(0, 0), (10, 0), (0, 24)])
def test_a_word_behind_long_silence_keeps_its_begin(quiet: int, late: int, unsure: int) -> None:
    silence = np.zeros(quiet * FRAME, np.float32)
    after = np.zeros(30 * FRAME, np.float32)
    network = Hearings(late=late, unsure=unsure)
    sound = np.concatenate([silence, spell("a long one that goes on and on"), after])

    (segment,) = listen(FileRecogniser(network, decoder()), sound, [])

    assert segment.text == "a long one that goes on and on"


def test_threads_hear_nothing_twice_either() -> None:
    network = Hearings()
    sound = np.concatenate([SPEECH] * 8)

    with ThreadPoolExecutor(2) as pool:
        listen(FileRecogniser(network, decoder(), pool=pool), sound, [SAMPLE_RATE])

    assert network.n_samples < 1.15 * len(sound)


def test_in_noise_the_network_alone_finds_the_pauses() -> None:
    network = Hearings(hum=0.3)
    gap = np.zeros(2 * SAMPLE_RATE, np.float32)
    sound = np.concatenate([part for _ in range(3) for part in (spell("hello world"), gap)])
    sound = sound + np.float32(0.3)  # it is never quiet

    found = listen(FileRecogniser(network, decoder()), sound, [])

    assert [one.text for one in found] == ["hello world"] * 3
    assert network.n_samples > 1.5 * len(sound)  # else it is not as noisy as it should be


def test_words_carry_their_time_in_the_stream() -> None:
    sound = np.concatenate([np.zeros(3 * SAMPLE_RATE, np.float32), spell("hello world")])
    recogniser = FileRecogniser(tone_network, decoder(), speaker="me")
    recogniser.skip(10 * 3600 * SAMPLE_RATE)

    (segment,) = listen(recogniser, sound, [])

    assert [word.text for word in segment.words] == ["hello", "world"]
    assert segment.start == segment.words[0].start == pytest.approx(36_003.0, abs=0.05)
    assert segment.words[1].end == segment.end == pytest.approx(36_003 + 21 * 0.04, abs=0.05)
    assert segment.speaker == "me"


def test_missing_sound_ends_an_utterance_and_keeps_the_clock() -> None:
    recogniser = FileRecogniser(tone_network, decoder())
    word = spell("hello")

    found = [
        *recogniser.feed(word),
        *recogniser.skip(SAMPLE_RATE),
        *listen(recogniser, word, []),
    ]

    assert [one.text for one in found] == ["hello", "hello"]
    assert found[1].start - found[0].start == pytest.approx(
        1 + len(word) / SAMPLE_RATE, abs=0.01
    )
    assert recogniser.position == 2 * len(word) + SAMPLE_RATE


@pytest.mark.parametrize("level", [0.0, 0.005])
def test_nothing_is_written_in_silence_and_memory_stays(level: float) -> None:
    network = Hearings()
    recogniser = FileRecogniser(network, decoder())
    hiss = noise(200 * SAMPLE_RATE, level)

    found = []
    for second in np.split(hiss, 200):
        found += recogniser.feed(second)
        assert len(recogniser._sound) <= 21 * SAMPLE_RATE

    assert found + recogniser.finish() == []
    assert network.n_samples < 1.3 * len(hiss)


def test_an_utterance_without_end_is_cut_between_words() -> None:
    words = ["alpha", "beta", "gamma", "delta"] * 8
    sound = np.concatenate([spell(word, pause="_ _", frames=2) for word in words])

    found = listen(
        FileRecogniser(tone_network, decoder(), endpoint=Endpoint(longest=6.0)), sound, []
    )

    assert " ".join(one.text for one in found).split() == words
    assert len(found) > 3
    assert all(one.end - one.start <= 6.0 for one in found)


@pytest.mark.parametrize("n_samples", [0, 1, FRAME - 1, FRAME + 1])
def test_less_than_a_frame_more_or_less_is_no_matter(n_samples: int) -> None:
    assert read(np.zeros(n_samples, np.float32)) == []
    assert read(np.concatenate([spell("hello"), np.zeros(n_samples, np.float32)])) == ["hello"]
