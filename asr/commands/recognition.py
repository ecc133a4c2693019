"""What every command that recognises understands, and the engine it asks for."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from asr.errors import ConfigError

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
    return shared


def engine_options(options: argparse.Namespace) -> EngineOptions:
    """Return what the command line says about the recogniser. Raises ConfigError."""
    from asr.decoding.hot_words import HotWords
    from asr.engine import EngineOptions
    from asr.language.user import OwnLanguage

    hot_words = HotWords()
    if options.hot_words:
        try:
            lines = options.hot_words.read_text(encoding="utf-8-sig").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"The hot words cannot be read: {error}.") from error
        hot_words = HotWords.parse(lines)
    language = OwnLanguage(model=options.language, personal=options.personal)
    if options.personal_weight is not None:
        language = replace(language, weight=options.personal_weight)
    chosen = EngineOptions(
        provider=options.provider,
        decoder=options.decoder,
        hot_words=hot_words,
        language=language,
    )
    return replace(chosen, pack=options.pack) if options.pack else chosen


def engine(options: argparse.Namespace) -> Engine:
    """Load the recogniser that the command line asks for."""
    from asr.engine import Engine

    return Engine(engine_options(options))
