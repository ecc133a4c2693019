"""A bidirectional layer over many steps at once, as `models.acoustic.live` runs it one by one.

    |- step -|- lookahead -|
             |- step -|- lookahead -|
    forward: from step to step, and from each step's end over its lookahead, which is lost
    backward: over each step and its lookahead alone

Shapes: B utterances of N steps, S frames a step, L of lookahead, D inputs, H cells.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

State = tuple[Tensor, Tensor]  # what the cells say and what they remember, (1, B, H) each


def carried(layer: nn.Module, rows: Tensor, step: int, batch: int) -> Tensor:
    """Run a layer over (B · N, S + L, D); (B · N, S + L, 2 H)."""
    assert isinstance(layer, nn.LSTM)
    steps = rows[:, :step].reshape(batch, -1, step, rows.shape[-1])  # (B, N, S, D)
    zeros = rows.new_zeros(1, batch, layer.hidden_size)
    state = (zeros, zeros)
    said, ends = [], []
    for number in range(steps.shape[1]):
        heard, state = one_way(layer, "", steps[:, number], state)
        said.append(heard)
        ends.append(state)
    ahead = torch.stack(said, 1).flatten(0, 1)  # (B · N, S, H)
    if rows.shape[1] > step:
        there = [torch.stack(part, 2).flatten(1, 2) for part in zip(*ends, strict=True)]
        tail, _ = one_way(layer, "", rows[:, step:], (there[0], there[1]))
        ahead = torch.cat([ahead, tail], 1)
    none = rows.new_zeros(1, len(rows), layer.hidden_size)
    back, _ = one_way(layer, "_reverse", rows.flip(1), (none, none))
    return torch.cat([ahead, back.flip(1)], 2)


def one_way(layer: nn.LSTM, suffix: str, rows: Tensor, state: State) -> tuple[Tensor, State]:
    """Run one direction of a layer over (B, U, D) from a state; (B, U, H) and the next."""
    names = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")
    weights = [getattr(layer, name + suffix) for name in names]
    heard, said, kept = torch.lstm(
        rows, state, weights, True, 1, 0.0, layer.training, False, True
    )
    return heard, (said, kept)
