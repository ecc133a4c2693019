"""From letters to phones: the small network behind asr.language.pronunciation.

A bidirectional LSTM reads a word's letters and answers FRAMES_PER_LETTER rows of phone
log-probabilities for each, trained with CTC: Rao et al. (2015), «Grapheme-to-phoneme
conversion using long short-term memory recurrent neural networks», section 3.
Words of equal length make a batch, so that there is no padding to mask.

Shapes: B words, W letters, R = FRAMES_PER_LETTER, P phones with the blank.
"""

from __future__ import annotations

import argparse
import json
import logging
import random
import zlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
import torch
from torch import Tensor, nn

from asr.alphabets import PHONES
from asr.atomic import write_atomically
from asr.evaluation.error_rate import Errors, errors
from asr.language.pronunciation import (
    SPELLING,
    Dictionary,
    Phones,
    Pronouncer,
    read_dictionary,
)
from models.loop import commands
from models.loop.distributed import ProcessGroup
from models.loop.loop import Budget, Loop
from models.loop.precision import autocast
from models.loop.progress import FINISHED
from models.parity import prove, quietly

log = logging.getLogger(__name__)

FRAMES_PER_LETTER: Final = 3  # «x» alone says EH K S
LOGGED: Final = 50  # steps from one row of the log to the next
HELD_OUT: Final = 20  # one word in so many is for measuring
TOLERANCE: Final = 1e-3  # nats; float32 sums in another order differ by about 1e-5
PROBES: Final = ("a", "earshot", "antidisestablishmentarianism")  # lengths to prove parity at


@dataclass(frozen=True, slots=True, kw_only=True)
class PronounceConfig:
    """How the network is built and trained."""

    embedding: int = 64
    width: int = 128  # LSTM cells in each direction
    depth: int = 2
    dropout: float = 0.2
    epochs: int = 13
    batch: int = 256  # words
    learning_rate: float = 4e-3  # at its peak
    bfloat16: bool = True  # in the network, not the loss; nearly twice as fast where built in
    threads: int = 1
    seed: int = 1


@dataclass(frozen=True, slots=True)
class PronounceReport:
    """Errors on held-out words, against the nearest of each word's pronunciations."""

    phone_error: float  # edits a phone
    word_error: float  # share of words whose first answer is no listed pronunciation
    word_error_of_three: float  # share where none of three answers is
    held_out_words: int
    training_words: int
    minutes: float


class PronounceNetwork(nn.Module):
    """Letters (B, W) int64 to log-probabilities (B, R · W, P)."""

    def __init__(self, config: PronounceConfig) -> None:
        super().__init__()
        self.embed = nn.Embedding(len(SPELLING), config.embedding)
        self.lstm = nn.LSTM(
            config.embedding,
            config.width,
            config.depth,
            dropout=config.dropout,
            bidirectional=True,
            batch_first=True,
        )
        self.dropout = nn.Dropout(config.dropout)
        self.classify = nn.Linear(2 * config.width, FRAMES_PER_LETTER * len(PHONES))

    def forward(self, letters: Tensor) -> Tensor:
        """Words of one length (B, W) to (B, R · W, P); R rows come from one hidden state."""
        hidden, _ = self.lstm(self.embed(letters))
        scores: Tensor = self.classify(self.dropout(hidden))
        return scores.reshape(scores.shape[0], -1, len(PHONES)).float().log_softmax(-1)


