"""The small parts: settings, colours, times, saving, sorting, and what keeps None alive."""

import os
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QObject, QSettings, Slot
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QCheckBox, QInputDialog, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from asr.live.events import Ledger, Level
from asr.transcript import Gap, Transcript
from gui.clock import clock, length
from gui.event_dispatcher import EventDispatcher, loudness
from gui.settings import Settings, load_settings, save_settings
from gui.style.theme import DARK, LIGHT, Theme, style_sheet
from gui.transcript.plain_text import plain_text
from gui.widgets.device_picker import DevicePicker
from gui.widgets.notice_area import NoticeArea
from tests.gui.scripted import microphone, segment

TEXT_ON_GROUND = [
    ("text", "window"),
    ("settled", "window"),
    ("dim", "window"),
    ("dim", "surface"),
    ("text", "surface"),
    ("text", "hover"),
    ("accent", "window"),
    ("other", "window"),
    ("on_accent", "accent"),
    ("on_trouble", "trouble"),
    ("on_trouble", "window"),
    ("on_good", "good"),
]


@pytest.mark.qt_log_ignore("propagateSizeHints")
@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_what_return_does_in_a_dialog_is_the_coloured_button(
    qtbot: QtBot, theme: Theme
) -> None:
    dialog = QInputDialog()
    qtbot.addWidget(dialog)
    dialog.setStyleSheet(style_sheet(theme))
    dialog.show()
    buttons = dialog.findChildren(QPushButton)

    grounds = {
        one.text().replace("&", ""): one.grab()
        .toImage()
        .pixelColor(6, one.height() // 2)
        .name()
        for one in buttons
    }

    assert grounds == {"OK": theme.accent, "Cancel": theme.surface}


def luminance(colour: str) -> float:
    """Return the relative luminance: WCAG 2.2, its glossary."""
    channels = QColor(colour).getRgbF()[:3]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), TEXT_ON_GROUND)
def test_every_text_can_be_read_on_its_ground(theme: Theme, ink: str, ground: str) -> None:
    colours = asdict(theme)
    dark, light = sorted(luminance(colours[name]) for name in (ink, ground))

    assert (light + 0.05) / (dark + 0.05) >= 4.5


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_a_checked_box_has_a_tick(theme: Theme, qtbot: QtBot) -> None:
    box = QCheckBox()
    qtbot.addWidget(box)
    box.setStyleSheet(style_sheet(theme))
    box.setChecked(True)

    image = box.grab().toImage()

    inside = [image.pixelColor(x, y) for x in range(4, 15) for y in range(4, 15)]
    accent, tick = QColor(theme.accent), QColor(theme.on_accent)
    assert inside.count(accent) > 20
    assert inside.count(tick) > 5


@given(
    st.builds(
        Settings,
        device=st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20),
        font_points=st.integers(9, 40),
        with_system=st.booleans(),
        pre_roll=st.booleans(),
        pause=st.sampled_from(["fast", "normal", "long"]),
        appearance=st.sampled_from(["system", "light", "dark"]),
        geometry=st.binary(max_size=40),
    )
)
def test_settings_come_back_as_they_were_saved(settings: Settings) -> None:
    memory = _Store()

    save_settings(settings, memory)  # type: ignore[arg-type]

    assert load_settings(memory) == settings  # type: ignore[arg-type]


class _Store(dict[str, object]):
    """What settings need of a QSettings, without a file for each example."""

    def value(self, key: str) -> object:
        return self.get(key)

    def setValue(self, key: str, value: object) -> None:  # noqa: N802
        self[key] = value

    def sync(self) -> None:
        pass


def test_settings_survive_a_file_and_nonsense_in_it(tmp_path: Path) -> None:
    path = str(tmp_path / "settings.ini")
    saved = Settings(
        device="Größe «x», 1",
        with_system=True,
        pause="long",
        font_points=20,
        appearance="dark",
        geometry=b"\0a",
    )
    save_settings(saved, QSettings(path, QSettings.Format.IniFormat))
    assert load_settings(QSettings(path, QSettings.Format.IniFormat)) == saved

    store = QSettings(path, QSettings.Format.IniFormat)
    for key, nonsense in {
        "font_points": "huge",
        "appearance": "pink",
        "geometry": 3,
        "pause": "eternal",
        "with_system": "perhaps",
    }.items():
        store.setValue(key, nonsense)
    store.sync()

    assert load_settings(QSettings(path, QSettings.Format.IniFormat)) == Settings(
        device=saved.device
    )


