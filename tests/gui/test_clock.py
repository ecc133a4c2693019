"""Times as people read them."""

import pytest

from gui.clock import clock, length


@pytest.mark.parametrize(
    ("seconds", "shown"), [(7.9, "0:07"), (754, "12:34"), (3599, "59:59"), (3723, "1:02:03")]
)
def test_a_place_in_time(seconds: float, shown: str) -> None:
    assert clock(seconds) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(12.44, "12.4 s"), (59.97, "1 min 0 s"), (200, "3 min 20 s"), (7500, "2 h 5 min")],
)
def test_a_length(seconds: float, shown: str) -> None:
    assert length(seconds) == shown
