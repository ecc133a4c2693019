"""Plays sound from any place, at any speed, and says where it is.

    Sound ──▶ feeding thread: TimeStretch ──▶ _Queue ──▶ PortAudio's thread ──▶ loudspeaker
                   ▲ play, pause, speed           │ frames played
    caller ────────┘            position ◀────────┘

The caller's methods return at once. Each beginning has a queue of its own, so that a word
that is clicked sounds without what was under way before it.

>>> player = Player()
>>> player.load(library.sounds(entry.id))
>>> player.play(12.5, 14.0, loop=True)
>>> player.position                        # seconds, while a timer looks
>>> player.toggle()                        # Esc: pause, and on again a little earlier
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import soxr

from asr.audio import Samples, devices
from asr.audio.sounds import Sound, open_sound
from asr.audio.time_stretch import FASTEST, SLOWEST, TimeStretch
from asr.errors import AudioError, DeviceError

log = logging.getLogger(__name__)

BACK_S: Final = 1.5  # that playing goes back when it goes on after a pause
BLOCK_S: Final = 0.02  # of sound that is read at a time
AHEAD_S: Final = 0.08  # that is ready for the loudspeaker
LATENCY_S: Final = 0.03  # that PortAudio may buffer
IDLE_S: Final = 5.0  # of pause after which the device is given back
WAIT_S: Final = 0.02  # between two looks at the queue


@dataclass(slots=True)
class _Queue:
    """Sound on its way to the loudspeaker, from one beginning on."""

    blocks: deque[Samples] = field(default_factory=deque)
    # Of a frame put in: its number, its second in the sound, and how many go by a frame.
    marks: deque[tuple[int, float, float]] = field(default_factory=deque)
    put: int = 0  # frames; written by the feeding thread
    played: int = 0  # frames; written by PortAudio's thread
    offset: int = 0  # frames of the first block that are played
    is_last: bool = False  # nothing more will be put in

    def add(self, samples: Samples, second: float, pace: float) -> None:
        """Put sound in. On the feeding thread."""
        if len(samples):
            self.marks.append((self.put, second, pace))
            self.put += len(samples)
            self.blocks.append(samples)

    def fill(self, out: Samples) -> None:
        """Take sound out, silence where there is none. On PortAudio's thread."""
        done = 0
        while done < len(out) and self.blocks:
            block = self.blocks[0]
            n = min(len(out) - done, len(block) - self.offset)
            out[done : done + n] = block[self.offset : self.offset + n]
            done += n
            self.offset += n
            if self.offset == len(block):
                self.blocks.popleft()
                self.offset = 0
        out[done:] = 0
        self.played += done

    def second(self, frame: int) -> float | None:
        """Where in the sound a frame lies; None before there is any."""
        found = None
        for first, second, pace in tuple(self.marks):
            if first > frame and found is not None:
                break
            found = second + max(0, frame - first) * pace
        return found

    def forget(self) -> None:
        """Drop marks of what was played long ago. On the feeding thread."""
        while len(self.marks) > 1 and self.marks[1][0] < self.played - self.offset - 48_000:
            self.marks.popleft()


