"""What the tagger knows of a word's letters: parts of it, for words it has never met."""

from __future__ import annotations

import zlib
from functools import lru_cache
from typing import Final

BUCKETS: Final = 4_096  # rows that the parts of one kind share
PARTS: Final = 4  # kinds: the first three letters, and the last two, three and four


@lru_cache(maxsize=65_536)
def parts(word: str) -> tuple[int, ...]:
    """Return the rows of a word's PARTS parts, each kind in rows of its own."""
    letters = (f"{word[:3]}-", f"-{word[-2:]}", f"-{word[-3:]}", f"-{word[-4:]}")
    return tuple(
        kind * BUCKETS + zlib.crc32(part.encode()) % BUCKETS
        for kind, part in enumerate(letters)
    )
