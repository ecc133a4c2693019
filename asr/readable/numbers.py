"""Numbers in figures, where there is no doubt what is meant.

A row of rules, the most certain first, is tried at each word that may begin a number:

    nineteen eighty four          1984
    twenty five dollars           $25
    the twenty first of may       the 21st of May
    five thirty p m               5:30 pm
    three point one four          3.14

Number words that no rule reads to their end stay words («forty fifty», «four and twenty»),
and so do numbers in names («Twenty Thousand Leagues»), at the beginning of a sentence, and
those below ten but in units and beside figures.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, NamedTuple, TypeAlias

from asr.readable.casing import marked
from asr.readable.number_words import (
    CARDINAL,
    DIGITS,
    LARGE,
    NOUGHTS,
    PARTS,
    PLACES,
    SCALES,
    SMALL,
    TENTHS,
    cardinal,
    digits,
    ordinal,
    two_digits,
    with_ending,
)
from asr.readable.tagger import Tag


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


MONTHS: Final = _set(
    "january february march april may june july august september october november december"
)
UNITS: Final = _set(  # that mean nothing else: «foot», «stone» and «degree» do
    "kilometre kilometres kilometer kilometers centimetre centimetres centimeter centimeters "
    "millimetre millimetres millimeter millimeters kilogram kilograms kilo kilos gram grams "
    "milligram milligrams litre litres liter liters millilitre millilitres milliliter "
    "milliliters watt watts kilowatt kilowatts megawatt megawatts volt volts amp amps hertz "
    "kilohertz megahertz gigahertz kilobyte kilobytes megabyte megabytes gigabyte gigabytes "
    "terabyte terabytes megabit megabits gigabit gigabits celsius fahrenheit pixels"
)
_COUNTED: Final = _set("years men people miles minutes hours days pounds dollars")
_IN_YEAR: Final = MONTHS | _set(
    "in of since until till by from before after during around about circa year between to "
    "early late spring summer autumn winter"
)
_BEFORE_2000: Final = MONTHS | _set("in since until till year")  # a number has a comma
_BEFORE_PLACE: Final = _set("the his her their my our your its this that on of every each")
_JOINTS: Final = frozenset({"to", "or", "and", "by", "minus", "plus", "times"})
_NUMBER: Final = CARDINAL | PLACES.keys()
_CURRENCIES: Final = {"dollars": "$", "dollar": "$", "euros": "€", "euro": "€"}
_LARGEST: Final = ("million", "billion", "trillion")  # that stay words
_LEAST: Final = 10  # from which numbers are written in figures
_LEAST_DIGITS: Final = 4  # said one by one that make a figure
_CENTURIES: Final = range(15, 20)  # that begin a year without more ado
_HALF_DAYS: Final = {"a": "am", "p": "pm"}


class Figure(NamedTuple):
    """What is shown for the words from a place to `end`."""

    text: str
    end: int
    is_counted: bool = False  # a plain number, which what stands beside it may make doubtful


@dataclass(frozen=True, slots=True)
class _Said:
    """A part of an utterance without a mark inside."""

    words: Sequence[str]
    written: Sequence[str]
    begins: bool  # whether a sentence begins with it

    def at(self, place: int) -> str:
        """The word at a place, or nothing beyond the ends."""
        return self.words[place] if 0 <= place < len(self.words) else ""

    def is_month(self, place: int) -> bool:
        """Whether a month's name stands there; «may» and «march» are other words, too."""
        return self.at(place) in MONTHS and self.written[place][:1].isupper()


_Rule: TypeAlias = Callable[[_Said, int], Figure | None]


def figures(
    words: Sequence[str], written: Sequence[str], tags: Sequence[Tag], *, begins: bool = True
) -> list[str]:
    """Return what is shown for each of (N,) words: figures, written words and marks.

    Where a figure stands for several words, the others show nothing.

    Args:
        words: As they were recognised.
        written: With their case.
        tags: With the marks that follow.
        begins: Whether the first word begins a sentence.
    """
    shown: list[str] = []
    start = 0
    for place, (_, mark) in enumerate(tags):
        if not mark and place + 1 < len(words):
            continue
        part = _Said(words[start : place + 1], written[start : place + 1], begins)
        texts = _part(part)
        last = max((n for n, text in enumerate(texts) if text), default=0)
        texts[last] = marked(texts[last], mark)
        shown += texts
        begins, start = mark.ends_sentence, place + 1
    return shown


