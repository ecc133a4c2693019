"""Whatever ffmpeg's libraries open, through PyAV, if it is installed.

A packet that cannot be decoded is left out and told as damage. Containers carry times, and
those are what counts; formats that are a bare stream of packets (MP3, AAC, AMR) have none,
so there the bytes that were not understood tell how much is missing.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import ExitStack, closing
from importlib.util import find_spec
from typing import Any, Final

import numpy as np

from asr.audio import Frames
from asr.audio.readers import (
    BrokenError,
    Damage,
    Reading,
    RefusedError,
    SoundBlock,
    TrailingError,
    Wanted,
    no_sound,
    no_track,
)
from asr.audio.readers.mp3 import announced_seconds, is_tag, tag_length
from asr.audio.readers.parts import Part

log = logging.getLogger(__name__)

BARE: Final = frozenset({"aac", "amr", "ac3", "eac3", "mp3", "mp2", "dts", "loas", "amrnb"})
SEEKS: Final = frozenset({"mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm"})
SCRAPS: Final = 4096  # bytes at the end that are a frame cut in two, or padding
PICTURES: Final = frozenset({"tty", "image2", "gif", "apng", "ico"})  # text is one, too
RUN_UP: Final = 1.0  # seconds before what is wanted; a decoder needs some to get going
NEVER_PAUSES: Final = frozenset({"flac", "ogg"})  # so that what is missing was destroyed
JITTER: Final = 0.05  # seconds by which times of packets may be off: they are rounded
EXACT: Final = 0.005  # seconds, where they are counted in samples
HOPELESS: Final = 1000  # failures to read on, with nothing between them
POINTERS: Final = 8  # to planes, that a frame of libavutil has room for
OPTIONS: Final = {"protocol_whitelist": "none"}  # a list of files, or of addresses, opens none


def is_here() -> bool:
    """Whether PyAV is installed."""
    return find_spec("av") is not None


def open_part(part: Part, wanted: Wanted, resources: ExitStack) -> Reading:
    """Open a part. Raises RefusedError or DecodeError."""
    if not is_here():
        raise RefusedError("PyAV is not installed")
    try:
        import av
    except (ImportError, OSError) as error:  # a library of it that this system cannot load
        raise RefusedError(f"PyAV: {error}") from error

    stated = announced_seconds(part) if part.extent.kind == "mp3" else None
    try:
        opened = av.open(part, "r", metadata_errors="ignore", container_options=OPTIONS)
        container = resources.enter_context(closing(opened))
        tracks = container.streams.audio
        stream = _choose(container, tracks, wanted.track)
        decoder = stream.codec_context
        if decoder is None or not stream.rate:
            raise RefusedError("ffmpeg: no decoder or no rate")
        channels = max(1, decoder.channels)
    except (av.FFmpegError, OSError, ValueError, IndexError) as error:
        raise RefusedError(f"ffmpeg: {error}") from error
    name, announced = container.format.name, _announced(container, stream)
    is_sought = _seek(container, wanted.start) if name in SEEKS and wanted.start else False
    return Reading(
        blocks=_Decoding(part, container, stream, name).blocks(),
        rate=stream.rate,
        channels=channels,
        tracks=len(tracks),
        seconds=announced if name not in BARE else _guessed(container),
        promised=stated if name in BARE else announced,
        jitter=EXACT if name == "flac" else JITTER,
        may_pause=name not in NEVER_PAUSES,
        is_float=str(decoder.name).startswith("pcm_f"),
        is_sought=is_sought,
    )


def _choose(container: Any, tracks: Any, number: int | None) -> Any:
    if not tracks:
        name, kinds = container.format.name, {one.type for one in container.streams}
        if name in PICTURES or name.endswith("_pipe") or not kinds:
            raise RefusedError(f"ffmpeg finds nothing to hear: {name}")
        raise no_sound(kinds)
    if number is None:
        return container.streams.best("audio") or tracks[0]
    if number >= len(tracks):
        raise no_track(number, len(tracks))
    return tracks[number]


def _announced(container: Any, stream: Any) -> float | None:
    """Return the length that the file states."""
    if stream.duration is not None and stream.time_base is not None:
        return float(stream.duration * stream.time_base)
    if container.duration is not None and len(container.streams) == 1:
        return float(container.duration / 1e6)
    return None


def _guessed(container: Any) -> float | None:
    """Return the length that ffmpeg guesses from the size of a file."""
    return container.duration / 1e6 if container.duration else None


def _seek(container: Any, start: float) -> bool:
    """Go to a little before `start`; say whether it worked."""
    import av

    origin = (container.start_time or 0) / 1e6
    try:
        container.seek(int(max(0.0, origin + start - RUN_UP) * 1e6))
    except (av.FFmpegError, OSError):
        return False
    return True


class _Decoding:
    """Packets of one track as sound."""

    def __init__(self, part: Part, container: Any, stream: Any, name: str) -> None:
        self._part = part
        self._container = container
        self._stream = stream
        self._name = name
        self._is_bare = name in BARE
        self._origin = (container.start_time or 0) / 1e6
        self._run = _Run()
        self._n_failures = 0
        self._n_bytes, self._n_ticks = 0, 0  # of the packets that were decoded
        self._missing, self._n_missing = 0.0, 0  # seconds and bytes since then
        self._last = self._largest = 0  # bytes of the last packet, and of those before it
        self._tag_end = 0  # byte
        self._end: int | None = None  # byte at which the last packet ended
        self._tick = float(stream.time_base or 0)  # seconds

    def blocks(self) -> Iterator[SoundBlock | Damage]:
        """Yield the sound in blocks of a second or so."""
        for packet in self._packets():
            if packet.size:
                self._largest, self._last = max(self._largest, self._last), packet.size
                self._see_hole(packet)
            yield from self._decoded(packet)
        yield from self._run.emptied()
        if self._part.error:
            raise BrokenError(str(self._part.error))
        if self._name == "flac" and self._last > SCRAPS + 4 * self._largest:
            raise TrailingError(self._last)  # its last packet holds what is no FLAC, too
        if self._n_missing > SCRAPS:
            raise TrailingError(self._n_missing)

    def _packets(self) -> Iterator[Any]:
        """Yield packets; go on after what cannot be read, as long as there is something."""
        import av

        while True:
            try:
                for packet in self._container.demux(self._stream):
                    self._n_failures = 0
                    yield packet
            except (av.FFmpegError, ValueError) as error:
                self._n_failures += 1
                if self._n_failures >= HOPELESS or self._part.error:
                    raise BrokenError(str(error)) from error
            else:
                return

    def _decoded(self, packet: Any) -> Iterator[SoundBlock | Damage]:
        import av

        try:
            frames = packet.decode()
        except (av.FFmpegError, ValueError) as error:
            if isinstance(error, av.EOFError):
                return
            if not self._is_bare:
                yield from self._run.emptied()
                yield Damage(0.0)
            else:
                self._miss(packet)
            return
        if self._is_bare and packet.size:
            if self._missing:
                yield from self._run.emptied()
                yield Damage(self._missing)
            self._missing, self._n_missing = 0.0, 0
            self._n_bytes += packet.size
            self._n_ticks += packet.duration or 0
        for frame in frames:
            yield from self._run.joined(frame, self._start(frame))

    def _start(self, frame: Any) -> float | None:
        if self._is_bare or frame.pts is None:
            return None
        return float(frame.pts * self._tick) - self._origin

    def _miss(self, packet: Any) -> None:
        """Count what was not understood, but for tags, which are no sound."""
        content = bytes(packet)
        if is_tag(content):
            self._tag_end = (packet.pos or 0) + tag_length(content)
        elif (packet.pos or 0) >= self._tag_end:
            self._missing += self._lasts(packet)
            self._n_missing += packet.size if any(content) else 0  # at the end it is padding

    def _see_hole(self, packet: Any) -> None:
        """Count bytes before a packet that the library has passed over."""
        if not self._is_bare or packet.pos is None or packet.pos < 0:
            return
        end, self._end = self._end, packet.pos + packet.size
        if end is not None and self._n_bytes and packet.pos - end > SCRAPS:
            self._missing += (packet.pos - end) * self._n_ticks * self._tick / self._n_bytes

    def _lasts(self, packet: Any) -> float:
        """Return the seconds that a packet stood for; what was no frame has no length."""
        lasts = (packet.duration or 0) * self._tick
        if not self._n_bytes:
            return lasts
        by_size = packet.size * self._n_ticks * self._tick / self._n_bytes
        return by_size if by_size > 1.5 * lasts else lasts


class _Run:
    """Frames that follow on one another, gathered into a block: a packet is very short."""

    def __init__(self) -> None:
        self._shape: tuple[int, str, str] | None = None  # rate, layout, format
        self._fifo: Any = None
        self._start: float | None = None
        self._expected: float | None = None

    def joined(self, frame: Any, start: float | None) -> Iterator[SoundBlock]:
        """Take a frame; yield what was gathered when it does not fit, or is enough."""
        import av

        if not frame.samples or not frame.sample_rate:
            return
        shape = (frame.sample_rate, frame.layout.name, frame.format.name)
        expected = self._expected
        jumps = None not in (start, expected) and abs((start or 0) - (expected or 0)) > JITTER
        if shape != self._shape or jumps:
            yield from self.emptied()
        if self._fifo is None:
            self._fifo, self._shape = av.AudioFifo(), shape
            self._start = start
            self._expected = start if start is not None else expected
        if self._expected is not None:
            self._expected += frame.samples / frame.sample_rate
        frame.pts = None
        self._fifo.write(frame)
        if self._fifo.samples >= frame.sample_rate:
            yield from self.emptied()

    def emptied(self) -> Iterator[SoundBlock]:
        """Yield what was gathered."""
        fifo, self._fifo = self._fifo, None
        if fifo is not None and fifo.samples:
            frame = fifo.read()
            yield SoundBlock(_frames(frame), frame.sample_rate, self._start)


def _frames(frame: Any) -> Frames:
    """Return a frame of any sample format as floats, (n, channels)."""
    import av

    kind, n_channels = frame.format.name, frame.layout.nb_channels
    if kind == "fltp" and n_channels < POINTERS:
        return np.asarray(frame.to_ndarray().T, np.float32)
    if kind == "flt":
        return np.asarray(frame.to_ndarray().reshape(-1, n_channels), np.float32)
    # WORKAROUND PyAV 18.1: it looks for a frame's last plane by a null pointer, and where
    # there are 8 or more it reads past them and dies. Interleaved samples are one plane.
    fit = av.AudioResampler(format="flt", layout=frame.layout, rate=frame.sample_rate)
    found = [one.to_ndarray().reshape(-1, n_channels) for one in fit.resample(frame)]
    return np.concatenate([np.empty((0, n_channels), np.float32), *found], dtype=np.float32)
