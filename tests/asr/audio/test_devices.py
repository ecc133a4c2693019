"""Devices that refuse, with PortAudio pretended; the real one is in test_pulse."""

from __future__ import annotations

import os
import sys
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


class Stream:
    """Stands for an InputStream that accepts some rates."""

    accepts: tuple[int, ...] = ()
    refusal: tuple[Any, ...] = ("Invalid sample rate", -9997)
    tried: list[int] = []  # noqa: RUF012
    channels = 0  # as the last one was opened

    def __init__(self, *, samplerate: int, channels: int = 1, **_: Any) -> None:
        self.active = False
        Stream.channels = channels
        Stream.tried.append(samplerate)
        if samplerate not in self.accepts:
            raise PortAudioError(*self.refusal)

    def start(self) -> None:
        self.active = True

    def close(self) -> None:
        self.active = False


@pytest.fixture
def portaudio(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    fake = SimpleNamespace(
        InputStream=Stream,
        PortAudioError=PortAudioError,
        default=SimpleNamespace(device=[0, 1]),
        rescans=0,
        entries=[OUTPUT, INPUT],
    )
    fake.query_devices = lambda kind=None: INPUT if kind else fake.entries
    fake._terminate = lambda: None

    def initialise() -> None:
        fake.rescans += 1

    fake._initialize = initialise
    monkeypatch.setitem(sys.modules, "sounddevice", fake)
    monkeypatch.setattr(Stream, "accepts", ())
    monkeypatch.setattr(Stream, "tried", [])
    return fake


def test_the_own_rate_is_tried_first_and_others_after(
    portaudio: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Stream, "accepts", (16_000,))
    microphone = Microphone()

    microphone.open()

    assert Stream.tried == [44_100, 48_000, 16_000]
    assert microphone.rate == 16_000
    assert microphone.is_alive
    microphone.close()
    assert not microphone.is_alive


@pytest.mark.parametrize(("channel", "opened"), [(None, 2), (0, 8), (5, 8)])
def test_as_many_channels_are_opened_as_are_heard(
    portaudio: SimpleNamespace,
    monkeypatch: pytest.MonkeyPatch,
    channel: int | None,
    opened: int,
) -> None:
    monkeypatch.setattr(Stream, "accepts", (44_100,))
    portaudio.entries = [INPUT | {"max_input_channels": 8}]

    microphone = Microphone(channel=channel)

    microphone.open()

    assert Stream.channels == opened
    microphone.close()


def test_a_channel_that_is_not_there_is_a_sentence(portaudio: SimpleNamespace) -> None:
    with pytest.raises(DeviceError, match="«Mic» has no channel 2: choose one from 1 to 1"):
        Microphone(channel=1).open()


def test_windows_shows_each_device_once(
    portaudio: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    long_name = "Microphone Array (Some Long Maker)"
    monkeypatch.setattr(sys, "platform", "win32")
    portaudio.entries = [
        INPUT | {"name": long_name[:31], "hostapi": 0},
        INPUT | {"name": long_name, "hostapi": 1, "index": 7},
    ]
    portaudio.query_hostapis = lambda: [{"name": "MME"}, {"name": "Windows WASAPI"}]

    assert [device.name for device in devices.inputs()] == [long_name]


def test_a_device_that_refuses_every_rate_is_a_sentence(portaudio: SimpleNamespace) -> None:
    with pytest.raises(DeviceError, match=r"«Mic» could not be opened: .*Invalid sample rate"):
        Microphone().open()


def test_a_device_in_use_is_a_sentence(
    portaudio: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Stream, "refusal", ("Device unavailable", -9985))

    with pytest.raises(DeviceError, match="«Mic» is in use by another program"):
        Microphone().open()

    assert Stream.tried == [44_100]


def test_no_device_is_a_sentence(portaudio: SimpleNamespace) -> None:
    portaudio.entries = [OUTPUT]

    with pytest.raises(DeviceError, match="There is no microphone"):
        Microphone().open()


def test_system_sound_that_cannot_be_heard_is_a_sentence(portaudio: SimpleNamespace) -> None:
    with pytest.raises(DeviceError, match="System sound cannot be heard here"):
        Microphone(monitor=True).open()


def test_portaudio_is_not_started_again_under_a_running_stream(
    portaudio: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Stream, "accepts", (44_100,))
    microphone = Microphone()
    microphone.open()
    before = portaudio.rescans

    assert not devices.rescan()
    assert portaudio.rescans == before
    microphone.close()
    assert devices.rescan()
    assert portaudio.rescans == before + 1


def test_a_missing_portaudio_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent() -> None:
        raise OSError("PortAudio library not found")

    class Finder:
        def find_spec(self, name: str, *_: Any) -> None:
            if name == "sounddevice":
                absent()

    monkeypatch.delitem(sys.modules, "sounddevice", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Finder(), *sys.meta_path])

    with pytest.raises(DeviceError, match="PortAudio is missing"):
        devices.inputs()


def test_a_portaudio_that_cannot_begin_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    class Finder:
        def find_spec(self, name: str, *_: Any) -> None:
            if name == "sounddevice":
                raise PortAudioError("Error initializing PortAudio", -9999)

    monkeypatch.delitem(sys.modules, "sounddevice", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Finder(), *sys.meta_path])

    with pytest.raises(DeviceError, match="could not be reached: .*Error initializing"):
        devices.inputs()


def refuse(*_: Any, **__: Any) -> None:
    raise PortAudioError("Unanticipated host error", -9999)


def test_devices_that_cannot_be_listed_are_a_sentence(portaudio: SimpleNamespace) -> None:
    portaudio.query_devices = refuse

    with pytest.raises(DeviceError, match="does not answer: .*host error"):
        devices.inputs()


def test_a_rescan_that_failed_is_a_sentence_and_can_be_repeated(
    portaudio: SimpleNamespace,
) -> None:
    initialise, portaudio._initialize = portaudio._initialize, refuse

    with pytest.raises(DeviceError, match="does not answer: .*host error"):
        devices.rescan()

    portaudio._initialize = initialise
    portaudio._terminate = refuse  # as PortAudio does when it was not begun
    assert devices.rescan()


def test_a_sound_server_that_falls_silent_hides_no_device(
    portaudio: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(devices, "_has_server", lambda: True)
    monkeypatch.setattr(devices, "_ask_server", lambda _: [])

    assert [device.name for device in devices.inputs()] == ["Mic"]


def test_a_driver_that_hangs_while_closing_hinders_no_other_stream(
    portaudio: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Stream, "accepts", (44_100,))
    microphone = Microphone()
    microphone.open()
    seen = []
    monkeypatch.setattr(
        microphone._stream,
        "close",
        lambda: seen.append(devices._lock.locked() or devices.rescan()),
    )

    microphone.close()

    assert seen == [False]  # nor may PortAudio begin again under it
    assert devices.rescan()


@pytest.mark.skipif(os.name != "posix", reason="uses a shell script")
def test_the_computer_is_kept_awake_as_long_as_asked(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "systemd-inhibit"
    script.write_text(f"#!/bin/sh\necho $$ > {tmp_path}/pid\nexec cat\n")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr(sys, "platform", "linux")

    with KeepAwake() as awake:
        child = awake._child
        assert child is not None
        assert child.poll() is None

    assert child.poll() is not None


def test_a_system_that_cannot_be_kept_awake_is_no_trouble(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(sys, "platform", "linux")

    with KeepAwake() as awake:
        assert awake._child is None
