"""What the C library keeps of memory that was freed, and how it is told to keep less.

It keeps it for what comes next, for each thread apart. After a network is loaded, which takes
twice its size for a moment, nothing as large comes.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from functools import cache
from typing import Final

_ARENA_MAX: Final = -8  # M_ARENA_MAX of glibc's malloc.h


def share_one_heap() -> None:
    """Let all threads that begin from here on allocate from one heap, where glibc does it.

    For threads that mostly wait for each other: what one has freed another one uses.
    """
    if sys.platform == "linux" and (mallopt := getattr(ctypes.CDLL(None), "mallopt", None)):
        mallopt(_ARENA_MAX, 1)


def give_back() -> None:
    """Return what is free to the system, where the C library knows how: glibc's does."""
    if trim := _malloc_trim():
        trim(0)


@cache
def _malloc_trim() -> Callable[[int], int] | None:
    if sys.platform != "linux":
        return None
    return getattr(ctypes.CDLL(None), "malloc_trim", None)
