"""Entries as rows of the index: made of an entry's files, and read back."""

from __future__ import annotations

import json
import sqlite3
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from asr.library import folders
from asr.library.folders import Card, instant
from asr.library.index import LAST_SECOND, SECOND_BITS, SEGMENT_BITS
from asr.live.recorded import LEDGER
from asr.transcript import Segment, Transcript

TITLE_WORDS: Final = 8
_OPEN_MARKS: Final = ",;:–— "  # that say that something follows


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A session or a file in the library."""

    position: int  # orders entries by their beginning
    id: str
    folder: Path  # of its own files
    kind: str  # "session" or "file"
    title: str  # the first words until it is renamed; "" if nothing was said
    is_named: bool
    started: datetime  # UTC; of a file without a date: when it was transcribed
    seconds: float
    speakers: tuple[str, ...]  # names, or ids where there is none
    tags: tuple[str, ...]
    source: str  # name of the device or the file
    file: Path | None  # that was transcribed
    has_sound: bool
    sound_bytes: int  # in its folder
    other_bytes: int  # in its folder
    n_words: int
    trashed: datetime | None


@dataclass(frozen=True, slots=True)
class Row:
    """What the index is to hold of an entry."""

    fields: dict[str, Any]
    segments: tuple[Segment, ...]
    tags: tuple[str, ...]


def read_row(folder: Path, card: Card, edited: Transcript | None = None) -> Row:
    """Make a row of an entry's files; `edited` spares its journal. Raises LibraryError."""
    stamp = folders.stamp(folder)  # first: what changes meanwhile is seen the next time
    transcript = folders.read_edited(folder) if edited is None else edited
    sound, other = folders.sizes(folder)
    is_session = (folder / LEDGER).exists()
    file = Path(card.file) if card.file else None
    fields = {
        "id": card.id,
        "folder": str(folder),
        "kind": "session" if is_session else "file",
        "title": card.title or _first_words(transcript) or (file.stem if file else ""),
        "is_named": bool(card.title),
        "started": transcript.started.timestamp() if transcript.started else card.added,
        "seconds": transcript.seconds,
        "speakers": json.dumps([one.name or one.id for one in transcript.speakers]),
        "source": transcript.source,
        "file": card.file,
        "has_sound": folders.has_sound(folder, card),
        "sound_bytes": sound,
        "other_bytes": other,
        "n_words": sum(len(segment.words) for segment in transcript.segments),
        "trashed": card.trashed,
        "stamp": stamp,
        "is_restored": card.is_restored,
    }
    return Row(fields, transcript.segments, card.tags)


def store(connection: sqlite3.Connection, row: Row) -> None:
    """Put a row in the place of the one that was made of the same folder."""
    drop(connection, row.fields["folder"])
    position = _free_position(connection, row.fields["started"])
    fields = {"position": position, **row.fields}
    marks = ", ".join("?" * len(fields))
    connection.execute(
        f"INSERT INTO entries({', '.join(fields)}) VALUES({marks})", tuple(fields.values())
    )
    connection.executemany(
        "INSERT INTO tags(tag, position) VALUES(?, ?)", [(tag, position) for tag in row.tags]
    )
    texts = [
        (position << SEGMENT_BITS | number, *_text(segment))
        for number, segment in enumerate(row.segments)
        if segment.words
    ]
    connection.executemany("INSERT INTO segments VALUES(?, ?, ?, ?)", texts)
    connection.executemany(
        "INSERT INTO words(rowid, shown, heard) VALUES(?, ?, ?)", [text[:3] for text in texts]
    )


