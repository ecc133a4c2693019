"""Weights in 8 bits with a scale for each row or column, and the nodes that widen them."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

LEVELS: Final = 127  # of an 8-bit weight, on either side of 0


def eight_bits(
    weights: NDArray[np.float32], axis: int = -1
) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Return a matrix (R, C) in 8 bits, and the scale of each row: (R, 1).

    Args:
        weights: The matrix.
        axis: -1 gives each row a scale; -2 each column, which makes the scales (1, C).
    """
    scale = np.abs(weights).max(axis=axis, keepdims=True).astype(np.float32) / LEVELS
    scale[scale == 0] = 1
    return np.rint(weights / scale).astype(np.int8), scale


def keep_in_eight_bits(
    graph: onnx.GraphProto, name: str, weights: NDArray[np.float32], axis: int = -1
) -> None:
    """Put a constant (R, C) of a graph in 8 bits and its scales, of which nodes are to make it.

    They are called NAME.int8 and NAME.scale.
    """
    small, scale = eight_bits(weights, axis)
    graph.initializer.remove(next(one for one in graph.initializer if one.name == name))
    graph.initializer.append(numpy_helper.from_array(small, f"{name}.int8"))
    graph.initializer.append(numpy_helper.from_array(scale, f"{name}.scale"))


def looked_up(weights: str, places: str, output: str) -> list[onnx.NodeProto]:
    """Rows of 8 bits, and their scales, made floats."""
    rows, scales = f"{output}.int8", f"{output}.scale"
    return [
        helper.make_node("Gather", [f"{weights}.int8", places], [rows]),
        helper.make_node("Gather", [f"{weights}.scale", places], [scales]),
        *widened(rows, scales, output),
    ]


def widened(integers: str, scales: str, output: str) -> list[onnx.NodeProto]:
    """Integers times their scales."""
    floats = f"{output}.float"
    return [
        helper.make_node("Cast", [integers], [floats], to=onnx.TensorProto.FLOAT),
        helper.make_node("Mul", [floats, scales], [output]),
    ]


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
