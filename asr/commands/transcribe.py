"""`earshot transcribe`: files to text, one or a hundred thousand.

Exit codes: 0 all is done; 1 a file failed or is incomplete; 2 the command line is wrong;
130 stopped by Ctrl+C.
"""

from __future__ import annotations

import argparse
import math
import re
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from asr.commands.console import TEXT_FORMATS, complain
from asr.commands.recognition import engine_options, load_engine
from asr.errors import ConfigError, StorageError
from asr.places import data_folder

if TYPE_CHECKING:
    from asr.batch.batch import Batch, BatchOptions
    from asr.batch.job import FileSource, Selection
    from asr.batch.workers import Workers
    from asr.commands.console import Commands
    from asr.engine import EngineOptions

LOOK_SECONDS: Final = 2.0  # between two looks into a watched folder
MOST_JOBS: Final = 4  # unless more are asked for: each holds a model in memory
WRONG: Final = 2  # the command line, as argparse has it
STOPPED: Final = 130


def add(commands: Commands, recognition: argparse.ArgumentParser) -> None:
    """Describe the command."""
    one = commands.add_parser(
        "transcribe",
        parents=[recognition],
        help="recognise files",
        epilog="Exit codes: 0 all is done, 1 a file failed or is incomplete, "
        "2 the command line is wrong, 130 stopped.",
    )
    one.add_argument(
        "paths",
        type=path_or_address,
        nargs="*",
        metavar="PATH",
        help="file, folder, pattern, address (s3://…), or - (stdin)",
    )
    one.add_argument(
        "--format",
        type=formats,
        action="extend",
        metavar="F,F",
        help=", ".join(ALL_FORMATS) + "; several at once (default: txt)",
    )
    one.add_argument(
        "--output", type=folder_here, metavar="FOLDER", help="a file each, in here"
    )
    add_outputs(one)
    add_selection(one)
    one.add_argument("--json", action="store_true", help="events as one JSON object a line")
    one.set_defaults(command=transcribe)


def add_outputs(one: argparse.ArgumentParser) -> None:
    """Add how outputs are named, written and read."""
    one.add_argument(
        "--template",
        metavar="T",
        help="of an output's path, of {folder} {name} {stem} {format}",
    )
    one.add_argument(
        "--jobs",
        type=positive_number,
        metavar="N",
        help="processes, for files and for parts of a long one",
    )
    one.add_argument("--recursive", action="store_true", help="into folders of folders")
    one.add_argument(
        "--watch", type=folder_here, metavar="FOLDER", help="take what comes into it"
    )
    one.add_argument("--keep", action="store_true", help="in the library of the window, too")
    one.add_argument(
        "--cluster", metavar="ADDRESS", help="of a Ray cluster, or local; files are shared"
    )
    again = one.add_mutually_exclusive_group()
    again.add_argument(
        "--resume", action="store_true", help="go on; the default for an --output of before"
    )
    again.add_argument("--overwrite", action="store_true", help="do all again")
    one.add_argument("--times", action="store_true", help="begin paragraphs with their time")
    one.add_argument(
        "--paragraphs", type=float, metavar="SECONDS", help="join segments nearer than this"
    )
    one.add_argument(
        "--unsure", type=probability, metavar="P", help="mark words below (0.5; 0: none)"
    )
    one.add_argument("--karaoke", action="store_true", help="vtt: a time before each word")


def add_selection(one: argparse.ArgumentParser) -> None:
    """Add what is heard of each file."""
    one.add_argument(
        "--channels", default="mix", metavar="C", help="mix, each (a speaker each), or a number"
    )
    one.add_argument(
        "--track", type=positive_number, metavar="N", help="of several sound tracks, from 1"
    )
    one.add_argument("--from", dest="start", type=seconds, metavar="TIME", help="1:30 or 90")
    one.add_argument("--to", dest="end", type=seconds, metavar="TIME")


ALL_FORMATS: Final = (*TEXT_FORMATS, "docx")


def path_or_address(text: str) -> Path | str:
    """Tell files of this machine from addresses, for argparse."""
    from asr.batch.remote import is_address

    return text if is_address(text) else Path(text)


