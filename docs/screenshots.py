"""Make the README's pictures from the running program: speech, sound system, window.

    python docs/screenshots.py [--pack FOLDER] [--into FOLDER]

An X server and a PulseAudio daemon are started, whose microphone and loudspeakers are
null sinks. The window is opened inside them, its keys are pressed, and the tests' clips are
spoken into the microphone and played over the loudspeakers. Needs Xvfb and pulseaudio.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from benchmarks.virtual_microphone import VirtualMicrophone

DOCS: Final = Path(__file__).resolve().parent
ROOT: Final = DOCS.parent
sys.path.insert(0, str(ROOT))

CLIPS: Final = ROOT / "tests" / "clips"
ME: Final = ["1272-128104-0000.opus", "1272-128104-0003.opus"]  # one speaker
THEM: Final = ["777-126732-0002.opus", "777-126732-0000.opus"]  # another
FILES: Final = ["1673-143396-0015.opus", "652-129742-0000.opus", "652-129742-0019.opus"]
PATIENCE_S: Final = 60.0


def main() -> int:
    """Take the pictures, and return the exit status."""
    from asr.errors import AsrError
    from benchmarks import virtual_microphone, virtual_screen

    options = parsed_options()
    if missing := virtual_microphone.missing() or virtual_screen.missing():
        return complain(missing)
    with ExitStack() as stage:
        home = Path(stage.enter_context(tempfile.TemporaryDirectory()))
        microphone = stage.enter_context(
            virtual_microphone.VirtualMicrophone(virtual_microphone.STEADY_MS)
        )
        load_speakers()
        os.environ.update(
            EARSHOT_HOME=str(home),
            XDG_CONFIG_HOME=str(home / "config"),
            QT_QPA_PLATFORM="xcb",
            DISPLAY=stage.enter_context(virtual_screen.screen()),
        )
        photographer = Photographer(microphone, options.into, options.pack)
        stage.callback(photographer.close)
        try:
            photographer.work()
        except (AsrError, TimeoutError) as error:
            return complain(str(error))
    return 0


def parsed_options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Make docs/*.png from the running program.")
    parser.add_argument("--pack", type=Path, help="another model than the embedded one")
    parser.add_argument("--into", type=Path, default=DOCS, help="folder of the pictures")
    return parser.parse_args()


def complain(sentence: str) -> int:
    """Say what went wrong; return the exit status for it."""
    sys.stderr.write(f"screenshots: {sentence}\n")
    return 1


def load_speakers() -> None:
    """Give the audio system loudspeakers, beside the microphone."""
    for command in (
        ["load-module", "module-null-sink", "sink_name=speakers", "norewinds=1"],
        ["set-default-sink", "speakers"],
    ):
        subprocess.run(["pactl", *command], check=True, capture_output=True)


class Photographer:
    """The running window, its user, and the camera."""

    def __init__(
        self, microphone: VirtualMicrophone, into: Path, pack: Path | None = None
    ) -> None:
        from asr.engine import Engine, EngineOptions
        from asr.pack import EMBEDDED
        from asr.places import data_folder
        from gui.app import AppContext, application_object
        from gui.settings import open_store

        self.application = application_object()
        self.microphone, self.into = microphone, into
        wanted = EngineOptions(pack=pack or EMBEDDED)
        sessions = data_folder() / "sessions"
        self.context = AppContext(
            self.application, lambda: Engine(wanted), sessions, open_store()
        )

    def work(self) -> None:
        """Take every picture. Raises TimeoutError if the program does not come along."""
        self.context.window.show()
        self.context.controller.load()
        self.context.window.librarian.open_library()
        self.until("READY")
        with self.room():
            self.listen()
            self.speak(ME[0])
            with self.speaking(ME[1]):
                self.spin(4.0)
                self.take("listening", "light")
            self.stop()
            self.context.window.control_bar.picker.system.trigger()
            self.listen()
            self.speak(ME[0])
            self.speak(THEM[0], "speakers")
            with self.speaking(ME[1]), self.speaking(THEM[1], "speakers"):
                self.spin(4.0)
                self.take("voices", "dark")
            self.stop()
            self.context.window.control_bar.picker.system.trigger()
        with self.room():
            self.listen()
            self.speak(ME[0])
            self.microphone.unplug()
            self.until_told("went away")
            self.spin(2.0)
            self.take("unplugged", "light")
        self.microphone.plug()
        self.until_told("went away", is_told=False)
        with self.room():
            self.speak(ME[1])
            self.take("plugged", "light")
            self.stop()
        for clip in FILES:
            self.read(clip)
        for appearance in ("light", "dark"):
            self.take_library(appearance)

    def take_library(self, appearance: str) -> None:
        """Take the pictures of the pages that show what was kept."""
        from gui.export.dialog import ExportDialog
        from gui.library.model import EntryRole
        from gui.pages import Page

        window, page = self.context.window, self.context.window.library
        window.actions_["show_library"].trigger()
        voices = next(entry for entry in page.model.entries if len(entry.speakers) > 1)
        row = [entry.id for entry in page.model.entries].index(voices.id)
        page.model.rename_wanted.emit(voices.id, "Two readers")
        page.tags_wanted.emit(voices.id, ("novel", "second reading"))
        page.list.setCurrentIndex(page.model.index(row))
        self.wait_for(lambda: page.model.index(row).data(EntryRole.TAGS), "tags")
        self.take("library", appearance)
        page.search.setText("the")
        self.wait_for(lambda: page.hits.rowCount(), "hits")
        self.take("search", appearance)
        page.search.clear()
        page.open_wanted.emit(voices.id, None)
        self.wait_for(lambda: window._shown is Page.EDITOR, "editor")
        self.spin(0.5)
        self.take("editor", appearance)
        window.actions_["play_here"].trigger()
        self.spin(3.0)
        self.take("editor-playing", appearance)
        window.actions_["play"].trigger()
        window.actions_["export"].trigger()
        self.wait_for(lambda: window.findChild(ExportDialog), "export")
        dialog = window.findChild(ExportDialog)
        dialog.formats.setCurrentRow(1)
        self.spin(0.3)
        picture = self.into / f"window-export-{appearance}.png"
        dialog.grab().save(str(picture))
        sys.stdout.write(f"{picture}\n")
        dialog.reject()
        window.actions_["back"].trigger()
        self.spin(0.5)

    def read(self, clip: str) -> None:
        """Let the window read a file."""
        self.context.controller.open_file(CLIPS / clip)
        self.until("READY")
        self.spin(0.5)

    def wait_for(self, is_there: Callable[[], object], what: str) -> None:
        """Let the program run until something is there."""
        end = time.monotonic() + PATIENCE_S
        while not is_there():
            if time.monotonic() > end:
                raise TimeoutError(f"There was no {what} after {PATIENCE_S:.0f} s.")
            self.spin(0.02)

    def listen(self) -> None:
        """Begin to listen on an empty page."""
        self.turn_page()
        self.context.controller.toggle()
        self.until("LISTENING")

    def stop(self) -> None:
        """Stop, and wait for the last words."""
        self.context.controller.toggle()
        self.until("READY")

    def turn_page(self) -> None:
        """Begin an empty page, with nothing told above it."""
        from gui.widgets.notice_bar import NoticeBar

        self.context.controller.new_page()
        for bar in self.context.window.notices.findChildren(NoticeBar):
            bar.closed.emit()

    def take(self, name: str, appearance: str) -> None:
        """Save the window as it is, in light or in dark."""
        for choice in self.context.window.actions_.appearances.actions():
            if choice.data() == appearance:
                choice.trigger()
        self.spin(0.15)
        picture = self.into / f"window-{name}-{appearance}.png"
        self.context.window.grab().save(str(picture))
        sys.stdout.write(f"{picture}\n")

    def speak(self, clip: str, sink: str = "mic") -> None:
        """Speak a clip to its end, and be silent until it is final."""
        with self.speaking(clip, sink) as player:
            while player.poll() is None:
                self.spin(0.05)
        self.spin(1.5)

    @contextmanager
    def speaking(self, clip: str, sink: str = "mic") -> Iterator[subprocess.Popen[bytes]]:
        """Speak a clip meanwhile, and to its end."""
        with self.microphone.start_speaking(CLIPS / clip, sink) as player:
            yield player

    @contextmanager
    def room(self) -> Iterator[None]:
        """Let the faint noise of a room be heard; a sink that rests is as silent as no room."""
        import numpy as np
        import soundfile

        noise = np.random.default_rng(1).normal(0, 0.0015, 90 * 16_000)
        with tempfile.NamedTemporaryFile(suffix=".wav") as sound:
            soundfile.write(sound.name, noise.astype(np.float32), 16_000)
            with self.speaking(sound.name) as player:
                yield
                player.terminate()

    def until(self, phase: str) -> None:
        """Let the program run until it is in a phase."""
        end = time.monotonic() + PATIENCE_S
        while self.context.controller.phase.name != phase:
            if time.monotonic() > end or self.context.controller.phase.name == "UNAVAILABLE":
                said = "; ".join(self.context.window.notices.sentences)
                raise TimeoutError(said or f"The window was not {phase} in {PATIENCE_S:.0f} s.")
            self.spin(0.02)

    def until_told(self, words: str, *, is_told: bool = True) -> None:
        """Let the program run until a sentence with these words is shown, or is no more."""
        end = time.monotonic() + PATIENCE_S
        while any(words in one for one in self.context.window.notices.sentences) != is_told:
            if time.monotonic() > end:
                raise TimeoutError(f"«{words}» did not come or go in {PATIENCE_S:.0f} s.")
            self.spin(0.02)

    def spin(self, seconds: float) -> None:
        """Let the program run for a while."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.application.processEvents()
            time.sleep(0.005)

    def close(self) -> None:
        """Close the window and end its threads."""
        self.context.window.close()
        self.context.close()


if __name__ == "__main__":
    sys.exit(main())
