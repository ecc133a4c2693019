r"""Training of the tagger, on one core or one device.

    python -m models.readable.training models/experiments/readable.toml TEXTS --output FOLDER \
        [--resume]

TEXTS is what `models.readable.texts` wrote. The run's folder holds config.json, log.csv and
last.pt, to go on from and in the end the result.
"""

from __future__ import annotations

import argparse
import csv
import json
import logging
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from tqdm import tqdm

from asr.errors import ConfigError
from models.acoustic.config import OptimiserConfig, from_mapping, read_toml, require
from models.loop import commands
from models.loop.checkpoint import read_checkpoint, write_checkpoint
from models.loop.optimisation import Optimiser
from models.loop.precision import autocast
from models.loop.progress import FINISHED, forget_later, keep
from models.readable.batches import Batches, ChunkConfig, read_words
from models.readable.figures import SHOWN, case_figure, mark_figures, plain
from models.readable.network import UNKNOWN, TaggerConfig, TaggerNetwork
from models.readable.texts import ONE_IN, SPELLINGS, TextPart

log = logging.getLogger(__name__)

LOGGED: Final = 20  # steps from one row of the log to the next
LEFT: Final = 50  # words read before those that are tagged in measuring, and after them


@dataclass(frozen=True, slots=True, kw_only=True)
class TaggerTrainingConfig:
    """The whole of a training."""

    seed: int = 1
    start_from: str = ""  # weights to begin with; "" for random ones
    words: int = 60_000_000  # to read, all in all
    minutes: float = 0.0  # to end after, however few words were read; 0 for no end
    precision: str = "bfloat16"
    evaluate_steps: int = 500
    dev_words: int = 100_000  # to measure on in training
    checkpoint_minutes: float = 3.0
    chunks: ChunkConfig = field(default_factory=ChunkConfig)
    network: TaggerConfig = field(default_factory=TaggerConfig)
    optimiser: OptimiserConfig = field(default_factory=OptimiserConfig)

    def __post_init__(self) -> None:
        require(self.precision in ("bfloat16", "float32"), "precision", self.precision)
        require(self.words > 0, "words", self.words)


