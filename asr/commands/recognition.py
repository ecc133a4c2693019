"""What every command that recognises understands, and the engine it asks for."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from asr.commands.console import complain
from asr.errors import StorageError

if TYPE_CHECKING:
    from asr.engine import Engine, EngineOptions


def recognition_options() -> argparse.ArgumentParser:
    """Return a parser to be a parent of each command that recognises."""
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--pack", type=Path, help="folder of a model pack")
    shared.add_argument("--provider", choices=("auto", "cpu", "cuda"), default="auto")
    shared.add_argument("--decoder", choices=("beam", "greedy"), default="beam")
    shared.add_argument("--hot-words", type=Path, metavar="FILE", help="a phrase a line")
    shared.add_argument(
        "--language", type=Path, metavar="FILE", help="a language model instead of the pack's"
    )
    shared.add_argument(
        "--personal", type=Path, metavar="FILE", help="a language model to mix in"
    )
    shared.add_argument("--personal-weight", type=float, metavar="W", help="of it; 0 to 1")
    shared.add_argument(
        "--raw", action="store_true", help="words as heard: no case, marks or figures"
    )
    shared.add_argument(
        "--spoken-commands", action="store_true", help="obey «comma», «new paragraph» and such"
    )
    shared.add_argument(
        "--replacements",
        type=Path,
        metavar="FILE",
        help="lines of «heard words = shown text»",
    )
    return shared


def engine_options(options: argparse.Namespace) -> EngineOptions:
    """Return what the command line says about the recogniser. Raises AsrError."""
    from asr.decoding.hot_words import HotWords
    from asr.engine import EngineOptions
    from asr.language.user import UserLanguage
    from asr.readable.replacements import Replacements
    from asr.readable.writer import ReadableOptions
    from asr.text_file import read_lines

    hot_words, replacements = HotWords(), Replacements()
    if options.hot_words:
        lines = read_lines(options.hot_words, "The list of hot words", StorageError)
        hot_words = HotWords.parse(lines)
        if hot_words.left_out:
            complain(hot_words.left_out_sentence)
    if options.replacements:
        lines = read_lines(options.replacements, "The list of replacements", StorageError)
        replacements = Replacements.parse(lines)
    language = UserLanguage(model=options.language, personal=options.personal)
    if options.personal_weight is not None:
        language = replace(language, weight=options.personal_weight)
    chosen = EngineOptions(
        provider=options.provider,
        decoder=options.decoder,
        hot_words=hot_words,
        language=language,
        readable=ReadableOptions(
            is_on=not options.raw,
            commands=options.spoken_commands,
            replacements=replacements,
        ),
    )
    return replace(chosen, pack=options.pack) if options.pack else chosen


def engine(options: argparse.Namespace) -> Engine:
    """Load the recogniser that the command line asks for."""
    return load_engine(engine_options(options))


def load_engine(options: EngineOptions) -> Engine:
    """Load a recogniser; say what of it cannot be used."""
    from asr.engine import Engine

    loaded = Engine(options)
    if loaded.trouble:
        complain(loaded.trouble)
    return loaded
