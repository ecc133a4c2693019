"""Playback through PortAudio and PulseAudio as they are, heard at the loudspeaker's monitor."""

from __future__ import annotations

import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import soundfile

from asr.audio import SAMPLE_RATE, Samples
from asr.audio.playback import BACK_S, Player
from asr.errors import DecodeError, DeviceError
from benchmarks.virtual_microphone import VirtualMicrophone, missing

pytestmark = [
    pytest.mark.pulse,
    pytest.mark.skipif(bool(missing()), reason=missing() or "all is there"),
]

EAR = ["parec", "--device=mic.monitor", "--format=float32le", "--rate=48000", "--channels=1"]
CLIPS = Path(__file__).parents[2] / "clips"


@pytest.fixture(scope="module")
def loudspeaker() -> Iterator[VirtualMicrophone]:
    with VirtualMicrophone() as virtual:
        yield virtual


@pytest.fixture
def player(loudspeaker: VirtualMicrophone) -> Iterator[Player]:
    opened = Player()
    yield opened
    opened.close()


def tones(*hertz: float, rate: int = SAMPLE_RATE) -> Samples:
    """A second of each."""
    times = np.arange(rate) / rate
    return np.concatenate([0.4 * np.sin(2 * np.pi * f * times) for f in hertz]).astype(
        np.float32
    )


@pytest.fixture
def two_tones(tmp_path: Path) -> Path:
    path = tmp_path / "sound-0.flac"
    soundfile.write(path, tones(440, 1000), SAMPLE_RATE)
    return path


def wait(done: Callable[[], bool], timeout_s: float = 15.0) -> None:
    end = time.monotonic() + timeout_s
    while not done():
        assert time.monotonic() < end, "it takes too long"
        time.sleep(0.005)


def hear(player: Player, act: Callable[[], object]) -> Samples:
    """Return what comes out of the loudspeaker from an act until the player is silent.

    Another program listens, for what keeps this one busy would make holes in its hearing.
    """
    with tempfile.NamedTemporaryFile() as file:
        ear = subprocess.Popen([*EAR, "--latency-msec=20"], stdout=file)
        path = Path(file.name)
        wait(lambda: path.stat().st_size > 0)
        act()
        wait(lambda: not player.is_playing)
        end = path.stat().st_size + 4 * 24_000  # half a second
        wait(lambda: path.stat().st_size >= end)
        ear.terminate()
        ear.wait()
        content = path.read_bytes()
    return np.frombuffer(content[: len(content) & ~3], np.float32)


def loud(samples: Samples, rate: int = 48_000) -> Samples:
    """What there is between silence and silence."""
    found = np.flatnonzero(np.abs(samples) > 0.02)
    return samples[found[0] : found[-1] + 1] if len(found) else samples[:0]


