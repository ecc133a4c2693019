"""Of a word's pronunciations the one that was said."""

import shutil
from pathlib import Path

import pytest

from asr.errors import ManifestError
from asr.evaluation.manifest import read_manifest
from asr.pack import EMBEDDED
from models.acoustic.targets import read_said
from models.data.said_pronunciations import main, others, write_said

CLIPS = Path(__file__).parents[2] / "clips"
WORDS = {"the": [("DH", "AH"), ("DH", "IY")], "end": [("EH", "N", "D")]}


def test_only_what_is_another_known_pronunciation_is_named() -> None:
    said = [("DH", "IY"), ("EH", "N"), ("DH", "AH"), ("Z",)]

    assert others(["the", "end", "the", "zed"], said, WORDS) == "0 DH IY, 3 Z"


def test_the_sound_tells_which_pronunciation_was_said(tmp_path: Path) -> None:
    shutil.copy(CLIPS / "1272-128104-0000.opus", tmp_path)
    (tmp_path / "cmudict").mkdir()
    words = "mister M IH S K ER\nmister(2) M IH S T ER\nquilter K W IH L T ER\n"
    (tmp_path / "cmudict" / "cmudict.dict").write_text(words, encoding="utf-8")
    text = read_manifest(CLIPS / "clips.tsv")[0].text
    row = f"1272-128104-0000.opus\t{text}\tone\t5.8\n"
    (tmp_path / "list.tsv").write_text(f"path\ttext\tspeaker\tseconds\n{row}")
    output = tmp_path / "said.tsv"

    main([str(tmp_path / "list.tsv"), "--data", str(tmp_path), "--output", str(output)])

    said = read_said(output)["1272-128104-0000.opus"]
    assert said[0] == ("M", "IH", "S", "T", "ER")
    assert 1 not in said


def test_a_place_that_is_not_there_is_told_before_hours_of_listening(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="There is no folder"):
        write_said([CLIPS / "clips.tsv"], CLIPS, EMBEDDED, tmp_path / "none" / "said.tsv")