def train(
    dictionary: Dictionary, path: Path, config: PronounceConfig = PronounceConfig()
) -> PronounceReport:
    """Train on `dictionary`, write the network to `path` as ONNX and measure that file.

    A training that was cut off goes on from its folder, which stands beside `path`.

    Raises:
        ConfigError: That folder is of another training.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(config.threads)
    known, held_out = split(dictionary)
    training = PronounceTraining(known, config, path.with_suffix(".training"))
    if (training.folder / "last.pt").exists() and not (training.folder / FINISHED).exists():
        training.loop.resume()
    training.loop.run()
    torch.set_num_threads(threads)
    export_pronouncer(training.network, path)
    return measure(Pronouncer.open(path), held_out, len(known), training.loop.seconds)


def split(dictionary: Dictionary) -> tuple[Dictionary, Dictionary]:
    """Part the words, by a checksum that does not change between runs, into train and test."""
    parts: tuple[Dictionary, Dictionary] = ({}, {})
    for word, ways in dictionary.items():
        parts[zlib.crc32(word.encode()) % HELD_OUT == 0][word] = ways
    return parts


class PronounceTraining:
    """Adam and one cycle of the learning rate: Smith (2018), arXiv:1708.07120."""

    def __init__(self, known: Dictionary, config: PronounceConfig, folder: Path) -> None:
        self.folder = folder
        self._known = known
        self._config = config
        torch.manual_seed(config.seed)
        self.network = PronounceNetwork(config)
        self._adam = torch.optim.Adam(self.network.parameters(), config.learning_rate)
        self._epoch: list[tuple[list[str], list[Phones]]] = []
        self._steps = 0
        an_epoch = sum(1 for _ in batches(known, config.batch, random.Random(config.seed)))
        self._an_epoch = max(an_epoch, 1)
        steps = config.epochs * self._an_epoch
        self._schedule = torch.optim.lr_scheduler.OneCycleLR(
            self._adam, config.learning_rate, steps
        )
        budget = Budget(steps=steps, evaluate_steps=steps, log_steps=LOGGED)
        alone = ProcessGroup(0, 1, torch.device("cpu"))
        self.loop = Loop(self, folder, alone, budget, ["loss", "learning_rate"])

    def step(self, progress: float) -> dict[str, float]:
        """Take a step over the next batch; an epoch's order and choices are its seed's."""
        self.network.train()
        epoch, number = divmod(self._steps, self._an_epoch)
        if not number or not self._epoch:
            generator = random.Random(f"{self._config.seed} {epoch}")
            self._epoch = list(batches(self._known, self._config.batch, generator))
        torch.manual_seed(self._config.seed * 1_000_003 + self._steps)  # dropout
        with autocast("cpu", "bfloat16" if self._config.bfloat16 else "float32"):
            loss = batch_loss(self.network, *self._epoch[number])
        self._adam.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self._adam.step()
        rate = float(self._schedule.get_last_lr()[0])
        self._schedule.step()
        self._steps += 1
        return {"loss": loss.item(), "learning_rate": rate}

    def evaluate(self) -> dict[str, float]:
        """Measure nothing: it is the exported file that is measured, in the end."""
        return {}

    def content(self) -> dict[str, Any]:
        """Return what it takes to go on."""
        return {
            "config": json.dumps(asdict(self._config)),
            "weights": self.network.state_dict(),
            "adam": self._adam.state_dict(),
            "schedule": self._schedule.state_dict(),
            "steps": self._steps,
        }

    def restore(self, content: dict[str, Any]) -> None:
        """Go on from a checkpoint's content."""
        self.network.load_state_dict(content["weights"])
        self._adam.load_state_dict(content["adam"])
        self._schedule.load_state_dict(content["schedule"])
        self._steps = content["steps"]


def batches(
    known: Dictionary, size: int, generator: random.Random
) -> Iterator[tuple[list[str], list[Phones]]]:
    """Yield words of one length with a pronunciation each, in random order.

    Pronunciations that CTC cannot fit into the word's frames («www») are left out.
    """
    by_length: dict[int, list[tuple[str, Phones]]] = defaultdict(list)
    for word, ways in known.items():
        possible = [way for way in ways if frames_needed(way) <= FRAMES_PER_LETTER * len(word)]
        if possible:
            by_length[len(word)].append((word, generator.choice(possible)))
    groups = []
    for examples in by_length.values():
        generator.shuffle(examples)
        groups += [examples[i : i + size] for i in range(0, len(examples), size)]
    generator.shuffle(groups)
    for group in groups:
        yield [word for word, _ in group], [said for _, said in group]


