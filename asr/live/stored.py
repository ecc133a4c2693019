"""Sessions on disk, found and dismissed while no model is loaded."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from asr.errors import RecordingError
from asr.live.recorded import read_transcript, unfinished
from asr.live.recording import Recording
from asr.transcript import Transcript

log = logging.getLogger(__name__)

WORTH_S: Final = 0.1  # less sound holds no word, and is not worth an offer
FOLDER_TIME: Final = "%Y-%m-%d %H-%M-%S.%f"  # a session's folder is named by its beginning


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A session that nobody ended: what is stored of it."""

    folder: Path
    transcript: Transcript

    @property
    def started(self) -> datetime:
        """When it began, in local time."""
        try:
            return datetime.strptime(self.folder.name, FOLDER_TIME).astimezone()
        except ValueError:  # somebody renamed it
            return datetime.fromtimestamp(self.folder.stat().st_mtime).astimezone()

    @property
    def seconds(self) -> float:
        """How much sound was saved."""
        return self.transcript.seconds


def unfinished_sessions(sessions: Path) -> list[Unfinished]:
    """Find the sessions in a folder that a crash cut off, but for damaged and empty ones."""
    found = []
    for folder in unfinished(sessions) if sessions.exists() else []:
        try:
            found.append(Unfinished(folder, read_transcript(folder)))
        except RecordingError as error:
            log.warning("%s", error)
    return [one for one in found if one.seconds >= WORTH_S or one.transcript.segments]


def dismiss(session: Unfinished) -> None:
    """Close a session as it is: its sound stays on disk, and it is offered no more.

    Raises:
        RecordingError: The disk is full, or the session is in use.
    """
    Recording.reopen(session.folder).close()
