"""Best-path reading of the letter head: no lexicon, no language model, no memory of sound.

Words are what stands between spaces. A word is stable when the space after it was
heard; the one under way is unstable. Shapes: T frames, L letters.
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from asr.emissions import BLANK, Emissions, LogProbs
from asr.errors import PackError
from asr.transcript import PartialText, Word

FRAME_SECONDS: Final = 0.04  # of the packs that we train: 640 samples at 16 kHz
SPACE: Final = " "


def check_width(log_probs: LogProbs, alphabet: tuple[str, ...], head: str) -> None:
    """Refuse rows of another alphabet. Raises PackError."""
    if log_probs.ndim != 2 or log_probs.shape[1] != len(alphabet):
        raise PackError(
            "The network's {head} have shape {shape}, but the alphabet has {count} symbols.",
            head=head,
            shape=log_probs.shape,
            count=len(alphabet),
        )


class GreedyDecoder:
    """Reads the likeliest letter of each frame; `letters_alphabet[0]` is the blank."""

    def __init__(
        self, letters_alphabet: tuple[str, ...], frame_seconds: float = FRAME_SECONDS
    ) -> None:
        self._alphabet = letters_alphabet
        self._frame_seconds = frame_seconds

    def start(self) -> GreedyDecoding:
        """Begin an utterance."""
        return GreedyDecoding(self._alphabet, self._frame_seconds)


@dataclass
class _OpenWord:
    """The word under way: its text, and the log-probabilities of its letters' frames."""

    text: str = ""
    first: int = 0  # frame
    last: int = 0  # frame
    log_probs: list[float] = field(default_factory=list)

    def hear(self, letter: str, frame: int, log_prob: float, is_new: bool) -> None:
        if not self.text:
            self.first = frame
        self.text += letter if is_new else ""
        self.last = frame
        self.log_probs.append(log_prob)

    def close(self, frame_seconds: float) -> Word:
        # The geometric mean: one doubtful letter makes a doubtful word.
        confidence = float(np.exp(np.mean(self.log_probs)))
        start, end = self.first * frame_seconds, (self.last + 1) * frame_seconds
        return Word(self.text, start, end, min(confidence, 1.0))


class GreedyDecoding:
    """One utterance, read letter by letter."""

    def __init__(self, alphabet: tuple[str, ...], frame_seconds: float) -> None:
        self._alphabet = alphabet
        self._frame_seconds = frame_seconds
        self._words: tuple[Word, ...] = ()
        self._open = _OpenWord()
        self._frames = 0
        self._previous = BLANK

    def feed(self, emissions: Emissions) -> None:
        """Hear more frames. Raises PackError if they are of another alphabet."""
        check_width(emissions.letters, self._alphabet, "letters")
        if not len(emissions):
            return
        path = emissions.letters.argmax(axis=1)
        best = emissions.letters[np.arange(len(path)), path]
        before = np.concatenate(([self._previous], path[:-1]))
        for frame in np.flatnonzero(path != BLANK):
            self._hear(
                self._alphabet[path[frame]],
                self._frames + int(frame),
                float(best[frame]),
                bool(path[frame] != before[frame]),
            )
        self._frames += len(path)
        self._previous = int(path[-1])

    def text(self, ahead: Emissions | None = None) -> PartialText:
        """Return the closed words as stable, the open one and those ahead as unstable."""
        stable = tuple(word.text for word in self._words)
        guess = copy(self)
        guess._open = _OpenWord(
            self._open.text, self._open.first, self._open.last, list(self._open.log_probs)
        )
        if ahead is not None:
            guess.feed(ahead)
        words = tuple(word.text for word in guess.finish())
        return PartialText(stable, words[len(stable) :])

    def finish(self) -> tuple[Word, ...]:
        """End the utterance; word times are seconds from its first frame."""
        self._close()
        return self._words

    def _hear(self, letter: str, frame: int, log_prob: float, is_new: bool) -> None:
        if letter == SPACE:
            self._close()
        else:
            self._open.hear(letter, frame, log_prob, is_new)

    def _close(self) -> None:
        if self._open.text:
            self._words += (self._open.close(self._frame_seconds),)
            self._open = _OpenWord()


def letter_words(
    letters: LogProbs, alphabet: tuple[str, ...], frame_seconds: float = FRAME_SECONDS
) -> tuple[Word, ...]:
    """Read a whole stretch (T, L) at once."""
    decoding = GreedyDecoder(alphabet, frame_seconds).start()
    decoding.feed(Emissions(np.empty((len(letters), 0), np.float32), letters))
    return decoding.finish()
