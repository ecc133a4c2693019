"""Sound files of any format, as samples: the door through which all files come.

Readers (asr.audio.readers) give frames at the file's own rate and time; here they become
samples on the file's clock, a second at a time, so that a file of any length passes
through in bounded memory.
"""

from __future__ import annotations

import logging
import math
import os
import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final, Self

import numpy as np

from asr.audio import SAMPLE_RATE, Samples
from asr.audio.channels import AUDIBLE, Mixer
from asr.audio.readers import (
    BrokenError,
    Damage,
    Reader,
    Reading,
    RefusedError,
    TrailingError,
    Wanted,
    ffmpeg_program,
    libsndfile,
    mp3,
    pyav,
)
from asr.audio.readers.parts import Extent, Part, extents, is_encrypted, mp4_index
from asr.audio.timeline import Piece, Skip, Timeline
from asr.errors import DecodeError
from asr.sentences import Message
from asr.transcript import Gap

log = logging.getLogger(__name__)

SHORTFALL: Final = 0.001  # of its announced length that a part may lack; headers round
SHORTFALL_SECONDS: Final = 0.25
SHORTFALL_OF_DAMAGE: Final = 0.5  # of what was damaged; how long that was is estimated
RATES: Final = (1_000, 10_000_000)  # Hz; there is no speech below, and no such file above
FILL: Final = 30 * SAMPLE_RATE  # samples of silence at a time

NO_SPEECH: Final = "No speech was found in «{name}»."
NO_SPEECH_BECAUSE: Final = "No speech was found in «{name}»: {why}."
CANCELLED: Final = (
    "The channels of «{name}» cancel each other when they are mixed: "
    "channel {channel} was taken alone."
)

CODED: Final = frozenset({"flac", "ogg", "mp3"})  # which ffmpeg reads on where they are damaged
PLAIN_ORDER: Final[tuple[Reader, ...]] = (
    libsndfile.open_part,
    pyav.open_part,
    ffmpeg_program.open_part,
    mp3.open_part,
)
CODED_ORDER: Final[tuple[Reader, ...]] = (*PLAIN_ORDER[1:], PLAIN_ORDER[0])


