"""What there is to recognise: files, folders, patterns, and a folder that is watched."""

from __future__ import annotations

import glob
import os
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from asr.batch import remote
from asr.batch.job import FileSource
from asr.errors import AsrError

# Of files that are looked for in folders; one that is named is read whatever it is called.
SUFFIXES: Final = {
    *(".3g2", ".3gp", ".aac", ".ac3", ".aif", ".aifc", ".aiff", ".amr", ".ape", ".au", ".avi"),
    *(".caf", ".dts", ".eac3", ".flac", ".flv", ".m2ts", ".m4a", ".m4b", ".m4v", ".mka"),
    *(".mkv", ".mov", ".mp2", ".mp3", ".mp4", ".mpeg", ".mpg", ".mts", ".oga", ".ogg", ".ogv"),
    *(".opus", ".rf64", ".spx", ".tta", ".ts", ".vob", ".w64", ".wav", ".weba", ".webm"),
    *(".wma", ".wmv", ".wv"),
}
SETTLED_SECONDS: Final = 5.0  # that a file must rest before it is taken for whole


def find_sources(
    paths: Iterable[Path | str], *, recursive: bool = False
) -> Iterator[FileSource]:
    """Yield the files that the user means, each once; what is not there with its problem.

    Args:
        paths: Files, folders and patterns; texts are addresses of such elsewhere.
        recursive: Whether folders of folders are looked into.
    """
    seen: set[str] = set()  # past all links, which may go round in circles
    for path in paths:
        expanded = (
            _elsewhere(path, recursive=recursive)
            if isinstance(path, str)
            else _expanded(path, recursive=recursive)
        )
        for source in expanded:
            place = source.address or os.path.realpath(source.path)
            if place not in seen:
                seen.add(place)
                yield source


def _elsewhere(address: str, *, recursive: bool) -> Iterator[FileSource]:
    try:
        found = remote.found(address, SUFFIXES, recursive=recursive)
    except AsrError as error:
        yield FileSource(Path(remote.file_name(address)), problem=str(error))
        return
    if not found:
        yield FileSource(
            Path(remote.file_name(address)),
            problem=f"There are no sound or video files at {remote.without_password(address)}.",
        )
    for place, folder in found:
        yield FileSource(Path(remote.file_name(place)), folder, address=place)


def _expanded(path: Path, *, recursive: bool) -> Iterator[FileSource]:
    if path.is_dir():
        found = list(sounds_in(path, recursive=recursive))
        if not found:
            deeper = "" if recursive else "; --recursive looks into its folders too"
            sentence = f"The folder {path} holds no sound or video files{deeper}."
            yield FileSource(path, problem=sentence)
        yield from found
    elif glob.has_magic(str(path)) and not path.exists():
        names = sorted(glob.glob(str(path), recursive=True))  # noqa: PTH207 - absolute, too
        if not names:
            yield FileSource(path, problem=f"No file fits the pattern {path}.")
        for name in names:
            if not Path(name).is_dir():
                yield FileSource(Path(name))
    else:
        yield FileSource(path)


def sounds_in(folder: Path, *, recursive: bool) -> Iterator[FileSource]:
    """Yield the sound and video files of a folder by name, but for those in linked folders."""
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(one for one in folders if not one.startswith(".") and recursive)
        for name in sorted(names):
            path = Path(place, name)
            if path.suffix.lower() in SUFFIXES and not name.startswith("."):
                yield FileSource(path, Path(place).relative_to(folder))


@dataclass(frozen=True, slots=True)
class _Look:
    """A file as it was seen, and since when it is so."""

    size: int
    changed: int  # nanoseconds, by the file system
    since: float  # seconds, by our clock


@dataclass(slots=True)
class WatchedFolder:
    """Looks into a folder now and then; network folders tell nobody of a new file.

    Its own clock counts how long a file rests: that of a file server may be another.
    """

    folder: Path
    recursive: bool = False
    clock: Callable[[], float] = time.monotonic
    _looks: dict[Path, _Look] = field(default_factory=dict)
    _told: dict[Path, tuple[int, int]] = field(default_factory=dict)

    def look(self) -> list[FileSource]:
        """Return files that are new or changed, and have come to rest."""
        ready = []
        now = self.clock()
        looks: dict[Path, _Look] = {}
        for source in sounds_in(self.folder, recursive=self.recursive):
            try:
                found = source.path.stat()
            except OSError:  # it went away
                continue
            state = (found.st_size, found.st_mtime_ns)
            before = self._looks.get(source.path)
            is_same = before is not None and (before.size, before.changed) == state
            look = before if is_same and before else _Look(*state, now)
            looks[source.path] = look
            has_rested = now - look.since >= SETTLED_SECONDS
            if has_rested and found.st_size and self._told.get(source.path) != state:
                self._told[source.path] = state
                ready.append(source)
        self._looks = looks
        return ready
