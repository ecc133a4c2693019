"""Number words read as numbers: cardinals, places, digits one by one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from asr.text import ONES, ORDINALS, TENS

SMALL: Final = {word: number for number, word in enumerate(ONES)}
TENTHS: Final = {word: 10 * number for number, word in enumerate(TENS) if number > 1}
NOUGHTS: Final = ("oh", "o")  # as a zero is said
SCALES: Final = {"thousand": 1_000, "million": 10**6, "billion": 10**9, "trillion": 10**12}
DIGITS: Final = {word: number for word, number in SMALL.items() if number < 10} | {"oh": 0}
LARGE: Final = frozenset({"hundred", *SCALES})
CARDINAL: Final = frozenset({*SMALL, *TENTHS, *SCALES, "hundred"})
PLACES: Final = {ORDINALS.get(word, f"{word}th"): number for word, number in SMALL.items()} | {
    f"{word[:-1]}ieth": number for word, number in TENTHS.items()
}
# What makes parts of a whole of the number before it.
PARTS: Final = frozenset(
    {"half", "halves", "quarter", "quarters", "third", "hundredth", "hundredths", "thousandths"}
    | {f"{word}s" for word, number in PLACES.items() if number > 2}
)


def cardinal(words: Sequence[str], place: int) -> tuple[int, int] | None:
    """Read the longest number of words that begins at `place`: its value and its end.

    «one hundred and five» is one number, «forty fifty» are two and «hundred» is none.
    """
    total, rest_below = 0, 10**15
    end = place
    while True:
        start = end + 1 if total and end < len(words) and words[end] == "and" else end
        found = _below_thousand(words, start)
        if found is None:
            break
        value, after = found
        scale = SCALES.get(words[after]) if after < len(words) else None
        if scale is None:
            if total and rest_below <= value:
                break
            return total + value, after
        if scale >= rest_below:
            break
        total, rest_below, end = total + value * scale, scale, after + 1
    return (total, end) if total else None


def _below_thousand(words: Sequence[str], place: int) -> tuple[int, int] | None:
    found = _below_hundred(words, place)
    if found is None:
        return None
    value, end = found
    if end >= len(words) or words[end] != "hundred" or not 0 < value < 100 or value % 10 == 0:
        return found
    value, end = value * 100, end + 1
    start = end + 1 if end < len(words) and words[end] == "and" else end
    rest = _below_hundred(words, start)
    after = rest[1] if rest else 0
    if rest and rest[0] and not (after < len(words) and words[after] == "hundred"):
        return value + rest[0], after
    return value, end


def _below_hundred(words: Sequence[str], place: int) -> tuple[int, int] | None:
    if place >= len(words):
        return None
    word = words[place]
    if word in SMALL:
        return SMALL[word], place + 1
    if word not in TENTHS:
        return None
    after = SMALL.get(words[place + 1], 0) if place + 1 < len(words) else 0
    if 0 < after < 10:
        return TENTHS[word] + after, place + 2
    return TENTHS[word], place + 1


def ordinal(words: Sequence[str], place: int) -> tuple[int, int] | None:
    """Read a place below a hundred, «twenty first», that begins at `place`."""
    if place >= len(words):
        return None
    if words[place] in PLACES:
        return PLACES[words[place]], place + 1
    if words[place] in TENTHS and place + 1 < len(words):
        after = PLACES.get(words[place + 1], 0)
        if 0 < after < 10:
            return TENTHS[words[place]] + after, place + 2
    return None


def digits(words: Sequence[str], place: int) -> tuple[str, int]:
    """Read digits said one by one from `place` on: «oh two oh»."""
    end = place
    while end < len(words) and words[end] in DIGITS:
        end += 1
    return "".join(str(DIGITS[word]) for word in words[place:end]), end


def two_digits(words: Sequence[str], place: int) -> tuple[int, int] | None:
    """Read the second half of a year or a time, «oh five» or «forty two», from `place` on."""
    if place + 1 < len(words) and words[place] in NOUGHTS:
        digit = DIGITS.get(words[place + 1], 0)
        return (digit, place + 2) if digit else None
    found = _below_hundred(words, place)
    return found if found and found[0] >= 10 else None


def with_ending(number: int) -> str:
    """Return a place in figures: 1st, 22nd, 113th."""
    endings = {1: "st", 2: "nd", 3: "rd"}
    is_teen = 10 < number % 100 < 20
    return f"{number}{'th' if is_teen else endings.get(number % 10, 'th')}"
