"""How sure we are of a word: what the sound says of it, weighed by a logistic map.

The network's probabilities are too sure of themselves, so the weights are fitted on
speech with known words, kept in the pack, and judged by the expected calibration error.
W words, F features.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from asr.decoding.forced_alignment import Span
from asr.emissions import Emissions, LogProbs
from asr.errors import ConfigError

FEATURES: Final = (
    "log_odds",  # of the word against its alternatives in the beam, clipped
    "mean_behind",  # nats a frame behind the likeliest phones
    "worst_behind",  # the same, of the worst frame
    "entropy",  # nats, of the phones, mean of the word's spikes
    "letters_behind",  # nats a letter behind what the letter head reads alone
    "log_length",  # of the word, in phones
)
MAX_ODDS: Final = 10.0  # nats; the beam does not look further down than that
MAX_BEHIND: Final = 10.0  # nats; worse than this is simply wrong
RIDGE: Final = 1e-3  # keeps the fit finite where a feature parts right from wrong exactly
MAX_STEPS: Final = 50


@dataclass(frozen=True, slots=True)
class Calibration:
    """Weights of the logistic map; the defaults trust the beam's odds alone, by half."""

    weights: tuple[float, ...] = (0.5, 0.0, 0.0, 0.0, 0.0, 0.0)
    bias: float = 0.0

    def __post_init__(self) -> None:
        if len(self.weights) != len(FEATURES):
            raise ConfigError("The calibration needs {count} weights.", count=len(FEATURES))

    def probabilities(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the (W,) probabilities that words with (W, F) features are right."""
        return _logistic(features @ np.array(self.weights) + self.bias)

    def to_json(self) -> dict[str, object]:
        """Return what `parse` reads."""
        return asdict(self)

    @staticmethod
    def parse(values: Mapping[str, object]) -> Calibration:
        """Read a JSON object. Raises ConfigError."""
        if set(values) != {"weights", "bias"}:
            raise ConfigError("A calibration has weights and a bias, and nothing else.")
        weights, bias = values["weights"], values["bias"]
        if not isinstance(weights, list | tuple) or not isinstance(bias, int | float):
            raise ConfigError("The calibration's weights must be numbers.")
        return Calibration(tuple(float(weight) for weight in weights), float(bias))


def fit(features: NDArray[np.float64], is_right: NDArray[np.bool_]) -> Calibration:
    """Find the likeliest weights by Newton's method (iteratively reweighted least squares).

    Args:
        features: (W, F) as in FEATURES.
        is_right: (W,) whether each word was said.
    """
    inputs = np.column_stack((features, np.ones(len(features))))
    weights = np.zeros(inputs.shape[1])
    penalty = RIDGE * len(inputs) * np.eye(inputs.shape[1])
    penalty[-1, -1] = RIDGE
    for _ in range(MAX_STEPS):
        right = _logistic(inputs @ weights)
        slope = inputs.T @ (is_right - right) - penalty @ weights
        curve = (inputs * (right * (1 - right))[:, None]).T @ inputs + penalty
        step = np.linalg.solve(curve, slope)
        weights += step
        if np.abs(step).max() < 1e-8:
            break
    return Calibration(tuple(weights[:-1].tolist()), float(weights[-1]))


def expected_calibration_error(
    probabilities: NDArray[np.float64], is_right: NDArray[np.bool_], bins: int = 10
) -> float:
    """Return the mean distance of confidence and truth (Guo et al. 2017, arXiv:1706.04599)."""
    if not len(probabilities):
        return 0.0
    places = np.minimum((probabilities * bins).astype(int), bins - 1)
    sure = np.bincount(places, probabilities, bins)
    right = np.bincount(places, is_right.astype(float), bins)
    return float(np.abs(sure - right).sum() / len(probabilities))


def word_features(
    span: Span, emissions: Emissions, odds: float, letters_behind: float, n_phones: int
) -> NDArray[np.float64]:
    """Return the (F,) features of one word; odds in nats against all its alternatives."""
    phones = emissions.phones[span.first : max(span.end, span.first + 1)]
    spikes = phones[phones[:, 0] < np.log(0.5)]
    chosen = spikes if len(spikes) else phones
    doubts = -chosen.max(axis=1)
    return np.array(
        [
            np.clip(odds, -MAX_ODDS, MAX_ODDS),
            max(span.score, -MAX_BEHIND),
            -min(float(doubts.max()), MAX_BEHIND),
            _entropy(chosen),
            max(letters_behind, -MAX_BEHIND),
            np.log(max(n_phones, 1)),
        ]
    )


def _entropy(log_probs: LogProbs) -> float:
    return float(-(np.exp(log_probs) * log_probs).sum(axis=1).mean())


def _logistic(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return 1 / (1 + np.exp(-np.clip(values, -30, 30)))
