"""MP3: what a file says of itself, and its frames, found one by one.

libsndfile believes a length that many files do not state, and stops where frames are
damaged. So, where neither PyAV nor the program is there, the frames are found here and
handed to it in runs without a flaw, each with a first frame that states their number.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from typing import Final

import numpy as np
import soundfile

from asr.audio.readers import (
    BrokenError,
    Damage,
    Reading,
    RefusedError,
    SoundBlock,
    Wanted,
    no_track,
)
from asr.audio.readers.parts import Extent, Part, View

RATES: Final = {
    3: (44_100, 48_000, 32_000),
    2: (22_050, 24_000, 16_000),
    0: (11_025, 12_000, 8_000),
}  # Hz, by version: MPEG 1, 2 and 2.5
KILOBITS: Final = {
    3: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    2: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
INDEX_128: Final = {3: 9, 2: 12, 0: 12}  # of 128 kbit/s: room enough for the first frame
TAGS: Final = (b"ID3", b"TAG", b"APETAGEX", b"LYRICS")
MARKS: Final = (b"Xing", b"Info", b"VBRI")
SEARCHED: Final = 8192  # bytes after the tag in which the first frame begins
FEWEST: Final = 4  # frames in a row that make an MP3; noise has two or three by chance
LEAST_SHARE: Final = 0.1  # of the bytes that are frames
LEAST_SHARE_IF_UNKNOWN: Final = 0.5  # where it does not begin as an MP3 does

_quiet = threading.Lock()


@dataclass(frozen=True, slots=True)
class Shape:
    """What the frames of a run have in common."""

    version: int
    rate: int  # Hz
    channels: int

    @property
    def n_samples(self) -> int:
        """Of a frame."""
        return 1152 if self.version == 3 else 576


@dataclass(frozen=True, slots=True)
class Run:
    """Frames without a flaw."""

    start: int  # byte
    end: int
    n_frames: int
    shape: Shape
    header: bytes  # of the first


def is_tag(start: bytes) -> bool:
    """Whether a packet is a tag or a table of contents, and no sound."""
    return start.startswith(TAGS) or any(mark in start[:64] for mark in MARKS)


def announced_seconds(part: Part) -> float | None:
    """Return the length by the frame that encoders put first (Xing), if there is one."""
    view = View(part)
    start = _after_tag(view, 0)
    found = view[start : start + SEARCHED]
    part.seek(0)
    place = max(found.find(b"Xing", 0, 4096), found.find(b"Info", 0, 4096))
    frame = found.rfind(b"\xff", 0, max(0, place))
    while frame >= 0 and _frame(found[frame : frame + 4]) is None:
        frame = found.rfind(b"\xff", 0, frame)
    if place < 0 or frame < 0 or len(found) < place + 12 or not found[place + 7] & 1:
        return None
    header = _frame(found[frame : frame + 4])
    assert header is not None
    n_frames = int.from_bytes(found[place + 8 : place + 12], "big")
    return n_frames * header[1].n_samples / header[1].rate


def open_part(part: Part, wanted: Wanted, resources: ExitStack) -> Reading:
    """Open an MP3 by libsndfile. Raises RefusedError or DecodeError."""
    if part.extent.kind not in ("mp3", ""):
        raise RefusedError("no MP3")
    stated = announced_seconds(part)
    view = View(part)
    runs = list(find_runs(view))
    n_bytes = sum(run.end - run.start for run in runs)
    share = LEAST_SHARE if part.extent.kind else LEAST_SHARE_IF_UNKNOWN
    if sum(run.n_frames for run in runs) < FEWEST or n_bytes < share * len(view):
        raise RefusedError("no frames of MP3 in a row")
    if wanted.track:
        raise no_track(wanted.track, 1)
    shape = runs[0].shape
    return Reading(
        blocks=_blocks(part, view, runs),
        rate=shape.rate,
        channels=shape.channels,
        seconds=sum(run.n_frames * run.shape.n_samples / run.shape.rate for run in runs),
        promised=stated,
    )


def find_runs(view: View) -> Iterator[Run]:
    """Follow the frames; where one is not followed by another, look for the next that is."""
    place, size = _after_tag(view, 0), len(view)
    while (place := view.find(b"\xff", place)) >= 0:
        found = _frame(view[place : place + 4])
        if found is None or not _goes_on(view, place + found[0], size):
            place += 1
            continue
        start, n_frames, shape, header = place, 0, found[1], view[place : place + 4]
        while found is not None and found[1] == shape and place + found[0] <= size:
            if not n_frames and is_tag(view[place + 4 : place + 64].lstrip(b"\0") or b"?"):
                start, n_frames = place + found[0], -1  # its table of contents
            place += found[0]
            n_frames += 1
            if not n_frames:
                header = view[place : place + 4]
            found = _frame(view[place : place + 4])
        if n_frames > 0:
            yield Run(start, place, n_frames, shape, header)
        place = _after_tag(view, place)


def _goes_on(view: View, place: int, size: int) -> bool:
    """Whether there is another frame, or the end, or a tag."""
    follows = view[place : place + 4]
    return place == size or _frame(follows) is not None or follows.startswith(TAGS)


def _frame(header: bytes) -> tuple[int, Shape] | None:
    """Return a frame's length in bytes and its shape; None if there is none (layer 3)."""
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE6 != 0xE2:
        return None
    version, bits, rate_index = header[1] >> 3 & 3, header[2] >> 4, header[2] >> 2 & 3
    if version == 1 or bits in (0, 15) or rate_index == 3:
        return None
    shape = Shape(version, RATES[version][rate_index], 1 if header[3] >> 6 == 3 else 2)
    kilobits = KILOBITS[3 if version == 3 else 2][bits]
    padding = header[2] >> 1 & 1
    return shape.n_samples * 125 * kilobits // shape.rate + padding, shape


