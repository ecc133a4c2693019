"""The user's own language: another model in the pack's place, or a personal one beside it.

Either is an ARPA file or what `earshot train-language` made. The pack's lexicon is fitted
to the words that come of it; what it cannot say is said by the lexicon that lies beside
the model, by inflection, or by the pack's pronunciation network, a millisecond a word.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from asr.errors import ConfigError, LanguageError
from asr.language import NGram
from asr.language.arpa import END, START, UNKNOWN, Ngrams, read_arpa
from asr.language.array_file import MAGIC
from asr.language.lexicon import Lexicon
from asr.language.ngram import InterpolatedModel, LanguageModel
from asr.language.pronunciation import SPELLING, Phones, Pronouncer, pronunciations

SPECIAL: Final = frozenset({UNKNOWN, START, END})
PERSONAL_WEIGHT: Final = 0.2  # of the personal model; the rest is the general one's


@dataclass(frozen=True, slots=True, kw_only=True)
class UserLanguage:
    """What the user has of their own; nothing by default. Raises ConfigError."""

    model: Path | None = None  # instead of the pack's language model
    personal: Path | None = None  # mixed into it
    weight: float = PERSONAL_WEIGHT

    def __post_init__(self) -> None:
        if not 0 < self.weight < 1:
            raise ConfigError(
                "The personal model's weight must lie between 0 and 1, not be {weight:g}.",
                weight=self.weight,
            )


@dataclass(frozen=True, slots=True)
class Language(Mapping[str, Sequence[Phones]]):
    """A model with its lexicon; as a mapping, the words that it can say."""

    lexicon: Lexicon
    model: LanguageModel

    def __getitem__(self, word: str) -> Sequence[Phones]:
        if not self.model.has(word):
            raise KeyError(word)
        names = self.lexicon.phones
        ways = self.lexicon.pronunciations(self.model.word_id(word))
        if not ways:
            raise KeyError(word)
        return [tuple(names[symbol] for symbol in way) for way in ways]

    def __iter__(self) -> Iterator[str]:
        return (word for word in self.model.words if word in self)

    def __len__(self) -> int:
        return len(np.unique(self.lexicon.word_ids))


def with_user_language(
    user: UserLanguage, pack: Language, pronouncer: Pronouncer
) -> tuple[Lexicon, NGram]:
    """Put the user's language in the place of the pack's, or beside it.

    Raises:
        LanguageError: A file cannot be read, or holds no word that can be said.
    """
    base, spoken = pack, _ChainedLexicon([pack])
    model = pack.model
    if user.model:
        model, lexicon = _read(user.model, pack.lexicon.phones)
        if lexicon is not None:
            base = Language(lexicon, model)
            spoken.sources.insert(0, base)
    if not user.personal:
        return fitted(base, model, spoken, pronouncer), model
    personal, lexicon = _read(user.personal, pack.lexicon.phones)
    if lexicon is not None:
        spoken.sources.append(Language(lexicon, personal))
    interpolated = InterpolatedModel(model, personal, user.weight)
    return fitted(base, interpolated, spoken, pronouncer), interpolated


def fitted(
    base: Language,
    model: NGram,
    spoken: Mapping[str, Sequence[Phones]],
    pronouncer: Pronouncer,
) -> Lexicon:
    """Return the lexicon of `model`: as `base` says its words, then `spoken`, then by rule.

    Words with other letters than English has cannot be said. Raises LanguageError if that
    is true of all.
    """
    if model is base.model and len(base) == len(base.model.words) - len(SPECIAL):
        return base.lexicon  # mapped into memory, its trie ready to use
    ids = {word: i for i, word in enumerate(model.words)}
    numbers = np.array([ids.get(word, -1) for word in base.model.words], np.int64)
    is_said = np.zeros(len(ids) + 1, bool)  # the last is for words that the model lacks
    is_said[numbers[base.lexicon.word_ids]] = True
    silent = [model.words[i] for i in np.flatnonzero(~is_said[:-1]).tolist()]
    letters = set(SPELLING)
    wanted = [word for word in silent if word not in SPECIAL and letters.issuperset(word)]
    symbols = {phone: i for i, phone in enumerate(base.lexicon.phones)}
    added = [
        (ids[word], [symbols[phone] for phone in way])
        for word, ways in pronunciations(wanted, spoken, pronouncer).items()
        for way in ways
    ]
    lexicon = base.lexicon.adapted(numbers, added, model.words, model.unigrams)
    if not len(lexicon):
        raise LanguageError("The language model holds no word that can be said in English.")
    return lexicon


class _ChainedLexicon(Mapping[str, Sequence[Phones]]):
    """Several dictionaries, the first that knows a word to be asked."""

    def __init__(self, sources: list[Language]) -> None:
        self.sources = sources

    def __getitem__(self, word: str) -> Sequence[Phones]:
        for source in self.sources:
            if word in source:
                return source[word]
        raise KeyError(word)

    def __iter__(self) -> Iterator[str]:
        return iter({word: None for source in self.sources for word in source})

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _read(path: Path, phones: tuple[str, ...]) -> tuple[LanguageModel, Lexicon | None]:
    """Open a model of either kind, with the lexicon that lies beside one of our own."""
    if not _is_ours(path):
        return LanguageModel.from_ngrams(_lower(read_arpa(path))), None
    model = LanguageModel.open(path)
    beside = path.with_suffix(".lexicon")
    if not beside.is_file():
        return model, None
    lexicon = Lexicon.open(beside)
    lexicon.check(model.words, phones)
    return model, lexicon


def _is_ours(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(MAGIC)) == MAGIC
    except OSError as error:
        raise LanguageError(
            "The language model {path} could not be read: {why}.", path=path, why=error.strerror
        ) from error


def _lower(ngrams: Ngrams) -> Ngrams:
    """Take the words of a model that is written in capitals for those that we write."""
    words = [word if word in SPECIAL else word.lower() for word in ngrams.words]
    return replace(ngrams, words=words) if len(set(words)) == len(words) else ngrams
