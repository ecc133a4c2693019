"""Texts are read as they are written, or a sentence says how they should be."""

import gzip
import lzma
from collections.abc import Callable
from pathlib import Path

import pytest

from asr.errors import AlignmentError, ConfigError, LanguageError, ManifestError
from asr.evaluation.manifest import read_manifest
from asr.language.pronunciation import read_dictionary
from asr.text_file import open_text, read_lines

TEXT = "Grüße aus Genf,\nпривет\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize("pack", [bytes, gzip.compress, lzma.compress])
def test_a_text_is_read_however_it_is_written(
    tmp_path: Path, encoding: str, pack: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / "text"
    path.write_bytes(pack(TEXT.encode(encoding)))

    assert read_lines(path, "The text", ConfigError) == TEXT.splitlines()


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "latin-1", "cp1252"])
def test_a_text_that_cannot_be_told_is_to_be_saved_as_utf8(
    tmp_path: Path, encoding: str
) -> None:
    path = tmp_path / "text.txt"
    path.write_bytes("Grüße".encode(encoding))

    with pytest.raises(AlignmentError, match=r"^The text .*text\.txt .*: save it as UTF-8\.$"):
        read_lines(path, "The text", AlignmentError)


def test_a_text_that_is_missing_or_cut_is_a_sentence(tmp_path: Path) -> None:
    whole = gzip.compress(TEXT.encode() * 100)
    (tmp_path / "cut").write_bytes(whole[: len(whole) // 2])

    for name in ("cut", "missing", "."):
        with (
            pytest.raises(ConfigError, match="The list .* cannot be read"),
            open_text(tmp_path / name, "The list", ConfigError) as text,
        ):
            text.read()


def test_a_byte_order_mark_is_no_part_of_the_header(tmp_path: Path) -> None:
    (tmp_path / "a.wav").touch()
    (tmp_path / "list.tsv").write_text(
        "path\ttext\tspeaker\tseconds\na.wav\tgrüße\tx\t1\n", encoding="utf-16"
    )
    (tmp_path / "words.txt").write_text("cab  K AE B\n", encoding="utf-8-sig")

    (utterance,) = read_manifest(tmp_path / "list.tsv")

    assert utterance.text == "grüße"
    assert read_dictionary(tmp_path / "words.txt") == {"cab": [("K", "AE", "B")]}


def test_lists_in_another_encoding_are_to_be_saved_as_utf8(tmp_path: Path) -> None:
    path = tmp_path / "list"
    path.write_bytes("größe".encode("latin-1"))

    with pytest.raises(ManifestError, match="save it as UTF-8"):
        read_manifest(path)
    with pytest.raises(LanguageError, match="save it as UTF-8"):
        read_dictionary(path)
