"""flashlight-text's lexicon decoder over our log-probabilities, n-gram and lexicon.

It was made for spellings that end in a word separator. Ours are phones and have none, so
some things are arranged that an ordinary set-up brings by itself:

- Its separator («sil») is a symbol that the network has not: between words stands a blank.
- It takes six words of one sound (kTrieMaxLabel) and drops the others: the commonest come
  first, so that «two» is not lost behind «tew».
- It ends a word at the first frame of its last phone, and from then on waits for the
  separator. `doubled` enters each spelling a second time with its last phone doubled, which
  it takes without a blank between, so that the phone may last.
- KenLM scores are decimal logarithms: the weight and the trie's look-ahead are in them too.
- The look-ahead is the unigram of the likeliest word below (SmearingMode.MAX), as ours is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from flashlight.lib.text import decoder as flashlight
from flashlight.lib.text.decoder.kenlm import KenLM
from flashlight.lib.text.dictionary import Dictionary

from asr.decoding.options import DecoderOptions
from asr.emissions import BLANK, Emissions
from asr.language.lexicon import Lexicon
from asr.language.ngram import LanguageModel

LN_10: Final = float(np.log(10))
NEVER: Final = -1e4  # nats: what the separator is heard with


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerSettings:
    """What is flashlight's own to choose."""

    threshold: float = 50.0  # nats behind the best; ranked without our look-ahead's scale
    symbols: int = 40  # phones and blank that a frame may add: all
    doubled: bool = False  # let the last phone of a word last


class Peer:
    """The n-gram and the trie, loaded once; `reader` for each choice of weights."""

    def __init__(
        self,
        lexicon: Lexicon,
        model: LanguageModel,
        arpa: Path,
        settings: PeerSettings = PeerSettings(),
    ) -> None:
        self._words = model.words
        self._unknown = model.unknown
        self._settings = settings
        self._separator = len(lexicon.phones)
        dictionary = Dictionary()
        for word in model.words:
            dictionary.add_entry(word)
        self._language = KenLM(str(arpa), dictionary)
        self._trie = flashlight.Trie(self._separator + 1, self._separator)
        frequency = model.unigrams[lexicon.word_ids]
        for place in np.argsort(-frequency, kind="stable").tolist():
            word = int(lexicon.word_ids[place])
            start, end = lexicon.offsets[place : place + 2].tolist()
            symbols = lexicon.symbols[start:end].tolist()
            score = float(model.unigrams[word]) / LN_10
            self._trie.insert(symbols, word, score)
            if settings.doubled:
                self._trie.insert([*symbols, symbols[-1]], word, score)
        self._trie.smear(flashlight.SmearingMode.MAX)

    def reader(self, options: DecoderOptions) -> Callable[[Emissions], list[str]]:
        """Return what decodes an utterance with the beam and the weights of `options`."""
        weights: dict[str, Any] = {
            "beam_size": options.beam,
            "beam_size_token": self._settings.symbols,
            "beam_threshold": self._settings.threshold,
            "lm_weight": options.language_weight * LN_10,
            "word_score": options.word_bonus,
            "unk_score": -np.inf,
            "sil_score": 0.0,
            "log_add": True,
            "criterion_type": flashlight.CriterionType.CTC,
        }
        decoder = flashlight.LexiconDecoder(
            flashlight.LexiconDecoderOptions(**weights),
            self._trie,
            self._language,
            self._separator,
            BLANK,
            self._unknown,
            [],
            False,  # the n-gram is one of words, not of symbols
        )

        def read(emissions: Emissions) -> list[str]:
            never = np.full((len(emissions), 1), NEVER, np.float32)
            rows = np.ascontiguousarray(np.hstack((emissions.phones, never)))
            best = decoder.decode(rows.ctypes.data, *rows.shape)[0]
            return [self._words[word] for word in best.words if word >= 0]

        return read
