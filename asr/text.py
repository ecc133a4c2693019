"""The one normalisation of text: for references, hypotheses and language-model text alike.

What comes out holds words of a to z with apostrophes inside them and one space between:

    Mr. Brown’s café, 21st floor — since 1984!
    mister brown's cafe twenty first floor since nineteen eighty four

Accents go (NFKD), signs that are read aloud become words, digits are spelled as they
are most often said (years in pairs), hyphens part words, everything else is silence.
It never joins over white space, but for «$5 million»: the words of two texts are the words
of their sum.
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
CURRENCIES: Final = {  # one and several of them, and of their hundredths
    "$": ("dollar", "dollars", "cent", "cents"),
    "£": ("pound", "pounds", "penny", "pence"),
    "€": ("euro", "euros", "cent", "cents"),
}
FRACTIONS: Final = {  # alone, and after a number
    "½": ("one half", "a half"),
    "⅓": ("one third", "a third"),
    "⅔": ("two thirds", "two thirds"),
    "¼": ("one quarter", "a quarter"),
    "¾": ("three quarters", "three quarters"),
    "⅕": ("one fifth", "a fifth"),
    "⅛": ("one eighth", "an eighth"),
    "⅜": ("three eighths", "three eighths"),
    "⅝": ("five eighths", "five eighths"),
    "⅞": ("seven eighths", "seven eighths"),
}
# NFKD would make «21/2» of «2½»; signs of nobody's stand for the fractions meanwhile.
_STAND_INS: Final = {chr(0xE000 + i): names for i, names in enumerate(FRACTIONS.values())}
_TO_STAND_INS: Final = str.maketrans(
    dict.fromkeys(_STAND_INS, " ") | dict(zip(FRACTIONS, _STAND_INS, strict=True))
)

_NUMBER: Final = re.compile(
    r"(?P<currency>[$£€])?(?P<whole>\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.(?P<fraction>\d+))?"
    r"(?(currency)(?:\s+(?P<scale>thousand|million|billion|trillion)(?![a-z']))?"
    r"|(?P<after>[$£€](?!\d))?)"
    r"(?P<ending>(?:st|nd|rd|th|'?s)(?![a-z]))?",
    re.ASCII,
)
_FRACTION: Final = re.compile(rf"(\d)?([{''.join(_STAND_INS)}])", re.ASCII)
_CLOCK: Final = re.compile(r"(?<!\d)(\d{1,2}):(\d\d)(?![\d:])", re.ASCII)
_ABBREVIATION: Final = re.compile(rf"(?<![a-z'])({'|'.join(ABBREVIATIONS)})(?![a-z'])")
_OUTSIDE: Final = re.compile(r"[^a-z']+|(?<![a-z])'+|'+(?![a-z])")


def normalise(text: str) -> str:
    """Return the words of `text` as they are spoken; idempotent, maybe empty."""
    if not text.isascii():
        text = text.translate(APOSTROPHES).translate(_TO_STAND_INS)
        text = _FRACTION.sub(_part, unicodedata.normalize("NFKD", text))
    text = text.lower().translate(APOSTROPHES).translate(UNDECOMPOSED)
    if not text.isascii():
        text = "".join(c for c in text if not unicodedata.combining(c))
    if any(digit in text for digit in "0123456789"):
        text = _NUMBER.sub(_spoken, _CLOCK.sub(_time, text))
    text = " ".join(_OUTSIDE.sub(" ", text).split())
    return _ABBREVIATION.sub(lambda match: ABBREVIATIONS[match[1]], text)


def spell_cardinal(number: int) -> str:
    """Spell a number of 0 to 10^12 − 1: «one hundred and five»."""
    if number < 20:
        return ONES[number]
    if number < 100:
        return TENS[number // 10] + (f" {ONES[number % 10]}" if number % 10 else "")
    if number < 1000:
        rest = f" and {spell_cardinal(number % 100)}" if number % 100 else ""
        return f"{ONES[number // 100]} hundred{rest}"
    size, name = next(scale for scale in SCALES if number >= scale[0])
    high, low = divmod(number, size)
    joint = " and " if 0 < low < 100 else " "
    return f"{spell_cardinal(high)} {name}" + (joint + spell_cardinal(low) if low else "")


def spell_ordinal(number: int) -> str:
    """Spell a place: «twenty first»."""
    head, _, last = spell_cardinal(number).rpartition(" ")
    if last not in ORDINALS:
        ending = f"{last[:-1]}ieth" if last.endswith("y") else f"{last}th"
    else:
        ending = ORDINALS[last]
    return f"{head} {ending}".lstrip()


def year(number: int) -> str:
    """Spell a year of 1100 to 2099 as it is said: «nineteen oh five»."""
    century, rest = divmod(number, 100)
    if century == 20 and rest < 10:
        return spell_cardinal(number)
    if rest == 0:
        return f"{spell_cardinal(century)} hundred"
    return f"{spell_cardinal(century)} {'oh ' if rest < 10 else ''}{spell_cardinal(rest)}"


def _spoken(match: re.Match[str]) -> str:
    """Spell one number with its currency, fraction and ending; spaces on both sides."""
    digits, fraction = match["whole"].replace(",", ""), match["fraction"]
    ending = (match["ending"] or "").lstrip("'")
    if ending and ending != "s" and not fraction and len(digits) <= LONGEST_NUMBER:
        return f" {spell_ordinal(int(digits))} "
    sign = match["currency"] or match["after"]
    spoken = _whole(digits, is_year=not (sign or fraction or "," in match["whole"]))
    if sign and fraction and len(fraction) == 2 and not match["scale"]:
        return f" {_money(sign, spoken, int(digits), int(fraction))} {ending} "
    if fraction:
        spoken += " point " + " ".join(ONES[int(digit)] for digit in fraction)
    if sign:
        one, several, *_ = CURRENCIES[sign]
        spoken += f" {match['scale'] or ''} {one if spoken == 'one' else several}"
        return f" {spoken} {ending} "
    return f" {_plural(spoken) if ending == 's' else f'{spoken} {ending}'} "


def _whole(digits: str, *, is_year: bool) -> str:
    if len(digits) > LONGEST_NUMBER or (len(digits) > 1 and digits[0] == "0"):
        return " ".join(ONES[int(digit)] for digit in digits)
    number = int(digits)
    return year(number) if is_year and 1100 <= number <= 2099 else spell_cardinal(number)


def _part(match: re.Match[str]) -> str:
    """Spell a fraction, and keep the digit before it: «2 and a half»."""
    alone, after = _STAND_INS[match[2]]
    return f"{match[1]} and {after} " if match[1] else f" {alone} "


def _money(sign: str, spoken: str, whole: int, hundredths: int) -> str:
    """«five dollars and twenty cents»."""
    one, several, cent, cents = CURRENCIES[sign]
    parts = []
    if whole or not hundredths:
        parts.append(f"{spoken} {one if whole == 1 else several}")
    if hundredths:
        parts.append(f"{spell_cardinal(hundredths)} {cent if hundredths == 1 else cents}")
    return " and ".join(parts)


def _plural(spoken: str) -> str:
    """«nineteen eighty» to «nineteen eighties»."""
    if spoken.endswith("y"):
        return f"{spoken[:-1]}ies"
    return spoken + ("es" if spoken.endswith("x") else "s")


def _time(match: re.Match[str]) -> str:
    hour, minute = int(match[1]), int(match[2])
    if minute == 0:
        return f" {spell_cardinal(hour)} o'clock "
    return f" {spell_cardinal(hour)} {'oh ' if minute < 10 else ''}{spell_cardinal(minute)} "


def phrase_of(line: str) -> str:
    """Return what a line of a list of hot words asks for, as it is written; "" for a remark."""
    return "" if line.startswith("#") else line.partition("\t")[0].strip()
