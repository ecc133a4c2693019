"""The registry: a name chooses a format, and a file is whole or not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from asr.commands.console import TEXT_FORMATS
from asr.errors import ConfigError, StorageError, TranscriptError
from asr.formats import FORMATS, encode, load, save
from asr.transcript import Transcript
from tests.asr.formats.spoken import TALK, segment, transcript

FIXED = [suffix for suffix in FORMATS if suffix != "docx"]  # that one tells when it was made


@pytest.mark.parametrize("suffix", FIXED)
def test_a_name_chooses_the_format(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"протокол.{suffix.upper()}"

    save(TALK, path)

    assert path.read_bytes() == encode(TALK, suffix)
    assert list(tmp_path.iterdir()) == [path]


def test_a_terminal_is_offered_every_format_that_is_text() -> None:
    assert set(TEXT_FORMATS) == set(FIXED)


@pytest.mark.parametrize("suffix", FORMATS)
def test_silence_and_names_in_no_encoding_can_be_written(suffix: str) -> None:
    silence = Transcript(segments=(), seconds=0.0, source="a\udcff.wav")

    assert isinstance(encode(silence, suffix), bytes)


def test_an_unknown_format_names_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="txt, srt, vtt, json"):
        save(transcript(), tmp_path / "talk.pdf")


def test_a_folder_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot be written"):
        save(transcript(), tmp_path / "none" / "talk.txt")


@pytest.mark.parametrize("suffix", ["srt", "vtt", "json"])
def test_subtitles_and_json_are_read_back(suffix: str, tmp_path: Path) -> None:
    spoken = transcript(segment("hello there"), segment("good <bye> & well", 30))
    save(spoken, tmp_path / f"talk.{suffix}")

    found = load(tmp_path / f"talk.{suffix}")

    assert [one.text for one in found.segments] == ["hello there", "good <bye> & well"]
    assert [one.start for one in found.segments] == [0.0, 30.0]


def test_json_brings_everything_back(tmp_path: Path) -> None:
    save(TALK, tmp_path / "talk.json")

    assert load(tmp_path / "talk.json") == TALK


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.json", b"[]"),
        ("a.json", b"{"),
        ("a.json", b'{"schema": 99}'),
        ("a.json", b"\xff\xfe"),
        ("a.srt", b"I am a letter."),
        ("a.srt", b"1\n00:00:05,000 --> 00:00:01,000\nback\n"),
        ("a.vtt", b"\xff\xfe\x00"),
    ],
)
def test_what_is_no_transcript_is_a_sentence(name: str, content: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)

    with pytest.raises(TranscriptError, match=f"{name} is no transcript"):
        load(tmp_path / name)


def test_what_cannot_be_read_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(TranscriptError, match="cannot be read"):
        load(tmp_path / "none.srt")
    with pytest.raises(ConfigError, match="only srt, vtt, json can"):
        load(tmp_path / "talk.docx")
