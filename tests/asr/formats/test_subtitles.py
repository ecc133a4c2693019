"""SubRip, WebVTT and TTML, as parsers read them that we did not write."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from xml.etree import ElementTree

import pysubs2
import pytest
import webvtt
from hypothesis import given, settings

from asr.formats import FormatOptions, encode
from asr.formats.cue_text import decode_cues
from asr.formats.cues import cues
from asr.transcript import Segment, Word
from tests.asr.formats.spoken import TALK, segment, segments, transcript

SHOWN = [
    "Ann: Mr Kilter A<B & *c*.",
    "[4.2 s of sound missing: unplugged]",
    "them: good bye",
    "[The file breaks off after 9.5 s.]",
]


@pytest.mark.parametrize("suffix", ["srt", "vtt", "ttml"])
def test_pysubs2_reads_what_is_written(suffix: str) -> None:
    found = pysubs2.SSAFile.from_string(encode(TALK, suffix).decode(), format_=suffix)

    plain = [event.plaintext.replace("\n", " ") for event in found]
    if suffix == "vtt":  # which pysubs2 leaves escaped
        plain = list(map(unescape, plain))
    assert plain == SHOWN
    assert found[0].start == 500
    if suffix == "srt":  # of which alone it keeps the italics
        assert "{\\i1}Kilter{\\i0}" in found[0].text


def test_webvtt_py_reads_what_is_written() -> None:
    found = webvtt.from_string(encode(TALK, "vtt").decode())

    assert [unescape(caption.text) for caption in found] == SHOWN
    assert found[0].start == "00:00:00.500"


def test_ttml_is_xml_with_a_paragraph_a_cue() -> None:
    root = ElementTree.fromstring(encode(TALK, "ttml"))

    assert root.tag == "{http://www.w3.org/ns/ttml}tt"
    found = ["".join(one.itertext()) for one in root.iter("{http://www.w3.org/ns/ttml}p")]
    assert [text.replace("\n", " ") for text in found] == SHOWN


def test_srt_and_vtt_differ_in_their_clocks() -> None:
    spoken = transcript(segment("hello", 3661.5))

    assert encode(spoken, "srt") == b"1\n01:01:01,500 --> 01:01:02,500\nhello\n"
    assert encode(spoken, "vtt") == b"WEBVTT\n\n01:01:01.500 --> 01:01:02.500\nhello\n"


@settings(deadline=None)
@given(segments())
def test_cues_come_back_as_they_were_written(spoken: tuple[Segment, ...]) -> None:
    whole = transcript(*spoken)

    for suffix in ("srt", "vtt"):
        found = decode_cues(encode(whole, suffix))
        assert [one.text for one in found.segments] == [
            cue.text.replace("\n", " ") for cue in cues(whole, FormatOptions())
        ]
        assert all(
            one.start <= word.start <= word.end <= one.end + 1e-6
            for one in found.segments
            for word in one.words
        )


def test_karaoke_tells_when_each_word_begins() -> None:
    words = (Word("one", 1.0, 1.3), Word("two", 1.5, 1.9), Word("three", 2.5, 3.0))
    spoken = transcript(Segment(words, 1.0, 3.0))

    content = encode(spoken, "vtt", FormatOptions(karaoke=True))

    assert b"one <00:00:01.500>two <00:00:02.500>three" in content
    assert [w.start for w in decode_cues(content).segments[0].words] == [1.0, 1.5, 2.5]
    (caption,) = webvtt.from_string(content.decode())
    assert caption.text == "one two three"


def windows(text: str) -> str:
    return "\ufeff" + text.replace("\n", "\r\n")


def unnumbered(text: str) -> str:
    return re.sub(r"(?m)^\d+\n", "", text)


@pytest.mark.parametrize("written", [windows, unnumbered, str.strip])
def test_other_programs_habits_are_read(written: Callable[[str], str]) -> None:
    first = "1\n00:00:01,000 --> 00:00:02,000\n<b>Hello</b> {\\an8}there\n\n"
    text = f"{first}2\n0:00:03,5 --> 0:00:04,000\n2\n"

    hello, second = decode_cues(written(text).encode()).segments

    assert (hello.text, hello.start, hello.end) == ("Hello there", 1.0, 2.0)
    assert second.start == 3.5


def test_headers_notes_and_styles_of_webvtt_are_passed_over() -> None:
    text = (
        "WEBVTT - A title\n\nNOTE\nof no matter\n\nSTYLE\n::cue { color: red }\n\n"
        "name\n00:01.000 --> 00:02.000 line:0\n<v Ann>Hi &amp; bye</v>\n"
    )

    (found,) = decode_cues(text.encode()).segments

    assert (found.text, found.start) == ("Hi & bye", 1.0)