def _part(said: _Said) -> list[str]:
    """Return what is shown for the words of a part."""
    found: dict[int, Figure] = {}
    place = 0
    while place < len(said.words):
        figure = _figure(said, place)
        if figure:
            found[place] = figure
            place = figure.end
        elif said.at(place) in _NUMBER:
            place = _end_of_numbers(said, place)  # what was not read whole is not read at all
        else:
            place += 1
    _leave_doubtful(said, found)
    shown = list(said.written)
    for place, figure in found.items():
        shown[place : figure.end] = [figure.text] + [""] * (figure.end - place - 1)
    return shown


def _figure(said: _Said, place: int) -> Figure | None:
    may_begin = said.at(place) in _NUMBER or said.at(place) in DIGITS or said.is_month(place)
    if not may_begin:
        return None
    for rule in _RULES:
        figure = rule(said, place)
        if figure and not _is_joined(said, place, figure.end):
            return figure
    return None


def _is_joined(said: _Said, place: int, end: int) -> bool:
    """Whether number words stand right beside a reading, so that it may be wrong."""
    if said.at(place - 1) in _NUMBER or said.at(end) in _NUMBER or said.at(end) in PARTS:
        return True
    scaled = said.at(place - 2) if said.at(place - 1) == "and" else ""
    if said.at(end).removesuffix("s") in LARGE or scaled.removesuffix("s") in LARGE - {scaled}:
        return True  # «thirteen millions and five hundred thousand»
    if said.at(end) in ("point", *NOUGHTS) and said.at(end + 1) in DIGITS:
        return True
    if (said.at(end), said.at(end + 1)) == ("and", "a") and said.at(end + 2) in PARTS:
        return True  # «ten and a half»
    before = said.at(place - 1) == "and" and said.at(place - 2) in _NUMBER
    after = said.at(end) == "and" and said.at(end + 1) in _NUMBER
    if not before and not after:
        return False
    # «four and twenty», «one hundred and two hundred» after «between»: one number or two?
    first = said.at(place - 2) if before else said.at(end - 1)
    start = place if before else end + 1
    if first in DIGITS or said.at(start) in SCALES or said.at(start) in PLACES:
        return True
    # «seven hundred and fifty seven hundred and fifty eight» are 750 and 758.
    tens = said.at(start) in TENTHS and "hundred" in (said.at(start + 1), said.at(start + 2))
    return first == "hundred" and tens


def _end_of_numbers(said: _Said, place: int) -> int:
    end = place
    while said.at(end) in _NUMBER or said.at(end) in ("and", "point", "oh"):
        end += 1
    return max(end, place + 1)


def _leave_doubtful(said: _Said, found: dict[int, Figure]) -> None:
    """Take back plain numbers that begin a sentence, or may mean more or something else."""
    for place, figure in list(found.items()):
        if not figure.is_counted:
            continue
        names = [said.written[n][:1].isupper() for n in range(place, figure.end)]
        is_name = any(names[1:]) or (names[0] and not (said.begins and place == 0))
        if is_name or (said.begins and place == 0) or _shares_scale(said, place, figure.end):
            del found[place]
    for place, figure in list(found.items()):
        if figure.is_counted:
            _count_beside(said, found, place, figure)


def _shares_scale(said: _Said, place: int, end: int) -> bool:
    """Whether a number is one of two that «five or six thousand» are said of."""
    if said.at(end) in ("or", "to"):
        second = cardinal(said.words, end + 1)
        if second and said.words[second[1] - 1] in LARGE and said.at(end - 1) not in LARGE:
            return True
    if said.at(place - 1) in ("or", "to") and said.at(end - 1) in LARGE:
        return said.at(place - 2) in CARDINAL - LARGE
    return False


