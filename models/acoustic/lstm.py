"""The LSTM cell, written out from its equations: what `torch.nn.LSTM` computes, to be read.

The training uses torch's own, which is many times faster; a test holds the two equal in
values and in gradients. docs/lstm.md explains the cell with these equations.

Shapes: B utterances, T frames, I inputs, H cells.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn


class Gates(NamedTuple):
    """What a cell did at one moment, each (B, H)."""

    forget: Tensor  # f, 0..1: how much of the old state is kept
    input: Tensor  # i, 0..1: how much of the candidate is let in
    candidate: Tensor  # g, −1..1: what could be remembered
    output: Tensor  # o, 0..1: how much of the state is shown
    state: Tensor  # c: what is remembered
    hidden: Tensor  # h, −1..1: what is shown


def cell(
    x: Tensor, h: Tensor, c: Tensor, w_x: Tensor, w_h: Tensor, b_x: Tensor, b_h: Tensor
) -> Gates:
    """Take one step: x (B, I) after the hidden h and the state c, both (B, H).

    Hochreiter & Schmidhuber (1997), "Long short-term memory", with the forget gate of
    Gers et al. (2000), "Learning to forget", and without peepholes. Weights as torch lays
    them out: w_x (4 H, I) and w_h (4 H, H) hold the rows of i, f, g and o in this order.
    """
    i, f, g, o = (x @ w_x.T + b_x + h @ w_h.T + b_h).chunk(4, dim=1)  # pre-activations
    forget = f.sigmoid()  # f_t = σ(W_f x_t + U_f h_{t−1} + b_f)          Gers (2000), eq. 3
    write = i.sigmoid()  # i_t = σ(W_i x_t + U_i h_{t−1} + b_i)           H&S (1997), sec. 4
    candidate = g.tanh()  # g_t = tanh(W_g x_t + U_g h_{t−1} + b_g)       H&S (1997), sec. 4
    state = forget * c + write * candidate  # c_t = f_t c_{t−1} + i_t g_t Gers (2000), eq. 4
    output = o.sigmoid()  # o_t = σ(W_o x_t + U_o h_{t−1} + b_o)          H&S (1997), sec. 4
    hidden = output * state.tanh()  # h_t = o_t tanh(c_t)                 H&S (1997), sec. 4
    return Gates(forget, write, candidate, output, state, hidden)


class ReferenceLSTM(nn.Module):
    """One layer of `torch.nn.LSTM`, one or two directions, step by step."""

    def __init__(self, lstm: nn.LSTM) -> None:
        super().__init__()
        if lstm.num_layers != 1 or not lstm.batch_first or lstm.proj_size:
            raise ValueError(
                "only a single, batch-first layer without projection is written out"
            )
        self.lstm = lstm  # its parameters are used, not its arithmetic

    def forward(self, x: Tensor) -> Tensor:
        """(B, T, I) to (B, T, H), or (B, T, 2 H) with the backward direction behind."""
        hidden = [torch.stack([gates.hidden for gates in self.gates(x)], dim=1)]
        if self.lstm.bidirectional:
            backward = self.gates(x.flip(1), "_reverse")
            hidden.append(torch.stack([gates.hidden for gates in backward], dim=1).flip(1))
        return torch.cat(hidden, dim=2)

    def gates(self, x: Tensor, direction: str = "") -> list[Gates]:
        """What one direction ("" or "_reverse") does at each of T frames of x (B, T, I)."""
        names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        w_x, w_h, b_x, b_h = (getattr(self.lstm, f"{name}_l0{direction}") for name in names)
        h = c = x.new_zeros(len(x), self.lstm.hidden_size)
        steps = []
        for frame in x.unbind(1):
            steps.append(cell(frame, h, c, w_x, w_h, b_x, b_h))
            h, c = steps[-1].hidden, steps[-1].state
        return steps
