"""`earshot transcribe`: files to text."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from asr.commands.console import TEXT_FORMATS, complain, write_bytes
from asr.commands.recognition import engine
from asr.errors import AsrError, ConfigError, StorageError

if TYPE_CHECKING:
    from asr.commands.parser import Commands


def add(commands: Commands, recognition: argparse.ArgumentParser) -> None:
    """Describe the command."""
    one = commands.add_parser("transcribe", parents=[recognition], help="recognise files")
    one.add_argument("files", type=Path, nargs="+", metavar="FILE")
    one.add_argument("--format", choices=(*TEXT_FORMATS, "docx"), default="txt")
    one.add_argument("--output", type=Path, metavar="FOLDER", help="a file each, in here")
    one.set_defaults(command=transcribe)


def transcribe(options: argparse.Namespace) -> int:
    """Recognise files; one that cannot be read does not keep the others from it."""
    from asr.formats import encode, save

    if options.output:
        prepare_output(options.output, [path.name for path in options.files])
    elif options.format not in TEXT_FORMATS:
        raise ConfigError(
            "A terminal cannot show {format}: give --output FOLDER.", format=options.format
        )
    recogniser = engine(options)
    failures = 0
    for path in options.files:
        try:
            transcript = recogniser.transcribe(path)
            if options.output:
                save(transcript, options.output / f"{path.name}.{options.format}")
            else:
                write_bytes(encode(transcript, options.format))
        except AsrError as error:
            failures += complain(str(error))
        else:
            failures += complain(str(transcript.trouble)) if transcript.trouble else 0
    return min(failures, 1)


def prepare_output(folder: Path, names: Sequence[str]) -> None:
    """Make the folder, and see that no transcript would overwrite another."""
    if twice := {name for name in names if names.count(name) > 1}:
        raise ConfigError(
            "Several files are called {names}: their transcripts would "
            "overwrite one another. Transcribe them into different folders.",
            names=", ".join(sorted(twice)),
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(
            "{folder} cannot be made: {why}.", folder=folder, why=error.strerror
        ) from error
