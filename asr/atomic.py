"""Files that exist are whole: what is written gets its name when it is complete."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4


@contextmanager
def write_atomically(path: Path, *, synced: bool = False) -> Iterator[Path]:
    """Give a draft beside `path` to write to, which takes its place at the end.

    If the block fails, `path` stays as it was, and no draft is left.

    Args:
        path: The file to write.
        synced: It is to survive a power cut too.

    Raises:
        OSError: The draft cannot take the place.
    """
    draft = path.with_name(f".{uuid4().hex}.draft")  # a name that is nobody's
    try:
        yield draft
        if synced:
            with draft.open("rb+") as written:
                os.fsync(written.fileno())
        draft.replace(path)
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
