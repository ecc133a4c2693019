"""Plays sound from any place, at any speed, and says where it is.

    Sound ──▶ feeding thread: TimeStretch ──▶ PortAudio's buffer ──▶ loudspeaker
                   ▲ play, pause, speed              │ what is left in it
    caller ────────┘            position ◀───────────┘

PortAudio plays from a buffer of its own and calls nothing of ours, so that a busy program makes
no holes; a new beginning throws the buffer away, so that a word that is clicked sounds at
once. The caller's methods return at once, too.

>>> player = Player()
>>> player.load(library.sounds(entry.id))
>>> player.play(12.5, 14.0, loop=True)
>>> player.position                        # seconds, while a timer looks
>>> player.toggle()                        # Esc: pause, and on again a little earlier
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import soxr

from asr.audio import Samples, devices
from asr.audio.sounds import Sound, open_sound
from asr.audio.time_stretch import FASTEST, SLOWEST, TimeStretch
from asr.errors import AudioError

log = logging.getLogger(__name__)

BACK_S: Final = 1.5  # that playing goes back when it goes on after a pause
# Of sound that is read at a time; it takes five turns at the interpreter, 25 ms if busy.
BLOCK_S: Final = 0.05
BUFFER_S: Final = 0.3  # that PortAudio holds: how long the program may be busy
IDLE_S: Final = 5.0  # of pause after which the device is given back
WAIT_S: Final = 0.02  # between two looks at the buffer


class Player:
    """A loudspeaker for one sound at a time; its methods belong to one thread."""

    trouble = ""  # a sentence, if the device or the file went away while playing

    def __init__(self) -> None:
        self._sound: Sound | None = None
        self._speed = 1.0
        self._place = 0.0  # seconds; where it stands while it does not play
        self._run: _Run | None = None  # that is playing
        self._stream: Any = None
        self._fits = False  # the stream was opened for the sound that is loaded
        self._wake = threading.Condition()  # around stream and run
        self._is_closed = False
        self._feeder: threading.Thread | None = None

    # What is played.

    def load(self, paths: Sequence[Path]) -> None:
        """Take a file, or the tracks of a session, and stand at its start.

        Raises:
            DecodeError: It cannot be read; what was loaded before is gone all the same.
        """
        self.unload()
        self._sound = open_sound(paths)
        self._fits = self._stream is not None and self._rate == self._sound.rate

    def unload(self) -> None:
        """Stop, and give the files back."""
        self.pause()
        sound, self._sound = self._sound, None
        self._place, self.trouble = 0.0, ""
        if sound is not None:
            sound.close()

    @property
    def seconds(self) -> float:
        """The length of the sound, as far as it is decoded."""
        return self._sound.length / self._sound.rate if self._sound is not None else 0.0

    # What the user does.

    def play(
        self, start: float | None = None, end: float | None = None, *, loop: bool = False
    ) -> None:
        """Play from `start`, or on from where it stands, a little earlier.

        Args:
            start: Seconds.
            end: Seconds; None for the end of the sound.
            loop: From `start` to `end` again and again, until it is paused.

        Raises:
            DeviceError: There is nothing to play on.
        """
        if self._sound is None:
            return
        if start is None:
            here = self.position
            start = max(0.0, here - BACK_S) if here < self.seconds - BLOCK_S else 0.0
        self.trouble = ""
        with self._wake:
            self._run = None
            self._place = start
            self._restart_stream(self._sound.rate)
            self._run = _Run(self._sound, self._stream, start, end, loop)
            self._wake.notify()
            if self._feeder is None:
                self._feeder = threading.Thread(target=self._feed, name="playback", daemon=True)
                self._feeder.start()

    def pause(self) -> None:
        """Stop; `play` goes on from here."""
        with self._wake:
            self._end_run(self.position)

    def toggle(self) -> None:
        """Pause, or go on. Raises DeviceError."""
        if self.is_playing:
            self.pause()
        else:
            self.play()

    def seek(self, seconds: float) -> None:
        """Go to a place, playing or not. Raises DeviceError."""
        seconds = min(max(0.0, seconds), self.seconds)
        if self.is_playing:
            self.play(seconds)
        else:
            self._place = seconds

    @property
    def speed(self) -> float:
        """1 is as it was said; it may change while it plays."""
        return self._speed

    @speed.setter
    def speed(self, speed: float) -> None:
        self._speed = min(max(speed, SLOWEST), FASTEST)

    @property
    def is_playing(self) -> bool:
        """Whether there is something left to hear."""
        return self._run is not None

    @property
    def position(self) -> float:
        """The second of the sound that is heard."""
        run = self._run
        second = None if run is None else run.position()
        return self._place if second is None else min(second, self.seconds)

    def close(self) -> None:
        """Stop, and give device and files back."""
        self.unload()
        with self._wake:
            self._is_closed = True
            self._wake.notify()
        if self._feeder is not None:
            self._feeder.join()
        self._close_stream()

    # The device; all of this with the lock held.

    @property
    def _rate(self) -> int:
        return int(self._stream.samplerate)

    def _restart_stream(self, rate: int) -> None:
        """Empty the device's buffer, or open the device. Raises DeviceError."""
        if self._stream is not None and self._fits and devices.restart(self._stream):
            return
        self._close_stream()
        self._stream = devices.open_output(rate, channels=1, dtype="float32", latency=BUFFER_S)
        self._fits = True

    def _close_stream(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            devices.close_stream(stream)

    def _end_run(self, place: float) -> None:
        if self._run is not None:
            self._run, self._place = None, place
            devices.abort(self._stream)

    # The feeding thread.

    def _feed(self) -> None:
        paused = 0.0  # seconds
        with self._wake:
            while not self._is_closed:
                run = self._run
                if run is None:
                    paused += WAIT_S
                    if paused > IDLE_S:
                        self._close_stream()
                    self._wake.wait(WAIT_S if self._stream is not None else None)
                else:
                    paused = 0.0
                    self._step(run)

    def _step(self, run: _Run) -> None:
        """Feed the device, and end what is over or cannot go on."""
        try:
            is_full = run.step(self._speed)
        except AudioError as error:
            log.warning("%s", error)
            self._end_run(self.position)
            self.trouble = str(error)
            return
        if run.is_over:
            self._end_run(min(run.second(run.n_put), self.seconds))
        elif is_full:
            self._wake.wait(WAIT_S)


class _Run:
    """Sound on its way to the loudspeaker, from one beginning on."""

    def __init__(
        self, sound: Sound, stream: Any, start: float, end: float | None, loop: bool
    ) -> None:
        self._feed = _Feed(sound, round(stream.samplerate), start, end, loop)
        self._stream = stream
        self._rate = float(stream.samplerate)
        self._end = math.inf if end is None else end  # seconds
        self._room = devices.write_available(stream)  # frames in the device's buffer
        self._waiting = np.empty(0, np.float32)  # made, and not in the buffer yet
        # Of a frame put in: its number, its second in the sound, and how many go by a frame.
        self._marks: deque[tuple[int, float, float]] = deque()
        self._heard = (0, time.monotonic())  # frames, and when
        self.n_put = 0  # frames of sound, waiting or in the buffer
        self._n_written = 0  # frames in the buffer ever, silence at the end included

    @property
    def is_over(self) -> bool:
        """Whether all of it was heard."""
        return self._feed.is_over and self._heard[0] >= self.n_put

    def position(self) -> float | None:
        """The second that is heard; None before there is any. From any thread."""
        frames, at = self._heard
        since = min(time.monotonic() - at, BUFFER_S) * self._rate
        if not self._marks:
            return None
        return self.second(min(frames + round(since), self.n_put))

    def second(self, frame: int) -> float:
        """Where in the sound a frame lies. From any thread."""
        found = 0.0
        for number, (first, second, pace) in enumerate(tuple(self._marks)):
            if first > frame and number:
                break
            found = second + max(0, frame - first) * pace
        return min(found, self._end)

    def step(self, speed: float) -> bool:
        """Put a block in; say whether there is no room, or nothing to put in yet.

        Raises AudioError.
        """
        free = devices.write_available(self._stream)
        self._heard = max(0, self._n_written - (self._room - free)), time.monotonic()
        while len(self._marks) > 1 and self._marks[1][0] < self._heard[0]:
            self._marks.popleft()
        if not free:
            return True
        if not len(self._waiting) and not self._feed.is_over:
            samples, second, pace = self._feed.next(speed)
            if not len(samples):
                return not self._feed.is_busy
            self._marks.append((self.n_put, second, pace))
            self.n_put += len(samples)
            self._waiting = samples
        # Silence behind the end, so that the device does not run dry before it is heard.
        block = self._waiting[:free] if len(self._waiting) else np.zeros(free, np.float32)
        self._waiting = self._waiting[free:]
        devices.write(self._stream, block)
        self._n_written += len(block)
        return False


class _Feed:
    """Makes what the device plays of the sound, block by block."""

    is_over = False  # nothing more comes
    is_busy = True  # something comes at once

    def __init__(
        self, sound: Sound, rate: int, start: float, end: float | None, loop: bool
    ) -> None:
        self._sound = sound
        self._rate = rate  # Hz, of the device
        self._first = self._next = round(start * sound.rate)
        self._end = None if end is None else max(self._first + 1, round(end * sound.rate))
        self._loop = loop
        self._stretch = TimeStretch(sound.rate)
        fits = rate == sound.rate
        self._resampler = None if fits else soxr.ResampleStream(sound.rate, rate, 1)
        # Where what the stretch is fed lies in the sound: its count there, and the sample.
        self._runs: deque[tuple[int, int]] = deque([(0, self._first)])
        self._n_fed = 0

    def next(self, speed: float) -> tuple[Samples, float, float]:
        """Return samples, the second they begin at, and how many seconds go by in each."""
        self._stretch.speed = speed
        self.is_busy = True
        begins = self._stretch.position
        stop = self._next + max(1, round(BLOCK_S * self._sound.rate * speed))
        stop = stop if self._end is None else min(stop, self._end)
        samples = self._sound.read(self._next, stop)
        if len(samples):
            self._next += len(samples)
            self._n_fed += len(samples)
            made = self._stretch.feed(samples)
        elif not self._is_at_end():
            self.is_busy = False  # it is not decoded yet
            made = samples
        elif self._loop and self._next > self._first:
            self._next = self._first
            self._runs.append((self._n_fed, self._first))
            made = samples
        else:
            self.is_over = True
            made = self._stretch.finish()
        if self._resampler is not None:
            made = self._resampler.resample_chunk(made, last=self.is_over)
        return np.asarray(made, np.float32), self._second(begins), speed / self._rate

    def _is_at_end(self) -> bool:
        if self._end is not None and self._next >= self._end:
            return True
        return self._sound.is_complete and self._next >= self._sound.length

    def _second(self, begins: float) -> float:
        """Where in the sound a place in what the stretch was fed lies."""
        while len(self._runs) > 1 and self._runs[1][0] <= begins:
            self._runs.popleft()
        count, sample = self._runs[0]
        return (sample + begins - count) / self._sound.rate
