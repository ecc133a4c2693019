"""Spoken commands, and what is written in the place of words that were heard."""

from __future__ import annotations

from typing import Final

from asr.readable.replacements import SIGN
from asr.text import normalise
from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLabel,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

_HEARD, _SHOWN = range(2)  # columns
_SIZE: Final = 480, 460


class DictationDialog(QDialog):
    """A box to tick and a table; the table always has an empty row to write into.

    Signals:
        chosen: Whether spoken commands are obeyed, and the replacements, a line each.
    """

    chosen = Signal(bool, str)

    def __init__(
        self, replacements: str, *, spoken_commands: bool, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Dictation"))
        self.commands = QCheckBox(self.tr("Obey spoken commands"))
        self.commands.setChecked(spoken_commands)
        self.table = QTableWidget(0, 2)
        self.note = _text("")
        self.buttons = QDialogButtonBox()
        role = QDialogButtonBox.ButtonRole
        self.keep = self.buttons.addButton(self.tr("Use these"), role.AcceptRole)
        self.keep.setProperty("main", True)
        self.buttons.addButton(self.tr("Cancel"), role.RejectRole)
        self._place()
        self._fill(replacements)
        self.table.cellChanged.connect(self._check)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self._check()

    def _place(self) -> None:
        self.table.setHorizontalHeaderLabels([self.tr("When this is heard"), self.tr("Write")])
        self.table.setAccessibleName(self.tr("Replacements"))
        self.table.verticalHeader().hide()
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.table.setTabKeyNavigation(False)  # Tab leads on to the buttons
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 20, 20, 16)
        column.setSpacing(10)
        column.addWidget(self.commands)
        column.addWidget(
            _text(
                self.tr(
                    "“comma”, “full stop”, “question mark”, “exclamation mark”, “colon”, "
                    "“semicolon”, “dash”, “new line” and “new paragraph”; “scratch that” takes "
                    "back what was said since the last pause."
                )
            )
        )
        column.addSpacing(6)
        column.addWidget(
            _text(
                self.tr(
                    "Your own replacements. They are written exactly as they stand here; "
                    "with nothing to write, the words are left out."
                )
            )
        )
        column.addWidget(self.table, 1)
        column.addWidget(self.note)
        column.addWidget(self.buttons)
        self.resize(*_SIZE)

    def _fill(self, replacements: str) -> None:
        for line in [*replacements.splitlines(), SIGN]:
            heard, _, shown = line.partition(SIGN)
            row = self.table.rowCount()
            self.table.insertRow(row)
            self.table.setItem(row, _HEARD, QTableWidgetItem(heard.strip()))
            self.table.setItem(row, _SHOWN, QTableWidgetItem(shown.strip()))

    @Slot()
    def _check(self) -> None:
        """Keep an empty row at the end, and say what is wrong with the others."""
        rows = self._rows()
        if any(rows[-1]):
            self.table.blockSignals(True)
            self._fill("")
            self.table.blockSignals(False)
        trouble = self._trouble()
        self.note.setText(trouble)
        self.note.setVisible(bool(trouble))
        self.keep.setEnabled(not trouble)

    def _trouble(self) -> str:
        known: set[str] = set()
        for number, (heard, shown) in enumerate(self._rows(), start=1):
            words = normalise(heard)
            if SIGN in heard or ((heard or shown) and not words):
                sentence = self.tr("Row {number}: write the words that are heard at the left.")
                return sentence.format(number=number)
            if words in known:
                sentence = self.tr("“{heard}” stands there twice.")
                return sentence.format(heard=heard)
            known |= {words} - {""}
        return ""

    def _rows(self) -> list[tuple[str, str]]:
        return [
            (self._cell(row, _HEARD), self._cell(row, _SHOWN))
            for row in range(self.table.rowCount())
        ]

    def _cell(self, row: int, column: int) -> str:
        item = self.table.item(row, column)
        text = item.text().strip() if item else ""
        return text.lstrip("# ") if column == _HEARD else text  # a remark has no place here

    def accept(self) -> None:
        """Tell what was chosen, and close."""
        lines = [f"{heard} {SIGN} {shown}" for heard, shown in self._rows() if heard]
        self.chosen.emit(self.commands.isChecked(), "\n".join(lines))
        super().accept()


def _text(sentence: str) -> QLabel:
    label = QLabel(sentence)
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    return label
