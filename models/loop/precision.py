"""16-bit arithmetic where the processor has it.

bfloat16 doubles the speed of processors that compute in it (AVX-512 BF16, AMX, GPUs). On
others oneDNN has no LSTM for it and emulates the rest fifty times more slowly than float32.
"""

from __future__ import annotations

import logging
from functools import cache

import torch
from torch import nn

log = logging.getLogger(__name__)


def autocast(device: str, precision: str) -> torch.autocast:
    """Return the context in which a network computes.

    Args:
        device: «cpu» or «cuda».
        precision: «bfloat16», which is float32 where `has_bfloat16` says no; or «float32».
    """
    enabled = precision == "bfloat16" and has_bfloat16(device)
    return torch.autocast(device, torch.bfloat16, enabled=enabled)


@cache
def has_bfloat16(device: str) -> bool:
    """Whether an LSTM learns in bfloat16 there, found out by trying once."""
    network = nn.LSTM(8, 8).to(device)
    try:
        with torch.autocast(device, torch.bfloat16):
            heard, _ = network(torch.zeros(2, 1, 8, device=device))
        heard.float().sum().backward()
    except RuntimeError:
        log.info("This processor has no 16-bit arithmetic: training computes in 32 bits.")
        return False
    return True