def holes(heard: Samples) -> float:
    """The share of it that is silent; a machine that others keep busy may add some."""
    blocks = np.abs(heard[: len(heard) // 240 * 240]).reshape(-1, 240).max(axis=1)
    return float((blocks < 0.2).mean())


def dominant(samples: Samples, rate: int = 48_000) -> float:
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(spectrum.argmax() * rate / len(samples))


def test_a_file_is_heard_whole_and_without_a_hole(player: Player, two_tones: Path) -> None:
    player.load([two_tones])

    heard = loud(hear(player, player.play))

    assert len(heard) / 48_000 == pytest.approx(2.0, abs=0.1)
    assert dominant(heard[4800:43_200]) == pytest.approx(440, abs=3)
    assert dominant(heard[52_800:91_200]) == pytest.approx(1000, abs=3)
    assert holes(heard) < 0.02
    assert player.position == pytest.approx(2.0, abs=0.03)
    assert not player.trouble


def test_a_busy_program_makes_no_holes(player: Player, two_tones: Path) -> None:
    player.load([two_tones])
    is_over = threading.Event()

    def work() -> None:
        while not is_over.is_set():
            sum(range(1000))

    worker = threading.Thread(target=work)
    worker.start()
    try:
        heard = [loud(hear(player, player.play)) for _ in range(4)]
    finally:
        is_over.set()
        worker.join()

    # What comes late lengthens it; other programs have kept the loudspeaker waiting 0.4 s.
    assert min(len(sound) / 48_000 for sound in heard) < 3.0
    assert min(map(holes, heard)) < 0.3


def test_a_stretch_is_heard_and_nothing_else(player: Player, two_tones: Path) -> None:
    player.load([two_tones])

    heard = loud(hear(player, lambda: player.play(1.2, 1.7)))

    assert len(heard) / 48_000 == pytest.approx(0.5, abs=0.05)
    assert dominant(heard) == pytest.approx(1000, abs=6)
    assert player.position == pytest.approx(1.7, abs=0.03)


@pytest.mark.parametrize("speed", [0.5, 2.0])
def test_another_speed_keeps_the_pitch(player: Player, two_tones: Path, speed: float) -> None:
    player.load([two_tones])
    player.speed = speed

    heard = loud(hear(player, player.play))

    assert len(heard) / 48_000 == pytest.approx(2.0 / speed, abs=0.1)
    assert dominant(heard[: len(heard) // 2 - 4800]) == pytest.approx(440, abs=6)
    assert player.position == pytest.approx(2.0, abs=0.05)


def test_a_sentence_is_repeated_until_it_is_paused(player: Player, two_tones: Path) -> None:
    player.load([two_tones])
    places: list[float] = []
    player.play(0.2, 0.5, loop=True)

    def has_come_round_twice() -> bool:
        places.append(player.position)
        return sum(b < a - 0.1 for a, b in pairwise(places)) >= 2

    wait(has_come_round_twice)
    assert player.is_playing
    assert 0.19 <= min(places) <= max(places) <= 0.51
    player.pause()
    assert not player.is_playing


def test_after_a_pause_it_goes_on_a_little_earlier(player: Player, two_tones: Path) -> None:
    player.load([two_tones])
    player.play(0.0)
    wait(lambda: player.position > 1.7)
    player.toggle()
    paused = player.position

    player.toggle()
    wait(lambda: player.position != paused)

    assert player.position == pytest.approx(paused - BACK_S, abs=0.2)


def test_it_stands_where_it_is_put(player: Player, two_tones: Path) -> None:
    player.load([two_tones])

    player.seek(1.0)
    assert (player.position, player.is_playing) == (1.0, False)
    player.seek(9.0)
    assert player.position == 2.0
    player.play(0.0)
    player.seek(1.5)
    wait(lambda: 1.5 <= player.position < 2.0 or not player.is_playing)
    assert player.position >= 1.5


def test_the_tracks_of_a_session_are_heard_together(player: Player, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "sound-0.flac", tones(440), SAMPLE_RATE)
    (tones(1000) * 32_767).astype("<i2").tofile(tmp_path / "sound-1.pcm")
    player.load([tmp_path / "sound-0.flac", tmp_path / "sound-1.pcm"])

    heard = loud(hear(player, player.play))[4800:43_200]

    spectrum = np.abs(np.fft.rfft(heard * np.hanning(len(heard))))
    peaks = {round(48_000 / len(heard) * place, -1) for place in np.argsort(spectrum)[-4:]}
    assert peaks == {440, 1000}


def test_the_sound_of_a_running_session_grows(player: Player, tmp_path: Path) -> None:
    path = tmp_path / "sound-0.pcm"
    pcm = (tones(440, 1000) * 32_767).astype("<i2")
    pcm[:SAMPLE_RATE].tofile(path)
    player.load([path])
    assert player.seconds == 1.0
    with path.open("ab") as file:
        pcm[SAMPLE_RATE:].tofile(file)
    path.unlink()  # it is FLAC by now

    player.play(1.5)
    wait(lambda: not player.is_playing)

    assert player.position == pytest.approx(2.0, abs=0.03)


def test_a_loudspeaker_that_goes_away_is_told(
    loudspeaker: VirtualMicrophone, player: Player, two_tones: Path
) -> None:
    player.load([two_tones])
    player.play(0.0)
    wait(lambda: player.position > 0.2)

    loudspeaker.unplug()
    wait(lambda: not player.is_playing)
    assert player.trouble == "The loudspeaker went away: connect it, or choose another."
    assert player.position < 2.0
    with pytest.raises(DeviceError, match="no loudspeaker that can be used"):
        player.play()

    loudspeaker.plug()
    player.play()
    wait(lambda: player.position > 0.0)
    assert player.is_playing
    assert not player.trouble


def test_a_file_that_must_be_decoded_plays_too(player: Player) -> None:
    player.load([CLIPS / "1272-128104-0000.opus"])
    seconds = soundfile.info(CLIPS / "1272-128104-0000.opus").duration

    heard = loud(hear(player, lambda: player.play(seconds - 1.0)))

    assert 0.3 < len(heard) / 48_000 < 1.1
    assert player.seconds == pytest.approx(seconds, abs=0.1)
    assert player.position == pytest.approx(seconds, abs=0.1)


def test_what_cannot_be_read_is_told_and_forgotten(player: Player, tmp_path: Path) -> None:
    (tmp_path / "text.wav").write_text("no sound")

    with pytest.raises(DecodeError, match=r"text\.wav"):
        player.load([tmp_path / "text.wav"])
    with pytest.raises(DecodeError, match="does not exist"):
        player.load([tmp_path / "gone.flac"])

    player.play()
    assert not player.is_playing
    assert player.position == 0.0
