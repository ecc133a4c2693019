"""`earshot align` over several pairs."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from main import main

CLIPS = Path(__file__).parents[2] / "clips"


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    """A text read as written, one with a word too many and one too few, one without sound."""
    folder = tmp_path / "pairs"
    folder.mkdir()
    for name, text in (
        ("1272-128104-0000", "Mister Quilter is the apostle of the middle classes."),
        ("777-126732-0000", "All unbelievably extraterrestrial ionization makes life poor."),
    ):
        (folder / f"{name}.opus").write_bytes((CLIPS / f"{name}.opus").read_bytes())
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")
    (folder / "alone.opus").write_bytes(b"no text belongs to it")
    (folder / "bad.wav").write_bytes(b"")
    (folder / "bad.txt").write_text("Silence.", encoding="utf-8")
    return folder


def test_a_folder_is_aligned_with_a_report_and_one_failure(
    pairs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, table = tmp_path / "out", tmp_path / "report.csv"
    command = ["align", "--provider", "cpu", str(pairs), "--output", str(out)]

    status = main([*command, "--report", str(table)])

    told, err = capsys.readouterr()
    assert status == 1
    assert "3 pairs: 2 done, 1 failed." in told
    assert "bad.wav" in err
    assert len(err.splitlines()) == 1
    assert {path.name for path in out.iterdir()} == {
        "1272-128104-0000.opus.srt",
        "777-126732-0000.opus.srt",
    }
    rows = list(csv.DictReader(io.StringIO(table.read_text("utf-8-sig"))))
    told_of = {(row["file"], row["what"]): row["words"] for row in rows}
    unsaid = told_of["777-126732-0000.opus", "unsaid"]
    assert "unbelievably extraterrestrial" in unsaid
    unwritten = told_of["1272-128104-0000.opus", "unwritten"].lower()
    assert unwritten.rstrip(".").endswith("his gospel")


def test_a_text_is_shown_as_written_or_as_it_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = tmp_path / "text.txt"
    text.write_text("Mr. Quilter is the\nApostle of the Middle Classes!", encoding="utf-8")
    command = ["align", "--provider", "cpu", str(CLIPS / "1272-128104-0000.opus"), str(text)]

    assert main([*command, "--format", "txt"]) == 0
    assert capsys.readouterr().out == text.read_text() + "\n"
    assert main([*command, "--format", "txt", "--raw"]) == 0
    assert capsys.readouterr().out == "mister quilter is the\napostle of the middle classes\n"


@pytest.mark.usefixtures("standing_in")
@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["a.wav"], "no text after it"),
        (["a.wav", "a.txt", "b.wav", "b.txt"], "need --output"),
        (["a/x.wav", "a.txt", "b/x.wav", "b.txt", "--output", "out"], "called x.wav"),
        (["."], "no sound has a text"),
    ],
)
def test_what_has_no_pair_or_no_place_is_a_sentence(
    words: list[str],
    sentence: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["align", *words]) == 1
    assert sentence in capsys.readouterr().err
