"""The commands of recognition, described on one screen; each module adds its own."""

from __future__ import annotations

from asr.commands import align, devices, evaluate, listen, transcribe
from asr.commands.console import Commands
from asr.commands.recognition import recognition_options


def add_commands(commands: Commands) -> None:
    """Add every command of recognition, in the order of the help."""
    recognition = recognition_options()
    listen.add(commands, recognition)
    transcribe.add(commands, recognition)
    devices.add(commands)
    align.add(commands, recognition)
    evaluate.add(commands, recognition)
