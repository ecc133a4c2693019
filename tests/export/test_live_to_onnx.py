"""The graph for live sound: parity, and weights that are held once."""

from pathlib import Path

import pytest
import torch

from export import live_to_onnx, to_onnx
from models.acoustic.live import LiveModel
from models.acoustic.network import AcousticModel, NetworkConfig
from models.parity import ParityError

TINY = NetworkConfig(n_mels=16, channels=8, width=32, depth=2)


@pytest.fixture
def network() -> AcousticModel:
    torch.manual_seed(0)
    return AcousticModel(TINY).eval()


@pytest.fixture
def eight_bits(network: AcousticModel, tmp_path: Path) -> Path:
    to_onnx.export(network, tmp_path / "whole.onnx")
    to_onnx.quantise(tmp_path / "whole.onnx", tmp_path / "whole.int8.onnx")
    (tmp_path / "whole.onnx").unlink()
    return tmp_path / "whole.int8.onnx"


def test_the_graph_agrees_with_the_network(network: AcousticModel, eight_bits: Path) -> None:
    path = eight_bits.with_name("live.onnx")

    worst = live_to_onnx.export_live(network, eight_bits, path)

    assert 0 <= worst < 1e-4
    model = LiveModel(to_onnx.rounded(network)).eval()
    assert 0 < max(live_to_onnx.differences(model, path)) < 0.05
    assert {one.name for one in path.parent.iterdir()} == {path.name, eight_bits.name}


def test_its_weights_lie_in_the_other_graph(network: AcousticModel, eight_bits: Path) -> None:
    path = eight_bits.with_name("live.onnx")
    live_to_onnx.export_live(network, eight_bits, path)

    graph = live_to_onnx.onnx.load(path, load_external_data=False).graph

    elsewhere = [one for one in graph.initializer if one.external_data]
    assert len(elsewhere) == 8  # two of each direction of each layer
    held = sum(len(one.raw_data) for one in graph.initializer if len(one.dims) == 3)
    assert held <= 2 * 201 * 400 * 2  # nothing but the front end's cosines and sines
    nodes = [node for node in graph.node if node.op_type == "DynamicQuantizeLSTM"]
    assert len(nodes) == 6  # forward over step and lookahead, and backward, of each layer


def test_weights_that_are_not_there_stay_here(network: AcousticModel, eight_bits: Path) -> None:
    torch.manual_seed(1)
    other = AcousticModel(TINY).eval()
    path = eight_bits.with_name("live.onnx")

    live_to_onnx.export_live(other, eight_bits, path)

    graph = live_to_onnx.onnx.load(path, load_external_data=False).graph
    assert not any(one.external_data for one in graph.initializer)
    assert max(live_to_onnx.differences(LiveModel(to_onnx.rounded(other)).eval(), path)) < 0.05


def test_failed_parity_leaves_nothing(
    network: AcousticModel, eight_bits: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_to_onnx, "TOLERANCE", -1.0)

    with pytest.raises(ParityError, match="nats"):
        live_to_onnx.export_live(network, eight_bits, eight_bits.with_name("live.onnx"))

    assert [one.name for one in eight_bits.parent.iterdir()] == [eight_bits.name]
