"""Files as the world has them: cut, joined, damaged, misnamed, lying, empty, huge in claims.

A dozen whole files are encoded once; all others are made of their bytes, or written by
soundfile. Each says what must come of it.
"""

from __future__ import annotations

import gzip
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from itertools import permutations
from pathlib import Path
from typing import Final

import numpy as np
import soundfile

from tests.asr.audio.ladder import encoded, ffmpeg, ladder, wav

SECONDS: Final = 4

ENCODED: Final[Mapping[str, tuple[object, ...]]] = {
    "wav": (),
    "flac": (),
    "mp3": ("-b:a", "48k"),
    "ogg": (),
    "opus": (),
    "aac": (),
    "m4a": (),
    "mkv": ("-c:a", "aac"),
    "webm": (),
    "ts": ("-c:a", "aac"),
    "wma": (),
    "aiff": (),
    "caf": (),
    "au": (),
    "ac3": (),
    "w64": (),
}
CUT: Final = (
    "wav",
    "flac",
    "mp3",
    "ogg",
    "opus",
    "aac",
    "m4a",
    "mkv",
    "webm",
    "ts",
    "wma",
    "aiff",
)
JOINED: Final = ("wav", "flac", "mp3", "ogg", "opus", "aac", "m4a", "mkv")

Bases = Mapping[str, bytes]
Make = Callable[[Path, Bases], Path]


class Outcome(Enum):
    """What must come of a file."""

    WHOLE = "all seconds, and no complaint"
    PART = "seconds in their places, and a sentence if some are missing"
    REFUSED = "a sentence"
    SPEECHLESS = "no complaint, and a reason why there is no speech"


@dataclass(frozen=True)
class Case:
    """A file, and what must come of it."""

    name: str
    make: Make
    outcome: Outcome


def bases(folder: Path) -> Bases:
    """Encode the whole files."""
    found = {}
    for kind, options in ENCODED.items():
        found[kind] = encoded(folder / f"whole.{kind}", *options, seconds=SECONDS).read_bytes()
    film = folder / "film.mp4"
    ffmpeg("-f", "lavfi", "-i", "color=s=32x32:r=5:d=1", film)
    found["film"] = film.read_bytes()
    secret = folder / "secret.mp4"
    key = "0123456789abcdef0123456789abcdef"
    sound = wav(folder / "s.wav", SECONDS)
    lock = (
        "-encryption_scheme",
        "cenc-aes-ctr",
        "-encryption_key",
        key,
        "-encryption_kid",
        key,
    )
    ffmpeg("-i", sound, "-c:a", "aac", *lock, secret)
    found["secret"] = secret.read_bytes()
    return found


def of_bytes(name: str, content: Callable[[Bases], bytes], outcome: Outcome) -> Case:
    """A file of these bytes."""

    def make(folder: Path, bases: Bases) -> Path:
        path = folder / name
        path.write_bytes(content(bases))
        return path

    return Case(name, make, outcome)


def of_frames(
    name: str,
    outcome: Outcome,
    frames: Callable[[], np.ndarray],
    rate: int = 16_000,
    subtype: str | None = None,
) -> Case:
    """A file that soundfile writes."""

    def make(folder: Path, _: Bases) -> Path:
        path = folder / name
        soundfile.write(path, frames(), rate, subtype=subtype)
        return path

    return Case(name, make, outcome)


def cases() -> list[Case]:
    """All of them."""
    return [
        *_cut(), *_joined(), *_damaged(), *_misnamed(), *_not_sound(), *_wav_headers(),
        *_rates_and_channels(), *_numbers(), *_names(),
    ]  # fmt: skip


