"""Speech made various."""

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from asr.audio import SAMPLE_RATE
from models.acoustic.config import AugmentationConfig
from models.acoustic.network import FRAME
from models.data import augmentation


def tone(hertz: float, seconds: float = 1.0) -> Tensor:
    time = torch.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    return (2 * torch.pi * hertz * time).sin()[None]


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def loudness(samples: Tensor) -> float:
    return float(samples.square().mean().sqrt())


def pitch(samples: Tensor) -> float:
    return float(torch.fft.rfft(samples).abs().argmax() * SAMPLE_RATE / len(samples))


def test_speed_changes_length_and_pitch_together() -> None:
    speeds = [0.9, 1.0, 1.1, 0.95]
    lengths = torch.tensor([SAMPLE_RATE, SAMPLE_RATE, SAMPLE_RATE, SAMPLE_RATE // 2])
    speech = tone(400).repeat(4, 1) * (torch.arange(SAMPLE_RATE) < lengths[:, None])

    changed, new = augmentation.at_speeds(speech, lengths, speeds)

    for row, speed, before, after in zip(changed, speeds, lengths, new.tolist(), strict=True):
        assert after == pytest.approx(int(before) / speed, abs=2)
        assert pitch(row[:after]) == pytest.approx(400 * speed, abs=2)
        assert loudness(row[:after]) == pytest.approx(loudness(tone(400)), rel=0.02)
        assert not row[after:].any()
    assert changed.shape[1] % FRAME == 0


@pytest.mark.parametrize("snr", [0.0, 10.0, 20.0])
def test_noise_has_the_loudness_that_was_asked_for(snr: float) -> None:
    speech, noise = tone(400), 0.01 * tone(3000)

    mixed = augmentation.with_noise(speech, noise, torch.tensor([snr]))

    ratio = 20 * math.log10(loudness(speech) / loudness(mixed - speech))
    assert ratio == pytest.approx(snr, abs=0.1)


def test_silent_noise_changes_nothing() -> None:
    speech = tone(400)

    mixed = augmentation.with_noise(speech, torch.zeros_like(speech), torch.tensor([10.0]))

    assert torch.equal(mixed, speech)


def test_a_room_adds_what_follows_and_keeps_the_loudness() -> None:
    click = torch.zeros(1, SAMPLE_RATE)
    click[0, 1000] = 1
    response = augmentation.room_responses(1, seeded(0))

    heard = augmentation.in_room(click, response)

    assert heard[0, :999].abs().max() < 1e-4  # nothing before the sound
    assert heard[0, 1100:].abs().max() > 1e-3  # an echo after it
    assert loudness(heard) == pytest.approx(loudness(click), rel=0.01)


def test_a_telephone_passes_the_middle_alone() -> None:
    for hertz, passes in ((100, False), (1000, True), (5000, False)):
        assert (loudness(augmentation.narrowed(tone(hertz))) > 0.3) is passes


def test_a_short_noise_is_repeated() -> None:
    ramp = np.arange(10, dtype=np.float32) / 32768
    noises = augmentation.Noises.of([[ramp]], torch.device("cpu"))
    assert noises

    stretch = noises.excerpts(3, 25, seeded(0)) * 32768

    assert stretch.shape == (3, 25)
    steps = stretch.diff().round().unique().tolist()
    assert steps == [-9, 0, 1] or steps == [-9, 1] or steps == [-8, 0, 1]


def test_the_same_seed_gives_the_same_sound_within_bounds() -> None:
    config = AugmentationConfig(noise=1.0, room=1.0, narrow=1.0, gain=(0.0, 20.0))
    noises = augmentation.Noises.of([[tone(3000, 0.3)[0].numpy()]], torch.device("cpu"))
    lengths = torch.tensor([SAMPLE_RATE, SAMPLE_RATE // 2])

    (first, new), (second, _) = (
        augmentation.vary(tone(400).repeat(2, 1), lengths, config, noises, seeded(7))
        for _ in range(2)
    )

    assert torch.equal(first, second)
    assert first.dtype == torch.float32
    assert first.abs().max() <= 1
    assert not first[1, new[1] :].any()


def test_each_group_of_noises_is_heard_as_often() -> None:
    config = AugmentationConfig(
        speeds=(1.0,), noise=1.0, snr=(0.0, 0.0), room=0.0, narrow=0.0, gain=(0.0, 0.0)
    )
    many, one = [tone(3000, 0.3)[0].numpy()] * 50, [tone(5000, 0.3)[0].numpy()]
    noises = augmentation.Noises.of([many, one], torch.device("cpu"))
    speech = tone(400).repeat(60, 1)

    heard, _ = augmentation.vary(
        speech, torch.full((60,), SAMPLE_RATE), config, noises, seeded(0)
    )

    spectrum = torch.fft.rfft(heard).abs()
    three, five = (spectrum[:, hertz - 10 : hertz + 10].amax(1) for hertz in (3000, 5000))
    assert int((five > three).sum()) == pytest.approx(30, abs=10)


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
