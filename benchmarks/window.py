"""The window at size: the editor, the library, a click and its sound, the event loop.

    python -m benchmarks.window [--seconds 20] [--quick] [--only sound]

Runs on the display that there is, or Qt's offscreen one, with a virtual microphone and
loudspeaker (PulseAudio). A gap is the time between two turns of the event loop. Figures are
by the clock, which a busy machine makes worse (the load average is printed beside them);
those of one thread are given by its processor's time, too. Prints a table and, last, one
JSON line.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import chain, count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from asr.engine import Engine
    from asr.transcript import Transcript
    from gui.app import AppContext
    from gui.editor.view import EditorView

ROOT: Final = Path(__file__).resolve().parents[1]
WORDS: Final = (30_000, 100_000)
ENTRIES: Final = 10_000
EAR_MS: Final = 5  # of sound in a block that is listened to
LOUD: Final = 300  # of 32,768
PATIENCE_S: Final = 120.0
CLIP: Final = ROOT / "tests" / "clips" / "1272-128104-0003.opus"
CLIP_TIMES: Final = 30  # in the file that is read: 5 minutes
QUERIES: Final = ("the", "prophet mind", "zebra", "mi", "welcome his gospel")
SENTENCE: Final = (
    "mister quilter is the apostle of the middle classes and we are glad to welcome his gospel "
    "thus they can only interpret the mind of the prophet and have no object of value"
)
SAID: Final = SENTENCE.split()


def main() -> None:
    """Measure, and print a table and a line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=20.0, help="of live and playback")
    parser.add_argument("--quick", action="store_true", help="a tenth of all sizes")
    parser.add_argument("--only", choices=("editor", "library", "sound"), help="one part")
    options = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    from benchmarks.virtual_microphone import VirtualMicrophone, missing

    if missing():
        sys.exit(missing())
    os.environ.setdefault("QT_QPA_PLATFORM", "" if "DISPLAY" in os.environ else "offscreen")
    share = 10 if options.quick else 1
    figures: dict[str, float] = {}
    with ExitStack() as stage:
        home = Path(stage.enter_context(tempfile.TemporaryDirectory()))
        os.environ.update(EARSHOT_HOME=str(home), XDG_CONFIG_HOME=str(home))
        microphone = stage.enter_context(VirtualMicrophone())
        load_speakers()
        from gui.app import application_object

        application = application_object()
        wanted = {options.only} if options.only else {"editor", "library", "sound"}
        if "editor" in wanted:
            for n_words in WORDS:
                figures |= editor(application, n_words // share)
        if wanted & {"library", "sound"}:
            fill_library(home, ENTRIES // share)
        if "library" in wanted:
            figures |= library(application, home)
        if "sound" in wanted:
            figures |= playing(application, home, microphone, options.seconds)
    figures["load average"] = os.getloadavg()[0]
    for name, value in figures.items():
        print(f"{name:44}{value:10.1f}")
    print(json.dumps(figures))


def load_speakers() -> None:
    """Give the audio system a loudspeaker that nobody hears."""
    for command in (
        ["load-module", "module-null-sink", "sink_name=speakers"],
        ["set-default-sink", "speakers"],
    ):
        subprocess.run(["pactl", *command], check=True, capture_output=True)


def transcript(n_words: int, **fields: Any) -> Transcript:
    """Return so many words in utterances of a natural length."""
    from asr.transcript import Segment, Transcript, Word

    chance = random.Random(1)
    segments: list[Segment] = []
    now = 0.0
    while n_words > 0:
        n = min(n_words, chance.randint(5, 25))
        words = []
        for _ in range(n):
            words.append(Word(chance.choice(SAID), now, now + 0.3, chance.random() ** 0.2))
            now += 0.36
        segments.append(Segment(tuple(words), words[0].start, words[-1].end))
        n_words -= n
    return Transcript(segments=tuple(segments), seconds=now, **fields)


# ── The editor ──────────────────────────────────────────────────────────────────────


def editor(application: QApplication, n_words: int) -> dict[str, float]:
    """Open a transcript of so many words, and type in its middle."""
    from gui.editor.view import EditorView
    from gui.style.theme import LIGHT

    view = EditorView()
    view.resize(960, 600)
    view.apply_theme(LIGHT)
    view.set_font_points(14)
    view.show()
    application.processEvents()
    said = transcript(n_words)
    start, used = time.perf_counter(), time.thread_time()
    view.show_transcript(said)
    application.processEvents()
    opened, used = time.perf_counter() - start, time.thread_time() - used
    pairs = list(typed(application, view))
    keys, alone = sorted(clock for clock, _ in pairs), sorted(own for _, own in pairs)
    view.close()
    name = f"{n_words:,} words:"
    return {
        f"{name} open, s": opened,
        f"{name} open, s of the processor": used,
        f"{name} a key, median ms": keys[len(keys) // 2],
        f"{name} a key, p99 ms": keys[int(len(keys) * 0.99)],
        f"{name} a key, worst ms": keys[-1],
        f"{name} a key, p99 ms of the processor": alone[int(len(alone) * 0.99)],
    }


def typed(application: QApplication, view: EditorView) -> Iterator[tuple[float, float]]:
    """Press keys, Return and undo among them; yield ms by the clock and of the processor."""
    from PySide6.QtCore import Qt
    from PySide6.QtTest import QTest

    cursor = view.textCursor()
    cursor.setPosition(view.document().characterCount() // 2)
    view.setTextCursor(cursor)
    control = Qt.KeyboardModifier.ControlModifier
    for number in range(300):
        start, used = time.perf_counter(), time.thread_time()
        if number % 20 == 19:
            QTest.keyClick(view, Qt.Key.Key_Return)
        elif number % 20 in (5, 15):
            QTest.keyClick(view, Qt.Key.Key_Z, control)
        elif number % 7 == 6:
            QTest.keyClick(view, Qt.Key.Key_Space)
        elif number % 11 == 6:
            QTest.keyClick(view, Qt.Key.Key_Backspace)
        else:
            QTest.keyClick(view, Qt.Key.Key_A)
        application.processEvents()
        took = time.perf_counter() - start, time.thread_time() - used
        yield took[0] * 1000, took[1] * 1000


# ── The library ─────────────────────────────────────────────────────────────────────


def fill_library(home: Path, n_entries: int) -> None:
    """Put entries into a library, one of them of three hours with sound."""
    import soundfile

    from asr.library import Library
    from benchmarks.library import session, write_entries

    chance = random.Random(2)
    with Library.open(home, home / "sessions") as library:
        write_entries(home, (session(n, chance.choices(SAID, k=30)) for n in range(n_entries)))
        for _ in library.refresh():
            pass
        long = transcript(WORDS[0], source="long.flac")
        noise = np.random.default_rng(1).normal(0, 0.1, 600 * 16_000)
        soundfile.write(home / "long.flac", noise.astype(np.float32), 16_000)
        library.add_file(long, home / "long.flac")


@contextmanager
def window(
    application: QApplication, home: Path, engines: list[Engine] | None = None
) -> Iterator[AppContext]:
    """Open the window, and close it; the list gets its engine when it is loaded."""
    from asr.engine import Engine, EngineOptions
    from gui.app import AppContext
    from gui.settings import open_store

    def load() -> Engine:
        engine = Engine(EngineOptions())
        if engines is not None:
            engines.append(engine)
        return engine

    context = AppContext(application, load, home / "sessions", open_store())
    context.window.resize(960, 720)
    context.window.show()
    try:
        yield context
    finally:
        context.window.close()
        context.close()


def wait(application: QApplication, is_there: Callable[[], object]) -> float:
    """Let the window run until something is there; return how long it took, in seconds."""
    start = time.perf_counter()
    while not is_there():
        application.processEvents()
        if time.perf_counter() - start > PATIENCE_S:
            raise TimeoutError("The window did not come along.")
    return time.perf_counter() - start


def library(application: QApplication, home: Path) -> dict[str, float]:
    """Open the library, scroll it to its end, and search it."""
    figures: dict[str, float] = {}
    with window(application, home) as context:
        page = context.window.library
        context.window.actions_["show_library"].trigger()
        context.window.librarian.open_library()
        figures["library: open, s"] = wait(application, page.model.rowCount)
        spin(application, 2.0)  # the look for what is not in it yet lists once more
        gaps, alone = [], []
        bar = page.list.verticalScrollBar()
        for _ in range(600):
            start, used = time.perf_counter(), time.thread_time()
            bar.setValue(bar.value() + 1600)
            application.processEvents()
            gaps.append((time.perf_counter() - start) * 1000)
            alone.append((time.thread_time() - used) * 1000)
            time.sleep(0.005)
        figures["library: entries scrolled over"] = page.model.rowCount()
        figures["library: scroll, worst gap ms"] = max(gaps)
        figures["library: scroll, worst ms of the processor"] = max(alone)
        answers = []
        for query in QUERIES:
            for end in range(1, len(query) + 1):
                page.search.setText(query[:end])
                asked = query[:end].strip()
                took = wait(application, lambda asked=asked: page._answered == asked)
                answers.append(took * 1000)
        answers.sort()
        figures["search: key to hits, p95 ms"] = answers[int(len(answers) * 0.95)]
        page.search.clear()
    return figures


# ── Sound ───────────────────────────────────────────────────────────────────────────


def playing(
    application: QApplication, home: Path, microphone: Any, seconds: float
) -> dict[str, float]:
    """Click words of the long entry; then play it while a session runs, and type."""
    from PySide6.QtCore import Qt
    from PySide6.QtTest import QTest

    from asr.transcript import Segment
    from gui.phase import Phase

    engines: list[Engine] = []
    with ears() as heard, window(application, home, engines) as context:
        context.controller.load()
        context.window.librarian.open_library()
        wait(application, lambda: context.controller.phase is Phase.READY)
        view = context.window.editor.view
        page = context.window.library
        entry = next(one for one in page.model.entries if one.source == "long.flac")
        page.open_wanted.emit(entry.id, None)
        wait(application, lambda: context.window.editor.entry)
        spin(application, 1.0)
        clicks = []
        for number in range(40):
            place = list(view.edited.places(number % 8))[number % 5]
            cursor = view.textCursor()
            cursor.setPosition(place.start + 1)
            point = view.cursorRect(cursor).center()
            heard.clear()
            start = time.perf_counter()
            QTest.mouseClick(
                view.viewport(),
                Qt.MouseButton.LeftButton,
                Qt.KeyboardModifier.NoModifier,
                point,
            )
            wait(application, lambda: heard)
            clicks.append((heard[0] - start) * 1000)
            spin(application, 0.8)
        clicks.sort()
        context.controller.toggle()
        wait(application, lambda: context.controller.phase is Phase.LISTENING)
        page.open_wanted.emit(entry.id, None)
        wait(application, lambda: context.window.editor.isVisible())
        spin(application, 1.0)
        context.window.editor.playback.play_here()
        with microphone.start_speaking(CLIP):
            gaps = sorted(spin(application, seconds))
        with microphone.start_speaking(CLIP), reading(engines[0], home) as read:
            more_gaps = sorted(spin(application, seconds))
        assert read, "nothing of the file was read"
        context.controller.toggle()
        wait(application, lambda: context.controller.phase is Phase.READY)
    return {
        "click to its sound, median ms": clicks[len(clicks) // 2],
        "click to its sound, p95 ms": clicks[int(len(clicks) * 0.95)],
        "live and playback: gap, p99 ms": gaps[int(len(gaps) * 0.99)],
        "live and playback: gap, worst ms": gaps[-1],
        "live, a file and playback: gap, p99 ms": more_gaps[int(len(more_gaps) * 0.99)],
        "live, a file and playback: gap, worst ms": more_gaps[-1],
        "live, a file and playback: utterances read": sum(
            isinstance(step, Segment) for step in read
        ),
    }


@contextmanager
def reading(engine: Engine, home: Path) -> Iterator[list[object]]:
    """Recognise a file over and over, on a thread and in steps as the window does.

    The window itself reads files only while it does not listen. The list gets its steps.
    """
    import soundfile
    from PySide6.QtCore import QObject, Signal, Slot

    from asr.audio import SAMPLE_RATE
    from asr.audio.files import read_audio
    from gui.workers.file_worker import FileWorker
    from gui.workers.worker_thread import WorkerThread

    class Reader(QObject):
        """Takes the steps on this thread, so that they have their part in the gaps."""

        begin = Signal(object)

        @Slot(object)
        def take(self, step: object) -> None:
            steps.append(step)

    path = home / "talk.flac"
    soundfile.write(path, np.tile(read_audio(CLIP), CLIP_TIMES), SAMPLE_RATE)
    steps: list[object] = []
    reader, worker = Reader(), FileWorker()
    worker.advanced.connect(reader.take)
    worker.failed.connect(print)
    thread = WorkerThread(worker)
    endless = chain.from_iterable(engine.transcribe_file(path) for _ in count())
    reader.begin.connect(worker.start)
    reader.begin.emit(lambda: endless)
    try:
        yield steps
    finally:
        thread.close()


@contextmanager
def ears() -> Iterator[list[float]]:
    """Listen to the loudspeaker; the list gets the time of each block that is not silent."""
    heard: list[float] = []
    command = ["parec", "-d", "speakers.monitor", "--raw", "--rate=16000", "--channels=1"]
    command += ["--format=s16le", f"--latency-msec={EAR_MS}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as recorder:
        stream = recorder.stdout
        assert stream is not None

        def listen() -> None:
            while block := stream.read(32 * EAR_MS):
                if np.abs(np.frombuffer(block, np.int16)).max() > LOUD:
                    heard.append(time.perf_counter())

        ear = threading.Thread(target=listen, daemon=True)
        ear.start()
        yield heard
        recorder.terminate()
        ear.join()  # it reads to the end, before the pipe is closed


def spin(application: QApplication, seconds: float) -> list[float]:
    """Let the window run; return the time between its turns, in ms."""
    gaps = []
    end = time.perf_counter() + seconds
    before = time.perf_counter()
    while before < end:
        application.processEvents()
        time.sleep(0.001)
        now = time.perf_counter()
        gaps.append((now - before) * 1000)
        before = now
    return gaps


if __name__ == "__main__":
    main()
