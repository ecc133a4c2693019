"""How a batch is shown: as bars on a terminal, as sentences elsewhere, as JSON for programs."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePath

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskID,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from asr.batch.events import (
    Accepted,
    Advanced,
    BatchEvent,
    Failed,
    Finished,
    Skipped,
    Started,
    Stopped,
    event_to_dict,
)
from asr.batch.job import FileSource
from asr.commands.console import complain, write_bytes
from asr.formats.paragraphs import clock_time


@dataclass(slots=True)
class Tally:
    """What became of the files so far."""

    n_files: int = 0
    n_done: int = 0
    n_skipped: int = 0
    n_incomplete: int = 0  # in this run or one before
    n_failed: int = 0
    n_stopped: int = 0
    seconds: float = 0.0  # of sound that was recognised
    names: dict[int, str] = field(default_factory=dict)
    failures: list[tuple[str, str]] = field(default_factory=list)
    begin: float = field(default_factory=time.monotonic)

    def count(self, event: BatchEvent) -> None:
        """Count an event."""
        match event:
            case Accepted(number, name):
                self.n_files += 1
                self.names[number] = name
            case Finished():
                self.seconds += event.seconds
                if event.trouble:
                    self._miss(event.job, event.trouble)
                else:
                    self.n_done += 1
            case Failed():
                self.n_failed += 1
                self.failures.append((self.names[event.job], event.sentence))
            case Skipped() if event.trouble:
                self._miss(event.job, event.trouble)
            case Skipped():
                self.n_skipped += 1
            case Stopped():
                self.n_stopped += 1
                self.seconds += event.seconds

    def _miss(self, job: int, trouble: str) -> None:
        """Count a file of which a part is missing."""
        self.n_incomplete += 1
        self.failures.append((self.names[job], trouble))

    def described(self, n_waiting: int) -> str:
        """The whole in one line."""
        took = time.monotonic() - self.begin
        counts = [
            (self.n_done, "done"),
            (self.n_skipped, "not needed"),
            (self.n_incomplete, "incomplete"),
            (self.n_failed, "failed"),
            (self.n_stopped, "stopped"),
            (n_waiting, "waiting"),
        ]
        told = ", ".join(f"{n} {what}" for n, what in counts if n)
        summary = f"{self.n_files + n_waiting} files: {told}"
        if not self.seconds:
            return f"{summary}."
        speed = f", {_rate(self.seconds / took)} times as fast" if took else ""
        heard = f"{clock_time(self.seconds)} of sound in {clock_time(took)}{speed}"
        return f"{summary}; {heard}."


class Sentences:
    """Texts on the standard output; one sentence for each file that failed."""

    def __init__(self) -> None:
        self.tally = Tally()

    def show(self, event: BatchEvent) -> None:
        """Show an event."""
        self.tally.count(event)
        match event:
            case Finished() | Stopped():
                for content in event.contents:
                    write_bytes(content)
        if sentence := self._sentence(event):
            self._complain(sentence)

    def close(self, n_waiting: int) -> None:
        """Sum up, if there was more than one file."""
        if self.tally.n_files + n_waiting > 1:
            self._tell(self.tally.described(n_waiting))

    def _sentence(self, event: BatchEvent) -> str:
        """What there is to say of an event, with the name of its file."""
        match event:
            case Failed() | Stopped():
                sentence = event.sentence
            case Finished():
                sentence = event.trouble or event.note
            case Skipped() if event.trouble:
                sentence = event.trouble
            case Skipped() if event.reason != "done already":
                sentence = f"Not needed: {event.reason}."
            case _:
                return ""
        name = self.tally.names[event.job]
        whole, short = f"«{name}»", f"«{PurePath(name).name}»"
        if whole in sentence or not sentence:
            return sentence
        if sentence.startswith(short):  # of like names, which one
            return whole + sentence.removeprefix(short)
        return f"{whole}: {sentence}"

    def _complain(self, sentence: str) -> None:
        complain(sentence)

    def _tell(self, line: str) -> None:
        sys.stderr.write(line + "\n")


class JsonProgress(Sentences):
    """One JSON object for each event, and one for the whole at the end."""

    def show(self, event: BatchEvent) -> None:
        """Write an event."""
        self.tally.count(event)
        self._write(event_to_dict(event, self.tally.names[event.job]))

    def close(self, n_waiting: int) -> None:
        """Write the summary."""
        tally = self.tally
        self._write(
            {
                "event": "summary",
                "files": tally.n_files,
                "done": tally.n_done,
                "skipped": tally.n_skipped,
                "incomplete": tally.n_incomplete,
                "failed": tally.n_failed,
                "stopped": tally.n_stopped,
                "waiting": n_waiting,
                "seconds": tally.seconds,
            }
        )

    def _write(self, fields: dict[str, object]) -> None:
        sys.stdout.write(json.dumps(fields, ensure_ascii=False) + "\n")
        sys.stdout.flush()


class Bars(Sentences):
    """A bar for each file under way and one for the whole, which counts bytes."""

    def __init__(self, progress: Progress, sources: Sequence[FileSource]) -> None:
        super().__init__()
        self._progress = progress
        self._sizes = [_size(source) for source in sources]
        self._whole = progress.add_task("all", total=sum(self._sizes) or None, speed="")
        self._bars: dict[int, TaskID] = {}
        self._parts: dict[int, float] = {}  # of each file under way, 0 to 1
        self._done = 0  # bytes
        self._heard: dict[int, float] = {}  # seconds of sound of files under way
        self._written: tuple[str, ...] = ()  # by the last file that ended

    def show(self, event: BatchEvent) -> None:
        """Move the bars."""
        super().show(event)
        match event:
            case Started():
                name = self.tally.names[event.job]
                self._bars[event.job] = self._progress.add_task(name, total=None, speed="")
            case Advanced(job, heard, total):
                self._progress.update(self._bars[job], completed=heard, total=total)
                self._parts[job] = min(1.0, heard / total) if total else 0.0
                self._heard[job] = heard
            case Finished() | Stopped() | Skipped():
                self._written = event.outputs
                self._end(event.job)
            case Failed():
                self._end(event.job)
        self._move_whole()

    def close(self, n_waiting: int) -> None:
        """Take the bars away, list what failed, and sum up; of one file, tell where it is."""
        self._progress.stop()
        if self.tally.n_files == 1:
            for path in self._written:
                self._tell(f"{_from_here(path)} is written.")
        if len(self.tally.failures) > 1:
            table = Table("File", "What failed, and why", box=None)
            for row in self.tally.failures:
                table.add_row(*row)
            self._progress.console.print(table)
        super().close(n_waiting)

    def _end(self, job: int) -> None:
        if job in self._bars:
            self._progress.remove_task(self._bars.pop(job))
        self._parts.pop(job, None)
        self._heard.pop(job, None)
        self._done += self._size(job)

    def _size(self, job: int) -> int:
        return self._sizes[job - 1] if job <= len(self._sizes) else 0

    def _move_whole(self) -> None:
        tally = self.tally
        part = sum(self._size(job) * part for job, part in self._parts.items())
        took = time.monotonic() - tally.begin
        heard = tally.seconds + sum(self._heard.values())
        n_ended = tally.n_files - len(self._bars)
        name = f"{n_ended} of {max(len(self._sizes), tally.n_files)} files"
        speed = f"{_rate(heard / took)} x" if took > 1 else ""
        self._progress.update(
            self._whole, completed=self._done + part, description=name, speed=speed
        )

    def _complain(self, sentence: str) -> None:
        self._progress.console.print(sentence, markup=False, highlight=False)

    def _tell(self, line: str) -> None:
        self._complain(line)


@contextmanager
def display(as_json: bool, sources: Sequence[FileSource]) -> Iterator[Sentences]:
    """Choose how to show a batch: bars only where somebody looks at them."""
    if as_json:
        yield JsonProgress()
    elif not sys.stderr.isatty():
        yield Sentences()
    else:
        columns = (
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TaskProgressColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[speed]}"),
        )
        with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
            yield Bars(progress, sources)


def _from_here(path: str) -> str:
    """Name a file of the working folder without it."""
    here = PurePath(path)
    return str(here.relative_to(Path.cwd())) if here.is_relative_to(Path.cwd()) else path


def _rate(times: float) -> str:
    """Write how many times; slow ones are no «0 times»."""
    return f"{times:.0f}" if times >= 10 else f"{times:.1f}"


def _size(source: FileSource) -> int:
    with suppress(OSError):
        return source.path.stat().st_size
    return 0
