"""What a user sees and hears read out: texts on the screen, and parts by their names."""

from __future__ import annotations

from typing import TypeVar

from PySide6.QtWidgets import QAbstractButton, QLabel, QToolButton, QWidget

from gui.app import AppContext

Part = TypeVar("Part", bound=QWidget)


def texts(parent: QWidget) -> list[str]:
    """Return the texts that are to be read in a widget."""
    return [label.text() for label in parent.findChildren(QLabel) if label.isVisible()]


def named(parent: QWidget, kind: type[Part], name: str) -> Part:
    """Return the part that screen readers call by a name."""
    (found,) = [part for part in parent.findChildren(kind) if part.accessibleName() == name]
    return found


def button(parent: QWidget, text: str) -> QAbstractButton:
    """Return the button with a text on it."""
    (found,) = [each for each in parent.findChildren(QAbstractButton) if each.text() == text]
    return found


def state(context: AppContext) -> str:
    """Return what the control bar says under the button."""
    return named(context.window.control_bar, QLabel, "State").text()


def is_playing(context: AppContext) -> bool:
    """Whether the editor's button offers to pause."""
    buttons = context.window.editor.bar.findChildren(QToolButton)
    return "Pause" in [each.accessibleName() for each in buttons]
