"""How sound is cut for the network: the frame, and the window that passes over live sound.

|------ context ------|---- step ----|--- lookahead ---|
stable before        stable now      unstable
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

FRAME: Final = 640  # samples, 40 ms: one row of log-probabilities
IN_TIME: Final = 1.0  # seconds of lag up to which steps keep their length
LONGEST_DOUBLING: Final = 3  # of the step; eight times the usual is a quarter of the cost


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Lengths of the parts, in frames."""

    context: int = 32
    step: int = 6
    lookahead: int = 8

    def for_lag(self, seconds: float) -> Window:
        """Return the window for a recogniser that is this far behind."""
        if seconds <= IN_TIME:
            return self
        doublings = min(LONGEST_DOUBLING, int(seconds / IN_TIME))
        return replace(self, step=self.step << doublings)


# For sound that is there already: long steps cost little more than the sound itself.
FILE_WINDOW: Final = Window(context=50, step=250, lookahead=25)
