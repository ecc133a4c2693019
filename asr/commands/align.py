"""`earshot align`: times for texts that you have."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from asr.commands.console import TEXT_FORMATS, complain, say, write_bytes
from asr.commands.recognition import engine
from asr.errors import AsrError, ConfigError, StorageError

if TYPE_CHECKING:
    from asr.alignment_report import Difference
    from asr.commands.console import Commands
    from asr.transcript import Transcript


def add(commands: Commands, recognition: argparse.ArgumentParser) -> None:
    """Describe the command."""
    one = commands.add_parser("align", parents=[recognition], help="time a text you have")
    one.add_argument(
        "paths",
        type=Path,
        nargs="+",
        metavar="PATH",
        help="sound and text, again and again; or folders with talk.wav and talk.txt",
    )
    one.add_argument("--format", choices=(*TEXT_FORMATS, "docx"), default="srt")
    one.add_argument("--output", type=Path, metavar="FOLDER", help="a file each, in here")
    one.add_argument(
        "--report",
        type=Path,
        metavar="FILE.csv",
        help="list what was not said, and what was said and is not written",
    )
    one.set_defaults(command=align)


def align(options: argparse.Namespace) -> int:
    """Lay texts over their recordings; a pair that fails does not keep the others from it."""
    from asr.alignment import align_file
    from asr.alignment_report import difference_table, find_differences
    from asr.batch.work import make_folder
    from asr.formats import FormatOptions, encode, save
    from asr.transcript import as_heard

    pairs = list(pairs_of(options.paths))
    _check(options, pairs)
    if options.output:
        make_folder(options.output)
    recogniser = engine(options)
    plain = FormatOptions(unsure=0.0)  # what was not said stands in brackets already
    compared: list[tuple[str, list[Difference]]] = []
    failures = 0
    for audio, text in pairs:
        try:
            transcript = align_file(recogniser, audio, text)
            said = tuple(map(as_heard, transcript.segments))
            shown = replace(transcript, segments=said) if options.raw else transcript
            if options.output:
                save(shown, options.output / f"{audio.name}.{options.format}", plain)
            else:
                write_bytes(encode(shown, options.format, plain))
            if options.report:
                heard = recogniser.transcribe(audio)
                compared.append((audio.name, find_differences(transcript, heard)))
            failures += _told(transcript)
        except AsrError as error:
            failures += complain(str(error))
    if options.report:
        _write(options.report, difference_table(compared))
    if len(pairs) > 1:
        say(f"{len(pairs)} pairs: {len(pairs) - failures} done, {failures} failed.")
    return min(failures, 1)


def _told(transcript: Transcript) -> int:
    """Say what is wrong with it, if something is; return whether it is."""
    return complain(str(transcript.trouble)) if transcript.trouble else 0


def pairs_of(paths: Sequence[Path]) -> Iterator[tuple[Path, Path]]:
    """Yield sounds with their texts: as they are named in turn, or by name in folders.

    Raises:
        ConfigError: One has no other.
    """
    from asr.batch.sources import sounds_in

    named = [path for path in paths if not path.is_dir()]
    if len(named) % 2:
        raise ConfigError("{path} has no text after it: name both.", path=named[-1])
    yield from zip(named[::2], named[1::2], strict=True)
    for folder in paths:
        if not folder.is_dir():
            continue
        sounds = [source.path for source in sounds_in(folder, recursive=False)]
        both = [(sound, sound.with_suffix(".txt")) for sound in sounds]
        found = [(sound, text) for sound, text in both if text.exists()]
        if not found:
            raise ConfigError(
                "In {folder} no sound has a text of its name, such as talk.wav and talk.txt.",
                folder=folder,
            )
        yield from found


def _check(options: argparse.Namespace, pairs: Sequence[tuple[Path, Path]]) -> None:
    """See that the results have a place each. Raises ConfigError."""
    if options.output is None and (len(pairs) > 1 or options.format == "docx"):
        raise ConfigError("Several pairs, and docx, need --output FOLDER.")
    names = [audio.name for audio, _ in pairs]
    if twice := {name for name in names if names.count(name) > 1}:
        raise ConfigError(
            "Several files are called {names}: align them into different folders.",
            names=", ".join(sorted(twice)),
        )


def _write(path: Path, content: bytes) -> None:
    from asr.atomic import write_atomically

    try:
        with write_atomically(path) as draft:
            draft.write_bytes(content)
    except OSError as error:
        raise StorageError(
            "{path} cannot be written: {why}.", path=path, why=error.strerror
        ) from error
