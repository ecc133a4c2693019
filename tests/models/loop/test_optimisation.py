"""How the weights move."""

import logging
from dataclasses import replace

import pytest
import torch
from torch import nn

from models.acoustic.config import OptimiserConfig
from models.acoustic.network import AcousticModel, NetworkConfig
from models.loop.optimisation import (
    EMA,
    SCHEDULES,
    Optimiser,
    by_norm,
    by_value,
    not_at_all,
)

CONFIG = OptimiserConfig(learning_rate=0.1, warmup_steps=1, weight_decay=0.0, decay=0.5)


@pytest.mark.parametrize(
    ("name", "factors"),
    [
        ("trapezoid", (1, 1, 0.5, 0)),
        ("cosine", (1, 0.5, 0.1464, 0)),
        ("constant", (1, 1, 1, 1)),
    ],
)
def test_a_schedule_falls_as_it_says(name: str, factors: tuple[float, ...]) -> None:
    found = [SCHEDULES[name](progress, CONFIG) for progress in (0, 0.5, 0.75, 1)]

    assert found == pytest.approx(factors, abs=1e-3)


def test_the_rate_rises_while_it_warms_up() -> None:
    optimiser = Optimiser(nn.Linear(1, 1), replace(CONFIG, warmup_steps=4))

    rates = []
    for _ in range(5):
        rates.append(optimiser.learning_rate(0.0))
        optimiser.steps += 1

    assert rates == pytest.approx([0.025, 0.05, 0.075, 0.1, 0.1])


def test_clipping_shortens_or_cuts_and_tells_the_norm_before() -> None:
    found = {}
    for clip in (by_norm, by_value, not_at_all):
        weight = nn.Parameter(torch.zeros(2))
        weight.grad = torch.tensor([3.0, 4.0])
        norm = clip([weight], 2.5)
        assert float(norm) == pytest.approx(5)
        found[clip.__name__] = weight.grad.tolist()

    assert found["by_norm"] == pytest.approx([1.5, 2.0], rel=1e-4)
    assert found["by_value"] == [2.5, 2.5]
    assert found["not_at_all"] == [3.0, 4.0]


def test_a_gradient_that_is_no_number_moves_nothing(caplog: pytest.LogCaptureFixture) -> None:
    layer = nn.Linear(1, 1)
    before = layer.weight.item()
    optimiser = Optimiser(layer, CONFIG)
    layer.weight.grad = torch.tensor([[torch.nan]])

    with caplog.at_level(logging.WARNING):
        optimiser.step(0.0)
    assert layer.weight.item() == before
    assert "step 1 left out" in caplog.text

    layer.weight.grad = torch.tensor([[1.0]])
    optimiser.step(0.0)
    assert layer.weight.item() < before


def test_an_average_follows_slowly_and_at_first_fast() -> None:
    config = NetworkConfig(n_mels=8, channels=2, width=2, depth=1, intermediate=0)
    model = AcousticModel(config)
    average = EMA(model, AcousticModel(config), decay=0.9)

    def follow() -> float:
        """Move the model by 1, and return what the average still lacks after a step."""
        with torch.no_grad():
            model.phones.bias[0] += 1
        average.update(model)
        return (model.phones.bias[0] - average.model.phones.bias[0]).item()

    assert follow() == pytest.approx(1 / 11, abs=1e-3)
    for _ in range(200):
        average.update(model)
    assert follow() == pytest.approx(0.9, abs=1e-3)