def _cut() -> list[Case]:
    return [
        of_bytes(
            f"cut-{tenth}.{kind}",
            lambda b, kind=kind, tenth=tenth: b[kind][: len(b[kind]) * tenth // 10],
            Outcome.PART,
        )
        for kind in CUT
        for tenth in range(1, 10)
    ]


def _joined() -> list[Case]:
    twice = [
        of_bytes(f"joined.{kind}", lambda b, kind=kind: b[kind] * 2, Outcome.WHOLE)
        for kind in JOINED
    ]
    mixed = [
        of_bytes(
            f"joined-{first}-{second}.{first}",
            lambda b, first=first, second=second: b[first] + b[second],
            Outcome.PART if first in ("mp3", "flac") else Outcome.WHOLE,
        )
        for first, second in permutations(("wav", "flac", "mp3", "ogg", "m4a"), 2)
    ]
    return twice + mixed


def _damaged() -> list[Case]:
    def noise(content: bytes, share: float, n_bytes: int, seed: int) -> bytes:
        chance = np.random.default_rng(seed)
        damaged = bytearray(content)
        for _ in range(max(1, round(share * len(content) / n_bytes))):
            place = int(chance.integers(0, max(1, len(content) - n_bytes)))
            damaged[place : place + n_bytes] = chance.bytes(n_bytes)
        return bytes(damaged)

    def hole(content: bytes) -> bytes:
        third = len(content) // 3
        return content[:third] + bytes(third) + content[2 * third :]

    found = [
        of_bytes(
            f"damaged-{share}.{kind}",
            lambda b, kind=kind, share=share: noise(b[kind], share, 64, 1),
            Outcome.PART,
        )
        for kind in ENCODED
        for share in (0.01, 0.3)
    ]
    found += [
        of_bytes(f"hollow.{kind}", lambda b, kind=kind: hole(b[kind]), Outcome.PART)
        for kind in ENCODED
    ]
    return found + [
        of_bytes(f"headless.{kind}", lambda b, kind=kind: b[kind][64:], Outcome.PART)
        for kind in ENCODED
    ]


def _misnamed() -> list[Case]:
    names = [("wav", "mp3"), ("mp3", "wav"), ("flac", "ogg"), ("m4a", "wav"), ("ogg", "m4a"),
             ("mkv", "mp3"), ("webm", "txt"), ("aac", "flac"), ("wma", "wav")]  # fmt: skip
    return [
        of_bytes(f"{kind}-called.{name}", lambda b, kind=kind: b[kind], Outcome.WHOLE)
        for kind, name in names
    ]


def _not_sound() -> list[Case]:
    random = np.random.default_rng(5).bytes(500_000)
    contents: dict[str, bytes] = {
        "empty.wav": b"",
        "letter.wav": b"Dear reader, this is no sound.\n" * 99,
        "page.mp3": b"<!DOCTYPE html><html><body>404</body></html>" * 20,
        "random.mp3": random,
        "random.wav": random,
        "random.m4a": random,
        "random.flac": random,
        "random.ogg": random,
        "sync.mp3": b"\xff\xfb\x90\x64" + random[:60_000],
        "tagged.mp3": b"ID3\x04\0\0\0\0\0\x10" + bytes(16) + random[:60_000],
        "zeros.mp3": bytes(100_000),
        "zeros.wav": bytes(100_000),
        "ones.aac": b"\xff" * 50_000,
        "packed.wav": gzip.compress(random[:5000]),
        "picture.png": b"\x89PNG\r\n\x1a\n" + random[:5000],
        "document.pdf": b"%PDF-1.7\n" + random[:5000],
        "program.exe": b"MZ" + random[:5000],
        "riff.wav": b"RIFF",
        "no-format.wav": b"RIFF\x24\x10\0\0WAVE" + bytes(4096),
        "ogg.ogg": b"OggS\0\2" + random[:5000],
        "flac.flac": b"fLaC\0\0\0\x22" + random[:5000],
        "ftyp.m4a": b"\0\0\0\x20ftypM4A " + random[:5000],
        "matroska.mkv": b"\x1a\x45\xdf\xa3" + random[:5000],
        "list.m3u8": b"#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:9/a.ts\n",
        "list.ffconcat": b"ffconcat version 1.0\nfile '/etc/passwd'\n",
    }
    found = [
        of_bytes(name, lambda _, content=content: content, Outcome.REFUSED)
        for name, content in contents.items()
    ]
    found.append(of_bytes("film.mp4", lambda b: b["film"], Outcome.REFUSED))
    found.append(of_bytes("encrypted.mp4", lambda b: b["secret"], Outcome.REFUSED))
    return found


def _wav_headers() -> list[Case]:
    def lie(riff: int | None, data: int | None) -> Callable[[Bases], bytes]:
        def content(bases: Bases) -> bytes:
            plain = bytearray(plain_wav())
            if riff is not None:
                plain[4:8] = struct.pack("<I", riff)
            if data is not None:
                plain[40:44] = struct.pack("<I", data)
            return bytes(plain)

        return content

    lies = [(0, 0), (0, None), (None, 0), (0xFFFF_FFFF, 0xFFFF_FFFF), (1 << 31, (1 << 31) - 36),
            (None, 0x8000_0000), (36, 2), (None, 1000), (0, 123_456_789)]  # fmt: skip
    found = [
        of_bytes(f"sizes-{riff}-{data}.wav", lie(riff, data), Outcome.WHOLE)
        for riff, data in lies
    ]

    def field(place: int, form: str, value: int) -> Callable[[Bases], bytes]:
        def content(_: Bases) -> bytes:
            plain = bytearray(plain_wav())
            struct.pack_into(form, plain, place, value)
            return bytes(plain)

        return content

    fields = {"no-channels": (22, "<H", 0), "65535-channels": (22, "<H", 65_535),
              "rate-0": (24, "<I", 0), "rate-4G": (24, "<I", 0xFFFF_FFFF),
              "format-0": (20, "<H", 0), "format-FFFE": (20, "<H", 0xFFFE)}  # fmt: skip
    found += [
        of_bytes(f"{name}.wav", field(*value), Outcome.REFUSED)
        for name, value in fields.items()
    ]
    found.append(of_bytes("rf64.wav", lambda _: _rf64(plain_wav(), whole=True), Outcome.WHOLE))
    found.append(
        of_bytes("rf64-unset.wav", lambda _: _rf64(plain_wav(), whole=False), Outcome.WHOLE)
    )
    return found


def plain_wav() -> bytes:
    """Return the ladder as WAV with the shortest of heads."""
    sound = (ladder(SECONDS) * 32_767).astype("<i2").tobytes()
    shape = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, 16_000, 32_000, 2, 16)
    head = struct.pack("<4sI4s", b"RIFF", 36 + len(sound), b"WAVE")
    return head + shape + struct.pack("<4sI", b"data", len(sound)) + sound


