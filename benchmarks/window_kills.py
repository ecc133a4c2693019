"""Edits that are lost when the window is killed: kill -9 while somebody types.

    python -m benchmarks.window_kills [--kills 50] [--seed 0]

The program is started as `python main.py` starts it, on an X server and a library of its
own. In it a typist (benchmarks.typist) opens an entry by its keys and types into it. After
each key the typist tells this process what the page reads; at a random moment this process
kills it with SIGKILL, and the next start tells what the page reads then.

    told    ──A──B──C──D──E──kill      next start reads C: D and E are lost,
                                       since the moment at which D was told

The age of the oldest edit that was lost is the figure; the target is one second. What stands
in a journal but was not yet told is counted beside it. Prints a table and, last, one JSON
line. Needs Xvfb.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import IO, Any, Final

import numpy as np
import soundfile

ROOT: Final = Path(__file__).resolve().parents[1]
CLIPS: Final = ROOT / "tests" / "clips"
START_S: Final = 120.0  # that a start may take on a busy machine
LONGEST_S: Final = 8.0  # of typing before a kill


@dataclass(slots=True)
class Life:
    """What one process told before it was killed."""

    opened: str  # what the page read at first
    notices: list[str]
    told: list[tuple[float, str]] = field(default_factory=list)  # when, what the page read
    pending: str = ""  # a key that was pressed, and its effect not told
    killed: float = 0.0  # monotonic clock, as are the times that are told


@dataclass(slots=True)
class Loss:
    """What one kill has cost."""

    edits: int = 0
    age: float = 0.0  # seconds between the first edit that was lost and the kill
    is_ahead: bool = False  # the last key was stored, and its effect not told


def main() -> None:
    """Kill as often as is asked for, and say what was lost."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    from benchmarks import virtual_screen

    if virtual_screen.missing():
        sys.exit(virtual_screen.missing())
    with ExitStack() as stage:
        home = Path(stage.enter_context(tempfile.TemporaryDirectory(prefix="kills-")))
        fill_library(home)
        surroundings = {
            **os.environ,
            "EARSHOT_HOME": str(home),
            "XDG_CONFIG_HOME": str(home),
            "QT_QPA_PLATFORM": "xcb",
            "DISPLAY": stage.enter_context(virtual_screen.screen()),
        }
        report(lives(options.kills, options.seed, surroundings))


def fill_library(home: Path) -> None:
    """Put one file into the library, with its sound: the clips of the tests, twice."""
    from asr.audio.sounds import read_span
    from asr.engine import Engine, EngineOptions
    from asr.library import Library

    clips = [read_span([path], 0, 60) for path in sorted(CLIPS.glob("*-*-*.opus"))]
    path = home / "clips.flac"
    soundfile.write(path, np.concatenate(clips * 2), 16_000)
    transcript = Engine(EngineOptions()).transcribe(path)
    with Library.open(home, home / "sessions") as library:
        library.add_file(transcript, path)


def lives(kills: int, seed: int, surroundings: dict[str, str]) -> list[Life]:
    """Start, let type and kill; the last one is only looked at."""
    chance = random.Random(seed)
    found: list[Life] = []
    for number in range(kills + 1):
        found.append(live_once(seed + number, chance, surroundings))
        if number:
            tell_life(number, found[-2], found[-1])
    return found


def tell_life(number: int, life: Life, following: Life) -> None:
    """Say on stderr how a process fared, for whoever looks for the reason of a loss."""
    cost = loss(life, following.opened)
    typed = life.killed - life.told[0][0] if life.told else 0.0
    sentence = f"{number}: killed after {len(life.told)} keys in {typed:.1f} s"
    if cost.edits:
        sentence += f"; {cost.edits} edits lost, the oldest {cost.age:.2f} s old"
    sys.stderr.write(sentence + "\n")


def live_once(seed: int, chance: random.Random, surroundings: dict[str, str]) -> Life:
    """Start the program, and kill it at a random moment of typing."""
    command = [sys.executable, "-m", "benchmarks.typist", str(seed)]
    program = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=surroundings
    )
    assert program.stdout is not None
    assert program.stderr is not None
    complaints: list[str] = []
    ear = threading.Thread(target=lambda: complaints.extend(program.stderr or ()), daemon=True)
    ear.start()
    guard = threading.Timer(START_S, program.kill)
    guard.start()
    try:
        first = json.loads(program.stdout.readline())
    except ValueError:
        raise RuntimeError("The window did not open:\n" + "".join(complaints)) from None
    finally:
        guard.cancel()
    life = Life(first["opened"], first["notices"])
    teller = threading.Thread(target=listen, args=(program.stdout, life))
    teller.start()
    time.sleep(chance.uniform(0.05, LONGEST_S))
    if program.poll() is not None:
        raise RuntimeError("The window ended by itself:\n" + "".join(complaints))
    life.killed = time.monotonic()
    os.kill(program.pid, signal.SIGKILL)
    program.wait()
    teller.join()
    ear.join()
    return life


def listen(stream: IO[str], life: Life) -> None:
    """Write down what is told, to the last whole line."""
    for line in stream:
        if not line.endswith("\n"):
            break
        told = json.loads(line)
        life.pending = told.get("key", "")
        if "page" in told:
            life.told.append((told["at"], told["page"]))


def loss(life: Life, page: str) -> Loss:
    """Compare what a process told with what the next start reads."""
    states = [(0.0, life.opened), *life.told]
    for number in range(len(states) - 1, -1, -1):
        if states[number][1] == page:
            lost = states[number:]
            pairs = pairwise(lost)
            changed = [at for (_, old), (at, new) in pairs if old != new]
            return Loss(len(changed), life.killed - changed[0] if changed else 0.0)
    if not life.pending:
        raise RuntimeError(f"The page reads what it never did:\n{page}")
    return Loss(is_ahead=True)


def report(found: list[Life]) -> None:
    """Print what was lost."""
    losses = [loss(one, then.opened) for one, then in pairwise(found)]
    figures: dict[str, Any] = {
        "kills": len(losses),
        "keys told": sum(len(one.told) for one in found[:-1]),
        "kills that lost edits": sum(bool(one.edits) for one in losses),
        "edits lost": sum(one.edits for one in losses),
        "oldest edit lost, s": round(max((one.age for one in losses), default=0.0), 3),
        "kills between an edit and its being told": sum(one.is_ahead for one in losses),
        "starts that told of something": sum(bool(one.notices) for one in found),
    }
    for sentence in sorted({one for life in found for one in life.notices}):
        print(f"told: {sentence}")
    for name, value in figures.items():
        print(f"{name:44}{value:>10}")
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