def _count_beside(said: _Said, found: dict[int, Figure], place: int, figure: Figure) -> None:
    """Write a number below ten in figures if it is joined to one that is: «9 or 10»."""
    if said.at(place - 1) in _JOINTS and said.at(place - 2) in SMALL:
        before = place - 2
        alone = said.at(before - 1) not in _NUMBER and not said.written[before][:1].isupper()
        if alone and before not in found and said.at(place - 1) != "and":
            found[before] = Figure(str(SMALL[said.at(before)]), place - 1)
    after = figure.end + 1
    if said.at(figure.end) in _JOINTS and said.at(after) in SMALL and after not in found:
        alone = said.at(after + 1) not in _NUMBER and said.at(after + 1) not in PARTS
        if alone and said.at(figure.end) != "and" and said.at(after) != "one":
            found[after] = Figure(str(SMALL[said.at(after)]), after + 1)


def _clock(said: _Said, place: int) -> Figure | None:
    """«five thirty p m», «ten o'clock», «at ten fifteen»."""
    hour = SMALL.get(said.at(place), 0)
    if not 0 < hour <= 12:
        return None
    if said.at(place + 1) == "o'clock":
        return Figure(str(hour), place + 1)
    minutes = two_digits(said.words, place + 1)
    minute, end = minutes if minutes and minutes[0] < 60 else (None, place + 1)
    half = _HALF_DAYS.get(said.at(end), "") if said.at(end + 1) == "m" else ""
    text = f"{hour}" if minute is None else f"{hour}:{minute:02}"
    if half:
        return Figure(f"{text} {half}", end + 2)
    beside = said.at(end) in _COUNTED or said.at(end) in UNITS or said.at(end) == "percent"
    if minute is not None and said.at(place - 1) == "at" and not beside:
        return Figure(text, end)
    return None


def _date(said: _Said, place: int) -> Figure | None:
    """«march the fifth» and «march fifth»; with a year after it, which is read by itself."""
    if not said.is_month(place):
        return None
    start = place + 1 + (said.at(place + 1) == "the")
    found = ordinal(said.words, start)
    if found is None or found[0] > 31 or said.at(found[1]) in PARTS:
        return None
    day, end = found
    year = _year(said, end, is_sure=True)
    text = f"{said.written[place]} {with_ending(day)}"
    return Figure(f"{text} {year.text}", year.end) if year else Figure(text, end)


def _place(said: _Said, place: int) -> Figure | None:
    """«the twenty first», «the fifth of may», «the nineteenth century»."""
    found = ordinal(said.words, place)
    if found is None or said.at(place - 1) not in _BEFORE_PLACE or said.at(place - 2) == "a":
        return None
    number, end = found
    is_date = number <= 31 and said.at(end) == "of" and said.is_month(end + 1)
    is_century = said.at(end) in ("century", "centuries") and number >= _LEAST
    is_sure = end - place > 1 and said.words[end - 1] not in ("second", "third")
    if is_date or is_century or is_sure:
        return Figure(with_ending(number), end)
    return None


def _year_here(said: _Said, place: int) -> Figure | None:
    return _year(said, place, is_sure=said.at(place - 1) in _IN_YEAR)


def _year(said: _Said, place: int, *, is_sure: bool) -> Figure | None:
    """«nineteen eighty four», «nineteen oh five», «the nineteen eighties»."""
    found = cardinal(said.words, place)
    if found and 2000 <= found[0] < 2100 and said.at(place - 1) in _BEFORE_2000:
        return Figure(str(found[0]), found[1])
    century = SMALL.get(said.at(place)) or TENTHS.get(said.at(place), 0)
    if not 10 < century <= 20:
        return None
    after = said.at(place + 2)
    is_whole = is_sure and said.at(place + 1) == "hundred" and century < 20
    if is_whole and after not in ("and", *_NUMBER, *_COUNTED):
        return Figure(f"{century}00", place + 2)
    tens = {f"{word[:-1]}ies": number for word, number in TENTHS.items()}
    if said.at(place + 1) in tens:
        return Figure(f"{century}{tens[said.at(place + 1)]}s", place + 2)
    rest = two_digits(said.words, place + 1)
    if rest is None or said.at(rest[1]) in _COUNTED or said.at(rest[1]) in UNITS:
        return None
    is_plain = century in _CENTURIES and (rest[0] >= 20 or said.at(place + 1) in NOUGHTS)
    return Figure(f"{century}{rest[0]:02}", rest[1]) if is_plain or is_sure else None


