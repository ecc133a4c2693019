"""What a window or a command calls at the end of a session, and after a file."""

from __future__ import annotations

from pathlib import Path

from asr.library.folders import forget, is_entry
from asr.library.library import Library
from asr.library.rows import Entry
from asr.transcript import Transcript


def keep_session(library: Library, folder: Path, *, history: bool = True) -> Entry | None:
    """Keep a session that has ended or, without history, forget it; slow.

    Raises:
        LibraryError: It could not be taken in, or removed; its files are as they were.
    """
    if not is_entry(folder):  # put aside: it is to be recovered
        return None
    if history:
        return library.add_session(folder)
    forget(folder)
    return None


def keep_file(
    library: Library, transcript: Transcript, file: Path, *, history: bool = True
) -> Entry | None:
    """Keep the transcript of a file, unless there is to be no history. Raises LibraryError."""
    return library.add_file(transcript, file) if history else None
