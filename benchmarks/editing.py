"""Editing with sound: times of edited words against truth, and a click until it is heard.

    python -m benchmarks.editing LIST.tsv [--clicks N]

Times: the clips of LIST in which edges of words were marked by hand (`word_edges.tsv`) are
recognised; then all of their text is taken out and the true one typed in, which is the worst
that an editor can do. Compared are the times that words have at once, by interpolation, and
those that the alignment gives them.

Clicks: a tone of some minutes is played from random places into a virtual loudspeaker, whose
monitor is recorded; a click lasts from the call to the first loud sample there. Prints a
table and, last, one JSON line.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import time
from pathlib import Path
from typing import Final

import numpy as np
import soundfile

from asr.audio import SAMPLE_RATE, Samples
from asr.audio.microphone import Microphone
from asr.audio.playback import Player
from asr.audio.source import boottime
from asr.engine import Engine, EngineOptions
from asr.evaluation.manifest import read_manifest
from asr.library.journal import Journal
from asr.library.realign import realign
from benchmarks.virtual_microphone import VirtualMicrophone, missing
from benchmarks.word_times import BY_HAND, Marked, difference, edge_figures, read_marked

LOUD: Final = 0.05  # of full scale


def edited_times(one: Marked, engine: Engine, folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """(n, 2) errors of a corrected clip's edges in seconds: at once, and when aligned."""
    heard = engine.transcribe(one.utterance.path)
    with Journal.open(folder / f"{heard.id}.jsonl", heard) as journal:
        first, *others = journal.keys
        for key in others:
            journal.merge(first, key)
        segment = journal.transcript.segments[0]
        journal.replace(first, 0, len(segment.words), ["…"])
        journal.replace(first, 0, 1, one.words)
        at_once = journal.transcript.segments[0]
        times = realign(engine, [one.utterance.path], at_once)
        assert journal.set_times(first, one.words, times)
        aligned = journal.transcript.segments[0]
    return (
        difference(one, dict(enumerate(at_once.words))),
        difference(one, dict(enumerate(aligned.words))),
    )


def clicks(n: int, folder: Path) -> list[float]:
    """Milliseconds from `play` to the sound at the loudspeaker's monitor."""
    chance = random.Random(0)
    path = folder / "sound-0.flac"
    times = np.arange(300 * SAMPLE_RATE) / SAMPLE_RATE
    soundfile.write(path, 0.5 * np.sin(2 * np.pi * 440 * times), SAMPLE_RATE)
    found = []
    with VirtualMicrophone():
        player, ear = Player(), Microphone("mic.monitor")
        player.load([path])
        ear.open()
        for _ in range(n):
            time.sleep(0.3)
            ear.read()
            begun = boottime()
            player.play(chance.uniform(0, 290))
            found.append(1000 * (_first_loud(ear, begun) - begun))
            player.pause()
        ear.close()
        player.close()
    return found


def _first_loud(ear: Microphone, begun: float) -> float:
    """Clock time at which the monitor's sound becomes loud."""
    while boottime() < begun + 5:
        time.sleep(0.002)
        ends = ear.ends
        parts = [chunk for chunk in ear.read() if isinstance(chunk, np.ndarray)]
        sound: Samples = np.concatenate([np.empty(0, np.float32), *parts])
        loud = np.flatnonzero(np.abs(sound) > LOUD)
        if len(loud):
            return max(begun, ends - (len(sound) - loud[0]) / ear.rate)
    raise TimeoutError("nothing was heard")


def main() -> None:
    """Edit and listen."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("manifest", type=Path)
    parser.add_argument("--clicks", type=int, default=30)
    options = parser.parse_args()
    engine = Engine(EngineOptions(provider="cpu"))
    by_hand = read_marked(BY_HAND, read_manifest(options.manifest))
    with tempfile.TemporaryDirectory() as name:
        both = [edited_times(one, engine, Path(name)) for one in by_hand]
        found = {
            "interpolated": edge_figures(np.concatenate([at_once for at_once, _ in both])),
            "aligned": edge_figures(np.concatenate([aligned for _, aligned in both])),
        }
        if not missing() and options.clicks:
            waits = clicks(options.clicks, Path(name))
            found["click to sound"] = {
                "clicks": len(waits),
                "median_ms": float(np.median(waits)),
                "p95_ms": float(np.percentile(waits, 95)),
                "worst_ms": max(waits),
            }
    for name, row in found.items():
        parts = [f"{key} {value:.0f}" for key, value in row.items()]
        print(f"{name:20}{', '.join(parts)}")
    print(json.dumps(found))


if __name__ == "__main__":
    main()
