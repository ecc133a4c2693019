"""Live sound from PortAudio, at the device's own rate and channels.

PortAudio calls `_on_block` on a thread of its own, where waiting loses sound. It copies
the block into a ring that exists already, notes the time, and returns. What was lost is
noted at its place in the stream, for the reader to make a gap of.
"""

from __future__ import annotations

import logging
from collections import deque
from typing import Any, Final

import numpy as np

from asr.audio import Frames, Samples, devices
from asr.audio.devices import Device
from asr.audio.ring import Ring
from asr.audio.source import Chunk, SourceGap, boottime
from asr.audio.watching import SourceWatch
from asr.errors import DeviceError
from asr.sentences import GapCause

log = logging.getLogger(__name__)

BLOCKS_PER_SECOND: Final = 50
RING_SECONDS: Final = (
    20  # that the writer may be late, for a disk that sleeps or a busy machine
)
LATENCY_S: Final = 0.1  # that PortAudio may buffer; a bound for busy machines, not a delay
STALL_S: Final = 5.0  # without a block, after which the device, or the computer, was away
OTHER_RATES: Final = (48_000, 44_100, 16_000, 32_000, 8_000)  # Hz
MIXED: Final = 2  # channels; the others of a studio's interface are other people's
BUSY: Final = -9985  # paDeviceUnavailable


class Microphone:
    """An input device as a Source.

    Args:
        wanted: Index or name of the device; None for the default, whichever that is when
            it is opened.
        monitor: Listen to system sound.
        channel: Which channel to hear, from 0 on; None mixes the first MIXED.
    """

    def __init__(
        self,
        wanted: str | int | None = None,
        *,
        monitor: bool = False,
        channel: int | None = None,
    ) -> None:
        self.name = "system sound" if monitor else "the microphone"
        self.may_rest = monitor
        self.rate = 0
        self.begins: float | None = None
        self.ends = 0.0
        self._wanted = wanted
        self._monitor = monitor
        self._channel = channel
        self._stream: Any = None
        self._device: Device | None = None  # that is open
        self._watch: SourceWatch | None = None  # over it, if it is a sound server's
        self._ring = Ring(0, 1)
        self._taken = 0  # frames of the ring that `read` has returned
        self._gaps: deque[tuple[int, SourceGap]] = deque()  # and the frame they precede
        self._opened = 0.0

    @property
    def is_alive(self) -> bool:
        """Whether more is to be expected."""
        if self._stream is None or not self._stream.active or self._was_taken():
            return False
        return boottime() - max(self._opened, self.ends) < STALL_S

    def open(self) -> None:
        """Open the device as it is now. Raises DeviceError."""
        self.close()
        devices.rescan()  # does nothing while another stream runs
        device = devices.choose_device(self._wanted, monitor=self._monitor)
        self.name, self.may_rest = device.label, device.is_monitor
        self.begins, self._taken = None, 0
        self._gaps.clear()
        self._opened = boottime()
        if self._channel is not None and self._channel >= device.channels:
            raise DeviceError(
                "«{device}» has no channel {channel}: choose one from 1 to {channels}.",
                device=device.label,
                channel=self._channel + 1,
                channels=device.channels,
            )
        watch = SourceWatch() if device.server_source else None
        try:
            self._stream = self._open_at_some_rate(device)
        except DeviceError:
            if watch is not None:
                watch.close()
            raise
        self._device, self._watch = device, watch

    def read(self) -> list[Chunk]:
        """Return the sound since the last read, with gaps where some was lost."""
        gaps = [self._gaps.popleft() for _ in range(len(self._gaps))]
        sound = self._one_channel(self._ring.read())
        parts: list[Chunk] = []
        done = 0
        for frame, lost in gaps:
            place = min(max(frame - self._taken, done), len(sound))
            parts += [sound[done:place], lost]
            done = place
        parts.append(sound[done:])
        self._taken += len(sound)
        return [part for part in parts if isinstance(part, SourceGap) or len(part)]

    def keep_last(self, seconds: float) -> None:
        """Forget all that arrived before; the stream begins later by as much."""
        forgotten = self._ring.keep_last(round(seconds * self.rate))
        self._taken += forgotten
        if self.begins is not None:
            self.begins += forgotten / self.rate
        self._gaps.clear()

    def close(self) -> None:
        """Close the device; harmless if it is not open, or gone."""
        if self._stream is not None:
            devices.close_stream(self._stream)
            self._stream = None
        if self._watch is not None:
            self._watch.close()
            self._watch = None

    def _was_taken(self) -> bool:
        """Whether the stream may carry the sound of another device by now."""
        if self._watch is None or self._device is None or not self._watch.saw_removal():
            return False
        return not devices.is_connected(self._device)

    def _open_at_some_rate(self, device: Device) -> Any:
        import sounddevice  # here: without PortAudio the import itself fails

        error: Exception | None = None
        for rate in dict.fromkeys((device.rate, *OTHER_RATES)):
            try:
                return self._open_at(device, rate)
            except sounddevice.PortAudioError as refusal:
                error = refusal
                if refusal.args[1:] and refusal.args[1] == BUSY:
                    raise DeviceError(
                        "«{device}» is in use by another program: close it there.",
                        device=device.label,
                    ) from error
                log.debug("%s at %s Hz: %s", device.label, rate, refusal)
        raise DeviceError(
            "«{device}» could not be opened: {why}.", device=device.label, why=error
        ) from error

    def _open_at(self, device: Device, rate: int) -> Any:
        self.rate = rate
        # All of them where one is chosen: a sound server asked for fewer would mix them.
        channels = min(MIXED, device.channels) if self._channel is None else device.channels
        self._ring = Ring(RING_SECONDS * rate, channels)
        stream = devices.open_stream(
            device,
            samplerate=rate,
            channels=channels,
            dtype="float32",
            blocksize=rate // BLOCKS_PER_SECOND,
            latency=LATENCY_S,
            callback=self._on_block,
        )
        try:
            stream.start()
        except Exception:
            devices.close_stream(stream)
            raise
        return stream

    def _on_block(self, block: Frames, frames: int, time: Any, status: Any) -> None:
        now, length = boottime(), frames / self.rate
        late = now - self.ends - length  # seconds that this block is behind the last
        if self.begins is None:
            self.begins = now - length
        elif late > STALL_S:
            self._note(round(late * self.rate), GapCause.ASLEEP)
        elif status.input_overflow:
            self._note(max(0, round(late * self.rate)), GapCause.BUSY)
        if not self._ring.write(block):
            self._note(frames, GapCause.SLOW_DISK)
        self.ends = now

    def _note(self, frames: int, cause: GapCause) -> None:
        self._gaps.append((self._ring.written, SourceGap(frames, cause)))

    def _one_channel(self, frames: Frames) -> Samples:
        if self._channel is not None:
            return frames[:, self._channel]
        mixed: Samples = frames.mean(axis=1, dtype=np.float32)
        return mixed
