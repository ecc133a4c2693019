"""What a training shows and writes down: a bar, a CSV log and TensorBoard's."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from tqdm import tqdm

from asr.atomic import write_atomically
from asr.errors import ConfigError
from models.loop.distributed import ProcessGroup

FINISHED: Final = "finished"  # file of a run's folder: there is nothing left to train


class ProgressLog:
    """A bar with the time left, and the logs; silent but in the group's main process."""

    def __init__(
        self,
        folder: Path,
        columns: Sequence[str],
        total_steps: int,  # 0 if they are not known
        done: int,
        group: ProcessGroup,
    ) -> None:
        self._shown = group.is_main
        self._bar = tqdm(
            total=total_steps or None,
            initial=done,
            disable=not self._shown,
            unit="step",
            mininterval=5,
        )
        if self._shown:
            forget_later(folder / "log.csv", done)
            self._file = (folder / "log.csv").open("a", newline="", encoding="utf-8")
            self._csv = csv.DictWriter(self._file, columns)
            if self._file.tell() == 0:
                self._csv.writeheader()
            self._board = _board(folder, done)

    def __enter__(self) -> ProgressLog:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.close()
        if self._shown:
            self._file.close()
            self._board.close()

    def show(self, row: Mapping[str, float]) -> None:
        """Add a step; what was not measured stays empty."""
        if not self._shown:
            return
        self._csv.writerow(row)
        self._file.flush()
        self._bar.update(int(row["step"]) - self._bar.n)
        self._bar.set_postfix_str(f"loss {row.get('loss', 0.0):.3f}", refresh=False)
        for name, value in row.items():
            if name != "step":
                self._board.add_scalar(name, value, row["step"])


def keep(folder: Path) -> None:
    """Refuse to begin anew where a training is. Raises ConfigError."""
    if (folder / "last.pt").exists():
        raise ConfigError(
            f"{folder} holds a training already; go on with --resume, or remove that folder."
        )


def forget_later(log: Path, done: int) -> None:
    """Drop a log's steps after the first `done`, which are about to be taken again."""
    if not log.exists():
        return
    with log.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        columns = reader.fieldnames or ()  # none, if it was cut off before its first row
        rows = [row for row in reader if None not in row.values()]  # the last may be cut off
    with (
        write_atomically(log) as draft,
        draft.open("w", newline="", encoding="utf-8") as file,
    ):
        if columns:
            writer = csv.DictWriter(file, columns)
            writer.writeheader()
            writer.writerows(row for row in rows if int(row["step"]) <= done)


def _board(folder: Path, done: int) -> Any:
    from torch.utils.tensorboard import SummaryWriter  # slow to import

    return SummaryWriter(str(folder / "tensorboard"), purge_step=done + 1)
