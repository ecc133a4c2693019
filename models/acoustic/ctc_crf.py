"""CTC-CRF: what was said against all that could have been said, not frame by frame.

CTC's posterior of each frame is normalised by itself, so the network spends its doubt on what
no language would say. A conditional random field over the same paths is normalised once, over
all phone texts that a phone language model allows, as MMI training of hybrid networks does:
Xiang & Ou (2019), doi:10.1109/ICASSP.2019.8682256. The language model here is a 3-gram of the
training texts.

Shapes: B utterances, U frames, S symbols of the longest text, P phones with the blank, symbol
0, which stands for the beginning in the language model's histories.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import torch
import torch.nn.functional as F
from torch import Tensor

from asr.emissions import BLANK
from models.acoustic.network import within

DISCOUNT: Final = 0.5  # of each count, Ney, Essen & Kneser (1994)


def phone_trigrams(texts: Iterable[Tensor], phones: int) -> Tensor:
    """Return (P, P, P) probabilities of a phone after two; (S,) texts of symbols from 1 on.

    Absolute discounting, interpolated down to shares that no phone lacks.
    """
    counts = torch.zeros(phones, phones, phones)
    for text in texts:
        before = F.pad(text, (2, 0), value=BLANK)
        places = (before[:-2], before[1:-1], text)
        counts.index_put_(places, torch.ones(len(text)), accumulate=True)
    shares = torch.ones(phones)
    shares[BLANK] = 0
    shares /= shares.sum()
    for level in (counts.sum((0, 1)), counts.sum(0), counts):
        shares = _discounted(level, shares)
    return shares


def _discounted(counts: Tensor, lower: Tensor) -> Tensor:
    """Shares of (…, P) counts, with what is taken off each given to the lower order's."""
    total = counts.sum(-1, keepdim=True)
    left = DISCOUNT * (counts > 0).sum(-1, keepdim=True)
    shares = ((counts - DISCOUNT).clamp(min=0) + left * lower) / total.clamp(min=1)
    return torch.where(total > 0, shares, lower)


def normalisation(
    log_probs: Tensor, frames: Tensor, symbols: Tensor, lengths: Tensor, trigrams: Tensor
) -> Tensor:
    """What makes CTC-CRF of CTC: all texts' log-probability less that of (B, S) texts.

    In nats a symbol. `log_probs` (B, U, P), of which the first `frames` (B,) count, are the
    field's potentials; `trigrams` (P, P, P) its language. Rows without symbols, or with more
    than their frames can say, do not count, as in `models.acoustic.loss.ctc`.
    """
    same = symbols[:, 1:] == symbols[:, :-1]
    repeats = (same * within(lengths - 1, same.shape[1])).sum(1)
    possible = (lengths > 0) & (lengths + repeats <= frames)
    if not possible.any():
        return log_probs.sum() * 0
    found = log_partition(log_probs[possible], frames[possible], trigrams)
    found = found - _log_language(symbols[possible], lengths[possible], trigrams)
    return found.sum() / lengths.sum()


def _log_language(symbols: Tensor, lengths: Tensor, trigrams: Tensor) -> Tensor:
    """(B,) log-probabilities of texts by the language alone."""
    before = F.pad(symbols, (2, 0), value=BLANK)
    rows = trigrams[before[:, :-2], before[:, 1:-1], symbols]
    inside = within(lengths, symbols.shape[1]) > 0
    return rows.where(inside, torch.ones_like(rows)).log().sum(1)


def log_partition(log_probs: Tensor, frames: Tensor, trigrams: Tensor) -> Tensor:
    """(B,) log of the sum over all paths, each by its frames and its text's probability.

    A state is the last two phones (a, b), and whether the frame says b or the blank; b may
    come again only after a blank. States are scaled to a sum of 1 at each frame, and the
    scales' logarithms are the result: Rabiner (1989), section V.A.
    """
    batch, phones = len(log_probs), log_probs.shape[-1]
    after_blank, after_phone = trigrams, trigrams.clone()
    after_phone.diagonal(dim1=1, dim2=2).zero_()
    onward = torch.stack([after_blank, after_phone])  # (2, P, P, P)
    states = log_probs.new_zeros(batch, 2, phones, phones)
    states[:, 0, BLANK, BLANK] = 1
    scales = []
    for row in log_probs.exp().unbind(1):  # (B, P)
        begun = torch.einsum("nkab,kabc->nbc", states, onward)
        spoken = (begun + states[:, 1]) * row[:, None]
        blank = states.sum(1) * row[:, BLANK, None, None]
        states = torch.stack([blank, spoken], 1)
        scale = states.sum((1, 2, 3))
        states = states / scale[:, None, None, None]
        scales.append(scale)
    summed = torch.stack(scales, 1).log().cumsum(1)  # (B, U)
    return summed.gather(1, frames[:, None] - 1)[:, 0]
