"""CTC prefix beam search, one frame for all hypotheses at once.

A hypothesis is a text, a place in the trie and the last phone. It sums all paths of
frames to it, kept apart by whether they end in the blank, for only after a blank is a
repeated phone a new one (Graves and Jaitly 2014, algorithm 1; Hannun et al. 2014,
arXiv:1408.2873). A word is scored by the language model the moment that its last phone
is heard; inside a word the best unigram below the node stands in for it.

H hypotheses live after a frame, C candidates during it, K phones are tried.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Final, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from asr.decoding.history import START, History
from asr.decoding.options import DecoderOptions
from asr.decoding.search_graph import Graph
from asr.emissions import BLANK, LogProbs
from asr.language.trie import ROOT

NO_WORD: Final = -1
RIVAL_THRESHOLD: Final = 7.0  # nats: an alternative below one in a thousand is not noted
NOTED_PER_FRAME: Final = 12  # alternatives; noting more costs more time than the search itself
# Odd 64-bit numbers of no pattern (Steele and Vigna 2021, arXiv:2001.05304) that spread
# texts and places over 2^64 keys: a clash is rarer than a fault of the memory.
_TEXT_FACTOR: Final = np.uint64(0xD1342543DE82EF95)
_PLACE_FACTOR: Final = np.uint64(0xAF251AF3B0F025B5)
_STATE_FACTOR: Final = np.uint64(0xB564EF22EC7AECE5)
_SYMBOL_BITS: Final = 6

# Nats by which the last words of (n,) texts are worth more than the n-gram says: (n,).
Gains: TypeAlias = Callable[[NDArray[np.uint64]], NDArray[np.float64]]


@dataclass(slots=True)
class Hypotheses:
    """Arrays of equal length, one place a hypothesis; scores are natural logarithms."""

    blank: NDArray[np.float64]  # of all paths that end in the blank
    other: NDArray[np.float64]  # of all paths that end in `last`
    base: NDArray[np.float64]  # language score of the whole words, `gain` included
    gain: NDArray[np.float64]  # of the words that were weighed early
    node: NDArray[np.int64]
    last: NDArray[np.int64]  # phone; BLANK before the first
    text: NDArray[np.uint64]  # hash of the words
    lm_state: NDArray[np.int64]
    hot_state: NDArray[np.int64]
    history: NDArray[np.int64]  # entry of History; of a candidate: of its parent
    word: NDArray[np.int64]  # of a candidate: the word that it completes; else NO_WORD

    def __len__(self) -> int:
        return len(self.node)

    def take(self, places: NDArray[np.int64]) -> Hypotheses:
        """Return the hypotheses at `places`, (n,) of them."""
        return Hypotheses(
            self.blank[places],
            self.other[places],
            self.base[places],
            self.gain[places],
            self.node[places],
            self.last[places],
            self.text[places],
            self.lm_state[places],
            self.hot_state[places],
            self.history[places],
            self.word[places],
        )

    def rescored(self, blank: NDArray[np.float64], other: NDArray[np.float64]) -> Hypotheses:
        """Return the same N hypotheses with these (N,) scores; the other arrays are shared."""
        return Hypotheses(
            blank,
            other,
            self.base,
            self.gain,
            self.node,
            self.last,
            self.text,
            self.lm_state,
            self.hot_state,
            self.history,
            self.word,
        )

    @staticmethod
    def join(*parts: Hypotheses) -> Hypotheses:
        """Lay parts end to end."""
        return Hypotheses(
            *(np.concatenate([getattr(part, name) for part in parts]) for name in _FIELDS)
        )

    @staticmethod
    def start(graph: Graph) -> Hypotheses:
        """Return the one hypothesis before the first frame: nothing was said."""
        zero, certain = np.zeros(1, np.int64), np.zeros(1)
        impossible = np.full(1, -np.inf)
        state = np.array([graph.language_model.start], np.int64)
        text, word = np.zeros(1, np.uint64), np.full(1, NO_WORD)
        root, history = np.full(1, ROOT), np.full(1, START)
        return Hypotheses(
            certain, impossible, certain, certain, root, zero, text, state, zero, history, word
        )


_FIELDS: Final = tuple(field.name for field in fields(Hypotheses))


class _Arcs(NamedTuple):
    """Ways to go on: hypothesis `row` hears `phone` and stands at `node`."""

    row: NDArray[np.int64]
    phone: NDArray[np.int64]
    node: NDArray[np.int64]
    acoustic: NDArray[np.float64]


class Search:
    """Steps hypotheses over frames; keeps nothing of its own between them."""

    def __init__(
        self, graph: Graph, options: DecoderOptions, gains: Gains | None = None
    ) -> None:
        self._graph = graph
        self._gains = gains
        self._options = options
        self._n_words = len(graph.language_model.words)
        self._root_look_ahead = float(graph.trie.look_ahead[ROOT])

    def scores(self, live: Hypotheses) -> NDArray[np.float64]:
        """Return the (N,) nats that the beam is ranked by: sound, language and look-ahead."""
        look_ahead = self._graph.trie.look_ahead[live.node]
        return np.logaddexp(live.blank, live.other) + live.base + look_ahead

    def run(
        self, live: Hypotheses, history: History, log_probs: LogProbs, first: int
    ) -> Hypotheses:
        """Step over (T, P) frames, the first of which is number `first` of the utterance."""
        rows = log_probs.astype(np.float64)
        top = rows.max(axis=1)
        skipped = np.exp(rows[:, BLANK]) >= self._options.blank_skip
        if self._options.blank_skip == 1:
            skipped[:] = False
        for number, row in enumerate(rows):
            if skipped[number]:
                live = self._rest(live, row)
            else:
                live = self._step(live, history, row, float(top[number]), first + number)
        return live

    def _rest(self, live: Hypotheses, row: NDArray[np.float64]) -> Hypotheses:
        """All take the blank, for nothing else is probable."""
        blank = np.logaddexp(live.blank, live.other) + row[BLANK]
        return live.rescored(blank, np.full(len(live), -np.inf))

    def _step(
        self,
        live: Hypotheses,
        history: History,
        row: NDArray[np.float64],
        top: float,
        frame: int,
    ) -> Hypotheses:
        total = np.logaddexp(live.blank, live.other)
        stay = live.rescored(total + row[BLANK], live.other + row[live.last])
        cutoff = float(self.scores(stay).max()) - self._options.score_threshold
        parts = [stay]
        phones = self._phones(row, top)
        if len(phones):
            arcs = self._arcs(live, total, row, phones, cutoff)
            parts += [self._inside(live, arcs), self._word_ends(live, arcs, cutoff, frame)]
        merged = self._merge(Hypotheses.join(*parts))
        return self._prune(merged, history, frame)

    def _phones(self, row: NDArray[np.float64], top: float) -> NDArray[np.int64]:
        """Return the phones worth trying, ascending."""
        phones = np.flatnonzero(row >= top - self._options.symbol_threshold)
        phones = phones[phones != BLANK]
        if len(phones) > self._options.symbols_per_frame:
            best = np.argpartition(-row[phones], self._options.symbols_per_frame)
            phones = np.sort(phones[best[: self._options.symbols_per_frame]])
        return phones

    def _arcs(
        self,
        live: Hypotheses,
        total: NDArray[np.float64],
        row: NDArray[np.float64],
        phones: NDArray[np.int64],
        cutoff: float,
    ) -> _Arcs:
        graph, trie = self._graph, self._graph.trie
        rows, nodes = np.arange(len(live)), live.node
        at_root = np.flatnonzero(nodes == ROOT)
        for root in graph.roots:
            rows = np.concatenate((rows, at_root))
            nodes = np.concatenate((nodes, np.full(len(at_root), root)))
        bits = np.uint64(1) << phones.astype(np.uint64)
        masks = trie.masks[nodes]
        place, column = np.nonzero(masks[:, None] & bits)
        parent, origin, phone = rows[place], nodes[place], phones[column]
        below = np.bitwise_count(masks[place] & (bits - np.uint64(1))[column])
        child = trie.first_child[origin].astype(np.int64) + below
        acoustic = np.where(phone == live.last[parent], live.blank[parent], total[parent])
        acoustic += row[phone]
        if graph.spelling < len(trie):
            spells = origin == graph.spelling
            child[spells] = graph.spelling
            acoustic[spells] -= self._options.oov_penalty or 0.0
        score = acoustic + live.base[parent] + trie.look_ahead[child]
        kept = np.flatnonzero(score >= cutoff)
        return _Arcs(parent[kept], phone[kept], child[kept], acoustic[kept])

    def _inside(self, live: Hypotheses, arcs: _Arcs) -> Hypotheses:
        """Return candidates that stand inside a word; a leaf has nothing after it."""
        kept = np.flatnonzero(self._graph.trie.masks[arcs.node])
        row = arcs.row[kept]
        return Hypotheses(
            np.full(len(kept), -np.inf),
            arcs.acoustic[kept],
            live.base[row],
            live.gain[row],
            arcs.node[kept],
            arcs.phone[kept],
            live.text[row],
            live.lm_state[row],
            live.hot_state[row],
            live.history[row],
            np.full(len(kept), NO_WORD),
        )

    def _word_ends(
        self, live: Hypotheses, arcs: _Arcs, cutoff: float, frame: int
    ) -> Hypotheses:
        """Return candidates that have completed a word and stand at the root again."""
        graph, options, offsets = self._graph, self._options, self._graph.trie.word_offsets
        begins = offsets[arcs.node]
        counts = offsets[arcs.node + 1] - begins
        arc = np.repeat(np.arange(len(counts)), counts)
        shift = np.repeat(begins - (np.cumsum(counts) - counts), counts)
        word = graph.trie.words[np.arange(len(arc)) + shift].astype(np.int64)
        row, base, lm_state, hot_state = arcs.row[arc], live.base, live.lm_state, live.hot_state
        base, lm_state, hot_state = base[row], lm_state[row], hot_state[row]
        if len(arc):
            model = graph.language_model
            known = np.where(word < self._n_words, word, model.unknown)
            score, lm_state = model.score(lm_state, known)
            hot_state, boost = graph.hot.advance(hot_state, word)
            base = base + options.language_weight * score + options.word_bonus + boost
        acoustic = arcs.acoustic[arc]
        gain = live.gain[row]
        if self._gains and len(arc):
            gained = self._gains(self._texts(live.text[row], word, frame))
            base, gain = base + gained, gain + gained
        kept = np.flatnonzero(acoustic + base + self._root_look_ahead >= cutoff)
        row, word = row[kept], word[kept]
        return Hypotheses(
            np.full(len(kept), -np.inf),
            acoustic[kept],
            base[kept],
            gain[kept],
            np.full(len(kept), ROOT),
            arcs.phone[arc[kept]],
            self._texts(live.text[row], word, frame),
            lm_state[kept],
            hot_state[kept],
            live.history[row],
            word,
        )

    def _texts(
        self, before: NDArray[np.uint64], word: NDArray[np.int64], frame: int
    ) -> NDArray[np.uint64]:
        """Return the hashes of (n,) texts with a word behind each.

        A word outside the lexicon is another one for each frame where it ends, because
        the letters heard until there will be its text.
        """
        unknown = word == self._graph.language_model.unknown
        added: NDArray[np.int64] = word + 1 + unknown * ((frame + 1) << 32)
        return before * _TEXT_FACTOR + added.astype(np.uint64)

    def _merge(self, candidates: Hypotheses) -> Hypotheses:
        """Add up the paths to equal text, node and last phone."""
        place = ((candidates.node + 1) << _SYMBOL_BITS) | candidates.last
        key = (candidates.text ^ (place.astype(np.uint64) * _PLACE_FACTOR)) * _STATE_FACTOR
        order = key.argsort()
        ordered = key[order]
        is_first = np.ones(len(key), bool)
        is_first[1:] = ordered[1:] != ordered[:-1]
        starts = is_first.nonzero()[0]
        merged = candidates.take(order[starts])
        if len(starts) < len(key):
            merged.blank = np.maximum.reduceat(candidates.blank[order], starts)
            merged.other = np.logaddexp.reduceat(candidates.other[order], starts)
        return merged

    def _prune(self, merged: Hypotheses, history: History, frame: int) -> Hypotheses:
        scores = self.scores(merged)
        kept = np.flatnonzero(scores >= scores.max() - self._options.score_threshold)
        kept = kept[np.argsort(-scores[kept], kind="stable")]
        if self._options.recombine:
            kept = self._recombine(merged, scores, kept, history, frame)
        live = merged.take(kept[: self._options.beam])
        _enter(live, np.flatnonzero(live.word != NO_WORD), history, frame)
        return live

    def _recombine(
        self,
        merged: Hypotheses,
        scores: NDArray[np.float64],
        kept: NDArray[np.int64],
        history: History,
        frame: int,
    ) -> NDArray[np.int64]:
        """Keep the best of those that no later sound or word can tell apart.

        `kept` comes best first, and leaves so.
        """
        place = ((merged.node[kept] + 1) << _SYMBOL_BITS) | merged.last[kept]
        state = merged.lm_state[kept].astype(np.uint64) * _TEXT_FACTOR
        state += merged.hot_state[kept].astype(np.uint64)
        key = (state ^ (place.astype(np.uint64) * _PLACE_FACTOR)) * _STATE_FACTOR
        order = key.argsort(kind="stable")
        ordered = key[order]
        is_first = np.ones(len(key), bool)
        is_first[1:] = ordered[1:] != ordered[:-1]
        if is_first.all():
            return kept
        starts = is_first.nonzero()[0]
        winner = order[starts[np.cumsum(is_first) - 1]]
        losers = (~is_first).nonzero()[0]
        if len(losers) > NOTED_PER_FRAME:  # `order` is their rank among all
            losers = losers[np.argpartition(order[losers], NOTED_PER_FRAME)[:NOTED_PER_FRAME]]
        winner, loser = kept[winner[losers]], kept[order[losers]]
        noted = scores[loser] - scores[winner] > -RIVAL_THRESHOLD
        scores = scores - merged.gain  # the end weighs whole texts by itself
        behind = scores[loser] - scores[winner]
        _note(merged, winner[noted], loser[noted], behind[noted], history, frame)
        return kept[np.sort(order[starts])]


def _enter(live: Hypotheses, places: NDArray[np.int64], history: History, frame: int) -> None:
    """Give the words completed at `places` their entries."""
    columns = (live.history, live.word, live.text)
    rows = zip(places.tolist(), *(column[places].tolist() for column in columns), strict=True)
    for place, parent, word, text in rows:
        live.history[place] = history.extend(parent, word, text, frame)
    live.word[places] = NO_WORD


def _note(
    merged: Hypotheses,
    winners: NDArray[np.int64],
    losers: NDArray[np.int64],
    behind: NDArray[np.float64],
    history: History,
    frame: int,
) -> None:
    both = np.concatenate((winners, losers))
    _enter(merged, both[merged.word[both] != NO_WORD], history, frame)
    for winner, loser, nats in zip(
        merged.history[winners].tolist(),
        merged.history[losers].tolist(),
        behind.tolist(),
        strict=True,
    ):
        if winner != loser:
            history.note_alternative(winner, loser, nats)
