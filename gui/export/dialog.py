"""Asks how entries are to be exported, and shows at once what comes of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from asr.formats import FORMATS
from asr.transcript import Transcript
from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from gui.export.plan import FIELDS, ExportPlan, entry_file_name, preview, unknown_field

if TYPE_CHECKING:
    from asr.library import Entry


_LEFT: Final = 230  # pixels of the list of formats
# Which options a format has a use for.
_TIMED: Final = ("txt", "md", "docx")
# Of a page, for browsers: a QTextBrowser understands a part of it, and indents by that.
_STYLE: Final = re.compile("<style.*?</style>", re.DOTALL)
_PROSE: Final = ("txt", "md", "docx", "html")  # that people read as it stands
_SPOKEN: Final = ("txt", "md", "docx", "html", "srt", "vtt", "ttml")


class ExportDialog(QDialog):
    """A list of formats with options, a preview, a name and a folder.

    Signals:
        chosen: The ExportPlan, when the user exports.
        always_wanted: Whether everything shall be exported like this from then on.
    """

    chosen = Signal(object)
    always_wanted = Signal(bool)

    def __init__(
        self,
        entries: Sequence[Entry],
        transcript: Transcript,
        plan: ExportPlan,
        *,
        always: bool,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._entries, self._transcript = tuple(entries), transcript
        self._plan = plan
        self.formats = QListWidget()
        self.times = QCheckBox(self.tr("Times"))
        self.speakers = QCheckBox(self.tr("Speakers"))
        self.unsure = QCheckBox(self.tr("Mark words that are unsure"))
        self.karaoke = QCheckBox(self.tr("A time for each word"))
        self.as_heard = QCheckBox(self.tr("Words as they were heard"))
        self._boxes = (self.times, self.speakers, self.unsure, self.karaoke, self.as_heard)
        self.always = QCheckBox(self.tr("Export like this by itself from now on"))
        self.template, self.folder = QLineEdit(plan.template), QLineEdit(plan.folder)
        self.browse = QPushButton(self.tr("Choose…"))
        self.preview = QTextBrowser()
        self.note = QLabel()
        self.buttons = QDialogButtonBox()
        self._export = self.buttons.addButton(
            self.tr("Export"), QDialogButtonBox.ButtonRole.AcceptRole
        )
        self.buttons.addButton(self.tr("Cancel"), QDialogButtonBox.ButtonRole.RejectRole)
        self._name_parts()
        self._place()
        self._show_plan(plan, always=always)
        self._connect()
        self._refresh()

    @property
    def plan(self) -> ExportPlan:
        """What is chosen at the moment."""
        return self._plan

    def _show_plan(self, plan: ExportPlan, *, always: bool) -> None:
        for one in FORMATS.values():
            item = QListWidgetItem(self.tr(one.title))
            item.setData(Qt.ItemDataRole.UserRole, one.suffix)
            item.setToolTip(f".{one.suffix}")
            self.formats.addItem(item)
            if one.suffix == plan.suffix:
                self.formats.setCurrentItem(item)
        self.times.setChecked(plan.times)
        self.speakers.setChecked(plan.speakers)
        self.unsure.setChecked(plan.marks_unsure)
        self.karaoke.setChecked(plan.karaoke)
        self.as_heard.setChecked(plan.as_heard)
        self.always.setChecked(always)

    @Slot()
    def _refresh(self) -> None:
        """Take what is chosen, and show what comes of it."""
        item = self.formats.currentItem()
        suffix = str(item.data(Qt.ItemDataRole.UserRole)) if item else self._plan.suffix
        self._plan = ExportPlan(
            suffix=suffix,
            times=self.times.isChecked(),
            speakers=self.speakers.isChecked(),
            marks_unsure=self.unsure.isChecked(),
            karaoke=self.karaoke.isChecked(),
            as_heard=self.as_heard.isChecked(),
            folder=self.folder.text().strip(),
            template=self.template.text().strip(),
        )
        self.times.setEnabled(suffix in _TIMED)
        self.speakers.setEnabled(suffix in _SPOKEN)
        self.unsure.setEnabled(suffix != "json")
        self.karaoke.setEnabled(suffix == "vtt")
        fixed = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        self.preview.setFont(self.font() if suffix in _PROSE else fixed)
        text = preview(self._plan, self._entries[0], self._transcript)
        if suffix == "html":
            self.preview.setHtml(_STYLE.sub("", text))
        else:
            self.preview.setPlainText(text)
        self._check()

    def _check(self) -> None:
        """Say what the file will be called, or why it cannot be."""
        trouble = self._trouble()
        if trouble:
            self.note.setText(trouble)
        elif len(self._entries) == 1:
            name = entry_file_name(self._plan.template, self._entries[0])
            self.note.setText(f"{name}.{self._plan.suffix}")
        else:
            name = entry_file_name(self._plan.template, self._entries[0])
            several = self.tr("{n} files: {name} and others")
            self.note.setText(
                several.format(n=len(self._entries), name=f"{name}.{self._plan.suffix}")
            )
        self._export.setEnabled(not trouble)

    def _trouble(self) -> str:
        unknown = unknown_field(self._plan.template)
        if not self._plan.template:
            return self.tr("Write how files are to be called.")
        if unknown is not None:
            known = ", ".join(f"{{{field}}}" for field in FIELDS)
            sentence = self.tr("“{{{field}}}” is no part of a name: {known} are.")
            return sentence.format(field=unknown, known=known)
        if not self._plan.folder or not self._plan.place.is_dir():
            return self.tr("Choose a folder that is there.")
        return ""

    @Slot()
    def _ask_folder(self) -> None:
        dialog = QFileDialog(self, self.tr("Export to"), str(self._plan.place))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.fileSelected.connect(self.folder.setText)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def accept(self) -> None:
        """Tell what was chosen, and close."""
        self.always_wanted.emit(self.always.isChecked())
        self.chosen.emit(replace(self._plan))
        super().accept()

    def _connect(self) -> None:
        self.formats.currentItemChanged.connect(self._refresh)
        for box in self._boxes:
            box.toggled.connect(self._refresh)
        self.template.textChanged.connect(self._refresh)
        self.folder.textChanged.connect(self._refresh)
        self.browse.clicked.connect(self._ask_folder)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)

    def _name_parts(self) -> None:
        self.setWindowTitle(self.tr("Export"))
        self.formats.setAccessibleName(self.tr("Format"))
        self.formats.setObjectName("formats")
        self.preview.setAccessibleName(self.tr("Preview"))
        self.preview.setObjectName("preview")
        self.preview.setOpenLinks(False)
        self.preview.document().setDefaultStyleSheet("h1 { font-size: large; }")
        self.template.setAccessibleName(self.tr("Names of files"))
        fields = ", ".join(f"{{{field}}}" for field in FIELDS)
        self.template.setToolTip(self.tr("May hold {fields}").format(fields=fields))
        self.folder.setAccessibleName(self.tr("Folder"))
        self.browse.setProperty("pill", True)
        self._export.setProperty("main", True)
        self.note.setProperty("quiet", True)
        self.note.setTextFormat(Qt.TextFormat.PlainText)
        self.note.setMinimumWidth(1)

    def _place(self) -> None:
        left = QVBoxLayout()
        left.setSpacing(8)
        left.addWidget(self.formats, 1)
        for box in self._boxes:
            left.addWidget(box)
        side = QWidget()
        side.setLayout(left)
        side.setFixedWidth(_LEFT)
        left.setContentsMargins(0, 0, 0, 0)
        upper = QHBoxLayout()
        upper.setSpacing(16)
        upper.addWidget(side)
        upper.addWidget(self.preview, 1)
        names = QHBoxLayout()
        for text, field in ((self.tr("Name"), self.template), (self.tr("Folder"), self.folder)):
            label = QLabel(text)
            label.setBuddy(field)
            names.addWidget(label)
            names.addWidget(field, 1 if field is self.template else 2)
        names.addWidget(self.browse)
        foot = QHBoxLayout()
        foot.addWidget(self.note, 1)
        foot.addWidget(self.buttons)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 20, 20, 16)
        column.setSpacing(14)
        column.addLayout(upper, 1)
        column.addLayout(names)
        column.addWidget(self.always)
        column.addLayout(foot)
        self.resize(860, 600)
