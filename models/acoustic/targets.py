"""What the network should say: texts as phones and as letters."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from asr.alphabets import LETTERS, PHONES
from asr.errors import ConfigError
from asr.language.pronunciation import Dictionary, Phones, read_dictionary
from asr.text import normalise
from asr.text_file import open_text

Said: TypeAlias = Mapping[int, Phones]  # number of a word in its text → how it was said

_PHONE_INDEX: Final = {phone: index for index, phone in enumerate(PHONES)}
_LETTER_INDEX: Final = {letter: index for index, letter in enumerate(LETTERS)}


@dataclass(frozen=True, slots=True)
class Target:
    """Symbols of one text; no phones where a word's pronunciation is not known."""

    phones: NDArray[np.int64]
    letters: NDArray[np.int64]


def target(
    text: str, dictionary: Mapping[str, list[Phones]], said: Said | None = None
) -> Target:
    """Spell a text, as its corpus has it, in both alphabets.

    A word has the pronunciation in which it was `said`, else its first in the dictionary.
    """
    said = said or {}
    text = normalise(text)
    phones: list[str] = []
    for number, word in enumerate(text.split()):
        if number not in said and word not in dictionary:
            phones = []
            break
        phones += said[number] if number in said else dictionary[word][0]
    return Target(
        np.array([_PHONE_INDEX[phone] for phone in phones], np.int64),
        np.array([_LETTER_INDEX[letter] for letter in text], np.int64),
    )


def read_pronunciations(*paths: Path) -> Dictionary:
    """Read dictionaries; a word's first pronunciation is that of the first that has it.

    Raises:
        LanguageError: A file cannot be read, or a line holds what is no phone.
    """
    found: Dictionary = {}
    for path in paths:
        for word, ways in read_dictionary(path).items():
            known = found.setdefault(word, [])
            known += [way for way in ways if way not in known]
    return found


def read_said(path: Path) -> dict[str, Said]:
    """Read how words were said, by the path of their utterance.

    A line is an utterance's path, a tab and its words, such as `2 DH IY, 7 AH N D`: the
    number of the word in the text, from 0, and its phones. Words that are not listed have
    the dictionary's first pronunciation. `models.data.said_pronunciations` writes it.

    Raises:
        ConfigError: The list cannot be read, or has another form.
    """
    found: dict[str, Said] = {}
    with open_text(path, "The list", ConfigError, newline="") as file:
        try:
            for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
                found[row["path"]] = _said(row["said"], path)
        except UnicodeError:
            raise
        except (KeyError, ValueError, AttributeError, TypeError) as error:
            raise ConfigError(f"{path} is no list of said pronunciations.") from error
    return found


def _said(text: str, path: Path) -> Said:
    """Read the words of a line. Raises ConfigError and what a line of another form raises."""
    words: dict[int, Phones] = {}
    for entry in text.split(", "):
        number, *phones = entry.split(" ")
        if not phones or not set(phones) <= _PHONE_INDEX.keys():
            raise ConfigError(f"{path} has no phones in «{entry}».")
        words[int(number)] = tuple(phones)
    return words
