"""Any sound file becomes samples; any other file becomes a sentence."""

import os
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from asr.audio import SAMPLE_RATE, Samples
from asr.audio.files import open_audio, read_audio
from asr.errors import DecodeError

SECONDS = 3


def tone(rate: int, hertz: float = 440.0) -> Samples:
    return (0.5 * np.sin(2 * np.pi * hertz * np.arange(SECONDS * rate) / rate)).astype(
        np.float32
    )


def encode(path: Path, codec: str, rate: int = 48_000) -> Path:
    """Write the tone with ffmpeg; the container follows from the name."""
    with av.open(path, "w") as container:
        stream = container.add_stream(codec, rate=rate)
        stream.layout = "mono"
        frame = av.AudioFrame.from_ndarray(tone(rate)[None], format="fltp", layout="mono")
        frame.sample_rate = rate
        fit = av.AudioResampler(
            stream.format, "mono", rate, frame_size=stream.frame_size or 1024
        )
        for part in fit.resample(frame) + fit.resample(None):
            container.mux(stream.encode(part))
        container.mux(stream.encode(None))
    return path


def assert_is_tone(samples: Samples, amplitude: float = 0.5) -> None:
    assert len(samples) == pytest.approx(SECONDS * SAMPLE_RATE, abs=0.1 * SAMPLE_RATE)
    middle = samples[SAMPLE_RATE : 2 * SAMPLE_RATE]
    spectrum = np.abs(np.fft.rfft(middle)) / len(middle) * 2
    assert spectrum.argmax() == 440
    assert spectrum[440] == pytest.approx(amplitude, rel=0.1)


@pytest.mark.parametrize("rate", [8_000, 11_025, 16_000, 44_100, 48_000, 96_000])
def test_every_rate_becomes_ours(tmp_path: Path, rate: int) -> None:
    soundfile.write(tmp_path / "a.wav", tone(rate), rate)

    samples = read_audio(tmp_path / "a.wav")

    assert samples.dtype == np.float32
    assert len(samples) == SECONDS * SAMPLE_RATE
    assert_is_tone(samples)


@pytest.mark.parametrize(
    ("name", "subtype"),
    [("a.wav", "PCM_U8"), ("a.wav", "FLOAT"), ("a.flac", "PCM_24"), ("a.ogg", "VORBIS"),
     ("a.ogg", "OPUS"), ("a.mp3", None), ("a.aiff", "PCM_16")],
)  # fmt: skip
def test_formats_of_libsndfile(tmp_path: Path, name: str, subtype: str | None) -> None:
    soundfile.write(tmp_path / name, tone(48_000), 48_000, subtype=subtype)

    assert_is_tone(read_audio(tmp_path / name))


@pytest.mark.parametrize(
    ("name", "codec"),
    [("a.m4a", "aac"), ("a.mkv", "aac"), ("a.webm", "libopus"), ("a.mp4", "aac")],
)
def test_formats_of_ffmpeg(tmp_path: Path, name: str, codec: str) -> None:
    assert_is_tone(read_audio(encode(tmp_path / name, codec)))


def test_channels_are_mixed(tmp_path: Path) -> None:
    both = np.stack([tone(16_000), np.zeros_like(tone(16_000))], axis=1)
    soundfile.write(tmp_path / "a.wav", both, 16_000)

    assert_is_tone(read_audio(tmp_path / "a.wav"), amplitude=0.25)


def test_numbers_that_are_none_are_silence(tmp_path: Path) -> None:
    wild = np.array([0.5, np.nan, np.inf, -np.inf, 7.0] * 100, np.float32)
    soundfile.write(tmp_path / "a.wav", wild, 16_000, subtype="FLOAT")

    assert np.abs(read_audio(tmp_path / "a.wav")).max() <= 1


def test_a_long_file_comes_in_blocks(tmp_path: Path) -> None:
    long = np.tile(tone(8_000), 12)
    soundfile.write(tmp_path / "a.wav", long, 8_000)

    with open_audio(tmp_path / "a.wav") as file:
        blocks = list(file)

    assert file.seconds == 12 * SECONDS
    assert max(map(len, blocks)) <= 2 * SAMPLE_RATE
    np.testing.assert_array_equal(np.concatenate(blocks), read_audio(tmp_path / "a.wav"))


