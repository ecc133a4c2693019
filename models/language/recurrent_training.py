r"""Training of the recurrent language model, in one process or in several alike.

    torchrun --nproc-per-node=2 -m models.language.recurrent_training \
        models/experiments/language.toml TEXT ... --language FOLDER --output FOLDER \
        [--develop LIST.tsv ...] [--resume]

The words, and how much each text counts, are those of the n-gram model in `--language`. Words
are read in chunks that begin where a sentence does, some sentences long, so that the model
learns both to begin and to go on. The run's folder holds config.json, log.csv, last.pt (to go
on from; in the end the result) and the texts in numbers.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import logging
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor

from asr.decoding.rescoring import score_n_gram
from asr.errors import ConfigError
from asr.language.ngram import LanguageModel
from asr.language.recurrent import TextScores, Words
from asr.pack import PackFile, digest
from models.acoustic.config import OptimiserConfig, from_mapping, read_toml, require
from models.language.build import REPORT
from models.language.estimation import END_ID, UNKNOWN_ID
from models.language.recurrent import RecurrentConfig, RecurrentLanguage, ranks
from models.language.recurrent_texts import Text, number_corpora, plan_chunks, shares
from models.language.recurrent_vocabulary import with_words
from models.language.text import read_sentences
from models.loop import commands
from models.loop.checkpoint import migrated, read_checkpoint
from models.loop.distributed import ProcessGroup
from models.loop.loop import Budget, Loop
from models.loop.optimisation import Optimiser
from models.loop.precision import autocast
from models.loop.progress import keep

log = logging.getLogger(__name__)

LOGGED: Final = 20  # steps from one row of the log to the next
SENTENCES_AT_ONCE: Final = 32  # in measuring
KINDS: Final = ("alone", "n-gram", "both")  # of perplexity


@dataclass(frozen=True, slots=True, kw_only=True)
class RecurrentTrainingConfig:
    """The whole of a training."""

    seed: int = 1
    start_from: str = ""  # weights to begin with, of whatever words; "" for random ones
    words: int = 50_000_000  # to read, all in all
    times: float = 4.0  # that a text is read at most, however much it counts
    least: float = 0.02  # part of the words that a text has at least, however little it counts
    chunk: int = 48  # words
    batch: int = 128  # chunks of one process
    gradient_accumulation: int = 2  # over all processes
    precision: str = "bfloat16"
    evaluate_steps: int = 500
    checkpoint_minutes: float = 4.0
    network: RecurrentConfig = field(default_factory=RecurrentConfig)
    optimiser: OptimiserConfig = field(default_factory=OptimiserConfig)

    def __post_init__(self) -> None:
        require(self.precision in ("bfloat16", "float32"), "precision", self.precision)
        for name in ("words", "times", "chunk", "batch", "gradient_accumulation"):
            require(getattr(self, name) > 0, name, getattr(self, name))


def read_recurrent_config(path: Path) -> RecurrentTrainingConfig:
    """Read a TOML file. Raises ConfigError."""
    return from_mapping(RecurrentTrainingConfig, read_toml(path))


class RecurrentTraining:
    """A training under way."""

    def __init__(
        self,
        config: RecurrentTrainingConfig,
        folder: Path,
        texts: Path,  # in numbers
        language: Path,
        develop: Sequence[Path],
        group: ProcessGroup,
    ) -> None:
        self._config = config
        self._folder = folder
        self._group = group
        self._n_gram = LanguageModel.open(language / PackFile.N_GRAM)
        self._texts = [
            Text(path.stem, np.load(path, mmap_mode="r"))
            for path in sorted(texts.glob("*.npy"))
        ]
        mixture = shares(language / REPORT)
        weights = {
            text.name: max(mixture.get(text.name, 0.0), config.least) for text in self._texts
        }
        self._chunks = plan_chunks(
            self._texts, weights, config.words, config.chunk, config.times, config.seed
        )
        self._total = len(self._chunks.places) // (self._accumulation * config.batch)
        if not self._total:
            raise ConfigError("The texts hold too few words for a single step of training.")
        self._develop = {path.stem: read_numbered(path, self._n_gram) for path in develop}
        torch.manual_seed(config.seed)
        self.model = self._begun().to(group.device)
        self._shared = group.data_parallel(self.model)
        self._optimiser = Optimiser(self.model, config.optimiser)
        budget = Budget(
            steps=self._total,
            evaluate_steps=config.evaluate_steps,
            checkpoint_minutes=config.checkpoint_minutes,
            log_steps=LOGGED,
        )
        perplexities = [f"{name} {kind}" for name in self._develop for kind in KINDS]
        columns = ["loss", "learning_rate", "gradient_norm", *perplexities]
        self.loop = Loop(self, folder, group, budget, columns)

    def _begun(self) -> RecurrentLanguage:
        """Return the model with its first weights. Raises ConfigError."""
        config = self._config
        if not config.start_from:
            return RecurrentLanguage(config.network, ranks(self._n_gram))
        other = read_recurrent(Path(config.start_from))
        if other.config != config.network:
            raise ConfigError(f"{config.start_from} has a network of other sizes.")
        return with_words(other.model, config.network, other.words, self._n_gram)

    def restore(self, content: dict[str, Any]) -> None:
        """Go on from a checkpoint's content. Raises ConfigError if it has other words."""
        if content["words"] != _joined(self._n_gram):
            raise ConfigError(
                "The checkpoint was trained beside another n-gram; train it anew."
            )
        self.model.load_state_dict(content["weights"])
        self._optimiser.adam.load_state_dict(content["adam"])
        self._optimiser.steps = content["loop"]["steps"]

    def content(self) -> dict[str, Any]:
        """Return the configuration, the words, the weights and the optimiser's state."""
        return {
            "config": json.dumps(asdict(self._config)),
            "words": _joined(self._n_gram),
            "weights": self.model.state_dict(),
            "adam": self._optimiser.adam.state_dict(),
        }

    @property
    def _accumulation(self) -> int:
        """Batches a step over all processes."""
        return self._group.accumulation(self._config.gradient_accumulation)

    def step(self, progress: float) -> dict[str, float]:
        """Take a step over this process's share of its batches."""
        self.model.train()
        batches = list(self._batches(self._optimiser.steps))
        total = 0.0
        for words in batches:
            with autocast(self._group.device.type, self._config.precision):
                loss = -self._shared(words[:, :-1], words[:, 1:]).float().mean()
            (loss / len(batches)).backward()
            total += loss.item()
        rate = self._optimiser.learning_rate(progress)
        norm = self._optimiser.step(progress)
        return {
            "loss": self._group.all_reduce_mean(total / len(batches)),
            "learning_rate": rate,
            "gradient_norm": norm,
        }

    def _batches(self, step: int) -> Iterator[Tensor]:
        """Yield this process's (B, T + 1) batches of a step."""
        size, group = self._config.batch, self._group
        for number in range(group.rank, self._accumulation, group.world_size):
            first = (step * self._accumulation + number) * size
            chunks = zip(
                self._chunks.texts[first : first + size].tolist(),
                self._chunks.places[first : first + size].tolist(),
                strict=True,
            )
            rows = [
                self._texts[text].tokens[place : place + self._config.chunk + 1]
                for text, place in chunks
            ]
            yield torch.from_numpy(np.stack(rows)).to(group.device)

    def evaluate(self) -> dict[str, float]:
        """Return the perplexity of each development list, alone and beside the n-gram's."""
        found: dict[str, float] = {}
        for name, texts in self._develop.items():
            alone = np.concatenate(score(self.model, texts))
            n_gram = np.concatenate(score_n_gram(self._n_gram, texts))
            both = np.logaddexp(alone, n_gram) - np.log(2)
            known = np.array([w != UNKNOWN_ID for text in texts for w in (*text, END_ID)])
            for kind, nats in zip(KINDS, (alone, n_gram, both), strict=True):
                found[f"{name} {kind}"] = round(float(np.exp(-nats[known].mean())), 1)
        log.info("%s", found)
        return found


