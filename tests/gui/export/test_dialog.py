"""The dialog shows at once what is chosen, and says what is wrong."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from asr.formats import FORMATS
from asr.transcript import Segment, Transcript, Word
from gui.export.dialog import ExportDialog
from gui.export.plan import ExportPlan
from tests.gui.library.test_models import entry
from tests.gui.screen import button
from tests.gui.scripted import segment

READABLE = Transcript(
    segments=(
        Segment((Word("we", 0, 1, display="We"), Word("went", 1, 2, display="went.")), 0, 2),
    ),
    seconds=2.0,
)
SAID = Transcript(segments=(segment("it was the best", 61.0, "me"),), seconds=70.0)


@pytest.fixture
def dialog(qtbot: QtBot, tmp_path: Path) -> ExportDialog:
    plan = ExportPlan(folder=str(tmp_path), template="{title}")
    dialog = ExportDialog([entry(1, title="Day")], SAID, plan, always=False)
    qtbot.addWidget(dialog)
    return dialog


def choose(dialog: ExportDialog, suffix: str) -> None:
    for row in range(dialog.formats.count()):
        if dialog.formats.item(row).data(Qt.ItemDataRole.UserRole) == suffix:
            dialog.formats.setCurrentRow(row)


def test_every_registered_format_is_offered(dialog: ExportDialog) -> None:
    offered = [
        dialog.formats.item(row).data(Qt.ItemDataRole.UserRole)
        for row in range(dialog.formats.count())
    ]

    assert offered == list(FORMATS)


def test_the_preview_follows_the_choice(dialog: ExportDialog) -> None:
    choose(dialog, "srt")
    assert "00:01:01,000 -->" in dialog.preview.toPlainText()
    choose(dialog, "txt")
    assert "me: it was the best" in dialog.preview.toPlainText()
    dialog.speakers.setChecked(False)
    dialog.times.setChecked(True)

    assert "me:" not in dialog.preview.toPlainText()
    assert "1:01" in dialog.preview.toPlainText()


def test_words_may_be_as_they_were_heard(qtbot: QtBot, tmp_path: Path) -> None:
    plan = ExportPlan(folder=str(tmp_path), template="{title}")
    dialog = ExportDialog([entry(1, title="Day")], READABLE, plan, always=False)
    qtbot.addWidget(dialog)

    assert dialog.preview.toPlainText().strip() == "We went."
    dialog.as_heard.setChecked(True)
    assert dialog.preview.toPlainText().strip() == "we went"
    assert dialog.plan.as_heard


def test_options_that_a_format_has_no_use_for_cannot_be_chosen(dialog: ExportDialog) -> None:
    choose(dialog, "srt")
    assert not dialog.times.isEnabled()
    assert not dialog.karaoke.isEnabled()
    choose(dialog, "vtt")

    assert dialog.karaoke.isEnabled()


def test_what_cannot_be_is_said_in_a_sentence(dialog: ExportDialog, tmp_path: Path) -> None:
    assert dialog.note.text() == "Day.txt"

    dialog.template.setText("{titel}")
    assert dialog.note.text().startswith("“{titel}” is no part of a name")
    assert not button(dialog, "Export").isEnabled()
    dialog.template.setText("{title}")
    dialog.folder.setText("~nobody-of-this-name")
    assert dialog.note.text() == "Choose a folder that is there."
    dialog.folder.setText(str(tmp_path / "gone"))

    assert dialog.note.text() == "Choose a folder that is there."
    assert not button(dialog, "Export").isEnabled()


def test_what_was_chosen_is_told_once(dialog: ExportDialog, tmp_path: Path) -> None:
    chosen: list[ExportPlan] = []
    always: list[bool] = []
    dialog.chosen.connect(chosen.append)
    dialog.always_wanted.connect(always.append)
    choose(dialog, "vtt")
    dialog.always.setChecked(True)

    dialog.accept()

    assert chosen == [ExportPlan(suffix="vtt", folder=str(tmp_path), template="{title}")]
    assert always == [True]


def test_unsure_words_are_marked_only_if_wished(qtbot: QtBot, tmp_path: Path) -> None:
    unsure = Transcript(
        segments=(segment("it was", 0.0).__class__((Word("hm", 0, 1, 0.1),), 0.0, 1.0),),
        seconds=1.0,
    )
    plan = ExportPlan(folder=str(tmp_path))
    dialog = ExportDialog([entry(1)], unsure, plan, always=False)
    qtbot.addWidget(dialog)
    plain = dialog.preview.toPlainText()

    dialog.unsure.setChecked(True)

    assert dialog.preview.toPlainText() != plain
