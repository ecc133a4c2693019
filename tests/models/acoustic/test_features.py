"""The log-mel front end."""

import math

import numpy as np
import torch

from asr.audio import SAMPLE_RATE
from models.acoustic.features import HOP, WINDOW, LogMel, mel_filters


def test_a_mel_frame_each_ten_milliseconds() -> None:
    for n in (HOP, 4 * HOP, 1600, 16_000):
        assert LogMel(80)(torch.zeros(1, n)).shape == (1, n // HOP, 80)


def test_the_convolution_is_a_fourier_transform() -> None:
    torch.manual_seed(0)
    samples = torch.randn(1, 8000)
    features = LogMel(40)

    ours = features(samples)[0, 20]

    start = 20 * HOP - (WINDOW - HOP) // 2
    sound = samples[0, start : start + WINDOW].numpy() * torch.hann_window(WINDOW).numpy()
    power = np.abs(np.fft.rfft(sound)) ** 2
    expected = np.log(power @ features.mel.numpy() + 1e-7)
    np.testing.assert_allclose(ours.numpy(), expected, rtol=1e-4)


def test_a_tone_is_loudest_in_its_own_band() -> None:
    time = torch.arange(SAMPLE_RATE) / SAMPLE_RATE
    filters = mel_filters(WINDOW // 2 + 1, 80)
    for hertz in (320, 1000, 4000):
        tone = torch.sin(2 * math.pi * hertz * time)[None]

        loudest = int(LogMel(80)(tone)[0, 50].argmax())

        assert filters[hertz // 40, loudest] > 0  # the DFT's bins are 40 Hz apart


def test_constants_and_not_the_utterance_normalise() -> None:
    torch.manual_seed(0)
    features = LogMel(20)
    features.mean.fill_(-3)
    features.deviation.fill_(2)
    quiet = torch.randn(1, 4800) * 0.01

    louder = features(10 * quiet) - features(quiet)

    torch.testing.assert_close(
        louder, torch.full_like(louder, math.log(100) / 2), atol=0.01, rtol=0
    )
