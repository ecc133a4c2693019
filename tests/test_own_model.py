"""A model of one's own: trained on two utterances, exported, and heard in the application."""

import csv
from pathlib import Path

from asr.acoustic import AcousticGraph
from asr.decoding.greedy import GreedyDecoder
from asr.evaluation.evaluate import read_utterances, summarise
from asr.evaluation.manifest import read_manifest
from asr.pack import Pack
from export.pack import write_pack
from main import main

CLIPS = Path(__file__).parent / "clips"
CONFIG = """
epochs = 220.0
batch_seconds = 20.0
curriculum = 1000
precision = "float32"
evaluate_steps = 1000
[data]
train = ["two.tsv"]
dev = ["two.tsv"]
dictionaries = []
noise = ""
[network]
n_mels = 40
channels = 8
width = 64
depth = 2
dropout = 0.0
intermediate = 0
[loss]
letters = 1.0
[optimiser]
learning_rate = 0.006
warmup_steps = 10
[window]
share = 0.0
"""


def test_two_utterances_are_learned_exported_and_repeated(tmp_path: Path) -> None:
    utterances = sorted(read_manifest(CLIPS / "clips.tsv"), key=lambda one: one.seconds)[:2]
    with (tmp_path / "two.tsv").open("w", newline="", encoding="utf-8") as file:
        rows = [[one.path, one.text, one.speaker, one.seconds] for one in utterances]
        csv.writer(file, delimiter="\t", quoting=csv.QUOTE_NONE).writerows(
            [["path", "text", "speaker", "seconds"], *rows]
        )
    (tmp_path / "own.toml").write_text(CONFIG, encoding="utf-8")
    command = ["train", str(tmp_path / "own.toml"), "--set", f"data.folder={tmp_path}"]

    assert main([*command, "--into", str(tmp_path / "run")]) == 0
    write_pack(tmp_path / "run" / "last.pt", tmp_path / "own")

    pack = Pack.open(tmp_path / "own")
    for graph in ("acoustic.onnx", "acoustic.int8.onnx"):
        readings = read_utterances(
            utterances, AcousticGraph(pack, graph=graph), GreedyDecoder(pack.letters)
        )
        assert summarise(list(readings)).cer < 0.1
