"""What is kept of an entry, in files: the truth that the index is made of.

<library>/sessions/<time>/   ledger.jsonl finals.jsonl sound-0.flac   of the session
          files/<id>/                                                 of a file
                             transcript.json    as recognised; written once
                             card.json          title, tags, trash, where the file is
                             journal.jsonl      edits, if there are any
"""

from __future__ import annotations

import json
import logging
import shutil
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from asr.atomic import write_atomically
from asr.errors import LibraryError, RecordingError
from asr.library.journal import read_history
from asr.live.ledger import read_records
from asr.live.recorded import FINALS, LEDGER, LOCK, is_held, read_transcript
from asr.transcript import Transcript, from_dict, json_parts

log = logging.getLogger(__name__)

CARD: Final = "card.json"
TRANSCRIPT: Final = "transcript.json"
JOURNAL: Final = "journal.jsonl"
VERSION: Final = 1  # of the card
PURGED: Final = ".purged-"  # of a folder that is being removed
SOUNDS: Final = ("sound-*.flac", "sound-*.pcm")
# Every other file of an entry.
OWN: Final = (CARD, TRANSCRIPT, JOURNAL, f"{JOURNAL}.lock", LEDGER, FINALS, LOCK)


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What people say about an entry, and what its other files do not tell."""

    id: str
    title: str = ""  # "": the first words
    tags: tuple[str, ...] = ()
    trashed: float | None = None  # seconds since 1970
    added: float = 0.0  # seconds since 1970
    file: str = ""  # where the transcribed file is
    is_restored: bool = False  # out of the trash: retention passes it over

    @classmethod
    def read(cls, folder: Path) -> Card | None:
        """Return an entry's card, if it has one.

        A damaged one is put aside, as if there were none.

        Raises:
            LibraryError: It is of a newer version, or cannot be read.
        """
        try:
            fields = json.loads((folder / CARD).read_text(encoding="utf-8"))
            if fields["version"] > VERSION:
                raise LibraryError(
                    "«{folder}» was kept by a newer version of the program: update this "
                    "one to see it.",
                    folder=folder.name,
                )
            trashed = fields.get("trashed")
            return cls(
                id=str(fields["id"]),
                title=str(fields.get("title", "")),
                tags=tuple(map(str, fields.get("tags", ()))),
                trashed=None if trashed is None else float(trashed),
                added=float(fields.get("added", 0.0)),
                file=str(fields.get("file", "")),
                is_restored=bool(fields.get("is_restored", False)),
            )
        except FileNotFoundError:
            return None
        except OSError as error:
            raise LibraryError(
                "«{folder}» cannot be read: {why}.", folder=folder / CARD, why=error.strerror
            ) from error
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            log.warning("«%s» is damaged: %r", folder / CARD, error)
            with suppress(OSError):
                (folder / CARD).replace(folder / f"{CARD}.damaged")
            return None

    def write(self, folder: Path) -> None:
        """Put it into an entry's folder. Raises LibraryError."""
        write_json(folder / CARD, {"version": VERSION, **asdict(self)})


def write_json(path: Path, fields: Mapping[str, Any]) -> None:
    """Write a file whole or not at all. Raises LibraryError."""
    _write(path, [json.dumps(fields, ensure_ascii=False, separators=(",", ":"))])


def _write(path: Path, parts: Iterable[str]) -> None:
    try:
        with (
            write_atomically(path, synced=True) as draft,
            draft.open("w", encoding="utf-8") as file,
        ):
            file.writelines(parts)
    except OSError as error:
        raise LibraryError(
            "«{path}» could not be written in «{parent}»: {why}.",
            path=path.name,
            parent=path.parent,
            why=error.strerror,
        ) from error


def write_recognised(folder: Path, transcript: Transcript) -> None:
    """Store what was recognised, once and for all. Raises LibraryError."""
    _write(folder / TRANSCRIPT, json_parts(transcript))


def read_recognised(folder: Path) -> Transcript:
    """Return what was recognised of an entry. Raises LibraryError."""
    path = folder / TRANSCRIPT
    try:
        return from_dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, AttributeError) as error:
        if not (folder / LEDGER).exists():
            raise LibraryError(
                "«{folder}» holds no transcript that can be read.", folder=folder
            ) from error
    try:
        return read_transcript(folder)
    except RecordingError as error:
        raise LibraryError.of(error) from error


