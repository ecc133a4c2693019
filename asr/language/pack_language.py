"""The language of a pack with the user's own in it, each part opened once."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Final

from asr.language import NGram
from asr.language.lexicon import Lexicon
from asr.language.ngram import LanguageModel
from asr.language.pronunciation import Phones, Pronouncer
from asr.language.recurrent import RecurrentModel
from asr.language.user import Language, UserLanguage, with_user_language
from asr.pack import Pack, PackFile

WAYS: Final = 2  # to say a word that no lexicon holds
MANY: Final = 500  # words that take about a second


class PackLanguage:
    """What the recogniser, the alignment and hot words know of a language.

    Raises:
        PackError: The pack carries none.
        LanguageError: A file cannot be used, the pack's or the user's.
    """

    lexicon: Lexicon
    n_gram: NGram

    def __init__(self, pack: Pack, user: UserLanguage = UserLanguage()) -> None:
        self._pack = pack
        self.lexicon = Lexicon.open(pack.path(PackFile.LEXICON))
        general = LanguageModel.open(pack.path(PackFile.N_GRAM))
        self.n_gram = general
        # It knows the words of the pack's n-gram; a model in that one's place has others.
        has_recurrent = pack.has(PackFile.RECURRENT) and not user.model
        self.recurrent = (
            RecurrentModel(pack.path(PackFile.RECURRENT)) if has_recurrent else None
        )
        if user.model or user.personal:
            parts = Language(self.lexicon, general)
            self.lexicon, self.n_gram = with_user_language(user, parts, self.pronouncer)

    @cached_property
    def pronouncer(self) -> Pronouncer:
        """The network that says words which no lexicon holds."""
        return Pronouncer.open(self._pack.path(PackFile.PRONOUNCER))

    def pronounce(self, words: Sequence[str]) -> list[list[Phones]]:
        """Return the likeliest ways to say words of letters and apostrophes.

        Of very many there is one way each: to find the second takes several times as long.
        """
        if len(words) > MANY:
            return [[self.pronouncer.quickly(word)] for word in words]
        return [self.pronouncer.variants(word, WAYS) for word in words]

    def ways(self, word: str) -> list[tuple[int, ...]]:
        """Return the ways to say a normalised word, in symbols; the lexicon's if it has it."""
        number = self.n_gram.word_id(word)
        if number != self.n_gram.unknown and (known := self.lexicon.pronunciations(number)):
            return known
        return [tuple(map(self.lexicon.phones.index, way)) for way in self.pronounce([word])[0]]
