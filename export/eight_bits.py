"""Weights in 8 bits with a scale for each row or column, and the nodes that widen them."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from onnx.external_data_helper import set_external_data

LEVELS: Final = 127  # of an 8-bit weight, on either side of 0
SEVEN_BITS: Final = 63  # levels that two products leave in 16 bits: processors without VNNI
CONTRIBUTED: Final = "com.microsoft"  # onnxruntime's own operators
WEIGHTS: Final = 3  # dimensions of a recurrent layer's; its zero points have two


def eight_bits(
    weights: NDArray[np.float32], axis: int = -1, levels: int = LEVELS
) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Return a matrix (R, C) in 8 bits, and the scale of each row: (R, 1).

    Args:
        weights: The matrix.
        axis: -1 gives each row a scale; -2 each column, which makes the scales (1, C).
        levels: On either side of 0.
    """
    scale = np.abs(weights).max(axis=axis, keepdims=True).astype(np.float32) / levels
    scale[scale == 0] = 1
    return np.rint(weights / scale).astype(np.int8), scale


def keep_in_eight_bits(
    graph: onnx.GraphProto,
    name: str,
    weights: NDArray[np.float32],
    axis: int = -1,
    levels: int = LEVELS,
) -> None:
    """Put a constant (R, C) of a graph in 8 bits and its scales, of which nodes are to make it.

    They are called NAME.int8 and NAME.scale.
    """
    small, scale = eight_bits(weights, axis, levels)
    graph.initializer.remove(_constant(graph, name))
    graph.initializer.append(numpy_helper.from_array(small, f"{name}.int8"))
    graph.initializer.append(numpy_helper.from_array(scale, f"{name}.scale"))


def _constant(graph: onnx.GraphProto, name: str) -> TensorProto:
    found: TensorProto = next(one for one in graph.initializer if one.name == name)
    return found


def looked_up(weights: str, places: str, output: str) -> list[onnx.NodeProto]:
    """Rows of 8 bits, and their scales, made floats."""
    rows, scales = f"{output}.int8", f"{output}.scale"
    return [
        helper.make_node("Gather", [f"{weights}.int8", places], [rows]),
        helper.make_node("Gather", [f"{weights}.scale", places], [scales]),
        *widened(rows, scales, output),
    ]


def multiplied(graph: onnx.GraphProto, node: onnx.NodeProto) -> list[onnx.NodeProto]:
    """The nodes that multiply with (R, C) weights in 8 bits, as they are, in a Gemm's place."""
    rows, weights, bias = node.input
    zeros, turned, scales = f"{weights}.zero", f"{weights}.turned", f"{weights}.scales"
    n = _constant(graph, weights).dims[0]
    graph.initializer.append(numpy_helper.from_array(np.zeros(n, np.int8), zeros))
    graph.initializer.append(numpy_helper.from_array(np.array([n], np.int64), f"{weights}.n"))
    return [
        helper.make_node("Transpose", [f"{weights}.int8"], [turned]),
        helper.make_node("Reshape", [f"{weights}.scale", f"{weights}.n"], [scales]),
        helper.make_node(
            "DynamicQuantizeMatMul",
            [rows, turned, scales, zeros, bias],
            list(node.output),
            domain=CONTRIBUTED,
        ),
    ]


def widened(integers: str, scales: str, output: str) -> list[onnx.NodeProto]:
    """Integers times their scales."""
    floats = f"{output}.float"
    return [
        helper.make_node("Cast", [integers], [floats], to=TensorProto.FLOAT),
        helper.make_node("Mul", [floats, scales], [output]),
    ]


def lstm_in_eight_bits(model: onnx.ModelProto) -> None:
    """Let the one LSTM of a graph compute with 8-bit weights; it scales its inputs as it goes.

    `quantise_lstms` would do so too, but turns round matrices that are looked up elsewhere.
    """
    graph = model.graph
    (node,) = (one for one in graph.node if one.op_type == "LSTM")
    scales: list[str] = []
    for place in (1, 2):  # of what is heard, and of what was said before
        name = node.input[place]
        tensor = _constant(graph, name)
        small, scale = eight_bits(numpy_helper.to_array(tensor), levels=SEVEN_BITS)
        graph.initializer.remove(tensor)
        turned = np.ascontiguousarray(small.swapaxes(1, 2))  # (1, inputs, rows)
        zeros = np.zeros(scale.shape[:2], np.int8)
        graph.initializer.append(numpy_helper.from_array(turned, name))
        graph.initializer.append(numpy_helper.from_array(scale[..., 0], f"{name}.scale"))
        graph.initializer.append(numpy_helper.from_array(zeros, f"{name}.zero"))
        scales += [f"{name}.scale", f"{name}.zero"]
    node.op_type, node.domain = "DynamicQuantizeLSTM", CONTRIBUTED
    node.input.extend([*[""] * (8 - len(node.input)), *scales])
    model.opset_import.append(helper.make_opsetid(CONTRIBUTED, 1))


def quantise_lstms(path: Path, target: Path) -> None:
    """Copy a graph with its recurrent layers in 8 bits, for the CPU.

    Onnxruntime computes the layers' input scales as it goes. The weights take seven of the
    bits: processors without VNNI add two products in 16 bits, which eight would overflow.
    """
    from onnxruntime import quantization  # noqa: TID251  asr.inference opened the door

    quantization.quantize_dynamic(
        path,
        target,
        op_types_to_quantize=["LSTM"],
        weight_type=quantization.QuantType.QInt8,
        per_channel=True,
        reduce_range=True,
    )


def share(model: onnx.ModelProto, other: Path) -> None:
    """Leave large weights in 8 bits where they are in another file of the same folder.

    Those that are not there, as the other graph rounded them otherwise, stay here.
    """
    there = other.read_bytes()
    names: dict[int, str] = {}  # of what lies at an offset
    same: dict[str, str] = {}
    for weights in list(model.graph.initializer):
        if weights.data_type != TensorProto.INT8 or len(weights.dims) != WEIGHTS:
            continue
        offset = there.find(weights.raw_data)
        if offset < 0:
            continue
        if offset in names:  # a layer that is called twice
            same[weights.name] = names[offset]
            model.graph.initializer.remove(weights)
            continue
        names[offset] = weights.name
        set_external_data(weights, other.name, offset, len(weights.raw_data))
        weights.ClearField("raw_data")
    for node in model.graph.node:
        for place, name in enumerate(node.input):
            node.input[place] = same.get(name, name)
