"""The network step by step against the network that hears the whole."""

from dataclasses import replace

import pytest
import torch

from models.acoustic.live import LiveModel, can_carry
from models.acoustic.network import FRAME, AcousticModel, NetworkConfig

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


def test_only_a_network_of_two_directions_can_carry_one() -> None:
    assert can_carry(TINY)
    for config in (replace(TINY, bidirectional=False), replace(TINY, cell="gru")):
        assert not can_carry(config)
        with pytest.raises(ValueError, match="bidirectional"):
            LiveModel(AcousticModel(config))
