"""The sound of one voice on disk: raw 16-bit samples, because a crash cannot ruin those.

One thread appends, another reads by sample index:

    |======== on disk ========|-- in memory, while the disk is full --|
    0                                                              length

Stretches that were never recorded are holes in the file: they keep the clock, cost no
space, and read as zeros. What they are is in the recording's ledger.
"""

from __future__ import annotations

import logging
import os
import shutil
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np
import soundfile
from numpy.typing import NDArray

from asr.audio import SAMPLE_RATE, Samples
from asr.errors import RecordingError

log = logging.getLogger(__name__)

SAMPLE_BYTES: Final = 2
FULL_SCALE: Final = 32_767  # of 16 bits; symmetrical, so that ±1 survive
HELD_SECONDS: Final = 600  # of sound that a full disk may refuse before the oldest goes
GIVEN_UP_SECONDS: Final = 10  # of the oldest that go at once, so that there are few gaps
BLOCK: Final = 10 * SAMPLE_RATE  # samples that are written or compressed at a time

Pcm: TypeAlias = NDArray[np.int16]
PcmChunks: TypeAlias = tuple[Pcm, ...]  # one after the other, none of them empty


class Track:
    """An append-only file of samples. `append`, `extend` and `retry` belong to one thread."""

    # Samples on disk, and what follows them: one reference, so that a reader on another
    # thread never sees the one without the other. The bytes are written before it changes.
    _state: tuple[int, PcmChunks]

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = path.open("r+b" if path.exists() else "w+b", buffering=0)
        self._reader = path.open("rb")
        self._state = path.stat().st_size // SAMPLE_BYTES, ()

    @property
    def length(self) -> int:
        """Samples, on disk or held."""
        on_disk, held = self._state
        return on_disk + _length(held)

    @property
    def on_disk(self) -> int:
        """Samples that the disk took, holes included."""
        return self._state[0]

    @property
    def is_saved(self) -> bool:
        """Whether all of it is on disk."""
        return not self._state[1]

    def append(self, samples: Samples) -> range | None:
        """Add sound. What the disk refuses is held in memory until `retry`.

        Returns:
            The samples that are lost because too many are held, if any.
        """
        pcm = np.rint(samples * FULL_SCALE).clip(-FULL_SCALE, FULL_SCALE).astype("<i2")
        on_disk, held = self._state
        self._state = on_disk, _joined(held, pcm)
        if not held:  # else the disk is full, and asking it at each block would cost time
            self.retry()
        return self._let_oldest_go()

    def extend(self, n_samples: int) -> range | None:
        """Add a hole: time passed, and nothing was recorded. Returns what `append` does."""
        on_disk, held = self._state
        if held:
            return self.append(np.zeros(n_samples, np.float32))
        self._state = on_disk + n_samples, held
        return None

    def retry(self) -> None:
        """Write what is held, as far as the disk takes it."""
        on_disk, held = self._state
        try:
            while held:
                self._file.seek(on_disk * SAMPLE_BYTES)
                written = self._file.write(held[0][:BLOCK].tobytes()) // SAMPLE_BYTES
                if not written:
                    return
                on_disk, held = on_disk + written, _after(held, written)
                self._state = on_disk, held
        except OSError:
            return

    def give_back(self, n_samples: int) -> int:
        """Take the last samples on disk back into memory, for what needs their room more.

        It belongs to the thread that reads, while the other one is kept from writing.

        Returns:
            How many there were.
        """
        on_disk, held = self._state
        keep = max(0, on_disk - n_samples)
        pcm = np.rint(self.read(keep, on_disk) * FULL_SCALE).astype(np.int16)
        self._state = keep, (pcm, *held) if pcm.size else held
        try:
            self._file.truncate(keep * SAMPLE_BYTES)
        except OSError as error:
            log.debug("«%s» could not be cut: %s", self._path, error)
        return len(pcm)

    def drop_held(self) -> range | None:
        """Forget what the disk refused, and return it: the file ends where it ends."""
        on_disk, held = self._state
        self._state = on_disk, ()
        return range(on_disk, on_disk + _length(held)) if held else None

    def sync(self) -> None:
        """Make what is written survive a power cut, if the disk will."""
        try:
            os.fsync(self._file.fileno())
        except OSError as error:
            log.debug("«%s» is not safe from a power cut: %s", self._path, error)

    def read(self, start: int, stop: int) -> Samples:
        """Return samples [start, stop), as far as there are any. Raises RecordingError."""
        on_disk, held = self._state
        pcm = np.zeros(max(0, min(stop, on_disk + _length(held)) - start), np.int16)
        try:
            self._reader.seek(start * SAMPLE_BYTES)
            content = self._reader.read(max(0, min(stop, on_disk) - start) * SAMPLE_BYTES)
        except OSError as error:
            raise RecordingError(
                "The recording could not be read back: {why}.", why=error
            ) from error
        saved = np.frombuffer(content, "<i2")  # short where the file ends in a hole
        pcm[: len(saved)] = saved
        begins = on_disk
        for chunk in held:
            part = chunk[max(0, start - begins) : max(0, stop - begins)]
            place = max(0, begins - start)
            pcm[place : place + len(part)] = part
            begins += len(chunk)
        return pcm.astype(np.float32) / np.float32(FULL_SCALE)

    def close(self) -> None:
        """Close the file as it is. Raises OSError, and is closed all the same."""
        self.retry()
        with self._file, self._reader:
            if self.is_saved:
                self._file.truncate(self.length * SAMPLE_BYTES)  # a hole at the end counts

    def _let_oldest_go(self) -> range | None:
        on_disk, held = self._state
        n_held = _length(held)
        surplus = n_held - HELD_SECONDS * SAMPLE_RATE
        if surplus <= 0:
            return None
        n_lost = min(n_held, surplus + GIVEN_UP_SECONDS * SAMPLE_RATE)
        self._state = on_disk + n_lost, _after(held, n_lost)
        return range(on_disk, on_disk + n_lost)


