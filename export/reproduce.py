"""The shipped pack made again, from the manifests: train, choose, export, tune, measure.

    python -m export.reproduce --data FOLDER

Each training leaves a file and is passed over if that is there, or goes on from its last
checkpoint; so the command can be cut off and given again.
"""

from __future__ import annotations

import argparse
import logging
import shutil
import subprocess
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Final

from asr.errors import ManifestError
from asr.evaluation.manifest import read_manifest
from asr.language.ngram import LanguageModel
from asr.pack import EMBEDDED, PackFile
from export.pack import write_pack
from export.readable_to_onnx import write_tagger
from export.recurrent_to_onnx import export_recurrent
from export.tune import tune
from models.acoustic.training import train
from models.data.books import write_books
from models.data.texts import write_text
from models.language import build, pronunciation, recurrent_training
from models.language.recurrent_training import load_recurrent
from models.loop import commands
from models.loop.checkpoint import (
    halved,
    load_checkpoint,
    read_checkpoint,
    write_checkpoint,
)
from models.loop.progress import FINISHED
from models.readable import texts as readable_texts
from models.readable import training as readable_training

log = logging.getLogger(__name__)

EXPERIMENTS: Final = Path("models/experiments")
WEIGHTS: Final = Path("models/weights")


TRAINING: Final = "en.toml"
DEV: Final = ("dev-libri.tsv", "dev-cv.tsv", "dev-accent.tsv")
LEAST: Final = 8  # times that a word must be found, so that CMUdict's words find room
WORDS: Final = 220_000  # of the language: a word that it lacks costs two
LANGUAGE_MB: Final = 59.0  # of 10^6 bytes: what language.lm may take
TUNED_ON: Final = 200  # utterances of each dev list; 50 chose weights that all of them refuse


