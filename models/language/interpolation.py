"""Several n-gram models into one, and one into a smaller one.

Mixing: the linear interpolation of models over one vocabulary, written as a single
back-off model over the union of their n-grams. Pruning: Stolcke (1998), «Entropy-based
pruning of backoff language models»; the probability of a context is its frequency in the
text, for Kneser-Ney's lower orders are none: Chelba et al. (2010), «Study on interaction
between entropy pruning and Kneser-Ney smoothing».
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from asr.language.arpa import Places
from models.language.estimation import (
    LEAST,
    START_ID,
    UNKNOWN_ID,
    Estimated,
    Floats,
    backoff_weights,
    only,
)

Keep: TypeAlias = NDArray[np.bool_]

ROUNDS: Final = 30  # of expectation maximisation; weights move by less than 0.001 after


def mixing_weights(scores: Sequence[Floats], tokens: NDArray[np.integer]) -> list[float]:
    """Find the weights under which a text is likeliest, by expectation maximisation.

    Args:
        scores: One (T,) row of natural log-probabilities of the text per model.
        tokens: (T,) its word ids; unknown words and starts are left out.
    """
    measured = (tokens != START_ID) & (tokens != UNKNOWN_ID)
    probabilities = np.exp(np.stack(scores)[:, measured])
    weights = np.full(len(scores), 1 / len(scores))
    for _ in range(ROUNDS):
        shares = weights[:, None] * probabilities
        weights = (shares / shares.sum(0)).mean(1)
    return [round(float(weight), 4) for weight in weights / weights.sum()]


def mix(models: Sequence[list[Estimated]], weights: Sequence[float]) -> list[Estimated]:
    """Interpolate models over one vocabulary; the sum's contexts still sum to one."""
    n_words = len(models[0][0].words)
    own = [np.arange(n_words) for _ in models]  # where the mixture's n-grams are in a model
    lower = [model[0].probabilities for model in models]
    frequency = _average([model[0].frequencies for model in models], weights)
    mixed = [_with(models[0][0], frequency, _average(lower, weights))]
    merged = [np.arange(n_words) for _ in models]  # where a model's n-grams are in the mixture
    for n in range(1, len(models[0])):
        keys = [
            places[model[n].contexts] * n_words + model[n].words
            for places, model in zip(merged, models, strict=True)
        ]
        union = _united(keys, n_words, mixed)
        wanted = union.contexts * n_words + union.words
        frequency, probabilities = np.zeros(len(wanted)), []
        for i, (model, places) in enumerate(zip(models, keys, strict=True)):
            merged[i] = np.searchsorted(wanted, places)
            found = np.full(len(wanted), -1)
            found[merged[i]] = np.arange(len(places))
            gamma = backoff_weights(model[n - 1], model[n])
            weight = np.append(gamma, 1)[own[i][union.contexts]]  # at −1: no such context
            scaled = weight * lower[i][union.suffixes]
            scaled[merged[i]] = model[n].probabilities
            frequency[merged[i]] += weights[i] * model[n].frequencies
            probabilities.append(scaled)
            own[i] = found
        lower = probabilities
        mixed.append(_with(union, frequency, _average(lower, weights)))
    return mixed


def prune_to(model: list[Estimated], n_ngrams: int) -> list[Estimated]:
    """Drop the least useful n-grams until at most `n_ngrams` above single words are left."""
    lost = [pruning_losses(model, n) for n in range(1, len(model))]
    everything = np.sort(np.concatenate(lost))[::-1]
    wanted, pruned = n_ngrams, model
    while sum(len(part.words) for part in pruned[1:]) > n_ngrams:
        # Parts of kept n-grams are kept too, so that more remain than are wanted.
        pruned = _thinned(model, lost, float(everything[min(wanted, len(everything) - 1)]))
        wanted = int(wanted * 0.98)
    return pruned


def pruning_losses(model: Sequence[Estimated], n: int) -> Floats:
    """Return (N,) nats by which the entropy grows without each n-gram: equation 3 there."""
    part, lower = model[n], model[n - 1]
    size = len(lower.words)
    own, shorter = part.probabilities, lower.probabilities[part.suffixes]
    left = np.maximum(1 - np.bincount(part.contexts, own, size), LEAST)[part.contexts]
    base = np.maximum(1 - np.bincount(part.contexts, shorter, size), LEAST)[part.contexts]
    after = np.log((left + own) / (base + shorter))
    change = own * (np.log(shorter) + after - np.log(own)) + left * (
        after - np.log(left / base)
    )
    found: Floats = -lower.frequencies[part.contexts] * change
    return found


def _thinned(model: list[Estimated], lost: Sequence[Floats], limit: float) -> list[Estimated]:
    """Keep what loses more than `limit`, and all contexts and suffixes of what is kept."""
    keep: list[Keep] = [np.ones(len(model[0].words), bool)]
    keep += [loss > limit for loss in lost]
    for n in range(len(model) - 1, 1, -1):
        keep[n - 1][model[n].contexts[keep[n]]] = True
        keep[n - 1][model[n].suffixes[keep[n]]] = True
    return only(model, keep)


def _united(keys: Sequence[Places], n_words: int, below: Sequence[Estimated]) -> Estimated:
    """Return the n-grams that any model lists, their probabilities still to come."""
    contexts, words = np.divmod(np.unique(np.concatenate(keys)), n_words)
    if len(below) == 1:
        suffixes = words
    else:
        known = below[-1].contexts * n_words + below[-1].words
        suffixes = np.searchsorted(known, below[-1].suffixes[contexts] * n_words + words)
    none = np.zeros(0)
    return Estimated(contexts, words.astype(np.int32), suffixes, none, none)


def _average(parts: Sequence[Floats], weights: Sequence[float]) -> Floats:
    mean: Floats = np.tensordot(np.array(weights), np.stack(parts), 1)
    return mean


def _with(union: Estimated, frequencies: Floats, probabilities: Floats) -> Estimated:
    return replace(union, frequencies=frequencies, probabilities=probabilities)
