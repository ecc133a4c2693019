"""From log-probabilities to words.

A decoder opens one `Decoding` for each utterance; both are used from one thread.

>>> decoding = decoder.start()
>>> decoding.feed(emissions)          # stable frames, in order, cut anywhere
>>> decoding.text(ahead=lookahead)    # stable words only grow; the tail may change
>>> decoding.finish()                 # the utterance's words, with times
"""

from __future__ import annotations

from typing import Protocol

from asr.emissions import Emissions
from asr.transcript import PartialText, Word


class Decoding(Protocol):
    """One utterance on its way from frames to words."""

    def feed(self, emissions: Emissions) -> None:
        """Hear more frames, any number of them; where they are cut does not matter."""

    def text(self, ahead: Emissions | None = None) -> PartialText:
        """Return the words so far; `ahead` are frames that may change, read but not kept."""

    def finish(self) -> tuple[Word, ...]:
        """End the utterance; word times are seconds from its first frame."""


class Decoder(Protocol):
    """What knows the alphabet and the language, and decodes many utterances."""

    def start(self) -> Decoding:
        """Begin an utterance."""