def frames_needed(way: Phones) -> int:
    """Count the frames CTC needs: one a phone, and a blank between two of the same."""
    return len(way) + sum(a == b for a, b in pairwise(way))


def batch_loss(
    network: PronounceNetwork, words: Sequence[str], ways: Sequence[Phones]
) -> Tensor:
    """Return the () loss of a batch of words of one length, in nats a phone."""
    scores = network(torch.from_numpy(letter_indices(words)))
    targets = torch.tensor([PHONES.index(phone) for way in ways for phone in way])
    frames = torch.full((len(words),), scores.shape[1])
    phones = torch.tensor([len(way) for way in ways])
    return nn.functional.ctc_loss(scores.transpose(0, 1), targets, frames, phones)


def letter_indices(words: Sequence[str]) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    """Words of one length as (B, W) indices of SPELLING."""
    return np.array([[SPELLING.index(letter) for letter in word] for word in words], np.int64)


def export_pronouncer(network: PronounceNetwork, path: Path) -> None:
    """Write the network as ONNX, proved at several lengths; a failure leaves no file.

    Raises:
        ParityError: onnxruntime's answers are further than TOLERANCE from torch's.
    """
    network = network.eval()
    path.parent.mkdir(parents=True, exist_ok=True)
    with write_atomically(path) as draft:
        with quietly():
            torch.onnx.export(
                network,
                (torch.from_numpy(letter_indices(PROBES[1:2])),),
                draft,
                input_names=["letters"],
                output_names=["log_probs"],
                dynamic_axes={"letters": {1: "letters"}, "log_probs": {1: "frames"}},
                dynamo=False,
            )
        graph = onnx.load(draft)
        described = {"letters": SPELLING, "phones": " ".join(PHONES)}
        onnx.helper.set_model_props(graph, described)
        onnx.save(graph, draft)
        prove_pronouncer(network, Pronouncer.open(draft))


def prove_pronouncer(network: PronounceNetwork, pronouncer: Pronouncer) -> None:
    """Raise ParityError unless `pronouncer` scores the probes as the network does."""
    differences = []
    for word in PROBES:
        with torch.inference_mode():
            ours = network(torch.from_numpy(letter_indices([word])))[0].numpy()
        differences.append(float(np.abs(ours - pronouncer.log_probs(word)).max()))
    prove(differences, TOLERANCE)


def measure(
    pronouncer: Pronouncer, held_out: Dictionary, training_words: int, seconds: float
) -> PronounceReport:
    """Count the errors on words that the network has never seen."""
    found, wrong, wrong_of_three = Errors(), 0, 0
    for word, ways in held_out.items():
        answers = pronouncer.variants(word, 3)
        found += min((errors(way, answers[0]) for way in ways), key=lambda one: one.wrong)
        wrong += answers[0] not in ways
        wrong_of_three += not set(answers) & set(ways)
    n = max(len(held_out), 1)
    return PronounceReport(
        round(found.rate, 4),
        round(wrong / n, 4),
        round(wrong_of_three / n, 4),
        len(held_out),
        training_words,
        round(seconds / 60, 1),
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Train on a dictionary in CMUdict's format; write the network and its errors."""
    parser = argparse.ArgumentParser(
        "python -m models.language.pronunciation", description=main.__doc__
    )
    parser.add_argument("dictionary", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--epochs", type=int, default=PronounceConfig().epochs)
    options = parser.parse_args(arguments)
    config = PronounceConfig(epochs=options.epochs)
    report = train(read_dictionary(options.dictionary), options.output, config)
    options.output.with_suffix(".json").write_text(json.dumps(asdict(report), indent=2) + "\n")
    log.info("%s", report)


if __name__ == "__main__":
    commands.run(main)
