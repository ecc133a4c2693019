"""What becomes of an utterance when it has ended: texts weighed, words timed and scored.

The beam has noted where other texts met the best one. What differs is local, so its worth is
known: how far it was behind.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from asr.decoding.alternatives import (
    WordSlot,
    note_alternative,
    substitutions,
    word_slots,
)
from asr.decoding.confidence import Calibration, word_features
from asr.decoding.forced_alignment import Edges, Span, forced_align, timed_words
from asr.decoding.history import History
from asr.decoding.hot_words import HotTrie
from asr.decoding.nbest import n_best
from asr.decoding.options import DecoderOptions
from asr.decoding.rescoring import Rescoring
from asr.decoding.spelling import spelled
from asr.emissions import BLANK, Emissions
from asr.errors import AlignmentError
from asr.language.lexicon import Lexicon
from asr.transcript import Alternative, Word

MAX_ALTERNATIVES: Final = 5


@dataclass(frozen=True, slots=True)
class DecodedUtterance:
    """All that was heard, and what the search made of it."""

    emissions: Emissions
    history: History
    hot: HotTrie
    unknown: int  # word id
    stable_entry: int  # words up to here were shown as stable, and stay


@dataclass(frozen=True, slots=True)
class ScoredWord:
    """A word with the features of its confidence, for fitting a calibration."""

    word: Word
    features: NDArray[np.float64]


class SecondPass:
    """Makes final words out of complete hypotheses; one for all utterances."""

    def __init__(
        self,
        lexicon: Lexicon,
        letters: tuple[str, ...],
        options: DecoderOptions,
        frame_seconds: float,
        calibration: Calibration,
        rescoring: Rescoring | None = None,
    ) -> None:
        self.phones = lexicon.phones
        self.letters = letters
        self._lexicon = lexicon
        self._options = options
        self.frame_seconds = frame_seconds
        self._calibration = calibration
        self.rescoring = rescoring
        self._letter_of = {letter: place for place, letter in enumerate(letters)}

    def score_words(
        self,
        utterance: DecodedUtterance,
        entries: NDArray[np.int64],
        scores: NDArray[np.float64],
    ) -> tuple[ScoredWord, ...]:
        """Return the words of the best text; (n,) entries of (n,) nats may end it."""
        history = utterance.history

        @cache  # a hundred texts share most of their words
        def read(entry: int) -> tuple[str, ...]:
            word = history.words[entry]
            if word != utterance.unknown:
                return (utterance.hot.text(word),)
            start = history.frames[history.parents[entry]]
            return spelled([utterance.emissions], self.letters, start, history.frames[entry])

        finals = list(zip(entries.tolist(), scores.tolist(), strict=True))
        paths = n_best(history, finals, self._options.paths, utterance.stable_entry)
        if self.rescoring:
            paths = self.rescoring.rescored(paths, history)
        slots = word_slots(paths[0].entries, history, read)
        if not slots:
            return ()
        for other in substitutions(slots, paths, history, read):
            texts = [slot.text for slot in other.slots]
            note_alternative(slots[other.start : other.stop], texts, other.behind)
        spans = self._spans(utterance, slots)
        words = timed_words([slot.text for slot in slots], spans, self.frame_seconds, Edges())
        features = self._features(utterance, slots, spans)
        confidences = self._calibration.probabilities(features)
        return tuple(
            ScoredWord(_with_alternatives(word, slot, float(confidence)), row)
            for word, slot, confidence, row in zip(
                words, slots, confidences, features, strict=True
            )
        )

    def _symbols(self, text: str) -> list[int]:
        return [self._letter_of[letter] for letter in text if letter in self._letter_of]

    def _ways(self, slot: WordSlot, utterance: DecodedUtterance) -> list[tuple[int, ...]]:
        return [] if slot.word == utterance.unknown else utterance.hot.ways(slot.word)

    def _spans(self, utterance: DecodedUtterance, slots: Sequence[WordSlot]) -> list[Span]:
        ways = [self._ways(slot, utterance) for slot in slots]
        try:
            return forced_align(utterance.emissions.phones, ways)
        except AlignmentError:  # more words spelled in one place than there are frames
            return _even_spans(len(slots), len(utterance.emissions))

    def _features(
        self, utterance: DecodedUtterance, slots: Sequence[WordSlot], spans: Sequence[Span]
    ) -> NDArray[np.float64]:
        gaps = [BLANK, self._letter_of.get(" ", BLANK)]
        written = [[self._symbols(slot.text)] for slot in slots]
        try:
            letters = forced_align(utterance.emissions.letters, written, gap_symbols=gaps)
        except AlignmentError:  # long words said too fast for a letter a frame
            letters = [Span(0, 0, -np.inf)] * len(slots)
        return np.array(
            [
                word_features(
                    span,
                    utterance.emissions,
                    slot.odds,
                    letter.score,
                    max(map(len, self._ways(slot, utterance)), default=len(slot.text)),
                )
                for slot, span, letter in zip(slots, spans, letters, strict=True)
            ]
        )


def _with_alternatives(word: Word, slot: WordSlot, confidence: float) -> Word:
    """Share out among the alternatives what the confidence leaves them."""
    total = np.logaddexp.reduce(list(slot.alternatives.values()) or [0.0])
    alternatives = sorted(
        (
            Alternative(text, (1 - confidence) * float(np.exp(nats - total)))
            for text, nats in slot.alternatives.items()
            if text
        ),
        key=lambda alternative: -alternative.probability,
    )
    return replace(
        word, confidence=confidence, alternatives=tuple(alternatives[:MAX_ALTERNATIVES])
    )


def _even_spans(n_words: int, n_frames: int) -> list[Span]:
    edges = np.linspace(0, n_frames, n_words + 1).astype(int).tolist()
    return [Span(edges[n], edges[n + 1], -np.inf) for n in range(n_words)]
