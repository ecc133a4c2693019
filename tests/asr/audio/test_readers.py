"""Whichever reader is there, the same files give the same sound."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from asr.audio import SAMPLE_RATE
from asr.audio.files import open_audio, read_audio
from asr.audio.readers import ffmpeg_program, pyav
from asr.errors import DecodeError
from tests.asr.audio.ladder import (
    SECONDS,
    damaged,
    encoded,
    ffmpeg,
    heard,
    joined,
    needs_ffmpeg,
    wav,
)

ALL = list(range(SECONDS))
pytestmark = needs_ffmpeg


@pytest.fixture(params=["pyav", "program", "neither"])
def reader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    name = str(request.param)
    if name == "pyav" and not pyav.is_here():
        pytest.skip("PyAV is not installed")
    monkeypatch.setattr(pyav, "is_here", lambda: name == "pyav")
    monkeypatch.setattr(ffmpeg_program, "is_here", lambda: name == "program")
    return name


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.ogg", "a.opus", "a.mp3", "a.aiff"])
def test_common_formats_need_no_ffmpeg(tmp_path: Path, reader: str, name: str) -> None:
    samples = read_audio(encoded(tmp_path / name))

    assert heard(samples)[:SECONDS] == ALL
    assert len(samples) == pytest.approx(SECONDS * SAMPLE_RATE, abs=0.1 * SAMPLE_RATE)


@pytest.mark.parametrize("name", ["a.m4a", "a.mkv", "a.webm", "a.wma", "a.aac"])
def test_other_formats_need_one_of_them(tmp_path: Path, reader: str, name: str) -> None:
    path = encoded(tmp_path / name)

    if reader == "neither":
        with pytest.raises(DecodeError, match=r"cannot be read without FFmpeg.*\[media\]"):
            read_audio(path)
        return
    assert heard(read_audio(path))[:SECONDS] == ALL


def test_an_installation_that_does_not_load_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hide: Callable[[str], None]
) -> None:
    path = encoded(tmp_path / "a.m4a")
    monkeypatch.setattr(pyav, "is_here", lambda: True)
    hide("av")  # importing it fails, as it does then

    assert heard(read_audio(path))[:SECONDS] == ALL


@pytest.mark.parametrize("options", [["-write_xing", 0], ["-ar", 22050], ["-ac", 2]])
def test_mp3_of_any_make(tmp_path: Path, reader: str, options: list[object]) -> None:
    first = encoded(tmp_path / "first.mp3", *options, seconds=4)
    second = encoded(tmp_path / "second.mp3", seconds=4, first=4)

    with open_audio(joined(tmp_path / "a.mp3", first, second)) as file:
        samples = np.concatenate(list(file))

    assert heard(samples)[:8] == ALL
    assert not file.gaps


def test_damaged_mp3_keeps_the_clock(tmp_path: Path, reader: str) -> None:
    path = damaged(encoded(tmp_path / "a.mp3"))

    with open_audio(path) as file:
        samples = np.concatenate(list(file))

    assert heard(samples)[-1] == SECONDS - 1
    assert bool(file.gaps) == (reader != "program")  # which tells of none


def test_mp3_makes_no_lines_on_the_terminal(
    tmp_path: Path, reader: str, capfd: pytest.CaptureFixture[str]
) -> None:
    path = damaged(encoded(tmp_path / "a.mp3", "-write_xing", 0))

    read_audio(path)

    assert capfd.readouterr() == ("", "")


def test_tracks_are_chosen(tmp_path: Path, reader: str) -> None:
    if reader == "neither":
        pytest.skip("it reads no file of several tracks")
    low, high = wav(tmp_path / "low.wav", 3), wav(tmp_path / "high.wav", 3, first=5)
    path = tmp_path / "a.mkv"
    ffmpeg("-i", low, "-i", high, "-map", "0:a", "-map", "1:a", "-c:a", "aac", path)

    for track, tones in ((None, [0, 1, 2]), (0, [0, 1, 2]), (1, [5, 6, 7])):
        with open_audio(path, track=track) as file:
            assert file.tracks == 2
            assert heard(np.concatenate(list(file)))[:3] == tones
    with pytest.raises(
        DecodeError, match="«a.mkv» .* has 2 sound tracks, and none is number 3"
    ):
        open_audio(path, track=2)
    with pytest.raises(DecodeError, match="has one sound track, and none is number 2"):
        open_audio(low, track=1)


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.mp3", "a.m4a", "a.mkv", "a.aac"])
def test_a_stretch_is_read_where_it_lies(tmp_path: Path, reader: str, name: str) -> None:
    if reader == "neither" and name in ("a.m4a", "a.mkv", "a.aac"):
        pytest.skip("it does not read them")
    path = encoded(tmp_path / name)

    with open_audio(path, start=2, end=5) as file:
        samples = np.concatenate(list(file))

    assert heard(samples) == [2, 3, 4]
    assert len(samples) == pytest.approx(3 * SAMPLE_RATE, abs=2)
    with (
        open_audio(path, start=60) as file,
        pytest.raises(DecodeError, match="there is nothing"),
    ):
        list(file)


def test_progress_is_known_from_the_first_second(tmp_path: Path, reader: str) -> None:
    path = encoded(tmp_path / "a.mp3", "-write_xing", 0, "-b:a", "64k", seconds=20)

    with open_audio(path) as file:
        next(iter(file))
        guess = file.seconds

    assert guess == pytest.approx(20, rel=0.3)


def test_a_name_in_any_bytes(tmp_path: Path, reader: str) -> None:
    source = encoded(tmp_path / "a.mp3")
    path = tmp_path / os.fsdecode(b"gr\xfc\xdfe\n'%03d-,:.mp3")
    try:
        source.rename(path)
    except OSError:
        pytest.skip("this system has no such names")

    assert heard(read_audio(path))[:SECONDS] == ALL
    path.write_bytes(b"no sound")
    with pytest.raises(DecodeError) as caught:
        read_audio(path)
    assert str(caught.value).isprintable()


def test_a_list_of_files_opens_none_of_them(tmp_path: Path, reader: str) -> None:
    wav(tmp_path / "secret.wav")
    for name, content in {
        "a.m3u8": f"#EXTM3U\n#EXT-X-TARGETDURATION:8\n#EXTINF:8,\n{tmp_path}/secret.wav\n",
        "a.ffconcat": f"ffconcat version 1.0\nfile '{tmp_path}/secret.wav'\n",
        "a.sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\n"
        "m=audio 40000 RTP/AVP 0\n",
    }.items():
        (tmp_path / name).write_text(content)
        with pytest.raises(DecodeError):
            read_audio(tmp_path / name)
