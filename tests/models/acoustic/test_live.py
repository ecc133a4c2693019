"""The network step by step against the network that hears the whole."""

from dataclasses import replace

import pytest
import torch

from models.acoustic.live import LiveModel
from models.acoustic.network import (
    FRAME,
    AcousticModel,
    NetworkConfig,
    WindowFrames,
    can_carry,
)

TINY = NetworkConfig(n_mels=16, channels=4, width=12, depth=3)
HOPS = 4  # mel frames a frame


@pytest.fixture(scope="module")
def network() -> AcousticModel:
    torch.manual_seed(0)
    return AcousticModel(TINY).eval()


def sound(frames: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(frames)
    return 0.1 * torch.randn(1, frames * FRAME, generator=generator)


@torch.inference_mode()
def step_by_step(
    model: LiveModel, samples: torch.Tensor, steps: list[int], lookahead: int
) -> torch.Tensor:
    settled, state, rows = 0, model.start(), []
    for step in steps:
        before = min(1, settled)
        part = samples[:, (settled - before) * FRAME : (settled + step + lookahead) * FRAME]
        heads = model(part, torch.tensor(before), torch.tensor(step), state)
        rows.append(heads.phones[:, :step])
        state, settled = heads.state, settled + step
    return torch.cat(rows, 1)


@pytest.mark.parametrize(
    ("frames", "steps"), [(1, [1]), (7, [7]), (25, [8, 8, 9]), (40, [1, 2, 30, 7])]
)
@torch.inference_mode()
def test_with_everything_ahead_it_is_the_network_however_it_is_cut(
    network: AcousticModel, frames: int, steps: list[int]
) -> None:
    samples = sound(frames)
    whole = network(network.features(samples), torch.tensor([frames * HOPS])).phones

    ours = step_by_step(LiveModel(network), samples, steps, lookahead=frames)

    torch.testing.assert_close(ours, whole)


def test_the_past_is_heard_and_the_far_future_is_not(network: AcousticModel) -> None:
    model, samples = LiveModel(network), sound(32)
    other_past, other_future = samples.clone(), samples.clone()
    other_past[:, : 4 * FRAME] += 1
    other_future[:, 28 * FRAME :] += 1

    ours, past, future = (
        step_by_step(model, one, [8, 8, 8, 8], lookahead=4)[:, 16:24]
        for one in (samples, other_past, other_future)
    )

    assert not torch.allclose(ours, past)
    torch.testing.assert_close(ours[:, :8], future[:, :8])


@torch.inference_mode()
def test_training_hears_each_step_as_it_is_heard_live(network: AcousticModel) -> None:
    frames, ahead = 30, 5
    samples = sound(frames)
    live = LiveModel(network)
    # The convolutions hear a frame beyond the lookahead in training, so they stand apart.
    hidden = network.subsampling(network.features(samples))
    live.features, live.subsampling = torch.nn.Identity(), torch.nn.Identity()
    padded = torch.nn.functional.pad(hidden, (0, 0, 0, 8))
    state, rows = live.start(), []
    for start in range(0, frames, 8):
        part = padded[:, start : start + 8 + ahead]
        heads = live(part, torch.tensor(0), torch.tensor(8), state)
        state = heads.state
        rows.append(heads.phones[:, :8])

    mels, lengths = network.features(samples), torch.tensor([frames * HOPS])
    window = WindowFrames(step=8, lookahead=ahead, carries=True)
    ours = network(mels, lengths, window).phones

    torch.testing.assert_close(ours, torch.cat(rows, 1)[:, :frames])


@torch.inference_mode()
def test_a_step_without_lookahead_that_holds_all_is_the_whole(network: AcousticModel) -> None:
    mels, lengths = network.features(sound(20)), torch.tensor([20 * HOPS])

    cut = network(mels, lengths, WindowFrames(step=20, lookahead=0, carries=True)).phones

    torch.testing.assert_close(cut, network(mels, lengths).phones)


def test_only_a_network_of_two_directions_can_carry_one() -> None:
    assert can_carry(TINY)
    for config in (replace(TINY, bidirectional=False), replace(TINY, cell="gru")):
        assert not can_carry(config)
        with pytest.raises(ValueError, match="bidirectional"):
            LiveModel(AcousticModel(config))
