"""The acoustic model: convolutions, a stacked recurrent network and two CTC heads.

Shapes throughout: B utterances, T mel frames, F mel bins, C channels, U = ⌈T / 4⌉ frames,
H cells in each direction, D = 2 H (H for a one-way network), P phones, L letters.
Symbol 0 of both alphabets is the CTC blank.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

import torch
from torch import Tensor, nn

from asr.alphabets import LETTERS, PHONES
from models.acoustic.carried import carried
from models.acoustic.features import HOP, LogMel

SUBSAMPLING: Final = 4  # mel frames a frame: 40 ms
FRAME: Final = HOP * SUBSAMPLING  # samples a frame

CELLS: Final = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkConfig:
    """What it takes to rebuild the network; stored beside its weights."""

    n_mels: int = 80
    channels: int = 32
    cell: str = "lstm"  # one of CELLS
    bidirectional: bool = True
    width: int = 320  # cells in each direction
    depth: int = 4
    dropout: float = 0.2  # between layers
    intermediate: int = (
        2  # the layer whose output the intermediate phone head reads; 0: no such head
    )


def can_carry(config: NetworkConfig) -> bool:
    """Whether a network can be run step by step, its forward direction's state carried on."""
    return config.bidirectional and config.cell == "lstm"


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowFrames:
    """A live window's parts, in frames, as the network is trained for it."""

    step: int
    lookahead: int
    context: int = 0
    carries: bool = False  # the forward direction's state from step to step; no context then


class Heads(NamedTuple):
    """Log-probabilities over the same U frames; `intermediate` only while training."""

    phones: Tensor  # (B, U, P)
    letters: Tensor  # (B, U, L)
    intermediate: Tensor | None = None  # (B, U, P), of a lower layer


class Subsampling(nn.Module):
    """Two strided convolutions: (B, T, F) to (B, U, C · F / 4), a quarter as many rows."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(1, channels, 3, stride=2, padding=1)
        self.second = nn.Conv2d(channels, channels, 3, stride=2, padding=1)

    def forward(self, mels: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Silence rows past `lengths` (B,) before each layer, as if they were not there."""
        if lengths is not None:
            mels = mels * within(lengths, mels.shape[1])[..., None]
        image = self.first(mels[:, None]).relu()  # (B, C, T / 2, F / 2)
        if lengths is not None:
            image = (
                image * within(subsampled_lengths(lengths), image.shape[2])[:, None, :, None]
            )
        image = self.second(image).relu()  # (B, C, U, F / 4)
        rows: Tensor = image.transpose(1, 2).flatten(2)
        return rows


class AcousticModel(nn.Module):
    """Samples in, log-probabilities of phones and of letters out.

    Graves & Schmidhuber (2005) for the bidirectional LSTM, Graves et al. (2006) for CTC,
    Lee & Watanabe (2021), arXiv:2102.03216, for the intermediate head.
    """

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.config = config
        self.features = LogMel(config.n_mels)
        self.subsampling = Subsampling(config.channels)
        features = config.channels * (config.n_mels // SUBSAMPLING)
        directions = 2 if config.bidirectional else 1
        sizes = [features] + [directions * config.width] * (config.depth - 1)
        self.layers = nn.ModuleList(
            CELLS[config.cell](
                size, config.width, batch_first=True, bidirectional=config.bidirectional
            )
            for size in sizes
        )
        self.dropout = nn.Dropout(config.dropout)
        self.phones = nn.Linear(directions * config.width, len(PHONES))
        self.letters = nn.Linear(directions * config.width, len(LETTERS))
        self.intermediate = (
            nn.Linear(directions * config.width, len(PHONES)) if config.intermediate else None
        )

    def forward(
        self, mels: Tensor, lengths: Tensor, window: WindowFrames | None = None
    ) -> Heads:
        """Score features (B, T, F) of which the first `lengths` (B,) rows count.

        With a `window` the recurrent layers see what they will see live: cut-outs of
        context, step and lookahead, of which the step's frames are kept; or all of the past,
        in the forward direction's state (of a bidirectional LSTM), step and lookahead.
        """
        hidden = self.subsampling(mels, lengths)  # (B, U, C · F / 4)
        frames = hidden.shape[1]
        if window:
            hidden = cut(hidden, window)  # (B · cuts, context + step + lookahead, …)
        intermediate = None
        for number, layer in enumerate(self.layers, start=1):
            if window and window.carries:
                hidden = carried(layer, hidden, window.step, len(mels))
            else:
                hidden = layer(hidden)[0]
            hidden = self.dropout(hidden)  # (B, U, D)
            if self.training and self.intermediate and number == self.config.intermediate:
                intermediate = self.intermediate(hidden)
        heads = [self.phones(hidden), self.letters(hidden)]
        if intermediate is not None:
            heads.append(intermediate)
        if window:
            heads = [joined(head, window, len(mels))[:, :frames] for head in heads]
        return Heads(*(head.float().log_softmax(-1) for head in heads))


def cut(hidden: Tensor, window: WindowFrames) -> Tensor:
    """(B, U, D) to (B · cuts, context + step + lookahead, D), a cut each `step` frames."""
    cuts = -(-hidden.shape[1] // window.step)
    end = cuts * window.step - hidden.shape[1] + window.lookahead
    padded = nn.functional.pad(hidden, (0, 0, window.context, end))
    size = window.context + window.step + window.lookahead
    return padded.unfold(1, size, window.step).transpose(2, 3).flatten(0, 1)


def joined(rows: Tensor, window: WindowFrames, batch: int) -> Tensor:
    """(B · cuts, window, D) to (B, cuts · step, D), the steps end to end: undo `cut`."""
    kept = rows[:, window.context : window.context + window.step]
    return kept.reshape(batch, -1, rows.shape[-1])


def subsampled_lengths(lengths: Tensor) -> Tensor:
    """(B,) rows left of (B,) by a convolution of stride 2."""
    return (lengths + 1) // 2


def within(lengths: Tensor, rows: int) -> Tensor:
    """(B, rows) of 1 where a row counts and 0 past `lengths` (B,)."""
    return (torch.arange(rows, device=lengths.device) < lengths[:, None]).float()
