"""Corpora: read, cut into sentences, normalised and numbered."""

import gzip
import lzma
from pathlib import Path

import pytest

from asr.errors import LanguageError
from models.language.text import Numbering, is_noise, read_sentences, split_sentences

BOOK = """=== A Title | An Author | 1900

## Chapter 1

"Mr. Brown," said J. K. Smith, "came in 1884. Did he stay?" No!

It was--so to speak--his _last_ visit.
"""
SENTENCES = [
    "mister brown said j k smith came in eighteen eighty four",
    "did he stay",
    "no",
    "it was so to speak his last visit",
]


def test_a_book_becomes_sentences_without_its_headings(tmp_path: Path) -> None:
    (tmp_path / "book.txt").write_text(BOOK)

    assert [s for s in read_sentences(tmp_path / "book.txt") if s] == SENTENCES


def test_packed_texts_read_like_plain_ones(tmp_path: Path) -> None:
    (tmp_path / "book.txt.xz").write_bytes(lzma.compress(BOOK.encode()))
    (tmp_path / "book.txt.gz").write_bytes(gzip.compress(BOOK.encode()))

    for name in ("book.txt.xz", "book.txt.gz"):
        assert [s for s in read_sentences(tmp_path / name) if s] == SENTENCES


def test_a_manifest_gives_each_distinct_text_once(tmp_path: Path) -> None:
    path = tmp_path / "train.tsv"
    path.write_text(
        'path\ttext\tspeaker\nx.wav\tGo "on".\ta\ny.wav\tGO ON\tb\nz.wav\tStop.\ta\n'
    )

    assert list(read_sentences(path)) == ["go on", "stop"]


@pytest.mark.parametrize(
    ("paragraph", "n"),
    [
        ("One. Two! Three? Four.", 4),
        ("He met Dr. Watson at St. Paul's.", 1),
        ("«It ends.» (Or so?) “Yes.” Then.", 3),
        ("No stop at all", 1),
        ("He saw Mr.", 1),
        ("", 0),
    ],
)
def test_sentences_end_at_stops_that_are_no_abbreviations(paragraph: str, n: int) -> None:
    sentences = split_sentences(paragraph)

    assert len([s for s in sentences if s]) == n


def test_numbering_parts_sentences_and_repeats_no_word() -> None:
    numbering = Numbering()

    corpus = numbering.corpus("two", ["go on", "", "go"])
    other = numbering.corpus("three", ["on"])

    assert corpus.tokens.tolist() == [1, 2, 0, 1, 0]
    assert other.tokens.tolist() == [2, 0]
    assert numbering.words == ["", "go", "on"]


@pytest.mark.parametrize("word", ["ooooh", "xviii", "bzzzt", "a" * 3 + "h", "w" * 25])
def test_noise_is_known_by_its_looks(word: str) -> None:
    assert is_noise(word)


@pytest.mark.parametrize("word", ["a", "sky", "rhythm", "o'clock", "brrr"[:2], "strengths"])
def test_words_are_no_noise(word: str) -> None:
    assert not is_noise(word)


def test_what_cannot_be_read_is_an_error_of_ours(tmp_path: Path) -> None:
    (tmp_path / "broken.txt.xz").write_bytes(b"not packed")
    (tmp_path / "cut.txt.gz").write_bytes(gzip.compress(BOOK.encode() * 50)[:60])
    (tmp_path / "other.tsv").write_text("path\tspeaker\n")

    for name in ("broken.txt.xz", "cut.txt.gz", "other.tsv", "missing.txt"):
        with pytest.raises(LanguageError, match=name):
            list(read_sentences(tmp_path / name))


def test_a_damaged_packed_text_is_a_sentence(tmp_path: Path) -> None:
    packed = bytearray(gzip.compress(BOOK.encode() * 50))
    packed[20:40] = b"\xff" * 20
    (tmp_path / "book.txt.gz").write_bytes(packed)

    with pytest.raises(LanguageError, match="cannot be read"):
        list(read_sentences(tmp_path / "book.txt.gz"))
