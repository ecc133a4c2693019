"""Colours, type and the style of every control, for light and for dark.

Paper and ink rather than grey: one warm neutral scale, one accent, and red for recording
alone. Every text colour keeps a contrast of 4.5:1 to what it stands on (WCAG 2.2, 1.4.3).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from string import Template
from typing import Final

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFont, QFontInfo, QPalette
from PySide6.QtWidgets import QApplication


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """Colours as #rrggbb, named by their task."""

    window: str  # behind everything
    surface: str  # the page, menus, cards
    line: str  # borders, quiet bars
    hover: str  # a control under the pointer
    text: str  # final text
    settled: str
    dim: str  # tentative text, time stamps, labels
    accent: str
    on_accent: str
    other: str  # a second voice, beside the accent for the first
    record: str
    on_record: str
    trouble: str  # a bar that tells of a trouble, and its text
    on_trouble: str
    good: str  # a bar that tells of a trouble's end, and its text
    on_good: str
    doubt: str  # the line under a word that may be wrong
    heard: str  # behind the word that is heard


LIGHT: Final = Theme(
    window="#f7f5f2",
    surface="#ffffff",
    line="#e6e2dc",
    hover="#eeebe6",
    text="#1d1b19",
    settled="#524d46",
    dim="#706a62",
    accent="#0b6f6a",
    on_accent="#ffffff",
    other="#7a4a9e",
    record="#cf3f36",
    on_record="#ffffff",
    trouble="#fdf0d5",
    on_trouble="#664400",
    good="#e2f3e8",
    on_good="#14532f",
    doubt="#c98a1b",
    heard="#c9e6e3",
)

DARK: Final = Theme(
    window="#171614",
    surface="#1f1e1b",
    line="#35322e",
    hover="#2a2825",
    text="#f1eee9",
    settled="#bfb9af",
    dim="#9a948a",
    accent="#4fc3ba",
    on_accent="#0c2321",
    other="#c3a1e6",
    record="#d9534a",
    on_record="#ffffff",
    trouble="#3a2d12",
    on_trouble="#f4d48f",
    good="#16321f",
    on_good="#a5e0ba",
    doubt="#d9a441",
    heard="#1f4a47",
)

_HERE: Final = Path(__file__).parent

# A bare X server offers DejaVu; where the desktop names a font of its own, that one stays.
_PLAIN_FONT: Final = "DejaVu Sans"
_BETTER_FONTS: Final = ["Inter", "Noto Sans", "Cantarell", "Liberation Sans", "Nimbus Sans"]

