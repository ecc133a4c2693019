"""Texts of today to learn a language from, without the sentences of held-out speech."""

import json
import lzma
from pathlib import Path

import pytest

from asr.errors import LanguageError
from models.data.texts import main, read_folder, unheld

LESSON = """<document xmlns="http://cnx.rice.edu/cnxml" xmlns:m="http://www.w3.org/1998/Math/MathML">
<title>Orbits</title><content><para id="a">The path of a <term>planet</term>
is its orbit.</para><para id="b">It is <m:math><m:mi>r</m:mi></m:math> wide.</para></content>
</document>"""
MEETING = {
    "meeting_transcripts": [
        {"speaker": "A", "content": "Okay . {vocalsound} It 's late , do n't you 'nd ?"},
        {"speaker": "B", "content": "{disfmarker}"},
    ]
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A lesson, a meeting and a speech."""
    texts = tmp_path / "texts"
    texts.mkdir()
    (texts / "a.cnxml").write_text(LESSON, encoding="utf-8")
    (texts / "b.json").write_text(json.dumps(MEETING), encoding="utf-8")
    (texts / "c.txt").write_text("We have\ncome far.\nWe go on,\nand on.\n", encoding="utf-8")
    (texts / "c.png").write_bytes(b"\xff")
    return texts


def test_each_format_gives_whole_sentences(folder: Path) -> None:
    assert list(read_folder(folder)) == [
        "The path of a planet is its orbit.",
        "Okay . It's late , don't you 'nd ?",
        "",
        "We have come far.",
        "We go on, and on.",
        "",
    ]


@pytest.mark.parametrize(
    ("held_out", "is_left_out"),
    [
        ("we have come far", True),  # a sentence of the paragraph
        ("we have come", False),  # a part of one
        ("and then he said have come so far that no one will go back", True),  # a long run
        ("that is it", False),  # said everywhere
    ],
)
def test_held_out_sentences_and_runs_are_left_out(held_out: str, is_left_out: bool) -> None:
    paragraphs = [
        "It is late. We have come far. We go on.",
        "They have come so far that no one will turn.",
        "That is it. Good.",
    ]

    left = list(unheld(paragraphs, [held_out]))

    assert (len(left) == len(paragraphs) - 1) == is_left_out


def test_the_command_asks_the_held_out_list(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"")
    (tmp_path / "test.tsv").write_text(
        "path\ttext\tspeaker\tseconds\na.wav\tWE HAVE COME FAR\tme\t1\n", encoding="utf-8"
    )
    output = tmp_path / "texts.txt.xz"

    main([str(folder), "--without", str(tmp_path / "test.tsv"), "--output", str(output)])

    lines = lzma.decompress(output.read_bytes()).decode().splitlines()
    assert lines == [
        "The path of a planet is its orbit.",
        "Okay . It's late , don't you 'nd ?",
        "We go on, and on.",
    ]


@pytest.mark.parametrize(
    ("name", "content"), [("a.cnxml", "<document>"), ("a.json", "{"), ("a.json", "{}")]
)
def test_a_damaged_text_is_a_sentence_and_leaves_no_file(
    tmp_path: Path, name: str, content: str
) -> None:
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / name).write_text(content, encoding="utf-8")
    output = tmp_path / "out.txt.xz"

    with pytest.raises(LanguageError, match=f"{name} could not be read"):
        main([str(tmp_path / "texts"), "--output", str(output)])

    assert [path.name for path in tmp_path.iterdir()] == ["texts"]


def test_a_folder_without_texts_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(LanguageError, match="There is no text"):
        list(read_folder(tmp_path))