class AudioFile:
    """A sound file, read once from start to end as blocks of samples.

    >>> with open_audio(path) as file:
    ...     for samples in file:
    ...         recogniser.feed(samples)

    A file that breaks off yields all that can be read and then raises DecodeError, so
    that a caller may keep what came before. `gaps` and `notes` are complete at the end.
    """

    def __init__(
        self,
        path: Path,
        *,
        track: int | None = None,
        channel: int | None = None,
        start: float = 0.0,
        end: float = math.inf,
    ) -> None:
        self.name = printable(path)
        self.begin = start  # seconds of the file's clock at the first sample
        self._path = path
        self._channel = channel
        self._end = end
        self._mixer = Mixer(channel)
        self._line = Timeline(self._mixer, start, end)
        _check_is_file(path, self.name)
        try:
            self._extents = extents(path)
        except OSError as error:
            raise _unreadable(self.name, error) from error
        # Behind a part whose length is not known nothing can be found but by reading it.
        self._wanted = Wanted(track=track, start=start if len(self._extents) == 1 else 0.0)
        self._resources = ExitStack()
        with ExitStack() as opening:
            opening.callback(self._resources.close)
            self._part, self._reading = self._open(self._extents[0])
            self._check_channel()
            opening.pop_all()
        self.channels = self._reading.channels
        self.tracks = self._reading.tracks

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the file back; harmless when it is closed."""
        self._resources.close()

    @property
    def seconds(self) -> float | None:
        """The length of what was asked for, as far as it is known or can be guessed."""
        announced = self._reading.seconds
        if len(self._extents) > 1 or not announced:
            announced = self._guess()
        if announced is None:
            return None
        return max(0.0, min(announced, self._end) - self.begin)

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """Where sound is missing, so far, on the file's clock."""
        return tuple(self._line.gaps)

    def notes(self, *, has_words: bool) -> tuple[Message, ...]:
        """What one should know of the sound, once it was read.

        Args:
            has_words: Whether any were recognised; if not, it is said why, if that is plain.
        """
        notes = []
        if self._mixer.ever_single is not None:
            values = {"name": self.name, "channel": self._mixer.ever_single + 1}
            notes.append(Message(CANCELLED, values))
        if not has_words:
            why = self.emptiness
            reason = {"why": Message(why)} if why else {}
            template = NO_SPEECH_BECAUSE if why else NO_SPEECH
            notes.append(Message(template, {"name": self.name, **reason}))
        return tuple(notes)

    @property
    def note(self) -> str:
        """A sentence on how the channels were taken, if not as their mix."""
        return " ".join(map(str, self.notes(has_words=True)))

    @property
    def emptiness(self) -> str:
        """Why there can be no speech in what was read, if that is plain; else nothing."""
        if not self._mixer.n_frames:
            return "it holds no samples"
        if not self._mixer.n_numbers:
            return "its samples are not numbers"
        if self._mixer.loudest < AUDIBLE:
            return "it is silent from start to end"
        return ""

    def __iter__(self) -> Iterator[Samples]:
        """Yield the samples in order, silence where there is no sound. Raises DecodeError."""
        for piece in self.pieces():
            if not isinstance(piece, Skip):
                yield piece
                continue
            for left in range(piece.n_samples, 0, -FILL):
                yield np.zeros(min(FILL, left), np.float32)

    def pieces(self) -> Iterator[Piece]:
        """Yield samples, and skips where time passes without sound. Raises DecodeError."""
        for number, extent in enumerate(self._extents):
            if number:
                self._resources.close()
                self._part, self._reading = self._open_next(extent)
            yield from self._read_part()
            if self._line.is_past_end:
                break
        yield from self._line.finish()
        if not self._line.position and self._line.now <= self.begin and self.begin:
            length = max(self._line.now, self._reading.seconds or 0.0)
            raise DecodeError(
                "«{name}» is {length:.1f} s long: there is nothing from {begin:.1f} s on.",
                name=self.name,
                length=length,
                begin=self.begin,
            )

    def _read_part(self) -> Iterator[Piece]:
        line, before = self._line, self._line.now
        line.begin_part(self._reading)
        try:
            for block in self._reading.blocks:
                yield from line.add(block)
                if line.is_past_end:
                    return
        except BrokenError as error:
            yield from line.finish()
            raise self._failure(error) from error
        yield from self._end_part(line.now - before)

    def _end_part(self, seconds: float) -> Iterator[Piece]:
        """See whether a part was all there; the next one goes on at its right time."""
        line, reading = self._line, self._reading
        is_cut = self._part.extent.is_cut or not reading.is_whole
        if not (line.heard or is_cut or reading.is_sought or reading.seconds == 0):
            raise _no_sound_file(self.name)
        promised = reading.promised or 0.0
        missing = promised - seconds
        allowed = SHORTFALL_SECONDS + SHORTFALL * promised
        allowed += SHORTFALL_OF_DAMAGE * line.damaged
        is_short = not reading.is_sought and missing > allowed
        is_last = self._part.extent == self._extents[-1]
        if self._part.error or ((is_cut or is_short) and is_last):
            yield from line.finish()
            raise self._breaks_off()
        if is_short:
            yield from line.add(Damage(missing))

    def _failure(self, error: BrokenError) -> DecodeError:
        if not self._line.heard:
            return _no_sound_file(self.name)
        if isinstance(error, TrailingError):
            return self._goes_on(error.n_bytes)
        return self._breaks_off()

    def _breaks_off(self) -> DecodeError:
        return DecodeError(
            "«{name}» breaks off after {now:.1f} s: it is cut short or "
            "damaged; copy or record it again.",
            name=self.name,
            now=self._line.now,
        )

    def _goes_on(self, n_bytes: int) -> DecodeError:
        return DecodeError(
            "«{name}» goes on after {now:.1f} s with {left} bytes that cannot be read: it was "
            "joined from several files, or is damaged.",
            name=self.name,
            now=self._line.now,
            left=n_bytes,
        )

    def _open_next(self, extent: Extent) -> tuple[Part, Reading]:
        """Open a part that follows; what came before is not in vain."""
        try:
            return self._open(extent)
        except DecodeError as error:
            raise self._goes_on(self._extents[-1].end - extent.start) from error

    def _open(self, extent: Extent) -> tuple[Part, Reading]:
        """Open a part by the first reader that can. Raises DecodeError."""
        part = self._resources.enter_context(Part(self._path, extent))
        if extent.kind == "mp4":
            self._check_mp4(part)
        for reader in CODED_ORDER if extent.kind in CODED else PLAIN_ORDER:
            part.seek(0)
            try:
                reading = reader(part, self._wanted, self._resources)
                _check_rate(reading.rate)
            except RefusedError as error:
                log.debug("%s: %s", self.name, error)
            except DecodeError as error:
                raise DecodeError(
                    "«{name}» cannot be used: {why}", name=self.name, why=error.message
                ) from error
            else:
                return part, reading
        raise _no_sound_file(self.name)

    def _check_mp4(self, part: Part) -> None:
        index = mp4_index(part)
        if index is None:
            raise DecodeError(
                "«{name}» is incomplete: the index that belongs at its end is missing; "
                "copy or record it again.",
                name=self.name,
            )
        if is_encrypted(index):
            raise DecodeError(
                "«{name}» is encrypted: only the program that it was bought for can play it.",
                name=self.name,
            )

    def _check_channel(self) -> None:
        n_channels = self._reading.channels
        if self._channel is None or self._channel < n_channels:
            return
        template = "«{name}» has {n} channels, and none is number {channel}."
        if n_channels == 1:
            template = "«{name}» has one channel, and none is number {channel}."
        raise DecodeError(template, name=self.name, n=n_channels, channel=self._channel + 1)

    def _guess(self) -> float | None:
        """Guess the whole length from how many bytes the sound so far took."""
        n_read = self._part.extent.start + self._part.tell()
        if not self._line.now or not n_read:
            return None
        return self._line.now * max(1.0, self._extents[-1].end / n_read)


