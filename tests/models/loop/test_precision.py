"""16-bit arithmetic where there is some."""

import pytest
import torch
from torch import nn

from models.loop.precision import autocast, has_bfloat16

pytestmark = pytest.mark.train


@pytest.mark.parametrize("precision", ["bfloat16", "float32"])
def test_an_lstm_learns_on_any_processor(precision: str) -> None:
    network = nn.LSTM(8, 8, num_layers=2, bidirectional=True)

    with autocast("cpu", precision):
        heard, _ = network(torch.ones(5, 2, 8))
    heard.float().sum().backward()

    is_short = precision == "bfloat16" and has_bfloat16("cpu")
    assert heard.dtype == (torch.bfloat16 if is_short else torch.float32)
    assert all(
        one.grad is not None and one.grad.isfinite().all() for one in network.parameters()
    )


def test_a_processor_without_it_computes_in_32_bits() -> None:
    def refuse(*_: object) -> None:
        raise RuntimeError("could not create a primitive descriptor")

    has_bfloat16.cache_clear()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nn.LSTM, "forward", refuse)
        assert not has_bfloat16("cpu")

    with autocast("cpu", "bfloat16"):
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == torch.float32
    has_bfloat16.cache_clear()
