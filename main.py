"""Earshot: live speech-to-text on your own machine.

Without a command the window opens; `earshot COMMAND --help` tells about each command.
"""

from __future__ import annotations

import argparse
import io
import json
import logging
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from asr.commands.console import Commands, SentenceParser, complain, say
from asr.commands.parser import add_commands
from asr.commands.recognition import engine, recognition_options
from asr.errors import AsrError, ConfigError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return 0, 1 for what a sentence explains, 130 if interrupted."""
    options, rest = parser().parse_known_args(arguments)
    if rest and options.command is not train_language:
        parser().error(f"{' '.join(rest)}: unknown here")
    options.rest = rest
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # names in any script, on any terminal
            stream.reconfigure(encoding="utf-8")
    logging.basicConfig(
        level=logging.DEBUG if options.verbose else logging.WARNING,
        format="%(levelname)s %(name)s: %(message)s",
    )
    command: Callable[[argparse.Namespace], int] = options.command
    try:
        return command(options)
    except AsrError as error:
        return complain(str(error))
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output has gone; nothing is left to say
        return 0


def window(options: argparse.Namespace) -> int:
    """Open the window."""
    from gui.app import run

    # Qt would end the process with advice to install it again.
    screens = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    if sys.platform == "linux" and not any(map(os.environ.get, screens)):
        raise ConfigError(
            "There is no screen to open a window on (DISPLAY is not set). "
            "In a terminal, `earshot listen` writes what is said."
        )
    return run(lambda: engine(options))


def parser() -> argparse.ArgumentParser:
    """Describe every command on one screen."""
    top: argparse.ArgumentParser = SentenceParser(prog="earshot", description=__doc__)
    top.add_argument("-v", "--verbose", action="store_true", help="tell more")
    top.set_defaults(command=window, **vars(recognition_options().parse_args([])))
    commands = top.add_subparsers(metavar="COMMAND")
    add_commands(commands)
    add_training(commands)
    return top


# ── Training and export: these need the extra [train] ───────────────────────────────


def add_training(commands: Commands) -> None:
    """Add the commands that need torch."""
    one = commands.add_parser("train", help="train an acoustic model")
    one.add_argument("config", type=Path, metavar="CONFIG.toml")
    one.add_argument("--into", type=Path, metavar="FOLDER", help="default: runs/CONFIG")
    one.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    one.add_argument("--resume", action="store_true", help="go on from the last checkpoint")
    one.add_argument("--minutes", type=float, help="train so long, whatever is heard")
    one.set_defaults(command=train)

    one = commands.add_parser(  # models.language.build, which needs the extra, reads the rest
        "train-language", help="build a language model", add_help=False
    )
    one.set_defaults(command=train_language)

    one = commands.add_parser("export", help="write a checkpoint as a pack")
    one.add_argument("checkpoint", type=Path)
    one.add_argument("pack_folder", type=Path, metavar="PACK")
    one.add_argument("--language", type=Path, metavar="FOLDER", help="with language.* files")
    one.set_defaults(command=export)

    one = commands.add_parser("tune", help="choose decoder weights on dev lists")
    one.add_argument("manifests", type=Path, nargs="+", metavar="DEV.tsv")
    one.add_argument("--pack", type=Path, help="folder of a model pack")
    one.add_argument("--each", type=int, default=100, metavar="N", help="utterances of a list")
    one.set_defaults(command=tune)


def tell_progress() -> None:
    """Let what takes long say what it does."""
    for room in ("models", "export"):
        logging.getLogger(room).setLevel(logging.INFO)


def train(options: argparse.Namespace) -> int:
    """Train an acoustic model."""
    from models.acoustic.training import train as train_model

    tell_progress()
    run = options.into or Path("runs") / options.config.stem
    changes = list(options.set)
    if options.minutes is not None:
        changes.append(f"minutes={options.minutes}")
    train_model(options.config, run, changes, resume=options.resume)
    return 0


def train_language(options: argparse.Namespace) -> int:
    """Build a language model and a lexicon from texts."""
    from models.language.build import main as train_on_texts

    tell_progress()
    train_on_texts(options.rest)
    return 0


def export(options: argparse.Namespace) -> int:
    """Write a checkpoint as a pack."""
    from export.pack import write_pack

    worst = write_pack(options.checkpoint, options.pack_folder, language=options.language)
    say(f"{options.pack_folder}: onnxruntime and torch differ by at most {worst:.1e} nats.")
    return 0


def tune(options: argparse.Namespace) -> int:
    """Choose decoder weights and calibrate confidence on dev lists."""
    from asr.pack import EMBEDDED
    from export.tune import tune as tune_pack

    tell_progress()
    found = tune_pack(options.pack or EMBEDDED, options.manifests, options.each)
    say(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
