"""The foot of the window: which microphone, the button, how loud it is."""

from __future__ import annotations

from typing import Final

from asr.live.events import Ledger
from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel

from gui.clock import clock, length
from gui.phase import Phase
from gui.settings import Settings
from gui.widgets.device_picker import DevicePicker
from gui.widgets.level_meter import LevelMeter
from gui.widgets.record_button import RecordButton
from gui.widgets.status_line import StatusLine

_WORTH_SAYING: Final = 1.0  # seconds left to recognise; less is done in a moment


class ControlBar(QFrame):
    """Places the picker, the button with its state in words, the meter and the status."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.setObjectName("control_bar")
        self.picker = DevicePicker(settings.device, with_system=settings.with_system)
        self.button = RecordButton()
        self.meter = LevelMeter()
        self.status = StatusLine()
        self._state = QLabel()
        self._state.setAccessibleName(self.tr("State"))
        self._phase = Phase.LOADING
        self._keeps_second = False
        middle = Qt.AlignmentFlag.AlignVCenter
        grid = QGridLayout(self)
        grid.setContentsMargins(24, 14, 24, 12)
        grid.setVerticalSpacing(4)
        grid.addWidget(self.picker, 0, 0, Qt.AlignmentFlag.AlignLeft | middle)
        grid.addWidget(self.button, 0, 1, Qt.AlignmentFlag.AlignCenter)
        grid.addWidget(self.meter, 0, 2, Qt.AlignmentFlag.AlignRight | middle)
        grid.addWidget(self._state, 1, 0, 1, 3, Qt.AlignmentFlag.AlignHCenter)
        grid.addWidget(self.status, 2, 0, 1, 3)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(2, 1)
        self.show_phase(Phase.LOADING)

    @Slot(object)
    def show_phase(self, phase: Phase) -> None:
        """Say in words what the button shows."""
        self._phase = phase
        self.button.show_phase(phase)
        self.picker.setEnabled(phase is Phase.READY)
        self._state.setText(
            {
                Phase.LOADING: self.tr("Loading the model…"),
                Phase.UNAVAILABLE: self.tr("No model"),
                Phase.READY: self._ready_text(),
                Phase.STARTING: self.tr("Opening the microphone…"),
                Phase.LISTENING: self.tr("Listening"),
                Phase.STOPPING: self.tr("Finishing the last words…"),
                Phase.READING: self.tr("Reading a file"),
            }[phase]
        )
        if phase in (Phase.STOPPING, Phase.READY):
            self.meter.clear()  # nothing is heard any more

    @Slot(bool)
    def show_pre_roll(self, keeps_second: bool) -> None:
        """Say whether the microphone is open before the button."""
        self._keeps_second = keeps_second
        if self._phase is Phase.READY:
            self._state.setText(self._ready_text())

    @Slot(float, bool)
    def show_level(self, loudness: float, clipped: bool) -> None:
        """Show how loud the last tick was; what comes after the end moves nothing."""
        if self._phase is not Phase.LISTENING:
            return
        self.meter.show_level(loudness, clipped)
        self.button.show_loudness(loudness)

    @Slot(object)
    def show_ledger(self, ledger: Ledger) -> None:
        """Show how long the session is by now, and at its end how much is left to do."""
        self.status.show_ledger(ledger)
        if self._phase is Phase.LISTENING:
            time = clock(ledger.recorded)
            self._state.setText(self.tr("Listening · {time}").format(time=time))
        elif self._phase is Phase.STOPPING:
            self._state.setText(self._rest_text(ledger.lag))

    def _rest_text(self, lag: float) -> str:
        if lag >= _WORTH_SAYING:
            left = self.tr("Finishing · {length} left to recognise")
            return left.format(length=length(lag))
        if lag > 0:
            return self.tr("Finishing the last words…")
        return self.tr("Saving the recording…")

    def _ready_text(self) -> str:
        if self._keeps_second:
            return self.tr("Ready · the microphone is open, its last second is kept")
        return self.tr("Ready")
