"""What a file is made of: parts that were joined, and headers that tell the truth.

Sizes in a header are wrong in files that a program wrote into a pipe, could not finish, or
that were joined byte by byte. So they are compared with the bytes that are there; where
they lie, a part gets a head of its own.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

LIMIT: Final = 0xFFFF_FFFF  # of a size in 32 bits
NEVER_SET: Final = 0x7FFF_0000  # sizes from here on are what programs write into pipes
CHUNKS: Final = frozenset(
    {b"LIST", b"id3 ", b"ID3 ", b"bext", b"fact", b"cue ", b"smpl", b"PEAK", b"iXML", b"JUNK"}
)
WINDOW: Final = 1 << 20  # bytes of a file that are looked at together
SCRAP: Final = 16  # bytes after the sound that are nothing
FLAC: Final = b"fLaC\x00\x00\x00\x22"
EBML: Final = b"\x1a\x45\xdf\xa3"
INDEXES: Final = frozenset({b"moov", b"moof"})  # of an MP4
LONGEST_INDEX: Final = 1 << 26  # bytes of it that are looked through
LOCKS: Final = (b"enca", b"drms", b"aavd")  # kinds of sound that is encrypted
ASF: Final = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
ASF_PROPERTIES: Final = bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365")
SEGMENT: Final = b"\x18\x53\x80\x67"


@dataclass(frozen=True, slots=True)
class Extent:
    """Where a part lies in its file."""

    start: int  # byte
    end: int
    kind: str = ""  # wav, flac, ogg, mp3, mp4, mkv or amr; else not known
    head: bytes = b""  # to be read in place of as many bytes at its start, if longer or not
    skipped: int = 0  # bytes of the file that `head` stands for
    is_cut: bool = False  # its header promises more than there is


class Part(io.RawIOBase):
    """A part as if it were a file of its own.

    What the disk cannot give ends the part, and is kept in `error`: libraries that read
    through callbacks have no way to pass it on.
    """

    def __init__(self, path: Path, extent: Extent) -> None:
        super().__init__()
        self.path = path
        self.extent = extent
        self.error: OSError | None = None
        self._file = path.open("rb", buffering=0)
        self._place = 0
        self._n_body = extent.end - extent.start - extent.skipped

    @property
    def is_whole_file(self) -> bool:
        """Whether the part is the file as it lies on the disk."""
        extent = self.extent
        return (
            not extent.start and not extent.skipped and extent.end == self.path.stat().st_size
        )

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self.extent.head) + self._n_body

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True

    def tell(self) -> int:
        """Return the byte that comes next."""
        return self._place

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a byte."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self.size}[whence]
        self._place = max(0, base + offset)
        return self._place

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer as far as one read does; nothing at the end."""
        head = self.extent.head[self._place : self._place + len(buffer)]
        if head:
            buffer[: len(head)] = head
            self._place += len(head)
            return len(head)
        inside = self._place - len(self.extent.head)
        wanted = min(len(buffer), self._n_body - inside)
        if wanted <= 0:
            return 0
        try:
            self._file.seek(self.extent.start + self.extent.skipped + inside)
            n_read = self._file.readinto(memoryview(buffer)[:wanted]) or 0
        except OSError as error:
            self.error = error
            return 0
        self._place += n_read
        return n_read

    def close(self) -> None:
        """Give the file back."""
        if not self.closed:
            self._file.close()
        super().close()