def open_audio(
    path: Path,
    *,
    track: int | None = None,
    channel: int | None = None,
    start: float = 0.0,
    end: float = math.inf,
) -> AudioFile:
    """Open a file of any format for reading in blocks.

    Args:
        path: The file.
        track: Of its sound tracks, from 0; None takes the one that players would choose.
        channel: From 0; None mixes all, or takes the loudest where they cancel.
        start: Seconds of the file's clock at which to begin.
        end: Seconds of the file's clock at which to end.

    Raises:
        DecodeError: There is no such file, track or channel, or nothing in it can be read.
    """
    return AudioFile(path, track=track, channel=channel, start=start, end=end)


def read_audio(path: Path) -> Samples:
    """Return the whole file. Raises DecodeError, also if it holds no samples."""
    with open_audio(path) as file:
        blocks = list(file)
        if not blocks:
            raise DecodeError(
                "«{file}» holds no sound: choose a file with a recording in it.", file=file.name
            )
        return np.concatenate(blocks)


def printable(path: Path) -> str:
    """A file's name as text on one line, whatever bytes it is made of."""
    name = os.fsencode(path.name or path).decode("utf-8", "replace")
    return re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]", "�", name)


def _no_sound_file(name: str) -> DecodeError:
    if not (pyav.is_here() or ffmpeg_program.is_here()):
        return DecodeError(
            "«{name}» cannot be read without FFmpeg, if it is sound at all: install the "
            'program ffmpeg, or pip install "earshot[media]".',
            name=name,
        )
    return DecodeError(
        "«{name}» is not a sound file that can be read: "
        "it holds no sound, is damaged, or is of an unknown format.",
        name=name,
    )


def _check_is_file(path: Path, name: str) -> None:
    """Refuse what no reader need be asked about. Raises DecodeError."""
    try:
        if path.is_dir():
            raise DecodeError("«{name}» is a folder: choose the files inside it.", name=name)
        if path.exists() and not path.is_file():
            raise DecodeError(
                "«{name}» is not an ordinary file: save the sound to a file first.", name=name
            )
        with path.open("rb") as file:
            is_empty = not file.read(1)
    except FileNotFoundError as error:
        raise DecodeError(
            "«{name}» does not exist: check the name and the folder.", name=name
        ) from error
    except (OSError, ValueError) as error:  # ValueError: a name with a NUL inside
        raise _unreadable(name, error) from error
    if is_empty:
        raise DecodeError("«{name}» is empty: it holds not a single byte.", name=name)


def _check_rate(rate: int) -> None:
    lowest, highest = RATES
    if not lowest <= rate <= highest:
        raise DecodeError(
            "it has a sampling rate of {rate} Hz; speech needs {lowest} Hz or more, and "
            "{highest} Hz is the most that is read.",
            rate=rate,
            lowest=lowest,
            highest=highest,
        )


def _unreadable(name: str, error: Exception) -> DecodeError:
    reason = getattr(error, "strerror", None) or error
    return DecodeError("«{name}» may not be read: {reason}.", name=name, reason=reason)
