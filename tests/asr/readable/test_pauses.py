"""Pauses in buckets, as the tagger was trained on them."""

import pytest

from asr.readable.pauses import BUCKETS, EDGES, RUSHED, UNKNOWN, pause_bucket, pause_buckets


def test_an_unknown_pause_has_a_bucket_of_its_own() -> None:
    assert pause_bucket(None) == UNKNOWN
    assert pause_bucket(0.0) != UNKNOWN


@pytest.mark.parametrize(("below", "edge"), list(enumerate(EDGES, start=1)))
def test_each_edge_parts_two_buckets(below: int, edge: float) -> None:
    assert (pause_bucket(edge - 0.01), pause_bucket(edge)) == (below, below + 1)


def test_the_longest_pause_is_in_the_last_bucket() -> None:
    assert pause_bucket(1e9) == BUCKETS - 1


def test_who_makes_no_pause_at_all_has_none_that_is_known() -> None:
    none, long = pause_bucket(0.0), pause_bucket(1.0)
    talk = [*[0.0] * (RUSHED - 1), 1.0, *[0.01] * RUSHED, 1.0]

    assert pause_buckets(talk) == [*[none] * (RUSHED - 1), long, *[UNKNOWN] * RUSHED, long]
    assert pause_buckets([]) == []
