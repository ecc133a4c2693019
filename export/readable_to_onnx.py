r"""The tagger of case and marks as one ONNX file, proved before it has its name.

    python -m export.readable_to_onnx RUN/last.pt PACK [--dev TEXTS]

What is looked up is kept in 8 bits with a scale for each row, and the LSTMs compute in 8
bits, which takes a third of the time. With `--dev`, how readily each mark is shown is chosen
on the held-out books of TEXTS, and rarer marks are shown only if they are right often enough.
"""

from __future__ import annotations

import argparse
import copy
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from asr.atomic import write_atomically
from asr.pack import DESCRIPTION, PackFile
from asr.readable.spelling import parts
from asr.readable.tagger import FORMAT, Tagger
from asr.readable.tags import PLAIN, Mark
from export.eight_bits import eight_bits, keep_in_eight_bits, looked_up, quantise_lstms
from export.pack import change_pack
from models.loop import commands
from models.parity import prove, quietly
from models.readable.batches import read_words
from models.readable.figures import mark_figures
from models.readable.network import TaggerNetwork
from models.readable.texts import TextPart
from models.readable.training import load_tagger, tag

log = logging.getLogger(__name__)

OPSET: Final = 17
TOLERANCE: Final = 1e-3  # nats, in 32 bits
TOLERANCE_INT8: Final = 0.15  # nats a tag, on average: 8 bits for a weight
LONGEST_PROBE: Final = 160  # words
DEV_WORDS: Final = 300_000  # of the held-out books
GOOD: Final = 0.5  # F1 from which a rarer mark is shown
LEANINGS: Final = np.arange(-1.0, 1.01, 0.1)  # nats that are tried

Rows = NDArray[np.float32]


def export_tagger(
    model: TaggerNetwork,
    vocabulary: Sequence[str],
    spellings: Mapping[str, str],
    leanings: Sequence[float],
    path: Path,
) -> float:
    """Write the tagger; return the worst mean difference of a probe, in nats.

    Raises:
        ParityError: The graph does not compute what the network does.
    """
    model = rounded_tables(model)
    described = {
        "format": FORMAT,
        "vocabulary": " ".join(vocabulary),
        "spellings": " ".join(f"{word}={spelling}" for word, spelling in spellings.items()),
        "leanings": " ".join(f"{nats:.3g}" for nats in leanings),
    }
    with write_atomically(path) as draft, TemporaryDirectory() as folder:
        whole = Path(folder) / "whole.onnx"
        _trace(model, whole)
        _shrink(whole)
        _describe(whole, described)
        _prove(model, vocabulary, whole, TOLERANCE)
        quantise_lstms(whole, draft)
        _describe(draft, described)
        return _prove(model, vocabulary, draft, TOLERANCE_INT8)


def rounded_tables(model: TaggerNetwork) -> TaggerNetwork:
    """Return a copy with its tables as they are in 8 bits."""
    model = copy.deepcopy(model)
    for table in (model.words, model.parts, model.pauses):
        rows, scale = eight_bits(table.weight.detach().numpy())
        table.weight.data = torch.from_numpy(rows.astype(np.float32) * scale)
    return model


def _trace(model: TaggerNetwork, path: Path) -> None:
    words = torch.zeros(2, 3, dtype=torch.long)
    letters = torch.zeros(2, 3, len(parts("a")), dtype=torch.long)
    axes = {0: "texts", 1: "length"}
    names = ["words", "parts", "pauses"]
    with quietly():
        torch.onnx.export(
            model.eval(),
            (words, letters, words),
            path,
            input_names=names,
            output_names=["cases", "marks"],
            dynamic_axes=dict.fromkeys([*names, "cases", "marks"], axes),
            opset_version=OPSET,
            dynamo=False,
        )


def _describe(path: Path, described: Mapping[str, str]) -> None:
    """Give a graph its properties."""
    model = onnx.load(path)
    helper.set_model_props(model, dict(described))
    onnx.checker.check_model(model)
    onnx.save(model, path)


def _shrink(path: Path) -> None:
    """Keep each table in 8 bits and a scale for each row; widen the rows that are read."""
    model = onnx.load(path)
    graph = model.graph
    tables = {
        tensor.name: numpy_helper.to_array(tensor)
        for tensor in graph.initializer
        if tensor.data_type == onnx.TensorProto.FLOAT
    }
    nodes: list[onnx.NodeProto] = []
    for node in graph.node:
        if node.op_type != "Gather" or node.input[0] not in tables:
            nodes.append(node)
            continue
        keep_in_eight_bits(graph, node.input[0], tables[node.input[0]])
        nodes += looked_up(node.input[0], node.input[1], node.output[0])
    graph.ClearField("node")
    graph.node.extend(nodes)
    onnx.save(model, path)


