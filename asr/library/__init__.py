"""Every session and every file that was transcribed, kept, found again and corrected.

>>> library = Library.open(data_folder())
>>> for progress in library.refresh(): ...             # slow, on a worker, once a start
>>> library.entries(limit=100)                         # newest first; then after=page[-1]
>>> library.search("yester")                           # as it is typed
>>> keep_session(library, session.folder)              # at a session's end
>>> with library.journal(entry.id) as journal: ...     # editing
>>> library.update(entry.id)                           # then lists and search know it
>>> library.transcript(entry.id)                       # what exports write

The truth is in files, a folder an entry (asr.library.folders); the index can be lost.
"""

from asr.library.intake import IntakeProgress
from asr.library.journal import Journal
from asr.library.keeping import keep_file, keep_session
from asr.library.library import DiskUse, Library
from asr.library.projection import UnusableEdit
from asr.library.rows import Entry
from asr.library.search import Hit

__all__ = [
    "DiskUse",
    "Entry",
    "Hit",
    "IntakeProgress",
    "Journal",
    "Library",
    "UnusableEdit",
    "keep_file",
    "keep_session",
]
