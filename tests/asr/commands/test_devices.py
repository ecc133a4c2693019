"""What can be listened to, as a list."""

import pytest

from asr.audio import devices
from asr.audio.devices import Device
from main import main


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> list[Device]:
    """What the system lists."""
    found: list[Device] = []
    monkeypatch.setattr(devices, "inputs", lambda: found)
    return found


def test_inputs_are_numbered_as_listen_takes_them(
    found: list[Device], capsys: pytest.CaptureFixture[str]
) -> None:
    found += [
        Device("usb", "Größe-микрофон", 1, 48_000, is_default=True),
        Device("out.monitor", "Monitor of out", 2, 44_100, is_monitor=True),
    ]

    assert main(["devices"]) == 0

    first, second = capsys.readouterr().out.splitlines()
    assert first == "*  0 Größe-микрофон  (input, 1 channels, 48000 Hz)"
    assert second.startswith("   1 Monitor of out  (system sound")


@pytest.mark.usefixtures("found")
def test_where_there_is_none_a_sentence_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["devices"]) == 1

    out, err = capsys.readouterr()
    assert (out, err) == ("", "earshot: There is no microphone: connect one and try again.\n")
