"""A sound that tells its own time: each second is a tone of its own, in any format."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile

from asr.audio import SAMPLE_RATE, Samples

SECONDS = 8
LOWEST, STEP = 400, 100  # Hz of the first second, and by how much each is higher

needs_ffmpeg = pytest.mark.skipif(
    shutil.which("ffmpeg") is None, reason="the ffmpeg program makes these files"
)


def ladder(seconds: int = SECONDS, rate: int = SAMPLE_RATE, first: int = 0) -> Samples:
    """Return seconds of tones, the first of which is number `first`."""
    time = np.arange(seconds * rate) / rate
    hertz = LOWEST + STEP * (first + time.astype(int))
    return (0.5 * np.sin(2 * np.pi * hertz * time)).astype(np.float32)


def heard(samples: Samples) -> list[int | None]:
    """Return the number of the tone in the middle of each second; None for silence."""
    found: list[int | None] = []
    for n in range(round(len(samples) / SAMPLE_RATE)):
        middle = samples[n * SAMPLE_RATE + 4000 : n * SAMPLE_RATE + 12_000]
        if not len(middle) or np.abs(middle).max() < 0.02:
            found.append(None)
            continue
        spectrum = np.abs(np.fft.rfft(middle))
        hertz = spectrum.argmax() * SAMPLE_RATE / len(middle)
        found.append(round((hertz - LOWEST) / STEP))
    return found


def wav(path: Path, seconds: int = SECONDS, rate: int = 16_000, first: int = 0) -> Path:
    """Write the ladder as WAV."""
    soundfile.write(path, ladder(seconds, rate, first), rate)
    return path


def ffmpeg(*arguments: object) -> None:
    """Run the program; it overwrites."""
    command = ["ffmpeg", "-v", "error", "-nostdin", "-y", *map(str, arguments)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)


def encoded(path: Path, *options: object, seconds: int = SECONDS, first: int = 0) -> Path:
    """Write the ladder in the format of the name, with options of ffmpeg."""
    source = wav(path.with_name(path.name + ".source.wav"), seconds, 16_000, first)
    ffmpeg("-i", source, *options, path)
    source.unlink()
    return path


def joined(path: Path, *parts: Path) -> Path:
    """Write files one behind the other, byte by byte."""
    path.write_bytes(b"".join(part.read_bytes() for part in parts))
    return path


def damaged(path: Path, places: int = 4, n_bytes: int = 300, seed: int = 1) -> Path:
    """Overwrite places in the middle of a file with random bytes."""
    chance = np.random.default_rng(seed)
    content = bytearray(path.read_bytes())
    for place in chance.integers(len(content) // 4, len(content) * 3 // 4, places):
        content[place : place + n_bytes] = chance.bytes(n_bytes)
    path.write_bytes(content)
    return path