def _length(chunks: PcmChunks) -> int:
    return sum(map(len, chunks))


def _joined(chunks: PcmChunks, pcm: Pcm) -> PcmChunks:
    """Add samples to the end.

    Each chunk is more than twice as long as the next: so there are few, and a sample is
    copied only as often as its chunk can double.
    """
    if not pcm.size:
        return chunks
    while chunks and len(chunks[-1]) <= 2 * len(pcm):
        chunks, pcm = chunks[:-1], np.concatenate((chunks[-1], pcm))
    return (*chunks, pcm)


def _after(chunks: PcmChunks, n_samples: int) -> PcmChunks:
    """Return what follows the first samples."""
    while chunks and n_samples >= len(chunks[0]):
        chunks, n_samples = chunks[1:], n_samples - len(chunks[0])
    return (chunks[0][n_samples:], *chunks[1:]) if chunks else ()


def compress(raw: Path) -> Path:
    """Turn raw samples into FLAC beside them. Raises RecordingError.

    The FLAC file gets its name when it is complete and has been read back.
    """
    flac, draft = raw.with_suffix(".flac"), raw.with_suffix(".flac.part")
    try:
        _write_flac(raw, draft)
        _check_same(raw, draft)
        draft.replace(flac)
    except (OSError, soundfile.SoundFileError) as error:
        draft.unlink(missing_ok=True)
        # libsndfile takes a short write for a damaged file, which would mislead the user.
        is_full = shutil.disk_usage(raw.parent).free < raw.stat().st_size
        why = "it is full" if is_full else str(error).removesuffix(".")
        raise RecordingError(
            "The disk did not take the compressed recording: {why}. The sound stays as it "
            "is in «{raw}».",
            why=why,
            raw=raw,
        ) from error
    return flac


def _write_flac(raw: Path, draft: Path) -> None:
    with (
        raw.open("rb") as source,
        soundfile.SoundFile(
            draft, "w", SAMPLE_RATE, 1, format="FLAC", subtype="PCM_16"
        ) as target,
    ):
        if not raw.stat().st_size:
            target.write(np.zeros(1, np.int16))  # a FLAC file of nothing would not be one
        while content := source.read(BLOCK * SAMPLE_BYTES):
            target.write(np.frombuffer(content[: len(content) & ~1], "<i2"))
    with draft.open("rb+") as written:
        os.fsync(written.fileno())


def _check_same(raw: Path, draft: Path) -> None:
    """Raise OSError unless the FLAC file says what the raw file says."""
    with raw.open("rb") as source, soundfile.SoundFile(draft) as target:
        while content := source.read(BLOCK * SAMPLE_BYTES):
            expected = np.frombuffer(content[: len(content) & ~1], "<i2")
            if not np.array_equal(target.read(len(expected), dtype="int16"), expected):
                raise OSError("what was written reads back differently")
