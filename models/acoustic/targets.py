"""What the network should say: texts as phones and as letters."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from asr.alphabets import LETTERS, PHONES
from asr.errors import ConfigError
from asr.text import normalise

Pronunciations: TypeAlias = Mapping[str, tuple[str, ...]]  # word → phones

_VARIANT: Final = re.compile(r"\(\d+\)$")  # CMUdict marks a word's further ones: read(2)
_PHONE_INDEX: Final = {phone: index for index, phone in enumerate(PHONES)}
_LETTER_INDEX: Final = {letter: index for index, letter in enumerate(LETTERS)}


@dataclass(frozen=True, slots=True)
class Target:
    """Symbols of one text; no phones where a word's pronunciation is not known."""

    phones: NDArray[np.int64]
    letters: NDArray[np.int64]


def target(text: str, pronunciations: Pronunciations) -> Target:
    """Spell a text, as its corpus has it, in both alphabets."""
    text = normalise(text)
    words = [pronunciations.get(word) for word in text.split()]
    phones = [] if None in words else [phone for word in words if word for phone in word]
    return Target(
        np.array([_PHONE_INDEX[phone] for phone in phones], np.int64),
        np.array([_LETTER_INDEX[letter] for letter in text], np.int64),
    )


def read_pronunciations(*paths: Path) -> dict[str, tuple[str, ...]]:
    """Read dictionaries, `word phone phone …` a line; a word's first line counts.

    CMUdict's own form is understood: stress digits and variants are dropped, and what
    follows a `#` is a comment.

    Raises:
        ConfigError: A file is missing or names a phone that is not in the alphabet.
    """
    found: dict[str, tuple[str, ...]] = {}
    for path in paths:
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except OSError as error:
            raise ConfigError(f"The dictionary {path} cannot be read: {error}.") from error
        for line in lines:
            word, *phones = line.split("#")[0].split() or [""]
            plain = tuple(phone.rstrip("012") for phone in phones)
            if unknown := [phone for phone in plain if phone not in _PHONE_INDEX]:
                raise ConfigError(f"{path} gives {word} the unknown phone {unknown[0]}.")
            if word and not _VARIANT.search(word):
                found.setdefault(word.lower(), plain)
    return found
