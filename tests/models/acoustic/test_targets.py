"""What the network should say."""

from pathlib import Path

import pytest

from asr.alphabets import PHONES
from asr.errors import AsrError, ConfigError
from models.acoustic.targets import read_pronunciations, read_said, target

WORDS = {"the": [("DH", "AH"), ("DH", "IY")], "end": [("EH", "N", "D")]}


def test_a_word_has_the_pronunciation_that_was_said() -> None:
    found = target("The end, the end.", WORDS, {2: ("DH", "IY")})

    assert [PHONES[i] for i in found.phones] == [
        "DH",
        "AH",
        "EH",
        "N",
        "D",
        "DH",
        "IY",
        "EH",
        "N",
        "D",
    ]


def test_a_word_that_no_dictionary_has_can_have_been_said() -> None:
    assert not len(target("the zzyzx", WORDS).phones)
    assert len(target("the zzyzx", WORDS, {1: ("Z", "AY")}).phones) == 4


def test_said_pronunciations_are_read(tmp_path: Path) -> None:
    path = tmp_path / "said.tsv"
    path.write_text("path\tsaid\na/b.wav\t0 DH IY, 12 EH N\n", encoding="utf-8")

    assert read_said(path) == {"a/b.wav": {0: ("DH", "IY"), 12: ("EH", "N")}}


@pytest.mark.parametrize(
    "content", ["path\tsaid\na\t0 XX\n", "path\tsaid\na\tDH\n", "a\tb\nc\td\n"]
)
def test_another_list_is_a_sentence(tmp_path: Path, content: str) -> None:
    path = tmp_path / "said.tsv"
    path.write_text(content, encoding="utf-8")

    with pytest.raises(ConfigError, match="said.tsv"):
        read_said(path)
    with pytest.raises(ConfigError, match="cannot be read"):
        read_said(tmp_path / "none.tsv")


def test_the_first_dictionary_says_how_a_word_is_said_first(tmp_path: Path) -> None:
    first, second = tmp_path / "first.dict", tmp_path / "second.dict"
    first.write_text("the DH AH0\n", encoding="utf-8")
    second.write_text("the DH IY0\nthe(2) DH AH0\nend EH1 N D\n", encoding="utf-8")

    assert read_pronunciations(first, second) == WORDS
    with pytest.raises(AsrError, match=r"none\.dict"):
        read_pronunciations(tmp_path / "none.dict")
