"""The loop that every training runs."""

from pathlib import Path
from typing import Any

import pytest
import torch

from asr.errors import ConfigError
from models.loop import loop
from models.loop.distributed import ProcessGroup
from models.loop.loop import Budget, Loop
from models.loop.progress import FINISHED

ALONE = ProcessGroup(0, 1, torch.device("cpu"))


class Counter:
    """A training of one number, on a clock that each of its steps moves on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, lasts: float = 1.0) -> None:
        self.count = 0
        self.seen: list[float] = []
        self.measured = 0
        self._lasts = lasts
        self._now = 100.0
        monkeypatch.setattr(loop.time, "monotonic", lambda: self._now)

    def step(self, progress: float) -> dict[str, float]:
        self.count += 1
        self.seen.append(progress)
        self._now += self._lasts
        return {"loss": 1 / self.count}

    def evaluate(self) -> dict[str, float]:
        self.measured += 1
        return {"error": 0.5}

    def content(self) -> dict[str, Any]:
        return {"count": self.count}

    def restore(self, content: dict[str, Any]) -> None:
        self.count = content["count"]


def run(trainee: Counter, folder: Path, budget: Budget) -> Loop:
    made = Loop(trainee, folder, ALONE, budget, ["loss", "error"])
    made.run()
    return made


def test_steps_are_counted_measured_and_logged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trainee = Counter(monkeypatch)

    run(trainee, tmp_path, Budget(steps=5, evaluate_steps=2, log_steps=2))

    assert trainee.seen == [0.0, 0.2, 0.4, 0.6, 0.8]
    assert trainee.measured == 3
    lines = (tmp_path / "log.csv").read_text(encoding="utf-8").splitlines()
    assert [line.split(",")[0] for line in lines] == ["step", "2", "4", "5"]
    assert (tmp_path / FINISHED).exists()


def test_by_the_clock_the_steps_do_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trainee = Counter(monkeypatch, lasts=30.0)

    run(trainee, tmp_path, Budget(steps=2, minutes=2.0))

    assert trainee.seen == [0.0, 0.25, 0.5, 0.75]


def test_what_was_cut_off_goes_on_from_its_checkpoint_and_its_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = Counter(monkeypatch, lasts=30.0)
    run(first, tmp_path, Budget(steps=1, minutes=1.0))

    second = Counter(monkeypatch, lasts=30.0)
    longer = Loop(second, tmp_path, ALONE, Budget(steps=1, minutes=2.0), ["loss", "error"])
    longer.resume()
    longer.run()

    assert second.seen == [0.5, 0.75]
    assert second.count == longer.steps == 4


def test_another_checkpoint_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trainee = Counter(monkeypatch)
    torch.save({"other": 1}, tmp_path / "last.pt")

    with pytest.raises(ConfigError, match="of another training"):
        Loop(trainee, tmp_path, ALONE, Budget(steps=1), []).resume()
