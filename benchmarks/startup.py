"""From the command to a window, to a loaded engine and to the first listening; and memory.

    python benchmarks/startup.py [--runs 3]

Uses the display that there is, or Qt's offscreen one, and a virtual microphone (PulseAudio).
Each run is a fresh process on a warm disk, whose modules are compiled, as after the first
start of an installation. Prints a table and, last, one JSON line with the medians; on a busy
machine only the seconds of the processor tell something.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
LISTEN_S: Final = 5.0  # before memory is read


def main() -> None:
    """Start the program a few times and print what it took."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--child", type=float, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child is not None:
        child(options.child)
        return
    sys.path.insert(0, str(ROOT))
    from benchmarks.virtual_microphone import VirtualMicrophone, missing

    if missing():
        sys.exit(missing())
    with VirtualMicrophone(), tempfile.TemporaryDirectory() as compiled:
        runs = [once(compiled) for _ in range(options.runs + 1)][1:]  # the first one warms up
    medians = {key: statistics.median(run[key] for run in runs) for key in runs[0]}
    for key, value in medians.items():
        print(f"{key:24}{value:8.2f}")
    print(json.dumps(medians))


def once(compiled: str) -> dict[str, float]:
    """One start, in a fresh process with settings of its own."""
    with tempfile.TemporaryDirectory() as home:
        environment = {
            **os.environ,
            "EARSHOT_HOME": home,
            "XDG_CONFIG_HOME": home,
            "PYTHONPATH": str(ROOT),
            "PYTHONPYCACHEPREFIX": compiled,
        }
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        environment.setdefault(
            "QT_QPA_PLATFORM", "" if "DISPLAY" in os.environ else "offscreen"
        )
        command = [sys.executable, __file__, "--child", str(time.time())]
        found = subprocess.run(
            command, env=environment, capture_output=True, text=True, check=True
        )
        return json.loads(found.stdout.splitlines()[-1])  # type: ignore[no-any-return]


def child(began: float) -> None:
    """Open the window, listen as soon as it can, and tell when each thing happened."""
    from PySide6.QtWidgets import QApplication

    from asr.commands.recognition import engine
    from asr.places import data_folder
    from gui.app import AppContext, application_object
    from gui.phase import Phase
    from gui.settings import open_store
    from main import parser

    application, options = application_object(), parser().parse_args([])
    context = AppContext(
        application, lambda: engine(options), data_folder() / "sessions", open_store()
    )
    times: dict[str, float] = {}

    def wait(name: str, phase: Phase) -> None:
        while context.controller.phase is not phase:
            QApplication.processEvents()
            time.sleep(0.002)
        times[f"{name}_s"] = time.time() - began
        times[f"{name}_cpu_s"] = time.process_time()

    context.window.show()
    QApplication.processEvents()
    times["window_s"] = time.time() - began
    times["window_cpu_s"] = time.process_time()
    context.controller.load()
    wait("ready", Phase.READY)
    context.controller.toggle()
    wait("listening", Phase.LISTENING)
    end = time.time() + LISTEN_S
    while time.time() < end:
        QApplication.processEvents()
        time.sleep(0.01)
    times["resident_mb"] = resident_megabytes()
    times["torch_loaded"] = float("torch" in sys.modules)
    context.close()
    print(json.dumps(times))


def resident_megabytes() -> float:
    """What the process holds now."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


if __name__ == "__main__":
    main()
