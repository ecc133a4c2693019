"""Training: from a configuration to weights, in one process or in several alike.

    manifest ─▶ batches ─▶ (augmented) ─▶ network ─▶ CTC ─▶ gradient ─▶ step
                  ▲                                            │
              plan(seed, pass)                    mean over processes and batches

A run's folder holds config.json, log.csv, last.pt (to go on from) and best.pt (the
weights with the lowest error on the dev lists). A step takes `gradient_accumulation` batches,
whatever the number of processes that share them: two processes move the weights as one.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import count, islice
from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader

from asr.audio import SAMPLE_RATE
from asr.errors import ConfigError
from models.acoustic.config import TrainingConfig, WindowConfig, read_config
from models.acoustic.evaluation import greedy_errors
from models.acoustic.features import HOP
from models.acoustic.loss import losses
from models.acoustic.network import SUBSAMPLING, AcousticModel, Heads, WindowFrames
from models.data.augmentation import masked
from models.data.batches import Batch, BatchPlan, Speech, plan
from models.data.corpus import Corpus
from models.loop.checkpoint import Checkpoint, load_checkpoint
from models.loop.distributed import ProcessGroup
from models.loop.optimisation import EMA, Optimiser
from models.loop.progress import FINISHED, Progress, Row, keep

log = logging.getLogger(__name__)

VIEW_STRENGTH: Final = 2.5  # times the time masks, in CR-CTC: arXiv:2410.05101, section 3.2


class Training:
    """One experiment under way."""

    def __init__(self, config: TrainingConfig, folder: Path, group: ProcessGroup) -> None:
        self.config = config
        self.folder = folder
        self.group = group
        torch.manual_seed(config.seed)
        self.corpus = Corpus(config.data, config.seed)
        self.model = AcousticModel(config.network).to(group.device)
        if config.start_from:
            self._begin_with(Path(config.start_from))
        else:
            self.corpus.measure(self.model.features)
        self.shared = group.data_parallel(self.model)
        self.optimiser = Optimiser(self.model, config.optimiser)
        self.average = EMA(
            self.model,
            AcousticModel(config.network).to(group.device),
            config.optimiser.ema_decay,
        )
        self.best = float("inf")
        self.hours = 0.0  # of speech heard, padding included
        self._epoch = 0  # under way
        self._taken = 0  # steps taken in it
        self._earlier = 0.0  # seconds of training before this process
        self._began = time.monotonic()

    def _begin_with(self, path: Path) -> None:
        start = load_checkpoint(path).model()
        try:
            self.model.load_state_dict(start.state_dict())
        except RuntimeError as error:
            raise ConfigError(f"The weights in {path} are of another network.") from error

    def run(self) -> None:
        """Train to the end of the last pass; write down what is needed to go on."""
        steps_a_pass = len(self._plan(0)) // self._accumulation
        if not steps_a_pass:
            raise ConfigError("There is too little speech for a single step of training.")
        total = max(1, round(self.config.epochs * steps_a_pass))
        saved = time.monotonic()
        if self.group.is_main:
            self.folder.mkdir(parents=True, exist_ok=True)
            (self.folder / FINISHED).unlink(missing_ok=True)
            (self.folder / "config.json").write_text(self.config.to_json(), encoding="utf-8")
        with Progress(self.folder, total, self.optimiser.steps, self.group) as progress:
            steps = islice(self._steps(), max(0, total - self.optimiser.steps))
            for batches in steps:
                row = self._step(batches, self.optimiser.steps / total)
                if row.step % self.config.evaluate_steps == 0 or row.step == total:
                    row = self._evaluated(row)
                progress.show(row)
                if time.monotonic() - saved > 60 * self.config.checkpoint_minutes:
                    self._save("last.pt", self.model)
                    saved = time.monotonic()
        self._save("last.pt", self.model)
        if self.group.is_main:
            (self.folder / FINISHED).touch()

    def resume(self) -> None:
        """Go on from the folder's last checkpoint, as if never cut off. Raises ConfigError."""
        path = self.folder / "last.pt"
        checkpoint = load_checkpoint(path)
        try:
            self.model.load_state_dict(checkpoint.weights)
            state = checkpoint.training
            self.average.load(state["average"], state["steps"])
            self.optimiser.adam.load_state_dict(state["adam"])
            self.optimiser.steps = state["steps"]
            self._epoch, self._taken = state["epoch"], state["taken"]
            self.hours, self.best = state["hours"], state["best"]
            self._earlier = state["seconds"]
        except (RuntimeError, KeyError, ValueError) as error:
            raise ConfigError(
                f"{path} is of another training; begin in a new folder."
            ) from error

    @property
    def _accumulation(self) -> int:
        """Batches a step over all processes."""
        return self.group.accumulation(self.config.gradient_accumulation)

    def _plan(self, epoch: int) -> list[BatchPlan]:
        config = self.config
        sort = epoch < config.curriculum
        return plan(self.corpus.lengths, config.batch_seconds, epoch, config.seed, sort=sort)

    def _steps(self) -> Iterator[list[Batch]]:
        """This process's batches of each step, from where the training stands, for ever."""
        each = self._accumulation // self.group.world_size
        for epoch in count(self._epoch):
            plans = self._plan(epoch)
            plans = plans[: len(plans) // self._accumulation * self._accumulation]
            loader = DataLoader(
                Speech(
                    self.corpus.sounds,
                    self.corpus.targets,
                    plans[self._taken * self._accumulation :][
                        self.group.rank :: self.group.world_size
                    ],
                    None if epoch < self.config.curriculum else self.config.augmentation,
                    self.corpus.noises,
                    self.config.seed,
                ),
                batch_size=None,
                num_workers=1,
                prefetch_factor=4,
            )
            batches = iter(loader)
            while step := list(islice(batches, each)):
                self._epoch, self._taken = epoch, self._taken + 1
                yield step
            self._epoch, self._taken = epoch + 1, 0

    def _step(self, batches: list[Batch], progress: float) -> Row:
        self.model.train()
        window = draw_window(self.config.window, progress, self._generator())
        total = phones = letters = 0.0
        for number, batch in enumerate(batches):
            generator = self._generator(number * self.group.world_size + self.group.rank)
            torch.manual_seed(generator.initial_seed())  # dropout
            part = self._backward(batch, len(batches), window, generator)
            total, phones, letters = total + part[0], phones + part[1], letters + part[2]
            self.hours += batch.samples.numel() * self.group.world_size / SAMPLE_RATE / 3600
        rate = self.optimiser.learning_rate(progress)
        norm = self.optimiser.step(progress)
        self.average.update(self.model)
        share = 1 / len(batches)
        return Row(
            step=self.optimiser.steps,
            hours=self.hours,
            seconds=self._seconds,
            loss=self.group.all_reduce_mean(total * share),
            phones=self.group.all_reduce_mean(phones * share),
            letters=self.group.all_reduce_mean(letters * share),
            learning_rate=rate,
            gradient_norm=norm,
        )

    def _generator(self, *batch: int) -> torch.Generator:
        """Randomness of this step, the same in all processes, or of one of its batches."""
        seeds = np.random.SeedSequence((self.config.seed, self.optimiser.steps, *batch))
        return torch.Generator().manual_seed(int(seeds.generate_state(1, np.uint64)[0] >> 1))

    def _backward(
        self,
        batch: Batch,
        parts: int,
        window: WindowFrames | None,
        generator: torch.Generator,
    ) -> tuple[float, float, float]:
        """Add one batch's gradient; return its total, phone and letter losses."""
        config = self.config
        batch = Batch(*(tensor.to(self.group.device) for tensor in batch))
        lengths = (batch.lengths + HOP - 1) // HOP
        with torch.no_grad():
            mels = self.model.features(batch.samples)
        if config.loss.cr_ctc:
            batch = Batch(*(torch.cat([tensor, tensor]) for tensor in batch))
            mels, lengths = torch.cat([mels, mels]), torch.cat([lengths, lengths])
        unmasked = mels
        if self._epoch >= config.curriculum:
            strength = VIEW_STRENGTH if config.loss.cr_ctc else 1.0
            mels = masked(mels, lengths, config.augmentation, generator, strength)
        with torch.autocast(
            self.group.device.type, torch.bfloat16, enabled=config.precision == "bfloat16"
        ):
            heads = self._heads(mels, lengths, window)
            teacher = self._teacher(unmasked, lengths) if window else None
        frames = (lengths + SUBSAMPLING - 1) // SUBSAMPLING
        loss = losses(heads, batch, frames, config.loss, teacher)
        (loss.total / parts).backward()  # type: ignore[no-untyped-call]
        return loss.total.item(), loss.phones, loss.letters

    def _heads(self, mels: Tensor, lengths: Tensor, window: WindowFrames | None) -> Heads:
        """Score a batch; of two views, one is whole and the other cut, if any is.

        So the whole utterance says what its windows are to say: dual-mode recognition, Yu
        et al. (2021), arXiv:2010.06030.
        """
        if not (self.config.loss.cr_ctc and window):
            heads: Heads = self.shared(mels, lengths, window)
            return heads
        views = zip(mels.chunk(2), lengths.chunk(2), (None, window), strict=True)
        whole, cut = (self.shared(*view) for view in views)
        intermediate = (
            None
            if whole.intermediate is None
            else torch.cat((whole.intermediate, cut.intermediate))
        )
        return Heads(
            torch.cat((whole.phones, cut.phones)),
            torch.cat((whole.letters, cut.letters)),
            intermediate,
        )

    @torch.no_grad()
    def _teacher(self, mels: Tensor, lengths: Tensor) -> Heads | None:
        """What the averaged weights make of whole utterances without masks, if they teach.

        The mean teacher of Tarvainen & Valpola (2017), arXiv:1703.01780, which hears all of
        what the windows hear a part of: arXiv:2010.06030, section 3.3.
        """
        if not self.config.loss.teaching:
            return None
        heads: Heads = self.average.model(mels, lengths)
        return heads

    def _evaluated(self, row: Row) -> Row:
        """Measure the averaged weights on the dev lists; keep them if they are the best."""
        if not self.group.is_main:
            return row
        found = greedy_errors(self.average.model, *self.corpus.dev())
        if found.phones < self.best:
            self.best = found.phones
            self._save("best.pt", self.average.model)
        return replace(
            row,
            phone_error=found.phones,
            letter_error=found.letters,
            word_error=found.words,
        )

    @property
    def _seconds(self) -> float:
        return self._earlier + time.monotonic() - self._began

    def _save(self, name: str, model: AcousticModel) -> None:
        if not self.group.is_main:
            return
        state = {
            "adam": self.optimiser.adam.state_dict(),
            "average": self.average.model.state_dict(),
            "steps": self.optimiser.steps,
            "epoch": self._epoch,
            "taken": self._taken,
            "hours": self.hours,
            "best": self.best,
            "seconds": self._seconds,
        }
        history = {"hours": round(self.hours, 1), "steps": self.optimiser.steps}
        Checkpoint(self.config, model.state_dict(), state, json.dumps(history)).save(
            self.folder / name
        )


def draw_window(
    config: WindowConfig, progress: float, generator: torch.Generator
) -> WindowFrames | None:
    """Draw how this step's batches are cut; None for whole utterances."""
    dice = np.random.default_rng(int(torch.randint(2**62, (), generator=generator)))
    if progress < config.start or dice.random() >= config.share:
        return None
    return WindowFrames(
        context=int(dice.integers(*config.context, endpoint=True)),
        step=int(dice.integers(*config.step, endpoint=True)),
        lookahead=int(dice.integers(*config.lookahead, endpoint=True)),
    )


def train(path: Path, folder: Path, changes: Sequence[str] = (), *, resume: bool) -> None:
    """Train as a configuration says, alone or as one of `torchrun`'s processes.

    Raises:
        ConfigError: The configuration or the checkpoint cannot be used, or the folder holds
            a training that would be lost.
        ManifestError: The speech is not there.
    """
    config = read_config(path, changes)
    if not resume:
        keep(folder)
    group = ProcessGroup.init()
    try:
        training = Training(config, folder, group)
        if resume:
            training.resume()
        training.run()
    finally:
        group.destroy()
