"""Asking for a file to read and for a place to save; the window goes on meanwhile."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Final

from asr.formats import FORMATS
from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QFileDialog, QWidget

_SOUND: Final = (
    "*.wav *.flac *.mp3 *.m4a *.aac *.ogg *.opus *.wma *.amr *.aiff "
    "*.mp4 *.mkv *.mov *.webm *.avi"
)


class FileDialogs(QObject):
    """Asks, and remembers the folder for the next time.

    Signals:
        open_chosen: The Paths of files to read, at least one.
        save_chosen: The Path to save to.
        file_found: The id of an entry, and the Path where its file is.
        folder_changed: The folder, as text, where dialogs open from here on.
    """

    open_chosen = Signal(object)
    save_chosen = Signal(object)
    file_found = Signal(str, object)
    folder_changed = Signal(str)

    def __init__(self, window: QWidget, folder: str) -> None:
        super().__init__(window)
        self._window = window
        self._folder = folder

    @Slot()
    def ask_open(self) -> None:
        """Ask for files to read."""
        dialog = self._sound_dialog(self.tr("Open sound or video files"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.filesSelected.connect(self._on_open)
        dialog.open()

    @Slot(str)
    def ask_file_of(self, entry: str) -> None:
        """Ask where the file of an entry is."""
        dialog = self._sound_dialog(self.tr("Find the sound or video file"))
        dialog.fileSelected.connect(partial(self._on_found, entry))
        dialog.open()

    def _sound_dialog(self, title: str) -> QFileDialog:
        dialog = self._dialog(title)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        known = self.tr("Sound and video ({names})").format(names=_SOUND)
        dialog.setNameFilters([known, self.tr("All files (*)")])
        return dialog

    def ask_save(self, name: str) -> None:
        """Ask for a place to save to, and propose `name`."""
        dialog = self._dialog(self.tr("Save the transcript"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters(
            [f"{self.tr(one.title)} (*.{one.suffix})" for one in FORMATS.values()]
        )
        dialog.setDefaultSuffix(next(iter(FORMATS)))
        dialog.filterSelected.connect(partial(_take_suffix, dialog))
        dialog.selectFile(name)
        dialog.fileSelected.connect(self._on_save)
        dialog.open()

    def _dialog(self, title: str) -> QFileDialog:
        dialog = QFileDialog(self._window, title, self._folder)
        dialog.finished.connect(dialog.deleteLater)
        return dialog

    @Slot(list)
    def _on_open(self, names: list[str]) -> None:
        if names:
            self._remember(names[0])
            self.open_chosen.emit([Path(name) for name in names])

    @Slot(str)
    def _on_save(self, name: str) -> None:
        self._remember(name)
        self.save_chosen.emit(Path(name))

    def _on_found(self, entry: str, name: str) -> None:
        self._remember(name)
        self.file_found.emit(entry, Path(name))

    def _remember(self, name: str) -> None:
        self._folder = str(Path(name).parent)
        self.folder_changed.emit(self._folder)


def _take_suffix(dialog: QFileDialog, name_filter: str) -> None:
    """Let the chosen format name the file, where the user's typing does not."""
    dialog.setDefaultSuffix(name_filter.rpartition("*.")[2].rstrip(")"))