def holds(folder: Path, transcript: Transcript) -> bool:
    """Whether an entry was recognised just so."""
    try:
        return read_recognised(folder).segments == transcript.segments
    except LibraryError:
        return False


def read_edited(folder: Path) -> Transcript:
    """Return the transcript of an entry with its edits. Raises LibraryError."""
    return read_history(folder / JOURNAL, read_recognised(folder)).projection.transcript


def is_entry(folder: Path) -> bool:
    """Whether a folder holds a transcript, or a session that has ended. Raises LibraryError."""
    if (folder / TRANSCRIPT).exists():
        return True
    try:
        return any(record.get("kind") == "end" for record in read_records(folder / LEDGER))
    except (OSError, RecordingError) as error:
        raise LibraryError(
            "«{folder}» holds a session that cannot be read: {why}", folder=folder, why=error
        ) from error


def stamp(folder: Path) -> str:
    """Return what changes whenever one of an entry's texts does."""
    return " ".join(_stamps(folder / name for name in (CARD, TRANSCRIPT, JOURNAL, FINALS)))


def _stamps(paths: Iterable[Path]) -> Iterable[str]:
    for path in paths:
        try:
            found = path.stat()
        except OSError:
            yield "-"
        else:
            yield f"{found.st_mtime_ns}:{found.st_size}"


def session_sounds(folder: Path) -> tuple[Path, ...]:
    """Return the sound that is kept, a file a speaker; FLAC before what it was made of."""
    found = {path.stem: path for kind in reversed(SOUNDS) for path in folder.glob(kind)}
    return tuple(found[stem] for stem in sorted(found))


def has_sound(folder: Path, card: Card) -> bool:
    """Whether there is anything to hear of an entry."""
    if card.file and Path(card.file).is_file():
        return True
    return bool(session_sounds(folder))


def drop_sounds(folder: Path) -> None:
    """Remove the sound that is kept for good. Raises LibraryError."""
    for kind in SOUNDS:
        for path in folder.glob(kind):
            try:
                path.unlink(missing_ok=True)
            except OSError as error:
                raise LibraryError(
                    "«{path}» is in use: close it and try again.", path=path
                ) from error


def sizes(folder: Path) -> tuple[int, int]:
    """Return the bytes of an entry's sound, and of all else in its folder."""
    sound = other = 0
    try:
        paths = list(folder.iterdir())
    except OSError:  # another program has removed it
        paths = []
    for path in paths:
        with suppress(OSError):  # a draft that has its name by now
            size = path.stat().st_size
            if path.name.startswith("sound-"):
                sound += size
            else:
                other += size
    return sound, other


def instant(seconds: float) -> datetime:
    """Return a time since 1970 as a date in UTC; what is beyond a calendar becomes 1970."""
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return datetime.fromtimestamp(0, UTC)


def changed(folder: Path) -> float:
    """When an entry of which nothing else is known was written, in seconds since 1970."""
    try:
        return folder.stat().st_mtime
    except OSError:
        return time.time()


def forget(folder: Path) -> None:
    """Remove an entry's folder for good; one that is half removed is an entry no more.

    Raises:
        LibraryError: It is being recorded, or cannot be removed.
    """
    if not folder.exists():
        return
    if is_held(folder):
        raise LibraryError("«{folder}» is being recorded: stop it first.", folder=folder.name)
    grave = folder.with_name(PURGED + folder.name)
    try:
        if folder.is_symlink():
            _forget_linked(folder)
            return
        folder.rename(grave)
        shutil.rmtree(grave)
    except FileNotFoundError:
        return  # another program was quicker
    except OSError as error:
        raise LibraryError(
            "«{folder}» could not be removed: {why}.", folder=folder, why=error.strerror
        ) from error


def _forget_linked(link: Path) -> None:
    """Remove what a link leads to, file by file: other things may lie there. Raises OSError."""
    target = link.resolve()
    link.unlink()
    if target.parent == link.parent.resolve():
        return  # that is another entry
    for path in list(target.iterdir()) if target.is_dir() else []:
        if path.name in OWN or any(path.match(kind) for kind in SOUNDS):
            path.unlink()
    with suppress(OSError):  # something else is in it
        target.rmdir()
