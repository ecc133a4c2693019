"""Lists of utterances."""

from pathlib import Path

import pytest

from asr.errors import ManifestError
from asr.evaluation.manifest import Utterance, read_manifest

HEADER = "path\ttext\tspeaker\tseconds\n"


def write(folder: Path, content: str) -> Path:
    (folder / "ваша речь.wav").write_bytes(b"")
    path = folder / "list.tsv"
    path.write_text(content, encoding="utf-8")
    return path


def test_paths_are_relative_to_the_list_and_quotes_are_letters(tmp_path: Path) -> None:
    path = write(tmp_path, HEADER + 'ваша речь.wav\t"Go" on.\tme\t1.5\n\n')

    assert read_manifest(path) == [Utterance(tmp_path / "ваша речь.wav", '"Go" on.', "me", 1.5)]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "must begin with the header"),
        ("file\ttext\n", "must begin with the header path, text, speaker, seconds"),
        (HEADER, "lists no utterance"),
        (HEADER + "ваша речь.wav\tgo\tme\n", "Line 2 .* has 3 columns instead of 4"),
        (HEADER + "none.wav\tgo\tme\t1\n", "Line 2 .* does not exist: .*none.wav"),
        (HEADER + "ваша речь.wav\t \tme\t1\n", "Line 2 .* has an empty text"),
        (HEADER + "ваша речь.wav\tgo\tme\tlong\n", "Line 2 .* no length in seconds: 'long'"),
    ],
)
def test_a_mistake_is_a_sentence_with_its_line(
    tmp_path: Path, content: str, sentence: str
) -> None:
    with pytest.raises(ManifestError, match=sentence):
        read_manifest(write(tmp_path, content))


def test_a_list_that_is_missing_or_no_text_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="cannot be read"):
        read_manifest(tmp_path / "none.tsv")
    (tmp_path / "photo.tsv").write_bytes(b"\xff\xd8\xff\xe0")
    with pytest.raises(ManifestError, match="cannot be read"):
        read_manifest(tmp_path / "photo.tsv")


def test_a_partial_list_holds_what_is_in_the_folder(tmp_path: Path) -> None:
    (tmp_path / "lists").mkdir()
    rows = "ваша речь.wav\tgo\tme\t1\nnone.wav\tgo\tme\t1\n"
    write(tmp_path, HEADER + rows).rename(tmp_path / "lists" / "list.tsv")

    found = read_manifest(tmp_path / "lists" / "list.tsv", tmp_path, partial=True)

    assert [one.path for one in found] == [tmp_path / "ваша речь.wav"]


def test_a_partial_list_may_be_empty(tmp_path: Path) -> None:
    path = write(tmp_path, HEADER + "none.wav\tgo\tme\t1\n")

    assert read_manifest(path, partial=True) == []