@pytest.mark.parametrize(
    "name", ["запись.wav", "録音.flac", "تسجيل.ogg", "a b'%03d.m4a", "🎙.wav"]
)
def test_names_in_any_script(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if path.suffix == ".m4a":
        encode(tmp_path / "plain.m4a", "aac").rename(path)
    else:
        soundfile.write(path, tone(16_000), 16_000)

    assert_is_tone(read_audio(path))


def written(name: str, content: bytes) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        (folder / name).write_bytes(content)
        return folder / name

    return write


def silent_video(folder: Path) -> Path:
    with av.open(folder / "film.mp4", "w") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width = stream.height = 32
        stream.pix_fmt = "yuv420p"
        frame = av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8), format="rgb24")
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return folder / "film.mp4"


def no_samples(folder: Path) -> Path:
    soundfile.write(folder / "none.wav", np.empty(0, np.float32), 16_000)
    return folder / "none.wav"


def pipe(folder: Path) -> Path:
    os.mkfifo(folder / "pipe.wav")
    return folder / "pipe.wav"


NOISE = np.random.default_rng(1).bytes(60_000)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda folder: folder / "missing.wav", "does not exist"),
        (lambda folder: folder, "is a folder"),
        (written("empty.wav", b""), "is empty"),
        (written("letter.txt", b"Dear reader, this is no sound.\n" * 99), "not a sound file"),
        (written("noise.mp3", NOISE), "not a sound file"),
        (written("noise.raw", NOISE), "not a sound file"),
        (written("picture.png", b"\x89PNG\r\n\x1a\n" + NOISE), "not a sound file"),
        (written("stub.wav", b"RIFF"), "not a sound file"),
        (silent_video, "is a video without sound"),
        (no_samples, "holds no sound"),
        pytest.param(pipe, "not an ordinary file", marks=pytest.mark.skipif(
            not hasattr(os, "mkfifo"), reason="this system has no named pipes")),
    ],
)  # fmt: skip
def test_what_is_no_sound_is_named(
    tmp_path: Path, make: Callable[[Path], Path], sentence: str
) -> None:
    path = make(tmp_path)

    with pytest.raises(DecodeError, match=sentence) as caught:
        read_audio(path)

    assert path.name in str(caught.value)


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="Windows has no such permissions")
def test_a_file_that_may_not_be_read_is_named(tmp_path: Path) -> None:
    path = tmp_path / "secret.wav"
    soundfile.write(path, tone(16_000), 16_000)
    path.chmod(0)
    for folder in (tmp_path, *tmp_path.parents[:3]):
        folder.chmod(0o755)
    was_root = os.geteuid() == 0
    if was_root:  # to whom every file is open
        os.seteuid(65_534)

    try:
        with pytest.raises(DecodeError, match=r"«secret\.wav» may not be read"):
            read_audio(path)
    finally:
        if was_root:
            os.seteuid(0)


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.ogg", "a.mp3", "a.mkv", "a.m4a"])
def test_a_truncated_file_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    if path.suffix in {".mkv", ".m4a"}:
        encode(path, "aac")
    else:
        hiss = np.random.default_rng(1).uniform(-0.5, 0.5, 20 * SAMPLE_RATE)
        soundfile.write(path, hiss, SAMPLE_RATE)
    os.truncate(path, path.stat().st_size * 3 // 5)

    with pytest.raises(DecodeError, match=r"breaks off after|is incomplete"):
        read_audio(path)


def test_what_precedes_the_break_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "a.flac"
    soundfile.write(path, tone(16_000), 16_000)
    os.truncate(path, path.stat().st_size // 2)
    blocks = []

    with open_audio(path) as file, pytest.raises(DecodeError, match="breaks off"):
        blocks.extend(file)

    assert sum(map(len, blocks)) > SAMPLE_RATE / 2


def test_a_stream_of_unknown_length_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "piped.wav"
    soundfile.write(path, tone(16_000), 16_000)
    content = bytearray(path.read_bytes())
    content[4:8] = content[40:44] = b"\xff\xff\xff\xff"  # as programs write into a pipe
    path.write_bytes(content)

    assert_is_tone(read_audio(path))
