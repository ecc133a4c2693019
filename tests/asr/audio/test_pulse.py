"""PortAudio, PulseAudio and the kernel as they are: nothing here is pretended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from asr.audio import SAMPLE_RATE, devices
from asr.audio.microphone import Microphone
from asr.errors import DeviceError
from asr.live.endpoint import FAST
from asr.live.events import Event, FinalResult, GapFound, Ledger, Notice, Topic
from asr.live.recorded import read_transcript
from asr.live.recording import RETRY_S
from asr.live.session import Hearing, Session, recover
from asr.live.stored import unfinished_sessions
from benchmarks.virtual_microphone import RATE, VirtualMicrophone, missing
from tests.asr.tones import decoder, speak, tone_network

resource = pytest.importorskip("resource", reason="limits on files are a matter of Unix")

pytestmark = [
    pytest.mark.pulse,
    pytest.mark.skipif(bool(missing()), reason=missing() or "all is there"),
]

HEARING = Hearing(network=tone_network, decoder=decoder(), endpoint=FAST)
ROOT = Path(__file__).parents[3]


@pytest.fixture
def microphone() -> Iterator[VirtualMicrophone]:
    with VirtualMicrophone() as virtual:
        yield virtual


def say(microphone: VirtualMicrophone, text: str) -> None:
    silence = np.zeros(RATE, np.float32)
    tones = speak("_".join(text), frames=3, rate=RATE)
    microphone.say(np.concatenate([tones, silence]), RATE)


def poll_for(session: Session, seconds: float) -> list[Event]:
    events: list[Event] = []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        events += session.poll()
        time.sleep(0.02)
    return events


def poll_until_back(session: Session, timeout_s: float = 10) -> list[Event]:
    events: list[Event] = []
    end = time.monotonic() + timeout_s
    while not any(isinstance(e, Notice) and "is back" in e.sentence for e in events):
        assert time.monotonic() < end, "the microphone did not come back"
        events += session.poll()
        time.sleep(0.02)
    return events


def finals(events: list[Event], speaker: str = "") -> list[str]:
    return [
        event.segment.text
        for event in events
        if isinstance(event, FinalResult) and event.segment.speaker == speaker
    ]


def test_inputs_are_named_and_system_sound_is_marked(microphone: VirtualMicrophone) -> None:
    found = {device.name: device for device in devices.inputs()}

    assert not found["virtmic"].is_monitor
    assert found["mic.monitor"].is_monitor
    assert found["virtmic"].rate == RATE
    assert devices.choose_device("Remapped").name == "virtmic"
    assert devices.choose_device("0") == devices.inputs()[0]
    with pytest.raises(DeviceError, match="There is no input «trumpet»; there are 0 «"):
        devices.choose_device("trumpet")


def test_a_microphone_may_be_named_in_any_language(microphone: VirtualMicrophone) -> None:
    called = "source_properties=device.description='Größe-микрофон'"
    command = ["pactl", "load-module", "module-remap-source", "master=mic.monitor"]
    subprocess.run([*command, "source_name=odd", called], check=True, capture_output=True)

    assert devices.choose_device("микрофон").name == "odd"
    assert devices.choose_device("virtmic").label == "Remapped Monitor of Null Output"


def test_system_sound_is_what_the_loudspeakers_in_use_play(
    microphone: VirtualMicrophone,
) -> None:
    for command in (
        ["load-module", "module-null-sink", "sink_name=speakers"],
        ["set-default-sink", "speakers"],
    ):
        subprocess.run(["pactl", *command], check=True, capture_output=True)

    assert devices.choose_device(monitor=True).name == "speakers.monitor"
    assert devices.choose_device().name == "virtmic"


def test_a_second_before_the_button_is_in_the_recording(
    microphone: VirtualMicrophone, tmp_path: Path
) -> None:
    session = Session(HEARING, {"": Microphone()}, tmp_path)

    session.arm()
    poll_for(session, 1.5)
    session.start()
    events = poll_for(session, 0.5) + session.stop()

    ledger = [event for event in events if isinstance(event, Ledger)][-1]
    assert ledger.recorded == pytest.approx(1.5, abs=0.2)


def test_what_is_spoken_is_written(microphone: VirtualMicrophone, tmp_path: Path) -> None:
    session = Session(HEARING, {"": Microphone()}, tmp_path)

    session.start()
    poll_for(session, 0.5)
    say(microphone, "hello world")
    events = poll_for(session, 0.2) + session.stop()

    assert finals(events) == ["hello world"]
    assert session.folder is not None
    assert (session.folder / "sound-0.flac").exists()
    assert not (session.folder / "sound-0.pcm").exists()


def test_microphone_and_system_sound_are_two_speakers(
    microphone: VirtualMicrophone, tmp_path: Path
) -> None:
    sources = {"me": Microphone("virtmic", channel=0), "them": Microphone(monitor=True)}
    session = Session(HEARING, sources, tmp_path)

    session.start()
    poll_for(session, 0.5)
    say(microphone, "both")
    events = poll_for(session, 0.2) + session.stop()

    assert finals(events, "me") == finals(events, "them") == ["both"]


def test_loudspeakers_that_are_connected_later_join(
    microphone: VirtualMicrophone, tmp_path: Path
) -> None:
    them = Microphone("speakers.monitor", monitor=True)
    session = Session(HEARING, {"me": Microphone("virtmic"), "them": them}, tmp_path)

    started = time.monotonic()
    session.start()
    events = poll_for(session, 0.5)
    plug_another()
    plugged = time.monotonic()
    while them.begins is None:  # the first sound, for that is where the gap ends
        assert time.monotonic() < plugged + 10, "the loudspeakers did not join"
        events += poll_for(session, 0.1)
    joined = time.monotonic()
    say(microphone, "me")
    events += poll_for(session, 0.2) + session.stop()

    told = [e for e in events if isinstance(e, Notice) and e.topic is Topic.AWAY]
    assert [(notice.speaker, notice.resolved) for notice in told] == [
        ("them", False),
        ("them", True),
    ]
    assert told[0].sentence.startswith("Listening without «them». There is no input «sp")
    (gap,) = [event.gap for event in events if isinstance(event, GapFound)]
    assert gap.seconds == pytest.approx(joined - started, abs=0.3)
    assert finals(events, "me") == ["me"]


def test_a_cable_pulled_and_put_back(microphone: VirtualMicrophone, tmp_path: Path) -> None:
    session = Session(HEARING, {"": Microphone()}, tmp_path)

    session.start()
    poll_for(session, 0.5)
    say(microphone, "before")
    pulled = time.monotonic()
    microphone.unplug()
    events = poll_for(session, 1.5)
    assert any(isinstance(e, Notice) and "went away" in e.sentence for e in events)
    microphone.plug()
    put_back = time.monotonic()
    events += poll_until_back(session)
    reconnected = time.monotonic()
    say(microphone, "after")
    events += poll_for(session, 0.2) + session.stop()

    assert reconnected - put_back < 2.0
    assert finals(events) == ["before", "after"]
    (gap,) = [event.gap for event in events if isinstance(event, GapFound)]
    assert gap.seconds == pytest.approx(reconnected - pulled, abs=0.25)


def plug_another() -> None:
    """Connect loudspeakers, and a microphone that is not the default one."""
    for sink in ("speakers", "desk"):
        command = ["pactl", "load-module", "module-null-sink", f"sink_name={sink}"]
        subprocess.run(command, check=True, capture_output=True)
    remap = ["module-remap-source", "master=desk.monitor", "source_name=deskmic"]
    words = "source_properties=device.description=Desk"
    subprocess.run(["pactl", "load-module", *remap, words], check=True, capture_output=True)
    subprocess.run(["pactl", "set-default-source", "virtmic"], check=True)


def test_the_sound_of_another_device_is_not_passed_off_as_the_microphones(
    microphone: VirtualMicrophone, tmp_path: Path
) -> None:
    plug_another()
    session = Session(HEARING, {"": Microphone("virtmic")}, tmp_path)

    session.start()
    poll_for(session, 0.5)
    say(microphone, "before")
    microphone.unplug()
    events = poll_for(session, 1.5)
    told = [event for event in events if isinstance(event, Notice) and not event.resolved]
    assert told[-1].topic is Topic.AWAY
    microphone.plug()
    events += poll_until_back(session)
    say(microphone, "after")
    events += poll_for(session, 0.2) + session.stop()

    assert finals(events) == ["before", "after"]
    (gap,) = [event.gap for event in events if isinstance(event, GapFound)]
    assert gap.seconds > 1.4


def test_where_the_default_microphone_went_away_the_other_is_named(
    microphone: VirtualMicrophone, tmp_path: Path
) -> None:
    plug_another()
    session = Session(HEARING, {"": Microphone()}, tmp_path)

    session.start()
    poll_for(session, 0.5)
    microphone.unplug()
    events = poll_for(session, 2.0) + session.stop()

    told = [e.sentence for e in events if isinstance(e, Notice) and e.topic is Topic.AWAY]
    assert told[1:] == ["Listening goes on with «Desk»."]


def test_no_microphone_is_a_sentence(microphone: VirtualMicrophone, tmp_path: Path) -> None:
    microphone.unplug()

    with pytest.raises(DeviceError, match="There is no microphone"):
        Session(HEARING, {"": Microphone()}, tmp_path).start()

    assert list(tmp_path.iterdir()) == []


CHILD = """
import sys, time
from pathlib import Path
from tests.asr.audio.test_pulse import HEARING
from asr.audio.microphone import Microphone
from asr.live.events import FinalResult
from asr.live.session import Session
session = Session(HEARING, {"": Microphone()}, Path(sys.argv[1]))
session.start()
while True:
    for event in session.poll():
        if isinstance(event, FinalResult):
            print(event.segment.text, flush=True)
    time.sleep(0.02)