class View:
    """The bytes of a file, as many at a time as are asked for."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self._size = int(file.seek(0, io.SEEK_END))
        self._begin, self._window = 0, b""

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, wanted: slice) -> bytes:
        start, stop, _ = wanted.indices(self._size)
        if not self._begin <= start <= stop <= self._begin + len(self._window):
            self._file.seek(start)
            self._begin, self._window = start, self._file.read(max(WINDOW, stop - start))
        return self._window[start - self._begin : max(start, stop) - self._begin]

    def find(self, mark: bytes, start: int) -> int:
        """Return where a mark is next found; -1 if it is not."""
        while start + len(mark) <= self._size:
            window = self[start : min(self._size, start + WINDOW)]
            if (place := window.find(mark)) >= 0:
                return start + place
            start += max(1, len(window) - len(mark) + 1)
        return -1


def extents(path: Path) -> list[Extent]:
    """Lay a file that is not empty into parts. Raises OSError."""
    with path.open("rb", buffering=0) as file:
        view = View(file)
        for kind, fits, find in _KINDS:
            if fits(view[:16]):
                return list(find(view, kind)) or [Extent(0, len(view), kind)]
        return [Extent(0, len(view), _kind(view[:16]))]


def _kind(head: bytes) -> str:
    """Tell what begins so."""
    for kind, fits, _ in _KINDS:
        if fits(head):
            return kind
    return "mp3" if _is_mp3(head) else ""


def _is_mp3(head: bytes) -> bool:
    is_frame = len(head) > 2 and head[0] == 0xFF and head[1] & 0xE6 in (0xE2, 0xE4)
    return head.startswith(b"ID3") or is_frame


# ── WAV ──────────────────────────────────────────────────────────────────────────────


def _is_wav(head: bytes) -> bool:
    return head[:4] in (b"RIFF", b"RF64", b"BW64") and head[8:12] == b"WAVE"


def _wav(view: View, kind: str) -> Iterator[Extent]:
    place = 0
    while _is_wav(view[place : place + 12]):
        extent = _one_wav(view, place)
        yield extent
        place = extent.end
    if place + SCRAP < len(view):
        yield Extent(place, len(view), _kind(view[place : place + 16]))


def _one_wav(view: View, start: int) -> Extent:
    """Lay out the WAV that begins at a byte: its sound ends where the bytes say so."""
    n_bytes = len(view)
    found = _find_data(view, start)
    if found is None:  # the library will say what it thinks of that
        return Extent(start, n_bytes, "wav")
    data, said, promised = found
    is_cut = False
    following = _chunks_end(view, data + said) if said < NEVER_SET or said <= n_bytes else None
    if following is not None and data + said <= n_bytes:
        end, sound_end = following, data + said
    elif data + said <= n_bytes and said and promised == said + data - start - 8:
        end = sound_end = data + said  # the two sizes agree: what follows is something else
    else:
        end = sound_end = n_bytes
        agreed = said + data - start - 8  # what the outer size must at least be
        is_cut = data + said > n_bytes and agreed <= promised < NEVER_SET
    if sound_end == data + said and view[start : start + 4] != b"BW64":
        return Extent(start, end, "wav")
    head = _wav_head(view[start:data], sound_end - data)
    return Extent(start, end, "wav", head, data - start, is_cut)


def _find_data(view: View, start: int) -> tuple[int, int, int] | None:
    """Return where the sound begins, its size and the whole's, as said; None without."""
    promised = int(struct.unpack("<I", view[start + 4 : start + 8])[0])
    place, said_long = start + 12, None
    while place + 8 <= len(view):
        name, size = struct.unpack("<4sI", view[place : place + 8])
        if name == b"ds64" and place + 24 <= len(view):
            promised, said_long = struct.unpack("<QQ", view[place + 8 : place + 24])
        if name == b"data":
            said = said_long if said_long is not None and size == LIMIT else size
            return place + 8, said, promised
        place += 8 + size + (size & 1)
    return None


def _chunks_end(view: View, place: int) -> int | None:
    """Follow the chunks after the sound to the next WAV or the end; None if they are none."""
    place += place & 1 if view[place : place + 1] == b"\0" else 0
    while place + SCRAP < len(view):
        name, size = struct.unpack("<4sI", view[place : place + 8])
        if _is_wav(view[place : place + 12]):
            return place
        fits = place + 8 + size <= len(view)
        if name not in CHUNKS and not (fits and name.isascii() and name.decode().isprintable()):
            return None
        place += 8 + size + (size & 1)
    return len(view)


def _wav_head(head: bytes, n_sound: int) -> bytes:
    """Return the head of a WAV with sizes that are true."""
    chunks = head[12:-8]
    if chunks[:4] == b"ds64":
        chunks = chunks[8 + struct.unpack_from("<I", chunks, 4)[0] :]
    whole = 4 + len(chunks) + 8 + n_sound
    if whole <= LIMIT:
        return b"RIFF" + struct.pack("<I", whole) + b"WAVE" + chunks + _data(n_sound)
    sizes = struct.pack("<4sIQQQI", b"ds64", 28, whole + 36, n_sound, 0, 0)
    return b"RF64" + struct.pack("<I", LIMIT) + b"WAVE" + sizes + chunks + _data(LIMIT)


def _data(n_bytes: int) -> bytes:
    return b"data" + struct.pack("<I", n_bytes)


# ── Containers of coded sound ────────────────────────────────────────────────────────


def _between(view: View, kind: str, starts: list[int]) -> Iterator[Extent]:
    """Parts that begin at these bytes, the first of which is the file's first."""
    for start, end in zip(starts, [*starts[1:], len(view)], strict=True):
        yield Extent(start, end, kind)


def _by_mark(mark: bytes) -> Callable[[View, str], Iterator[Extent]]:
    def find(view: View, kind: str) -> Iterator[Extent]:
        starts, place = [0], 0
        while (place := view.find(mark, place + 1)) > 0:
            starts.append(place)
        return _between(view, kind, starts)

    return find