_STYLE: Final = Template("""
* { outline: none; }
QMainWindow, QDialog { background: $window; }
QDialogButtonBox { dialogbuttonbox-buttons-have-icons: 0; }
QToolTip { background: $text; color: $window; border: none; padding: 4px 8px; }
QLabel { color: $text; background: transparent; }
QLabel[quiet="true"] { color: $dim; }

QToolButton, QPushButton {
    color: $text; background: transparent; border: 1px solid transparent;
    border-radius: 8px; padding: 7px 12px;
}
QToolButton:hover, QPushButton:hover, QToolButton:open { background: $hover; }
QToolButton:pressed, QPushButton:pressed { background: $line; }
QToolButton:focus, QPushButton:focus { border-color: $accent; }
QToolButton:disabled, QPushButton:disabled { color: $dim; }
QToolButton::menu-indicator { image: none; }
QToolButton[pill="true"], QPushButton[pill="true"] {
    background: $surface; border: 1px solid $line; border-radius: 17px; padding: 7px 14px;
}
QPushButton[pill="true"] { border-radius: 15px; }
QToolButton[pill="true"]:hover, QPushButton[pill="true"]:hover { background: $hover; }
QToolButton[pill="true"]:focus, QPushButton[pill="true"]:focus { border-color: $accent; }

QMenu {
    background: $surface; color: $text; border: 1px solid $line; border-radius: 8px;
    padding: 6px;
}
QMenu::item { padding: 7px 28px 7px 12px; border-radius: 5px; }
QMenu::item:selected { background: $hover; }
QMenu::item:disabled { color: $dim; }
QMenu::separator { height: 1px; background: $line; margin: 6px 8px; }
QMenu::indicator { width: 14px; height: 14px; margin-left: 6px; }

QFrame#switch { background: $hover; border-radius: 10px; }
QFrame#switch QToolButton { border-radius: 7px; padding: 5px 10px; color: $settled; }
QFrame#switch QToolButton:checked {
    background: $surface; color: $text; border: 1px solid $line;
}

QToolButton[round="true"] {
    background: $accent; border-radius: 19px; min-width: 22px; min-height: 22px; padding: 7px;
}
QToolButton[round="true"]:hover { background: $accent; border-color: $text; }
QToolButton[round="true"]:disabled { background: $line; }

QSlider { background: transparent; min-height: 20px; }
QSlider::groove:horizontal { background: $line; height: 4px; border-radius: 2px; }
QSlider::sub-page:horizontal { background: $accent; border-radius: 2px; }
QSlider::handle:horizontal {
    background: $accent; width: 12px; height: 12px; margin: -4px 0; border-radius: 6px;
}
QSlider::handle:horizontal:hover { background: $text; }

QLineEdit {
    background: $surface; color: $text; border: 1px solid $line; border-radius: 8px;
    padding: 7px 10px; selection-background-color: $accent; selection-color: $on_accent;
}
QLineEdit:focus { border-color: $accent; }
QLineEdit#search { border-radius: 12px; padding: 9px 10px; }
QLineEdit#inPlace { padding: 3px 6px; border-color: $accent; border-radius: 8px; }
QTableView QLineEdit { padding: 0 4px; border-radius: 0; }
QTableView, QHeaderView::section {
    background: $surface; color: $text; border: 1px solid $line; gridline-color: $line;
}
QAbstractItemView#rows {
    background: $window; border: none; selection-background-color: transparent;
}

QListWidget#formats, QTextBrowser#preview, QPlainTextEdit#words {
    background: $surface; color: $text; border: 1px solid $line; border-radius: 10px;
    padding: 6px; selection-background-color: $accent; selection-color: $on_accent;
}
QListWidget#formats::item { padding: 6px 8px; border-radius: 6px; color: $text; }
QListWidget#formats::item:hover { background: $hover; }
QListWidget#formats::item:selected { background: $line; color: $text; }
QScrollArea#keys, QWidget#keys { background: transparent; border: none; }
QCheckBox { color: $text; spacing: 8px; padding: 2px; }
QCheckBox:disabled { color: $dim; }
QCheckBox::indicator {
    width: 14px; height: 14px; border: 1px solid $dim; border-radius: 4px; background: $surface;
}
QCheckBox::indicator:checked {
    background: $accent; border: 1px solid $accent; image: url("$tick");
}
QCheckBox::indicator:disabled { border-color: $line; background: $window; }
QCheckBox::indicator:checked:disabled { border-color: $dim; background: $dim; }
QCheckBox:focus { color: $accent; }
QDialogButtonBox QPushButton {
    background: $surface; border: 1px solid $line; padding: 7px 18px;
}
QDialogButtonBox QPushButton:hover { background: $hover; }
QDialogButtonBox QPushButton:default {
    background: $accent; color: $on_accent; border-color: $accent;
}
QDialogButtonBox QPushButton:default:hover, QDialogButtonBox QPushButton:focus {
    border-color: $text;
}
QDialogButtonBox QPushButton:disabled { background: $line; color: $dim; border-color: $line; }
QPushButton[main="true"] { background: $accent; color: $on_accent; padding: 7px 18px; }
QPushButton[main="true"]:hover { border-color: $text; }
QPushButton[main="true"]:disabled { background: $line; color: $dim; }

QFrame#strip { background: $surface; border-top: 1px solid $line; }
QFrame#strip QToolButton { padding: 4px 12px; border-radius: 14px; }
#control_bar { background: $surface; border-top: 1px solid $line; }
#statusLine { background: $surface; }

QTextEdit#transcript {
    background: $window; color: $text; border: none;
    selection-background-color: $accent; selection-color: $on_accent;
}
QScrollBar:vertical { background: transparent; width: 12px; margin: 2px; }
QScrollBar::handle:vertical { background: $line; border-radius: 4px; min-height: 40px; }
QScrollBar::handle:vertical:hover { background: $dim; }
QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page {
    background: none; height: 0;
}
QScrollBar:horizontal { height: 0; }

QFrame#bar { border-radius: 10px; background: $surface; border: 1px solid $line; }
QFrame#bar[tone="trouble"] { background: $trouble; border-color: $trouble; }
QFrame#bar[tone="trouble"] * { color: $on_trouble; }
QFrame#bar[tone="good"] { background: $good; border-color: $good; }
QFrame#bar[tone="good"] * { color: $on_good; }
QFrame#bar QPushButton { font-weight: 600; padding: 5px 10px; }
QFrame#bar QPushButton:hover, QFrame#bar QToolButton:hover { background: $hover; color: $text; }
QFrame#bar QToolButton { padding: 5px; }

QProgressBar { background: $line; border: none; border-radius: 2px; max-height: 4px; }
QProgressBar::chunk { background: $accent; border-radius: 2px; }
""")


