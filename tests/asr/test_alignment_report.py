"""What a recording and its text do not share."""

from __future__ import annotations

import csv
import io

from asr.alignment_report import Difference, difference_table, find_differences
from asr.transcript import Segment, Transcript, Word


def transcript(*words: Word) -> Transcript:
    return Transcript(segments=(Segment(words, 0.0, 9.0),), seconds=9.0)


ALIGNED = transcript(
    Word("We", 0.0, 0.4),
    Word("[really", 0.4, 0.4, 0.0),
    Word("do]", 0.4, 0.4, 0.0),
    Word("know.", 0.5, 1.0),
    Word("[Never]", 5.0, 5.0, 0.0),
)


def test_rows_of_words_are_told_with_their_times() -> None:
    heard = transcript(
        Word("we", 0.0, 0.4),
        Word("no", 0.55, 0.95),  # written as «know»
        Word("but", 2.0, 2.3),
        Word("maybe", 2.4, 2.8),
        Word("um", 3.0, 3.1, 0.2),  # nobody is sure of it
        Word("later", 7.0, 7.5),
    )

    found = find_differences(ALIGNED, heard)

    assert found == [
        Difference("unsaid", 0.4, 0.4, "really do"),
        Difference("unwritten", 2.0, 2.8, "but maybe"),
        Difference("unsaid", 5.0, 5.0, "Never"),
        Difference("unwritten", 7.0, 7.5, "later"),
    ]


def test_a_text_that_was_read_as_written_has_none() -> None:
    said = transcript(Word("We", 0.0, 0.4), Word("know", 0.5, 1.0))

    assert find_differences(said, said) == []


def test_the_report_is_a_table_that_computes_nothing() -> None:
    found = [("a.wav", [Difference("unsaid", 0.4, 0.4, "=1+1")]), ("b.wav", [])]

    rows = list(csv.reader(io.StringIO(difference_table(found).decode("utf-8-sig"))))

    assert rows == [
        ["file", "what", "start", "end", "words"],
        ["a.wav", "unsaid", "0.400", "0.400", "'=1+1"],
    ]
