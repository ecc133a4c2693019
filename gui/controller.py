"""What may follow what: the window does one thing at a time, and keeps what was done.

LOADING ─▶ READY ─▶ STARTING ─▶ LISTENING ─▶ STOPPING ─▶ READY
│         └────▶ READING ─▶ READY
└─────▶ UNAVAILABLE ─▶ LOADING
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from asr.audio.voices import are_apart
from asr.live.events import FinalResult, GapFound
from asr.live.stored import Unfinished
from asr.readable.replacements import Replacements
from asr.sentences import Message
from asr.transcript import Gap, Segment, Transcript
from PySide6.QtCore import QObject, Signal, Slot

from gui.clock import clock
from gui.engine import Engine, Session, SessionFactory, Step, VoicesApart
from gui.phase import Phase
from gui.settings import SettingsStore
from gui.transcript.model import TranscriptModel
from gui.workers.file_worker import StepsFactory


class Controller(QObject):
    """Turns wishes into work, and work that ended into the next phase.

    Signals:
        phase_changed: The Phase that holds from here on.
        load_wanted: The engine shall be built.
        pre_roll_wanted: The SessionFactory that may hear before the button, or None.
        session_wanted: A SessionFactory, for the live worker.
        end_wanted: The session shall end.
        file_wanted: A StepsFactory, for the file worker.
        file_unwanted: The file shall be given up.
        reading: The name of the file that is being read.
        progressed: Seconds of the file that are read, and of all (0 where unknown).
        page_put_aside: A page with text made room for another; `bring_back` undoes it.
        refused: A sentence for the user: why a wish cannot be met.
        broken_off: A sentence: how far the file was read that the user gave up.
        noted: A sentence about a file's sound: that there is no speech in it, or why.
        file_read: The Transcript of a file, as far as it was read, and its Path.
        voices_apart: The Path of a file that is being read as one voice, and has one in each
            channel; `hear_channels` takes it so.
        recovered: A session that was cut short has come to its end.
    """

    phase_changed = Signal(object)
    load_wanted = Signal()
    pre_roll_wanted = Signal(object)
    session_wanted = Signal(object)
    end_wanted = Signal()
    file_wanted = Signal(object)
    file_unwanted = Signal()
    reading = Signal(str)
    progressed = Signal(float, float)
    page_put_aside = Signal()
    refused = Signal(str)
    broken_off = Signal(str)
    noted = Signal(str)
    file_read = Signal(object, object)
    voices_apart = Signal(object)
    recovered = Signal()

    def __init__(
        self, model: TranscriptModel, folder: Path, settings_store: SettingsStore
    ) -> None:
        super().__init__()
        self.phase = Phase.LOADING
        self._model = model
        self._folder = folder
        self._settings_store = settings_store
        self._engine: Engine | None = None
        self._aside: Transcript | None = None
        self._opening = ""  # name of a file that has not given anything yet
        self._is_cancelled = False
        self._read_to = 0.0, 0.0  # seconds of the file, and of all
        self._path: Path | None = None  # of the file that is being read
        self._next: Path | None = None  # the one that is heard by channel once that has ended

    @Slot()
    def load(self) -> None:
        """Build the engine, at first or once more."""
        self._enter(Phase.LOADING)
        self.load_wanted.emit()

    @Slot()
    def on_unavailable(self) -> None:
        """There is no engine; `load` may be tried again."""
        self._enter(Phase.UNAVAILABLE)

    @Slot(object)
    def on_loaded(self, engine: Engine) -> None:
        """Take the engine into use."""
        self._engine = engine
        self.on_dictation_changed()
        self._enter(Phase.READY)

    @Slot()
    def on_listening_changed(self) -> None:
        """The settings of the next session are others; one under way keeps its own."""
        if self.phase is Phase.READY:
            self._prepare()

    @Slot()
    def on_dictation_changed(self) -> None:
        """Write what is heard from here on as the settings say."""
        if self._engine is not None:
            settings = self._settings_store.settings
            self._engine.dictate(
                commands=settings.spoken_commands,
                replacements=Replacements.parse(settings.replacements.splitlines()),
            )

    @Slot()
    def toggle(self) -> None:
        """Begin to listen, or stop; in any other phase, do nothing."""
        if self.phase is Phase.READY:
            self._listen()
        elif self.phase is Phase.LISTENING:
            self._enter(Phase.STOPPING)
            self.end_wanted.emit()

    @Slot(object)
    def open_file(self, path: Path) -> None:
        """Transcribe a file on a fresh page."""
        engine = self._engine
        if engine is None or self.phase is not Phase.READY:
            self.refused.emit(self._busy_sentence(path.name))
            return
        self._path = path
        self._read(path.name, lambda: _as_one_voice(engine, path))

    def is_reading(self, path: Path) -> bool:
        """Whether a file is being read."""
        return self.phase is Phase.READING and path == self._path

    @Slot(object)
    def hear_channels(self, path: Path) -> None:
        """Transcribe a file on a fresh page, each channel as a speaker.

        If it is being read already, that ends, and leaves nothing.
        """
        engine = self._engine
        if self.is_reading(path):
            self._next = path
            self.file_unwanted.emit()
        elif engine is None or self.phase is not Phase.READY:
            self.refused.emit(self._busy_sentence(path.name))
        else:
            self._path = path
            self._read(path.name, lambda: engine.transcribe_channels(path))

    @Slot(object)
    def recover(self, session: Unfinished) -> None:
        """Bring an unfinished session back on a fresh page."""
        engine = self._engine
        name = self.tr("Session of {when}").format(when=f"{session.started:%d %B %Y, %H:%M}")
        if engine is None or self.phase is not Phase.READY:
            self.refused.emit(self._busy_sentence(name))
            return
        self._path = None
        self._read(name, lambda: engine.recover(session))

    @Slot()
    def cancel_file(self) -> None:
        """Give the file up; what was found in it stays on the page."""
        self._is_cancelled = True
        self.file_unwanted.emit()

    @Slot()
    def new_page(self) -> None:
        """Put the page aside for an empty one."""
        if self.phase is Phase.READY:
            self._turn_page()

    @Slot()
    def drop_page(self) -> None:
        """Empty a page that is told otherwise elsewhere."""
        if self.phase is Phase.READY and self._model.rowCount():
            self._model.show(Transcript(segments=(), seconds=0.0))

    @Slot()
    def bring_back(self) -> None:
        """Exchange the page for the one that was put aside."""
        if self._aside is not None and self.phase is Phase.READY:
            self._aside, back = self._model.transcript, self._aside
            self._model.show(back)

    @Slot()
    def on_started(self) -> None:
        """The device is open."""
        self._enter(Phase.LISTENING)

    @Slot()
    def on_session_stopped(self) -> None:
        """The session has ended, by request or by failure."""
        self._model.end()
        self._enter(Phase.READY)

    @Slot(object)
    def on_advanced(self, step: Step) -> None:
        """A file has given a segment, a gap or a note, or come further."""
        self._open_page()
        if isinstance(step, Segment):
            self._model.hear(FinalResult(step))
        elif isinstance(step, Gap):
            self._model.hear(GapFound(step))
        elif isinstance(step, VoicesApart):
            self.voices_apart.emit(self._path)
        elif isinstance(step, Message):
            self.noted.emit(str(step))
        else:
            self._read_to = step.seconds, step.total or 0.0
            self._model.reach(step.seconds)  # a subtitle at the end may stand in its silence
            self.progressed.emit(*self._read_to)

    @Slot(bool)
    def on_file_stopped(self, complete: bool) -> None:
        """The file is done with; what was found in it is kept."""
        again, self._next = self._next, None
        if again is not None and not complete:
            self._opening = ""
            self._enter(Phase.READY)
            self.drop_page()
            self.hear_channels(again)
            return
        if complete:
            self._open_page()
        elif self._is_cancelled and not self._opening:
            seconds, total = self._read_to
            sentence = self.tr("«{name}» was read up to {place}; the rest is missing.")
            sentence = sentence.format(name=self._model.source, place=clock(seconds))
            self._model.break_off(seconds, total, sentence)
            self.broken_off.emit(sentence)
        is_opened, self._opening = not self._opening, ""
        self._enter(Phase.READY)
        if self._path is None:
            self.recovered.emit()
        elif is_opened and self._model.has_text:
            self.file_read.emit(self._model.transcript, self._path)

    def _listen(self) -> None:
        is_alone = not self._settings_store.settings.with_system
        both = self.tr("Microphone and system sound")
        source = self.tr("Microphone") if is_alone else both
        self._model.begin(source, datetime.now(UTC))
        self._enter(Phase.STARTING)
        self.session_wanted.emit(self._factory())

    def _factory(self) -> SessionFactory:
        """Return how a session is opened with the settings of this moment."""
        engine, folder, wanted = self._engine, self._folder, self._settings_store.settings
        assert engine is not None  # there is no READY without one

        def factory() -> Session:
            return engine.open_session(
                wanted.device or None,
                folder,
                with_system=wanted.with_system,
                pause=wanted.pause,
            )

        return factory

    def _prepare(self) -> None:
        """Hear before the button if that is wished for and the button would listen."""
        is_wanted = self.phase is Phase.READY and self._settings_store.settings.pre_roll
        self.pre_roll_wanted.emit(self._factory() if is_wanted else None)

    def _read(self, name: str, factory: StepsFactory) -> None:
        self._opening, self._is_cancelled, self._read_to = name, False, (0.0, 0.0)
        self._enter(Phase.READING)
        self.reading.emit(name)
        self.file_wanted.emit(factory)

    def _open_page(self) -> None:
        """Take a fresh page once the file can be read; until then, the page stays."""
        if name := self._opening:
            self._opening = ""
            self._turn_page()
            self._model.begin(name)

    def _turn_page(self) -> None:
        """Start an empty page; a page with text can be brought back."""
        page = self._model.transcript
        self._model.show(Transcript(segments=(), seconds=0.0))
        if page.segments:
            self._aside = page
            self.page_put_aside.emit()

    def _busy_sentence(self, name: str) -> str:
        reasons = {
            Phase.LOADING: self.tr("«{name}» cannot be opened before the model is loaded."),
            Phase.UNAVAILABLE: self.tr("«{name}» cannot be opened without a model."),
            Phase.READING: self.tr("«{name}» must wait until the file before it is finished."),
        }
        stop_first = self.tr("Stop listening before you open «{name}».")
        return reasons.get(self.phase, stop_first).format(name=name)

    def _enter(self, phase: Phase) -> None:
        self.phase = phase
        self.phase_changed.emit(phase)
        if phase in (Phase.READY, Phase.READING):
            self._prepare()


def _as_one_voice(engine: Engine, path: Path) -> Iterator[Step]:
    """Read a file, and tell first if it holds two voices that could be told apart."""
    if are_apart(path):
        yield VoicesApart()
    yield from engine.transcribe_file(path)
