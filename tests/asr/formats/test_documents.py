"""Text, Markdown, DOCX, HTML, CSV and JSON, as other programs read them."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import docx
import jsonschema
import pytest
from hypothesis import given, settings

from asr.formats import FORMATS, FormatOptions, encode
from asr.transcript import Gap, Segment, Transcript, Word, as_heard
from tests.asr.formats.spoken import TALK, segment, transcript
from tests.asr.test_transcript import TRANSCRIPTS

SCHEMA = json.loads(
    (Path(__file__).parents[3] / "docs" / "transcript.schema.json").read_text(encoding="utf-8")
)


def text(spoken: Transcript, **options: object) -> str:
    return encode(spoken, "txt", FormatOptions(**options)).decode()  # type: ignore[arg-type]


def test_text_is_a_line_a_segment_and_empty_ones_leave_none() -> None:
    found = text(transcript(segment("hello there"), segment(""), segment("good bye", 3)))

    assert found == "hello there\ngood bye\n"


def test_a_gap_stands_where_the_sound_is_missing() -> None:
    spoken = transcript(segment("before"), segment("after", 8.0))

    found = text(replace(spoken, gaps=(Gap(3.0, 4.25, "unplugged"),)))

    assert found == "before\n[4.2 s of sound missing: unplugged]\nafter\n"


def test_speakers_unsure_words_and_trouble_are_shown() -> None:
    assert text(TALK) == (
        "Ann: Mr Kilter[?] A<B & *c*.\n[4.2 s of sound missing: unplugged]\n"
        "them: good bye\n[The file breaks off after 9.5 s.]\n"
    )
    assert "Ann" not in text(TALK, speakers=False)
    assert "[?]" not in text(TALK, unsure=0.0)


def test_times_stand_before_paragraphs_if_wanted() -> None:
    spoken = transcript(segment("hello", 3661.5))

    assert text(spoken, times=True) == "[1:01:01] hello\n"


def test_near_segments_of_one_speaker_are_one_paragraph() -> None:
    parts = (
        segment("one", 0, "me"),
        segment("two", 1, "me"),
        segment("three", 2, "them"),
        segment("four", 9, "them"),
    )

    found = text(transcript(*parts), paragraph_pause=2.0)

    assert found == "me: one two\nthem: three\nthem: four\n"


def test_markdown_keeps_its_signs_to_itself() -> None:
    found = encode(TALK, "md").decode()

    assert "**Ann:** Mr *Kilter* A\\<B \\& \\*c\\*." in found
    assert "\n\n> \\[4.2 s of sound missing: unplugged\\]\n\n" in found
    assert encode(transcript(segment("1. one")), "md").decode().endswith("\n\n1\\. one\n")


def test_word_opens_the_document_with_italics_where_unsure() -> None:
    document = docx.Document(io.BytesIO(encode(TALK, "docx", FormatOptions(times=True))))

    assert [one.text for one in document.paragraphs] == [
        "talk & «more».wav",
        "[0:00:00] Ann: Mr Kilter A<B & *c*.",
        "[0:00:03] [4.2 s of sound missing: unplugged]",
        "[0:00:08] them: good bye",
        "[0:00:09] [The file breaks off after 9.5 s.]",
    ]
    slanted = [run.text for one in document.paragraphs for run in one.runs if run.italic]
    assert slanted == ["Kilter"]


@pytest.mark.parametrize("suffix", ["docx", "ttml"])
def test_signs_that_xml_forbids_are_replaced(suffix: str) -> None:
    bell = transcript(segment("a\x07b"))

    assert encode(bell, suffix)


class Page(HTMLParser):
    """The words of a page with the times at which they play."""

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self.words: list[tuple[str, str, str]] = []
        self.audio = ""
        self._open: dict[str, str | None] | None = None
        self.feed(content.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        fields = dict(attrs)
        self._open = fields if tag == "span" else None
        if tag == "audio":
            self.audio = fields["src"] or ""

    def handle_data(self, text: str) -> None:
        if self._open is not None:
            fields = self._open
            self.words.append((text, fields["data-start"] or "", fields.get("class") or ""))
            self._open = None


def test_a_page_plays_each_word() -> None:
    page = Page(encode(TALK, "html"))

    assert page.words == [
        ("Mr", "0.500", ""),
        ("Kilter", "0.900", "unsure"),
        ("A<B & *c*.", "1.600", ""),
        ("good", "8.000", ""),
        ("bye", "8.500", ""),
    ]
    assert page.audio == "talk%20%26%20%C2%ABmore%C2%BB.wav"
    assert Page(encode(TALK, "html", FormatOptions(audio="../a.mp3"))).audio == "../a.mp3"
    assert b"[4.2 s of sound missing: unplugged]" in encode(TALK, "html")


def test_a_table_has_a_row_a_word() -> None:
    rows = list(csv.DictReader(io.StringIO(encode(TALK, "csv").decode("utf-8-sig"))))

    assert [row["kind"] for row in rows] == ["word"] * 4 + ["gap", "word", "word", "trouble"]
    assert rows[1]["shown"] == "Kilter"
    assert float(rows[1]["confidence"]) == 0.3
    assert (rows[4]["start"], rows[4]["end"], rows[4]["shown"]) == (
        "3.000",
        "7.250",
        "unplugged",
    )


def test_a_spreadsheet_computes_nothing() -> None:
    rows = list(csv.reader(io.StringIO(encode(transcript(segment("=1+1")), "csv").decode())))

    assert rows[1][5:7] == ["'=1+1", "'=1+1"]


READABLE = transcript(
    Segment(
        (
            Word("dear", 0, 1, display="Dear"),
            Word("kate", 1, 2, display="Kate,\n"),
            Word("comma", 2, 3, display=""),
            Word("nineteen", 3, 4, display="19"),
            Word("came", 4, 5, display="came.\n\n"),
            Word("full", 5, 6, display=""),
            Word("so", 6, 7, display="So"),
        ),
        0,
        7,
    )
)
HEARD = transcript(*map(as_heard, READABLE.segments))


@pytest.mark.parametrize("suffix", [name for name in FORMATS if name != "docx"])
def test_every_format_shows_readable_words_unless_they_are_left_as_heard(suffix: str) -> None:
    def words(spoken: Transcript) -> list[str]:
        content = encode(spoken, suffix).decode()
        if suffix == "csv":
            content = " ".join(row["shown"] for row in csv.DictReader(io.StringIO(content)))
        if suffix == "json":
            content = json.loads(content).get("shown", json.loads(content)["text"])
        plain = re.sub(r"<[^>]*>|\\", " ", content)
        return [word for word in plain.split() if word in wanted | heard]

    wanted, heard = {"Dear", "Kate,", "19", "came.", "So"}, set(HEARD.segments[0].text.split())

    assert words(READABLE) == ["Dear", "Kate,", "19", "came.", "So"]
    assert words(HEARD) == HEARD.segments[0].text.split()


def test_lines_and_paragraphs_that_were_dictated_are_there() -> None:
    assert text(READABLE) == "Dear Kate,\n19 came.\nSo\n"
    assert encode(READABLE, "md").decode().endswith("\n\nDear Kate,\\\n19 came.\n\nSo\n")
    page = encode(READABLE, "html").decode()
    assert page.count("<p>") == 2
    assert 'Kate,</span><br>\n<span data-start="3.000">19' in page
    document = docx.Document(io.BytesIO(encode(READABLE, "docx")))
    assert [one.text for one in document.paragraphs[1:]] == ["Dear Kate,\n19 came.", "So"]
    heard = docx.Document(io.BytesIO(encode(HEARD, "docx")))
    assert heard.paragraphs[1].text == "dear kate comma nineteen came full so"


def test_the_time_of_a_dictated_paragraph_is_that_of_its_first_word() -> None:
    assert text(READABLE, times=True) == "[0:00:00] Dear Kate,\n19 came.\n[0:00:06] So\n"


@settings(max_examples=50, deadline=None)
@given(TRANSCRIPTS)
def test_json_is_what_its_schema_says(spoken: Transcript) -> None:
    jsonschema.validate(json.loads(encode(spoken, "json")), SCHEMA)


def test_the_schema_refuses_what_is_no_transcript() -> None:
    written = json.loads(encode(TALK, "json"))
    for wrong in ({"schema": 1}, {"segments": [{}]}, {"seconds": "long"}, {"more": 1}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({**written, **wrong}, SCHEMA)


def test_a_segment_without_shown_words_leaves_no_paragraph() -> None:
    silent = Segment((replace(TALK.segments[0].words[0], display=""),), 0, 1)

    assert text(transcript(silent)) == ""
