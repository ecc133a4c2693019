"""`earshot align`: times for a text that you have."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from asr.commands.console import TEXT_FORMATS, write_bytes
from asr.commands.recognition import engine

if TYPE_CHECKING:
    from asr.commands.parser import Commands


def add(commands: Commands, recognition: argparse.ArgumentParser) -> None:
    """Describe the command."""
    one = commands.add_parser("align", parents=[recognition], help="time a text you have")
    one.add_argument("audio", type=Path)
    one.add_argument("text", type=Path)
    one.add_argument("--format", choices=TEXT_FORMATS, default="srt")
    one.set_defaults(command=align)


def align(options: argparse.Namespace) -> int:
    """Lay a text over its recording and write subtitles of it."""
    from asr.alignment import align_file
    from asr.formats import encode

    transcript = align_file(engine(options), options.audio, options.text)
    write_bytes(encode(transcript, options.format))
    return 0
