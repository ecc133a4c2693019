"""The written-out cell and torch's own."""

import pytest
import torch
from torch import nn

from models.acoustic.lstm import ReferenceLSTM, cell


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("frames", [1, 2, 17])
def test_values_and_gradients_are_those_of_torch(bidirectional: bool, frames: int) -> None:
    torch.manual_seed(0)
    lstm = nn.LSTM(5, 7, batch_first=True, bidirectional=bidirectional).double()
    x = torch.randn(3, frames, 5, dtype=torch.float64, requires_grad=True)
    weights = [x, *lstm.parameters()]

    theirs = lstm(x)[0]
    ours = ReferenceLSTM(lstm)(x)

    torch.testing.assert_close(ours, theirs)
    seen_by = torch.randn_like(theirs)
    gradients = torch.autograd.grad((theirs * seen_by).sum(), weights)
    for ours_one, theirs_one in zip(
        torch.autograd.grad((ours * seen_by).sum(), weights), gradients, strict=True
    ):
        torch.testing.assert_close(ours_one, theirs_one)


def test_an_open_forget_gate_keeps_the_state() -> None:
    zeros = torch.zeros
    bias = torch.tensor([-50.0, 50.0, 0.0, 0.0])  # input gate shut, forget gate open
    state = torch.tensor([[0.7]])

    gates = cell(zeros(1, 2), zeros(1, 1), state, zeros(4, 2), zeros(4, 1), bias, zeros(4))

    torch.testing.assert_close(gates.state, state)


def test_a_stack_of_layers_is_refused() -> None:
    with pytest.raises(ValueError, match="single"):
        ReferenceLSTM(nn.LSTM(3, 4, num_layers=2, batch_first=True))
