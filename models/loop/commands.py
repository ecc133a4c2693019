"""What the modules that are commands have in common."""

from __future__ import annotations

import argparse
import logging
from collections.abc import Callable
from pathlib import Path

from asr.errors import AsrError


def text_parser(module: str, description: str | None) -> argparse.ArgumentParser:
    """Return the parser of a command that makes one text of many, to learn a language from."""
    parser = argparse.ArgumentParser(f"python -m {module}", description=description)
    parser.add_argument("sources", type=Path, nargs="+", metavar="SOURCE")
    parser.add_argument("--without", type=Path, nargs="*", default=[], metavar="LIST.tsv")
    parser.add_argument("--output", type=Path, required=True, metavar="TEXT.xz")
    return parser


def run(main: Callable[[], object]) -> None:
    """Run a command's main function; what is wrong is a sentence and an exit status."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    try:
        main()
    except AsrError as error:
        raise SystemExit(str(error)) from error
