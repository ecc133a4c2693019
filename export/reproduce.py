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
from models.acoustic.priors import phone_shares, without_priors
from models.acoustic.targets import read_pronunciations
from models.acoustic.training import train
from models.data.books import write_books
from models.data.texts import write_text
from models.language import build, pronunciation, recurrent_training
from models.language.recurrent_training import load_recurrent
from models.loop import commands
from models.loop.checkpoint import halved, load_checkpoint, read_checkpoint, write_checkpoint
from models.loop.progress import FINISHED
from models.readable import texts as readable_texts
from models.readable import training as readable_training

log = logging.getLogger(__name__)

EXPERIMENTS: Final = Path("models/experiments")
WEIGHTS: Final = Path("models/weights")


TRAINING: Final = "en.toml"
PRIORS: Final = 0.2  # part of the phones' priors that is taken out of what is shipped
DEV: Final = ("dev-libri.tsv", "dev-cv.tsv", "dev-accent.tsv")
LEAST: Final = 5  # times that a word must be found, so that CMUdict's words find room
LANGUAGE_MB: Final = 59.0  # of 10^6 bytes: what language.lm may take
TUNED_ON: Final = 200  # utterances of each dev list; 50 chose weights that all of them refuse


def main(arguments: Sequence[str] | None = None) -> None:
    """Do what is left to do."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the corpora")
    parser.add_argument("--runs", type=Path, default=Path("runs"))
    options = parser.parse_args(arguments)
    lists = [options.data / name for name in DEV]
    texts = options.runs / "language"
    for path in held_out_lists(options.data):
        read_manifest(path)  # before hours of training, not after them
    left = train_acoustic(options.data, options.runs)
    best = balance(left, options.data)
    make_language(options.data, texts)
    make_recurrent(options.data, texts, options.runs / "recurrent")
    keep_weights(left, options.runs / "recurrent" / "last.pt")
    write_pack(best, EMBEDDED, language=texts)
    shutil.copyfile(texts / build.REPORT, EMBEDDED / build.REPORT)
    make_readable(options.data, texts, options.runs / "readable", EMBEDDED)
    log.info("Tuned: %s", tune(EMBEDDED, lists, TUNED_ON))
    figures = [sys.executable, "-m", "benchmarks.figures", "--data", str(options.data)]
    figures += ["--pack", str(EMBEDDED), "--write", str(EMBEDDED / "MODEL_CARD.md")]
    subprocess.run(figures, check=True)


def train_acoustic(data: Path, runs: Path) -> Path:
    """Train what is missing of the network; return where its best weights are."""
    run = runs / Path(TRAINING).stem
    if not (run / FINISHED).exists():
        resume = (run / "last.pt").exists()
        train(EXPERIMENTS / TRAINING, run, [f"data.folder={data}"], resume=resume)
    return run / "best.pt"


def balance(best: Path, data: Path) -> Path:
    """Write the weights without a part of the priors; return where they are."""
    words = read_pronunciations(
        data / "cmudict" / "cmudict.dict", EXPERIMENTS / "pronunciations.tsv"
    )
    shares = phone_shares((one.text for one in read_manifest(data / "train.tsv")), words)
    path = best.with_name("balanced.pt")
    without_priors(load_checkpoint(best), shares, PRIORS).save(path)
    return path


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
            ]
        )


def make_recurrent(data: Path, folder: Path, run: Path) -> None:
    """Train what is missing of the recurrent model, beside the n-gram in `folder`."""
    if not (run / FINISHED).exists():
        recurrent_training.train(
            EXPERIMENTS / "language.toml",
            [*make_texts(data, folder), data / "train.tsv"],
            run,
            folder,
            [data / name for name in DEV],
            resume=(run / "last.pt").exists(),
        )
    n_gram = LanguageModel.open(folder / PackFile.N_GRAM)
    export_recurrent(load_recurrent(run / "last.pt", n_gram), folder / PackFile.RECURRENT)


def make_readable(data: Path, folder: Path, run: Path, pack: Path) -> None:
    """Train what is missing of the tagger; put it in the pack and keep its weights."""
    numbers = run / "texts"
    if not (numbers / readable_texts.SPELLINGS).exists():  # what is written last
        readable_texts.number_tagged_texts(
            make_texts(data, folder), held_out_lists(data), numbers
        )
    if not (run / FINISHED).exists():
        config = EXPERIMENTS / "readable.toml"
        readable_training.train(config, numbers, run, resume=(run / "last.pt").exists())
    write_tagger(run / "last.pt", pack, dev=numbers)
    WEIGHTS.mkdir(parents=True, exist_ok=True)
    content = read_checkpoint(run / "last.pt")
    kept = {name: content[name] for name in ("config", "vocabulary", "mixed")}
    write_checkpoint(kept | {"weights": halved(content["weights"])}, WEIGHTS / "readable.pt")


def keep_weights(acoustic: Path, recurrent: Path) -> None:
    """Leave in the repository, in 16 bits, what another training can go on from."""
    WEIGHTS.mkdir(parents=True, exist_ok=True)
    load_checkpoint(acoustic).halved().save(WEIGHTS / "en.pt")
    content = read_checkpoint(recurrent)
    kept = {"config": content["config"], "weights": halved(content["weights"])}
    write_checkpoint(kept, WEIGHTS / "language.pt")


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
