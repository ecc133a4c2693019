"""`earshot devices`: what can be listened to."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from asr.commands.console import complain, say

if TYPE_CHECKING:
    from asr.commands.console import Commands


def add(commands: Commands) -> None:
    """Describe the command."""
    one = commands.add_parser("devices", help="list microphones")
    one.set_defaults(command=devices)


def devices(options: argparse.Namespace) -> int:
    """List what can be listened to."""
    from asr.audio.devices import inputs

    found = inputs()
    if not found:
        return complain("There is no microphone: connect one and try again.")
    for number, device in enumerate(found):
        mark = "*" if device.is_default else " "
        kind = "system sound" if device.is_monitor else "input"
        shape = f"{kind}, {device.channels} channels, {device.rate} Hz"
        say(f"{mark} {number:2} {device.label}  ({shape})")
    return 0
