"""The training's losses."""

import math

import torch

from models.acoustic.config import LossConfig
from models.acoustic.evaluation import read
from models.acoustic.loss import cr_ctc, ctc, divergence, losses
from models.acoustic.network import Heads
from models.data.batches import Batch


def rows(batch: int, frames: int, symbols: int) -> torch.Tensor:
    torch.manual_seed(0)
    return torch.randn(batch, frames, symbols).log_softmax(-1)


def test_ctc_is_nats_a_symbol() -> None:
    uniform = torch.full((1, 2, 4), -math.log(4))  # two frames, one symbol: a_, _a, aa
    found = ctc(uniform, torch.tensor([2]), torch.tensor([[1]]), torch.tensor([1]))

    assert math.isclose(found.item(), -math.log(3 / 16), rel_tol=1e-6)


def test_rows_without_symbols_do_not_count() -> None:
    log_probs = rows(2, 6, 5)
    symbols = torch.tensor([[1, 2], [0, 0]])
    both = ctc(log_probs, torch.tensor([6, 6]), symbols, torch.tensor([2, 0]))
    alone = ctc(log_probs[:1], torch.tensor([6]), symbols[:1], torch.tensor([2]))

    torch.testing.assert_close(both, alone)


def test_no_row_with_symbols_is_a_loss_of_nothing() -> None:
    log_probs = rows(1, 3, 4).requires_grad_()

    found = ctc(log_probs, torch.tensor([3]), torch.zeros(1, 0).long(), torch.tensor([0]))
    found.backward()

    assert found.item() == 0
    assert log_probs.grad is not None
    assert not log_probs.grad.any()


def test_a_text_too_long_for_its_sound_moves_nothing() -> None:
    log_probs = rows(1, 2, 4).requires_grad_()

    ctc(log_probs, torch.tensor([2]), torch.tensor([[1, 1, 1]]), torch.tensor([3])).backward()

    assert log_probs.grad is not None
    assert torch.isfinite(log_probs.grad).all()
    assert not log_probs.grad.any()


def test_equal_views_agree_and_padding_is_not_compared() -> None:
    view = rows(2, 5, 4)
    other = view.clone()
    other[:, 3:] = rows(2, 5, 4)[:, :2]  # behind the three frames that count
    lengths = torch.tensor([3, 3, 3, 3])

    assert cr_ctc(torch.cat([view, other]), lengths).item() < 1e-6
    assert cr_ctc(torch.cat([view, view.flip(0)]), lengths).item() > 0.1


def test_agreement_pulls_both_views_towards_each_other() -> None:
    views = rows(2, 4, 3).requires_grad_()

    cr_ctc(views, torch.tensor([4, 4])).backward()

    assert views.grad is not None
    assert views.grad[0].any()
    assert views.grad[1].any()


def test_a_teacher_pulls_frames_that_count_and_is_not_pulled() -> None:
    taught, teacher = rows(2, 4, 3).requires_grad_(), rows(2, 4, 3).flip(0).requires_grad_()

    divergence(taught, teacher, torch.tensor([4, 2])).backward()

    assert taught.grad is not None
    assert taught.grad[0].any()
    assert not taught.grad[1, 2:].any()
    assert teacher.grad is None


def test_each_head_weighs_as_it_is_said_to() -> None:
    phones, letters, below = rows(2, 8, 5), rows(2, 8, 7), rows(2, 8, 5).flip(0)
    frames, symbols, n = (
        torch.tensor([8, 8]),
        torch.tensor([[1, 2], [3, 1]]),
        torch.tensor([2, 2]),
    )
    batch = Batch(torch.zeros(2, 8), frames, symbols, n, symbols, n)
    weights = LossConfig(letters=0.25, intermediate=0.125, cr_ctc=0.5)

    found = losses(Heads(phones, letters, below), batch, frames, weights, share=0.5)

    ours, theirs, lower = (ctc(one, frames, symbols, n) for one in (phones, letters, below))
    agreement = cr_ctc(phones, frames) + cr_ctc(letters, frames)
    expected = ours + 0.25 * theirs + 0.125 * lower + 0.25 * agreement
    torch.testing.assert_close(found.total, expected)
    assert (found.phones, found.letters) == (ours.item(), theirs.item())


def test_the_best_path_merges_repeats_and_drops_blanks() -> None:
    path = torch.tensor([0, 1, 1, 0, 1, 2, 2, 4, 3, 0])

    assert read(torch.eye(5)[path]) == [1, 1, 2, 4, 3]
