"""The head of the window: whose words these are, and what can be done with them."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Slot
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QToolButton, QWidget

from gui.actions import Actions
from gui.pages import Page
from gui.style.icons import icon
from gui.style.theme import Theme
from gui.widgets.button_menu import ButtonMenu
from gui.widgets.page_switch import PageSwitch

_ROOMY: Final = 840  # pixels of width from which on buttons carry their names
_NARROW: Final = 700  # below which the switch has to do without, too


class Header(QWidget):
    """A title at the left; open, copy, save and a small menu at the right."""

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._source = ""
        self._title = QLabel()
        self._title.setMinimumWidth(1)  # what does not fit is elided
        self._title.setTextFormat(Qt.TextFormat.PlainText)
        font = self._title.font()
        font.setPointSizeF(font.pointSizeF() * 1.15)
        font.setWeight(font.Weight.DemiBold)
        self._title.setFont(font)
        self._title.installEventFilter(self)
        self.switch = PageSwitch(actions)
        self._back = _button(actions["back"])
        self._back.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
        self._edit = _button(actions["edit"])
        self._more = _button()
        self._more.setAccessibleName(self.tr("More"))
        self._more.setToolTip(self.tr("More"))
        self._more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._more.setMenu(self._menu(actions))
        row = QHBoxLayout(self)
        row.setContentsMargins(20, 12, 20, 12)
        row.setSpacing(4)
        row.addWidget(self.switch)
        row.addSpacing(10)
        row.addWidget(self._back)
        row.addWidget(self._title, 1)
        row.addWidget(self._edit)
        self._open, self._copy = _button(actions["open"]), _button(actions["copy"])
        self._save, self._export = _button(actions["save"]), _button(actions["export"])
        self._labelled = [
            self._edit,
            self._open,
            self._copy,
            self._save,
            self._export,
        ]
        for button in (*self._labelled[1:], self._more):
            row.addWidget(button)
        self.show_title("")
        self.show_page(Page.LISTEN)

    @Slot(object)
    def apply_theme(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self._more.setIcon(icon("more", theme.text))
        self.switch.apply_theme(theme)

    @Slot(object)
    def show_page(self, page: Page) -> None:
        """Offer what can be done on a page."""
        self.switch.show_page(page)
        self._back.setVisible(page is Page.EDITOR)
        self._edit.setVisible(page is Page.LISTEN)
        self._open.setVisible(page is not Page.EDITOR)  # the room is the title's
        self._copy.setVisible(page is not Page.LIBRARY)
        self._save.setVisible(page is Page.LISTEN)
        self._export.setVisible(page is Page.EDITOR)

    @Slot(str)
    def show_title(self, source: str) -> None:
        """Name what the page holds."""
        self._source = source
        self._title.setToolTip(source)
        self._fit_title()

    def _fit_title(self) -> None:
        metrics, room = self._title.fontMetrics(), self._title.width()
        end = Qt.TextElideMode.ElideRight
        self._title.setText(metrics.elidedText(self._source, end, room))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Take names off buttons where they would leave the title no room."""
        super().resizeEvent(event)
        style = Qt.ToolButtonStyle.ToolButtonTextBesideIcon
        if event.size().width() < _ROOMY:
            style = Qt.ToolButtonStyle.ToolButtonIconOnly
        for button in self._labelled:
            button.setToolButtonStyle(style)
        self.switch.show_names(wanted=event.size().width() >= _NARROW)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Fit the title whenever it has another width."""
        if event.type() == QEvent.Type.Resize:
            self._fit_title()
        return super().eventFilter(watched, event)

    def _menu(self, actions: Actions) -> QMenu:
        menu = ButtonMenu(self._more)
        menu.addAction(actions["new_page"])
        menu.addSeparator()
        # Submenus, so that the whole fits into a small window.
        sizes = menu.addMenu(self.tr("Text size"))
        sizes.addActions([actions[name] for name in ("larger", "smaller", "usual")])
        menu.addAction(actions.as_heard)
        menu.addSeparator()
        pauses = menu.addMenu(self.tr("Pause that ends a paragraph"))
        pauses.addActions(actions.pauses.actions())
        menu.addAction(actions.pre_roll)
        menu.addSeparator()
        menu.addMenu(self.tr("Appearance")).addActions(actions.appearances.actions())
        menu.addSeparator()
        menu.addAction(actions["dictation"])
        menu.addAction(actions["vocabulary"])
        menu.addAction(actions["keys"])
        return menu


def _button(action: QAction | None = None) -> QToolButton:
    button = QToolButton()
    button.setIconSize(QSize(18, 18))
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    if action is not None:
        button.setDefaultAction(action)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setAccessibleName(action.text())
    return button
