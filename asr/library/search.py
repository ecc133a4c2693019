"""Search as you type over all that was ever said, accents and case aside.

Every word of the query must be in a segment, the last one as a beginning. Hits come newest
first; ranking all hits of a common word would take half a second, so only few hits are
ranked: those with the words side by side and whole come first.
"""

from __future__ import annotations

import sqlite3
from array import array
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from asr.library.folders import instant
from asr.library.index import SEGMENT_BITS

RANKED: Final = 50  # hits, up to which the best come first
LONGEST: Final = 60  # words of a sentence that are shown, and
BEFORE: Final = 20  # as many at most before the first that matches
BEGIN, END = "\x02", "\x03"  # around what matches

_HITS: Final = f"""
    SELECT words.rowid, highlight(words, 0, '{BEGIN}', '{END}'),
        highlight(words, 1, '{BEGIN}', '{END}'), segments.starts, entries.id, entries.title,
        entries.started
    FROM words JOIN segments ON segments.rowid = words.rowid
        JOIN entries ON entries.position = words.rowid >> {SEGMENT_BITS}
    WHERE words MATCH ? AND words.rowid < ? AND (entries.trashed IS NULL) = ?
    ORDER BY words.rowid DESC LIMIT ?
"""


@dataclass(frozen=True, slots=True)
class Hit:
    """A segment in which all words of the query are."""

    entry: str  # id
    title: str
    started: datetime  # of the entry, UTC
    segment: int  # of the edited transcript
    word: int  # of the segment: the first that matches
    start: float  # seconds, of that word
    sentence: str  # or what is around the match, if it is very long
    spans: tuple[tuple[int, int], ...]  # of `sentence`, what matches, in letters
    cursor: int  # `before` for what follows


def match(query: str) -> str:
    """Return a query in FTS5's language; empty if it has no word in it."""
    plain = "".join(letter if letter.isprintable() else " " for letter in query)
    words = plain.replace('"', " ").split()
    words = [word for word in words if any(letter.isalnum() for letter in word)]
    return " ".join(f'"{word}"' for word in words) + "*" if words else ""


def find_hits(
    connection: sqlite3.Connection, query: str, limit: int, before: int, *, trashed: bool
) -> list[Hit]:
    """Return hits, newest first from `before` on, or the best first if they are few."""
    asked = match(query)
    if not asked:
        return []
    rows = connection.execute(_HITS, (asked, before, not trashed, limit + 1)).fetchall()
    hits = [_hit(row) for row in rows]
    if len(hits) <= min(limit, RANKED):
        hits.sort(key=lambda hit: (_rank(hit, query), hit.cursor), reverse=True)
    return hits[:limit]


def _hit(row: tuple[int, str, str | None, bytes, str, str, float]) -> Hit:
    rowid, shown, heard, packed, entry, title, started = row
    words = _marks(shown)
    heard_too = {n for n, (_, mark) in enumerate(_marks(heard or "")) if mark}
    matched = {n for n, (_, mark) in enumerate(words) if mark} | heard_too
    first = min(matched, default=0)
    begin_at = max(0, first - BEFORE) if len(words) > LONGEST else 0
    text, spans = "…" if begin_at else "", []
    for n in range(begin_at, min(len(words), begin_at + LONGEST)):
        word, mark = words[n]
        if not word:
            continue
        text += f" {word}" if text else word
        if n in matched:
            begin, end = mark or (0, len(word))
            place = len(text) - len(word)
            spans.append((place + begin, place + end))
    if begin_at + LONGEST < len(words):
        text += " …"
    starts = array("f", packed)
    return Hit(
        entry,
        title,
        instant(started),
        rowid & (1 << SEGMENT_BITS) - 1,
        first,
        round(starts[first], 3) if starts else 0.0,
        text,
        tuple(spans),
        rowid,
    )


def _marks(lines: str) -> list[tuple[str, tuple[int, int] | None]]:
    """Return words, each with the letters of it that match; a match may run over several."""
    found: list[tuple[str, tuple[int, int] | None]] = []
    is_inside = False
    for line in lines.split("\n"):
        word, letters = "", []
        for letter in line if is_inside or BEGIN in line else ():
            if letter in (BEGIN, END):
                is_inside = letter == BEGIN
                continue
            if is_inside:
                letters.append(len(word))
            word += letter
        found.append((word or line, (letters[0], letters[-1] + 1) if letters else None))
    return found


def _rank(hit: Hit, query: str) -> tuple[bool, bool]:
    """Whether the words stand together, and whether the last of them is whole."""
    asked, said = query.casefold().split(), hit.sentence.casefold()
    phrase = " ".join(asked)
    return phrase in said, f" {asked[-1]} " in f" {said} "
