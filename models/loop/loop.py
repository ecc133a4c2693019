"""The loop that every training runs: steps, measures, the log, checkpoints, and the end.

    Loop ── step(progress) ──▶ Trainee ──▶ a row of the log
      │ ── evaluate() ──────▶            ──▶ more of the row, now and then
      └ ── content() ───────▶            ──▶ last.pt: every few minutes, and in the end

A run's folder holds log.csv (and TensorBoard's log), last.pt, to go on from, and in the end an
empty file `finished`. Progress runs from 0 to 1 over the steps, or over the minutes, if the
training has so many: then the learning rate is at nothing when they are over, on any machine.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from asr.errors import ConfigError
from models.loop.checkpoint import read_checkpoint, write_checkpoint
from models.loop.distributed import ProcessGroup
from models.loop.progress import FINISHED, ProgressLog


class Trainee(Protocol):
    """What is trained, as far as the loop knows it."""

    def step(self, progress: float) -> dict[str, float]:
        """Take a step; return what the log says of it."""

    def evaluate(self) -> dict[str, float]:
        """Measure on what is not trained on; return what the log says of it."""

    def content(self) -> dict[str, Any]:
        """Return what a checkpoint holds."""

    def restore(self, content: dict[str, Any]) -> None:
        """Go on from a checkpoint's content.

        Raises:
            RuntimeError, KeyError, TypeError, ValueError: It is of another training.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """How long a training goes on, and how often it does what."""

    steps: int
    minutes: float = 0.0  # of training, over all its processes' lives; above 0: not the steps
    evaluate_steps: int = 500
    checkpoint_minutes: float = 4.0
    log_steps: int = 1

    def progress(self, steps: int, seconds: float) -> float:
        """Return how much is done, 0 to 1."""
        done = seconds / (60 * self.minutes) if self.minutes else steps / self.steps
        return min(done, 1.0)


class Loop:
    """A training's life in a folder, over one process or several."""

    def __init__(
        self,
        trainee: Trainee,
        folder: Path,
        group: ProcessGroup,
        budget: Budget,
        columns: Sequence[str],  # of the log, beside step and seconds
    ) -> None:
        self._trainee = trainee
        self._folder = folder
        self._group = group
        self._budget = budget
        self._columns = ("step", "seconds", *columns)
        self._earlier = 0.0  # seconds of training before this process
        self._began = time.monotonic()
        self.steps = 0

    @property
    def seconds(self) -> float:
        """Of training so far; the processes of a group mean the same."""
        return self._group.all_reduce_mean(self._earlier + time.monotonic() - self._began)

    def resume(self) -> None:
        """Go on from the folder's last checkpoint, as if never cut off. Raises ConfigError."""
        path = self._folder / "last.pt"
        content = read_checkpoint(path)
        try:
            self._trainee.restore(content)
            self.steps, self._earlier = content["loop"]["steps"], content["loop"]["seconds"]
        except (RuntimeError, KeyError, TypeError, ValueError) as error:
            raise ConfigError(
                f"{path} is of another training; begin in a new folder."
            ) from error
        self._began = time.monotonic()

    def run(self) -> None:
        """Train to the end; write down what is needed to go on."""
        budget, is_main = self._budget, self._group.is_main
        if is_main:
            self._folder.mkdir(parents=True, exist_ok=True)
            (self._folder / FINISHED).unlink(missing_ok=True)
        total = 0 if budget.minutes else budget.steps
        with ProgressLog(self._folder, self._columns, total, self.steps, self._group) as shown:
            seconds = saved = self.seconds
            while (progress := budget.progress(self.steps, seconds)) < 1:
                row: dict[str, float] = self._trainee.step(progress)
                self.steps += 1
                seconds = self.seconds
                is_last = budget.progress(self.steps, seconds) >= 1
                measures = self.steps % budget.evaluate_steps == 0 or is_last
                if measures and is_main:
                    row |= self._trainee.evaluate()
                if measures or self.steps % budget.log_steps == 0:
                    shown.show({"step": self.steps, "seconds": round(seconds, 1), **row})
                if seconds - saved > 60 * budget.checkpoint_minutes:
                    self._save(seconds)
                    saved = seconds
        self._save(seconds)
        if is_main:
            (self._folder / FINISHED).touch()

    def _save(self, seconds: float) -> None:
        if self._group.is_main:
            loop = {"steps": self.steps, "seconds": seconds}
            write_checkpoint(
                {**self._trainee.content(), "loop": loop}, self._folder / "last.pt"
            )
