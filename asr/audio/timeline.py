"""The file's clock: where sound of any rate, with holes, lies among samples at ours.

    frames of the file   ──────┤  hole  ├─────┤ other rate ├──
    samples and skips    ──────┤  Skip  ├─────────────────────

Times in a file are rounded and drift a little; what they are off by is evened out only
where it can be heard.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
import soxr

from asr.audio import SAMPLE_RATE, Samples
from asr.audio.channels import Mixer
from asr.audio.readers import Damage, Reading, SoundBlock
from asr.sentences import GapCause
from asr.transcript import Gap

AFTER_DAMAGE: Final = 0.01  # seconds; what is missing more is missing
SHORT: Final = 0.5  # seconds; a shorter hole is filled with silence, for it cuts no sentence
LONGEST_HOLE: Final = 3600.0  # seconds; more is a jump of the clock, if no length is known
SLACK: Final = 1.0  # seconds by which a hole may end after the announced end


@dataclass(frozen=True, slots=True)
class Skip:
    """Time that passes without sound."""

    n_samples: int


Piece: TypeAlias = Samples | Skip


class Timeline:
    """Brings what readers give onto one clock; `position` counts samples from `begin` on."""

    def __init__(self, mixer: Mixer, begin: float, end: float) -> None:
        self.gaps: list[Gap] = []
        self.now = 0.0  # seconds of the file's clock at which the next frame lies
        self.heard = 0.0  # seconds that were decoded, wanted or not
        self.damaged = 0.0  # seconds that could not be
        self.position = 0
        self._mixer = mixer
        self._begin = begin
        self._end = end
        self._base = 0.0  # the file's clock at the part's zero
        self._rate = 0
        self._resampler: soxr.ResampleStream | None = None
        self._after_damage = False
        self._at_start = True  # of a part

    @property
    def is_past_end(self) -> bool:
        """Whether all that was wanted has come."""
        return self.now >= self._end

    def begin_part(self, reading: Reading) -> None:
        """Let the next part follow."""
        self._base = self.now
        self._reading = reading
        self._at_start = True
        self._mixer.set_peak(reading.peak)

    def add(self, block: SoundBlock | Damage) -> Iterator[Piece]:
        """Place what comes next."""
        if isinstance(block, Damage):
            self._after_damage = True
            self.damaged += block.seconds
            if block.seconds:
                yield from self._pass(block.seconds, GapCause.DAMAGED)
            return
        if block.start is not None:
            yield from self._move_to(block.start)
        self._at_start = self._after_damage = False
        yield from self._sound(block)

    def finish(self) -> Iterator[Piece]:
        """Give what the resampler still holds."""
        resampler, self._resampler = self._resampler, None
        if resampler is not None:
            yield from self._given(resampler.resample_chunk(np.empty(0, np.float32), last=True))

    def _move_to(self, start: float) -> Iterator[Piece]:
        """Believe the time of a block, as far as it can be."""
        ahead = self._base + start - self.now
        if self._at_start and self._reading.is_sought:
            self.now += ahead
            return
        jitter = self._reading.jitter
        tolerance = min(jitter, AFTER_DAMAGE) if self._after_damage else jitter
        if ahead > tolerance and self._may_end(start, ahead):
            is_lead = self._at_start and not (self._base or self._after_damage)
            is_damage = self._after_damage or not self._reading.may_pause
            cause = GapCause.DAMAGED if is_damage else GapCause.NO_SOUND
            yield from self._pass(ahead, "" if is_lead else cause)
        elif abs(ahead) > jitter:
            self._base -= ahead

    def _may_end(self, start: float, ahead: float) -> bool:
        announced = self._reading.seconds
        return (
            ahead <= LONGEST_HOLE
            if announced is None
            else start <= announced + SLACK or (self._at_start and ahead <= LONGEST_HOLE)
        )

    def _pass(self, seconds: float, cause: str) -> Iterator[Piece]:
        """Let time pass without sound; it is a gap if there is a cause."""
        start, self.now = self.now, self.now + seconds
        first, last = max(start, self._begin), min(self.now, self._end)
        if last <= first:
            return
        if cause:
            self._mark(first, last - first, cause)
        if last - first < SHORT and self._resampler is not None:
            silence = np.zeros(round((last - first) * self._rate), np.float32)
            yield from self._given(self._resampler.resample_chunk(silence))
            return
        yield from self.finish()
        n_samples = round((last - self._begin) * SAMPLE_RATE) - self.position
        if n_samples > 0:
            self.position += n_samples
            yield Skip(n_samples)

    def _mark(self, start: float, seconds: float, cause: str) -> None:
        """Write down a gap; damage upon damage is one."""
        if self.gaps:
            last = self.gaps[-1]
            if last.cause == cause and start - (last.start + last.seconds) < 1e-6:
                self.gaps[-1] = Gap(last.start, start + seconds - last.start, cause)
                return
        self.gaps.append(Gap(start, seconds, cause))

    def _sound(self, block: SoundBlock) -> Iterator[Piece]:
        start, n_frames = self.now, len(block.frames)
        self.now += n_frames / block.rate
        self.heard += n_frames / block.rate
        first = max(0, round((self._begin - start) * block.rate))
        last = n_frames
        if self.now > self._end:
            last = max(0, round((self._end - start) * block.rate))
        if first >= last:
            return
        mono = self._mixer.mix(block.frames[first:last], is_float=self._reading.is_float)
        if block.rate != self._rate or self._resampler is None:
            yield from self.finish()
            self._rate = block.rate
            self._resampler = soxr.ResampleStream(block.rate, SAMPLE_RATE, 1, dtype="float32")
        yield from self._given(self._resampler.resample_chunk(mono))

    def _given(self, samples: Samples) -> Iterator[Piece]:
        """Give samples unless they are none; overshoot of the filter is cut off."""
        if samples.size:
            self.position += len(samples)
            yield samples.clip(-1, 1)
