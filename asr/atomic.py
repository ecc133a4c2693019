"""Files that exist are whole: what is written gets its name when it is complete."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from uuid import uuid4


@contextmanager
def write_atomically(
    path: Path, *, synced: bool = False, alone: bool = False
) -> Iterator[Path]:
    """Give a draft beside `path` to write to, or to make a folder of; it takes the place.

    If the block fails, `path` stays as it was, and no draft is left.

    Args:
        path: The file to write; where a folder is to be, nothing may be yet.
        synced: The file is to survive a power cut too.
        alone: Nobody else writes this file: a draft that a killed process left is taken for
            this one's, so that none stays.

    Raises:
        OSError: The draft cannot take the place.
    """
    name = sha256(os.fsencode(path.name)).hexdigest()[:32] if alone else uuid4().hex
    draft = path.with_name(f".{name}.draft")  # a name that is nobody's
    try:
        yield draft
        if synced:
            with draft.open("rb+") as written:
                os.fsync(written.fileno())
        draft.replace(path)
    finally:
        if draft.is_dir():
            shutil.rmtree(draft, ignore_errors=True)
        with suppress(OSError):
            draft.unlink(missing_ok=True)
