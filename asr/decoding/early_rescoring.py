"""The recurrent model's say while the search goes on: for words that settle before its end.

What has settled cannot be weighed again when the utterance is over. So before words settle,
the recurrent model scores those of the likeliest hypotheses, which are ranked with it from
then on: on-the-fly rescoring, Hori et al. (2007), doi:10.1109/TASL.2006.889790. What a word
gains by it is the same wherever its text turns up, so that the search may go on adding up
paths. The gains are kept apart from the scores, for the end weighs whole texts by itself.

H hypotheses, N words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from asr.decoding.history import START, History
from asr.decoding.prefix_search import Hypotheses
from asr.decoding.rescoring import Rescoring

REACH: Final = 4.0  # nats behind the best: whose words are scored
MOST: Final = 64  # words scored at a time


@dataclass(frozen=True, slots=True)
class _ScoredWord:
    """The last word of a text, as both models see it."""

    gain: float  # nats that it is worth beyond what the n-gram says
    lm_state: int  # the n-gram's after it
    hidden: NDArray[np.float32]  # of the recurrent model before it, as `cell`
    cell: NDArray[np.float32]


class EarlyRescoring:
    """What the words of one utterance have gained, by the hashes of the texts they end."""

    def __init__(self, rescoring: Rescoring) -> None:
        self._rescoring = rescoring
        self._scored: dict[int, _ScoredWord] = {}
        self._index()

    def gains(self, texts: NDArray[np.uint64]) -> NDArray[np.float64]:
        """Return the (n,) nats that the last words of (n,) texts gained; 0 if not scored."""
        place = self._keys.searchsorted(texts)
        return np.where(self._keys[place] == texts, self._gains[place], 0.0)

    def weigh(
        self,
        ahead: Hypotheses,
        scores: NDArray[np.float64],
        others: Hypotheses,
        history: History,
        settled: int,
    ) -> None:
        """Score the words of the likeliest hypotheses and add what they gain to all.

        Args:
            ahead: Hypotheses; whoever is likely among them is looked at.
            scores: (H,) of them, in nats.
            others: Hypotheses that gain too, or the same ones.
            history: Of both.
            settled: The entry that all have behind them; their words up to it are scored.
        """
        near = np.flatnonzero(scores >= scores.max() - REACH)
        near = near[np.argsort(-scores[near], kind="stable")]
        added = self._score(self._unscored(ahead.history[near].tolist(), history), history)
        alive = [ahead] if ahead is others else [ahead, others]
        texts = {history.keys[settled]}
        for live in alive:
            texts |= self._add(added, live, history, settled)
        self._scored = {text: one for text, one in self._scored.items() if text in texts}
        self._index()

    def _unscored(self, entries: Sequence[int], history: History) -> list[int]:
        """Return the entries, and those behind them, whose words are still to be scored."""
        found: dict[int, None] = {}
        for entry in dict.fromkeys(entries):
            chain = []
            while entry != START and history.keys[entry] not in self._scored:
                chain.append(entry)
                entry = history.parents[entry]
            if found and len(found.keys() | set(chain)) > MOST:
                break
            found.update(dict.fromkeys(chain))
        return sorted(found)

    def _score(self, entries: Sequence[int], history: History) -> dict[int, float]:
        """Score words after the texts before them; return the gain of each text."""
        left = list(entries)
        while left:
            ready = [entry for entry in left if history.parents[entry] not in left]
            self._score_together(ready, history)
            left = [entry for entry in left if entry not in ready]
        return {
            history.keys[entry]: self._scored[history.keys[entry]].gain for entry in entries
        }

    def _score_together(self, entries: Sequence[int], history: History) -> None:
        """Score N words whose texts before them are scored."""
        rescoring = self._rescoring
        model, n_gram = rescoring.model, rescoring.n_gram
        keys = [history.keys[entry] for entry in entries]
        parents = [history.parents[entry] for entry in entries]
        before = [self._scored.get(history.keys[parent]) for parent in parents]
        words = np.array([rescoring.known(history.words[entry]) for entry in entries])
        said = [
            rescoring.known(history.words[parent]) if parent != START else n_gram.end
            for parent in parents
        ]
        states = np.array([one.lm_state if one else n_gram.start for one in before], np.int64)
        old, after = n_gram.score(states, words)
        silent = np.zeros(model.cells, np.float32)
        hidden = np.stack([one.hidden if one else silent for one in before])
        cell = np.stack([one.cell if one else silent for one in before])
        new, hidden, cell = model.step(np.array(said), words, hidden, cell)
        both = rescoring.mixed(old.astype(np.float64), new.astype(np.float64), words)
        gains = rescoring.options.language_weight * (both - old)
        for row, key in enumerate(keys):
            self._scored[key] = _ScoredWord(
                float(gains[row]),
                int(after[row]),
                hidden[row],
                cell[row],
            )

    def _add(
        self, added: dict[int, float], live: Hypotheses, history: History, settled: int
    ) -> set[int]:
        """Let hypotheses have their gains; return their texts and those behind them."""
        entries, entry_of = np.unique(live.history, return_inverse=True)
        chains = [
            [history.keys[one] for one in history.chain(entry, settled)]
            for entry in entries.tolist()
        ]
        gains = np.array([sum(added.get(text, 0.0) for text in chain) for chain in chains])
        live.base = live.base + gains[entry_of]
        live.gain = live.gain + gains[entry_of]
        return {text for chain in chains for text in chain}

    def _index(self) -> None:
        """Lay out the gains to be looked up, with one behind them for what is greater."""
        texts = sorted(self._scored)
        self._keys = np.array([*texts, 0], np.uint64)
        self._keys[-1] = np.iinfo(np.uint64).max
        self._gains = np.array([*(self._scored[text].gain for text in texts), 0.0])
