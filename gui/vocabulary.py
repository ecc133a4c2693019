"""The user's own vocabulary: words and names to listen for, as they are to be written.

A text file beside the settings' data, a phrase a line, of the form that `--hot-words` reads:
perhaps with a tab and a weight behind it. It may be edited with any editor.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from asr.atomic import write_atomically
from asr.errors import AsrError, StorageError
from asr.text import phrase_of
from asr.text_file import read_lines
from PySide6.QtCore import QObject, Signal, Slot

from gui.sentences import translated


class Vocabulary(QObject):
    """Keeps the list on disk, and tells whoever listens for it.

    Signals:
        changed: A tuple of lines, as they stand in the file.
        failed: A sentence for the user; the list is as it was.
    """

    changed = Signal(object)
    failed = Signal(str)

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self.lines: tuple[str, ...] = ()

    @Slot()
    def load(self) -> None:
        """Read the list, and tell it."""
        try:
            self.lines = self._read()
        except AsrError as error:
            self.failed.emit(translated(error.message))
        self.changed.emit(self.lines)

    def add(self, phrase: str) -> bool:
        """Listen for a phrase, too; say whether the list could be kept."""
        return self._change(
            lambda lines: (*(line for line in lines if phrase_of(line) != phrase), phrase)
        )

    @Slot(str)
    def remove(self, phrase: str) -> bool:
        """Listen for a phrase no more than for any other."""
        return self._change(
            lambda lines: tuple(line for line in lines if phrase_of(line) != phrase)
        )

    @Slot(object)
    def replace(self, lines: Sequence[str]) -> bool:
        """Take another list."""
        return self._change(lambda _: tuple(line for line in lines if line.strip()))

    def _change(self, changed: Callable[[Sequence[str]], tuple[str, ...]]) -> bool:
        """Change what is on disk by this time: another window may have written to it."""
        try:
            lines = changed(self._read())
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with write_atomically(self._path, synced=True) as draft:
                draft.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        except AsrError as error:
            self.failed.emit(translated(error.message))
        except OSError as error:
            sentence = self.tr("The vocabulary could not be kept in «{path}»: {why}.")
            self.failed.emit(sentence.format(path=self._path, why=error.strerror))
        else:
            self.lines = lines
            self.changed.emit(lines)
            return True
        return False

    def _read(self) -> tuple[str, ...]:
        if not self._path.exists():
            return ()
        return tuple(read_lines(self._path, self.tr("The vocabulary"), StorageError))