def folder_here(text: str) -> Path:
    """Read the name of a folder, for argparse."""
    if not isinstance(found := path_or_address(text), Path):
        raise argparse.ArgumentTypeError(
            f"{text} is not on this machine: name one of its folders"
        )
    return found


def formats(text: str) -> list[str]:
    """Read «srt,vtt», for argparse."""
    names = [one.strip().lower() for one in text.split(",")]
    for one in names:
        if one not in ALL_FORMATS:
            known = ", ".join(ALL_FORMATS)
            raise argparse.ArgumentTypeError(f"there is no format {one!r}; choose of {known}")
    return names


def positive_number(text: str) -> int:
    """Read a number from 1 on, for argparse."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is no number from 1 on")
    return int(text)


def probability(text: str) -> float:
    """Read a number from 0 to 1, for argparse."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 <= number <= 1:
        raise argparse.ArgumentTypeError(f"{text} is no number from 0 to 1")
    return number


def seconds(text: str) -> float:
    """Read «90», «1:30» or «1:01:30.5», for argparse."""
    if not re.fullmatch(r"(\d+:){0,2}\d+(\.\d+)?", text):
        raise argparse.ArgumentTypeError(f"{text} is no time: write 90, 1:30 or 1:01:30.5")
    total = 0.0
    for part in text.split(":"):
        total = 60 * total + float(part)
    return total


def transcribe(options: argparse.Namespace) -> int:
    """Recognise files; one that cannot be read does not keep the others from it."""
    from asr.batch.batch import Batch
    from asr.batch.job import engine_fingerprint
    from asr.commands.progress import display
    from asr.pack import Pack

    try:
        batch_options = _batch_options(options)
    except ConfigError as error:
        complain(str(error))
        return WRONG
    chosen = engine_options(options)
    pack = Pack.open(chosen.pack)
    with ExitStack() as stack:
        sources: Sequence[FileSource] = () if options.watch else _sources(options, stack)
        batch = Batch(
            batch_options,
            _workers(options, chosen, batch_options.selection, sources),
            pack=pack.checksum,
            fingerprint=engine_fingerprint(chosen),
        )
        screen = stack.enter_context(display(options.json, sources))
        stack.enter_context(_until_interrupted(batch))
        incoming = _watched(options) if options.watch else iter(sources)
        for event in batch.run(incoming):
            screen.show(event)
        n_waiting = 0 if options.watch else len(sources) - screen.tally.n_files
        screen.close(n_waiting)
        if batch.is_stopping and not options.watch:
            return STOPPED
        return 1 if screen.tally.failures else 0


def _batch_options(options: argparse.Namespace) -> BatchOptions:
    """Check what the command line says, before anything is loaded. Raises ConfigError."""
    from asr.batch.batch import BatchOptions
    from asr.batch.job import TEMPLATE
    from asr.formats import FormatOptions

    wanted = tuple(dict.fromkeys(options.format or ["txt"]))
    if not options.paths and not options.watch:
        raise ConfigError("Say which files to transcribe: earshot transcribe PATH...")
    if options.paths and options.watch:
        raise ConfigError("--watch looks after one folder: give no other paths with it.")
    if options.watch and not options.watch.is_dir():
        raise ConfigError("There is no folder {folder} to watch.", folder=options.watch)
    if options.output is None:
        _check_without_output(options, wanted)
    return BatchOptions(
        output=options.output,
        library=data_folder() if options.keep else None,
        formats=wanted,
        template=options.template or TEMPLATE,
        overwrite=options.overwrite,
        selection=_selection(options),
        format_options=FormatOptions(
            times=options.times,
            paragraph_pause=options.paragraphs or 0.0,
            unsure=FormatOptions().unsure if options.unsure is None else options.unsure,
            karaoke=options.karaoke,
        ),
    )


def _check_without_output(options: argparse.Namespace, wanted: Sequence[str]) -> None:
    needs = [
        name
        for name in ("watch", "cluster", "template", "resume", "overwrite")
        if getattr(options, name)
    ]
    if (options.jobs or 1) > 1:  # texts on a terminal come in the order of their files
        needs.append("jobs")
    if needs:
        raise ConfigError(
            "--{option} is for files: give --output FOLDER, too.", option=needs[0]
        )
    if not set(wanted) <= set(TEXT_FORMATS):
        raise ConfigError("A terminal cannot show docx: give --output FOLDER.")
    if len(wanted) > 1:
        raise ConfigError("Several formats need --output FOLDER.")


