"""Nothing leaves the machine, and nothing is written but in the program's own folders."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from asr.provider import DRIVERS

ROOT = Path(__file__).parents[1]
CLIP = ROOT / "tests" / "clips" / "1272-128104-0000.opus"
SAID = "apostle of the middle classes"
TRACED = "%network,execve,open,openat,creat,mkdir,mkdirat,rename,renameat,renameat2"
SOCKET = re.compile(r"\bsocket\((\w+)")
PATH = re.compile(r'"((?:[^"\\]|\\.)*)"')
# What the system's sound servers are asked through.
SOUND = re.compile(
    r"/dev/(null|tty|dsp|snd/|shm/(jack|pulse))|/tmp/(pulse|jack)|/\.config/pulse"
)

pytestmark = pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace")


@dataclass(frozen=True)
class Traces:
    """What a program asked of the system."""

    said: str
    families: set[str]  # of the sockets that it opened
    programs: str  # that it began
    written: list[str]  # files and folders outside its own


def trace(folder: Path, command: list[str]) -> Traces:
    """Run our program with a home of its own; tell what it reached for."""
    home, own, log = folder / "home", folder / "earshot", folder / "log"
    for each in (home, own, folder / "run"):
        each.mkdir()
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("XDG_")},
        "HOME": str(home),
        "EARSHOT_HOME": str(own),
        "XDG_RUNTIME_DIR": str(folder / "run"),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    strace = ["strace", "-ff", "-s", "512", "-e", f"trace={TRACED}", "-o", str(log)]
    done = subprocess.run(
        [*strace, sys.executable, *command],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    logs = [each.read_text(errors="replace") for each in folder.glob("log.*")]  # one a thread
    asked = [line for each in logs for line in each.splitlines()]
    calls = [line for line in asked if "= -1" not in line]
    writing = [
        line for line in calls if re.search(r"O_CREAT|O_WRONLY|O_RDWR|mkdir|rename", line)
    ]
    paths = [path for line in writing for path in PATH.findall(line)[-1:]]
    return Traces(
        said=done.stdout,
        families={found[1] for line in asked if (found := SOCKET.search(line))},
        programs="\n".join(line for line in calls if "execve(" in line),
        written=[
            path
            for path in paths
            if not path.startswith((str(own), str(folder / "run"))) and not SOUND.search(path)
        ],
    )


def test_recognition_opens_no_socket_and_writes_only_in_its_own_folder(tmp_path: Path) -> None:
    found = trace(tmp_path, ["main.py", "transcribe", str(CLIP)])

    assert SAID in found.said.lower()
    if any(driver.exists() for driver in DRIVERS):
        assert "asr.provider" in found.programs  # the child that tries the GPU is seen, too
    assert found.families <= {"AF_UNIX"}
    assert found.written == []


def test_the_window_opens_no_socket_and_writes_only_in_its_own_folder(tmp_path: Path) -> None:
    found = trace(tmp_path, ["-m", "tests.gui.reading_window", str(CLIP)])

    assert SAID in found.said.lower()
    assert (tmp_path / "earshot" / "settings.ini").is_file()
    assert found.families <= {"AF_UNIX"}
    assert found.written == []
