"""When edited words are said, asked of the sound, off the thread that stores edits.

An alignment takes a second or more; an edit that waited for it would die with the program.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from asr.errors import AsrError
from asr.transcript import Segment
from PySide6.QtCore import QObject, Signal, Slot

if TYPE_CHECKING:
    from asr.engine import Engine

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Alignment:
    """A segment of an entry, by its key in the journal, that is to be aligned."""

    entry: str
    key: str
    segment: Segment
    sounds: Sequence[Path]
    engine: Engine


class AlignmentWorker(QObject):
    """Aligns one segment after another on the thread that it was moved to.

    Signals:
        aligned: The Alignment, and the (start, end) of each word in seconds; None where the
            sound tells nothing, and they stay guessed.
    """

    aligned = Signal(object, object)

    @Slot()
    def stop(self) -> None:
        """Nothing is held that would have to be let go."""

    @Slot(object)
    def align(self, wanted: Alignment) -> None:
        """Find when the words of a segment are said."""
        from asr.library.realign import realign

        try:
            times = realign(wanted.engine, wanted.sounds, wanted.segment)
        except AsrError as error:
            log.debug("the times of «%s» stay guessed: %s", wanted.key, error)
            self.aligned.emit(wanted, None)
        except Exception:
            log.exception("An alignment failed")
            self.aligned.emit(wanted, None)
        else:
            self.aligned.emit(wanted, times)