def _rf64(plain: bytes, *, whole: bool) -> bytes:
    sizes = (len(plain) + 28, len(plain) - 44, 0) if whole else (0, 0, 0)
    ds64 = struct.pack("<4sIQQQI", b"ds64", 28, *sizes, 0)
    head = b"RF64" + b"\xff" * 4 + b"WAVE" + ds64 + plain[12:40]
    return head + b"\xff" * 4 + plain[44:]


def _rates_and_channels() -> list[Case]:
    def tones(rate: int, channels: int = 1) -> Callable[[], np.ndarray]:
        return lambda: np.stack([ladder(SECONDS, rate)] * channels, axis=1)

    whole = Outcome.WHOLE
    found = [
        of_frames(f"{rate}Hz.wav", Outcome.REFUSED, lambda rate=rate: np.zeros(rate * 2), rate)
        for rate in (1, 10, 999)
    ]
    found += [
        of_frames(f"{rate}Hz.wav", whole, tones(rate), rate)
        for rate in (2000, 8000, 11_025, 22_050, 37_800, 96_000, 192_000, 384_000)
    ]
    found += [of_frames(f"{n}-channels.wav", whole, tones(16_000, n)) for n in range(2, 9)]
    found += [
        of_frames(f"{subtype}.wav", whole, tones(16_000), subtype=subtype)
        for subtype in ("PCM_U8", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW", "ALAW",
                        "IMA_ADPCM", "MS_ADPCM", "GSM610")
    ]  # fmt: skip
    return found + [
        of_frames(f"{subtype}.aiff", whole, tones(16_000), subtype=subtype)
        for subtype in ("PCM_S8", "PCM_16", "PCM_24", "FLOAT", "ULAW")
    ]


def _numbers() -> list[Case]:
    def with_some(value: float) -> Callable[[], np.ndarray]:
        def frames() -> np.ndarray:
            sound = ladder(SECONDS)
            sound[::1000] = value
            return sound

        return frames

    found = [
        of_frames(f"some-{value}.wav", Outcome.WHOLE, with_some(value), subtype="FLOAT")
        for value in (np.nan, np.inf, -np.inf)
    ]
    found.append(
        of_frames("loud.wav", Outcome.WHOLE, lambda: ladder(SECONDS) * 3e4, subtype="FLOAT")
    )
    silent: dict[str, Callable[[], np.ndarray]] = {
        "all-nan.wav": lambda: np.full(20_000, np.nan),
        "all-inf.wav": lambda: np.full(20_000, np.nan),
        "silence.wav": lambda: np.zeros(20_000),
        "one-sample.wav": lambda: np.zeros(1),
        "no-samples.wav": lambda: np.zeros(0),
    }
    found += [
        of_frames(name, Outcome.SPEECHLESS, frames, subtype="FLOAT")
        for name, frames in silent.items()
    ]
    opposed = np.stack([ladder(SECONDS), -ladder(SECONDS)], axis=1)
    found.append(of_frames("opposed.wav", Outcome.WHOLE, lambda: opposed))
    return found


def _names() -> list[Case]:
    names = ["new\nline.wav", "tab\t.wav", "🎙.wav", "ö" * 120 + ".wav", "-v.wav", "%03d.wav",
             "a:b.wav", "'\".wav", "no ending", ".wav"]  # fmt: skip
    return [of_bytes(name, lambda _: plain_wav(), Outcome.WHOLE) for name in names]