class TaggerTraining:
    """A training under way."""

    def __init__(self, config: TaggerTrainingConfig, texts: Path, folder: Path) -> None:
        self._config, self._folder = config, folder
        words = read_words(texts)
        known = min(config.network.words, len(words) + 1)
        self._batches = Batches(
            TextPart.open(texts, "train"), words, known, config.chunks, config.seed
        )
        self._dev = TextPart.open(texts, "dev")
        if not len(self._dev.words):
            raise ConfigError(
                f"No book of {texts} is held out to choose with, as one in {ONE_IN} is: learn "
                "from more books."
            )
        self._known = known
        self.vocabulary = words[: known - 1]
        self._mixed = (texts / SPELLINGS).read_text(encoding="utf-8")
        self._total = max(config.words // (config.chunks.batch * config.chunks.length), 1)
        torch.manual_seed(config.seed)
        self.model = TaggerNetwork(config.network)
        if config.start_from:
            begin_with(self.model, self.vocabulary, Path(config.start_from))
        self._optimiser = Optimiser(self.model, config.optimiser)
        self._earlier = 0.0  # seconds of training before this process
        self._began = time.monotonic()

    @property
    def _seconds(self) -> float:
        return self._earlier + time.monotonic() - self._began

    @property
    def _progress(self) -> float:
        """How much of the training is done, by words or by time."""
        limit = 60 * self._config.minutes
        by_time = self._seconds / limit if limit else 0.0
        return max(self._optimiser.steps / self._total, by_time)

    def resume(self) -> None:
        """Go on from the folder's last checkpoint. Raises ConfigError."""
        path = self._folder / "last.pt"
        state = read_checkpoint(path)
        try:
            if state["vocabulary"] != self.vocabulary:
                raise ConfigError(f"{path} was trained on other texts; train it anew.")
            self.model.load_state_dict(state["weights"])
            self._optimiser.adam.load_state_dict(state["adam"])
            self._optimiser.steps = state["steps"]
            self._earlier = state["seconds"]
        except (RuntimeError, KeyError, TypeError, ValueError) as error:
            raise ConfigError(
                f"{path} is of another training; begin in a new folder."
            ) from error

    def run(self) -> None:
        """Train to the end."""
        saved = time.monotonic()
        forget_later(self._folder / "log.csv", self._optimiser.steps)
        (self._folder / FINISHED).unlink(missing_ok=True)
        with tqdm(total=self._total, initial=self._optimiser.steps, mininterval=10) as bar:
            while (progress := self._progress) < 1:
                row = self._step(progress)
                measures = self._optimiser.steps % self._config.evaluate_steps == 0
                if measures or self._optimiser.steps % LOGGED == 0:
                    self._note(row | (self._measured() if measures else {}))
                    bar.set_postfix_str(f"loss {row['loss']:.3f}", refresh=False)
                bar.update()
                if time.monotonic() - saved > 60 * self._config.checkpoint_minutes:
                    self._save()
                    saved = time.monotonic()
        self._note(row_of_end(self._optimiser.steps, self._seconds) | self._measured())
        self._save()
        (self._folder / FINISHED).touch()

    def _step(self, progress: float) -> dict[str, Any]:
        self.model.train()
        batch = self._batches.batch(self._optimiser.steps)
        with autocast("cpu", self._config.precision):
            cases, marks = self.model(batch.words, batch.parts, batch.pauses)
        loss = _nats(cases, batch.cases) + _nats(marks, batch.marks)
        loss.backward()  # type: ignore[no-untyped-call]
        rate = self._optimiser.learning_rate(progress)
        norm = self._optimiser.step(progress)
        return {
            "step": self._optimiser.steps,
            "seconds": round(self._seconds, 1),
            "loss": round(loss.item(), 5),
            "learning_rate": rate,
            "gradient_norm": round(norm, 4),
        }

    def _measured(self) -> dict[str, float]:
        """Return figures of the dev books, as text without pauses."""
        n = min(self._config.dev_words, len(self._dev.words))
        cases, marks = tag(
            self.model, self._dev.words[:n], self._batches.parts, self._known, None
        )
        wanted = plain(self._dev.marks[:n])
        figures = mark_figures(plain(marks.argmax(1)), wanted)
        found = {
            mark.name: round(figures[mark.name].f1, 4) for mark in SHOWN if mark.name in figures
        }
        given = cases.argmax(1).astype(np.uint8)
        found["CASE"] = round(case_figure(given, self._dev.cases[:n]).f1, 4)
        log.info("%s", found)
        return found

    def _note(self, row: dict[str, Any]) -> None:
        names = ["step", "seconds", "loss", "learning_rate", "gradient_norm"]
        names += [*(mark.name for mark in SHOWN), "CASE"]
        with (self._folder / "log.csv").open("a", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, names)
            if file.tell() == 0:
                writer.writeheader()
            writer.writerow(row)

    def _save(self) -> None:
        content = {
            "config": json.dumps(asdict(self._config)),
            "vocabulary": self.vocabulary,
            "mixed": self._mixed,
            "weights": self.model.state_dict(),
            "adam": self._optimiser.adam.state_dict(),
            "steps": self._optimiser.steps,
            "seconds": self._seconds,
        }
        write_checkpoint(content, self._folder / "last.pt")


@torch.no_grad()
def begin_with(model: TaggerNetwork, vocabulary: Sequence[str], path: Path) -> None:
    """Give a tagger the weights of another; words that are new to it keep their random ones.

    Raises:
        ConfigError: The checkpoint cannot be read, or has other sizes.
    """
    other, words, _ = load_tagger(path)
    rows = {word: row for row, word in enumerate(words, start=1)}
    shared = [(place, rows[word]) for place, word in enumerate(vocabulary, 1) if word in rows]
    table = model.words.weight.clone()
    ours, theirs = torch.tensor([(UNKNOWN, UNKNOWN), *shared]).T
    table[ours] = other.words.weight[theirs]
    try:
        model.load_state_dict(other.state_dict() | {"words.weight": table})
    except RuntimeError as error:
        raise ConfigError(f"{path} has a network of other sizes.") from error
    log.info("%d of %d words are known to %s", len(shared), len(vocabulary), path)


def row_of_end(steps: int, seconds: float) -> dict[str, Any]:
    """Return the log's last row, after the last step."""
    return {"step": steps, "seconds": round(seconds, 1)}


def _nats(log_probs: torch.Tensor, tags: torch.Tensor) -> torch.Tensor:
    return nn.functional.nll_loss(log_probs.flatten(0, 1), tags.flatten())


@torch.no_grad()
def tag(
    model: TaggerNetwork,
    words: NDArray[np.int32],
    parts: NDArray[np.int64],
    known: int,
    pauses: NDArray[np.int64] | None,
    length: int = 200,
    batch: int = 64,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return log-probabilities of the cases (N, 4) and marks (N, 8) of a long text.

    It is read in pieces of `length` words, each with LEFT words on either side.

    Args:
        model: The tagger.
        words: (N,) numbers among all distinct words.
        parts: (V, PARTS) of all distinct words.
        known: How many the vocabulary has, with UNKNOWN.
        pauses: (N,) buckets; None where there are none.
        length: Words tagged at once.
        batch: Pieces read at once.
    """
    model.eval()
    n = len(words)
    found: list[list[NDArray[np.float32]]] = [[], []]
    starts = np.arange(0, n, length)
    for first in range(0, len(starts), batch):
        some = starts[first : first + batch, None]
        places = np.clip(some + np.arange(-LEFT, length + LEFT), 0, n - 1)
        numbers = np.where(words[places] < known - 1, words[places] + 1, UNKNOWN)
        paused = np.zeros_like(places) if pauses is None else pauses[places]
        answers = model(
            torch.from_numpy(numbers.astype(np.int64)),
            torch.from_numpy(parts[words[places]]),
            torch.from_numpy(paused.astype(np.int64)),
        )
        for rows, answer in zip(found, answers, strict=True):
            middle = answer[:, LEFT : LEFT + length]
            rows.append(middle.flatten(0, 1).numpy())
    cases, marks = (np.concatenate(rows)[:n] for rows in found)
    return cases, marks


def load_tagger(path: Path) -> tuple[TaggerNetwork, list[str], dict[str, str]]:
    """Rebuild a tagger, its vocabulary and its mixed spellings. Raises ConfigError."""
    content = read_checkpoint(path)
    try:
        config = from_mapping(TaggerTrainingConfig, json.loads(content["config"]))
        model = TaggerNetwork(config.network)
        model.load_state_dict(
            {name: tensor.float() for name, tensor in content["weights"].items()}
        )
        pairs = (line.split("\t") for line in content["mixed"].split("\n") if line)
        return model.eval(), list(content["vocabulary"]), dict(pairs)
    except (RuntimeError, KeyError, TypeError, ValueError) as error:
        raise ConfigError(f"{path} is no checkpoint of a tagger.") from error


def train(config: Path, texts: Path, folder: Path, *, resume: bool) -> None:
    """Train as a configuration says.

    Raises:
        ConfigError: The configuration or the checkpoint cannot be used, the texts hold no
            book to choose with, or the folder holds a training that would be lost.
        LanguageError: The texts cannot be read.
    """
    settings = from_mapping(TaggerTrainingConfig, read_toml(config))
    if not resume:
        keep(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(asdict(settings), indent=1))
    training = TaggerTraining(settings, texts, folder)
    if resume:
        training.resume()
    training.run()


def main(arguments: Sequence[str] | None = None) -> None:
    """Train a tagger of case and marks."""
    parser = argparse.ArgumentParser("python -m models.readable.training")
    parser.add_argument("config", type=Path)
    parser.add_argument("texts", type=Path, help="what models.readable.texts wrote")
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--threads", type=int, default=1, help="cores to use")
    parser.add_argument("--resume", action="store_true")
    options = parser.parse_args(arguments)
    torch.set_num_threads(options.threads)
    train(options.config, options.texts, options.output, resume=options.resume)


if __name__ == "__main__":
    commands.run(main)
