"""A batch of bad files among good ones: each good one is whole, each bad one has a sentence."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from asr.batch.events import Failed, Finished
from tests.asr.audio.bad_files import Outcome, bases, cases
from tests.asr.audio.ladder import needs_ffmpeg
from tests.asr.batch.letters import contents, run, sound


@needs_ffmpeg
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such names")
def test_bad_files_keep_no_good_one_from_being_written(tmp_path: Path) -> None:
    (tmp_path / "whole").mkdir()
    whole = bases(tmp_path / "whole")
    good = [sound(tmp_path / "in" / f"good-{n}.wav", 0.7, seed=n) for n in range(4)]
    run(good, tmp_path / "alone")
    chosen = [case for case in cases() if case.outcome is Outcome.REFUSED][::3]
    chosen += [case for case in cases() if case.name.startswith("cut-5")]
    bad = [case.make(tmp_path / "in", whole) for case in chosen]
    mixed = [*good[:2], *bad, *good[2:]]

    found = run(mixed, tmp_path / "mixed")

    alone, together = contents(tmp_path / "alone"), contents(tmp_path / "mixed")
    assert alone.items() <= together.items()
    failed = [event for event in found if isinstance(event, Failed)]
    troubled = [event for event in found if isinstance(event, Finished) and event.trouble]
    told = {event.job for event in [*failed, *troubled]}
    refused = sum(case.outcome is Outcome.REFUSED for case in chosen)
    assert refused <= len(told) <= len(chosen)
    assert not list((tmp_path / "mixed").rglob("*.draft*"))
    for event in failed:
        assert event.sentence.endswith(".")
        assert "internal" not in event.sentence.casefold()
