"""`earshot listen`: the microphone in the terminal."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Final

from asr.commands.recognition import engine

if TYPE_CHECKING:
    from asr.commands.console import Commands


MOST_PORTS: Final = 65_535
SHORTEST_TOKEN: Final = 8


def add(commands: Commands, recognition: argparse.ArgumentParser) -> None:
    """Describe the command."""
    one = commands.add_parser("listen", parents=[recognition], help="write what is said")
    one.add_argument("--device", help="name or number from `earshot devices`")
    one.add_argument(
        "--channel",
        type=channel_number,
        metavar="N",
        help="of the device, from 1; else the first two are mixed",
    )
    one.add_argument("--with-system", action="store_true", help="hear the system's sound too")
    one.add_argument(
        "--pause",
        choices=("fast", "normal", "long"),
        default="normal",
        help="how long a pause ends an utterance: 0.5, 0.8 or 1.5 s",
    )
    one.add_argument("--json", action="store_true", help="one JSON object a line")
    one.add_argument(
        "--captions", type=port_number, metavar="PORT", help="serve captions locally"
    )
    one.add_argument(
        "--captions-token",
        type=token,
        metavar="TOKEN",
        help="what the page must know; else another at each start",
    )
    one.set_defaults(command=listen)


def channel_number(text: str) -> int:
    """Read a channel as people count, for argparse; return it as it is counted inside."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"channels are counted from 1, and {text} is none.")
    return int(text) - 1


def port_number(text: str) -> int:
    """Read a port, for argparse; 0 is any that is free."""
    if not text.isdecimal() or int(text) > MOST_PORTS:
        raise argparse.ArgumentTypeError(
            f"a port is a number from 0 to {MOST_PORTS}, and {text} is none."
        )
    return int(text)


def token(text: str) -> str:
    """Read a token, for argparse: any web page might try to guess it."""
    if len(text) < SHORTEST_TOKEN:
        raise argparse.ArgumentTypeError(f"a token has {SHORTEST_TOKEN} letters or more.")
    return text


def listen(options: argparse.Namespace) -> int:
    """Recognise the microphone in the terminal until Ctrl+C."""
    from asr.commands.terminal import run_session

    return run_session(
        engine(options),
        device=options.device,
        with_system=options.with_system,
        pause=options.pause,
        channel=options.channel,
        as_json=options.json,
        captions_port=options.captions,
        captions_token=options.captions_token,
    )
