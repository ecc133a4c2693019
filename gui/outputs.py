"""Copy and save: of whichever page is shown, as it reads with its edits."""

from __future__ import annotations

from pathlib import Path

from asr.errors import AsrError
from asr.formats import save
from asr.transcript import Transcript
from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QTextEdit

from gui.editor.page import EditorPage
from gui.library.librarian import Librarian
from gui.pages import Page
from gui.sentences import translated
from gui.transcript.model import TranscriptModel
from gui.transcript.plain_text import file_name, plain_text


class Outputs(QObject):
    """Copies and saves.

    Signals:
        name_wanted: A place shall be asked for; the argument is the name to propose.
        done: A sentence about what was done.
        failed: A sentence for the user.
    """

    name_wanted = Signal(str)
    done = Signal(str)
    failed = Signal(str)

    def __init__(
        self,
        model: TranscriptModel,
        listening: QTextEdit,
        editor: EditorPage,
        librarian: Librarian,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._model, self._listening = model, listening
        self._editor, self._librarian = editor, librarian
        self._page = Page.LISTEN

    @Slot(object)
    def show_page(self, page: Page) -> None:
        """Learn which page is shown."""
        self._page = page

    @Slot()
    def copy(self) -> None:
        """Put what is selected into the clipboard, or all of it."""
        view = self._editor.view if self._in_editor else self._listening
        selected = view.textCursor().selection().toPlainText()
        text = selected or plain_text(self._transcript)
        QGuiApplication.clipboard().setText(text)
        self.done.emit(self.tr("Copied {n} words").format(n=len(text.split())))

    @Slot()
    def ask_save(self) -> None:
        """Ask where to save."""
        self.name_wanted.emit(file_name(self._transcript))

    @Slot(object)
    def save(self, path: Path) -> None:
        """Write a file in the format that its name asks for."""
        if self._in_editor:
            self._librarian.save(path)
            return
        try:
            save(self._transcript, path)
        except AsrError as error:
            self.failed.emit(translated(error.message))
        else:
            self.on_saved(path.name)

    @Slot(str)
    def on_saved(self, name: str) -> None:
        """A file was written."""
        self.done.emit(self.tr("Saved as {name}").format(name=name))

    @property
    def _in_editor(self) -> bool:
        return self._page is Page.EDITOR

    @property
    def _transcript(self) -> Transcript:
        return self._editor.transcript if self._in_editor else self._model.page
