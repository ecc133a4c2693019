"""Speech made various."""

import numpy as np
import pytest
import torch

from asr.audio import SAMPLE_RATE, Samples
from models.acoustic.config import AugmentationConfig
from models.data import augmentation


def tone(hertz: float, seconds: float = 1.0) -> Samples:
    time = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    return np.sin(2 * np.pi * hertz * time).astype(np.float32)


def loudness(samples: Samples) -> float:
    return float(np.sqrt((samples**2).mean()))


def pitch(samples: Samples) -> float:
    return float(np.abs(np.fft.rfft(samples)).argmax() * SAMPLE_RATE / len(samples))


@pytest.mark.parametrize("speed", [0.9, 1.0, 1.1])
def test_speed_changes_length_and_pitch_together(speed: float) -> None:
    changed = augmentation.at_speed(tone(400), speed)

    assert len(changed) == pytest.approx(SAMPLE_RATE / speed, abs=2)
    assert pitch(changed) == pytest.approx(400 * speed, abs=2)


@pytest.mark.parametrize("snr", [0.0, 10.0, 20.0])
def test_noise_has_the_loudness_that_was_asked_for(snr: float) -> None:
    speech, noise = tone(400), 0.01 * tone(3000)

    mixed = augmentation.with_noise(speech, noise, snr)

    ratio = 20 * np.log10(loudness(speech) / loudness(mixed - speech))
    assert ratio == pytest.approx(snr, abs=0.1)


def test_silent_noise_changes_nothing() -> None:
    speech = tone(400)

    assert augmentation.with_noise(speech, np.zeros_like(speech), 10.0) is speech


def test_a_room_adds_what_follows_and_keeps_the_loudness() -> None:
    click = np.zeros(SAMPLE_RATE, np.float32)
    click[1000] = 1
    response = augmentation.room_response(np.random.default_rng(0))

    heard = augmentation.in_room(click, response)

    assert np.abs(heard[:999]).max() < 1e-4  # nothing before the sound
    assert np.abs(heard[1100:]).max() > 1e-3  # an echo after it
    assert loudness(heard) == pytest.approx(loudness(click), rel=0.01)


def test_a_telephone_passes_the_middle_alone() -> None:
    for hertz, passes in ((100, False), (1000, True), (5000, False)):
        assert (loudness(augmentation.narrowed(tone(hertz))) > 0.3) is passes


def test_a_short_noise_is_repeated() -> None:
    generator = np.random.default_rng(0)

    stretch = augmentation.excerpt(np.arange(10, dtype=np.float32), 25, generator)

    assert len(stretch) == 25
    assert set(np.diff(stretch) % 10) == {1}


def test_the_same_seed_gives_the_same_sound_within_bounds() -> None:
    config = AugmentationConfig(noise=1.0, room=1.0, narrow=1.0, gain=(0.0, 20.0))
    noises = [[tone(3000, 0.3)]]

    first, second = (
        augmentation.vary(tone(400), config, noises, np.random.default_rng(7)) for _ in range(2)
    )

    np.testing.assert_array_equal(first, second)
    assert first.dtype == np.float32
    assert np.abs(first).max() <= 1


def test_each_group_of_noises_is_heard_as_often() -> None:
    config = AugmentationConfig(
        speeds=(1.0,), noise=1.0, snr=(0.0, 0.0), room=0.0, narrow=0.0, gain=(0.0, 0.0)
    )
    many, one = [tone(3000, 0.3)] * 50, [tone(5000, 0.3)]
    speech, generator = tone(400), np.random.default_rng(0)

    def hears_the_one() -> bool:
        spectrum = np.abs(
            np.fft.rfft(augmentation.vary(speech, config, [many, one], generator))
        )
        hertz = np.fft.rfftfreq(len(speech), 1 / SAMPLE_RATE)
        near = [spectrum[abs(hertz - which) < 10].max() for which in (3000, 5000)]
        return bool(near[1] > near[0])

    assert sum(hears_the_one() for _ in range(60)) == pytest.approx(30, abs=10)


def test_masks_are_as_many_as_the_sound_is_long() -> None:
    config = AugmentationConfig(frequency_masks=0, time_masks=1.0, time_width=10)

    def hidden(seconds: int) -> float:
        mels = torch.ones(64, 100 * seconds, 8)
        lengths = torch.full((64,), 100 * seconds)
        generator = torch.Generator().manual_seed(0)
        return float(
            (augmentation.masked(mels, lengths, config, generator) == 0).float().mean()
        )

    assert hidden(2) == pytest.approx(0.05, abs=0.01)  # one mask a second, 5 frames each
    assert hidden(10) == pytest.approx(0.05, abs=0.01)


def test_frequency_masks_hide_whole_bins() -> None:
    config = AugmentationConfig(frequency_masks=1, frequency_width=8, time_masks=0.0)

    kept = augmentation.masked(
        torch.ones(4, 50, 40), torch.full((4,), 50), config, torch.Generator().manual_seed(1)
    )

    assert (kept.std(dim=1) == 0).all()
    assert (kept == 0).any()
