"""Speech made various: speed, rooms, noise, loudness, a telephone's band; SpecAugment.

All of it works on whole batches, on the device that they are on, CPU or GPU. All randomness
comes from the generators passed in, so that a training can be repeated on the same device.

Shapes: B utterances, N samples, T mel frames, F mel bins; `lengths` (B,) count what is no
padding, which stays silent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

import numpy as np
import torch
from torch import Generator, Tensor

from asr.audio import SAMPLE_RATE, Samples
from models.acoustic.config import AugmentationConfig
from models.acoustic.network import FRAME

ROOM: Final = 0.8  # seconds of the longest reverberation, T60
FULL_SCALE: Final = 32768.0  # of 16-bit samples


@dataclass(frozen=True, slots=True)
class Noises:
    """Recordings of noise end to end; each group is heard as often as the others."""

    samples: Tensor  # (M,) int16
    starts: Tensor  # (G,) of each group
    sizes: Tensor  # (G,)

    @staticmethod
    def of(groups: Sequence[Sequence[Samples]], device: torch.device) -> Noises | None:
        """Lay groups of (n,) recordings end to end on a device; None if there are none."""
        if not groups:
            return None
        flat = [np.concatenate(group) for group in groups]
        sizes = torch.tensor([len(one) for one in flat])
        samples = torch.from_numpy(np.concatenate(flat))
        return Noises(
            (samples * (FULL_SCALE - 1)).to(torch.int16).to(device),
            (sizes.cumsum(0) - sizes).to(device),
            sizes.to(device),
        )

    def excerpts(self, count: int, length: int, generator: Generator) -> Tensor:
        """(count, length) random stretches, each of one group, which begins anew at its end."""
        device = self.samples.device
        groups = torch.randint(len(self.sizes), (count,), generator=generator, device=device)
        offsets = torch.rand(count, generator=generator, device=device) * self.sizes[groups]
        steps = torch.arange(length, device=device)
        within = (offsets.long()[:, None] + steps) % self.sizes[groups][:, None]
        return self.samples[self.starts[groups][:, None] + within] / FULL_SCALE


def vary(
    samples: Tensor,
    lengths: Tensor,
    config: AugmentationConfig,
    noises: Noises | None,
    generator: Generator,
) -> tuple[Tensor, Tensor]:
    """Return (B, N) utterances as other mouths, rooms and microphones might have given them.

    Also their lengths (B,), as N may be others than before: who speaks faster is done sooner.
    """
    n = len(samples)
    device = samples.device
    drawn = torch.randint(len(config.speeds), (n,), generator=generator, device=device)
    speeds = [config.speeds[number] for number in drawn.tolist()]
    samples, lengths = at_speeds(samples, lengths, speeds)
    inside = torch.arange(samples.shape[1], device=device) < lengths[:, None]

    def some(probability: float) -> Tensor:
        return (torch.rand(n, generator=generator, device=device) < probability).nonzero()[:, 0]

    if len(rows := some(config.room)):
        responses = room_responses(len(rows), generator)
        samples[rows] = in_room(samples[rows], responses) * inside[rows]
    if noises and len(rows := some(config.noise)):
        noise = noises.excerpts(len(rows), samples.shape[1], generator) * inside[rows]
        low, high = config.snr
        snr = low + (high - low) * torch.rand(len(rows), generator=generator, device=device)
        samples[rows] = with_noise(samples[rows], noise, snr)
    if len(rows := some(config.narrow)):
        samples[rows] = narrowed(samples[rows])
    low, high = config.gain
    decibels = low + (high - low) * torch.rand(n, 1, generator=generator, device=device)
    return (samples * 10 ** (decibels / 20)).clamp(-1, 1) * inside, lengths


def at_speeds(
    samples: Tensor, lengths: Tensor, speeds: Sequence[float]
) -> tuple[Tensor, Tensor]:
    """Play faster or slower, pitch and all: Ko et al. (2015), "Audio augmentation".

    Resampled by the spectrum, which is cut or padded: exact for ratios of small numbers.
    """
    factors = torch.tensor(speeds, device=samples.device)
    lengths = (lengths / factors).long()
    width = -(-int(lengths.max()) // FRAME) * FRAME
    out = samples.new_zeros(len(samples), width)
    for speed in sorted(set(speeds)):
        rows = (factors == torch.tensor(speed)).nonzero()[:, 0]
        played = _resampled(samples[rows], Fraction(speed).limit_denominator(100))
        part = min(width, played.shape[1])
        out[rows, :part] = played[:, :part]
    return out * (torch.arange(width, device=out.device) < lengths[:, None]), lengths


def _resampled(samples: Tensor, speed: Fraction) -> Tensor:
    if speed == 1:
        return samples
    block = 64 * speed.numerator  # samples, so that both transforms have small factors
    size = -(-samples.shape[1] // block) * block
    new = size // speed.numerator * speed.denominator
    spectrum = torch.fft.rfft(samples, size)
    missing = new // 2 + 1 - spectrum.shape[1]
    spectrum = torch.nn.functional.pad(spectrum, (0, missing))  # or cut, if it is below 0
    played: Tensor = torch.fft.irfft(spectrum, new) * (new / size)
    return played


def room_responses(count: int, generator: Generator) -> Tensor:
    """Draw (count, R) impulse responses: the direct sound, then a decaying tail.

    Polack's model: noise under exp(−6.9 t / T60), with T60 of 0.15 to 0.8 s, starting
    within 2 to 20 ms; the direct sound stands 0 to 15 dB above the whole tail.
    """
    device = generator.device

    def uniform(low: float, high: float) -> Tensor:
        return low + (high - low) * torch.rand(count, 1, generator=generator, device=device)

    time = torch.arange(int(ROOM * SAMPLE_RATE), device=device) / SAMPLE_RATE
    reverberation = uniform(0.15, ROOM)
    noise = torch.randn(count, len(time), generator=generator, device=device)
    tail = noise * torch.exp(-6.9 * time / reverberation)
    tail = tail * (time >= uniform(0.002, 0.02)) * (time < reverberation)
    energy = tail.square().sum(1, keepdim=True).clamp(min=1e-9)
    tail = tail * 10 ** (-uniform(0, 15) / 20) / energy.sqrt()
    tail[:, 0] = 1
    return tail


def in_room(samples: Tensor, responses: Tensor) -> Tensor:
    """Convolve (B, N) by (B, R), and cut to N at each utterance's own loudness."""
    size = 1 << (samples.shape[1] + responses.shape[1]).bit_length()
    spectrum = torch.fft.rfft(samples, size) * torch.fft.rfft(responses, size)
    wet: Tensor = torch.fft.irfft(spectrum, size)[:, : samples.shape[1]]
    loudness = samples.square().sum(1) / wet.square().sum(1).clamp(min=1e-9)
    return wet * loudness.sqrt()[:, None]