class Player:
    """A loudspeaker for one sound at a time; its methods belong to one thread."""

    trouble = ""  # a sentence, if the device or the file went away while playing

    def __init__(self) -> None:
        self._sound: Sound | None = None
        self._speed = 1.0
        self._place = 0.0  # seconds; where it stands while it does not play
        self._span: tuple[float, float | None, bool] = (0.0, None, False)  # start, end, loop
        self._queue: _Queue | None = None  # that is playing
        self._stream: Any = None
        self._fits = False  # the stream was opened for the sound that is loaded
        self._wake = threading.Condition()
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
        self._fits = self._stream is not None and self._rate() == self._sound.rate

    def unload(self) -> None:
        """Stop, and give the files back."""
        self.pause()
        with self._wake:
            sound, self._sound = self._sound, None
            self._place = 0.0
            self.trouble = ""
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
        self._ensure_stream()
        with self._wake:
            self._place = start
            self._span = start, end, loop
            self._queue = _Queue()
            self._wake.notify()

    def pause(self) -> None:
        """Stop; `play` goes on from here."""
        with self._wake:
            self._place = self.position
            self._queue = None
            self._wake.notify()

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
        queue = self._queue
        return queue is not None and not (queue.is_last and not queue.blocks)

    @property
    def position(self) -> float:
        """The second of the sound that is heard."""
        queue = self._queue
        if queue is None:
            return self._place
        late = round(self._latency() * self._rate()) if queue.blocks else 0
        second = queue.second(max(0, queue.played - late))
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

    # The device.

    def _rate(self) -> int:
        return round(self._stream.samplerate) if self._stream is not None else 1

    def _latency(self) -> float:
        return float(self._stream.latency) if self._stream is not None else 0.0

    def _ensure_stream(self) -> None:
        """Open the device, if it is not, and begin to feed it. Raises DeviceError."""
        assert self._sound is not None
        with self._wake:
            if self._stream is not None and self._stream.active and self._fits:
                return
            self._close_stream()
            self._stream = devices.open_output(
                self._sound.rate,
                channels=1,
                dtype="float32",
                latency=LATENCY_S,
                callback=self._on_wanted,
            )
            self._fits = True
            if self._feeder is None:
                self._feeder = threading.Thread(target=self._feed, name="playback", daemon=True)
                self._feeder.start()

    def _close_stream(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            devices.close_stream(stream)

    def _on_wanted(self, out: Any, frames: int, time: Any, status: Any) -> None:
        """PortAudio calls this on its own thread, where waiting makes holes."""
        queue = self._queue
        if queue is None:
            out.fill(0)
        else:
            queue.fill(out[:, 0])

    # The feeding thread.

    def _feed(self) -> None:
        feed: _Feed | None = None
        paused = 0.0  # seconds
        with self._wake:
            while not self._is_closed:
                if self._queue is None:
                    feed = None
                elif feed is None or feed.queue is not self._queue:
                    assert self._sound is not None
                    feed = _Feed(self._sound, self._queue, self._rate(), *self._span)
                is_full = self._step(feed)
                paused = 0.0 if self.is_playing or not is_full else paused + WAIT_S
                if paused > IDLE_S:
                    self._close_stream()
                if is_full:
                    self._wake.wait(WAIT_S if self._stream is not None else None)

    def _step(self, feed: _Feed | None) -> bool:
        """Feed the loudspeaker a block; say whether there is nothing to do for a while."""
        try:
            self._check_device()
            return feed is None or feed.step(self._speed)
        except AudioError as error:
            log.warning("%s", error)
            self._place = self.position
            self._queue = None
            self.trouble = str(error)
            return True

    def _check_device(self) -> None:
        if self.is_playing and self._stream is not None and not self._stream.active:
            raise DeviceError("The loudspeaker went away: connect it, or choose another.")


class _Feed:
    """Puts the sound of one beginning into its queue."""

    def __init__(
        self,
        sound: Sound,
        queue: _Queue,
        rate: int,
        start: float,
        end: float | None,
        loop: bool,
    ) -> None:
        self.queue = queue
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

    def step(self, speed: float) -> bool:
        """Put a block in, if there is room; say whether there is nothing to do."""
        queue = self.queue
        queue.forget()
        if queue.is_last or queue.put - queue.played >= AHEAD_S * self._rate:
            return True
        self._stretch.speed = speed
        stop = self._next + max(1, round(BLOCK_S * self._sound.rate * speed))
        samples = self._sound.read(
            self._next, stop if self._end is None else min(stop, self._end)
        )
        if len(samples):
            self._next += len(samples)
            self._n_fed += len(samples)
            begins = self._stretch.position
            self._put(self._stretch.feed(samples), begins, speed)
        elif not self._is_over():
            return True  # it is not decoded yet
        elif self._loop and self._next > self._first:
            self._next = self._first
            self._runs.append((self._n_fed, self._first))
        else:
            begins = self._stretch.position
            self._put(self._stretch.finish(), begins, speed, last=True)
            queue.is_last = True
        return False

    def _is_over(self) -> bool:
        if self._end is not None and self._next >= self._end:
            return True
        return self._sound.is_complete and self._next >= self._sound.length

    def _put(
        self, samples: Samples, begins: float, speed: float, *, last: bool = False
    ) -> None:
        """Put what came out of the stretch into the queue; it `begins` where that was fed."""
        while len(self._runs) > 1 and self._runs[1][0] <= begins:
            self._runs.popleft()
        count, sample = self._runs[0]
        second = (sample + begins - count) / self._sound.rate
        if self._resampler is not None:
            samples = self._resampler.resample_chunk(samples, last=last)
        self.queue.add(np.asarray(samples, np.float32), second, speed / self._rate)
