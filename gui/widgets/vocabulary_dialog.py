"""The user's own vocabulary, as a list to write in."""

from __future__ import annotations

from collections.abc import Sequence

from asr.errors import ConfigError
from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QLabel,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from gui.sentences import translated


class VocabularyDialog(QDialog):
    """Lets words be added, changed and taken out.

    Signals:
        chosen: The lines of the list.
    """

    chosen = Signal(object)

    def __init__(self, lines: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Vocabulary"))
        about = QLabel(
            self.tr(
                "Names and words that you expect, one a line, as they are to be written. "
                "They are recognised more readily from the next sentence on."
            )
        )
        about.setWordWrap(True)
        self.words = QPlainTextEdit("\n".join(lines))
        self.words.setObjectName("words")
        self.words.setAccessibleName(self.tr("Words"))
        self.words.setPlaceholderText(self.tr("Quilter\nSir Frederick Leighton"))
        self.note = QLabel()
        self.note.setWordWrap(True)
        self.note.setTextFormat(Qt.TextFormat.PlainText)
        buttons = QDialogButtonBox()
        role = QDialogButtonBox.ButtonRole
        self._keep = buttons.addButton(self.tr("Use these words"), role.AcceptRole)
        self._keep.setProperty("main", True)
        buttons.addButton(self.tr("Cancel"), role.RejectRole)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 20, 20, 16)
        column.setSpacing(12)
        column.addWidget(about)
        column.addWidget(self.words, 1)
        column.addWidget(self.note)
        column.addWidget(buttons)
        self.resize(440, 480)
        self.words.textChanged.connect(self._check)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        self._check()

    @property
    def _lines(self) -> list[str]:
        return self.words.toPlainText().splitlines()

    @Slot()
    def _check(self) -> None:
        """Say which lines cannot be used, if there are any."""
        from asr.decoding.hot_words import HotWords  # takes numpy along: not for the start

        trouble = ""
        try:
            note = HotWords.parse(self._lines).left_out_sentence
        except ConfigError as error:
            note = trouble = translated(error.message)
        self.note.setText(note)
        self.note.setVisible(bool(note))
        self._keep.setEnabled(not trouble)

    def accept(self) -> None:
        """Tell the list, and close."""
        self.chosen.emit(self._lines)
        super().accept()
