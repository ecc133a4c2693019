"""Networks as ONNX files: torch's exporter kept quiet, and proof that a file is the network."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import torch
from numpy.typing import NDArray


class ParityError(Exception):
    """The exported file and the network disagree."""


def largest(ours: NDArray[np.float32], theirs: NDArray[np.float32]) -> float:
    """Return the largest difference of log-probabilities, (…, U, P) each, in nats."""
    return float(np.abs(ours - theirs).max())


def divergence(ours: NDArray[np.float32], theirs: NDArray[np.float32]) -> float:
    """Return the mean Kullback-Leibler divergence of (…, U, P) frames, in nats a frame.

    What is rounded coarsely differs most where it says what is least probable, which
    nothing depends on; this counts each symbol by its probability.
    """
    return float((np.exp(ours) * (ours - theirs)).sum(-1).mean())


def prove(differences: Sequence[float], tolerance: float) -> float:
    """Return the worst difference, in nats.

    Raises:
        ParityError: It is larger than `tolerance`, or no number at all.
    """
    worst = float(np.max(differences))  # which keeps what is no number
    if not worst <= tolerance:
        raise ParityError(f"onnxruntime differs from torch by {worst:.1e} nats")
    return worst


@contextmanager
def quietly() -> Iterator[None]:
    """Keep back the exporter's warnings: what it is in doubt about, probes settle."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module="torch.onnx")
        warnings.filterwarnings("ignore", category=torch.jit._trace.TracerWarning)
        warnings.filterwarnings("ignore", message="Exporting a model to ONNX with a batch_size")
        yield