@pytest.mark.parametrize(
    ("seconds", "place", "lasting"),
    [
        (0.0, "0:00", "0.0 s"),
        (12.44, "0:12", "12.4 s"),
        (59.97, "0:59", "1 min 0 s"),
        (200.0, "3:20", "3 min 20 s"),
        (3723.0, "1:02:03", "1 h 2 min"),
    ],
)
def test_times_read_as_people_write_them(seconds: float, place: str, lasting: str) -> None:
    assert (clock(seconds), length(seconds)) == (place, lasting)


def test_copied_text_says_where_sound_is_missing() -> None:
    transcript = Transcript(
        segments=(segment("one", 0.0, speaker="me"), segment("two", 5.0)),
        seconds=9.0,
        source="интервью.m4a",
        gaps=(Gap(2.0, 1.0, "overflow"),),
    )

    assert plain_text(transcript) == "me: one\n\n[1.0 s of sound missing: overflow]\n\ntwo"


class Meter(QObject):
    """Keeps what the dispatcher passes on."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[object] = []

    @Slot(float, bool)
    def on_level(self, loud: float, clipped: bool) -> None:
        self.told.append((round(loud, 3), clipped))

    @Slot(object)
    def on_ledger(self, ledger: Ledger) -> None:
        self.told.append(ledger)


def test_a_tick_moves_the_meter_and_the_ledger_once(qapp: object) -> None:
    board, meter = EventDispatcher(), Meter()
    board.level_measured.connect(meter.on_level)
    board.ledger_written.connect(meter.on_ledger)

    board.on_happened((Level(0.1, 0.05), Ledger(1, 1), Level(1.0, 0.5), Ledger(2, 2)))

    assert meter.told == [(round(loudness(0.5), 3), True), Ledger(2, 2)]


@given(st.floats(0, 1), st.floats(0, 1))
def test_louder_is_never_lower_on_the_meter(one: float, other: float) -> None:
    quiet, loud = sorted((one, other))

    assert 0.0 <= loudness(quiet) <= loudness(loud) <= 1.0


def test_no_sentence_stands_twice_and_three_are_enough(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    area = NoticeArea(window)

    for sentence in ("a", "b", "c", "b", "d"):
        area.show_trouble(sentence)

    assert area.sentences == ["d", "b", "c"]
    area.clear_troubles()
    assert area.sentences == []
    assert area.isHidden()


def test_none_outlives_many_calls_into_qt() -> None:
    program = (
        "import gui\n"
        "from PySide6.QtCore import QObject\n"
        "thing = QObject()\n"
        "for _ in range(50_000): thing.setObjectName('x')\n"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)

    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("factor", ["1.5", "2"])
def test_the_button_is_on_the_screen_at_any_scale(tmp_path: Path, factor: str) -> None:
    script = (
        "from PySide6.QtCore import QPoint, QRect, QTimer\n"
        "from PySide6.QtWidgets import QApplication\n"
        "from asr.errors import PackError\n"
        "from gui.app import application_object, run\n"
        "from gui.main_window import MainWindow\n"
        "def look():\n"
        "    every = QApplication.topLevelWidgets()\n"
        "    [window] = [each for each in every if isinstance(each, MainWindow)]\n"
        "    button, screen = window.control_bar.button, window.screen()\n"
        "    place = QRect(button.mapToGlobal(QPoint()), button.size())\n"
        "    print(screen.devicePixelRatio(), screen.availableGeometry().contains(place))\n"
        "    window.close()\n"
        "def no_engine(): raise PackError('none')\n"
        "application = application_object()\n"
        "QTimer.singleShot(0, look)\n"
        "run(no_engine)\n"
    )
    environment = {**os.environ, "EARSHOT_HOME": str(tmp_path), "QT_SCALE_FACTOR": factor}
    command = [sys.executable, "-c", script]
    told = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)

    assert told.stdout.split() == [str(float(factor)), "True"]


def test_the_picker_says_that_there_is_no_microphone_as_long_as_there_is_none(
    qtbot: QtBot,
) -> None:
    picker = DevicePicker("", with_system=False)
    qtbot.addWidget(picker)

    def labels() -> list[str]:
        return [action.text() for action in picker.menu().actions()]

    assert "No microphone was found" in labels()
    picker.show_devices([microphone("usb", "Yeti")])

    assert "No microphone was found" not in labels()
    assert "Yeti" in labels()