def read_numbered(path: Path, model: LanguageModel) -> list[Words]:
    """Return a text's sentences in a model's numbers. Raises LanguageError."""
    texts = filter(None, read_sentences(path))
    return [tuple(map(model.word_id, text.split())) for text in texts]


@torch.no_grad()
def score(model: RecurrentLanguage, texts: Sequence[Words]) -> list[TextScores]:
    """Return for each text the scores of its words and of its end, one more than words."""
    model.eval()
    found: list[TextScores] = []
    for first in range(0, len(texts), SENTENCES_AT_ONCE):
        some = texts[first : first + SENTENCES_AT_ONCE]
        words = np.full((len(some), max(map(len, some)) + 2), END_ID)
        for place, text in enumerate(some):
            words[place, 1 : 1 + len(text)] = text
        batch = torch.from_numpy(words).to(model.ranks.device)
        scores = model(batch[:, :-1], batch[:, 1:]).double().cpu().numpy()
        found += [row[: len(text) + 1] for row, text in zip(scores, some, strict=True)]
    return found


def numbered(folder: Path, texts: Sequence[Path], language: Path) -> Path:
    """Where these texts, in the numbers of this n-gram, are in a run's folder."""
    sizes = (path.stat().st_size if path.exists() else 0 for path in texts)
    parts = [digest(language / PackFile.N_GRAM), *map(str, texts), *map(str, sizes)]
    return folder / f"texts-{hashlib.sha256(' '.join(parts).encode()).hexdigest()[:12]}"


