"""The CTC forward score of texts: the sum over all paths that read as they do.

Graves et al. (2006), "Connectionist Temporal Classification", section 4.1, for several
texts over the same frames at once. T frames, N texts, S states (2 · longest text + 1).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from asr.emissions import BLANK, LogProbs


def forward_scores(
    log_probs: LogProbs, targets: Sequence[Sequence[int]]
) -> NDArray[np.float64]:
    """Return the (N,) log-probabilities of targets; −inf where the frames are too few."""
    if not targets:
        return np.empty(0)
    lengths = np.array([len(target) for target in targets])
    states = np.full((len(targets), 2 * int(lengths.max()) + 1), BLANK)
    for place, target in enumerate(targets):
        states[place, 1 : 2 * len(target) : 2] = target
    leap = np.full(states.shape, -np.inf)  # over the blank, between unlike symbols
    leap[:, 2:][(states[:, 2:] != BLANK) & (states[:, 2:] != states[:, :-2])] = 0.0
    alpha = np.full((len(targets), states.shape[1] + 2), -np.inf)  # two of margin before
    alpha[:, 1] = 0.0  # a state before the first blank; the first symbol may come at once
    leap[:, 1:2] = 0.0
    if not len(log_probs):
        return np.where(lengths == 0, 0.0, -np.inf)
    rows = log_probs.astype(np.float64)
    for row in rows:
        reached = np.logaddexp(alpha[:, 2:], alpha[:, 1:-1])
        alpha[:, 2:] = np.logaddexp(reached, alpha[:, :-2] + leap) + row[states]
        alpha[:, 1] = -np.inf
    return _at_ends(alpha[:, 2:], lengths)


def _at_ends(alpha: NDArray[np.float64], lengths: NDArray[np.int64]) -> NDArray[np.float64]:
    """Add the two states where a text may end: its last symbol and the blank after it."""
    texts = np.arange(len(alpha))
    last = np.where(lengths > 0, alpha[texts, 2 * lengths - 1], -np.inf)
    return np.logaddexp(alpha[texts, 2 * lengths], last)