def with_noise(samples: Tensor, noise: Tensor, snr: Tensor) -> Tensor:
    """Add (B, N) noise at (B,) signal-to-noise ratios in dB over the whole utterances."""
    power = noise.square().sum(1)
    ratio = samples.square().sum(1) / power.clamp(min=1e-6) * 10 ** (-snr / 10)
    return samples + noise * (ratio.sqrt() * (power > 1e-6))[:, None]


def narrowed(samples: Tensor) -> Tensor:
    """What a telephone passes of (B, N): nothing above 3.4 kHz, little below 300 Hz."""
    spectrum = torch.fft.rfft(samples)
    hertz = torch.fft.rfftfreq(samples.shape[1], 1 / SAMPLE_RATE, device=samples.device)
    passed = torch.where((hertz < 300) | (hertz > 3400), 0.01, 1.0)
    filtered: Tensor = torch.fft.irfft(spectrum * passed, samples.shape[1])
    return filtered


def masked(
    mels: Tensor,
    lengths: Tensor,
    config: AugmentationConfig,
    generator: Generator,
    strength: float = 1.0,
) -> Tensor:
    """SpecAugment, Park et al. (2019), without the warp: (B, T, F) with stripes set to 0.

    0 is the mean of the normalised features. Time masks are so many a second, so that a
    short utterance keeps as large a part as a long one; `strength` multiplies them, as
    CR-CTC wants it.
    """
    counts = (config.time_masks * strength * lengths / 100).round().long()
    in_time = stripes(lengths, mels.shape[1], counts, config.time_width, generator)
    bins = torch.full_like(lengths, mels.shape[2])
    counts = torch.full_like(lengths, config.frequency_masks)
    in_frequency = stripes(bins, mels.shape[2], counts, config.frequency_width, generator)
    return mels * ~(in_time[:, :, None] | in_frequency[:, None, :])


def stripes(
    lengths: Tensor, size: int, counts: Tensor, width: int, generator: Generator
) -> Tensor:
    """(B, size) true in `counts` (B,) stretches within `lengths`, each up to `width` long."""
    shape = (len(lengths), max(1, int(counts.max())), 1)
    device = lengths.device
    span = torch.rand(shape, generator=generator, device=device) * width
    room = (lengths[:, None, None] - span).clamp(min=0)
    start = torch.rand(shape, generator=generator, device=device) * room
    wanted = torch.arange(shape[1], device=device) < counts[:, None]
    position = torch.arange(size, device=device)
    hit = (position >= start) & (position < start + span) & wanted[..., None]
    return hit.any(1)