def restate(connection: sqlite3.Connection, folder: Path, card: Card) -> None:
    """Bring a row up to date with its card alone; a title stays where the card has none."""
    (stamp,) = connection.execute(
        "SELECT stamp FROM entries WHERE folder = ?", (str(folder),)
    ).fetchone() or ("",)
    # The other files may have changed since the row was made: that is for a refresh to see.
    stamps = [folders.stamp(folder).split(" ")[0], *stamp.split(" ")[1:]]
    fields = {"trashed": card.trashed, "file": card.file, "stamp": " ".join(stamps)}
    fields["is_restored"] = card.is_restored
    if card.title:
        fields |= {"title": card.title, "is_named": True}
    if card.file:
        fields["has_sound"] = folders.has_sound(folder, card)
    changes = ", ".join(f"{name} = ?" for name in fields)
    connection.execute(
        f"UPDATE entries SET {changes} WHERE folder = ?", (*fields.values(), str(folder))
    )
    here = "(SELECT position FROM entries WHERE folder = ?)"
    connection.execute(f"DELETE FROM tags WHERE position = {here}", (str(folder),))
    connection.executemany(
        f"INSERT INTO tags(tag, position) VALUES(?, {here})",
        [(tag, str(folder)) for tag in card.tags],
    )


def drop(connection: sqlite3.Connection, folder: str) -> None:
    """Remove what the index holds of a folder, if anything."""
    sql = "SELECT position FROM entries WHERE folder = ?"
    for (position,) in connection.execute(sql, (folder,)).fetchall():
        span = position << SEGMENT_BITS, (position + 1 << SEGMENT_BITS) - 1
        connection.execute(
            "INSERT INTO words(words, rowid, shown, heard) "
            "SELECT 'delete', rowid, shown, heard FROM segments WHERE rowid BETWEEN ? AND ?",
            span,
        )
        connection.execute("DELETE FROM segments WHERE rowid BETWEEN ? AND ?", span)
        connection.execute("DELETE FROM tags WHERE position = ?", (position,))
        connection.execute("DELETE FROM entries WHERE position = ?", (position,))


# Tags hold no line ends.
SELECT: Final = """SELECT *, (SELECT group_concat(tag, char(10)) FROM tags
    WHERE tags.position = entries.position) FROM entries"""


def entry(row: Sequence[Any]) -> Entry:
    """Return a row of SELECT as people know it."""
    (position, entry_id, folder, kind, title, is_named, started, seconds, speakers,
     source, file, has_sound, sound_bytes, other_bytes, n_words, trashed,
     _, _, tags) = row  # fmt: skip
    return Entry(
        position=position,
        id=entry_id,
        folder=Path(folder),
        kind=kind,
        title=title,
        is_named=bool(is_named),
        started=instant(started),
        seconds=seconds,
        speakers=tuple(json.loads(speakers)),
        tags=tuple(sorted(tags.split("\n"))) if tags else (),
        source=source,
        file=Path(file) if file else None,
        has_sound=bool(has_sound),
        sound_bytes=sound_bytes,
        other_bytes=other_bytes,
        n_words=n_words,
        trashed=None if trashed is None else instant(trashed),
    )


def _first_words(transcript: Transcript) -> str:
    words = (w.shown for segment in transcript.segments for w in segment.words if w.shown)
    first = [word for word, _ in zip(words, range(TITLE_WORDS), strict=False)]
    return " ".join(" ".join(first).split()).rstrip(_OPEN_MARKS)


def _text(segment: Segment) -> tuple[str, str | None, bytes]:
    """A word a line as shown; as heard, if that differs; and when each begins."""
    shown = "\n".join(" ".join(word.shown.split()) for word in segment.words)
    heard = "\n".join(" ".join(word.text.split()) for word in segment.words)
    starts = array("f", [word.start for word in segment.words])
    return shown, None if heard.casefold() == shown.casefold() else heard, starts.tobytes()


def _free_position(connection: sqlite3.Connection, started: float) -> int:
    """Return a place in the order of beginnings that no entry has, whatever the clock."""
    place = int(min(max(started, 0.0), LAST_SECOND) * (1 << SECOND_BITS))
    rows = connection.execute(
        "SELECT position FROM entries WHERE position >= ? ORDER BY position", (place,)
    )
    for (taken,) in rows:
        if taken != place:
            break
        place += 1
    return place
