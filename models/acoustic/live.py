"""The network as live sound is heard: its forward direction goes on where it stopped.

    |---- step ----|--- lookahead ---|
    ^ the forward direction's state is carried to here ──▶ and from here to the next step

A latency-controlled bidirectional network, Zhang et al. (2016), arXiv:1510.08983, and Xue &
Yan (2017): forward sees all of the past, backward no more than step and lookahead. What
forward makes of the lookahead is thrown away; the next step computes it again.

Shapes as in models.acoustic.network, of one stream; S layers' states are (S, 2, 1, H), of
which [:, 0] is what the cells say and [:, 1] what they remember.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from models.acoustic.network import AcousticModel, can_carry


class LiveHeads(NamedTuple):
    """Log-probabilities over step and lookahead, and the state after the step."""

    phones: Tensor  # (1, U, P)
    letters: Tensor  # (1, U, L)
    state: Tensor  # (S, 2, 1, H)


class LiveModel(nn.Module):
    """A bidirectional LSTM network's weights, to be run step by step."""

    def __init__(self, network: AcousticModel) -> None:
        """Copy the weights of `network`. Raises ValueError if it has no two directions."""
        super().__init__()
        config = network.config
        if not can_carry(config):
            raise ValueError("Only a bidirectional LSTM has a state to carry one way.")
        self.config = config
        self.features = network.features
        self.subsampling = network.subsampling
        self.phones, self.letters = network.phones, network.letters
        self.ahead = nn.ModuleList(_one_way(layer, "") for layer in network.layers)
        self.back = nn.ModuleList(_one_way(layer, "_reverse") for layer in network.layers)

    def start(self) -> Tensor:
        """Return the state before the first frame: zeros (S, 2, 1, H), S layers of width H."""
        return torch.zeros(self.config.depth, 2, 1, self.config.width)

    def forward(
        self, samples: Tensor, before: Tensor, step: Tensor, state: Tensor
    ) -> LiveHeads:
        """Score step and lookahead.

        Args:
            samples: (1, N), a multiple of HOP.
            before: Frames at their beginning that are over: 1 for the convolutions' sake, 0
                where the sound begins.
            step: Frames after them that the state is carried over, at least one.
            state: What the step before returned.
        """
        hidden = self.subsampling(self.features(samples))[:, before:]  # (1, U, C · F / 4)
        states = []
        for number, (ahead, back) in enumerate(zip(self.ahead, self.back, strict=True)):
            said, kept = ahead(hidden[:, :step], (state[number, :1], state[number, 1:]))
            # One frame more than there is, for without a lookahead there would be none.
            tail, _ = ahead(nn.functional.pad(hidden[:, step:], (0, 0, 0, 1)), kept)
            forward = torch.cat([said, tail[:, :-1]], 1)
            backward, _ = back(hidden.flip(1))
            hidden = torch.cat([forward, backward.flip(1)], 2)  # (1, U, D)
            states.append(torch.cat(kept))
        phones, letters = (
            head(hidden).float().log_softmax(-1) for head in (self.phones, self.letters)
        )
        return LiveHeads(phones, letters, torch.stack(states))


def _one_way(layer: nn.Module, suffix: str) -> nn.LSTM:
    """One direction of a bidirectional layer, with the names of a layer of its own."""
    assert isinstance(layer, nn.LSTM)
    one = nn.LSTM(layer.input_size, layer.hidden_size, batch_first=True)
    one.load_state_dict({name: getattr(layer, f"{name}{suffix}") for name in one.state_dict()})
    return one
