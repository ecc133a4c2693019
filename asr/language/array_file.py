"""Named arrays in one file, checked and mapped into memory: nothing is parsed or copied.

    magic | CRC-32 of the rest | header length | header (JSON) | padding | array | padding | …

Integers are little-endian, arrays start at multiples of 64 bytes.
"""

from __future__ import annotations

import json
import mmap
import struct
import sys
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from asr.atomic import write_atomically
from asr.errors import LanguageError

MAGIC: Final = b"earshot\x01"
_START: Final = struct.Struct("<8sII")
_CHECKED: Final = 12  # bytes before what the checksum covers
BLOCK: Final = 1 << 20  # bytes read at a time
ALIGNMENT: Final = 64  # bytes: a cache line, and more than any element


@dataclass(frozen=True, slots=True)
class MappedFile:
    """What a file holds: a header of one's own, and arrays that must not be written to."""

    header: dict[str, Any]
    arrays: dict[str, NDArray[Any]]


def write_arrays(
    path: Path, kind: str, header: Mapping[str, object], arrays: Mapping[str, NDArray[Any]]
) -> None:
    """Write arrays of any shape by name, whole or not at all. Raises LanguageError."""
    table, offset, blocks = {}, 0, []
    for name, array in arrays.items():
        block = np.ascontiguousarray(array, array.dtype.newbyteorder("<")).tobytes()
        table[name] = [array.dtype.newbyteorder("<").str, list(array.shape), offset]
        blocks.append(block + bytes(-len(block) % ALIGNMENT))
        offset += len(blocks[-1])
    head = json.dumps({"kind": kind, "header": dict(header), "arrays": table}).encode()
    head += b" " * (-(_START.size + len(head)) % ALIGNMENT)
    rest = struct.pack("<I", len(head)) + head + b"".join(blocks)
    try:
        with write_atomically(path) as draft:
            draft.write_bytes(MAGIC + struct.pack("<I", zlib.crc32(rest)) + rest)
    except OSError as error:
        raise LanguageError(
            "{path} could not be written: {why}.", path=path, why=error.strerror
        ) from error


def open_arrays(path: Path, kind: str) -> MappedFile:
    """Check every byte of the file and map it. Raises LanguageError."""
    try:
        found = _checksum(path)
        whole = np.memmap(path, np.uint8, mode="r")
    except (OSError, ValueError) as error:  # ValueError: an empty file cannot be mapped
        raise LanguageError(
            "The {kind} {path} could not be opened.", kind=kind, path=path
        ) from error
    damaged = LanguageError(
        "The {kind} {path} is damaged, or is no {kind}.", kind=kind, path=path
    )
    if len(whole) < _START.size:
        raise damaged
    magic, checksum, head_size = _START.unpack(whole[: _START.size].tobytes())
    if magic != MAGIC or found != checksum:
        raise damaged
    body = _START.size + head_size
    head = json.loads(whole[_START.size : body].tobytes())
    if head["kind"] != kind:
        raise damaged
    arrays = {
        name: np.ndarray(tuple(shape), np.dtype(dtype), whole, body + offset)
        for name, (dtype, shape, offset) in head["arrays"].items()
    }
    return MappedFile(head["header"], arrays)


def let_go(array: NDArray[Any]) -> None:
    """Keep no page of the file in memory that an array is mapped from; read, it comes back."""
    mapping: object = array
    while isinstance(mapping, np.ndarray):
        mapping = mapping.base
    if isinstance(mapping, mmap.mmap) and sys.platform == "linux":
        mapping.madvise(mmap.MADV_DONTNEED)


def _checksum(path: Path) -> int:
    """CRC of what the checksum covers, read and not mapped: pages once mapped stay."""
    found = 0
    with path.open("rb") as file:
        file.seek(_CHECKED)
        while block := file.read(BLOCK):
            found = zlib.crc32(block, found)
    return found
