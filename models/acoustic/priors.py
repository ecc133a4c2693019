"""A network that no longer counts on how common a phone is.

A CTC network learns with each phone's sound how often it comes, and leans to the common
ones where it is in doubt. The language model knows that better, from what stands around. So a
part of the prior is taken out of the network: in the log domain the output layer's bias loses
it, the blank's apart, and nothing is to be done at run time. Dividing by priors is as old as
hybrid networks (Bourlard & Morgan 1994); for CTC Miao et al. (2015), arXiv:1507.08240,
section 4.2, take them from the training texts, as here.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import torch
from torch import Tensor

from asr.alphabets import PHONES
from asr.emissions import BLANK
from asr.language.pronunciation import Dictionary
from models.acoustic.targets import target
from models.loop.checkpoint import Checkpoint

OUTPUT: Final = "phones.bias"


def phone_shares(texts: Iterable[str], pronunciations: Dictionary) -> Tensor:
    """Return (P,) shares of the phones of texts, the blank's nothing; no phone has none.

    A phone that is never said counts as said once.
    """
    counts = torch.zeros(len(PHONES))
    for text in texts:
        phones = torch.from_numpy(target(text, pronunciations).phones)
        counts += torch.bincount(phones, minlength=len(PHONES))
    counts.clamp_(min=1)
    counts[BLANK] = 0
    return counts / counts.sum()


def without_priors(checkpoint: Checkpoint, shares: Tensor, part: float) -> Checkpoint:
    """Take `part` (0 to 1) of the priors out of a network's phones; (P,) `shares` of them.

    The mean over what is said stays, so that phones gain nothing on the blank.
    """
    said = shares[BLANK + 1 :]
    prior = said.log()
    bias = checkpoint.weights[OUTPUT].float().clone()
    bias[BLANK + 1 :] -= part * (prior - (said * prior).sum())
    return Checkpoint(
        checkpoint.config, {**checkpoint.weights, OUTPUT: bias}, {}, checkpoint.history
    )
