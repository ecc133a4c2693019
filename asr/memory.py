"""Memory given back to the system once something large was loaded.

The C library keeps what was freed for what comes next. After a network is loaded, which takes
it twice its size for a moment, nothing as large comes.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from functools import cache


def give_back() -> None:
    """Return what is free to the system, where the C library knows how: glibc's does."""
    if trim := _malloc_trim():
        trim(0)


@cache
def _malloc_trim() -> Callable[[int], int] | None:
    if sys.platform != "linux":
        return None
    return getattr(ctypes.CDLL(None), "malloc_trim", None)
