"""Words and phrases that the user expects: a boost that is given back when a match fails.

Between words an automaton (Aho and Corasick 1975) follows the phrases: each matched
word earns a part of the phrase's boost on credit, the last one makes it the phrase's own.
Inside words the look-ahead of the nodes on the way is raised, which by itself ends with the
word.
S states; 0 is "nothing matched".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from asr.errors import ConfigError
from asr.language import NGram
from asr.language.lexicon import Lexicon
from asr.language.trie import Trie, build_trie
from asr.text import normalise

DEFAULT_WEIGHT: Final = 4.0  # nats: about what a rare word costs more than a common one
MAX_WEIGHT: Final = 30.0  # nats; more would hear the phrase in silence

LONGEST: Final = 60  # letters of a word
NAMED: Final = 3  # phrases that a sentence names

# Words → for each of them the ways to say it, in phones.
Pronounce: TypeAlias = Callable[[Sequence[str]], list[list[tuple[str, ...]]]]


@dataclass(frozen=True, slots=True)
class HotPhrase:
    """Words that are expected together; weight in nats for the whole."""

    words: tuple[str, ...]
    weight: float = DEFAULT_WEIGHT


@dataclass(frozen=True, slots=True)
class HotWords:
    """A list of phrases as the user keeps it."""

    phrases: tuple[HotPhrase, ...] = ()
    left_out: tuple[str, ...] = ()  # as they were written

    @staticmethod
    def parse(lines: Iterable[str]) -> HotWords:
        """Read «phrase» or «phrase<TAB>weight» lines; empty ones and # comments are skipped.

        Phrases may be written in any way; `normalise` brings them into the letters of the
        language model. Those of other alphabets are left out.

        Raises:
            ConfigError: A weight is none.
        """
        phrases, left_out = [], []
        for line in lines:
            text, _, number = line.partition("\t")
            if not text.strip() or text.startswith("#"):
                continue
            weight = _weight(number.strip(), text)
            words = tuple(normalise(text).split())
            if not words or len(max(words, key=len)) > LONGEST or _is_foreign(text):
                left_out.append(text.strip())
            else:
                phrases.append(HotPhrase(words, weight))
        return HotWords(tuple(phrases), tuple(left_out))

    @property
    def left_out_sentence(self) -> str:
        """What to tell of `left_out`; empty if it is."""
        if not self.left_out:
            return ""
        some = ", ".join(f"«{phrase[:LONGEST]}»" for phrase in self.left_out[:NAMED])
        more = ", …" if len(self.left_out) > NAMED else ""
        count = f"{len(self.left_out):,} of {len(self.left_out) + len(self.phrases):,}"
        return f"{count} hot words cannot be said in English and are left out: {some}{more}"


def _is_foreign(text: str) -> bool:
    """Tell whether `text` holds a letter that `normalise` cannot bring into ours."""
    if text.isascii():
        return False
    return any(not normalise(sign) for sign in set(text) if sign.isalpha())


def _weight(number: str, phrase: str) -> float:
    if not number:
        return DEFAULT_WEIGHT
    try:
        weight = float(number)
    except ValueError:
        weight = -1.0
    if not 0 <= weight <= MAX_WEIGHT:
        raise ConfigError(
            "The weight of «{phrase}» must be from 0 to {max_weight:g}, not «{number}».",
            phrase=phrase,
            max_weight=MAX_WEIGHT,
            number=number,
        )
    return weight


@dataclass(slots=True)
class _State:
    """A matched beginning of phrases."""

    depth: int
    partial_boost: float = 0.0  # nats on credit, given back unless the phrase is completed
    completed_boost: float = 0.0  # nats for the phrases that end here
    fail: int = 0
    next: dict[int, int] = field(default_factory=dict)


class HotTrie:
    """A list of phrases made ready for one lexicon and one language model."""

    added: Trie | None = None  # words that the lexicon lacks; look-ahead scaled and boosted
    extra_words: tuple[str, ...] = ()  # ids from V on: words that the language model lacks

    def __init__(
        self,
        hot_words: HotWords,
        lexicon: Lexicon,
        language_model: NGram,
        language_weight: float,
        pronounce: Pronounce | None = None,
    ) -> None:
        self._vocabulary = language_model.words
        self._extra: list[str] = []
        self._lexicon = lexicon
        self._ids: dict[str, int] = {}
        self._ways: dict[int, list[tuple[int, ...]]] = {}  # of the words in `added`
        shares: dict[int, float] = {}  # word id → nats
        states = [_State(0)]
        for phrase in hot_words.phrases:
            word_ids = [self._word_id(word, language_model) for word in phrase.words]
            _add_phrase(states, word_ids, phrase.weight)
            for word in word_ids:
                share = phrase.weight / len(word_ids)
                shares[word] = max(share, shares.get(word, 0.0))
        self.extra_words = tuple(self._extra)
        self._compile(states)
        unigrams = language_model.unigrams
        self._raised: list[tuple[NDArray[np.int64], float]] = []  # nodes, look-ahead
        scores = np.append(
            unigrams, np.full(len(self.extra_words), unigrams[language_model.unknown])
        ).astype(np.float32)
        scores *= np.float32(language_weight)
        silent: list[int] = []  # words that the lexicon lacks
        for word, share in shares.items():
            scores[word] += share
            known = lexicon.pronunciations(word)
            for symbols in known:
                path = lexicon.trie.walk(np.array(symbols, np.uint8))
                self._raised.append((np.array(path), float(scores[word])))
            if not known:
                silent.append(word)
        if pronounce is not None:
            self._learn(silent, pronounce)
        if added := [(word, way) for word, ways in self._ways.items() for way in ways]:
            self.added = _grow(added, scores)

    def text(self, word: int) -> str:
        """Return a word by its id, listed words included."""
        n_words = len(self._vocabulary)
        return self._vocabulary[word] if word < n_words else self.extra_words[word - n_words]

    def ways(self, word: int) -> list[tuple[int, ...]]:
        """Return the pronunciations of a word, listed words included."""
        return self._ways.get(word) or self._lexicon.pronunciations(word)

    def raise_look_ahead(self, look_ahead: NDArray[np.float32]) -> None:
        """Write the boosts into the trie's (N,) look-ahead, nats times the language weight."""
        for nodes, score in self._raised:
            look_ahead[nodes] = np.maximum(look_ahead[nodes], score)

    def advance(
        self, states: NDArray[np.int64], words: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return the (n,) states after the words, and the nats earned or given back."""
        if not len(self._keys):
            return states, np.zeros(len(states))
        after = self._find(states * self._stride + words)
        # What a state does not continue may still begin a phrase.
        after = np.where(after < 0, np.maximum(self._find(words), 0), after)
        earned = self._partial_boosts[after] - self._partial_boosts[states]
        return after, earned + self._completed_boosts[after]

    def partial_boost(self, states: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return what the (n,) states must give back at the end of an utterance."""
        return self._partial_boosts[states]

    def _learn(self, words: list[int], pronounce: Pronounce) -> None:
        """Find out how the words sound that the lexicon lacks."""
        said = pronounce([self.text(word) for word in words])
        for word, ways in zip(words, said, strict=True):
            self._ways[word] = [_symbols(way, self._lexicon) for way in ways if way]

    def _word_id(self, text: str, language_model: NGram) -> int:
        if text not in self._ids:
            word = language_model.word_id(text)
            if word == language_model.unknown:
                word = len(self._vocabulary) + len(self._extra)
                self._extra.append(text)
            self._ids[text] = word
        return self._ids[text]

    def _compile(self, states: list[_State]) -> None:
        _link(states)
        self._stride = len(self._vocabulary) + len(self.extra_words)
        arcs = sorted(
            (number * self._stride + word, target)
            for number, state in enumerate(states)
            for word, target in state.next.items()
        )
        self._keys = np.array([key for key, _ in arcs], np.int64)
        self._targets = np.array([target for _, target in arcs], np.int64)
        self._partial_boosts = np.array([state.partial_boost for state in states])
        self._completed_boosts = np.array([state.completed_boost for state in states])

    def _find(self, keys: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the target of each (n,) arc, −1 where there is none."""
        places = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
        return np.where(self._keys[places] == keys, self._targets[places], -1)


def _add_phrase(states: list[_State], words: list[int], weight: float) -> None:
    here = 0
    for depth, word in enumerate(words, start=1):
        if word not in states[here].next:
            states[here].next[word] = len(states)
            states.append(_State(depth))
        here = states[here].next[word]
        if depth < len(words):
            earned = weight * depth / len(words)
            states[here].partial_boost = max(states[here].partial_boost, earned)
    states[here].completed_boost = max(states[here].completed_boost, weight)


def _link(states: list[_State]) -> None:
    """Let a state that cannot go on go where its longest ending can; the root is the last."""
    parents = {
        target: (number, word)
        for number, state in enumerate(states)
        for word, target in state.next.items()
    }
    for number in sorted(parents, key=lambda number: states[number].depth):
        state, (parent, word) = states[number], parents[number]
        if parent:
            fail = states[states[parent].fail]
            state.fail = fail.next.get(word, states[0].next.get(word, 0))
        shorter = states[state.fail]
        state.completed_boost += shorter.completed_boost
        state.partial_boost = max(state.partial_boost, shorter.partial_boost)
        if state.fail:
            state.next = shorter.next | state.next


def _symbols(way: tuple[str, ...], lexicon: Lexicon) -> tuple[int, ...]:
    return tuple(lexicon.phones.index(phone) for phone in way)


def _grow(entries: list[tuple[int, tuple[int, ...]]], scores: NDArray[np.float32]) -> Trie:
    entries = sorted(entries)
    offsets = np.cumsum([0, *(len(symbols) for _, symbols in entries)]).astype(np.int32)
    flat = np.array([symbol for _, symbols in entries for symbol in symbols], np.uint8)
    word_ids = np.array([word for word, _ in entries], np.int32)
    return build_trie(word_ids, offsets, flat, scores)
