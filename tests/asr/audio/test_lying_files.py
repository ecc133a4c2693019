"""What a header says is not believed: the bytes are read to their end, on the file's clock."""

import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile

from asr.audio import SAMPLE_RATE
from asr.audio.files import open_audio, read_audio
from asr.audio.timeline import Piece, Skip
from asr.errors import DecodeError
from asr.sentences import GapCause
from tests.asr.audio.ladder import (
    SECONDS,
    damaged,
    encoded,
    ffmpeg,
    heard,
    joined,
    ladder,
    needs_ffmpeg,
    wav,
)

ALL = list(range(SECONDS))


@needs_ffmpeg
@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("no-xing.mp3", ["-ar", 44100, "-q:a", 4, "-write_xing", 0]),
        ("usual.mp3", []),
        ("adpcm.wav", ["-c:a", "adpcm_ima_wav"]),
        ("adpcm-ms.wav", ["-c:a", "adpcm_ms"]),
        ("mulaw.wav", ["-c:a", "pcm_mulaw"]),
        ("usual.aac", []),
        ("usual.wma", []),
        ("usual.mka", []),
        ("usual.caf", []),
        ("usual.ac3", []),
        ("usual.ts", ["-c:a", "aac"]),
    ],
)
def test_all_seconds_are_there(tmp_path: Path, name: str, options: list[object]) -> None:
    assert heard(read_audio(encoded(tmp_path / name, *options)))[:SECONDS] == ALL


@needs_ffmpeg
@pytest.mark.parametrize("name", ["a.flac", "a.wav", "a.mka"])
def test_a_length_that_is_not_known_costs_nothing(tmp_path: Path, name: str) -> None:
    path, source = tmp_path / name, wav(tmp_path / "source.wav")
    kind = "matroska" if name == "a.mka" else name[2:]
    with path.open("wb") as file:
        import subprocess

        command = ["ffmpeg", "-v", "error", "-i", source, "-f", kind, "-"]
        subprocess.run(command, check=True, stdout=file)

    with open_audio(path) as sound:
        samples = np.concatenate(list(sound))

    assert len(samples) == pytest.approx(SECONDS * SAMPLE_RATE, abs=1100)
    assert heard(samples) == ALL
    assert not sound.gaps


@pytest.mark.parametrize(
    ("whole", "sound"),
    [(0, 0), (0xFFFF_FFFF, 0xFFFF_FFFF), (0x7FFF_FFFF, 0x7FFF_FFDB), (36, 1000), (None, 1000),
     (None, 100_000_000), (0, 100_000_000)],
)  # fmt: skip
def test_sizes_in_a_wav_may_be_wrong(tmp_path: Path, whole: int | None, sound: int) -> None:
    path = wav(tmp_path / "a.wav")
    content = bytearray(path.read_bytes())
    if whole is not None:
        content[4:8] = struct.pack("<I", whole)
    content[40:44] = struct.pack("<I", sound)
    path.write_bytes(content)

    samples = read_audio(path)

    assert len(samples) == SECONDS * SAMPLE_RATE
    assert heard(samples) == ALL


def test_chunks_after_the_sound_are_no_sound(tmp_path: Path) -> None:
    path = wav(tmp_path / "a.wav")
    path.write_bytes(path.read_bytes() + b"LIST\x00\x10\x00\x00" + b"INFO" + bytes(4092))

    assert len(read_audio(path)) == SECONDS * SAMPLE_RATE


@needs_ffmpeg
@pytest.mark.parametrize(
    "name", ["a.mp3", "a.ogg", "a.opus", "a.wav", "a.flac", "a.aac", "a.m4a", "a.mka"]
)
def test_files_that_were_joined_are_read_to_the_end(tmp_path: Path, name: str) -> None:
    first = encoded(tmp_path / f"first-{name}", seconds=4)
    second = encoded(tmp_path / f"second-{name}", seconds=4, first=4)

    with open_audio(joined(tmp_path / name, first, second)) as file:
        samples = np.concatenate(list(file))

    assert heard(samples)[:8] == ALL
    assert not file.gaps


def test_a_second_part_of_another_shape_keeps_its_speed(tmp_path: Path) -> None:
    first = wav(tmp_path / "first.wav", 4)
    both = np.stack([ladder(4, 44_100, 4)] * 2, axis=1)
    soundfile.write(tmp_path / "second.wav", both, 44_100)

    samples = read_audio(joined(tmp_path / "a.wav", first, tmp_path / "second.wav"))

    assert heard(samples) == ALL


