"""Make docs/*.png from the running program: real speech, a real audio system, a real window.

    python docs/screenshots.py [--data FOLDER] [--pack FOLDER] [--into FOLDER]

The program is started twice over: this process starts an X server and a PulseAudio daemon
whose microphone is a null sink, and runs itself again inside them; that one opens the
window, presses its keys, and speaks utterances of FOLDER/dev-libri.tsv into the sink.
Needs Xvfb, pulseaudio and paplay.
"""

from __future__ import annotations

import argparse
import csv
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from asr.audio import Samples

DOCS: Final = Path(__file__).resolve().parent
sys.path.insert(0, str(DOCS.parent))

UTTERANCES: Final = 3
SCREEN: Final = "1280x900x24"
PATIENCE_S: Final = 60.0
ALSA: Final = """
</usr/share/alsa/alsa.conf>
pcm.!default { type pulse }
ctl.!default { type pulse }
"""


def main() -> int:
    """Take the pictures, and return the exit status."""
    options = parsed_options()
    missing = [tool for tool in ("Xvfb", "pulseaudio", "paplay") if not shutil.which(tool)]
    if missing:
        return complain(f"{', '.join(missing)} must be installed first.")
    if not (options.data / "dev-libri.tsv").is_file():
        return complain(f"there is no speech in «{options.data}»: name its folder by --data.")
    if options.inside:
        return take_pictures(options)
    with tempfile.TemporaryDirectory() as folder, stage(Path(folder)) as environment:
        command = [sys.executable, __file__, "--inside", *sys.argv[1:]]
        return subprocess.run(command, env=environment, check=False).returncode


