"""Weights are chosen on a dev list and written into the pack, with a calibration."""

import shutil
from pathlib import Path

import pytest

from asr.pack import DESCRIPTION, EMBEDDED, Pack
from export import tune
from export.pack import change_pack

CLIPS = Path(__file__).parents[1] / "clips" / "clips.tsv"
pytestmark = pytest.mark.train


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """The embedded pack with a description of its own."""
    for path in EMBEDDED.iterdir():
        if path.is_file() and path.name != DESCRIPTION:
            (tmp_path / path.name).symlink_to(path)
    shutil.copyfile(EMBEDDED / DESCRIPTION, tmp_path / DESCRIPTION)
    return tmp_path


def test_a_weight_that_costs_words_is_moved_and_one_that_does_not_stays(pack: Path) -> None:
    before = Pack.open(pack)
    change_pack(pack, {"decoder": {**before.decoder, "word_bonus": -30.0}})
    grids = {"word_bonus": (0.0, -29.0), "beam": (512, 513)}

    found = tune.tune(pack, [CLIPS], 2, grids)

    after = Pack.open(pack)
    assert after.decoder == {**before.decoder, "word_bonus": 0.0}
    assert found["wer"] < 0.5
    assert 0 <= found["calibration_error"] <= 1
    assert after.confidence != before.confidence
    assert after.checksum != before.checksum


def test_words_are_right_where_the_alignment_bears_them_out() -> None:
    said = ("one", "two", "three", "four")

    assert tune._right(("one", "too", "three", "four"), said) == [True, False, True, True]
    assert tune._right(("three", "one", "two"), said) == [False, True, True]
    assert tune._right((), said) == []