def main(arguments: Sequence[str] | None = None) -> None:
    """Do what is left to do."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the corpora")
    parser.add_argument("--runs", type=Path, default=Path("runs"))
    parser.add_argument("--pack", type=Path, default=EMBEDDED, help="which is made")
    parser.add_argument("--weights", type=Path, default=WEIGHTS, help="kept to go on from")
    parser.add_argument("--experiments", type=Path, default=EXPERIMENTS)
    options = parser.parse_args(arguments)
    lists = [options.data / name for name in DEV]
    pack, experiments = options.pack, options.experiments
    texts = options.runs / "language"
    for path in held_out_lists(options.data):
        read_manifest(path)  # before hours of training, not after them
    best = train_acoustic(options.data, options.runs, experiments)
    make_language(options.data, texts)
    make_recurrent(options.data, texts, options.runs / "recurrent", experiments)
    keep_weights(best, options.runs / "recurrent" / "last.pt", options.weights)
    write_pack(best, pack, language=texts)
    shutil.copyfile(texts / build.REPORT, pack / build.REPORT)
    tagger = make_readable(options.data, texts, options.runs / "readable", pack, experiments)
    keep_tagger(tagger, options.weights)
    log.info("Tuned: %s", tune(pack, lists, TUNED_ON))
    figures = [sys.executable, "-m", "benchmarks.figures", "--data", str(options.data)]
    figures += ["--weights", str(options.weights / "en.pt"), "--pack", str(pack)]
    figures += ["--write", str(pack / "MODEL_CARD.md")]
    subprocess.run(figures, check=True)


def train_acoustic(data: Path, runs: Path, experiments: Path = EXPERIMENTS) -> Path:
    """Train what is missing of the network; return where its best weights are."""
    run = runs / Path(TRAINING).stem
    if not (run / FINISHED).exists():
        resume = (run / "last.pt").exists()
        train(experiments / TRAINING, run, [f"data.folder={data}"], resume=resume)
    return run / "best.pt"


def make_language(data: Path, folder: Path) -> None:
    """Train what is missing of the n-gram, its lexicon and the pronunciations."""
    pronouncer = folder / PackFile.PRONOUNCER
    dictionary = data / "cmudict" / "cmudict.dict"
    if not pronouncer.exists():
        folder.mkdir(parents=True, exist_ok=True)
        pronunciation.main([str(dictionary), str(pronouncer)])
    if not (folder / build.REPORT).exists():  # what is written last
        texts = make_texts(data, folder)
        build.main(
            [
                *map(str, [*texts, data / "train.tsv"]),
                *["--output", str(folder), "--cmudict", str(dictionary)],
                *["--pronouncer", str(pronouncer)],
                *["--develop", *[str(data / name) for name in DEV]],
                *["--megabytes", str(LANGUAGE_MB), "--least", str(LEAST)],
                *["--words", str(WORDS)],
            ]
        )


def make_recurrent(
    data: Path, folder: Path, run: Path, experiments: Path = EXPERIMENTS
) -> None:
    """Train what is missing of the recurrent model, beside the n-gram in `folder`."""
    if not (run / FINISHED).exists():
        recurrent_training.train(
            experiments / "language.toml",
            [*make_texts(data, folder), data / "train.tsv"],
            run,
            folder,
            [data / name for name in DEV],
            resume=(run / "last.pt").exists(),
        )
    n_gram = LanguageModel.open(folder / PackFile.N_GRAM)
    export_recurrent(load_recurrent(run / "last.pt", n_gram), folder / PackFile.RECURRENT)


def make_readable(
    data: Path, folder: Path, run: Path, pack: Path, experiments: Path = EXPERIMENTS
) -> Path:
    """Train what is missing of the tagger and put it in the pack; return its checkpoint."""
    numbers = run / "texts"
    if not (numbers / readable_texts.SPELLINGS).exists():  # what is written last
        readable_texts.number_tagged_texts(
            make_texts(data, folder), held_out_lists(data), numbers
        )
    if not (run / FINISHED).exists():
        config = experiments / "readable.toml"
        readable_training.train(config, numbers, run, resume=(run / "last.pt").exists())
    write_tagger(run / "last.pt", pack, dev=numbers)
    return run / "last.pt"


def keep_weights(acoustic: Path, recurrent: Path, folder: Path) -> None:
    """Leave in `folder`, in 16 bits, what another training can go on from."""
    folder.mkdir(parents=True, exist_ok=True)
    load_checkpoint(acoustic).halved().save(folder / "en.pt")
    content = read_checkpoint(recurrent)
    kept = {name: content[name] for name in ("config", "words")}
    write_checkpoint(kept | {"weights": halved(content["weights"])}, folder / "language.pt")


def keep_tagger(tagger: Path, folder: Path) -> None:
    """Leave the tagger's weights beside the others, in 16 bits, with what they count on."""
    folder.mkdir(parents=True, exist_ok=True)
    content = read_checkpoint(tagger)
    kept = {name: content[name] for name in ("config", "vocabulary", "mixed")}
    write_checkpoint(kept | {"weights": halved(content["weights"])}, folder / "readable.pt")


def held_out_lists(data: Path) -> list[Path]:
    """Return the lists that nothing may be learned from. Raises ManifestError without them."""
    lists = [*(data / name for name in DEV), *sorted(data.glob("test-*.tsv"))]
    if len(lists) == len(DEV):
        raise ManifestError(f"There is no test list (test-*.tsv) in {data}.")
    return lists


def make_texts(data: Path, folder: Path) -> list[Path]:
    """Return the texts to learn from, without what the held-out lists were read from.

    In DATA/text, «books…» are books; any other folder is a text of today; a file is taken as
    it is.
    """
    within = data / "text"
    texts = sorted(within.glob("*.txt.xz"))
    folders = sorted(path for path in within.glob("*") if path.is_dir())
    books = [path for path in [*texts, *folders] if path.name.startswith("books")]
    writers = {path.name: partial(write_text, [path]) for path in folders if path not in books}
    if books:
        writers["books"] = partial(write_books, books)
    made = {folder / f"{name}.txt.xz": write for name, write in writers.items()}
    for path, write in made.items():
        if not path.exists():
            write(held_out_lists(data), path)
    return [*(path for path in texts if path not in books), *made]


if __name__ == "__main__":
    commands.run(main)
