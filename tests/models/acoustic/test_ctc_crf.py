"""CTC-CRF: probabilities of whole texts."""

from itertools import pairwise, product

import pytest
import torch

from models.acoustic.ctc_crf import log_partition, normalisation, phone_trigrams
from models.acoustic.loss import ctc

PHONES = 4  # the blank and three that are said
TEXTS = [torch.tensor([1, 2, 3, 1, 1]), torch.tensor([3, 2, 1])]


@pytest.fixture
def trigrams() -> torch.Tensor:
    return phone_trigrams(TEXTS, PHONES)


def heard(batch: int, frames: int) -> torch.Tensor:
    torch.manual_seed(0)
    return torch.randn(batch, frames, PHONES).log_softmax(-1)


def test_trigrams_are_shares_that_no_phone_lacks(trigrams: torch.Tensor) -> None:
    torch.testing.assert_close(trigrams.sum(-1), torch.ones(PHONES, PHONES))
    assert not trigrams[..., 0].any()
    assert (trigrams[..., 1:] > 0).all()
    assert trigrams[1, 2, 3] > trigrams[1, 2, 2]  # 1 2 3 was found, 1 2 2 was not


@pytest.mark.parametrize("frames", [1, 3, 4])
def test_all_texts_together_are_certain(trigrams: torch.Tensor, frames: int) -> None:
    log_probs, lengths = heard(1, frames), torch.tensor([frames])

    silence = log_probs[0, :, 0].sum() - log_partition(log_probs, lengths, trigrams)[0]
    total = silence.exp().item()
    for size in range(1, frames + 1):
        for text in product(range(1, PHONES), repeat=size):
            if size + sum(a == b for a, b in pairwise(text)) > frames:
                continue  # no path says it
            said = log_probs, lengths, torch.tensor([text]), torch.tensor([size])
            loss = ctc(*said) + normalisation(*said, trigrams)
            total += (-loss * size).exp().item()

    assert total == pytest.approx(1, abs=1e-6)


def test_padding_and_rows_that_cannot_be_said_move_nothing(trigrams: torch.Tensor) -> None:
    log_probs = heard(3, 5).requires_grad_()
    symbols = torch.tensor([[1, 2, 0], [0, 0, 0], [1, 1, 1]])
    frames, lengths = torch.tensor([3, 5, 4]), torch.tensor([2, 0, 3])

    normalisation(log_probs, frames, symbols, lengths, trigrams).backward()

    assert log_probs.grad is not None
    assert log_probs.grad[0, :3].any()
    assert not log_probs.grad[0, 3:].any()
    assert not log_probs.grad[1:].any()


def test_no_row_with_symbols_is_a_loss_of_nothing(trigrams: torch.Tensor) -> None:
    log_probs = heard(1, 3).requires_grad_()
    none = torch.zeros(1, 0).long()

    loss = normalisation(log_probs, torch.tensor([3]), none, torch.tensor([0]), trigrams)
    loss.backward()

    assert loss.item() == 0
    assert log_probs.grad is not None
    assert not log_probs.grad.any()
