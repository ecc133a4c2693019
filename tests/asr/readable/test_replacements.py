"""The user's replacements are found as whole words, the longest first."""

from __future__ import annotations

import pytest

from asr.errors import ConfigError
from asr.readable.replacements import Replacements
from asr.readable.tags import Mark


def test_the_longest_is_found_first_and_keeps_its_mark() -> None:
    replacements = Replacements.parse(["Kate = Cate", "kate l = Cate-Lynn", "um ="])
    words = ["um", "kate", "l", "saw", "kate", "and", "katew"]
    marks = [Mark.NONE] * 7
    marks[2] = Mark.COMMA
    assert replacements.apply(words, words, marks) == [
        "", "Cate-Lynn,", "", "saw", "Cate", "and", "katew",
    ]  # fmt: skip


@pytest.mark.parametrize("line", ["kate", " = Cate", "… = x"])
def test_a_line_that_is_none_is_named(line: str) -> None:
    with pytest.raises(ConfigError, match="Line 2 of the replacements"):
        Replacements.parse(["", line])
