"""Devices that refuse, with PortAudio pretended; the real one is in test_pulse."""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from asr.audio import devices
from asr.audio.microphone import Microphone
from asr.errors import DeviceError
from asr.live.keep_awake import KeepAwake

INPUT = {"name": "Mic", "index": 0, "max_input_channels": 1, "default_samplerate": 44_100.0}
OUTPUT = {"name": "Loud", "index": 1, "max_input_channels": 0, "default_samplerate": 48_000.0}


class PortAudioError(Exception):
    """Stands for sounddevice's own."""


class PortAudio:
    """Stands for the module: it has devices, opens streams at some rates, and counts."""

    PortAudioError = PortAudioError

    def __init__(self) -> None:
        self.default = SimpleNamespace(device=[0, 1])
        self.entries = [OUTPUT, INPUT]
        self.accepts: tuple[int, ...] = ()  # rates
        self.refusal: tuple[Any, ...] = ("Invalid sample rate", -9997)
        self.tried: list[int] = []  # rates
        self.channels = 0  # as the last stream was opened
        self.on_close: Callable[[], object] = lambda: None
        self.rescans = 0
        self.is_begun = True
        self.may_begin = True

    def InputStream(self, **settings: Any) -> Stream:  # noqa: N802
        return Stream(self, **settings)

    def query_devices(self, kind: str | None = None) -> Any:
        return INPUT if kind else self.entries

    def query_hostapis(self) -> list[dict[str, str]]:
        return [{"name": "MME"}, {"name": "Windows WASAPI"}]

    def _terminate(self) -> None:
        if not self.is_begun:
            raise PortAudioError("PortAudio not initialized", -10_000)
        self.is_begun = False

    def _initialize(self) -> None:
        if not self.may_begin:
            refuse()
        self.is_begun = True
        self.rescans += 1


class Stream:
    """Stands for an InputStream."""

    def __init__(
        self, portaudio: PortAudio, *, samplerate: int, channels: int, **_: Any
    ) -> None:
        self.active = False
        self._portaudio = portaudio
        portaudio.channels = channels
        portaudio.tried.append(samplerate)
        if samplerate not in portaudio.accepts:
            raise PortAudioError(*portaudio.refusal)

    def start(self) -> None:
        self.active = True

    def close(self) -> None:
        self._portaudio.on_close()
        self.active = False


@pytest.fixture
def portaudio(monkeypatch: pytest.MonkeyPatch) -> PortAudio:
    fake = PortAudio()
    monkeypatch.setitem(sys.modules, "sounddevice", fake)
    return fake


def test_the_own_rate_is_tried_first_and_others_after(portaudio: PortAudio) -> None:
    portaudio.accepts = (16_000,)
    microphone = Microphone()

    microphone.open()

    assert portaudio.tried == [44_100, 48_000, 16_000]
    assert microphone.rate == 16_000
    assert microphone.is_alive
    microphone.close()
    assert not microphone.is_alive


@pytest.mark.parametrize(("channel", "opened"), [(None, 2), (0, 8), (5, 8)])
def test_as_many_channels_are_opened_as_are_heard(
    portaudio: PortAudio, channel: int | None, opened: int
) -> None:
    portaudio.accepts = (44_100,)
    portaudio.entries = [INPUT | {"max_input_channels": 8}]

    microphone = Microphone(channel=channel)

    microphone.open()

    assert portaudio.channels == opened
    microphone.close()


def test_a_channel_that_is_not_there_is_a_sentence(portaudio: PortAudio) -> None:
    with pytest.raises(DeviceError, match="«Mic» has no channel 2: choose one from 1 to 1"):
        Microphone(channel=1).open()


def test_windows_shows_each_device_once(
    portaudio: PortAudio, monkeypatch: pytest.MonkeyPatch
) -> None:
    long_name = "Microphone Array (Some Long Maker)"
    monkeypatch.setattr(sys, "platform", "win32")
    portaudio.entries = [
        INPUT | {"name": long_name[:31], "hostapi": 0},
        INPUT | {"name": long_name, "hostapi": 1, "index": 7},
    ]

    assert [device.name for device in devices.inputs()] == [long_name]


def test_a_device_that_refuses_every_rate_is_a_sentence(portaudio: PortAudio) -> None:
    with pytest.raises(DeviceError, match=r"«Mic» could not be opened: .*Invalid sample rate"):
        Microphone().open()


def test_a_device_in_use_is_a_sentence(portaudio: PortAudio) -> None:
    portaudio.refusal = ("Device unavailable", -9985)

    with pytest.raises(DeviceError, match="«Mic» is in use by another program"):
        Microphone().open()

    assert portaudio.tried == [44_100]


