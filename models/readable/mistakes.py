"""Mistakes as recognition makes them, in the texts that the tagger learns from.

Words are changed for others, left out and added: as often, by how common a word is, and for
the words that the recogniser was counted to hear (`models.readable.confusions`), or for words
that sound alike. Without a table, words are changed for others that are spelled alike, and all
of them as often.

N words of a text, V distinct words, the commonest first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from asr.language.pack_language import PackLanguage
from asr.pack import Pack
from asr.readable.tags import Case, Mark
from models.readable.confusions import Confusions, read_confusions

ALIKE: Final = 4  # words that sound like a word, at most
OTHERS: Final = 2 * ALIKE  # what a word may be taken for: half of it counted, where it was
BANDS: Final = (10, 100, 1_000, 10_000)  # of words, the commonest first
SMOOTHING: Final = 5.0  # words added to each band, as wrong as all of them are
ENDS: Final = (Mark.FULL_STOP, Mark.QUESTION, Mark.EXCLAMATION)


Tags = NDArray[np.uint8]


class TaggedRow(NamedTuple):
    """Words of a text in a row, with their tags, (N,) each."""

    words: NDArray[np.int32]
    cases: Tags
    marks: Tags


@dataclass(frozen=True, slots=True)
class Mistakes:
    """What may go wrong with words, and how likely it is beside the average of 1 a word."""

    rates: NDArray[np.float64]  # (bands, 3) of words changed, left out, and added after one
    others: NDArray[np.int32]  # (V, OTHERS) what each word is taken for; itself if for none
    added: NDArray[np.int32]  # any number of words, as often as they were added

    @staticmethod
    def spelled_alike(words: Sequence[str], known: int) -> Mistakes:
        """Change the (V,) words for others that are spelled alike, all as often.

        Args:
            words: The distinct words.
            known: How many of them the vocabulary has: only they are heard.
        """
        rates = np.zeros((len(BANDS) + 1, 3))
        rates[:, 0] = 1.0
        others = np.tile(alike([[word] for word in words], known), (1, OTHERS // ALIKE))
        return Mistakes(rates, others, np.empty(0, np.int32))

    @staticmethod
    def counted(
        words: Sequence[str], known: int, table: Confusions, forms: Sequence[Sequence[str]]
    ) -> Mistakes:
        """Make the mistakes that were counted, and others of words that sound alike.

        Args:
            words: (V,) the distinct words.
            known: How many of them the vocabulary has: only they are heard.
            table: What was heard for what.
            forms: (V,) how each word is said, a letter a phone; [] where that is not known.
        """
        numbers = {word: number for number, word in enumerate(words[:known])}
        others = np.tile(alike(forms, known), (1, OTHERS // ALIKE))
        heard_as: dict[str, list[int]] = {}
        added: list[int] = []
        for (said, heard), count in table.items():
            if heard in numbers and not said:
                added += [numbers[heard]] * count
            elif heard in numbers and heard != said:
                heard_as.setdefault(said, []).extend([numbers[heard]] * count)
        rank = {word: number for number, word in enumerate(words)}
        for said, row in heard_as.items():
            if said in rank:
                has_alike = (others[rank[said]] != rank[said]).any()
                counted = OTHERS // 2 if has_alike else OTHERS
                others[rank[said], :counted] = np.resize(row, counted)
        return Mistakes(_rates(table, rank), others, np.array(added, np.int32))

    @staticmethod
    def read(path: Path, words: Sequence[str], known: int) -> Mistakes:
        """Make those of a table, with the pronunciations of the pack's lexicon.

        Raises:
            LanguageError: It is no table.
        """
        return Mistakes.counted(words, known, read_confusions(path), said_forms(words))

    def make(
        self, row: TaggedRow, length: int, rate: float, chance: np.random.Generator
    ) -> TaggedRow:
        """Return the first `length` words of a longer row with mistakes in them.

        A mark that follows a word that is left out follows the one before it.

        Args:
            row: N words; as many may be left out as N is longer than `length`.
            length: Of what is returned.
            rate: Mistakes a word.
            chance: What draws them.
        """
        words, cases, marks = row.words, row.cases.copy(), row.marks.copy()
        likely = np.cumsum(rate * self.rates[np.searchsorted(BANDS, words, "right")], axis=1)
        drawn = chance.random(len(words))[:, None]
        kind = (drawn >= likely).sum(1)  # 0 changed, 1 left out, 2 one added, 3 as it is
        which = chance.integers(0, OTHERS, len(words))
        heard = np.where(kind == 0, self.others[words, which], words)
        gone = np.flatnonzero(kind == 1)[: len(words) - length]
        _pass_on(gone, cases, marks)
        stays = np.ones(len(words), bool)
        stays[gone] = False
        after = np.flatnonzero((kind == 2) & (marks == Mark.NONE) & bool(len(self.added)))
        places = np.cumsum(stays)[after]
        new = self.added[chance.integers(0, max(len(self.added), 1), len(after))]
        return TaggedRow(
            np.insert(heard[stays], places, new)[:length].astype(np.int32),
            np.insert(cases[stays], places, Case.LOWER)[:length].astype(np.uint8),
            np.insert(marks[stays], places, Mark.NONE)[:length].astype(np.uint8),
        )


def _pass_on(
    gone: NDArray[np.intp], cases: NDArray[np.uint8], marks: NDArray[np.uint8]
) -> None:
    """Give the tags of words that are left out to their neighbours, in place."""
    begins = np.zeros(len(marks) + 1, bool)
    begins[1:] = np.isin(marks, ENDS)
    for place in gone.tolist():
        if begins[place] and place + 1 < len(cases):
            begins[place + 1] = True
            cases[place + 1] = cases[place + 1] or Case.CAPITAL
    for place in gone[::-1].tolist():
        before = place - 1
        if before >= 0 and (not marks[before] or marks[place] in ENDS):
            marks[before] = marks[before] if marks[before] in ENDS else marks[place]


def _rates(table: Confusions, rank: dict[str, int]) -> NDArray[np.float64]:
    """Return (bands, 3) how often each mistake is made, beside an average of 1 a word."""
    wrong, n_said = np.zeros((len(BANDS) + 1, 3)), Counter[int]()
    n_added = 0
    for (said, heard), count in table.items():
        if not said:
            n_added += count
            continue
        band = int(np.searchsorted(BANDS, rank.get(said, len(rank)), "right"))
        n_said[band] += count
        if said != heard:
            wrong[band, 0 if heard else 1] += count
    words = np.array([n_said[band] for band in range(len(BANDS) + 1)], np.float64)
    overall = wrong.sum(0) / max(words.sum(), 1)
    rates = (wrong + SMOOTHING * overall) / (words + SMOOTHING)[:, None]
    rates[:, 2] = n_added / max(words.sum(), 1)
    average = overall.sum() + rates[0, 2]
    found: NDArray[np.float64] = rates / average if average else rates
    return found


def said_forms(words: Sequence[str]) -> list[list[str]]:
    """Return how the embedded pack's lexicon says (V,) words, a letter a phone."""
    language = PackLanguage(Pack.open())
    numbers = (language.n_gram.word_id(word) for word in words)
    return [
        ["".join(map(chr, way)) for way in language.lexicon.pronunciations(number)]
        if number != language.n_gram.unknown
        else []
        for number in numbers
    ]


def alike(forms: Sequence[Sequence[str]], known: int) -> NDArray[np.int32]:
    """Return (V, ALIKE) numbers of words an edit from each word, or its own.

    Words that share what is left when any one letter is taken out are an edit apart at most
    (Garbe's symmetric delete); the commonest are taken first.

    Args:
        forms: How each word is spelled or said, in every way there is.
        known: How many of the words are offered.
    """
    near: dict[str, list[int]] = {}
    for number, ways in enumerate(forms[:known]):
        for less in {less for way in ways for less in _lessened(way)}:
            near.setdefault(less, []).append(number)
    found = np.repeat(np.arange(len(forms), dtype=np.int32)[:, None], ALIKE, axis=1)
    for number, ways in enumerate(forms):
        others = {
            other
            for way in ways
            for less in _lessened(way)
            for other in near.get(less, [])[: ALIKE + 1]
        }
        chosen = sorted(others - {number})[:ALIKE]
        if chosen:
            found[number] = np.resize(chosen, ALIKE)
    return found


def _lessened(form: str) -> set[str]:
    """A form, and what is left of it without any one letter."""
    return {form, *(form[:place] + form[place + 1 :] for place in range(len(form)))}
