"""Write a trained network as the one graph that recognition loads.

The graph takes samples and returns log-probabilities: the front end is part of it, so
there is no second implementation to keep in step. A file that exists has passed the
parity check, in 8 bits a looser one; a failed export leaves nothing behind.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

from asr.atomic import write_atomically
from asr.audio import SAMPLE_RATE
from asr.inference import onnxruntime
from export.eight_bits import quantise_lstms, share, widened
from models.acoustic.features import HOP
from models.acoustic.network import FRAME, SUBSAMPLING, AcousticModel
from models.parity import divergence, largest, prove, quietly

# Nats. Torch in 32 and in 64 bits differ by 1e-5; onnxruntime's sigmoid and tanh are rougher
# polynomials, which four trained layers enlarge to 2e-3 on what is most improbable. A row
# that hears its padding differs by several nats.
TOLERANCE: Final = 1e-2
QUANTISED: Final = 0.02  # nats a frame, of 8 bits on white noise; 0.004 at most was seen
PROBES: Final = (  # seconds of each utterance in a batch
    (0.001,),  # less than one frame
    (0.04,),
    (0.72, 1.76),  # a step with its lookahead beside a full window
    (2.8, 0.3, 5.02),
    (11.0,),
)
OUTPUTS: Final = ("phones", "letters")


class SamplesToHeads(nn.Module):
    """(B, N) samples and (B,) lengths to (B, U, P) phones, (B, U, L) letters, (B,) frames."""

    def __init__(self, network: AcousticModel) -> None:
        super().__init__()
        self.network = network

    def forward(self, samples: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Score a batch (B, N), lengths (B,), as the class says; N is a multiple of FRAME."""
        mel_frames = (lengths + HOP - 1) // HOP
        frames = (mel_frames + SUBSAMPLING - 1) // SUBSAMPLING
        heads = self.network(self.network.features(samples), mel_frames)
        return heads.phones, heads.letters, frames


def export(network: AcousticModel, path: Path) -> float:
    """Write `network` to `path` and prove it; return the worst difference found, in nats.

    Weights are stored in 16 bits and widened when the file is loaded; the network is
    rounded alike before it is compared, which the error rates must bear out.

    Raises:
        ParityError: onnxruntime's answers are further than TOLERANCE from torch's.
    """
    model = SamplesToHeads(rounded(network)).eval()
    with write_atomically(path) as draft:
        trace(model, draft)
        graph = onnx.load(draft)
        mind_lengths(graph)
        store_halved(graph)
        onnx.checker.check_model(graph)
        onnx.save(graph, draft)
        return prove(differences(model, draft), TOLERANCE)


def trace(model: SamplesToHeads, path: Path) -> None:
    """Write the graph as torch's exporter makes it: right for a batch of one."""
    with quietly():
        torch.onnx.export(
            model,
            (noise(2.8)[None], torch.tensor([int(2.8 * SAMPLE_RATE)])),
            path,
            input_names=["samples", "lengths"],
            output_names=[*OUTPUTS, "frames"],
            dynamic_axes={
                "samples": {0: "batch", 1: "n"},
                "lengths": {0: "batch"},
                "phones": {0: "batch", 1: "rows"},
                "letters": {0: "batch", 1: "rows"},
                "frames": {0: "batch"},
            },
            dynamo=False,
        )


def quantise(path: Path, target: Path) -> None:
    """Copy a graph with its recurrent layers in 8 bits, for the CPU.

    Convolutions and output layers stay as they are: they are cheap, and rounding them
    costs accuracy.

    Raises:
        ParityError: The 8-bit graph is further than QUANTISED from the other: no rounding.
    """
    with write_atomically(target) as draft, TemporaryDirectory() as folder:
        widened = Path(folder) / "widened.onnx"
        graph = onnx.load(path)
        widen(graph)
        onnx.save(graph, widened)
        quantise_lstms(widened, draft)
        prove_close(path, draft)


def in_floats(eight_bits: Path, path: Path) -> None:
    """Write the graph of `eight_bits` with recurrent layers computed in 32 bits, for GPUs.

    Its weights are the 8-bit ones and stay in that file, in the folder of `path`; they are
    widened when the graph is loaded, as a constant is computed once.

    Raises:
        ParityError: The two are further than QUANTISED from one another.
    """
    model = onnx.load(eight_bits)
    small = [one for one in model.graph.node if one.op_type == "DynamicQuantizeLSTM"]
    store_halved(model, but={name for node in small for name in node.input[8::2]})
    nodes = [*model.graph.node]
    model.graph.ClearField("node")
    for node in nodes:
        model.graph.node.extend(_widened_lstm(model.graph, node))
    onnx.checker.check_model(model)
    share(model, eight_bits)
    with write_atomically(path) as draft:
        onnx.save(model, draft)
        prove_close(draft, eight_bits)


def prove_close(wide: Path, small: Path) -> None:
    """Compare a graph with its 8-bit form. Raises ParityError beyond QUANTISED."""
    sound = [noise(PROBES[-1][-1])]
    heads = (scores(one, sound)[:-1] for one in (wide, small))
    prove([divergence(a, b) for a, b in zip(*heads, strict=True)], QUANTISED)


