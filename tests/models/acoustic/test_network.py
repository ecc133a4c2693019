"""The acoustic model."""

from dataclasses import replace

import pytest
import torch

from models.acoustic.network import (
    CELLS,
    AcousticModel,
    NetworkConfig,
    WindowFrames,
    cut,
    joined,
)

TINY = NetworkConfig(n_mels=16, channels=4, width=12, depth=3, dropout=0.0)


def network(config: NetworkConfig = TINY) -> AcousticModel:
    torch.manual_seed(0)
    return AcousticModel(config)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("bidirectional", [False, True])
def test_a_frame_for_each_four_mel_frames(cell: str, bidirectional: bool) -> None:
    model = network(replace(TINY, cell=cell, bidirectional=bidirectional))
    for mel_frames in (1, 4, 5, 40):
        heads = model(torch.zeros(2, mel_frames, 16), torch.tensor([mel_frames, 1]))

        assert heads.phones.shape == (2, -(-mel_frames // 4), 40)
        assert heads.letters.shape == (2, -(-mel_frames // 4), 29)


def test_rows_are_probabilities() -> None:
    heads = network()(torch.randn(1, 20, 16), torch.tensor([20]))

    for head in heads:
        assert head is not None
        torch.testing.assert_close(head.exp().sum(-1), torch.ones(1, 5))


def test_what_lies_past_the_length_is_not_heard_by_the_convolutions() -> None:
    model = network().eval()
    mels = torch.randn(1, 40, 16)
    noisy = torch.cat([mels, torch.randn(1, 24, 16)], dim=1)
    lengths = torch.tensor([40])

    alone = model.subsampling(mels, lengths)
    padded = model.subsampling(noisy, lengths)

    torch.testing.assert_close(padded[:, :10], alone)


def test_the_middle_head_is_for_training_alone() -> None:
    model = network()
    mels, lengths = torch.randn(1, 8, 16), torch.tensor([8])

    assert model(mels, lengths).intermediate is not None
    assert model.eval()(mels, lengths).intermediate is None


@pytest.mark.parametrize("frames", [1, 7, 24, 25])
def test_cutting_and_joining_gives_back_what_was_cut(frames: int) -> None:
    hidden = torch.randn(3, frames, 5)
    window = WindowFrames(context=4, step=6, lookahead=2)

    parts = cut(hidden, window)
    back = joined(parts, window, 3)[:, :frames]

    assert parts.shape == (3 * -(-frames // 6), 12, 5)
    torch.testing.assert_close(back, hidden)


def test_a_cut_hears_its_neighbours() -> None:
    hidden = torch.arange(12.0)[None, :, None]

    parts = cut(hidden, WindowFrames(context=2, step=4, lookahead=3))

    assert parts[1, :, 0].tolist() == [2, 3, 4, 5, 6, 7, 8, 9, 10]


def test_a_far_sound_changes_nothing_in_a_window() -> None:
    model = network().eval()
    mels = torch.randn(1, 160, 16)
    other = mels.clone()
    other[:, 120:] += 1
    window = WindowFrames(context=4, step=4, lookahead=2)
    lengths = torch.tensor([160])

    ours, theirs = (model(x, lengths, window).phones for x in (mels, other))

    torch.testing.assert_close(ours[:, :24], theirs[:, :24])
    assert not torch.allclose(ours[:, 30:], theirs[:, 30:])


def test_learns_a_single_utterance() -> None:
    model = network()
    mels, lengths = torch.randn(1, 48, 16), torch.tensor([48])
    target = torch.tensor([[1, 2, 2, 3]])
    adam = torch.optim.Adam(model.parameters(), lr=0.02)

    for _ in range(300):
        log_probs = model(mels, lengths).phones.transpose(0, 1)
        loss = torch.nn.functional.ctc_loss(
            log_probs, target, torch.tensor([12]), torch.tensor([4])
        )
        adam.zero_grad()
        loss.backward()
        adam.step()

    assert loss.item() < 0.1
