"""Speech made various: speed, rooms, noise, loudness, a telephone's band; SpecAugment.

All randomness comes from the generators passed in, so that a training can be repeated.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import soxr
import torch
from numpy.random import Generator
from torch import Tensor

from asr.audio import SAMPLE_RATE, Samples
from models.acoustic.config import AugmentationConfig


def vary(
    samples: Samples,
    config: AugmentationConfig,
    noises: Sequence[Sequence[Samples]],
    generator: Generator,
) -> Samples:
    """Return the utterance as another mouth, room and microphone might have given it.

    Each group of `noises` is heard as often as the others, however many it has.
    """
    samples = at_speed(samples, float(generator.choice(config.speeds)))
    if generator.random() < config.room:
        samples = in_room(samples, room_response(generator))
    if noises and generator.random() < config.noise:
        group = noises[int(generator.integers(len(noises)))]
        noise = excerpt(group[int(generator.integers(len(group)))], len(samples), generator)
        samples = with_noise(samples, noise, snr=generator.uniform(*config.snr))
    if generator.random() < config.narrow:
        samples = narrowed(samples)
    gain = 10 ** (generator.uniform(*config.gain) / 20)
    return np.asarray(np.clip(samples * np.float32(gain), -1, 1), np.float32)


def at_speed(samples: Samples, speed: float) -> Samples:
    """Play faster or slower, pitch and all: Ko et al. (2015), "Audio augmentation"."""
    if speed == 1.0:
        return samples
    return np.asarray(soxr.resample(samples, SAMPLE_RATE * speed, SAMPLE_RATE, "LQ"))


def room_response(generator: Generator) -> Samples:
    """Draw an impulse response: the direct sound, then an exponentially decaying tail.

    Polack's model: noise under exp(−6.9 t / T60), with T60 of 0.15 to 0.8 s, starting
    within 2 to 20 ms; the direct sound stands 0 to 15 dB above the whole tail.
    """
    reverberation = generator.uniform(0.15, 0.8)  # seconds, T60
    time = np.arange(int(reverberation * SAMPLE_RATE)) / SAMPLE_RATE
    tail = generator.standard_normal(len(time)) * np.exp(-6.9 * time / reverberation)
    tail[time < generator.uniform(0.002, 0.02)] = 0
    tail *= 10 ** (-generator.uniform(0, 15) / 20) / np.sqrt((tail**2).sum())
    tail[0] = 1
    return tail.astype(np.float32)


def in_room(samples: Samples, response: Samples) -> Samples:
    """Convolve, and cut to the length of the utterance at its own loudness."""
    size = 1 << (len(samples) + len(response)).bit_length()
    wet = np.fft.irfft(np.fft.rfft(samples, size) * np.fft.rfft(response, size), size)
    wet = wet[: len(samples)]
    loudness = np.sqrt((samples**2).mean() / max(float((wet**2).mean()), 1e-12))
    return np.asarray(wet * loudness, np.float32)


def excerpt(noise: Samples, length: int, generator: Generator) -> Samples:
    """A random stretch of a noise, repeated if it is too short."""
    return np.take(noise, np.arange(length) + generator.integers(len(noise)), mode="wrap")


def with_noise(samples: Samples, noise: Samples, snr: float) -> Samples:
    """Add the noise at a signal-to-noise ratio of `snr` dB over the whole utterance."""
    power = float((noise**2).mean())
    if power < 1e-10:
        return samples
    ratio = float((samples**2).mean()) / power * 10 ** (-snr / 10)
    return np.asarray(samples + noise * np.float32(np.sqrt(ratio)))


def narrowed(samples: Samples) -> Samples:
    """What a telephone passes: nothing above 3.4 kHz, little below 300 Hz."""
    spectrum = np.fft.rfft(samples)
    hertz = np.fft.rfftfreq(len(samples), 1 / SAMPLE_RATE)
    spectrum[(hertz < 300) | (hertz > 3400)] *= 0.01
    return np.asarray(np.fft.irfft(spectrum, len(samples)), np.float32)


def masked(
    mels: Tensor,
    lengths: Tensor,
    config: AugmentationConfig,
    generator: torch.Generator,
    strength: float = 1.0,
) -> Tensor:
    """SpecAugment, Park et al. (2019), without the warp: (B, T, F) with stripes set to 0.

    0 is the mean of the normalised features. Time masks are so many a second, so that a
    short utterance keeps as large a part as a long one; `strength` multiplies them, as
    CR-CTC wants it.
    """
    batch, frames, bins = mels.shape
    seconds = float(lengths.float().mean()) / 100
    count = round(config.time_masks * strength * seconds)
    keep = ~stripes(batch, frames, count, config.time_width, generator)[:, :, None]
    keep = (
        keep
        & ~stripes(batch, bins, config.frequency_masks, config.frequency_width, generator)[
            :, None
        ]
    )
    return mels * keep.to(mels.device, mels.dtype)


def stripes(
    batch: int, size: int, count: int, width: int, generator: torch.Generator
) -> Tensor:
    """(batch, size) true in `count` stretches a row, each up to `width` long."""
    span = torch.rand(batch, count, 1, generator=generator) * width
    start = torch.rand(batch, count, 1, generator=generator) * (size - span).clamp(min=0)
    position = torch.arange(size)
    return ((position >= start) & (position < start + span)).any(1)
