"""The acoustic graph for sound that goes on: its forward direction carries its state.

A step is computed once, with its lookahead, however long the utterance is:

    |---- step ----|--- lookahead ---|
    ^ state in     ^ state out

One frame more is heard before them, by the convolutions alone, so that they are the same
wherever the sound is cut.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from asr.acoustic import open_graph
from asr.audio import Samples
from asr.emissions import Emissions
from asr.pack import Pack, PackFile
from asr.window import Window

HOP: Final = 160  # samples: the graph takes whole mel frames


class LiveGraph:
    """The network of a pack that hears step by step; one thread at a time.

    The CPU computes it, whatever computes whole utterances: a step is too short for a GPU.
    """

    def __init__(self, pack: Pack) -> None:
        """Load the graph. Raises PackError."""
        self.frame = pack.frame
        self._session = open_graph(pack.path(PackFile.LIVE), "cpu", threads=1)
        (shape,) = (one.shape for one in self._session.get_inputs() if one.name == "state")
        self._begin = np.zeros(shape, np.float32)

    def __call__(self, samples: Samples) -> Emissions:
        """Score a whole utterance, (n,) to T frames, bit by bit as the 8-bit graph does."""
        frames = -(-len(samples) // self.frame)
        if not frames:
            return self(np.zeros(1, np.float32))[:0]
        rows, _ = self.run(samples, 0, frames, self._begin)
        return rows

    def start(self, heard: Samples) -> Carried:
        """Begin an utterance of which so much is settled already: whole frames."""
        carried = Carried(self, self._begin)
        if frames := len(heard) // self.frame:
            carried.hear(heard, 0, frames)
        return carried

    def run(
        self, samples: Samples, before: int, step: int, state: NDArray[np.float32]
    ) -> tuple[Emissions, NDArray[np.float32]]:
        """Score step and lookahead; return them with the state after the step.

        Args:
            samples: The frames before, the step and the lookahead.
            before: How many frames before: none where the sound begins, else one.
            step: Frames of the step, at least one.
            state: (S, 2, 1, H) of the S layers; what the step before returned.
        """
        phones, letters, carried = self._session.run(
            ["phones", "letters", "carried"],
            {
                "samples": np.pad(samples, (0, -len(samples) % HOP))[None],
                "before": np.array(before),
                "step": np.array(step),
                "state": state,
            },
        )
        return Emissions(phones[0], letters[0]), carried

    def steps(self, samples: Samples, window: Window) -> Iterator[tuple[Emissions, Emissions]]:
        """Score sound as a session that does not lag: each step, and what is ahead."""
        ear, settled = self.start(samples[:0]), 0
        frames = -(-len(samples) // self.frame)
        while settled < frames:
            step, edge = window.step, settled + window.step + window.lookahead
            if edge > frames:
                step = edge = frames
            rows = ear.hear(samples[: edge * self.frame], settled, min(step, frames - settled))
            yield rows[:step], rows[step:]
            settled += step


class Carried:
    """One utterance under way: what the network remembers of it."""

    def __init__(self, graph: LiveGraph, state: NDArray[np.float32]) -> None:
        self._graph = graph
        self._state = state

    def hear(self, sound: Samples, settled: int, step: int) -> Emissions:
        """Return the frames of `sound` that are not settled, and remember `step` of them."""
        before = min(1, settled)
        part = sound[(settled - before) * self._graph.frame :]
        rows, self._state = self._graph.run(part, before, step, self._state)
        return rows
