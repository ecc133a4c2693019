"""Which key does what: a field for each action, and no two actions on one key."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QKeySequenceEdit,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from gui.actions import Actions

_SHARED: Final = frozenset({"play", "cancel"})  # never both at once
_TYPED_BELOW: Final = 0x01000000  # keys from here on write nothing: Qt.Key


class KeysDialog(QDialog):
    """Lets keys be chosen.

    Signals:
        chosen: The keys that are not the usual ones, by the names of actions.
    """

    chosen = Signal(object)

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Keys"))
        self._actions = actions
        self.fields: dict[str, QKeySequenceEdit] = {}
        self.note = QLabel()
        self.note.setWordWrap(True)
        self.note.setTextFormat(Qt.TextFormat.PlainText)
        self.buttons = QDialogButtonBox()
        role = QDialogButtonBox.ButtonRole
        self._keep = self.buttons.addButton(self.tr("Use these keys"), role.AcceptRole)
        self._keep.setProperty("main", True)
        self.buttons.addButton(self.tr("Cancel"), role.RejectRole)
        self.usual = self.buttons.addButton(self.tr("The usual keys"), role.ResetRole)
        self._place()
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self.usual.clicked.connect(self._show_usual)
        self._check()

    def _place(self) -> None:
        form = QFormLayout()
        form.setContentsMargins(4, 4, 12, 4)
        for name in self._actions.names:
            field = QKeySequenceEdit(self._actions[name].shortcut())
            field.setMaximumSequenceLength(1)
            field.setClearButtonEnabled(True)
            label = self._actions[name].text().removesuffix("…")
            field.setAccessibleName(label)
            field.keySequenceChanged.connect(self._check)
            form.addRow(label, field)
            self.fields[name] = field
        inside = QWidget()
        inside.setLayout(form)
        inside.setObjectName("keys")
        area = QScrollArea()
        area.setWidget(inside)
        area.setWidgetResizable(True)
        area.setObjectName("keys")
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 20, 20, 16)
        column.setSpacing(12)
        column.addWidget(area, 1)
        column.addWidget(self.note)
        column.addWidget(self.buttons)
        self.resize(480, 560)

    @Slot()
    def _show_usual(self) -> None:
        for name, field in self.fields.items():
            field.setKeySequence(self._actions.usual_key(name))

    @Slot()
    def _check(self) -> None:
        """Say what is wrong with the keys, if anything is."""
        trouble = self._trouble()
        self.note.setText(trouble)
        self.note.setVisible(bool(trouble))
        self._keep.setEnabled(not trouble)

    def _trouble(self) -> str:
        owners: dict[str, str] = {}
        for name, field in self.fields.items():
            sequence = field.keySequence()
            key = sequence.toString()
            if not key:
                continue
            label = self._actions[name].text().removesuffix("…")
            if _is_typed(sequence):
                sentence = self.tr("“{key}” is needed for writing: add Ctrl or Alt to it.")
                return sentence.format(key=key)
            other = owners.setdefault(key, name)
            if other != name and {other, name} != _SHARED:
                sentence = self.tr("“{key}” cannot be both “{one}” and “{other}”.")
                one = self._actions[other].text().removesuffix("…")
                return sentence.format(key=key, one=one, other=label)
        return ""

    def accept(self) -> None:
        """Tell which keys were chosen, and close."""
        self.chosen.emit(
            {
                name: field.keySequence().toString()
                for name, field in self.fields.items()
                if field.keySequence() != self._actions.usual_key(name)
            }
        )
        super().accept()


def _is_typed(sequence: QKeySequence) -> bool:
    """Whether a key would write something, or move the caret by letters."""
    combination = sequence[0]  # type: ignore[index]  # the stubs do not know it
    modifiers = combination.keyboardModifiers()
    plain = not modifiers & ~(
        Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier
    )
    editing = (
        Qt.Key.Key_Return,
        Qt.Key.Key_Enter,
        Qt.Key.Key_Backspace,
        Qt.Key.Key_Delete,
        Qt.Key.Key_Tab,
        Qt.Key.Key_Left,
        Qt.Key.Key_Right,
        Qt.Key.Key_Up,
        Qt.Key.Key_Down,
        Qt.Key.Key_Home,
        Qt.Key.Key_End,
    )
    return plain and (combination.key().value < _TYPED_BELOW or combination.key() in editing)
