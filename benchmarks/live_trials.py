"""What a session must survive: busy cores, a cable pulled, kill -9, and eight hours."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import numpy as np

from asr.audio import SAMPLE_RATE, Samples
from asr.audio.files import read_audio
from asr.audio.microphone import Microphone
from asr.audio.source import Chunk, boottime
from asr.live.events import Ledger, Notice
from asr.live.recorded import read_transcript
from asr.live.session import Hearing, Session
from asr.live.stored import unfinished_sessions
from benchmarks.virtual_microphone import VirtualMicrophone

TICK_S: Final = 0.02
BACK_TIMEOUT_S: Final = 20.0
SETTLING_S: Final = 600  # of sound, before memory is judged
CHILD: Final = """
import sys, time
from pathlib import Path
from asr.audio.microphone import Microphone
from asr.engine import Engine, EngineOptions
from asr.live.events import Final
from asr.live.session import Session
options = EngineOptions(pack=Path(sys.argv[1]), provider="cpu", decoder=sys.argv[3])
engine = Engine(options)
source = Microphone()
session = Session(engine.hearing, {"": source}, Path(sys.argv[2]))
session.start()
while source.begins is None:
    time.sleep(0.005)
print(source.begins, flush=True)
while True:
    for event in session.poll():
        if isinstance(event, Final):
            print(event.segment.text, flush=True)
    time.sleep(0.04)
"""


@contextmanager
def contention() -> Iterator[None]:
    """Keep every core busy with other processes."""
    burners = [
        multiprocessing.get_context("spawn").Process(target=_burn, daemon=True)
        for _ in range(os.cpu_count() or 1)
    ]
    for burner in burners:
        burner.start()
    try:
        yield
    finally:
        for burner in burners:
            burner.terminate()
            burner.join()


def cable(
    hearing: Hearing, microphone: VirtualMicrophone, folder: Path, times: int
) -> dict[str, float]:
    """Pull the cable and put it back; compare the recording's clock with the wall's."""
    chance = random.Random(6)
    source = Microphone()
    session = Session(hearing, {"": source}, folder)
    session.start()
    _poll(session, 1.0)
    assert source.begins is not None
    begins, before = source.begins, _behind(session, source.begins)
    delays: list[float] = []
    errors: list[float] = []
    for _ in range(times):
        _poll(session, chance.uniform(0.3, 2.0))
        microphone.unplug()
        _poll(session, chance.uniform(0.5, 3.0))
        microphone.plug()
        plugged = boottime()
        if not _poll_until_back(session):
            break
        delays.append(boottime() - plugged)
        _poll(session, 0.5)
        behind = _behind(session, begins)
        errors.append(abs(behind - before))
        before = behind
    session.stop()
    return {
        "cable_pulled": times,
        "cable_recovered": len(delays),
        "cable_back_max_s": round(max(delays, default=float("nan")), 2),
        "cable_gap_error_max_ms": round(1_000 * max(errors, default=float("nan")), 1),
    }


def kill(pack: Path, decoder: str, folder: Path, times: int) -> dict[str, float]:
    """Kill a listening process at random moments; count what is missing on disk."""
    chance = random.Random(6)
    sound_lost, text_lost = [], 0
    for n in range(times):
        sessions = folder / f"kill-{n}"
        child = subprocess.Popen(
            [sys.executable, "-c", CHILD, str(pack), str(sessions), decoder],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert child.stdout is not None
        begins = float(child.stdout.readline())
        time.sleep(chance.uniform(0.1, 6.0))
        child.send_signal(signal.SIGKILL)
        killed = boottime()
        told = child.stdout.read().split("\n")[:-1]
        child.wait()
        (found,) = unfinished_sessions(sessions)
        sound_lost.append(killed - begins - found.transcript.seconds)
        stored = [segment.text for segment in read_transcript(found.folder).segments]
        text_lost += len([text for text in told if text not in stored])
    return {
        "killed": times,
        "kill_sound_lost_max_s": round(max(sound_lost), 3),
        "kill_text_lost": text_lost,
    }


class _Tape:
    """A source that plays clips over and over, as fast as it is read."""

    name = "tape"
    may_rest = True  # the pauses on it are no trouble
    rate = SAMPLE_RATE
    begins: float | None = None
    ends = 0.0
    is_alive = False  # before it is opened

    def __init__(self, clips: Sequence[Samples]) -> None:
        pause = np.zeros(SAMPLE_RATE, np.float32)
        self._sound = np.concatenate([part for clip in clips for part in (clip, pause)])
        self._at = 0

    def open(self) -> None:
        self.begins, self.is_alive = boottime(), True

    def read(self) -> list[Chunk]:
        places = np.arange(self._at, self._at + SAMPLE_RATE) % len(self._sound)
        self._at += SAMPLE_RATE
        return [self._sound[places]]

    def keep_last(self, seconds: float) -> None:
        """Nothing arrives by itself."""

    def close(self) -> None:
        self.is_alive = False


def soak(
    hearing: Hearing, paths: Sequence[Path], folder: Path, hours: float
) -> dict[str, float]:
    """Let hours of speech through the whole engine, faster than it was spoken."""
    tape = _Tape([read_audio(path) for path in paths])
    session = Session(hearing, {"": tape}, folder, threaded=False)
    session.start()
    started, heard, memory = time.monotonic(), [0.0], [_memory_mb()]
    while heard[-1] < hours * 3_600:
        ledgers = [event for event in session.poll() if isinstance(event, Ledger)]
        if ledgers and ledgers[-1].recorded > heard[-1] + 60:
            heard.append(ledgers[-1].recorded)
            memory.append(_memory_mb())
    speed = heard[-1] / (time.monotonic() - started)
    session.stop()
    first = sum(seconds < SETTLING_S for seconds in heard)
    slope, _ = np.polyfit(np.array(heard[first:]) / 3_600, memory[first:], 1)
    return {
        "soak_hours": hours,
        "soak_mb_per_hour": round(float(slope), 2),
        "soak_times_real": round(speed, 1),
    }


def _burn() -> None:
    while True:
        pass


def _poll(session: Session, seconds: float) -> None:
    end = boottime() + seconds
    while boottime() < end:
        session.poll()
        time.sleep(TICK_S)


def _poll_until_back(session: Session) -> bool:
    end = boottime() + BACK_TIMEOUT_S
    while boottime() < end:
        events = session.poll()
        if any(isinstance(e, Notice) and "is back" in e.sentence for e in events):
            return True
        time.sleep(TICK_S)
    return False


def _behind(session: Session, begins: float) -> float:
    """Return how many seconds the recording's clock is behind the wall's, at its best."""
    assert session._recording is not None
    lates = []
    for _ in range(25):
        lates.append(boottime() - begins - session._recording.length() / SAMPLE_RATE)
        session.poll()
        time.sleep(TICK_S)
    return min(lates)


def _memory_mb() -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1_024
    raise RuntimeError("this system does not tell how much memory a process has")
