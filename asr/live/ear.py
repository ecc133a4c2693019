"""What hears live sound: a network that remembers, or one without memory through windows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from asr.audio import Samples
from asr.emissions import Emissions
from asr.window import FRAME

Network: TypeAlias = Callable[[Samples], Emissions]  # n samples → ceil(n / FRAME) frames


class Ear(Protocol):
    """Hears one utterance as it goes on."""

    def hear(self, sound: Samples, settled: int, step: int) -> Emissions:
        """Return the frames of `sound`, all of the utterance so far, that are not settled.

        The first `step` of them will be settled at the next call.
        """
        ...


class LiveNetwork(Protocol):
    """Hears utterances as they go on."""

    def start(self, heard: Samples) -> Ear:
        """Begin an utterance of which so much is settled already."""
        ...


@dataclass(frozen=True, slots=True)
class Windows:
    """A network without memory: each step is heard with so many frames before it again."""

    network: Network
    context: int

    def start(self, heard: Samples) -> Windows:
        """Return itself, as nothing is remembered."""
        del heard
        return self

    def hear(self, sound: Samples, settled: int, step: int) -> Emissions:
        """Return the frames that are not settled."""
        del step
        first = max(0, settled - self.context)
        return self.network(sound[first * FRAME :])[settled - first :]