def _after_tag(view: View, place: int) -> int:
    """Return where a tag ends that begins here, if there is one."""
    return place + tag_length(view[place : place + 10])


def tag_length(head: bytes) -> int:
    """Return the bytes of a tag that begins so; 0 if none does (ID3v2, section 3.1)."""
    if not head.startswith(b"ID3") or len(head) < 10:
        return 0
    sizes = zip(head[6:10], (21, 14, 7, 0), strict=True)
    return 10 + sum((byte & 0x7F) << shift for byte, shift in sizes)


def _first_frame(run: Run) -> bytes:
    """Return a frame that holds no sound and states how many follow."""
    shape, head = run.shape, bytearray(run.header)
    head[1] |= 1  # no checksum
    head[2] = INDEX_128[shape.version] << 4 | head[2] & 0x0C
    length = 125 * 128 * shape.n_samples // shape.rate
    side = {(True, 2): 32, (True, 1): 17, (False, 2): 17, (False, 1): 9}
    side_bytes = side[shape.version == 3, shape.channels]
    content = bytes(head) + bytes(side_bytes) + b"Info" + b"\0\0\0\1"
    return (content + run.n_frames.to_bytes(4, "big")).ljust(length, b"\0")


def _blocks(part: Part, view: View, runs: list[Run]) -> Iterator[SoundBlock | Damage]:
    end = None
    n_bytes = sum(run.end - run.start for run in runs)
    n_seconds = sum(run.n_frames * run.shape.n_samples / run.shape.rate for run in runs)
    for run in runs:
        if end is not None and run.start > end and not is_tag(view[end : end + 64]):
            yield Damage((run.start - end) * n_seconds / n_bytes)
        base = part.extent.start
        head = _first_frame(run)
        extent = Extent(base + run.start, base + run.end, "mp3", head, 0)
        with Part(part.path, extent) as clean:
            yield from _decoded(clean, run)
        end = run.end
    if part.error:
        raise BrokenError(str(part.error))


def _decoded(clean: Part, run: Run) -> Iterator[SoundBlock | Damage]:
    with ExitStack() as stack:
        try:
            with _without_chatter():
                file = stack.enter_context(soundfile.SoundFile(clean))
        except soundfile.SoundFileError:
            yield Damage(run.n_frames * run.shape.n_samples / run.shape.rate)
            return
        left = run.n_frames * run.shape.n_samples
        while left > 0:
            try:
                with _without_chatter():
                    frames = file.read(
                        min(left, run.shape.rate), dtype="float32", always_2d=True
                    )
            except soundfile.SoundFileError:
                frames = np.empty((0, run.shape.channels), np.float32)
            if not len(frames):
                if left > 2 * run.shape.n_samples:  # less is what a decoder holds back
                    yield Damage(left / run.shape.rate)
                return
            left -= len(frames)
            yield SoundBlock(frames, file.samplerate)


@contextmanager
def _without_chatter() -> Iterator[None]:
    """Keep libmpg123 from writing to the terminal.

    WORKAROUND: libsndfile 1.2.2 gives no way to tell it to be quiet; an hour of ordinary MP3
    makes a thousand lines.
    """
    with _quiet, ExitStack() as stack:
        with suppress(OSError):  # a program without a terminal may have no such stream
            kept = os.dup(2)
            stack.callback(os.close, kept)
            nowhere = os.open(os.devnull, os.O_WRONLY)
            stack.callback(os.close, nowhere)
            os.dup2(nowhere, 2)
            stack.callback(os.dup2, kept, 2)
        yield
