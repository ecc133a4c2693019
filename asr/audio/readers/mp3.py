"""What an MP3 says of itself: the length in its first frame, and its tags."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from asr.audio.readers.parts import Part

RATES: Final = {
    3: (44_100, 48_000, 32_000),
    2: (22_050, 24_000, 16_000),
    0: (11_025, 12_000, 8_000),
}
TAGS: Final = (b"ID3", b"TAG", b"APETAGEX", b"LYRICS", b"\0\0\0\0")
SEARCHED: Final = 8192  # bytes after the tag in which the first frame begins


def is_tag(start: bytes) -> bool:
    """Whether a packet is a tag, padding or a table of contents, and no sound."""
    return start.startswith(TAGS) or any(mark in start[:64] for mark in (b"Xing", b"Info"))


def announced_seconds(part: Part) -> float | None:
    """Return the length by the frame that encoders put first (Xing), if there is one."""
    part.seek(0)
    head = part.read(10) or b""
    start = 10 + _size_of_tag(head) if head.startswith(b"ID3") and len(head) == 10 else 0
    part.seek(start)
    found = part.read(SEARCHED) or b""
    part.seek(0)
    place = max(found.find(b"Xing", 0, 4096), found.find(b"Info", 0, 4096))
    frame = found.rfind(b"\xff", 0, max(0, place))
    while frame > 0 and not _is_header(found[frame : frame + 4]):
        frame = found.rfind(b"\xff", 0, frame)
    if place < 0 or frame < 0 or not found[place + 7] & 1:
        return None
    version, rate_index = found[frame + 1] >> 3 & 3, found[frame + 2] >> 2 & 3
    n_frames = int.from_bytes(found[place + 8 : place + 12], "big")
    samples = 1152 if version == 3 else 576
    return n_frames * samples / RATES[version][rate_index]


def _size_of_tag(head: bytes) -> int:
    """Return the size in an ID3v2 head: four times seven bits."""
    return sum(
        (byte & 0x7F) << shift for byte, shift in zip(head[6:10], (21, 14, 7, 0), strict=True)
    )


def _is_header(head: bytes) -> bool:
    return (
        len(head) == 4
        and head[0] == 0xFF
        and head[1] & 0xE6 == 0xE2
        and (head[1] >> 3 & 3) != 1
        and (head[2] >> 2 & 3) != 3
        and (head[2] >> 4) not in (0, 15)
    )
