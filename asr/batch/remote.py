"""Files that lie elsewhere, named by address: s3://bucket/talk.mp3, https://…, by fsspec.

No address is asked but those that the user names. A file is copied here for the time of its
job: readers go to and fro in files, which is slow from afar, and a line that fails in the
middle fails before anything is written.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any, Final

from asr.errors import ConfigError, StorageError

SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
PATTERN: Final = re.compile(r"[*[]")  # a question mark begins the query of an address
# What tells that a file is another than before, by what those who keep it call it.
MARKS: Final = (
    *("ETag", "etag", "md5Hash", "content_md5", "Content-MD5", "checksum"),
    *("mtime", "LastModified", "last_modified", "updated", "created"),
)


def is_address(text: str) -> bool:
    """Whether it names a file elsewhere; C:/talk.wav does not."""
    return bool(SCHEME.match(text))


def file_name(address: str) -> str:
    """Return the name of a file, without what an address has before and after it."""
    return PurePosixPath(re.split(r"[?#]", SCHEME.sub("", address))[0]).name or "sound"


def without_password(address: str) -> str:
    """Return an address as it may be shown and kept."""
    return re.sub(r"(?<=://)[^/@]*@", "", address)


def found(address: str, suffixes: set[str], *, recursive: bool) -> list[tuple[str, Path]]:
    """Return the files that an address means, each with the folder in which it was found.

    Args:
        address: Of a file, of a folder, or a pattern with * in it.
        suffixes: Of the files that are looked for in folders.
        recursive: Whether to look into folders of folders.

    Raises:
        ConfigError: There is no library for it.
        StorageError: It cannot be asked.
    """
    with _asked(address) as (system, path):
        before = _before(address, path)
        if PATTERN.search(address):
            names = [name for name in sorted(system.glob(path)) if not system.isdir(name)]
            return [(before + name, Path()) for name in names]
        if not _may_be_folder(address, suffixes) or not system.isdir(path):
            return [(address, Path())]
        top = PurePosixPath(path.rstrip("/") or "/")
        names = sorted(system.find(path, maxdepth=None if recursive else 1))
        places = [(name, PurePosixPath(name)) for name in names]
        return [
            (before + name, Path(*_below(place.parent, top)))
            for name, place in places
            if place.suffix.lower() in suffixes and not place.name.startswith(".")
        ]


def digest(address: str) -> str:
    """Return what names a file with its content, as far as those who keep it tell.

    Raises:
        ConfigError, StorageError: As `found` does.
    """
    with _asked(address) as (system, path):
        told = system.info(path)
    marks = [[mark, str(told[mark])] for mark in MARKS if told.get(mark)]
    content = json.dumps([without_password(address), told.get("size"), marks])
    return hashlib.sha256(content.encode("utf-8", "surrogateescape")).hexdigest()


@contextmanager
def fetched(address: str) -> Iterator[Path]:
    """Give a copy of a file, under its own name. Raises as `found` does."""
    with tempfile.TemporaryDirectory(prefix="earshot-") as folder:
        copy = Path(folder, file_name(address))
        with _asked(address) as (system, path):
            system.get_file(path, str(copy))
        yield copy


@contextmanager
def _asked(address: str) -> Iterator[tuple[Any, str]]:
    """Give the file system of an address and the path in it; tell what goes wrong there."""
    scheme, shown = address.partition("://")[0].lower(), without_password(address)
    try:
        fsspec = importlib.import_module("fsspec")  # an extra
    except ImportError as error:
        raise ConfigError(
            "Files at {scheme}:// need the library «fsspec»: pip install -e '.[remote]'.",
            scheme=scheme,
        ) from error
    try:
        yield fsspec.core.url_to_fs(address)
    except ImportError as error:  # each kind of storage has a library of its own
        raise ConfigError(
            "Files at {scheme}:// need one more library: {why}.",
            scheme=scheme,
            why=str(error).rstrip("."),
        ) from error
    except FileNotFoundError as error:
        raise StorageError("{address} does not exist.", address=shown) from error
    except Exception as error:  # each kind has errors of its own, with no base
        why = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise StorageError(
            "{address} cannot be read: {why}.",
            address=shown,
            why=" ".join(str(why).split()).rstrip("."),
        ) from error


def _may_be_folder(address: str, suffixes: set[str]) -> bool:
    """Whether it is worth to ask: web servers answer with the whole of a file."""
    if re.match("https?://", address, re.IGNORECASE):
        return address.endswith("/")
    return PurePosixPath(file_name(address)).suffix.lower() not in suffixes


def _before(address: str, path: str) -> str:
    """Return what stands before paths in addresses: the scheme, and the host for some."""
    address, path = address.rstrip("/"), path.rstrip("/")
    if address.endswith(path):
        return address.removesuffix(path)
    return address.partition("://")[0] + "://"


def _below(folder: PurePosixPath, top: PurePosixPath) -> tuple[str, ...]:
    """Return the parts of a folder below another; some systems put a slash before names."""
    parts, upper = folder.as_posix().strip("/"), top.as_posix().strip("/")
    return tuple(parts.removeprefix(upper).strip("/").split("/"))
