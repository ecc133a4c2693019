"""The window: places the widgets and connects them; nothing else."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Final

from asr.live.stored import Unfinished
from PySide6.QtCore import QByteArray, QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction, QCloseEvent, QKeyEvent
from PySide6.QtWidgets import QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from gui.actions import Actions
from gui.clock import length
from gui.controller import Controller
from gui.editor.page import EditorPage
from gui.event_dispatcher import EventDispatcher
from gui.file_queue import FileQueue
from gui.library.librarian import Librarian
from gui.library.model import title
from gui.library.page import LibraryPage
from gui.outputs import Outputs
from gui.pages import Page
from gui.phase import Phase
from gui.settings import Settings, SettingsStore
from gui.style.theme import Appearance, Theme
from gui.transcript.empty_page import EmptyPage
from gui.transcript.model import TranscriptModel
from gui.transcript.view import TranscriptView
from gui.vocabulary import Vocabulary
from gui.widgets.control_bar import ControlBar
from gui.widgets.dictation_dialog import DictationDialog
from gui.widgets.drop_overlay import DropOverlay
from gui.widgets.file_dialogs import FileDialogs
from gui.widgets.header import Header
from gui.widgets.keys_dialog import KeysDialog
from gui.widgets.notice_area import NoticeArea
from gui.widgets.notice_bar import Choice, Tone
from gui.widgets.task_bar import TaskBar
from gui.widgets.vocabulary_dialog import VocabularyDialog

_USUAL_SIZE: Final = QSize(960, 720)
_LEAST_SIZE: Final = QSize(560, 480)
_FRAME: Final = 16  # what a window manager adds at the sides; thrice as much in height


class MainWindow(QMainWindow):
    """The one window of the program.

    Signals:
        dismissed: An Unfinished session that shall not be offered again.
    """

    dismissed = Signal(object)

    def __init__(
        self,
        *,
        model: TranscriptModel,
        controller: Controller,
        dispatcher: EventDispatcher,
        settings_store: SettingsStore,
        vocabulary: Vocabulary,
        appearance: Appearance,
    ) -> None:
        super().__init__()
        settings = settings_store.settings
        self._model, self._controller, self._settings_store, self._appearance = (
            model,
            controller,
            settings_store,
            appearance,
        )
        self._vocabulary = vocabulary
        self.actions_ = Actions(self, settings)
        self.header = Header(self.actions_)
        self.notices = NoticeArea()
        self.task = TaskBar()
        self.empty = EmptyPage()
        self.page = TranscriptView(model)
        self.control_bar = ControlBar(settings)
        self.library = LibraryPage()
        self.editor = EditorPage(self.actions_)
        self.librarian = Librarian(
            self.library, self.editor, self.notices, settings_store, self
        )
        self.outputs = Outputs(model, self.page, self.editor, self.librarian, self)
        self._listening = QStackedWidget()  # the transcript, or what stands in its place
        self._pages = QStackedWidget()
        self._shown = Page.LISTEN
        self._has_latest = False
        self._dialogs = FileDialogs(self, settings.folder)
        self._overlay = DropOverlay(self)
        self._files = FileQueue(controller, settings_store, self)
        self._place()
        self._connect_controller()
        self._connect_dispatcher(dispatcher)
        self._connect_actions()
        self._connect_model()
        self._connect_library()
        self._connect_vocabulary()
        self._apply_settings(settings)
        self.show_page(Page(settings.page))

    def _place(self) -> None:
        self.setWindowTitle("Earshot")
        self.setMinimumSize(_LEAST_SIZE.boundedTo(self._room()))
        self._pages.setMinimumHeight(1)  # in a small window the page gives way, not a notice
        self._listening.addWidget(self.empty)
        self._listening.addWidget(self.page)
        for page in (self._listening, self.library, self.editor):
            self._pages.addWidget(page)
        column = QVBoxLayout()
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for widget in (self.header, self.notices, self.task):
            column.addWidget(widget)
        column.addWidget(self._pages, 1)
        column.addWidget(self.control_bar)
        centre = QWidget()
        centre.setLayout(column)
        self.setCentralWidget(centre)
        self.control_bar.button.setFocus()

    def _connect_controller(self) -> None:
        controller = self._controller
        for widget in (self.actions_, self.empty, self.control_bar, self.header.switch):
            controller.phase_changed.connect(widget.show_phase)
        controller.phase_changed.connect(self._on_phase)
        controller.reading.connect(self.task.show_file)
        controller.reading.connect(self.empty.name_file)
        controller.reading.connect(self.control_bar.status.clear_ledger)
        controller.progressed.connect(self.task.show_progress)
        controller.page_put_aside.connect(self._offer_page_back)
        controller.voices_apart.connect(self._offer_channels)
        controller.refused.connect(self.notices.show_trouble)
        controller.broken_off.connect(self.notices.tell_of_file)
        controller.noted.connect(self.notices.tell_of_file)
        self.control_bar.button.clicked.connect(controller.toggle)
        self.control_bar.picker.chosen.connect(self._settings_store.keep_device)
        self.control_bar.picker.chosen.connect(
            self.control_bar.button.setFocus
        )  # Space listens, then
        self.control_bar.picker.system_wanted.connect(self._settings_store.keep_with_system)
        self._settings_store.listening_changed.connect(controller.on_listening_changed)
        self._settings_store.dictation_changed.connect(controller.on_dictation_changed)
        self.task.cancelled.connect(controller.cancel_file)
        self.empty.open_wanted.connect(self._dialogs.ask_open)
        self._dialogs.open_chosen.connect(self._files.add)
        self._dialogs.save_chosen.connect(self.outputs.save)
        self._dialogs.folder_changed.connect(self._settings_store.keep_folder)
        self._overlay.dropped.connect(self._files.add)
        self._files.waiting_changed.connect(self.task.show_waiting)
        self._files.refused.connect(self.notices.show_trouble)

    def _connect_dispatcher(self, dispatcher: EventDispatcher) -> None:
        dispatcher.level_measured.connect(self.control_bar.show_level)
        dispatcher.ledger_written.connect(self.control_bar.show_ledger)
        dispatcher.noticed.connect(self.notices.show_notice)

    def _connect_actions(self) -> None:
        actions = self.actions_
        actions["record"].triggered.connect(self._controller.toggle)
        actions["open"].triggered.connect(self._dialogs.ask_open)
        actions["copy"].triggered.connect(self.outputs.copy)
        actions["save"].triggered.connect(self.outputs.ask_save)
        actions["keys"].triggered.connect(self._ask_keys)
        actions["dictation"].triggered.connect(self._ask_dictation)
        actions["export"].triggered.connect(self.librarian.export_open)
        actions["edit"].triggered.connect(self.librarian.edit_latest)
        actions["show_listen"].triggered.connect(self._show_listen)
        actions["show_library"].triggered.connect(self._show_library)
        actions["back"].triggered.connect(self._show_library)
        actions["search"].triggered.connect(self._look_for)
        actions["new_page"].triggered.connect(self._controller.new_page)
        actions["cancel"].triggered.connect(self._controller.cancel_file)
        actions["larger"].triggered.connect(lambda: self._size_text(self._points + 1))
        actions["smaller"].triggered.connect(lambda: self._size_text(self._points - 1))
        actions["usual"].triggered.connect(lambda: self._size_text(Settings().font_points))
        actions.appearances.triggered.connect(self._on_appearance)
        actions.pauses.triggered.connect(self._on_pause)
        actions.pre_roll.toggled.connect(self._on_pre_roll)
        actions.as_heard.toggled.connect(self._model.show_as_heard)
        actions.as_heard.toggled.connect(self._settings_store.keep_as_heard)

    def _connect_model(self) -> None:
        for signal in (self._model.rowsInserted, self._model.rowsRemoved):
            signal.connect(self._on_page_changed)
        self._model.modelReset.connect(self._on_page_changed)
        self._model.dataChanged.connect(self._on_page_changed)
        self._on_page_changed()

    def _connect_library(self) -> None:
        librarian, settings_store = self.librarian, self._settings_store
        librarian.opened.connect(self._show_editor)
        librarian.latest_changed.connect(self._on_latest)
        librarian.page_is_stale.connect(self._controller.drop_page)
        librarian.running.changed.connect(self._on_page_changed)
        settings_store.history_changed.connect(self._on_page_changed)
        self.editor.entry_changed.connect(self._on_page_changed)
        self._model.modelReset.connect(librarian.on_new_page)
        self.editor.file_wanted.connect(self._dialogs.ask_file_of)
        self._dialogs.file_found.connect(librarian.locate)
        self.editor.told.connect(self.notices.tell_of_entry)
        self.editor.view.refused.connect(self.notices.show_trouble)
        self.editor.view.edited.replaced.connect(self._tell_replaced)
        self.outputs.name_wanted.connect(self._dialogs.ask_save)
        self.outputs.done.connect(self._tell)
        self.outputs.failed.connect(self.notices.show_trouble)
        settings = settings_store.settings
        self.library.foot.show_settings(history=settings.history, keep_days=settings.keep_days)

    def _connect_vocabulary(self) -> None:
        vocabulary, editor = self._vocabulary, self.editor
        vocabulary.changed.connect(editor.show_vocabulary)
        editor.expect_wanted.connect(self._expect)
        editor.expect_unwanted.connect(vocabulary.remove)
        self.actions_["vocabulary"].triggered.connect(self._ask_vocabulary)

    def _apply_settings(self, settings: Settings) -> None:
        self._appearance.changed.connect(self._apply_theme)
        self._apply_theme(self._appearance.theme)
        for page in (self.page, self.editor.view):
            page.set_font_points(settings.font_points)
        self._model.show_as_heard(settings.as_heard)
        if not self.restoreGeometry(QByteArray(settings.geometry)):
            self._take_usual_size()

    def _room(self) -> QSize:
        """How large the window may be on the screen, without its frame."""
        return self.screen().availableGeometry().size() - QSize(_FRAME, 3 * _FRAME)

    def _take_usual_size(self) -> None:
        """Open as large as is usual, but with the foot and the frame on the screen."""
        self.resize(_USUAL_SIZE.boundedTo(self._room()))

    @Slot(object)
    def _apply_theme(self, theme: Theme) -> None:
        control_bar = self.control_bar
        for widget in (
            control_bar.picker,
            control_bar.button,
            control_bar.meter,
            self.notices,
            self.empty,
        ):
            widget.apply_theme(theme)
        for page in (self.library, self.editor):
            page.apply_theme(theme)
        for dressed in (self.actions_, self.header, self.page, self._overlay):
            dressed.apply_theme(theme)

    @Slot(object)
    def offer_unfinished(self, sessions: tuple[Unfinished, ...]) -> None:
        """Offer sessions that were cut short, the newest on top."""
        for session in sorted(sessions, key=lambda each: each.started):
            sentence = self.tr("The session of {when} was cut short; {length} of it are safe.")
            self.notices.show_bar(
                sentence.format(
                    when=f"{session.started:%d %B, %H:%M}", length=length(session.seconds)
                ),
                Tone.PLAIN,
                Choice(self.tr("Recover"), partial(self._controller.recover, session)),
                Choice(self.tr("Do not offer again"), partial(self.dismissed.emit, session)),
            )

    @Slot(str)
    def show_unavailable(self, sentence: str) -> None:
        """Tell why there is no engine, and offer to try again."""
        self.control_bar.status.show_unavailable(sentence)
        again = Choice(self.tr("Try again"), self._controller.load)
        self.notices.show_bar(sentence, Tone.TROUBLE, again)

    @Slot(object)
    def _on_phase(self, phase: Phase) -> None:
        self.task.setVisible(phase is Phase.READING)
        is_next = phase is Phase.READING and self._files.goes_on
        if phase in (Phase.STARTING, Phase.STOPPING, Phase.READING) and not is_next:
            self.notices.clear_troubles()  # they were of what was before
        if phase in (Phase.STARTING, Phase.READING) and not is_next:
            self.notices.clear_page(Page.LISTEN)
            self.show_page(Page.LISTEN)

    def show_page(self, page: Page) -> None:
        """Show one of the pages, and remember it for the next start."""
        if page is not Page.EDITOR:
            self.librarian.close_entry()
            self._settings_store.keep_page(page.value)
        if page is not Page.LISTEN:
            self.notices.withdraw(self._aside_sentence)
        self._shown = page
        self.notices.show_page(page)
        widgets = {Page.LISTEN: self._listening, Page.LIBRARY: self.library}
        self._pages.setCurrentWidget(widgets.get(page, self.editor))
        self.control_bar.setVisible(page is Page.LISTEN)
        self.header.show_page(page)
        self.outputs.show_page(page)
        self._on_page_changed()
        if page is Page.LISTEN:
            self.control_bar.button.setFocus()

    @Slot()
    def _show_listen(self) -> None:
        self.show_page(Page.LISTEN)

    @Slot()
    def _show_library(self) -> None:
        self.show_page(Page.LIBRARY)
        self.library.list.setFocus()

    @Slot()
    def _show_editor(self) -> None:
        self.show_page(Page.EDITOR)
        self.editor.view.setFocus()

    @Slot()
    def _look_for(self) -> None:
        self.show_page(Page.LIBRARY)
        self.library.look_for()

    @Slot()
    def _ask_keys(self) -> None:
        dialog = KeysDialog(self.actions_, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.chosen.connect(self.actions_.take_keys)
        dialog.chosen.connect(self._settings_store.keep_keys)
        dialog.open()

    @Slot()
    def _ask_dictation(self) -> None:
        settings = self._settings_store.settings
        dialog = DictationDialog(
            settings.replacements, spoken_commands=settings.spoken_commands, parent=self
        )
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.chosen.connect(self._settings_store.keep_dictation)
        dialog.open()

    @Slot(str)
    def _expect(self, phrase: str) -> None:
        """Put a phrase into the vocabulary, and offer to take it out again."""
        if self._vocabulary.add(phrase):
            sentence = self.tr("“{phrase}” is in the vocabulary: it is heard more readily now.")
            undo = Choice(self.tr("Undo"), partial(self._vocabulary.remove, phrase))
            self.notices.show_passing(sentence.format(phrase=phrase), Tone.GOOD, undo)

    @Slot()
    def _ask_vocabulary(self) -> None:
        dialog = VocabularyDialog(self._vocabulary.lines, self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.chosen.connect(self._vocabulary.replace)
        dialog.open()

    @Slot(bool)
    def _on_latest(self, has_latest: bool) -> None:
        self._has_latest = has_latest
        self._on_page_changed()

    @Slot()
    def _on_page_changed(self) -> None:
        self._listening.setCurrentWidget(self.page if self._model.rowCount() else self.empty)
        entry = self.editor.entry
        in_editor = self._shown is Page.EDITOR
        self.actions_.show_page(
            self._shown,
            has_text=in_editor or self._model.has_text,
            can_edit=self._has_latest or self.librarian.can_edit_running,
            can_export=not self.editor.is_running,
        )
        source = self._model.source if self._model.rowCount() else ""
        name = title(entry) if in_editor and entry is not None else source
        self.header.show_title("" if self._shown is Page.LIBRARY else name)

    @Slot(str, str, int)
    def _tell_replaced(self, before: str, after: str, n_places: int) -> None:
        sentence = self.tr("“{before}” became “{after}” in {n} places; Ctrl+Z undoes it.")
        if n_places == 1:
            sentence = self.tr("“{before}” became “{after}” in one place: there is no other.")
        self._tell(sentence.format(before=before, after=after, n=n_places))

    @Slot(str)
    def _tell(self, sentence: str) -> None:
        if self._shown is Page.LISTEN:
            self.control_bar.status.flash(sentence)
        else:
            self.notices.show_passing(sentence, Tone.PLAIN)

    @Slot()
    def _offer_page_back(self) -> None:
        if self._files.goes_on:  # it is in the library
            return
        back = Choice(self.tr("Bring it back"), self._controller.bring_back)
        self.notices.show_bar(self._aside_sentence, Tone.PLAIN, back)

    @Slot(object)
    def _offer_channels(self, path: Path) -> None:
        sentence = self.tr("«{name}» has a voice in each of its two channels.")
        each = Choice(self.tr("Hear two speakers"), partial(self._files.hear_channels, path))
        self.notices.offer_for_file(sentence.format(name=path.name), each)

    @property
    def _aside_sentence(self) -> str:
        return self.tr("The page before was put aside.")

    @property
    def _points(self) -> int:
        return self._settings_store.settings.font_points

    def _size_text(self, points: int) -> None:
        points = self._settings_store.keep_font_points(points)
        for page in (self.page, self.editor.view):
            page.set_font_points(points)

    @Slot(QAction)
    def _on_appearance(self, choice: QAction) -> None:
        self._settings_store.keep_appearance(str(choice.data()))
        self._appearance.choose(str(choice.data()))

    @Slot(QAction)
    def _on_pause(self, choice: QAction) -> None:
        self._settings_store.keep_pause(str(choice.data()))

    @Slot(bool)
    def _on_pre_roll(self, wanted: bool) -> None:
        self._settings_store.keep_pre_roll(wanted)
        if wanted:
            self.notices.show_passing(self.actions_.pre_roll.toolTip(), Tone.PLAIN)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take Space wherever no control wants it: it is the record button's key."""
        is_space = event.key() == Qt.Key.Key_Space and not event.isAutoRepeat()
        if is_space and self._shown is Page.LISTEN:
            self._controller.toggle()
        else:
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Remember the place; the threads end after the window is gone."""
        self._settings_store.keep_geometry(self.saveGeometry())
        self.librarian.close_entry()
        super().closeEvent(event)
