"""The foot of the editor: play, where it is, how fast."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSlider, QToolButton

from gui.actions import Actions
from gui.clock import clock
from gui.style.icons import icon
from gui.style.theme import LIGHT, Theme
from gui.widgets.button_menu import ButtonMenu
from gui.workers.player_worker import Head

SPEEDS: Final = (0.5, 0.75, 1.0, 1.25, 1.5, 2.0)
_STEP: Final = 0.1  # seconds on the slider
_ROUND: Final = 38  # pixels across the button that plays


class PlayerBar(QFrame):
    """Buttons around a slider; a sentence in its place where there is no sound.

    Signals:
        sought: The second that the user moved the slider to.
        speed_chosen: The speed that the user chose.
        file_wanted: The user wants to say where the file is.
    """

    sought = Signal(float)
    speed_chosen = Signal(float)
    file_wanted = Signal()

    def __init__(self, actions: Actions) -> None:
        super().__init__()
        self.setObjectName("control_bar")
        self._theme = LIGHT
        self._is_playing = False
        self._length_s = 0.0  # of the sound, in seconds, before it tells itself
        self._play = _button(actions["play"])
        self._play.setProperty("round", True)
        self._play.setFixedSize(_ROUND, _ROUND)
        self._around = {name: _button(actions[name]) for name in ("earlier", "later", "loop")}
        self._doubt = _button(actions["next_doubt"])
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setAccessibleName(self.tr("Place in the sound"))
        self.slider.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._time, self._length = QLabel("0:00"), QLabel("0:00")
        self._missing = QLabel()
        self.finder = QToolButton()
        self.speed = QToolButton()
        self._speeds = QActionGroup(self)
        self._place()
        self.slider.valueChanged.connect(self._on_slid)
        self._speeds.triggered.connect(self._on_speed)
        self.finder.clicked.connect(self.file_wanted)
        self.show_speed(1.0)
        self.show_sound("", 0.0)

    @Slot(object)
    def apply_theme(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self._theme = theme
        self._draw_play()

    def show_sound(self, missing: str, seconds: float, *, can_find: bool = False) -> None:
        """Offer to play sound of a length, or say why there is nothing to play."""
        self._length_s = seconds
        self._show_length(seconds)
        self._missing.setText(missing)
        self._missing.setVisible(bool(missing))
        self.finder.setVisible(bool(missing) and can_find)
        for widget in (
            self._play,
            *self._around.values(),
            self.slider,
            self._time,
            self._length,
            self.speed,
        ):
            widget.setVisible(not missing)

    @Slot(object)
    def show_head(self, head: Head) -> None:
        """Show where it is; a slider in somebody's hand stays there."""
        self._is_playing = head.is_playing
        self._draw_play()
        # What has to be decoded first is as long as it was when it was transcribed.
        self._show_length(max(head.total, self._length_s))
        if not self.slider.isSliderDown():
            with QSignalBlocker(self.slider):
                self.slider.setMaximum(max(1, round(max(head.total, self._length_s) / _STEP)))
                self.slider.setPageStep(round(10 / _STEP))
                self.slider.setSingleStep(round(1 / _STEP))
                self.slider.setValue(round(head.seconds / _STEP))
            self._time.setText(clock(head.seconds))

    def _show_length(self, seconds: float) -> None:
        self._length.setText(clock(seconds))

    def show_speed(self, speed: float) -> None:
        """Show how fast it plays."""
        self.speed.setText(f"{speed:g}×")
        self.speed.setAccessibleName(self.tr("Speed: {speed}").format(speed=f"{speed:g}"))
        for choice in self._speeds.actions():
            choice.setChecked(choice.data() == speed)

    def _draw_play(self) -> None:
        drawing = "pause" if self._is_playing else "play"
        self._play.defaultAction().setIcon(icon(drawing, self._theme.on_accent))
        name = self.tr("Pause") if self._is_playing else self.tr("Play")
        self._play.setAccessibleName(name)

    @Slot(int)
    def _on_slid(self, steps: int) -> None:
        self._time.setText(clock(steps * _STEP))
        self.sought.emit(steps * _STEP)

    @Slot(QAction)
    def _on_speed(self, choice: QAction) -> None:
        self.speed_chosen.emit(float(choice.data()))

    def _place(self) -> None:
        for label in (self._time, self._length, self._missing):
            label.setProperty("quiet", True)
        for label in (self._time, self._length):
            label.setMinimumWidth(label.fontMetrics().horizontalAdvance("0:00:00"))
        self._time.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._missing.setWordWrap(True)
        self.finder.setText(self.tr("Find the file…"))
        self.finder.setProperty("pill", True)
        self.speed.setProperty("pill", True)
        self.speed.setToolTip(self.tr("Speed (Alt+- and Alt+=)"))
        self.speed.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = ButtonMenu(self.speed)
        for speed in SPEEDS:
            choice = self._speeds.addAction(f"{speed:g}×")
            choice.setData(speed)
            choice.setCheckable(True)
        menu.addActions(self._speeds.actions())
        self.speed.setMenu(menu)
        row = QHBoxLayout(self)
        row.setContentsMargins(20, 10, 20, 10)
        row.setSpacing(6)
        for widget in (self._around["earlier"], self._play, self._around["later"]):
            row.addWidget(widget)
        row.addSpacing(6)
        row.addWidget(self._time)
        row.addWidget(self.slider, 1)
        row.addWidget(self._length)
        row.addWidget(self._missing, 1)
        row.addWidget(self.finder)
        row.addSpacing(6)
        row.addWidget(self._around["loop"])
        row.addWidget(self._doubt)
        row.addWidget(self.speed)


def _button(action: QAction) -> QToolButton:
    button = QToolButton()
    button.setDefaultAction(action)
    button.setIconSize(QSize(18, 18))
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
    button.setAccessibleName(action.text())
    return button
