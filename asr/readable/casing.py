"""How a word is written: its case, the spellings that everyone knows, and its mark."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from asr.readable.tags import SIGNS, Case, Mark

TITLES: Final = {"mister": "Mr", "missus": "Mrs", "doctor": "Dr"}  # before a name
_ALWAYS: Final = {"i": "I", "i'm": "I'm", "i've": "I've", "i'll": "I'll", "i'd": "I'd"}
# May, March and August are other words, too.
_NAMES: Final = frozenset(
    (
        *("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
        *("january", "february", "april", "june", "july"),
        *("september", "october", "november", "december", "christmas"),
    )
)
_ARTICLES: Final = ("a", "i", "o")  # letters that are words


def cased(word: str, case: Case, spellings: Mapping[str, str], *, begins: bool) -> str:
    """Return a word as it is written.

    Args:
        word: As it was recognised.
        case: What the tagger says.
        spellings: Of words like McDonald.
        begins: Whether a sentence begins with it.
    """
    if word != word.lower():
        return word  # as the user's own words have it
    if word in _ALWAYS:
        return _ALWAYS[word]
    if word.removesuffix("'s") in _NAMES or word.removesuffix("s") in _NAMES:
        return _capital(word)
    if case is Case.MIXED:
        return spellings.get(word) or _mixed(word)
    if case is Case.UPPER:
        stem, apostrophe, ending = word.partition("'s")
        return stem.upper() + apostrophe + ending
    return _capital(word) if case is Case.CAPITAL or begins else word


def titled(words: list[str], recognised: list[str], marks: list[Mark]) -> list[str]:
    """Shorten «Mister», «Missus» and «Doctor» before a name, in (N,) written words."""
    shown = list(words)
    for place in range(len(words) - 1):
        title = TITLES.get(recognised[place])
        is_name = words[place + 1][:1].isupper() and recognised[place + 1] not in _ALWAYS
        if title and is_name and words[place][:1].isupper() and not marks[place]:
            shown[place] = title
    return shown


def lettered(words: list[str], recognised: list[str], marks: list[Mark]) -> list[str]:
    """Join letters that are said one by one, «b b c», in (N,) written words: BBC.

    Those that may be words of their own begin and end none. The other places show nothing.
    """
    shown, place = list(words), 0
    while place < len(words):
        end = place
        while end < len(words) and _is_letter(recognised[end]):
            end += 1
            if marks[end - 1]:
                break
        first, last = place, end
        while first < last and recognised[first] in _ARTICLES:
            first += 1
        while first < last and recognised[last - 1] in _ARTICLES:
            last -= 1
        if last - first > 1:
            letters = "".join(recognised[first:last]).upper().replace("'S", "'s")
            shown[first:last] = [letters] + [""] * (last - first - 1)
        place = max(end, place + 1)
    return shown


def _is_letter(word: str) -> bool:
    return len(word.removesuffix("'s")) == 1 and word[0].isalpha()


def marked(word: str, mark: Mark) -> str:
    """Return a written word with the mark after it."""
    return word + SIGNS[mark]


def _capital(word: str) -> str:
    return word[:1].upper() + word[1:]


def _mixed(word: str) -> str:
    """Write a name as its kind is written: McGregor, O'Hara."""
    for head, whole in (("mc", "Mc"), ("o'", "O'"), ("d'", "d'"), ("l'", "l'")):
        if word.startswith(head) and len(word) > len(head) + 1:
            return whole + _capital(word[len(head) :])
    return _capital(word)