def _prove(
    model: TaggerNetwork, vocabulary: Sequence[str], path: Path, tolerance: float
) -> float:
    """Return how far the probes' tags are apart, on average. Raises ParityError."""
    graph = Tagger(path)
    some = [*vocabulary[:150], "zyxomma", *vocabulary[-10:]]
    text = [some[place % len(some)] for place in range(LONGEST_PROBE)]
    paused = [None, 0.0, 0.1, 0.2, 0.5, 1.0]
    differences = []
    for length in (1, 2, 7, 50, len(text)):
        words = text[:length]
        pauses = [paused[place % len(paused)] for place in range(length)]
        inputs = graph.inputs(words, pauses)
        with torch.no_grad():
            ours = model(*(torch.from_numpy(inputs[name]) for name in graph.INPUTS))
        for mine, theirs in zip(ours, graph.log_probs(words, pauses), strict=True):
            gap = np.abs(np.exp(mine[0].numpy()) - np.exp(theirs))
            differences.append(float(gap.mean()))
    return prove(differences, tolerance)


def choose_leanings(marks: Rows, wanted: NDArray[np.uint8]) -> list[float]:
    """Choose how readily each mark is shown, for the best mean F1; -inf for never.

    Args:
        marks: (N, 8) log-probabilities of the dev books.
        wanted: (N,) the marks of them, the rarer ones too.
    """
    rarer = mark_figures(marks.argmax(1).astype(np.uint8), wanted)
    shown = [
        mark
        for mark in Mark
        if mark not in PLAIN or (mark.name in rarer and rarer[mark.name].f1 > GOOD)
    ]
    for mark in PLAIN:
        figure = rarer.get(mark.name)
        log.info("%s: F1 %.3f", mark.name, figure.f1 if figure else 0.0)
    leanings = np.array([0.0 if mark in shown else -np.inf for mark in Mark])
    table = np.array([mark if mark in shown else PLAIN[mark] for mark in Mark], np.uint8)
    heard = np.exp(marks)
    for mark, instead in PLAIN.items():
        if mark not in shown:
            heard[:, instead] += heard[:, mark]
    nats, right = np.log(heard), table[wanted]
    for mark in [mark for mark in shown if mark is not Mark.NONE] * 2:
        tried = []
        for leaning in LEANINGS:
            leanings[mark] = leaning
            given = (nats + leanings).argmax(1).astype(np.uint8)
            figures = mark_figures(given, right)
            tried.append(sum(figure.f1 for figure in figures.values()))
        leanings[mark] = LEANINGS[int(np.argmax(tried))]
    return [float(leaning) for leaning in leanings]


def write_tagger(checkpoint: Path, pack: Path, dev: Path | None = None) -> float:
    """Write a trained tagger into a pack, and seal it again; return the worst difference.

    Args:
        checkpoint: Of models.readable.training.
        pack: Folder of the pack.
        dev: What models.readable.texts wrote: how readily each mark is shown is chosen on its
            dev books; without it, the four plain marks are shown as they come.

    Raises:
        ConfigError: The checkpoint cannot be read.
        LanguageError: The texts cannot be read.
        ParityError: The graph does not compute what the network does.
    """
    model, vocabulary, spellings = load_tagger(checkpoint)
    leanings = [-np.inf if mark in PLAIN else 0.0 for mark in Mark]
    if dev:
        letters = np.array([parts(word) for word in read_words(dev)], np.int64)
        books = TextPart.open(dev, "dev")
        _, marks = tag(model, books.words[:DEV_WORDS], letters, len(vocabulary) + 1, None)
        leanings = choose_leanings(marks, np.asarray(books.marks[:DEV_WORDS]))
    worst = export_tagger(model, vocabulary, spellings, leanings, pack / PackFile.READABLE)
    if (pack / DESCRIPTION).exists():
        change_pack(pack, {})
    return worst


def main(arguments: Sequence[str] | None = None) -> None:
    """Write a trained tagger into a pack and seal it again."""
    parser = argparse.ArgumentParser("python -m export.readable_to_onnx")
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("pack", type=Path, help="folder of the pack")
    parser.add_argument("--dev", type=Path, help="what models.readable.texts wrote")
    options = parser.parse_args(arguments)
    worst = write_tagger(options.checkpoint, options.pack, options.dev)
    size = (options.pack / PackFile.READABLE).stat().st_size
    log.info("%.1f MB, off by %.4f on average at worst", size / 1e6, worst)


if __name__ == "__main__":
    commands.run(main)
