"""Transcripts as files."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from asr.errors import ConfigError
from asr.formats import FORMATS, LINE_LETTERS, save, to_json, to_srt, to_text, to_vtt
from asr.transcript import Alternative, Gap, Segment, Transcript, Word


def segment(text: str, start: float = 0.0, speaker: str = "") -> Segment:
    words = tuple(
        Word(word, start + 0.5 * i, start + 0.5 * i + 0.4)
        for i, word in enumerate(text.split())
    )
    return Segment(words, start, start + 0.5 * len(words), speaker)


def transcript(*segments: Segment) -> Transcript:
    return Transcript(segments=segments, seconds=10.0, source="talk.wav")


def test_text_is_a_line_a_segment_and_empty_ones_leave_none() -> None:
    found = to_text(transcript(segment("hello there"), segment(""), segment("good bye", 3)))

    assert found == "hello there\ngood bye\n"


def test_a_gap_stands_where_the_sound_is_missing() -> None:
    spoken = transcript(segment("before"), segment("after", 8.0))

    found = to_text(replace(spoken, gaps=(Gap(3.0, 4.25, "unplugged"),)))

    assert found == "before\n[4.2 s of sound missing: unplugged]\nafter\n"


def test_speakers_are_named() -> None:
    assert to_text(transcript(segment("hi", speaker="me"))) == "me: hi\n"


def test_srt_and_vtt_differ_in_their_clocks() -> None:
    spoken = transcript(segment("hello", 3661.5))

    assert to_srt(spoken) == "1\n01:01:01,500 --> 01:01:01,900\nhello\n"
    assert to_vtt(spoken) == "WEBVTT\n\n01:01:01.500 --> 01:01:01.900\nhello\n"


def test_subtitles_fit_the_screen_and_lose_no_word() -> None:
    text = " ".join(f"word{i}" for i in range(60))

    blocks = to_srt(transcript(segment(text))).strip().split("\n\n")

    lines = [line for block in blocks for line in block.split("\n")[2:]]
    assert all(len(block.split("\n")) <= 4 for block in blocks)
    assert max(map(len, lines)) <= LINE_LETTERS
    assert " ".join(lines) == text


def test_json_brings_back_words_times_and_alternatives() -> None:
    word = Word("naïve", 0.1, 0.5, 0.8, (Alternative("knave", 0.1),))

    found = json.loads(to_json(transcript(Segment((word,), 0.1, 0.5))))

    assert found["text"] == "naïve"
    assert found["segments"][0]["words"][0] == {
        "text": "naïve",
        "start": 0.1,
        "end": 0.5,
        "confidence": 0.8,
        "alternatives": [{"text": "knave", "probability": 0.1}],
    }


@pytest.mark.parametrize("kind", FORMATS)
def test_a_name_chooses_the_format(kind: str, tmp_path: Path) -> None:
    path = tmp_path / f"протокол.{kind.upper()}"

    spoken = transcript(segment("hello"))

    save(spoken, path)

    assert path.read_text(encoding="utf-8") == FORMATS[kind](spoken)
    assert list(tmp_path.iterdir()) == [path]


def test_an_unknown_format_names_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="txt, srt, vtt, json"):
        save(transcript(), tmp_path / "talk.pdf")


def test_a_folder_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be written"):
        save(transcript(), tmp_path / "none" / "talk.txt")
