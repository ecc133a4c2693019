"""Plain sound by libsndfile: WAV, AIFF, CAF, AU, W64 and more, exactly as it was written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Final

import numpy as np
import soundfile

from asr.audio import Frames
from asr.audio.readers import (
    BrokenError,
    Damage,
    Reading,
    RefusedError,
    SoundBlock,
    Wanted,
    no_track,
)
from asr.audio.readers.parts import Part

UNTIL_END: Final = 1 << 48  # frames; from here on a length is «not known»
ROOM: Final = 1 << 22  # samples of all channels together in a block
OUTLIER: Final = 30.0  # times as loud as nine of ten blocks: a broken number, not sound


def open_part(part: Part, wanted: Wanted, resources: ExitStack) -> Reading:
    """Open a part. Raises RefusedError or DecodeError."""
    if part.extent.kind == "mp3":
        raise RefusedError("libsndfile believes lengths that an MP3 does not state")
    try:
        file = resources.enter_context(soundfile.SoundFile(part))
    except (soundfile.SoundFileError, TypeError, OSError) as error:
        # TypeError: a format without a header, whose rate we would have to know.
        raise RefusedError(f"libsndfile: {error}") from error
    if wanted.track:
        raise no_track(wanted.track, 1)
    is_float = file.subtype in ("FLOAT", "DOUBLE")
    is_known = file.frames < UNTIL_END
    seconds = file.frames / file.samplerate if is_known else None
    seeks = bool(wanted.start) and file.seekable() and is_known
    peak = _peak(file) if is_float else 1.0
    if seeks:
        try:
            file.seek(min(file.frames, int(wanted.start * file.samplerate)))
        except soundfile.SoundFileError:  # a FLAC that breaks off before: read it up to there
            part.seek(0)
            file, seeks = resources.enter_context(soundfile.SoundFile(part)), False
    return Reading(
        blocks=_blocks(file, part, is_sought=seeks),
        rate=file.samplerate,
        channels=file.channels,
        seconds=seconds,
        promised=seconds,
        is_whole=part.extent.kind in ("wav", "ogg") or _keeps_promise(file.extra_info),
        peak=peak,
        is_sought=seeks,
    )


def _blocks(
    file: soundfile.SoundFile, part: Part, *, is_sought: bool
) -> Iterator[SoundBlock | Damage]:
    """Yield a second at a time; what was decoded of a second that breaks is kept."""
    start = file.tell() / file.samplerate if is_sought else None
    n_frames = max(1, min(file.samplerate, ROOM // file.channels))
    while True:
        room = np.full((n_frames, file.channels), np.nan, np.float32)
        try:
            frames = file.read(out=room)
        except (soundfile.SoundFileError, ValueError) as error:
            frames = _filled(room)
            yield SoundBlock(frames, file.samplerate, start)
            if part.tell() < part.size or part.error:
                raise BrokenError(str(error)) from error
            return
        if not len(frames):
            return
        yield SoundBlock(frames, file.samplerate, start)
        start = None


def _filled(room: Frames) -> Frames:
    """Return the frames that were written before the end; nothing decodes to no number."""
    written = ~np.isnan(room).any(axis=1)
    return room[: int(written.argmin()) if not written.all() else len(room)]


def _peak(file: soundfile.SoundFile) -> float:
    """Return the loudest sample of a file of floats, and go back to its start."""
    peaks = []
    for block in file.blocks(file.samplerate, dtype="float32"):
        loudness = np.abs(block, out=block)
        peaks.append(float(loudness.max(initial=0.0, where=np.isfinite(loudness))))
    file.seek(0)
    heard = [peak for peak in peaks if peak]
    if not heard:
        return 1.0
    return min(max(heard), OUTLIER * max(1.0, float(np.quantile(heard, 0.9))))


def _keeps_promise(log_of_header: str) -> bool:
    """Whether each chunk is as long as its header says; libsndfile notes where not."""
    notes = re.findall(r": (\d+) \(should be (\d+)\)", log_of_header)
    return all(int(said) <= int(found) or int(said) > 0x7FFF_0000 for said, found in notes)