"""


def start_child(folder: Path, **kwargs: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", CHILD, str(folder)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        **kwargs,  # type: ignore[call-overload]
    )


def test_kill_9_loses_neither_sound_nor_text(
    microphone: VirtualMicrophone, tmp_path: Path
) -> None:
    child = start_child(tmp_path)
    assert child.stdout is not None
    while not list(tmp_path.glob("*/sound-0.pcm")):
        time.sleep(0.05)
    time.sleep(1.0)

    say(microphone, "kept")
    told = child.stdout.readline().strip()
    say(microphone, "caught up")
    raw = next(tmp_path.glob("*/sound-0.pcm"))
    killed = time.monotonic()
    child.send_signal(signal.SIGKILL)
    child.wait()

    (found,) = unfinished_sessions(tmp_path)
    assert time.time() - raw.stat().st_mtime < 0.5 + (time.monotonic() - killed)
    recovered = list(recover(HEARING, found.folder))
    assert told == "kept"
    assert [segment.text for segment in read_transcript(found.folder).segments] == [
        "kept",
        "caught up",
    ]
    assert "kept" not in finals(recovered)
    assert unfinished_sessions(tmp_path) == []


def test_a_full_disk_is_a_sentence_and_recognition_goes_on(
    microphone: VirtualMicrophone, tmp_path: Path
) -> None:
    session = Session(HEARING, {"": Microphone()}, tmp_path)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)

    session.start()
    poll_for(session, 0.3)
    resource.setrlimit(resource.RLIMIT_FSIZE, (SAMPLE_RATE, limits[1]))  # half a second
    try:
        poll_for(session, 0.7)
        command = [sys.executable, "-c", SAY, "full"]
        subprocess.run(command, cwd=ROOT, check=True, preexec_fn=lift_limit)
        full = poll_for(session, 0.5)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    events = poll_for(session, RETRY_S + 0.3) + session.stop()

    assert finals(full) == ["full"]
    assert any(isinstance(e, Notice) and "has room again" in e.sentence for e in events)
    stored = read_transcript(session.folder or tmp_path)
    assert [segment.text for segment in stored.segments] == ["full"]
    assert stored.seconds > 2


SAY = """
import sys
from pathlib import Path
import numpy as np, soundfile, subprocess, tempfile
from tests.asr.tones import speak
with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "said.wav"
    sound = speak("_".join(sys.argv[1]), frames=3, rate=48000)
    soundfile.write(path, np.concatenate([sound, np.zeros(48000)]), 48000)
    subprocess.run(["paplay", "--latency-msec=20", "--device=mic", str(path)], check=True)
"""


def lift_limit() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def test_two_programs_may_listen_at_once(microphone: VirtualMicrophone, tmp_path: Path) -> None:
    first, second = Microphone(), Microphone()
    first.open()
    second.open()

    time.sleep(0.6)

    assert all(sum(map(len, m.read())) > RATE * 0.3 for m in (first, second))  # type: ignore[arg-type]
    first.close()
    second.close()
    assert not first.is_alive
    assert "PULSE_SOURCE" not in os.environ  # other programs are not told
