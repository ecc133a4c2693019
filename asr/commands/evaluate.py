"""`earshot evaluate`: error rates and speed on a manifest."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from asr.commands.console import say
from asr.commands.recognition import engine
from asr.errors import ManifestError

if TYPE_CHECKING:
    from asr.commands.console import Commands
    from asr.evaluation.evaluate import Report


def add(commands: Commands, recognition: argparse.ArgumentParser) -> None:
    """Describe the command."""
    one = commands.add_parser("evaluate", parents=[recognition], help="count errors")
    one.add_argument("manifest", type=Path, metavar="MANIFEST.tsv")
    one.add_argument("--json", action="store_true", help="one JSON object, last")
    one.add_argument("--mode", choices=("offline", "live"), default="offline")
    one.add_argument("--limit", type=int, metavar="N", help="the first N utterances only")
    one.add_argument("--texts", action="store_true", help="show what was said and read")
    for name in ("context", "step", "lookahead"):
        one.add_argument(f"--{name}", type=int, metavar="FRAMES", help="of the live window")
    one.add_argument("--windows", action="store_true", help="live without a carried state")
    one.set_defaults(command=evaluate)


def evaluate(options: argparse.Namespace) -> int:
    """Measure error rates on a manifest."""
    from asr.acoustic import steps
    from asr.evaluation.evaluate import read_utterances, summarise
    from asr.evaluation.manifest import read_manifest

    utterances = read_manifest(options.manifest)
    if options.limit:
        utterances = utterances[: options.limit]
    recogniser = engine(options)
    graph, shape = recogniser.graph, recogniser.pack.window
    carried = None if options.windows else recogniser.live_graph
    heard = carried.steps if carried else partial(steps, graph)
    change = {
        name: value
        for name in ("context", "step", "lookahead")
        if (value := getattr(options, name)) is not None
    }
    shape = replace(shape, **change)
    live = options.mode == "live"
    readings = []
    for reading in read_utterances(
        utterances,
        (lambda samples: heard(samples, shape)) if live else graph,
        recogniser.live_decoder if live else recogniser.decoder,
    ):
        readings.append(reading)
        if options.verbose or options.texts:
            say(f"< {reading.reference}\n> {reading.hypothesis}")
    if not readings:
        raise ManifestError("No text in {manifest} holds a word.", manifest=options.manifest)
    found = summarise(readings)
    say(json.dumps(asdict(found)) if options.json else described(found))
    return 0


def described(found: Report) -> str:
    """A report for people."""
    low, high = found.wer_interval
    return (
        f"{found.utterances} utterances, {found.seconds / 60:.1f} minutes, "
        f"{found.speakers} speakers\n"
        f"words wrong      {found.wer:7.2%}   (95 % of draws of speakers: {low:.1%} to "
        f"{high:.1%}; speakers: {found.speaker_wer_lowest:.1%} "
        f"to {found.speaker_wer_highest:.1%}, median {found.speaker_wer_median:.1%})\n"
        f"letters wrong    {found.cer:7.2%}\n"
        f"utterances wrong {found.ser:7.2%}\n"
        f"computing        {found.rtf:7.4f} seconds per second of sound"
    )