def parsed_options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Make docs/*.png from the running program.")
    parser.add_argument("--data", type=Path, default=Path("data"), help="folder of the corpora")
    parser.add_argument("--pack", type=Path, help="another model than the embedded one")
    parser.add_argument("--decoder", choices=["beam", "greedy"], default="beam")
    parser.add_argument("--into", type=Path, default=DOCS, help="folder of the pictures")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def complain(sentence: str) -> int:
    """Say what went wrong; return the exit status for it."""
    sys.stderr.write(f"screenshots: {sentence}\n")
    return 1


@contextmanager
def stage(folder: Path) -> Iterator[dict[str, str]]:
    """Start a screen and a microphone; yield the environment in which they are found."""
    alsa = folder / "alsa.conf"
    alsa.write_text(ALSA, encoding="utf-8")
    environment = {
        **os.environ,
        "XDG_RUNTIME_DIR": str(folder),
        "ALSA_CONFIG_PATH": str(alsa),
        "EARSHOT_HOME": str(folder / "home"),
        "XDG_CONFIG_HOME": str(folder / "config"),
        "QT_QPA_PLATFORM": "xcb",
    }
    environment.pop("PULSE_SERVER", None)
    with running(pulseaudio(), environment), screen(environment) as display:
        wait_for(lambda: speaks(environment), "PulseAudio")
        yield {**environment, "DISPLAY": display}


def pulseaudio() -> list[str]:
    """Return the command of a daemon whose only microphone is what is played into `mic`."""
    modules = [
        "module-native-protocol-unix",
        "module-null-sink sink_name=mic rate=48000 channels=2",
        "module-remap-source master=mic.monitor source_name=virtmic "
        "source_properties=device.description=Microphone",
    ]
    loads = [word for module in modules for word in ("-L", module)]
    return ["pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", *loads]


@contextmanager
def screen(environment: dict[str, str]) -> Iterator[str]:
    """Start an X server on a free display; yield the display's name."""
    reader, writer = os.pipe()
    command = ["Xvfb", "-displayfd", str(writer), "-screen", "0", SCREEN, "-nolisten", "tcp"]
    with running(command, environment, keep_open=writer):
        os.close(writer)
        with os.fdopen(reader) as answer:
            yield f":{answer.readline().strip()}"


@contextmanager
def running(
    command: list[str], environment: dict[str, str], *, keep_open: int | None = None
) -> Iterator[None]:
    """Keep a program running for a while."""
    program = subprocess.Popen(
        command,
        env=environment,
        stderr=subprocess.DEVNULL,
        pass_fds=() if keep_open is None else (keep_open,),
    )
    try:
        yield
    finally:
        program.terminate()
        with suppress(subprocess.TimeoutExpired):
            program.wait(5)


def speaks(environment: dict[str, str]) -> bool:
    """Return whether the daemon answers and has its microphone."""
    command = ["pactl", "set-default-source", "virtmic"]
    answer = subprocess.run(command, env=environment, capture_output=True, check=False)
    return answer.returncode == 0


def wait_for(ready: Callable[[], bool], what: str) -> None:
    """Wait until something is ready; give up in the end."""
    end = time.monotonic() + 10
    while not ready():
        if time.monotonic() > end:
            raise TimeoutError(f"{what} did not start.")
        time.sleep(0.1)


def take_pictures(options: argparse.Namespace) -> int:
    """Drive the window from the empty page to a file; return the exit status."""
    from asr.errors import AsrError

    photographer = Photographer(options)
    try:
        photographer.work([*utterances(options.data)])
    except (AsrError, TimeoutError) as error:
        return complain(str(error))
    finally:
        photographer.close()
    return 0


def utterances(data: Path) -> Iterator[Path]:
    """Yield the first long utterances of the list."""
    with (data / "dev-libri.tsv").open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        long = (row for row in rows if 4.0 < float(row["seconds"]) < 9.0)
        for row, _ in zip(long, range(UTTERANCES), strict=False):
            yield data / row["path"]


@contextmanager
def playing(samples: Samples) -> Iterator[subprocess.Popen[bytes]]:
    """Play samples into the microphone meanwhile, and to their end."""
    import soundfile

    from asr.audio import SAMPLE_RATE

    with tempfile.NamedTemporaryFile(suffix=".wav") as sound:
        soundfile.write(sound.name, samples, SAMPLE_RATE)
        with subprocess.Popen(["paplay", "-d", "mic", sound.name]) as player:
            yield player


class Photographer:
    """The running window, its user, and the camera."""

    def __init__(self, options: argparse.Namespace) -> None:
        from PySide6.QtCore import QSettings

        from asr.engine import Engine, EngineOptions
        from asr.pack import EMBEDDED
        from asr.places import data_folder
        from gui.app import Desk, application_object

        self.application = application_object()
        self.into: Path = options.into
        wanted = EngineOptions(pack=options.pack or EMBEDDED, decoder=options.decoder)
        sessions = data_folder() / "sessions"
        self.desk = Desk(self.application, lambda: Engine(wanted), sessions, QSettings())

    def work(self, speech: list[Path]) -> None:
        """Take every picture. Raises TimeoutError if the program does not come along."""
        flow = self.desk.flow
        self.desk.window.show()
        flow.load()
        self.until("READY")
        self.take("empty")
        with self.room():
            flow.toggle()
            self.until("LISTENING")
            for path in speech[:-1]:
                self.speak(path)
                self.spin(1.2)
            with self.speaking(speech[-1]):
                self.spin(2.5)
                self.take("listening")
            self.spin(1.2)
            flow.toggle()
            self.until("READY")
        self.take("final")
        flow.open_file(speech[0])
        self.until("READY")
        self.take("file")

    def take(self, name: str) -> None:
        """Save the window as it is, in light and in dark."""
        for choice in self.desk.window.actions_.appearances.actions()[1:]:
            choice.trigger()
            self.spin(0.15)
            picture = self.into / f"window-{name}-{choice.data()}.png"
            self.desk.window.grab().save(str(picture))
            sys.stdout.write(f"{picture}\n")

    def speak(self, path: Path) -> None:
        """Speak an utterance to its end."""
        with self.speaking(path) as player:
            while player.poll() is None:
                self.spin(0.05)

    @contextmanager
    def speaking(self, path: Path) -> Iterator[subprocess.Popen[bytes]]:
        """Speak an utterance meanwhile, and to its end."""
        from asr.audio.files import read_audio

        with playing(read_audio(path)) as player:
            yield player

    @contextmanager
    def room(self) -> Iterator[None]:
        """Let the faint noise of a room be heard; a sink that rests is as silent as no room."""
        import numpy as np

        noise = np.random.default_rng(1).normal(0, 0.0015, 60 * 16_000)
        with playing(noise.astype(np.float32)) as player:
            yield
            player.terminate()

    def until(self, phase: str) -> None:
        """Let the program run until it is in a phase."""
        end = time.monotonic() + PATIENCE_S
        while self.desk.flow.phase.name != phase:
            if time.monotonic() > end or self.desk.flow.phase.name == "UNAVAILABLE":
                said = "; ".join(self.desk.window.notices.sentences)
                raise TimeoutError(said or f"The window was not {phase} in {PATIENCE_S:.0f} s.")
            self.spin(0.02)

    def spin(self, seconds: float) -> None:
        """Let the program run for a while."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.application.processEvents()
            time.sleep(0.005)

    def close(self) -> None:
        """Close the window and end its threads."""
        self.desk.window.close()
        self.desk.close()


if __name__ == "__main__":
    sys.exit(main())
