"""What a recording and its text do not share: words not said, and words not written."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal

from asr.formats.csv import inert
from asr.transcript import Segment, Transcript, Word

SURE: Final = 0.5  # confidence from which a heard word counts
NEAR_SECONDS: Final = 1.0  # between words of one remark
COLUMNS: Final = ("file", "what", "start", "end", "words")


@dataclass(frozen=True, slots=True)
class Difference:
    """Words in a row: "unsaid" of the text, or "unwritten" of the recording."""

    what: Literal["unsaid", "unwritten"]
    start: float  # seconds; of unsaid words, where they would have been
    end: float
    words: str


def find_differences(aligned: Transcript, heard: Transcript) -> list[Difference]:
    """Compare a text that was laid over its recording with what was recognised in it.

    Args:
        aligned: As `asr.alignment` returns it: what was not said has no confidence.
        heard: Of the same recording, without the text's help.
    """
    written = [word for segment in aligned.segments for word in segment.words]
    said = [word for word in written if word.confidence]
    unsaid = [word for word in written if not word.confidence]
    sure = [
        word for segment in heard.segments for word in segment.words if word.confidence >= SURE
    ]
    unwritten = [word for word in sure if not _is_in(word, said)]
    found = [
        *(_difference("unsaid", row) for row in _rows(unsaid, written)),
        *(_difference("unwritten", row) for row in _rows(unwritten, sure)),
    ]
    return sorted(found, key=lambda one: one.start)


def difference_table(found: Sequence[tuple[str, Sequence[Difference]]]) -> bytes:
    """Return a table of the differences of several files, for spreadsheets."""
    out = io.StringIO(newline="")
    rows = [
        (name, one.what, f"{one.start:.3f}", f"{one.end:.3f}", inert(one.words))
        for name, differences in found
        for one in differences
    ]
    csv.writer(out).writerows([COLUMNS, *rows])
    return out.getvalue().encode("utf-8-sig", "replace")


def _is_in(word: Word, said: Sequence[Word]) -> bool:
    """Whether a heard word lies where a written one was said."""
    middle = (word.start + word.end) / 2
    return any(
        one.start <= middle <= one.end or word.start <= (one.start + one.end) / 2 <= word.end
        for one in said
    )


def _rows(words: Sequence[Word], among: Sequence[Word]) -> Iterator[list[Word]]:
    """Join words that follow one another, in time and among all there are."""
    place = {id(word): i for i, word in enumerate(among)}
    row: list[Word] = []
    for before, word in pairwise([None, *words]):
        assert word is not None
        if before is not None and not (
            place[id(word)] == place[id(before)] + 1 and word.start - before.end < NEAR_SECONDS
        ):
            yield row
            row = []
        row.append(word)
    if row:
        yield row


def _difference(what: Literal["unsaid", "unwritten"], row: list[Word]) -> Difference:
    text = Segment(tuple(row), row[0].start, row[-1].end).shown
    if what == "unsaid":
        text = " ".join(part.removeprefix("[").removesuffix("]") for part in text.split())
    return Difference(what, row[0].start, row[-1].end, text)