def test_no_device_is_a_sentence(portaudio: PortAudio) -> None:
    portaudio.entries = [OUTPUT]

    with pytest.raises(DeviceError, match="There is no microphone"):
        Microphone().open()


def test_system_sound_that_cannot_be_heard_is_a_sentence(portaudio: PortAudio) -> None:
    with pytest.raises(DeviceError, match="System sound cannot be heard here"):
        Microphone(monitor=True).open()


def test_portaudio_is_not_started_again_under_a_running_stream(portaudio: PortAudio) -> None:
    portaudio.accepts = (44_100,)
    microphone = Microphone()
    microphone.open()
    before = portaudio.rescans

    assert not devices.rescan()
    assert portaudio.rescans == before
    microphone.close()
    assert devices.rescan()
    assert portaudio.rescans == before + 1


@pytest.fixture
def import_raises(monkeypatch: pytest.MonkeyPatch) -> Callable[[Exception], None]:
    """Return what lets the import of sounddevice raise an error."""

    def import_raises(error: Exception) -> None:
        class Finder:
            def find_spec(self, name: str, *_: Any) -> None:
                if name == "sounddevice":
                    raise error

        monkeypatch.delitem(sys.modules, "sounddevice", raising=False)
        monkeypatch.setattr(sys, "meta_path", [Finder(), *sys.meta_path])

    return import_raises


def test_a_missing_portaudio_is_a_sentence(
    import_raises: Callable[[Exception], None],
) -> None:
    import_raises(OSError("PortAudio library not found"))

    with pytest.raises(DeviceError, match="PortAudio is missing"):
        devices.inputs()


def test_a_portaudio_that_cannot_begin_is_a_sentence(
    import_raises: Callable[[Exception], None],
) -> None:
    import_raises(PortAudioError("Error initializing PortAudio", -9999))

    with pytest.raises(DeviceError, match="could not be reached: .*Error initializing"):
        devices.inputs()


def refuse(*_: Any, **__: Any) -> None:
    raise PortAudioError("Unanticipated host error", -9999)


def test_devices_that_cannot_be_listed_are_a_sentence(portaudio: PortAudio) -> None:
    portaudio.query_devices = refuse  # type: ignore[method-assign]

    with pytest.raises(DeviceError, match="does not answer: .*host error"):
        devices.inputs()


def test_a_rescan_that_failed_is_a_sentence_and_can_be_repeated(portaudio: PortAudio) -> None:
    portaudio.may_begin = False
    with pytest.raises(DeviceError, match="does not answer: .*host error"):
        devices.rescan()

    portaudio.may_begin = True

    assert devices.rescan()


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder in which programs are found; what is in it may be run."""
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def write_program(path: Path, script: str) -> None:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has the sound server")
def test_a_sound_server_that_falls_silent_hides_no_device(
    portaudio: PortAudio, programs: Path
) -> None:
    portaudio.entries = [INPUT | {"name": "pulse"}, INPUT]
    answer = '[ "$3" = info ] && echo \'{"default_source_name": "x"}\''
    write_program(programs / "pactl", answer)  # it lists no sources

    assert [device.name for device in devices.inputs()] == ["Mic"]


def test_a_driver_that_hangs_while_closing_hinders_no_other_stream(
    portaudio: PortAudio,
) -> None:
    portaudio.accepts = (44_100,)
    microphone = Microphone()
    microphone.open()
    seen: list[bool] = []

    def look_elsewhere() -> None:
        other = threading.Thread(target=lambda: seen.append(devices.rescan()), daemon=True)
        other.start()
        other.join(10)  # it would wait for ever if this stream held others up

    portaudio.on_close = look_elsewhere

    microphone.close()

    assert seen == [False]  # nor may PortAudio begin again under it
    assert devices.rescan()


@pytest.mark.skipif(sys.platform != "linux", reason="others are kept awake by other means")
def test_the_computer_is_kept_awake_as_long_as_asked(tmp_path: Path, programs: Path) -> None:
    pid = tmp_path / "pid"
    os.mkfifo(pid)
    write_program(programs / "systemd-inhibit", f"echo $$ > {pid}\nexec /bin/cat")

    with KeepAwake():
        child = int(pid.read_text())  # waits until it is written
        os.kill(child, 0)

    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


@pytest.mark.skipif(sys.platform != "linux", reason="others are kept awake by other means")
@pytest.mark.usefixtures("programs")
def test_a_system_that_cannot_be_kept_awake_is_no_trouble(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.INFO), KeepAwake():
        pass

    assert caplog.records == []
