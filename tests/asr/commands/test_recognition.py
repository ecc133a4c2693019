"""What the command line says about the recogniser."""

from pathlib import Path

import pytest

from asr.commands.recognition import engine_options
from asr.errors import StorageError
from main import parser


def test_hot_words_that_are_left_out_are_told_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "words.txt"
    path.write_text("Quilter\nпривет\n", encoding="utf-16")

    found = engine_options(parser().parse_args(["transcribe", "--hot-words", str(path), "a"]))

    assert [phrase.words for phrase in found.hot_words.phrases] == [("quilter",)]
    assert capsys.readouterr().err == (
        "earshot: 1 of 2 hot words cannot be said in English and are left out: «привет»\n"
    )


@pytest.mark.parametrize("option", ["--hot-words", "--replacements"])
def test_a_list_in_another_encoding_is_a_sentence(tmp_path: Path, option: str) -> None:
    path = tmp_path / "words.txt"
    path.write_bytes("größe = Größe".encode("latin-1"))

    with pytest.raises(StorageError, match="save it as UTF-8"):
        engine_options(parser().parse_args(["transcribe", option, str(path), "a"]))


@pytest.mark.parametrize("command", ["listen", "transcribe a", "align a b", "evaluate a.tsv"])
def test_every_command_shows_readable_text_unless_it_is_to_be_raw(command: str) -> None:
    shown, raw = (
        engine_options(parser().parse_args([*command.split(), *options])).readable
        for options in ([], ["--raw", "--spoken-commands"])
    )

    assert shown.is_on
    assert not shown.commands
    assert not raw.is_on
    assert raw.commands
