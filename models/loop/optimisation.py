"""How the weights move: learning-rate schedules, gradient clipping, moving average.

Each is a named choice of the configuration. Progress runs from 0 to 1 over the training.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Iterable
from typing import Final, TypeAlias

import torch
from torch import Tensor, nn

from models.acoustic.config import OptimiserConfig, require
from models.acoustic.network import AcousticModel

log = logging.getLogger(__name__)

Schedule: TypeAlias = Callable[[float, OptimiserConfig], float]  # progress → factor of the peak
Clipping: TypeAlias = Callable[[Iterable[Tensor], float], Tensor]  # → the norm before


def trapezoid(progress: float, config: OptimiserConfig) -> float:
    """Hold the peak, then fall to nothing in the last part: Zhai et al. (2022), section 3.5."""
    return min(1.0, max(0.0, 1 - progress) / config.decay)


def cosine(progress: float, config: OptimiserConfig) -> float:
    """Half a cosine from the peak to nothing: Loshchilov & Hutter (2017), arXiv:1608.03983."""
    return 0.5 * (1 + math.cos(math.pi * min(progress, 1.0)))


def constant(progress: float, config: OptimiserConfig) -> float:
    """The peak throughout."""
    return 1.0


def by_norm(parameters: Iterable[Tensor], limit: float) -> Tensor:
    """Shorten the whole gradient to `limit`: Pascanu et al. (2013), section 3.2.

    Returns its norm before, a scalar ().
    """
    return nn.utils.clip_grad_norm_(parameters, limit)


def by_value(parameters: Iterable[Tensor], limit: float) -> Tensor:
    """Cut each component to ±`limit`; return the norm (), as it was before."""
    parameters = list(parameters)
    norm = nn.utils.clip_grad_norm_(parameters, math.inf)
    nn.utils.clip_grad_value_(parameters, limit)
    return norm


def not_at_all(parameters: Iterable[Tensor], limit: float) -> Tensor:
    """Leave the gradient alone; only return its norm ()."""
    return nn.utils.clip_grad_norm_(parameters, math.inf)


SCHEDULES: Final[dict[str, Schedule]] = {
    "trapezoid": trapezoid,
    "cosine": cosine,
    "constant": constant,
}
CLIPPINGS: Final[dict[str, Clipping]] = {
    "norm": by_norm,
    "value": by_value,
    "none": not_at_all,
}


class Optimiser:
    """AdamW with a warm-up, a schedule and clipping; steps on finite gradients only."""

    def __init__(self, model: nn.Module, config: OptimiserConfig) -> None:
        require(config.schedule in SCHEDULES, "optimiser.schedule", config.schedule)
        require(config.clipping in CLIPPINGS, "optimiser.clipping", config.clipping)
        self.steps = 0
        self._config = config
        self._parameters = list(model.parameters())
        self.adam = torch.optim.AdamW(self._parameters, weight_decay=config.weight_decay)

    def learning_rate(self, progress: float) -> float:
        """The rate for the step to come."""
        warmup = min(1.0, (self.steps + 1) / max(self._config.warmup_steps, 1))
        factor = SCHEDULES[self._config.schedule](progress, self._config)
        return self._config.learning_rate * warmup * factor

    def step(self, progress: float) -> float:
        """Move the weights, clear the gradient; return its norm before clipping."""
        clip = CLIPPINGS[self._config.clipping]
        norm = float(clip(self._parameters, self._config.clip_at))
        for group in self.adam.param_groups:
            group["lr"] = self.learning_rate(progress)
        if math.isfinite(norm):
            self.adam.step()
        else:
            log.warning("step %d left out: its gradient is no finite number", self.steps + 1)
        self.adam.zero_grad()
        self.steps += 1
        return norm


class EMA:
    """An exponential moving average of a model's weights, in a copy of the model.

    Its decay grows from nothing as 1 − 10 / (10 + steps), so that the random
    first weights are soon forgotten; a decay of 0 makes it the model itself.
    """

    def __init__(self, model: AcousticModel, copy: AcousticModel, decay: float) -> None:
        self.model = copy
        copy.eval().requires_grad_(requires_grad=False)
        self._decay = decay
        self._steps = 0
        copy.load_state_dict(model.state_dict())

    def load(self, weights: dict[str, Tensor], steps: int) -> None:
        """Go on from saved weights, of the shapes that the model has."""
        self.model.load_state_dict(weights)
        self._steps = steps

    @torch.no_grad()
    def update(self, model: nn.Module) -> None:
        """Take in the weights after a step."""
        self._steps += 1
        decay = min(self._decay, 1 - 10 / (10 + self._steps))
        for mine, theirs in zip(self.model.parameters(), model.parameters(), strict=True):
            mine.lerp_(theirs, 1 - decay)
