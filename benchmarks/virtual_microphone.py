"""A microphone where there is none: a PulseAudio daemon of our own, heard by PortAudio.

    paplay ──▶ null sink «mic» ──▶ its monitor ──▶ source «virtmic» ──▶ ALSA ──▶ PortAudio

Unloading the sink is the cable being pulled, loading it again is the cable put back. The
environment of this process is changed while the microphone is there, because PortAudio
reads it; so start it before the first use of sounddevice.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import numpy as np
import soundfile
from numpy.typing import NDArray

RATE: Final = 48_000  # Hz; the sink's own
# An idle sink that may rewind works two seconds ahead, and its first sound is as late.
SINK: Final = ["module-null-sink", "sink_name=mic", f"rate={RATE}", "channels=2", "norewinds=1"]
SOURCE: Final = ["module-remap-source", "master=mic.monitor", "source_name=virtmic"]
NEEDED: Final = ("pulseaudio", "pactl", "paplay")
START_TIMEOUT_S: Final = 60.0  # on a machine that has much else to do
PLAYER_MS: Final = 20  # the player's own buffer
# For whole clips: with 20 ms a busy machine puts holes of some 10 ms into what is spoken,
# which no ledger can know of and which read as lost words.
STEADY_MS: Final = 200
ALSA: Final = """</usr/share/alsa/alsa.conf>
pcm.!default { type pulse }
ctl.!default { type pulse }
"""


def missing() -> str:
    """Return a sentence that says what is not installed; empty if nothing is missing."""
    lacking = [name for name in NEEDED if shutil.which(name) is None]
    if not lacking:
        return ""
    return f"{', '.join(lacking)} not found: apt-get install pulseaudio pulseaudio-utils"


class VirtualMicrophone:
    """Runs from `__enter__` to `__exit__`, and leaves no process behind.

    >>> with VirtualMicrophone() as microphone:
    ...     microphone.speak(path)
    ...     microphone.unplug()
    """

    def __init__(self, player_ms: int = PLAYER_MS) -> None:
        self._player_ms = player_ms
        self._folder = Path(tempfile.mkdtemp(prefix="virtual-microphone-"))
        self._changed = {
            "XDG_RUNTIME_DIR": str(self._folder),
            "PULSE_SERVER": f"unix:{self._folder}/pulse/native",
            "ALSA_CONFIG_PATH": str(self._folder / "asound.conf"),
        }
        self._before = {name: os.environ.get(name) for name in self._changed}
        self._daemon: subprocess.Popen[bytes] | None = None
        self._modules: list[str] = []

    def __enter__(self) -> Self:
        (self._folder / "asound.conf").write_text(ALSA)
        os.environ.update(self._changed)
        self._daemon = subprocess.Popen(
            ["pulseaudio", "-n", "--exit-idle-time=-1", "--daemonize=no",
             "-L", "module-native-protocol-unix"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        deadline = time.monotonic() + START_TIMEOUT_S
        while subprocess.run(["pactl", "info"], capture_output=True, check=False).returncode:
            if time.monotonic() > deadline:
                self.__exit__(None, None, None)
                raise TimeoutError("pulseaudio did not start")
            time.sleep(0.05)
        self.plug()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._daemon is not None:
            self._daemon.terminate()
            try:
                self._daemon.wait(20)
            except subprocess.TimeoutExpired:
                self._daemon.kill()
                self._daemon.wait()
        for name, value in self._before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value
        shutil.rmtree(self._folder, ignore_errors=True)

    def plug(self) -> None:
        """Put the cable in."""
        self._modules = [_pactl("load-module", *module) for module in (SINK, SOURCE)]

    def unplug(self) -> None:
        """Pull the cable out."""
        for module in reversed(self._modules):
            _pactl("unload-module", module)
        self._modules = []

    def speak(self, sound: Path) -> None:
        """Play a file into the microphone and wait until it has been heard."""
        self.start_speaking(sound).wait()

    def start_speaking(self, sound: Path, sink: str = "mic") -> subprocess.Popen[bytes]:
        """Begin to play a file; return the player."""
        return subprocess.Popen(
            ["paplay", f"--latency-msec={self._player_ms}", f"--device={sink}", str(sound)]
        )

    def say(self, samples: NDArray[np.float32], rate: int) -> None:
        """Play samples into the microphone and wait until they have been heard."""
        path = self._folder / "said.wav"
        soundfile.write(path, samples, rate)
        self.speak(path)


def _pactl(*arguments: str) -> str:
    command = ["pactl", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
