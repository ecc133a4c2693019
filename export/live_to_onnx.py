"""Write the network as the graph that hears live sound, step by step.

Its large weights are those of the 8-bit graph beside it and stay there: this file names
that one, with an offset and a length for each of them. So a pack holds them once.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
import onnx
import torch
from numpy.typing import NDArray

from asr.atomic import write_atomically
from asr.inference import onnxruntime
from export.eight_bits import quantise_lstms, share
from export.to_onnx import QUANTISED, TOLERANCE, noise, rounded, store_halved
from models.acoustic.live import LiveModel
from models.acoustic.network import FRAME, AcousticModel
from models.parity import divergence, largest, prove, quietly

PROBES: Final = (  # frames settled before, of the step, of the lookahead
    (0, 1, 0),
    (0, 8, 12),
    (8, 8, 12),
    (16, 64, 5),
    (80, 3, 0),
)
INPUTS: Final = ("samples", "before", "step", "state")
OUTPUTS: Final = ("phones", "letters", "carried")


def export_live(network: AcousticModel, eight_bits: Path, path: Path) -> float:
    """Write `network` to `path` and prove it; return the worst difference found, in nats.

    Args:
        network: What is written.
        eight_bits: Its 8-bit graph, in the folder of `path`.
        path: The file to be.

    Raises:
        ParityError: onnxruntime's answers are further than TOLERANCE from torch's, or those
            in 8 bits further than QUANTISED.
        ValueError: The network has no two directions.
    """
    model = LiveModel(rounded(network)).eval()
    exact = path.with_suffix(".exact")
    try:
        with write_atomically(path) as draft:
            trace(model, exact)
            part_calls(exact)
            worst = prove(differences(model, exact), TOLERANCE)
            quantise_lstms(exact, draft)
            graph = onnx.load(draft)
            store_halved(graph)
            onnx.checker.check_model(graph)
            share(graph, eight_bits)
            onnx.save(graph, draft)
            prove([float(np.mean(differences(model, draft, divergence)))], QUANTISED)
            return worst
    finally:
        exact.unlink(missing_ok=True)


def trace(model: LiveModel, path: Path) -> None:
    """Write the graph as torch's exporter makes it."""
    sound = noise(21 * FRAME / 16_000)[None]
    with quietly():
        torch.onnx.export(
            model,
            (sound, torch.tensor(1), torch.tensor(8), model.start()),
            path,
            input_names=[*INPUTS],
            output_names=[*OUTPUTS],
            dynamic_axes={
                "samples": {1: "n"},
                "phones": {1: "rows"},
                "letters": {1: "rows"},
            },
            dynamo=False,
        )


def part_calls(path: Path) -> None:
    """Give the second call of each layer weights of its own, which the quantiser wants.

    The exporter lets it name those of the first, through an identity.
    """
    model = onnx.load(path)
    weights = {one.name: one for one in model.graph.initializer}
    for node in [one for one in model.graph.node if one.op_type == "Identity"]:
        if node.input[0] in weights:
            copy = model.graph.initializer.add()
            copy.CopyFrom(weights[node.input[0]])
            copy.name = node.output[0]
            model.graph.node.remove(node)
    onnx.save(model, path)


@torch.inference_mode()
def differences(
    model: LiveModel,
    path: Path,
    measure: Callable[[NDArray[np.float32], NDArray[np.float32]], float] = largest,
) -> list[float]:
    """Compare onnxruntime over PROBES with torch; each begins with the state of the last."""
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    found: list[float] = []
    sound = noise(sum(PROBES[-1]) * FRAME / 16_000)
    state = model.start()
    for settled, step, lookahead in PROBES:
        before = min(1, settled)
        part = sound[(settled - before) * FRAME : (settled + step + lookahead) * FRAME]
        inputs = (part[None], torch.tensor(before), torch.tensor(step), state)
        ours = model(*inputs)
        named = {name: one.numpy() for name, one in zip(INPUTS, inputs, strict=True)}
        theirs = session.run([*OUTPUTS], named)
        pairs = zip(ours[:2], theirs, strict=False)
        found += [measure(one.numpy(), other) for one, other in pairs]
        state = ours.state
    return found