@dataclass(frozen=True, slots=True)
class TrainedRecurrent:
    """A model out of a checkpoint, the sizes that it has, and the (V,) words that it knows."""

    model: RecurrentLanguage
    config: RecurrentConfig
    words: Sequence[str]


def read_recurrent(path: Path) -> TrainedRecurrent:
    """Rebuild what a checkpoint holds; nothing in it is executed.

    Raises:
        ConfigError: It cannot be read.
    """
    content = read_checkpoint(path)
    try:
        config = from_mapping(RecurrentTrainingConfig, migrated(json.loads(content["config"])))
        weights = {
            name: tensor.float() if tensor.is_floating_point() else tensor
            for name, tensor in content["weights"].items()
        }
        model = RecurrentLanguage(config.network, weights["ranks"].numpy())
        model.load_state_dict(weights)
        words = content["words"].split("\n")
    except (RuntimeError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise ConfigError(f"{path} is no checkpoint of a language model.") from error
    return TrainedRecurrent(model.eval(), config.network, words)


def load_recurrent(path: Path, n_gram: LanguageModel) -> RecurrentLanguage:
    """Rebuild a model to be used beside an n-gram.

    Raises:
        ConfigError: It cannot be read, or was trained beside an n-gram of other words.
    """
    trained = read_recurrent(path)
    if trained.words != list(n_gram.words):
        raise ConfigError(f"{path} was trained beside another n-gram; train it again.")
    return trained.model


def _joined(n_gram: LanguageModel) -> str:
    return "\n".join(n_gram.words)


def train(
    config: Path,
    texts: Sequence[Path],
    folder: Path,
    language: Path,
    develop: Sequence[Path] = (),
    *,
    resume: bool,
) -> None:
    """Train as a configuration says, alone or as one of `torchrun`'s processes.

    Raises:
        ConfigError: The configuration, the n-gram's report or the checkpoint cannot be used,
            or the folder holds a training that would be lost.
        LanguageError: A text or the n-gram cannot be read.
        PackError: There is no n-gram.
    """
    settings = read_recurrent_config(config)
    if not resume:
        keep(folder)
    group = ProcessGroup.init()
    try:
        if group.is_main:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "config.json").write_text(json.dumps(asdict(settings), indent=1))
        place = numbered(folder, texts, language)
        if group.is_main and not place.exists():
            words = LanguageModel.open(language / PackFile.N_GRAM).words
            number_corpora(texts, words, place)
        group.all_reduce_mean(0.0)  # the others wait until the texts are there
        training = RecurrentTraining(settings, folder, place, language, develop, group)
        if resume:
            training.loop.resume()
        training.loop.run()
    finally:
        group.destroy()


def main(arguments: Sequence[str] | None = None) -> None:
    """Train a recurrent language model beside an n-gram model."""
    parser = argparse.ArgumentParser("python -m models.language.recurrent_training")
    parser.add_argument("config", type=Path)
    parser.add_argument("texts", type=Path, nargs="+")
    parser.add_argument("--language", type=Path, required=True, help="folder of the n-gram")
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--develop", type=Path, nargs="*", default=[])
    parser.add_argument("--resume", action="store_true")
    options = parser.parse_args(arguments)
    train(
        options.config,
        options.texts,
        options.output,
        options.language,
        options.develop,
        resume=options.resume,
    )


if __name__ == "__main__":
    commands.run(main)
