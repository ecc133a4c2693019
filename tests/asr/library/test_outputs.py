"""Whatever leaves the library reads as it was corrected."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from asr.formats import FORMATS, FormatOptions, encode, load
from asr.formats.paragraphs import paragraphs
from asr.library import Entry, Library
from tests.asr.library.entries import add


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Library.open(tmp_path / "home") as opened:
        yield opened


@pytest.fixture
def corrected(library: Library) -> Entry:
    """«ordinary» was heard, «extraordinary» said; a sentence went, a speaker has a name."""
    entry = add(library, "most ordinary|Ordinary weather", "superfluous", "the end")
    with library.journal(entry.id) as journal:
        first, second, third = journal.keys
        journal.replace(first, 1, 2, ["Extraordinary"])
        journal.replace(second, 0, 1, [])
        journal.merge(first, second)
        journal.assign(third, "guest")
        journal.rename_speaker("guest", "Annabel")
    return library.update(entry.id)


def words_in(content: bytes) -> str:
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            content = packed.read("word/document.xml")
    return content.decode()


@pytest.mark.parametrize("suffix", sorted(FORMATS))
def test_every_format(library: Library, corrected: Entry, suffix: str) -> None:
    if suffix == "docx":
        pytest.importorskip("docx")

    written = words_in(encode(library.transcript(corrected.id), suffix))

    assert "Extraordinary" in written
    assert "ordinary" not in written.replace("Extraordinary", "").lower()
    assert "superfluous" not in written
    assert "Annabel" in written


def test_the_list_and_the_search(library: Library, corrected: Entry) -> None:
    assert library.entry(corrected.id).title == "most Extraordinary weather the end"
    assert library.entry(corrected.id).speakers == ("Annabel",)
    assert [hit.sentence for hit in library.search("extra")] == ["most Extraordinary weather"]
    assert library.search("ordinary") == library.search("superfluous") == []


def test_what_was_recognised_stays_beside_it(library: Library, corrected: Entry) -> None:
    assert library.recognised(corrected.id).shown.splitlines() == [
        "most Ordinary weather",
        "superfluous",
        "the end",
    ]


def test_a_paragraph_that_was_divided_stays_so(library: Library, tmp_path: Path) -> None:
    entry = add(library, "most ordinary|Ordinary weather we had|had.")
    whole = library.transcript(entry.id)
    with library.journal(entry.id) as journal:
        journal.split(journal.keys[0], 2)
    divided = library.transcript(library.update(entry.id).id)
    (tmp_path / "divided.json").write_bytes(encode(divided, "json"))

    assert [one.begins for one in divided.segments] == [False, True]
    assert len(paragraphs(whole, FormatOptions())) == 1
    assert len(paragraphs(divided, FormatOptions())) == 2
    assert len(paragraphs(load(tmp_path / "divided.json"), FormatOptions())) == 2
    assert encode(divided, "md") != encode(whole, "md")
