"""How words sound: from a dictionary, by the rules of inflection, or by a small network.

The network reads a word's letters both ways and answers with log-probabilities of
phones, several frames a letter, as the acoustic model does for sound; its training is
in models/language/pronunciation.py. W letters in a word, R frames a letter, P phones with
the blank.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np

from asr.alphabets import PHONES
from asr.emissions import BLANK, LogProbs
from asr.errors import LanguageError
from asr.inference import onnxruntime, open_session
from asr.text import normalise
from asr.text_file import read_lines

Phones: TypeAlias = tuple[str, ...]  # one way to say a word
Dictionary: TypeAlias = dict[str, list[Phones]]  # word → its pronunciations, commonest first
# Prefix → nats of the paths that say it and end in a blank, and in its last symbol.
_Beam: TypeAlias = dict[tuple[int, ...], tuple[float, float]]

SPELLING: Final = "'abcdefghijklmnopqrstuvwxyz"  # the letters that the network reads
BEAM: Final = 12  # prefixes; wider changes no first answer in a thousand
IGNORED: Final = -9.0  # nats: symbols less likely than this in their frame are not tried
SIBILANTS: Final = frozenset({"S", "Z", "SH", "ZH", "CH", "JH"})
UNVOICED: Final = frozenset({"P", "T", "K", "F", "TH"})


class Pronouncer:
    """A trained network that says how any word of letters and apostrophes may sound."""

    def __init__(self, session: onnxruntime.InferenceSession) -> None:
        self._session = session

    @staticmethod
    def open(path: Path) -> Pronouncer:
        """Load the network. Raises LanguageError if it is missing, damaged or foreign."""
        if not path.is_file():
            raise LanguageError("There is no pronunciation model at {path}.", path=path)
        session = open_session(path, "pronunciation model")
        described = session.get_modelmeta().custom_metadata_map
        if (described.get("letters"), described.get("phones")) != (SPELLING, " ".join(PHONES)):
            raise LanguageError(
                "{path} is a pronunciation model of other alphabets.", path=path.name
            )
        return Pronouncer(session)

    def pronounce(self, word: str) -> Phones:
        """Return the likeliest way to say a normalised word; ValueError for other letters."""
        return self.variants(word, 1)[0]

    def quickly(self, word: str) -> Phones:
        """Return how the best path says `word`: in 98 of 100 as `pronounce` does."""
        symbols = best_path(self.log_probs(word))
        return tuple(PHONES[i] for i in symbols) if symbols else self.pronounce(word)

    def variants(self, word: str, n: int) -> list[Phones]:
        """Return up to `n` ways to say `word`, the likeliest first, at least one."""
        best = best_sequences(self.log_probs(word), n)
        return [tuple(PHONES[i] for i in symbols) for symbols in best]

    def log_probs(self, word: str) -> LogProbs:
        """Return (R · W, P): what the network hears in each letter."""
        if not word:
            raise ValueError("an empty word has no sound")
        letters = np.array([[SPELLING.index(letter) for letter in word]], np.int64)
        (log_probs,) = self._session.run(["log_probs"], {"letters": letters})
        scores: LogProbs = log_probs[0]
        return scores


def best_path(log_probs: LogProbs) -> list[int]:
    """Return the symbols of the likeliest path through (R · W, P) log-probabilities."""
    path = log_probs.argmax(axis=1)
    begins = np.concatenate(([True], path[1:] != path[:-1]))
    return [int(symbol) for symbol in path[begins] if symbol != BLANK]


def best_sequences(log_probs: LogProbs, n: int) -> list[tuple[int, ...]]:
    """Find the likeliest non-empty symbol sequences of (R · W, P) log-probabilities.

    CTC prefix beam search: Graves et al. (2006), section 3.2, and Hannun et al. (2014),
    arXiv:1408.2873. There is one answer at least, for a row holds more than the blank.
    """
    beam: _Beam = {(): (0.0, -math.inf)}
    for row in log_probs:
        tried = [int(i) for i in np.flatnonzero(row > IGNORED) if i != BLANK]
        grown: _Beam = {}
        for prefix, (blank, symbol) in beam.items():
            either = _sum(blank, symbol)
            _add(grown, prefix, either + row[BLANK], 0)
            for i in tried:
                repeats = bool(prefix) and prefix[-1] == i
                if repeats:
                    _add(grown, prefix, symbol + row[i], 1)
                _add(grown, (*prefix, i), (blank if repeats else either) + row[i], 1)
        best = sorted(grown, key=lambda prefix: -_sum(*grown[prefix]))[:BEAM]
        beam = {prefix: grown[prefix] for prefix in best}
    ended = {prefix: _sum(*scores) for prefix, scores in beam.items() if prefix}
    if not ended:
        return [(int(log_probs[:, 1:].max(axis=0).argmax()) + 1,)]
    return sorted(ended, key=lambda prefix: -ended[prefix])[:n]


def read_dictionary(path: Path) -> Dictionary:
    """Read pronunciations in CMUdict's format, without stress, for normalised words.

    Entries that normalise to several words («able-bodied») or to another («mr») are
    left out; «'em» is found under «em».

    Raises:
        LanguageError: The file cannot be read, or a line holds what is no phone.
    """
    lines = read_lines(path, "The dictionary", LanguageError)
    known = set(PHONES[1:])
    dictionary: Dictionary = {}
    for number, line in enumerate(lines, 1):
        entry, *phones = line.partition(" #")[0].split() or [""]
        word = entry.partition("(")[0].strip("'").rstrip(".")
        if not word or line.startswith(";;;") or normalise(word) != word or " " in word:
            continue
        said = tuple(phone.rstrip("012") for phone in phones)
        if not said or not known.issuperset(said):
            raise LanguageError(
                "Line {number} of {path} is no pronunciation: {line}",
                number=number,
                path=path.name,
                line=line,
            )
        ways = dictionary.setdefault(word, [])
        if said not in ways:
            ways.append(said)
    return dictionary


def pronunciations(
    words: Iterable[str], dictionary: Mapping[str, Sequence[Phones]], pronouncer: Pronouncer
) -> Dictionary:
    """Say each of `words`: as the dictionary has it, else by inflection, else by the network.

    Args:
        words: Normalised words.
        dictionary: What is known, from `read_dictionary`.
        pronouncer: Asked about stems and words that the dictionary lacks.
    """
    return {word: _ways(word, dictionary, pronouncer) for word in words}


def _ways(
    word: str, dictionary: Mapping[str, Sequence[Phones]], pronouncer: Pronouncer
) -> list[Phones]:
    if word in dictionary:
        return list(dictionary[word])
    if word.endswith("'s") and len(word) > 2:
        return [inflected(stem) for stem in _ways(word[:-2], dictionary, pronouncer)]
    for stem in _singulars(word):
        if stem in dictionary:
            return [inflected(way) for way in dictionary[stem]]
    return [pronouncer.pronounce(word)]


def _singulars(word: str) -> list[str]:
    """Return what `word` could be the plural (or the verb's third person) of."""
    if not word.endswith("s") or word.endswith("ss") or len(word) < 4:
        return []
    stems = [word[:-1]]
    if word.endswith("ies"):
        stems.append(f"{word[:-3]}y")
    elif word.endswith(("ses", "zes", "xes", "ches", "shes")):
        stems.append(word[:-2])
    return stems


def inflected(stem: Phones) -> Phones:
    """Add the -s of plurals and possessives as it sounds after `stem`."""
    if stem[-1] in SIBILANTS:
        return (*stem, "IH", "Z")
    return (*stem, "S" if stem[-1] in UNVOICED else "Z")


def _add(grown: _Beam, prefix: tuple[int, ...], nats: float, ending: int) -> None:
    """Add the probability of a path to `prefix`, under its ending: 0 blank, 1 symbol."""
    blank, symbol = grown.get(prefix, (-math.inf, -math.inf))
    if ending:
        symbol = _sum(symbol, nats)
    else:
        blank = _sum(blank, nats)
    grown[prefix] = (blank, symbol)


def _sum(a: float, b: float) -> float:
    """Add two probabilities in nats; several times faster than numpy for single numbers."""
    high, low = (a, b) if a > b else (b, a)
    return high if low == -math.inf else high + math.log1p(math.exp(low - high))
