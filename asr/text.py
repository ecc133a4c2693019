"""The one normalisation of text: for references, hypotheses and language-model text alike.

What comes out holds words of a to z with apostrophes inside them and one space between:

    Mr. Brown’s café, 21st floor — since 1984!
    mister brown's cafe twenty first floor since nineteen eighty four

Accents go (NFKD), signs that are read aloud become words, digits are spelled as they
are most often said (years in pairs), hyphens part words, everything else is silence.
It never joins over white space: the words of two texts are the words of their sum.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

APOSTROPHES: Final = str.maketrans(dict.fromkeys("’‘ʼʻ‛′`´＇", "'"))
UNDECOMPOSED: Final = str.maketrans(  # letters that NFKD leaves as they are
    {"æ": "ae", "œ": "oe", "ø": "o", "ß": "ss", "ł": "l", "đ": "d", "ð": "th", "þ": "th"}
    | {"ı": "i", "⁄": "/", "&": " and ", "%": " percent "}
)
ABBREVIATIONS: Final = {
    "mr": "mister",
    "mrs": "missus",
    "dr": "doctor",
    "st": "saint",  # the street is rarer in sentences
    "etc": "et cetera",
}
ONES: Final = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen",
    "nineteen",
)  # fmt: skip
TENS: Final = (
    "-", "ten", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
)  # fmt: skip
SCALES: Final = ((10**9, "billion"), (10**6, "million"), (1000, "thousand"))
LONGEST_NUMBER: Final = 12  # digits; longer ones are read digit by digit
ORDINALS: Final = {
    "one": "first",
    "two": "second",
    "three": "third",
    "five": "fifth",
    "eight": "eighth",
    "nine": "ninth",
    "twelve": "twelfth",
}
CURRENCIES: Final = {"$": "dollar", "£": "pound", "€": "euro"}

_NUMBER: Final = re.compile(
    r"(?P<currency>[$£€])?(?P<whole>\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.(?P<fraction>\d+))?"
    r"(?P<ending>(?:st|nd|rd|th|'?s)(?![a-z]))?",
    re.ASCII,
)
_CLOCK: Final = re.compile(r"(?<!\d)(\d{1,2}):(\d\d)(?![\d:])", re.ASCII)
_ABBREVIATION: Final = re.compile(rf"(?<![a-z'])({'|'.join(ABBREVIATIONS)})(?![a-z'])")
_OUTSIDE: Final = re.compile(r"[^a-z']+|(?<![a-z])'+|'+(?![a-z])")


def normalise(text: str) -> str:
    """Return the words of `text` as they are spoken; idempotent, maybe empty."""
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text.translate(APOSTROPHES))
    text = text.lower().translate(APOSTROPHES).translate(UNDECOMPOSED)
    if not text.isascii():
        text = "".join(c for c in text if not unicodedata.combining(c))
    if any(digit in text for digit in "0123456789"):
        text = _NUMBER.sub(_spoken, _CLOCK.sub(_time, text))
    text = " ".join(_OUTSIDE.sub(" ", text).split())
    return _ABBREVIATION.sub(lambda match: ABBREVIATIONS[match[1]], text)


def cardinal(number: int) -> str:
    """Spell a number of 0 to 10^12 − 1: «one hundred and five»."""
    if number < 20:
        return ONES[number]
    if number < 100:
        return TENS[number // 10] + (f" {ONES[number % 10]}" if number % 10 else "")
    if number < 1000:
        rest = f" and {cardinal(number % 100)}" if number % 100 else ""
        return f"{ONES[number // 100]} hundred{rest}"
    size, name = next(scale for scale in SCALES if number >= scale[0])
    high, low = divmod(number, size)
    joint = " and " if 0 < low < 100 else " "
    return f"{cardinal(high)} {name}" + (joint + cardinal(low) if low else "")


def ordinal(number: int) -> str:
    """Spell a place: «twenty first»."""
    head, _, last = cardinal(number).rpartition(" ")
    if last not in ORDINALS:
        ending = f"{last[:-1]}ieth" if last.endswith("y") else f"{last}th"
    else:
        ending = ORDINALS[last]
    return f"{head} {ending}".lstrip()


def year(number: int) -> str:
    """Spell a year of 1100 to 2099 as it is said: «nineteen oh five»."""
    century, rest = divmod(number, 100)
    if century == 20 and rest < 10:
        return cardinal(number)
    if rest == 0:
        return f"{cardinal(century)} hundred"
    return f"{cardinal(century)} {'oh ' if rest < 10 else ''}{cardinal(rest)}"


def _spoken(match: re.Match[str]) -> str:
    """Spell one number with its currency, fraction and ending; spaces on both sides."""
    digits, fraction = match["whole"].replace(",", ""), match["fraction"]
    ending = (match["ending"] or "").lstrip("'")
    if ending and ending != "s" and not fraction and len(digits) <= LONGEST_NUMBER:
        return f" {ordinal(int(digits))} "
    is_amount = bool(match["currency"] or fraction) or "," in match["whole"]
    spoken = _whole(digits, is_year=not is_amount)
    if match["currency"]:
        return f" {_money(match['currency'], spoken, digits, fraction)} "
    if fraction:
        spoken += " point " + " ".join(ONES[int(digit)] for digit in fraction)
    return f" {_plural(spoken) if ending == 's' else f'{spoken} {ending}'} "


def _whole(digits: str, *, is_year: bool) -> str:
    if len(digits) > LONGEST_NUMBER or (len(digits) > 1 and digits[0] == "0"):
        return " ".join(ONES[int(digit)] for digit in digits)
    number = int(digits)
    return year(number) if is_year and 1100 <= number <= 2099 else cardinal(number)


def _money(sign: str, spoken: str, digits: str, fraction: str | None) -> str:
    """«five dollars and twenty», for there is no one word for the hundredth of them all."""
    name = CURRENCIES[sign] + ("" if int(digits) == 1 and not fraction else "s")
    hundredths = int((fraction or "0").ljust(2, "0")[:2])
    return f"{spoken} {name}" + (f" and {cardinal(hundredths)}" if hundredths else "")


def _plural(spoken: str) -> str:
    """«nineteen eighty» to «nineteen eighties»."""
    if spoken.endswith("y"):
        return f"{spoken[:-1]}ies"
    return spoken + ("es" if spoken.endswith("x") else "s")


def _time(match: re.Match[str]) -> str:
    hour, minute = int(match[1]), int(match[2])
    if minute == 0:
        return f" {cardinal(hour)} o'clock "
    return f" {cardinal(hour)} {'oh ' if minute < 10 else ''}{cardinal(minute)} "
