"""Streaming recognition with a network that reads both ways.

A bidirectional network must see past a sound before it can judge it. So the sound of an
utterance passes under a window, and each step settles only the middle of what it covers:

    |------ context ------|---- step ----|--- lookahead ---|
       stable before        stable now     unstable

A network that can carries what it has heard from step to step, and needs no context. Pauses
need a shorter lookahead than words: where an utterance ends is known before they are settled.

At an endpoint the whole utterance is read once more, with full context: that text is
final. It is read while the pause lasts, so that it is there when the pause is over. A
recogniser that falls behind takes longer steps, which cost less per second of sound, and
leaves the second pass for later. The final words are the same: where an utterance begins
and ends does not depend on the steps, but for a frame that the network takes for speech in
one window and for blank in another.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from asr.audio import SAMPLE_RATE, Samples
from asr.decoding import Decoder
from asr.emissions import BLANK, Emissions
from asr.live.ear import LiveNetwork, Network, Windows
from asr.live.endpoint import Endpoint, PauseFinder
from asr.live.events import FinalResult, PartialResult, Result
from asr.readable.writer import Writer
from asr.transcript import PartialText, Segment, Word
from asr.window import FRAME, IN_TIME, Window

ONSET_FRAMES: Final = 16  # of silence that stay: the network names a sound after it began
SILENCE_FRAMES: Final = 48  # silence before them is let go by so many, whatever the step
PAUSE_LOOKAHEAD: Final = 12  # frames; words gain by more of it (experiment 73), pauses do not
PATIENCE: Final = 5.0  # seconds of lag up to which final text comes at once
LONGEST_WAIT: Final = 60 * SAMPLE_RATE  # samples that may wait for their final reading


@dataclass(frozen=True, slots=True)
class _Utterance:
    """Sound that has ended and waits for its final reading."""

    start: int  # sample of the stream
    sound: Samples
    words: tuple[Word, ...] | None  # if it has been read already


class Recogniser:
    """Turns a stream of samples into text. One stream, one thread.

    >>> recogniser = Recogniser(network, decoder)
    >>> while listening:
    ...     show(recogniser.feed(source.read()))
    >>> show(recogniser.finish())
    """

    _start: int  # sample of the stream at which the utterance under way begins
    _sound: NDArray[np.float32]  # the utterance, then room for more
    _n_samples: int  # of _sound that are sound
    _stable: int  # frames of the utterance that its decoding has heard
    _likely_end: int | None  # frame before which it ends if the pause under way goes on
    _text: PartialText  # as last told
    _read_end: int  # frame up to which `_read_words` were read; 0 if there are none
    _read_words: tuple[Word, ...]

    def __init__(
        self,
        network: Network,
        decoder: Decoder,
        *,
        live: LiveNetwork | None = None,
        final_decoder: Decoder | None = None,
        window: Window = Window(),
        endpoint: Endpoint = Endpoint(),
        speaker: str = "",
        writer: Writer | None = None,
    ) -> None:
        """Begin a stream.

        Args:
            network: What hears whole utterances.
            decoder: Of text under way.
            live: What hears text under way; windows of the network, if not given.
            final_decoder: Of whole utterances; it may take more time. The same, if not given.
            window: What the network hears at once.
            endpoint: What ends an utterance.
            speaker: Whose stream it is.
            writer: What makes the words readable; they are shown as heard, if not given.
        """
        self._network = network
        self._live = live or Windows(network, window.context)
        self._decoder = decoder
        self._final_decoder = final_decoder or decoder
        self._window = window
        self._endpoint = endpoint
        self._speaker = speaker
        self._writer = writer
        self._longest = round(endpoint.longest * SAMPLE_RATE / FRAME)
        self._waiting: deque[_Utterance] = deque()
        self._sound = np.empty(0, np.float32)
        self._text = PartialText()
        self._begin(0, self._sound)

    @property
    def final(self) -> int:
        """Sample of the stream up to which all that was said is final."""
        return self._waiting[0].start if self._waiting else self._start

    @property
    def recognised(self) -> int:
        """Sample of the stream up to which nothing is left to do but to hear more."""
        judged = self._start + min(self._pauses.n_frames * FRAME, self._n_samples)
        return self._waiting[0].start if self._waiting else judged

    @property
    def position(self) -> int:
        """Sample of the stream up to which it was fed."""
        return self._start + self._n_samples

    def feed(
        self, samples: Samples, lag: float = 0.0, *, may_wait: bool = True
    ) -> list[Result]:
        """Hear any number of samples; return what is new.

        Args:
            samples: What follows on the last call's.
            lag: Seconds of sound that wait behind these; the text does not depend on it.
            may_wait: Whether final readings may be put off for the sake of live text.
        """
        self._append(samples)
        window = self._window.for_lag(lag)
        allowed = LONGEST_WAIT if may_wait and lag > PATIENCE else 0
        events: list[Result] = []
        while self._n_samples // FRAME >= self._stable + window.step + window.lookahead:
            events += self._advance(window)
            events += self._read_waiting(allowed)
            if lag <= IN_TIME:
                self._read_early()
        return events

    def finish(self) -> list[Result]:
        """Make all that was heard final; the stream may go on after it."""
        events = self.feed(np.empty(0, np.float32))
        while (left := self._n_samples // FRAME - self._stable) > 0:
            events += self._advance(replace(self._window, step=left, lookahead=0))
            events += self._read_waiting(0)
        if self._n_samples:
            self._end_utterance(-(-self._n_samples // FRAME))
        return events + self._read_waiting(0)

    def skip(self, n_samples: int) -> list[Result]:
        """Pass over samples that were never recorded; they end the utterance."""
        events = self.finish()
        self._begin(self._start + n_samples, self._sound[:0])
        return events

    def _append(self, samples: Samples) -> None:
        needed = self._n_samples + len(samples)
        if needed > len(self._sound):
            grown = np.empty(max(needed, 2 * len(self._sound)), np.float32)
            grown[: self._n_samples] = self._sound[: self._n_samples]
            self._sound = grown
        self._sound[self._n_samples : needed] = samples
        self._n_samples = needed

    def _begin(self, start: int, sound: Samples) -> None:
        """Begin an utterance at a sample of the stream, with the sound known of it."""
        self._start = start
        self._sound = sound.copy()
        self._n_samples = len(sound)
        self._stable = 0
        self._likely_end = None
        self._decoding = self._decoder.start()
        self._ear = self._live.start(self._sound[:0])
        self._pauses = PauseFinder(self._endpoint, FRAME / SAMPLE_RATE)
        self._read_end, self._read_words = 0, ()

    def _advance(self, window: Window) -> list[Result]:
        """Settle one step of the utterance, or end it within the step."""
        step = min(window.step, self._longest - self._stable)
        edge = self._stable + step + window.lookahead
        rows = self._ear.hear(self._sound[: edge * FRAME], self._stable, step)
        stable, ahead = rows[:step], rows[step:]
        within = rows[: self._longest - self._stable]
        end = self._find_end(within, max(step, len(rows) - PAUSE_LOOKAHEAD))
        self._stable += step
        let_go = self._let_silence_go()
        if end is not None:
            self._end_utterance(end - let_go)
            return []
        self._decoding.feed(stable)
        if self._stable >= self._longest:
            return self._cut_utterance()
        if let_go and not self._pauses.has_speech:
            self._decoding = self._decoder.start()
            self._ear = self._live.start(self._sound[: self._stable * FRAME])
            return self._tell(PartialText())
        return self._tell(self._decoding.text(ahead))

    def _find_end(self, rows: Emissions, judged: int) -> int | None:
        """Look for the pause that ends the utterance in the first `judged` rows.

        In those after them it may be likely to end.
        """
        blank = np.exp(rows.phones[:, BLANK])
        loudness = self._loudness(self._stable, len(rows))
        heard = self._pauses.n_frames - self._stable  # beyond what the step before settled
        end = self._pauses.feed(blank[heard:judged], loudness[heard:judged])
        self._likely_end = self._pauses.expected_end(blank[judged:], loudness[judged:])
        return end

    def _loudness(self, first: int, n_frames: int) -> NDArray[np.float32]:
        sound = self._sound[first * FRAME : (first + n_frames) * FRAME]
        squares = np.square(sound.reshape(n_frames, FRAME))
        return np.asarray(np.sqrt(squares.mean(axis=1)), np.float32)

    def _let_silence_go(self) -> int:
        """Let the utterance begin later, by whole blocks of silence; return the frames."""
        silence = min(self._pauses.silence - ONSET_FRAMES, self._stable)
        frames = max(0, silence // SILENCE_FRAMES * SILENCE_FRAMES)
        if frames:
            self._pauses.forget(frames)
            self._start += frames * FRAME
            self._sound = self._sound[frames * FRAME : self._n_samples].copy()
            self._n_samples -= frames * FRAME
            self._stable -= frames
        return frames

    def _end_utterance(self, end: int) -> None:
        """Close the utterance before frame `end`; its final reading may wait."""
        words = self._read_words if self._read_end == end else None
        sound = self._sound[: self._cut(end)].copy()
        self._waiting.append(_Utterance(self._start, sound, words))
        self._move_on(end)

    def _read_early(self) -> None:
        """Read the utterance before its end is sure, if a pause is likely to be it."""
        end = self._likely_end
        if end is not None and end != self._read_end:
            self._read_end, self._read_words = end, self._read(self._sound[: self._cut(end)])

    def _cut_utterance(self) -> list[Result]:
        """Close an utterance that is too long in its longest pause, not inside a word."""
        events = self._read_waiting(0)
        sound = self._sound[: self._stable * FRAME]
        words = self._read(sound)
        n_words, cut = longest_pause(words, len(sound) / SAMPLE_RATE)
        events += self._tell_final(self._start, words[:n_words])
        self._move_on(max(1, round(cut * SAMPLE_RATE / FRAME)))
        return events

    def _move_on(self, frame: int) -> None:
        cut = self._cut(frame)
        self._begin(self._start + cut, self._sound[cut : self._n_samples])

    def _cut(self, frame: int) -> int:
        return min(frame * FRAME, self._n_samples)

    def _read_waiting(self, allowed: int) -> list[Result]:
        """Read utterances once more until no more than `allowed` samples wait."""
        events: list[Result] = []
        while sum(len(waiting.sound) for waiting in self._waiting) > allowed:
            utterance = self._waiting.popleft()
            words = utterance.words
            words = self._read(utterance.sound) if words is None else words
            events += self._tell_final(utterance.start, words)
        return events

    def _read(self, sound: Samples) -> tuple[Word, ...]:
        """Read a whole utterance with full context."""
        return read_words(self._final_decoder, self._network(sound), len(sound))

    def _tell_final(self, start: int, words: tuple[Word, ...]) -> list[Result]:
        if not words:
            return self._tell(PartialText())
        self._text = PartialText()
        segment = Segment(words, words[0].start, words[-1].end, self._speaker)
        segment = segment.shifted(start / SAMPLE_RATE)
        return [FinalResult(self._writer.final(segment) if self._writer else segment)]

    def _tell(self, text: PartialText) -> list[Result]:
        if text == self._text:
            return []
        self._text = text
        if self._writer:
            text = replace(text, display=self._writer.stable(text.stable, text.pauses))
        return [PartialResult(text, self._speaker)]


def read_words(decoder: Decoder, rows: Emissions, n_samples: int) -> tuple[Word, ...]:
    """Decode a whole utterance; times count from its first sample.

    The last frame may reach beyond the last sample; a word does not.
    """
    decoding = decoder.start()
    decoding.feed(rows)
    end = n_samples / SAMPLE_RATE
    return tuple(
        word if word.end <= end else replace(word, start=min(word.start, end), end=end)
        for word in decoding.finish()
    )


def longest_pause(words: tuple[Word, ...], seconds: float) -> tuple[int, float]:
    """Find where to cut an utterance that does not end.

    Pauses in its second half come first, so that the rest is not nearly as long again.

    Returns:
        How many words precede the pause, and the second in its middle.
    """
    if len(words) < 2:
        return len(words), seconds if not words else (words[-1].end + seconds) / 2
    pauses = [
        (
            left.end + right.start > seconds,
            right.start - left.end,
            n,
            (left.end + right.start) / 2,
        )
        for n, (left, right) in enumerate(pairwise(words), start=1)
    ]
    _, _, n_words, middle = max(pauses)
    return n_words, middle
