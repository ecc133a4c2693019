"""Training: from a configuration to weights, on a CPU or on GPUs, in one process or more.

    manifest ─▶ batches ─▶ augmented ─▶ network ─▶ CTC, CR-CTC ─▶ gradient ─▶ step
                  ▲           on the device                          │
             plan(seed, epoch)                     mean over processes and batches

A run's folder holds config.json, log.csv, last.pt (to go on from) and best.pt (the
weights with the lowest error on the dev lists; in CTC-CRF's part of a training the last that
were measured). A step takes `gradient_accumulation` batches, whatever the number of processes
that share them: two move the weights as one.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator, Sequence
from itertools import count, islice
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader

from asr.alphabets import PHONES
from asr.audio import SAMPLE_RATE
from asr.errors import ConfigError
from models.acoustic.config import TrainingConfig, WindowConfig, read_config
from models.acoustic.ctc_crf import phone_trigrams
from models.acoustic.evaluation import greedy_errors
from models.acoustic.features import HOP
from models.acoustic.loss import losses
from models.acoustic.network import SUBSAMPLING, AcousticModel, Heads, WindowFrames
from models.data.augmentation import Noises, masked, vary
from models.data.batches import Batch, BatchPlan, Speech, plan
from models.data.corpus import Corpus
from models.loop.checkpoint import Checkpoint, load_checkpoint
from models.loop.distributed import ProcessGroup
from models.loop.loop import Budget, Loop
from models.loop.optimisation import EMA, Optimiser
from models.loop.precision import autocast
from models.loop.progress import keep

log = logging.getLogger(__name__)

LOADERS: Final = 3  # processes that read speech for a GPU
COLUMNS: Final = (
    "hours",  # of speech heard so far, padding included
    "loss",
    "phones",  # nats a symbol, as the letters
    "letters",
    "learning_rate",
    "gradient_norm",
    "times_real_time",  # seconds of speech a second, one view counted
    "network_share",  # of the step's time: network, losses and optimiser
    "phone_error",
    "letter_error",
    "word_error",
)
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
        self._batches: Iterator[list[Batch]] = iter(())
        self._last = self._network = 0.0  # seconds: end of the step before; in the network
        self.noises = Noises.of(self.corpus.noises, group.device)
        self.trigrams = self._phone_trigrams() if config.loss.ctc_crf else None
        self._language: Tensor | None = None  # the trigrams, in CTC-CRF's part of the training
        self.loop = Loop(self, folder, group, self._budget(), COLUMNS)

    def _budget(self) -> Budget:
        config = self.config
        steps_an_epoch = len(self._plan(0)) // self._accumulation
        if not steps_an_epoch:
            raise ConfigError("There is too little speech for a single step of training.")
        return Budget(
            steps=max(1, round(config.epochs * steps_an_epoch)),
            minutes=config.minutes,
            evaluate_steps=config.evaluate_steps,
            checkpoint_minutes=config.checkpoint_minutes,
        )

    def _phone_trigrams(self) -> Tensor:
        texts = (torch.from_numpy(target.phones) for target in self.corpus.targets)
        return phone_trigrams(texts, len(PHONES)).to(self.group.device)

    def _begin_with(self, path: Path) -> None:
        start = load_checkpoint(path).model()
        try:
            self.model.load_state_dict(start.state_dict())
        except RuntimeError as error:
            raise ConfigError(f"The weights in {path} are of another network.") from error

    def run(self) -> None:
        """Train to the end of the last epoch, or as many minutes as there are."""
        if self.group.is_main:
            self.folder.mkdir(parents=True, exist_ok=True)
            (self.folder / "config.json").write_text(self.config.to_json(), encoding="utf-8")
        self._batches = self._steps()
        self._last = self._now()
        self.loop.run()

    def restore(self, content: dict[str, Any]) -> None:
        """Go on from a checkpoint's content."""
        self.model.load_state_dict(content["weights"])
        state = content["training"]
        self.average.load(state["average"], state["steps"])
        self.optimiser.adam.load_state_dict(state["adam"])
        self.optimiser.steps = state["steps"]
        self._epoch, self._taken = state["epoch"], state["taken"]
        self.hours, self.best = state["hours"], state["best"]

    def content(self) -> dict[str, Any]:
        """Return the weights, and what it takes to go on from them."""
        return self._checkpoint(self.model).content()

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
            mine = plans[self._taken * self._accumulation :]
            loader = DataLoader(
                Speech(
                    self.corpus.sounds,
                    self.corpus.targets,
                    mine[self.group.rank :: self.group.world_size],
                ),
                batch_size=None,
                num_workers=LOADERS if self.group.device.type == "cuda" else 1,
                prefetch_factor=4,
                pin_memory=self.group.device.type == "cuda",
            )
            batches = (Batch(*batch) for batch in loader)
            while step := list(islice(batches, each)):
                self._epoch, self._taken = epoch, self._taken + 1
                yield step
            self._epoch, self._taken = epoch + 1, 0

    def step(self, progress: float) -> dict[str, float]:
        """Take a step over this process's share of its batches."""
        self.model.train()
        batches = next(self._batches)
        window = draw_window(self.config.window, progress, self._generator())
        is_field = progress >= self.config.loss.ctc_crf_start
        self._language = self.trigrams if is_field else None
        self._network = 0.0  # seconds
        seconds = 0.0  # of speech
        total = phones = letters = 0.0
        for number, batch in enumerate(batches):
            generator = self._generator(number * self.group.world_size + self.group.rank)
            torch.manual_seed(generator.initial_seed())  # dropout
            part = self._backward(batch, len(batches), window, progress, generator)
            total, phones, letters = total + part[0], phones + part[1], letters + part[2]
            seconds += batch.samples.numel() * self.group.world_size / SAMPLE_RATE
        self.hours += seconds / 3600
        rate = self.optimiser.learning_rate(progress)
        begun = self._now()
        norm = self.optimiser.step(progress)
        self.average.update(self.model)
        now = self._now()
        lasted, self._last = now - self._last, now
        share = 1 / len(batches)
        mean = self.group.all_reduce_mean
        return {
            "hours": self.hours,
            "loss": mean(total * share),
            "phones": mean(phones * share),
            "letters": mean(letters * share),
            "learning_rate": rate,
            "gradient_norm": norm,
            "times_real_time": seconds / lasted,
            "network_share": (self._network + now - begun) / lasted,
        }

    def _now(self) -> float:
        """Seconds by a clock, when all that was asked of the device is done."""
        if self.group.device.type == "cuda":
            torch.cuda.synchronize(self.group.device)
        return time.perf_counter()

    def _generator(self, *batch: int) -> torch.Generator:
        """Randomness of this step, the same in all processes, or of one of its batches."""
        seeds = np.random.SeedSequence((self.config.seed, self.optimiser.steps, *batch))
        device = self.group.device if batch else torch.device("cpu")
        seed = int(seeds.generate_state(1, np.uint64)[0] >> 1)
        return torch.Generator(device).manual_seed(seed)

    def _backward(
        self,
        batch: Batch,
        parts: int,
        window: WindowFrames | None,
        progress: float,
        generator: torch.Generator,
    ) -> tuple[float, float, float]:
        """Add one batch's gradient; return its total, phone and letter losses."""
        config = self.config
        varies = self._epoch >= config.curriculum
        views = 2 if varies and config.loss.cr_ctc else 1
        batch = batch.on(self.group.device)
        with torch.no_grad():
            if varies:
                samples, lengths = vary(
                    batch.samples, batch.lengths, config.augmentation, self.noises, generator
                )
                batch = batch._replace(samples=samples, lengths=lengths)
            mels = self.model.features(batch.samples)
            if views == 2:
                batch, mels = batch.twice(), torch.cat([mels, mels])
            lengths = (batch.lengths + HOP - 1) // HOP
            share = min(1.0, progress / config.loss.cr_ramp) if config.loss.cr_ramp else 1.0
            strength = 1 + (VIEW_STRENGTH - 1) * share if views == 2 else 1.0
            if varies:
                mels = masked(mels, lengths, config.augmentation, generator, strength)
        begun = self._now()
        with autocast(self.group.device.type, config.precision):
            heads = self._heads(mels, lengths, window, views)
        frames = (lengths + SUBSAMPLING - 1) // SUBSAMPLING
        agreement = share if views == 2 else 0.0
        loss = losses(heads, batch, frames, config.loss, agreement, self._language)
        (loss.total / parts).backward()  # type: ignore[no-untyped-call]
        self._network += self._now() - begun
        return loss.total.item(), loss.phones, loss.letters

    def _heads(
        self, mels: Tensor, lengths: Tensor, window: WindowFrames | None, views: int
    ) -> Heads:
        """Score a batch; of two views, one is whole and the other cut, if any is.

        So the whole utterance says what its windows are to say: dual-mode recognition, Yu
        et al. (2021), arXiv:2010.06030.
        """
        if views == 1 or not window:
            heads: Heads = self.shared(mels, lengths, window)
            return heads
        pairs = zip(mels.chunk(2), lengths.chunk(2), (None, window), strict=True)
        whole, cut = (self.shared(*pair) for pair in pairs)
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

    def evaluate(self) -> dict[str, float]:
        """Measure the averaged weights on the dev lists; keep them if they are the best."""
        found = greedy_errors(self.average.model, *self.corpus.dev())
        # CTC-CRF leaves to a language what greedy reading has not: more phones are wrong by
        # that measure, and fewer words.
        if found.phones < self.best or self._language is not None:
            self.best = found.phones
            self._checkpoint(self.average.model).save(self.folder / "best.pt")
        log.info(
            "phones %.1f %%, letters %.1f %%, words %.1f %% wrong (greedy, dev)",
            *(100 * rate for rate in (found.phones, found.letters, found.words)),
        )
        self._last = self._now()  # measuring is no part of a step
        return {
            "phone_error": found.phones,
            "letter_error": found.letters,
            "word_error": found.words,
        }

    def _checkpoint(self, model: AcousticModel) -> Checkpoint:
        state = {
            "adam": self.optimiser.adam.state_dict(),
            "average": self.average.model.state_dict(),
            "steps": self.optimiser.steps,
            "epoch": self._epoch,
            "taken": self._taken,
            "hours": self.hours,
            "best": self.best,
        }
        history = {"hours": round(self.hours, 1), "steps": self.optimiser.steps}
        return Checkpoint(self.config, model.state_dict(), state, json.dumps(history))


def draw_window(
    config: WindowConfig, progress: float, generator: torch.Generator
) -> WindowFrames | None:
    """Draw how this step's batches are cut; None for whole utterances."""
    dice = np.random.default_rng(int(torch.randint(2**62, (), generator=generator)))
    if progress < config.start or dice.random() >= config.share:
        return None
    context, step, lookahead = (
        int(dice.integers(*frames, endpoint=True))
        for frames in (config.context, config.step, config.lookahead)
    )
    if dice.random() < config.carried:
        return WindowFrames(step=step, lookahead=lookahead, carries=True)
    return WindowFrames(step=step, lookahead=lookahead, context=context)


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
            training.loop.resume()
        training.run()
    finally:
        group.destroy()
