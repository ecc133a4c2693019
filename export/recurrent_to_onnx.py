"""The recurrent language model as one ONNX file, proved before it has its name.

Its weights are kept in 8 bits with a scale for each row or column, a quarter of the size. What
is large is computed with them as they are; the rest is turned back into floats.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import onnx
import torch
from onnx import helper, numpy_helper

from asr.atomic import write_atomically
from asr.language.recurrent import RecurrentModel, Words
from export.eight_bits import (
    LEVELS,
    SEVEN_BITS,
    keep_in_eight_bits,
    looked_up,
    lstm_in_eight_bits,
    multiplied,
    widened,
)
from models.language.estimation import END_ID, UNKNOWN_ID
from models.language.recurrent import RecurrentLanguage
from models.language.recurrent_training import score
from models.parity import prove, quietly

OPSET: Final = 17
MATRIX: Final = 2  # dimensions at least
TOLERANCE: Final = 0.1  # nats a word, on average, of texts without sense: 8 bits for all


def export_recurrent(model: RecurrentLanguage, path: Path) -> float:
    """Write the model; return the worst difference of a probe, in nats a word.

    Raises:
        ParityError: The graph does not compute what the network does.
    """
    with write_atomically(path) as draft:
        _trace(model, draft)
        graph = onnx.load(draft)
        lstm_in_eight_bits(graph)
        _shrink(graph.graph)
        described = {
            "words": len(model.ranks),
            "cells": model.lstm.hidden_size,
            "end": END_ID,
            "unknown": UNKNOWN_ID,
        }
        helper.set_model_props(graph, {key: str(value) for key, value in described.items()})
        onnx.checker.check_model(graph)
        onnx.save(graph, draft)
        return _prove(model, RecurrentModel(draft))


def _trace(model: RecurrentLanguage, path: Path) -> None:
    """Write the graph of one step as torch's exporter makes it, for any number of texts."""
    state = torch.zeros(2, model.lstm.hidden_size)
    words, targets = [END_ID, END_ID], [END_ID, len(model.ranks) - 1]
    names = ["words", "targets", "hidden", "cell"]
    with quietly():
        torch.onnx.export(
            _Step(model).eval(),
            (torch.tensor(words), torch.tensor(targets), state, state),
            path,
            input_names=names,
            output_names=["log_probs", "hidden_after", "cell_after"],
            dynamic_axes={name: {0: "texts"} for name in [*names, "log_probs"]},
            opset_version=OPSET,
            dynamo=False,
        )


class _Step(torch.nn.Module):
    """One word of each text: what the graph does."""

    def __init__(self, model: RecurrentLanguage) -> None:
        super().__init__()
        self.model = model

    def forward(self, *inputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return self.model.step(*inputs)


def _shrink(graph: onnx.GraphProto) -> None:
    """Keep each matrix of weights in 8 bits and a scale for each of what it makes.

    What is looked up is widened row by row. The words' own matrices, which are also looked up,
    are multiplied with as they are; the few others are widened once, by the constant folding
    of the graph when it is loaded.
    """
    matrices = {
        tensor.name: numpy_helper.to_array(tensor)
        for tensor in graph.initializer
        if tensor.data_type == onnx.TensorProto.FLOAT
        and len(tensor.dims) >= MATRIX
        and tensor.dims[-2] > 1  # else a row of biases or scales
    }
    multipliers = {node.input[1] for node in graph.node if node.op_type == "Gemm"}
    nodes: list[onnx.NodeProto] = []
    columns: set[str] = set()  # matrices that make a number of each column, not of each row
    folded: set[str] = set()
    for node in graph.node:
        if node.op_type == "Gather" and node.input[0] in matrices:
            nodes += looked_up(node.input[0], node.input[1], node.output[0])
            continue
        if node.op_type == "Gemm":
            nodes += multiplied(graph, node)
            continue
        nodes.append(node)
        folded |= matrices.keys() & set(node.input)
        if node.op_type == "MatMul":
            columns |= matrices.keys() & set(node.input)
    for name, weights in matrices.items():
        axis = -2 if name in columns else -1
        levels = SEVEN_BITS if name in multipliers else LEVELS
        keep_in_eight_bits(graph, name, weights, axis, levels)
    graph.ClearField("node")
    graph.node.extend(
        node
        for name in sorted(folded)
        for node in widened(f"{name}.int8", f"{name}.scale", name)
    )
    graph.node.extend(nodes)


def _probes(model: RecurrentLanguage) -> list[Words]:
    """Return texts of several lengths, with the commonest and the rarest word of each band."""
    words = torch.argsort(model.ranks).tolist()  # by rank
    edges = [edge for start, stop in model.edges for edge in (start, stop - 1)]
    text = tuple(words[edge] for edge in edges)
    return [text[:1], text[1:4], text, (*text, *text[::-1])]


def _prove(model: RecurrentLanguage, graph: RecurrentModel) -> float:
    """Return how far the probes' scores are apart, on average. Raises ParityError."""
    texts = _probes(model)
    pairs = zip(score(model, texts), graph.score(texts), strict=True)
    return prove([float(np.abs(ours - theirs).mean()) for ours, theirs in pairs], TOLERANCE)