def _ogg(view: View, kind: str) -> Iterator[Extent]:
    """Cut a chain of Ogg streams into its links (RFC 3533, sections 4 and 6)."""
    starts: list[int] = []
    place, was_first, ends, last = 0, False, False, len(view)
    while (place := view.find(b"OggS", place)) >= 0 and place + 27 <= len(view):
        flags, n_entries = view[place + 5 : place + 6][0], view[place + 26 : place + 27][0]
        is_first = bool(flags & 2)
        if is_first and not was_first:
            starts.append(place)
        table = view[place + 27 : place + 27 + n_entries]
        ends = bool(flags & 4) and place + 27 + len(table) + sum(table) <= len(view)
        place += 27 + len(table) + sum(table)
        was_first, last = is_first, place
    yield from _parts_and_rest(view, kind, [0, *starts[1:]], last, is_cut=not ends)


def _mp4(view: View, kind: str) -> Iterator[Extent]:
    """Follow the boxes of the top level (ISO/IEC 14496-12, section 4.2)."""
    starts, place, is_cut, has_index = [0], 0, False, False
    while place + 8 <= len(view):
        size, name = struct.unpack(">I4s", view[place : place + 8])
        if not name.isascii() or not name.decode().isprintable():
            break
        has_index |= name in INDEXES
        if name == b"ftyp" and place:
            starts.append(place)
        if size == 1 and place + 16 <= len(view):
            size = struct.unpack(">Q", view[place + 8 : place + 16])[0]
        place = len(view) if size < 8 else place + size
        is_cut = place > len(view)
    end = place if has_index else len(view)  # without it the boxes themselves may be damaged
    yield from _parts_and_rest(view, kind, starts, end, is_cut=is_cut)


def _matroska(view: View, kind: str) -> Iterator[Extent]:
    """Follow the elements of the top level (RFC 8794, section 11)."""
    starts, place, is_cut = [0], 0, False
    while view[place : place + 4] in (EBML, SEGMENT):
        if view[place : place + 4] == EBML and place:
            starts.append(place)
        size = _element_size(view, place + 4)
        place = len(view) if size is None else place + 4 + size
        is_cut = place > len(view)
    yield from _parts_and_rest(view, kind, starts, len(view), is_cut=is_cut)


def _asf(view: View, kind: str) -> Iterator[Extent]:
    """Compare the size that the file properties state (ASF specification, section 3.2)."""
    place = view.find(ASF_PROPERTIES, 0)
    size = view[place + 40 : place + 48] if 0 <= place < WINDOW else b""
    stated = int.from_bytes(size, "little")
    yield Extent(0, len(view), kind, is_cut=len(view) < stated < NEVER_SET << 16)


def _parts_and_rest(
    view: View, kind: str, starts: list[int], end: int, *, is_cut: bool
) -> Iterator[Extent]:
    """Parts that begin at these bytes, and what comes after `end`, if it is more than scrap."""
    rest = end if len(view) - end > SCRAP else len(view)
    for start, stop in zip(starts, [*starts[1:], rest], strict=True):
        yield Extent(start, stop, kind, is_cut=is_cut and stop == rest)
    if rest < len(view):
        yield Extent(rest, len(view), _kind(view[rest : rest + 16]))


def _element_size(view: View, place: int) -> int | None:
    """Return the bytes of an element's size and of what it holds; None if it is unknown."""
    first = view[place : place + 1]
    if not first or not first[0]:
        return None
    n_bytes = 9 - first[0].bit_length()
    value = int.from_bytes(view[place : place + n_bytes], "big") & ((1 << 7 * n_bytes) - 1)
    return None if value == (1 << 7 * n_bytes) - 1 else n_bytes + value


_Find = Callable[[View, str], Iterator[Extent]]
_KINDS: Final[tuple[tuple[str, Callable[[bytes], bool], _Find], ...]] = (
    ("wav", _is_wav, _wav),
    ("flac", lambda head: head.startswith(FLAC), _by_mark(FLAC)),
    ("ogg", lambda head: head.startswith(b"OggS"), _ogg),
    ("mp4", lambda head: head[4:8] == b"ftyp", _mp4),
    ("mkv", lambda head: head.startswith(EBML), _matroska),
    ("asf", lambda head: head == ASF, _asf),
    ("amr", lambda head: head.startswith(b"#!AMR\n"), _by_mark(b"#!AMR\n")),
    ("amr", lambda head: head.startswith(b"#!AMR-WB\n"), _by_mark(b"#!AMR-WB\n")),
)


def mp4_index(part: Part) -> bytes | None:
    """Return the box without which nothing in an MP4 can be found; None if it is not there."""
    view, place = View(part), 0
    while place + 8 <= len(view):
        size, name = struct.unpack(">I4s", view[place : place + 8])
        if size == 1 and place + 16 <= len(view):
            size = struct.unpack(">Q", view[place + 8 : place + 16])[0]
        if name in INDEXES:
            return view[place : place + min(size, LONGEST_INDEX)]
        if size < 8:
            return None
        place += size
    return None


def is_encrypted(index: bytes) -> bool:
    """Whether an MP4's sound is locked (ISO/IEC 14496-12, section 8.12; iTunes; Audible)."""
    return any(lock in index for lock in LOCKS) and b"stsd" in index
