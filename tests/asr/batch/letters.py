"""An engine that costs nothing: each half second of sound is a word, spelled by its samples."""

from __future__ import annotations

import os
import signal
import time
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import soundfile

from asr.audio import SAMPLE_RATE, Samples
from asr.audio.files import AudioFile
from asr.batch import workers
from asr.batch.batch import Batch, BatchOptions
from asr.batch.events import BatchEvent
from asr.batch.sources import find_sources
from asr.batch.workers import Here, Workers
from asr.errors import DecodeError, PackError
from asr.file_recogniser import FileProgress
from asr.transcript import Segment, Word

HALF = SAMPLE_RATE // 2


@dataclass(frozen=True)
class PackNames:
    """What transcripts say of it."""

    language: str = "Letters"
    checksum: str = "of letters"


class Letters:
    """What a job needs of an engine."""

    pack = PackNames()
    trouble = ""

    def recognise(
        self,
        file: AudioFile,
        *,
        seam: int = 0,
        before: Sequence[Segment] = (),
        speaker: str = "",
    ) -> Iterator[FileProgress | Segment]:
        begin = round(file.begin * SAMPLE_RATE)
        waiting = np.empty(0, np.float32)
        start = 0
        try:
            for block in file:
                waiting = np.concatenate([waiting, block])
                while len(waiting) >= HALF:
                    yield from self._spell(file, begin, start, waiting[:HALF], seam, speaker)
                    start, waiting = start + HALF, waiting[HALF:]
        except DecodeError:
            yield from self._spell(file, begin, start, waiting, seam, speaker)
            raise
        if len(waiting):
            yield from self._spell(file, begin, start, waiting, seam, speaker)

    def _spell(
        self, file: AudioFile, begin: int, start: int, half: Samples, seam: int, speaker: str
    ) -> Iterator[FileProgress | Segment]:
        if begin + start < seam:
            return
        at, end = (begin + start) / SAMPLE_RATE, (begin + start + len(half)) / SAMPLE_RATE
        word = Word(f"w{zlib.crc32(half.tobytes()):08x}", at, end)
        yield Segment((word,), at, end, speaker)
        seconds = (start + len(half)) / SAMPLE_RATE
        yield FileProgress(seconds, file.seconds, begin + start + len(half))


class Deadly(Letters):
    """An engine that dies where a sound is as loud as can be."""

    def _spell(
        self, file: AudioFile, begin: int, start: int, half: Samples, seam: int, speaker: str
    ) -> Iterator[FileProgress | Segment]:
        if half.max(initial=0) > 0.99:
            os.kill(os.getpid(), signal.SIGKILL)
        return super()._spell(file, begin, start, half, seam, speaker)


class Slow(Letters):
    """An engine that takes a fifth of a sound's length, so that it can be met at work."""

    def _spell(
        self, file: AudioFile, begin: int, start: int, half: Samples, seam: int, speaker: str
    ) -> Iterator[FileProgress | Segment]:
        time.sleep(len(half) / SAMPLE_RATE / 5)
        return super()._spell(file, begin, start, half, seam, speaker)


def deadly_between_jobs() -> Letters:
    """Make an engine whose process dies when the end of its job is told."""
    workers._Ready = die  # type: ignore[assignment,misc]
    return Letters()


def die() -> None:
    """Be killed."""
    os.kill(os.getpid(), signal.SIGKILL)


def without_pack() -> Letters:
    raise PackError("There is no model pack.")


def sound(path: Path, seconds: float = 0.2, seed: int = 0, channels: int = 1) -> Path:
    """Write noise that no other seed gives."""
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(seed).uniform(-0.5, 0.5, (round(seconds * 16_000), channels))
    soundfile.write(path, noise, 16_000)
    return path


def run(
    paths: Sequence[Path | str],
    output: Path | None,
    by: Workers | None = None,
    **options: object,
) -> list[BatchEvent]:
    """Run a batch to its end."""
    recursive = bool(options.pop("recursive", False))
    chosen = BatchOptions(output=output, **options)  # type: ignore[arg-type]
    batch = Batch(chosen, by or Here(Letters), pack=PackNames.checksum)
    return list(batch.run(find_sources(paths, recursive=recursive)))


def of_kind(events: Sequence[BatchEvent], kind: type[BatchEvent]) -> list[BatchEvent]:
    """The events of one kind."""
    return list(filter(partial(_is, kind), events))


def _is(kind: type[BatchEvent], event: BatchEvent) -> bool:
    return isinstance(event, kind)


def contents(folder: Path) -> dict[str, bytes]:
    """What the outputs hold, by their path in the folder; all but the ledger."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.startswith(".earshot-ledger")
    }
