"""What an export is like: remembered, named, written, never over a file that is there."""

from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import docx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asr.errors import StorageError
from asr.formats import FORMATS
from asr.transcript import Segment, Transcript, Word
from gui.export.plan import (
    USUAL_TEMPLATE,
    ExportPlan,
    carry_out,
    entry_file_name,
    from_text,
    preview,
    to_text,
    unknown_field,
)
from tests.gui.library.test_models import entry
from tests.gui.scripted import segment

SAID = Transcript(segments=(segment("it was the best", 1.0, "me"),), seconds=3.0)
NOON = datetime(2026, 5, 20, 12, tzinfo=UTC)


@given(
    st.builds(
        ExportPlan,
        suffix=st.sampled_from(list(FORMATS)),
        times=st.booleans(),
        speakers=st.booleans(),
        folder=st.text(),
        template=st.sampled_from(["{title}", "{date} {time}", "x"]),
    )
)
def test_a_plan_is_remembered(plan: ExportPlan) -> None:
    assert from_text(to_text(plan)) == plan


@pytest.mark.parametrize(
    "text",
    ["", "nonsense", "[]", '{"suffix": "exe"}', '{"template": "{0}"}', '{"times": "yes"}'],
)
def test_what_makes_no_sense_is_as_usual(text: str) -> None:
    assert from_text(text) == ExportPlan()


def test_a_name_is_made_from_a_template() -> None:
    one = entry(0, title="What: a <day>?", started=NOON, source="talk.mp3")
    local = f"{NOON.astimezone():%Y-%m-%d %H.%M}"

    assert entry_file_name("{title} {date} {time}", one) == f"What a day {local}"
    assert entry_file_name("{source}", one) == "talk"
    assert entry_file_name("../{title}", entry(0, title="..")) == "transcript"


@pytest.mark.parametrize(
    ("template", "unknown"),
    [("{title}", None), ("{titel}", "titel"), ("{", "{"), ("{0}", "0"), ("plain", None)],
)
def test_a_template_with_an_unknown_part_is_seen(template: str, unknown: str | None) -> None:
    assert unknown_field(template) == unknown


def test_a_session_without_words_has_a_name_without_its_folder() -> None:
    one = entry(0, title="", started=NOON, source="2026-05-20 14-00-24.352574")

    assert entry_file_name(USUAL_TEMPLATE, one) == f"Without words {NOON.astimezone():%Y-%m-%d}"


def test_a_file_lends_its_name_so_that_players_find_its_subtitles() -> None:
    one = entry(0, title="First words", kind="file", source="talk.part 1.mp4", is_named=False)

    assert entry_file_name(USUAL_TEMPLATE, one) == "talk.part 1"
    named = replace(one, is_named=True, title="Interview")
    assert entry_file_name(USUAL_TEMPLATE, named) == "Interview"


@pytest.mark.parametrize("suffix", ["md", "html", "docx"])
def test_the_name_that_an_entry_has_is_its_heading(suffix: str, tmp_path: Path) -> None:
    plan = ExportPlan(suffix=suffix, folder=str(tmp_path))
    one, said = entry(1, title="The talk"), replace(SAID, source="talk.mp3")

    written = carry_out(plan, one, said).read_bytes()

    if suffix == "docx":
        assert docx.Document(BytesIO(written)).paragraphs[0].text == "The talk"
    else:
        text = written.decode()
        assert "# The talk\n" in text or "<h1>The talk</h1>" in text
        assert text == preview(plan, one, said)


def test_words_are_written_as_they_were_heard_if_wanted(tmp_path: Path) -> None:
    words = (Word("we", 0, 1, display="We"), Word("went", 1, 2, display="went."))
    said = Transcript(segments=(Segment(words, 0, 2),), seconds=2.0)

    for wanted, text in ((False, "We went.\n"), (True, "we went\n")):
        plan = ExportPlan(folder=str(tmp_path), as_heard=wanted)
        assert carry_out(plan, entry(1), said).read_text() == text
        assert preview(plan, entry(1), said) == text


def test_no_file_is_written_over(tmp_path: Path) -> None:
    plan = ExportPlan(suffix="srt", folder=str(tmp_path), template="{title}")

    first, second = (carry_out(plan, entry(1, title="Day"), SAID) for _ in range(2))

    assert (first.name, second.name) == ("Day.srt", "Day (2).srt")
    assert "it was the best" in first.read_text(encoding="utf-8")


def test_a_folder_that_is_gone_is_said(tmp_path: Path) -> None:
    plan = ExportPlan(folder=str(tmp_path / "gone"), template=USUAL_TEMPLATE)

    with pytest.raises(StorageError, match="cannot be written"):
        carry_out(plan, entry(1), SAID)


@pytest.mark.parametrize("suffix", FORMATS)
def test_every_format_has_a_preview_that_reads(suffix: str) -> None:
    assert "best" in preview(ExportPlan(suffix=suffix), entry(1), SAID)


def test_a_folder_may_be_named_from_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path))

    path = carry_out(ExportPlan(folder="~", template="out"), entry(1), SAID)

    assert path == tmp_path / "out.txt"
    assert path.exists()
