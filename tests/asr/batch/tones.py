"""An engine as it is, but for a network that hears tones: fast, and never in doubt."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import soundfile

from asr.audio import SAMPLE_RATE
from asr.audio.files import AudioFile
from asr.batch.batch import Batch, BatchOptions
from asr.batch.events import Advanced, BatchEvent, Finished, Stopped
from asr.batch.sources import find_sources
from asr.batch.workers import Here, Workers
from asr.engine import Engine
from asr.file_recogniser import FileProgress
from asr.readable.writer import Readable
from asr.transcript import Segment
from tests.asr.batch.letters import PackNames, contents, run
from tests.asr.tones import decoder, spell, tone_network

WORDS = ("one two", "three", "four five six", "seven", "eight nine ten")


class Tones(Engine):
    """The engine's own way through a file."""

    def __init__(self) -> None:
        self.graph = tone_network  # type: ignore[assignment]
        self.greedy = self.decoder = decoder()
        self.readable = Readable()
        self.pack = PackNames()  # type: ignore[assignment]
        self._threads = 1


class DeadlyTones(Tones):
    """An engine that dies where the second of several is to begin."""

    def hear(
        self, file: AudioFile, *, seam: int = 0, speaker: str = "", is_cut: bool = False
    ) -> Iterator[FileProgress | Segment]:
        if is_cut:
            self._fail()
        return super().hear(file, seam=seam, speaker=speaker)

    def _fail(self) -> None:
        os.kill(os.getpid(), signal.SIGKILL)


class Unreadable(DeadlyTones):
    """An engine that finds the file gone there."""

    def _fail(self) -> None:
        raise FileNotFoundError(2, "No such file or directory")


class SlowTones(Tones):
    """An engine that can be met at work."""

    def hear(
        self, file: AudioFile, *, seam: int = 0, speaker: str = "", is_cut: bool = False
    ) -> Iterator[FileProgress | Segment]:
        for step in super().hear(file, seam=seam, speaker=speaker, is_cut=is_cut):
            time.sleep(0.05)
            yield step


def talk(path: Path, seconds: float, seed: int = 0, channels: int = 1) -> Path:
    """Write somebody who says this and that, with pauses long and short."""
    chance = np.random.default_rng(seed)
    n_samples = round(seconds * SAMPLE_RATE)
    sound = np.zeros((n_samples, channels), np.float32)
    for channel in range(channels):
        at = 0
        while at < n_samples:
            said = spell(str(chance.choice(WORDS)), "_" * int(chance.integers(5, 60)))
            said = said[: n_samples - at]
            sound[at : at + len(said), channel] = said
            at += len(said) + int(chance.integers(0, SAMPLE_RATE))
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, sound, SAMPLE_RATE)
    return path


def stop_and_go_on(path: Path, folder: Path, workers: Callable[[], Workers]) -> None:
    """A long file that is stopped once something was heard, and gone on with, is whole."""
    run([path], folder / "one", Here(Tones), formats=("json",))
    options = BatchOptions(output=folder / "out", formats=("json",))
    ends: list[BatchEvent] = []

    for n_run in range(2):
        batch = Batch(options, workers(), pack="of letters")
        for event in batch.run(find_sources([path])):
            if isinstance(event, Advanced) and n_run == 0:
                batch.stop()
            if isinstance(event, Stopped | Finished):
                ends.append(event)

    stopped, finished = ends
    assert isinstance(stopped, Stopped)
    assert isinstance(finished, Finished)
    assert contents(folder / "out") == contents(folder / "one")