def _selection(options: argparse.Namespace) -> Selection:
    from asr.batch.job import Selection

    channels = options.channels
    if channels not in ("mix", "each") and not (channels.isdecimal() and int(channels)):
        raise ConfigError(
            "--channels {channels} is neither mix nor each nor a number.", channels=channels
        )
    start, end = options.start or 0.0, math.inf if options.end is None else options.end
    if end <= start:
        raise ConfigError(
            "--to {end:g} s lies before --from {start:g} s.", start=start, end=end
        )
    return Selection(
        track=options.track and options.track - 1,
        channel=int(channels) - 1 if channels.isdecimal() else None,
        each_channel=channels == "each",
        start=start,
        end=end,
    )


def _sources(options: argparse.Namespace, stack: ExitStack) -> list[FileSource]:
    """Find the files; the standard input is kept in one of its own meanwhile."""
    from asr.batch.sources import find_sources

    named = [path for path in options.paths if str(path) != "-"]
    found = list(find_sources(named, recursive=options.recursive))
    if len(named) < len(options.paths):
        found.append(_standard_input(stack))
    return found


def _standard_input(stack: ExitStack) -> FileSource:
    from asr.batch.job import FileSource

    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="earshot-")))
    try:
        with (folder / "stdin").open("wb") as file:
            shutil.copyfileobj(sys.stdin.buffer, file)
    except OSError as error:
        raise StorageError(
            "The standard input cannot be kept: {why}.", why=error.strerror
        ) from error
    return FileSource(folder / "stdin")


def _watched(options: argparse.Namespace) -> Iterator[FileSource | None]:
    """Yield what comes into a folder, and None as long as nothing does."""
    from asr.batch.sources import WatchedFolder

    folder = WatchedFolder(options.watch, recursive=options.recursive)
    while True:
        yield from folder.look()
        next_look = time.monotonic() + LOOK_SECONDS
        while time.monotonic() < next_look:
            yield None


def _workers(
    options: argparse.Namespace,
    chosen: EngineOptions,
    selection: Selection,
    sources: Sequence[FileSource],
) -> Workers:
    """Choose who does the jobs: this process, or as many as the machine has room for."""
    import os
    from functools import partial

    if options.cluster:
        from asr.batch.cluster import Cluster

        gpus = float(chosen.provider == "cuda")
        factory = partial(load_engine, chosen)
        return Cluster(factory, options.cluster, n_actors=options.jobs, gpus=gpus)
    from asr.batch.workers import Here, Processes

    n_jobs = options.jobs or _n_jobs(options, selection, sources)
    threads = max(1, min((os.cpu_count() or 1) // n_jobs, MOST_JOBS))
    factory = partial(load_engine, replace(chosen, threads=threads))
    return Here(factory) if n_jobs == 1 else Processes(factory, n_jobs)


def _n_jobs(
    options: argparse.Namespace, selection: Selection, sources: Sequence[FileSource]
) -> int:
    """Choose how many processes hear the files, where nobody says it."""
    import os

    from asr.batch.tasks import length_and_channels
    from asr.batch.workers import STRETCH

    most = min(os.cpu_count() or 1, MOST_JOBS)
    if options.watch:
        return most
    if not options.output and len(sources) > 1:
        return 1  # texts on a terminal come in the order of their files
    if len(sources) < most and any(
        length_and_channels(one, selection, at_least=2 * STRETCH) for one in sources
    ):
        return most  # a long one is heard in stretches
    return max(1, min(most, len(sources)))


@contextmanager
def _until_interrupted(batch: Batch) -> Iterator[None]:
    """Let Ctrl+C stop the batch at its seams; once more, at once."""

    def interrupt(number: int, frame: object) -> None:
        if batch.is_stopping:
            raise KeyboardInterrupt
        batch.stop()
        sys.stderr.write("Stopping; what is final is kept. Ctrl+C again stops at once.\n")

    numbers = [signal.SIGINT, signal.SIGTERM]
    before = [signal.signal(number, interrupt) for number in numbers]
    try:
        yield
    finally:
        for number, action in zip(numbers, before, strict=True):
            signal.signal(number, action)