@needs_ffmpeg
def test_a_rate_that_changes_within_a_stream_keeps_the_speed(tmp_path: Path) -> None:
    first = encoded(tmp_path / "first.mp3", "-ar", 44100, "-ac", 2, seconds=4)
    second = encoded(tmp_path / "second.mp3", "-ar", 22050, "-ac", 1, seconds=4, first=4)

    samples = read_audio(joined(tmp_path / "a.mp3", first, second))

    assert heard(samples)[:8] == ALL


def test_what_follows_and_cannot_be_read_is_told(tmp_path: Path) -> None:
    first = wav(tmp_path / "first.wav", 4)
    (tmp_path / "second.wav").write_bytes(b"RIFF\x24\x10\x00\x00WAVEfmt " + bytes(5000))
    blocks = []

    with (
        open_audio(joined(tmp_path / "a.wav", first, tmp_path / "second.wav")) as file,
        pytest.raises(DecodeError, match=r"goes on after 4\.0 s with 5016 bytes"),
    ):
        blocks.extend(file)

    assert sum(map(len, blocks)) == 4 * SAMPLE_RATE


@needs_ffmpeg
@pytest.mark.parametrize("name", ["a.mp3", "a.aac", "a.m4a", "a.flac", "a.ogg", "a.opus"])
def test_damage_in_the_middle_is_a_gap_and_the_clock_goes_on(tmp_path: Path, name: str) -> None:
    path = damaged(encoded(tmp_path / name, "-b:a", "96k"))

    with open_audio(path) as file:
        samples = np.concatenate(list(file))

    assert len(samples) == pytest.approx(SECONDS * SAMPLE_RATE, abs=0.15 * SAMPLE_RATE)
    found = heard(samples)
    assert all(tone in (None, n) for n, tone in enumerate(found))
    assert (found[0], found[-1], sum(tone is not None for tone in found) >= 4) == (0, 7, True)
    assert file.gaps
    assert all(gap.cause == GapCause.DAMAGED and 1 < gap.start < 7 for gap in file.gaps)


@needs_ffmpeg
@pytest.mark.parametrize("name", ["a.mkv", "a.mp4", "a.mov"])
def test_sound_that_begins_after_the_picture_is_as_late(tmp_path: Path, name: str) -> None:
    source = wav(tmp_path / "source.wav", 4)
    ffmpeg("-f", "lavfi", "-i", "color=s=64x64:r=5:d=9", "-itsoffset", 4, "-i", source,
           "-c:a", "aac", tmp_path / name)  # fmt: skip

    with open_audio(tmp_path / name) as file:
        samples = np.concatenate(list(file))

    assert heard(samples) == [None] * 4 + [0, 1, 2, 3]
    assert not file.gaps


@needs_ffmpeg
@pytest.mark.parametrize("name", ["a.mkv", "a.ts"])
def test_a_hole_is_a_gap_and_shifts_nothing(tmp_path: Path, name: str) -> None:
    source = wav(tmp_path / "source.wav")
    ffmpeg("-i", source, "-af", "aselect='lt(t,3)+gte(t,5)'", "-c:a", "aac",
           tmp_path / name)  # fmt: skip

    with open_audio(tmp_path / name) as file:
        samples = np.concatenate(list(file))

    assert heard(samples) == [0, 1, 2, None, None, 5, 6, 7]
    assert [round(gap.start) for gap in file.gaps] == [3]
    assert [round(gap.seconds) for gap in file.gaps] == [2]
    assert file.gaps[0].cause == GapCause.NO_SOUND


@pytest.mark.parametrize("start", [1.0, 4.0])
def test_a_flac_that_breaks_off_is_read_from_any_second(tmp_path: Path, start: float) -> None:
    path = tmp_path / "cut.flac"
    noise = np.random.default_rng(0).normal(0, 0.3, 6 * SAMPLE_RATE).astype(np.float32)
    soundfile.write(path, noise, SAMPLE_RATE)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])

    pieces: list[Piece] = []
    with (
        open_audio(path, start=start) as file,
        pytest.raises(DecodeError, match=r"breaks off after 2\.8 s"),
    ):
        pieces.extend(file.pieces())

    seconds = sum(len(piece) for piece in pieces if not isinstance(piece, Skip)) / SAMPLE_RATE
    assert seconds == pytest.approx(max(0.0, 2.816 - start), abs=0.01)


@needs_ffmpeg
def test_an_mp3_that_ends_in_its_table_of_contents_is_told(tmp_path: Path) -> None:
    path = encoded(tmp_path / "cut.mp3")
    content = path.read_bytes()
    table = max(content.find(b"Xing"), content.find(b"Info"))
    for end in range(table + 4, table + 12):
        path.write_bytes(content[:end])
        with pytest.raises(DecodeError, match=r"cut\.mp3"):
            read_audio(path)
