"""What the training minimises: CTC or CTC-CRF on the heads, agreement of two views.

CTC and CTC-CRF in nats a symbol, agreement in nats a frame, so that batches of any size weigh
alike.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from models.acoustic.config import LossConfig
from models.acoustic.ctc_crf import normalisation
from models.acoustic.network import Heads
from models.data.batches import Batch


@dataclass(frozen=True, slots=True)
class Losses:
    """The parts of the loss; `total` carries the gradient."""

    total: Tensor
    phones: float
    letters: float


def losses(
    heads: Heads,
    batch: Batch,
    frames: Tensor,
    config: LossConfig,
    share: float = 0.0,
    trigrams: Tensor | None = None,
) -> Losses:
    """Weigh the heads' losses; `frames` (B,) counts the rows that are no padding.

    CR-CTC counts for a `share` of its weight, where there are two views; `trigrams`
    (P, P, P) are the language of CTC-CRF, where that has a weight.
    """
    phones = ctc(heads.phones, frames, batch.phones, batch.phone_lengths)
    letters = ctc(heads.letters, frames, batch.letters, batch.letter_lengths)
    total = phones + config.letters * letters
    if trigrams is not None:
        said = batch.phones, batch.phone_lengths
        total = total + config.ctc_crf * normalisation(heads.phones, frames, *said, trigrams)
    if heads.intermediate is not None and config.intermediate:
        intermediate = ctc(heads.intermediate, frames, batch.phones, batch.phone_lengths)
        total = total + config.intermediate * intermediate
    if share:
        agreement = cr_ctc(heads.phones, frames) + cr_ctc(heads.letters, frames)
        total = total + share * config.cr_ctc * agreement
    return Losses(total, phones.item(), letters.item())


def ctc(log_probs: Tensor, frames: Tensor, symbols: Tensor, lengths: Tensor) -> Tensor:
    """CTC, Graves et al. (2006), over (B, U, V); rows without symbols do not count.

    A row is without symbols if its text has a word of unknown pronunciation. One that is
    too short to say its symbols gives no gradient either (`zero_infinity`).
    """
    counted = lengths > 0
    if not counted.any():
        return log_probs.sum() * 0
    summed = F.ctc_loss(
        log_probs[counted].transpose(0, 1),
        symbols[counted],
        frames[counted],
        lengths[counted],
        reduction="sum",
        zero_infinity=True,
    )
    return summed / lengths[counted].sum()


def cr_ctc(log_probs: Tensor, frames: Tensor) -> Tensor:
    """Agreement of two views, (2 B, U, V) with the second view's rows behind the first's.

    The symmetric Kullback-Leibler divergence of each frame towards the other view's
    posterior, which gets no gradient: Yao et al. (2024), arXiv:2410.05101, equation 5.
    In nats a frame.
    """
    return divergence(log_probs, torch.cat(log_probs.chunk(2)[::-1]), frames)


def divergence(log_probs: Tensor, target: Tensor, frames: Tensor) -> Tensor:
    """Kullback-Leibler divergence from `target`, which gets no gradient; both (B, U, V).

    The mean of the frames that are no padding, in nats.
    """
    target = target.detach()
    inside = torch.arange(log_probs.shape[1], device=frames.device) < frames[:, None]
    distance = (target.exp() * (target - log_probs)).sum(-1)
    return (distance * inside).sum() / inside.sum()