def _widened_lstm(graph: onnx.GraphProto, node: onnx.NodeProto) -> list[onnx.NodeProto]:
    """Return a node, or in the place of an 8-bit recurrent one what does the same in floats."""
    if node.op_type != "DynamicQuantizeLSTM":
        return [node]
    constants = {one.name: one for one in graph.initializer}
    sound, *weights = node.input[:3]
    scales, zeros = [*node.input[8::2]], [*node.input[9::2]]
    made = []
    for name, scale in zip(weights, scales, strict=True):
        values = numpy_helper.to_array(constants[scale])[:, None]  # (directions, 1, 4 H)
        constants[scale].CopyFrom(numpy_helper.from_array(values, scale))
        turned = f"{name}.turned"
        made += widened(name, scale, turned)
        made.append(helper.make_node("Transpose", [turned], [f"{name}.wide"], perm=[0, 2, 1]))
    for zero in zeros:
        graph.initializer.remove(constants[zero])
    wide = [f"{name}.wide" for name in weights]
    lstm = helper.make_node("LSTM", [sound, *wide, *node.input[3:8]], node.output)
    lstm.attribute.extend(node.attribute)
    return [*made, lstm]


def mind_lengths(model: onnx.ModelProto) -> None:
    """Tell every recurrent node how long each row is, so that padding is never heard.

    The exporter leaves their `sequence_lens` empty; `frames` is what belongs there.
    """
    nodes = model.graph.node
    last = max(i for i, node in enumerate(nodes) if "frames" in node.output)
    recurrent = [i for i, node in enumerate(nodes) if node.op_type in ("LSTM", "GRU", "RNN")]
    assert last < min(recurrent), "frames must be known before the first layer"
    for i in recurrent:
        nodes[i].input[4] = "sequence_lens"
    cast = helper.make_node("Cast", ["frames"], ["sequence_lens"], to=TensorProto.INT32)
    nodes.insert(last + 1, cast)


def store_halved(model: onnx.ModelProto, but: Container[str] = ()) -> None:
    """Keep large weights in 16 bits, with a node each that widens them at loading."""
    for weights in list(model.graph.initializer):
        values = numpy_helper.to_array(weights)
        if values.dtype != np.float32 or values.size < 4096 or weights.name in but:
            continue
        name = weights.name
        halved = numpy_helper.from_array(values.astype(np.float16), f"{name}.half")
        model.graph.initializer.remove(weights)
        model.graph.initializer.append(halved)
        node = helper.make_node("Cast", [halved.name], [name], to=TensorProto.FLOAT)
        model.graph.node.insert(0, node)


def widen(model: onnx.ModelProto) -> None:
    """Undo `store_halved`: weights as plain 32-bit constants, which the quantiser wants."""
    halves = {one.name: one for one in model.graph.initializer if one.name.endswith(".half")}
    for node in [n for n in model.graph.node if n.input and n.input[0] in halves]:
        values = numpy_helper.to_array(halves[node.input[0]]).astype(np.float32)
        model.graph.initializer.remove(halves[node.input[0]])
        model.graph.initializer.append(numpy_helper.from_array(values, node.output[0]))
        model.graph.node.remove(node)


def rounded(network: AcousticModel) -> AcousticModel:
    """A copy of the network whose large weights have gone through 16 bits."""
    copy = AcousticModel(network.config)
    copy.load_state_dict(
        {
            name: tensor.half().float() if tensor.numel() >= 4096 else tensor
            for name, tensor in network.state_dict().items()
        }
    )
    return copy.eval()


@torch.inference_mode()
def differences(model: SamplesToHeads, path: Path) -> list[float]:
    """Compare onnxruntime over PROBES with torch, which hears each utterance alone."""
    found = []
    for seconds in PROBES:
        sounds = [noise(one) for one in seconds]
        *heads, frames = scores(path, sounds)
        for row, sound in enumerate(sounds):
            alone = nn.functional.pad(sound, (0, -len(sound) % FRAME))[None]
            lengths = torch.tensor([len(sound)])
            for ours, theirs in zip(model(alone, lengths), heads, strict=False):
                found.append(largest(ours[0].numpy(), theirs[row, : frames[row]]))
    return found


def scores(path: Path, sounds: Sequence[Tensor]) -> list[NDArray[np.float32]]:
    """What a graph makes of B sounds (n,): each of OUTPUTS, (B, U, …), and (B,) frames."""
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    lengths = torch.tensor([len(sound) for sound in sounds])
    width = -(-int(lengths.max()) // FRAME) * FRAME
    batch = torch.stack([nn.functional.pad(one, (0, width - len(one))) for one in sounds])
    inputs = {"samples": batch.numpy(), "lengths": lengths.numpy()}
    found: list[NDArray[np.float32]] = session.run([*OUTPUTS, "frames"], inputs)
    return found


def noise(seconds: float) -> Tensor:
    """Repeatable sound (n,) at SAMPLE_RATE: every frequency, no silence."""
    generator = torch.Generator().manual_seed(0)
    return 0.1 * torch.randn(max(1, int(seconds * SAMPLE_RATE)), generator=generator)
