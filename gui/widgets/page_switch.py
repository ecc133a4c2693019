"""The switch at the head of the window: listening, or the library."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QToolButton, QWidget

from gui.actions import Actions
from gui.pages import Page
from gui.phase import Phase
from gui.style.icons import dot, icon
from gui.style.theme import LIGHT, Theme


class PageSwitch(QFrame):
    """Two buttons of which one is down; a dot tells that a session runs meanwhile."""

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("switch")
        self._theme = LIGHT
        self._is_listening = False
        self._buttons = {
            Page.LISTEN: _button(actions, "show_listen"),
            Page.LIBRARY: _button(actions, "show_library"),
        }
        row = QHBoxLayout(self)
        row.setContentsMargins(3, 3, 3, 3)
        row.setSpacing(2)
        for button in self._buttons.values():
            row.addWidget(button)
        self.show_page(Page.LISTEN)

    @Slot(object)
    def apply_theme(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self._theme = theme
        self._buttons[Page.LIBRARY].setIcon(icon("library", theme.text))
        self._draw()

    @Slot(object)
    def show_page(self, page: Page) -> None:
        """Show which page is seen."""
        for each, button in self._buttons.items():
            button.setChecked(each is (Page.LISTEN if page is Page.LISTEN else Page.LIBRARY))

    @Slot(object)
    def show_phase(self, phase: Phase) -> None:
        """Show whether a session runs."""
        self._is_listening = phase in (Phase.LISTENING, Phase.STARTING, Phase.STOPPING)
        self._draw()

    def show_names(self, *, wanted: bool) -> None:
        """Show the pages' names beside their icons, or the icons alone."""
        beside = Qt.ToolButtonStyle.ToolButtonTextBesideIcon
        for button in self._buttons.values():
            button.setToolButtonStyle(
                beside if wanted else Qt.ToolButtonStyle.ToolButtonIconOnly
            )

    def _draw(self) -> None:
        theme = self._theme
        sign = dot(theme.record) if self._is_listening else icon("microphone", theme.text)
        self._buttons[Page.LISTEN].setIcon(sign)


def _button(actions: Actions, name: str) -> QToolButton:
    action = actions[name]
    button = QToolButton()
    button.setText(action.text())
    button.setToolTip(action.toolTip())
    button.setAccessibleName(action.text())
    button.setCheckable(True)
    button.setIconSize(QSize(16, 16))
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    button.clicked.connect(action.trigger)
    return button
