"""The log of a training that was cut off."""

from pathlib import Path

import pytest

from models.loop.progress import forget_later

pytestmark = pytest.mark.train


def test_steps_that_are_taken_again_leave_the_log(tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    log.write_text("step,loss\n1,0.5\n2,0.4\n3,0.3\n4,0", encoding="utf-8")

    forget_later(log, 2)

    assert log.read_text(encoding="utf-8").split() == ["step,loss", "1,0.5", "2,0.4"]


def test_a_row_that_was_cut_off_leaves_the_log(tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    log.write_text("step,loss,error\n1,0.5,\n2,0.", encoding="utf-8")

    forget_later(log, 2)

    assert log.read_text(encoding="utf-8").split() == ["step,loss,error", "1,0.5,"]


def test_a_log_that_is_empty_or_not_there_is_no_trouble(tmp_path: Path) -> None:
    (tmp_path / "empty.csv").touch()

    forget_later(tmp_path / "empty.csv", 2)
    forget_later(tmp_path / "none.csv", 2)

    assert (tmp_path / "empty.csv").read_bytes() == b""
    assert not (tmp_path / "none.csv").exists()
