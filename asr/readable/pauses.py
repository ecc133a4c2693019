"""The pause after a word as the tagger reads it: in buckets, 0 where none is known."""

from __future__ import annotations

from bisect import bisect_right
from typing import Final

EDGES: Final = (0.05, 0.15, 0.3, 0.6)  # seconds
UNKNOWN: Final = 0
BUCKETS: Final = len(EDGES) + 2  # UNKNOWN, and one between edges or beyond them


def pause_bucket(seconds: float | None) -> int:
    """Return the bucket of a pause; None where there is no sound to tell it by."""
    return UNKNOWN if seconds is None else 1 + bisect_right(EDGES, seconds)
