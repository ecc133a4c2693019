"""Train and compare a plain RNN, a GRU, an LSTM and a bidirectional LSTM of equal size.

    python -m benchmarks.cells --data FOLDER [--only NAME ...]

Trains what is not trained yet (models/experiments/cells.toml, into runs/cells), reads the
first utterances of dev-libri with the shipped lexicon and language model, prints the table
of docs/lstm.md and draws docs/cells.png from the logs.
"""

from __future__ import annotations

import argparse
import csv
from functools import partial
from pathlib import Path
from typing import Final

import matplotlib as mpl
from matplotlib import pyplot

from asr.engine import open_beam
from asr.evaluation.evaluate import read_utterances, summarise
from asr.evaluation.manifest import read_manifest
from asr.pack import Pack
from benchmarks.figures import heard_by
from models.acoustic.network import AcousticModel
from models.acoustic.training import train
from models.loop.checkpoint import load_checkpoint
from models.loop.progress import FINISHED

ROOT: Final = Path(__file__).parents[1]
CONFIG: Final = ROOT / "models" / "experiments" / "cells.toml"
PICTURE: Final = ROOT / "docs" / "cells.png"
ONE_WAY: Final = "network.bidirectional=false"
NETWORKS: Final = {  # by the changes that make them
    "RNN": ("network.cell=rnn", ONE_WAY, "network.width=608"),
    "GRU": ("network.cell=gru", ONE_WAY, "network.width=328"),
    "LSTM": (ONE_WAY, "network.width=276"),
    "bidirectional LSTM": (),
}
READ: Final = 60  # utterances


def main() -> None:
    """Train, read, print and draw."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--runs", type=Path, default=Path("runs/cells"))
    parser.add_argument("--only", nargs="*", choices=NETWORKS, metavar="NAME")
    options = parser.parse_args()
    for name in options.only or NETWORKS:
        folder = options.runs / name.replace(" ", "-")
        if not (folder / FINISHED).exists():
            changes = [f"data.folder={options.data}", *NETWORKS[name]]
            train(CONFIG, folder, changes, resume=(folder / "last.pt").exists())
    if options.only:
        return
    curves = {name: read_log(options.runs / name.replace(" ", "-")) for name in NETWORKS}
    draw(curves, PICTURE)
    for name, curve in curves.items():
        model = load_checkpoint(options.runs / name.replace(" ", "-") / "best.pt").model()
        weights = sum(one.numel() for one in model.parameters()) / 1e6
        wrong = words_wrong(model, options.data)
        print(f"| {name} | {weights:.2f} | {curve[-1][1]:.1%} | {wrong:.1%} |")


def words_wrong(model: AcousticModel, data: Path) -> float:
    """Words wrong with lexicon and language model."""
    utterances = read_manifest(data / "dev-libri.tsv")[:READ]
    hear = partial(heard_by, model)
    return summarise(list(read_utterances(utterances, hear, open_beam(Pack.open())))).wer


def read_log(folder: Path) -> list[tuple[float, float]]:
    """Hours heard, and phones wrong on the dev utterances."""
    with (folder / "log.csv").open(encoding="utf-8", newline="") as file:
        return [
            (float(row["hours"]), float(row["phone_error"]))
            for row in csv.DictReader(file)
            if row["phone_error"]
        ]


def draw(curves: dict[str, list[tuple[float, float]]], path: Path) -> None:
    """Draw learning curves."""
    mpl.use("agg")
    figure, axes = pyplot.subplots(figsize=(7, 4), layout="constrained")
    for name, curve in curves.items():
        hours, wrong = zip(*curve, strict=True)
        axes.plot(hours, [100 * one for one in wrong], label=name)
    axes.set(xlabel="hours of speech heard", ylabel="phones wrong, %", ylim=(0, 100))
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(path, dpi=110)


if __name__ == "__main__":
    main()