def style_sheet(theme: Theme) -> str:
    """Return the style of every control."""
    tick = _HERE / ("tick_dark.svg" if theme == DARK else "tick_light.svg")
    return _STYLE.substitute(asdict(theme), tick=tick.as_posix())


def palette(theme: Theme) -> QPalette:
    """Return the theme for what paints itself and for the style's own dialogs."""
    role = QPalette.ColorRole
    colours = {
        role.Window: theme.window,
        role.WindowText: theme.text,
        role.Base: theme.surface,
        role.AlternateBase: theme.hover,
        role.Text: theme.text,
        role.PlaceholderText: theme.dim,
        role.Button: theme.surface,
        role.ButtonText: theme.text,
        role.ToolTipBase: theme.text,
        role.ToolTipText: theme.window,
        role.Highlight: theme.accent,
        role.HighlightedText: theme.on_accent,
        role.Link: theme.accent,
        role.Mid: theme.line,
    }
    result = QPalette()
    for each, colour in colours.items():
        result.setColor(each, QColor(colour))
    for each in (role.WindowText, role.Text, role.ButtonText):
        result.setColor(QPalette.ColorGroup.Disabled, each, QColor(theme.dim))
    return result


def interface_font() -> QFont:
    """Return the desktop's font, or a better one where the desktop has no opinion."""
    font = QApplication.font()
    if QFontInfo(font).family() == _PLAIN_FONT:
        font.setFamilies([*_BETTER_FONTS, _PLAIN_FONT])
    font.setPointSizeF(max(font.pointSizeF(), 10.0))
    return font


class Appearance(QObject):
    """Puts the theme on the application, and again whenever the system turns light or dark.

    Signals:
        changed: The Theme that holds from here on.
    """

    changed = Signal(object)

    def __init__(self, application: QApplication, appearance: str) -> None:
        super().__init__(application)
        self._application = application
        self._appearance = appearance
        self.theme = LIGHT
        application.setStyle("Fusion")
        application.setFont(interface_font())
        application.styleHints().colorSchemeChanged.connect(self.apply)
        self.apply()

    @Slot(str)
    def choose(self, appearance: str) -> None:
        """Follow the system, or stay light or dark."""
        self._appearance = appearance
        self.apply()

    @Slot()
    def apply(self) -> None:
        """Put the theme on everything."""
        self.theme = self._chosen()
        self._application.setPalette(palette(self.theme))
        self._application.setStyleSheet(style_sheet(self.theme))
        self.changed.emit(self.theme)

    def _chosen(self) -> Theme:
        if self._appearance == "system":
            system = self._application.styleHints().colorScheme()
            return DARK if system == Qt.ColorScheme.Dark else LIGHT
        return DARK if self._appearance == "dark" else LIGHT