def _decimal(said: _Said, place: int) -> Figure | None:
    """«three point one four», with a unit, per cent or millions after it."""
    found = cardinal(said.words, place) or (
        (0, place + 1) if said.at(place) in ("zero", "oh", "nought") else None
    )
    if found is None or said.at(found[1]) != "point":
        return None
    if found[0] == 1 and said.at(place - 1) in ("at", "from", "on", "this", "that", "to", ""):
        return None  # «at one point two men came»
    fraction, end = digits(said.words, found[1] + 1)
    if not fraction:
        return None
    text = f"{found[0]:,}.{fraction}"
    if percent := _percent_end(said, end):
        return Figure(f"{text}%", percent)
    if said.at(end) in _LARGEST:
        text, end = f"{text} {said.at(end)}", end + 1
    sign = _currency(said, place, end)
    return Figure(f"{sign}{text}", end + 1) if sign else Figure(text, end)


def _percent_end(said: _Said, place: int) -> int:
    """Where «percent» or «per cent» ends; 0 where there is none."""
    if said.at(place) == "percent":
        return place + 1
    return place + 2 if (said.at(place), said.at(place + 1)) == ("per", "cent") else 0


def _amount(said: _Said, place: int) -> Figure | None:
    """«twenty five dollars», «five percent», «three kilometres»."""
    found = cardinal(said.words, place)
    if found is None:
        return None
    number, end = found
    text = _grouped(said, number, place, end)
    if percent := _percent_end(said, end):
        return Figure(f"{text}%", percent)
    if said.at(end) in UNITS:
        return Figure(text, end)
    sign = _currency(said, place, end)
    if not sign:
        return None
    cents = cardinal(said.words, end + 2) if said.at(end + 1) == "and" else None
    if cents and cents[0] < 100 and said.at(cents[1]) in ("cents", "cent"):
        return Figure(f"{sign}{text}.{cents[0]:02}", cents[1] + 1)
    return Figure(f"{sign}{text}", end + 1)


def _currency(said: _Said, place: int, end: int) -> str:
    """The sign of what is counted after a number; none for «the five dollars»."""
    is_one_thing = said.at(place - 1) in ("a", "the", "this", "that")
    return "" if is_one_thing else _CURRENCIES.get(said.at(end), "")


def _digit_string(said: _Said, place: int) -> Figure | None:
    """Digits said one by one, as of a telephone; counting is none."""
    text, end = digits(said.words, place)
    steps = {int(b) - int(a) for a, b in pairwise(text)}
    if (
        len(text) < _LEAST_DIGITS
        or steps in ({1}, {-1})
        or said.at(place) == "oh" == said.at(place + 1)
    ):
        return None
    cuts = {7: (3,), 10: (3, 6), 11: (5,)}.get(len(text), ())
    edges = [0, *cuts, len(text)]
    return Figure(" ".join(text[a:b] for a, b in pairwise(edges)), end)


def _count(said: _Said, place: int) -> Figure | None:
    """A plain number of ten and more."""
    found = cardinal(said.words, place)
    if found is None or found[0] < _LEAST:
        return None
    number, end = found
    if said.at(place - 1) == "between" and "and" in said.words[place:end]:
        return None  # «between one hundred and twenty …»: one number or two?
    if said.at(place) in TENTHS and said.at(place + 2) == "hundred" and end > place + 3:
        return None  # «resolution sixty two hundred and eight»: 62 hundred, or 60 and 208?
    may_be_year = number < 2100 and number % 1000 < 100 and said.at(place + 1) == "thousand"
    if may_be_year and (not said.at(end) or (number > 2000 and said.at(end) not in _COUNTED)):
        return None  # «Oxford, two thousand and six», «by around one thousand»
    text = _grouped(said, number, place, end)
    if said.at(place + 1) == "hundred" and 10 < SMALL.get(said.at(place), 0) < 20:
        text = str(number)  # «fifteen hundred» is a year or a number
    return Figure(text, end, is_counted=True)


def _grouped(said: _Said, number: int, place: int, end: int) -> str:
    """A number as it is written: 1,500; millions stay words."""
    scale = said.words[end - 1]
    if end - place > 1 and scale in _LARGEST:
        return f"{number // SCALES[scale]:,} {scale}"
    return f"{number:,}"


_RULES: Final[tuple[_Rule, ...]] = (
    _date,
    _digit_string,
    _clock,
    _decimal,
    _amount,
    _year_here,
    _place,
    _count,
)
