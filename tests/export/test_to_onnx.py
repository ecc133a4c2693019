"""Export and parity."""

from pathlib import Path

import numpy as np
import pytest
import torch

from asr.alphabets import PHONES
from asr.inference import onnxruntime
from export import to_onnx
from models.acoustic.network import AcousticModel, NetworkConfig
from models.parity import ParityError

TINY = NetworkConfig(n_mels=16, channels=4, width=16, depth=2)


@pytest.fixture(scope="module")
def network() -> AcousticModel:
    torch.manual_seed(0)
    return AcousticModel(TINY).eval()


@pytest.fixture(scope="module")
def graph(network: AcousticModel, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("graph") / "acoustic.onnx"
    to_onnx.export(network, path)
    return path


def run(graph: Path, samples: np.ndarray, lengths: list[int]) -> list[np.ndarray]:
    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    inputs = {"samples": samples, "lengths": np.array(lengths, np.int64)}
    return session.run(["phones", "letters"], inputs)  # type: ignore[no-any-return]


@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
def test_the_graph_agrees_with_the_network(cell: str, tmp_path: Path) -> None:
    config = NetworkConfig(n_mels=16, channels=4, width=8, depth=2, cell=cell)
    network = AcousticModel(config).eval()
    sound = to_onnx.noise(0.6)[None]

    to_onnx.export(network, tmp_path / "acoustic.onnx")

    with torch.no_grad():
        ours = to_onnx.rounded(network)(network.features(sound), torch.tensor([60]))
    theirs = run(tmp_path / "acoustic.onnx", sound.numpy(), [9_600])
    np.testing.assert_allclose(ours.phones, theirs[0], atol=to_onnx.TOLERANCE)
    np.testing.assert_allclose(ours.letters, theirs[1], atol=to_onnx.TOLERANCE)
    assert [path.name for path in tmp_path.iterdir()] == ["acoustic.onnx"]


def test_no_utterance_hears_its_neighbours(graph: Path) -> None:
    generator = np.random.default_rng(0)
    quiet, loud = generator.standard_normal((2, 64_000)).astype(np.float32) * [[0.01], [1]]
    quiet, loud = quiet.astype(np.float32), loud.astype(np.float32)
    padded = np.where(np.arange(64_000) < 20_000, quiet, 0).astype(np.float32)

    together = run(graph, np.stack([padded, loud]), [20_000, 64_000])
    alone = run(graph, padded[None, : 32 * 640], [20_000])

    for ours, theirs in zip(together, alone, strict=True):
        np.testing.assert_allclose(ours[0, :32], theirs[0], atol=1e-5)


def test_padding_that_is_not_silent_is_not_heard_either(graph: Path) -> None:
    generator = np.random.default_rng(0)
    sound = generator.standard_normal(12_800).astype(np.float32)
    noise = generator.standard_normal(12_800).astype(np.float32)

    clean, dirty = (
        run(graph, np.concatenate([sound, tail])[None], [12_640])[0][0, :19]
        for tail in (np.zeros_like(noise), noise)
    )

    np.testing.assert_allclose(clean, dirty, atol=1e-5)


def test_failed_parity_leaves_nothing(
    network: AcousticModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(to_onnx, "TOLERANCE", -1.0)

    with pytest.raises(ParityError, match="nats"):
        to_onnx.export(network, tmp_path / "acoustic.onnx")

    assert list(tmp_path.iterdir()) == []


def test_a_network_that_gives_no_numbers_is_not_exported(tmp_path: Path) -> None:
    network = AcousticModel(TINY).eval()
    with torch.no_grad():
        network.phones.bias[3] = torch.nan

    with pytest.raises(ParityError, match="nan nats"):
        to_onnx.export(network, tmp_path / "acoustic.onnx")

    assert list(tmp_path.iterdir()) == []


def test_eight_bits_that_differ_are_not_kept(
    graph: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def garbled(source: Path, target: Path, **_: object) -> None:
        model = to_onnx.onnx.load(source)
        bias = next(one for one in model.graph.initializer if one.name.endswith("phones.bias"))
        values = np.arange(len(PHONES), dtype=np.float32)
        bias.CopyFrom(to_onnx.numpy_helper.from_array(values, bias.name))
        to_onnx.onnx.save(model, target)

    monkeypatch.setattr("onnxruntime.quantization.quantize_dynamic", garbled)
    with pytest.raises(ParityError):
        to_onnx.quantise(graph, tmp_path / "acoustic.int8.onnx")

    assert list(tmp_path.iterdir()) == []


def test_eight_bits_are_smaller_and_close(
    graph: Path, network: AcousticModel, tmp_path: Path
) -> None:
    small = tmp_path / "acoustic.int8.onnx"

    to_onnx.quantise(graph, small)

    model = to_onnx.SamplesToHeads(to_onnx.rounded(network)).eval()
    assert 0 < max(to_onnx.differences(model, small)) < 0.05
    assert [path.name for path in tmp_path.iterdir()] == [small.name]
    recurrent = {node.op_type for node in to_onnx.onnx.load(small).graph.node}
    assert "DynamicQuantizeLSTM" in recurrent
    assert "LSTM" not in recurrent


def test_weights_in_eight_bits_are_computed_with_in_floats_and_kept_once(
    graph: Path, network: AcousticModel, tmp_path: Path
) -> None:
    small, wide = tmp_path / "acoustic.int8.onnx", tmp_path / "acoustic.onnx"
    to_onnx.quantise(graph, small)

    to_onnx.in_floats(small, wide)

    model = to_onnx.SamplesToHeads(to_onnx.rounded(network)).eval()
    exact = max(to_onnx.differences(model, graph))
    assert exact < max(to_onnx.differences(model, wide)) < 0.05
    file = to_onnx.onnx.load(wide, load_external_data=False)
    assert "LSTM" in {node.op_type for node in file.graph.node}
    elsewhere = [one for one in file.graph.initializer if one.external_data]
    assert len(elsewhere) == 2 * TINY.depth
    assert {one.external_data[0].value for one in elsewhere} == {small.name}
