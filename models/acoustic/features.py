"""The log-mel front end, as a module so that it is exported with the network.

Shapes: B utterances, N samples, T = N / 160 mel frames, F mel bins.
"""

from __future__ import annotations

import math
from typing import Final

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from asr.audio import SAMPLE_RATE

HOP: Final = 160  # samples, 10 ms: from one mel frame to the next
WINDOW: Final = 400  # samples, 25 ms: what one mel frame hears
FLOOR: Final = 1e-7  # added to the energies: about the hum of a quiet 16-bit recording


class LogMel(nn.Module):
    """Samples (B, N) to normalised log-mel energies (B, T, F).

    The spectrum is a convolution with a DFT basis, an operation that every ONNX
    provider has. Mean and deviation are constants measured on the training speech:
    nothing depends on the utterance, so a live window is seen as a file is.
    """

    basis: Tensor  # (2 · bins, 1, WINDOW) cosines, then sines, under a Hann window
    mel: Tensor  # (bins, F) triangular filters
    mean: Tensor  # (F,)
    deviation: Tensor  # (F,)

    def __init__(self, n_mels: int = 80) -> None:
        super().__init__()
        bins = WINDOW // 2 + 1
        angle = 2 * math.pi * torch.arange(bins)[:, None] * torch.arange(WINDOW) / WINDOW
        basis = torch.cat([angle.cos(), angle.sin()]) * torch.hann_window(WINDOW)
        self.register_buffer("basis", basis[:, None])
        self.register_buffer("mel", mel_filters(bins, n_mels))
        self.register_buffer("mean", torch.zeros(n_mels))
        self.register_buffer("deviation", torch.ones(n_mels))

    def forward(self, samples: Tensor) -> Tensor:
        """Samples (B, N) to (B, N / 160, F).

        Mel frame t hears samples 160 t − 120 to 160 t + 280; silence lies outside.
        """
        margin = (WINDOW - HOP) // 2
        spectrum = F.conv1d(F.pad(samples[:, None], (margin, margin)), self.basis, stride=HOP)
        real, imaginary = spectrum.chunk(2, dim=1)
        energy = (real**2 + imaginary**2).transpose(1, 2) @ self.mel  # (B, T, F)
        return ((energy + FLOOR).log() - self.mean) / self.deviation


def mel_filters(bins: int, n_mels: int) -> Tensor:
    """Return (bins, n_mels) triangles, evenly spaced in mel from 20 Hz to the Nyquist rate.

    mel(f) = 2595 log10(1 + f / 700): O'Shaughnessy (1987), "Speech Communication".
    """
    nyquist = SAMPLE_RATE / 2
    low, high = (2595 * math.log10(1 + hertz / 700) for hertz in (20.0, nyquist))
    edges = 700 * (10 ** (torch.linspace(low, high, n_mels + 2) / 2595) - 1)  # Hz
    hertz = torch.linspace(0, nyquist, bins)[:, None]
    rising = (hertz - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - hertz) / (edges[2:] - edges[1:-1])
    return torch.minimum(rising, falling).clamp(min=0)
