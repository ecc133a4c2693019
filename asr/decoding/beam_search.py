"""The beam decoder: sound, lexicon and language model weighed together.

What every live hypothesis has behind it is stable, for all that comes will follow it;
the rest of the best one is unstable. For live text, hypotheses that deny what the others
agree on may be dropped, so that one in a hundred does not hold back all; how sure the others
are is judged with the lookahead, which is heard and not yet stable. The final words
are the best complete hypothesis, with times from a forced alignment.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Final

import numpy as np
from numpy.typing import NDArray

from asr.decoding.confidence import Calibration
from asr.decoding.early_rescoring import EarlyRescoring
from asr.decoding.greedy import FRAME_SECONDS, check_width
from asr.decoding.history import START, History
from asr.decoding.hot_words import HotTrie, HotWords, Pronounce
from asr.decoding.options import PRUNINGS, DecoderOptions
from asr.decoding.prefix_search import Hypotheses, Search
from asr.decoding.rescoring import Recurrent, Rescoring
from asr.decoding.search_graph import Graph, build_graph
from asr.decoding.second_pass import DecodedUtterance, ScoredWord, SecondPass
from asr.decoding.spelling import STABILISING_FRAMES, spelled
from asr.emissions import BLANK, Emissions
from asr.errors import ConfigError
from asr.language import NGram
from asr.language.lexicon import Lexicon
from asr.language.trie import ROOT
from asr.transcript import PartialText, Word

NOISE_WORDS: Final = 3  # that a noise may sound like; a longer text needs another witness
INVENTED_WORDS: Final = 16  # that the lexicon may make of music; a longer text is always kept
ROUND: Final = 25  # frames after which the dead are looked for, wherever they are cut
# Seconds; so that pauses are those of the final words (they correlate with 0.92, dev-libri).
PEAKS_APART: Final = 0.16
HISTORY_LIMIT: Final = 4096  # entries; when there are more, the dead ones are dropped


class BeamDecoder:
    """Decodes utterances with a lexicon and a language model. Raises LanguageError."""

    def __init__(
        self,
        lexicon: Lexicon,
        language_model: NGram,
        phones_alphabet: tuple[str, ...],
        letters_alphabet: tuple[str, ...],
        options: DecoderOptions = DecoderOptions(),
        *,
        frame_seconds: float = FRAME_SECONDS,
        calibration: Calibration | None = None,
        hot_words: HotWords = HotWords(),
        pronounce: Pronounce | None = None,
        recurrent: Recurrent | None = None,
    ) -> None:
        lexicon.check(language_model.words, phones_alphabet)
        self.options = options
        self._lexicon = lexicon
        self._language_model = language_model
        self._pronounce = pronounce
        rescoring = Rescoring(recurrent, language_model, options) if recurrent else None
        self._second_pass = SecondPass(
            lexicon,
            letters_alphabet,
            options,
            frame_seconds,
            calibration or Calibration(),
            rescoring,
        )
        self.listen_for(hot_words)

    def listen_for(self, hot_words: HotWords) -> None:
        """Take another list of hot words, from the next utterance on. Raises LanguageError."""
        hot = HotTrie(
            hot_words,
            self._lexicon,
            self._language_model,
            self.options.language_weight,
            self._pronounce,
        )
        self._graph = build_graph(self._lexicon, self._language_model, self.options, hot)

    def start(self) -> BeamDecoding:
        """Begin an utterance."""
        return self.start_with(self.options)

    def start_with(self, options: DecoderOptions) -> BeamDecoding:
        """Begin an utterance with other prunings; the weights are the decoder's own."""
        return BeamDecoding(self._graph, options, self._second_pass)


@dataclass(frozen=True, slots=True)
class Pruned:
    """A beam decoder with other prunings: the same words, lists and weights in memory."""

    decoder: BeamDecoder
    changes: Mapping[str, object]  # of options.PRUNINGS

    def __post_init__(self) -> None:
        """Raises ConfigError."""
        self._options()

    def start(self) -> BeamDecoding:
        """Begin an utterance."""
        return self.decoder.start_with(self._options())

    def _options(self) -> DecoderOptions:
        for name in self.changes:
            if name not in PRUNINGS:
                raise ConfigError(
                    "The option {name} is the same live and for final text.", name=name
                )
        return self.decoder.options.changed(self.changes)


class BeamDecoding:
    """One utterance on its way through the beam."""

    def __init__(self, graph: Graph, options: DecoderOptions, second_pass: SecondPass) -> None:
        self._graph = graph
        self._options = options
        rescoring = second_pass.rescoring if options.settle_margin is not None else None
        self._early = EarlyRescoring(rescoring) if rescoring else None
        self._search = Search(graph, options, self._early.gains if self._early else None)
        self._second_pass = second_pass
        self._live = Hypotheses.start(graph)
        self._history = History()
        self._heard: list[Emissions] = []
        self._frames = 0
        self._stable: tuple[str, ...] = ()
        self._pauses: tuple[float, ...] = ()  # between the stable words
        self._silent: list[bool] = []  # frame by frame, whether nothing is heard
        self._stable_entry = START  # the entry that ends `_stable`
        self._limit = HISTORY_LIMIT

    def feed(self, emissions: Emissions) -> None:
        """Hear more frames. Raises PackError if they are of other alphabets."""
        self._check(emissions)
        self._heard.append(emissions)
        rows = emissions.phones
        self._silent += (rows.argmax(axis=1) == BLANK).tolist()
        while len(rows):
            n_rows = ROUND - self._frames % ROUND
            self._live = self._search.run(
                self._live, self._history, rows[:n_rows], self._frames
            )
            self._frames += min(n_rows, len(rows))
            if len(self._history) > self._limit:
                self._forget()
            rows = rows[n_rows:]

    def text(self, ahead: Emissions | None = None) -> PartialText:
        """Return what is common to all hypotheses, and the rest of the best one."""
        live, history, heard = self._live, self._history, self._heard
        if ahead is not None and len(ahead):
            self._check(ahead)
            history, heard = history.fork(), [*heard, ahead]
            live = self._search.run(live, history, ahead.phones, self._frames)
        if self._early:
            scores = self._search.scores(live)
            self._early.weigh(live, scores, self._live, history, self._stable_entry)
        best = int(live.history[self._search.scores(live).argmax()])
        self._overrule(live, history)
        self._stabilise(history.common([best, *self._live.history.tolist()]))
        tail = history.chain(best, self._stable_entry)
        unstable = self._read(tail, history, heard)
        return PartialText(self._stable, unstable, pauses=self._pauses)

    def finish(self) -> tuple[Word, ...]:
        """End the utterance; word times are seconds from its first frame."""
        words = tuple(scored.word for scored in self.scored_words())
        return () if self._is_noise(words) else words

    def _is_noise(self, words: tuple[Word, ...]) -> bool:
        """Whether what was heard is more likely a noise than a few words.

        A network that leaves it to the language what is likely finds words in any sound. Its
        letters have no language: where they are silent, nobody spoke.
        """
        if not 0 < len(words) <= INVENTED_WORDS:
            return False
        mean = sum(word.confidence for word in words) / len(words)
        if len(words) <= NOISE_WORDS and mean < self._options.noise_confidence:
            return True
        written = len(" ".join(word.text for word in words))
        return self._letters_read() < self._options.noise_letters * written

    def _letters_read(self) -> int:
        """How many letters the letter head reads by itself, along its best path."""
        path = np.concatenate([one.letters.argmax(-1) for one in self._heard])
        return sum(bool(letter != BLANK) for letter, _ in groupby(path))

    def scored_words(self) -> tuple[ScoredWord, ...]:
        """End the utterance as `finish` does, with the features of each confidence."""
        if not self._frames:
            return ()
        utterance = DecodedUtterance(
            Emissions.join(self._heard),
            self._history,
            self._graph.hot,
            self._graph.language_model.unknown,
            self._stable_entry,
        )
        entries, scores = self.finals()
        return self._second_pass.score_words(utterance, entries, scores)

    def _check(self, emissions: Emissions) -> None:
        check_width(emissions.phones, self._second_pass.phones, "phones")
        check_width(emissions.letters, self._second_pass.letters, "letters")

    def _overrule(self, ahead: Hypotheses, history: History) -> None:
        """Drop the hypotheses that deny what all agree on that are close to the best.

        Those that deny what the sound `ahead` makes of the text go first; the rest agree
        among themselves on what was said before it.
        """
        margin = self._options.settle_margin
        if margin is None:
            return
        agreed = history.common(self._close(ahead, margin))
        self._keep(lambda entry: history.share_a_text(entry, agreed))
        agreed = history.common([agreed, *self._close(self._live, margin)])
        self._keep(lambda entry: history.descends(entry, agreed))

    def _close(self, live: Hypotheses, margin: float) -> list[int]:
        """The entries of the hypotheses that are no more than `margin` behind the best."""
        scores = self._search.scores(live)
        entries: list[int] = live.history[scores >= scores.max() - margin].tolist()
        return entries

    def _keep(self, holds: Callable[[int], bool]) -> None:
        entries, entry_of = np.unique(self._live.history, return_inverse=True)
        kept = np.array([holds(entry) for entry in entries.tolist()])
        self._live = self._live.take(np.flatnonzero(kept[entry_of]))

    def _stabilise(self, common: int) -> None:
        """Move what all hypotheses have in common to the stable words."""
        for entry in self._history.chain(common, self._stable_entry):
            is_spelled = self._history.words[entry] == self._graph.language_model.unknown
            if is_spelled and self._history.frames[entry] + STABILISING_FRAMES > self._frames:
                break  # the letters to come may change how it is written
            words = self._read([entry], self._history, self._heard)
            between = [self._pause(entry), *[0.0] * len(words)]
            self._pauses += tuple(between[not self._stable : len(words)])
            self._stable += words
            self._stable_entry = entry

    def _pause(self, entry: int) -> float:
        """Return the seconds of silence before the word of an entry, the next to be stable.

        They are the longest run of silent frames since the word before it was complete, less
        what is silent between the peaks of two phones anyway.
        """
        frames = self._history.frames
        frames_between = self._silent[frames[self._stable_entry] : frames[entry]]
        runs = (sum(1 for _ in run) for silent, run in groupby(frames_between) if silent)
        return max(0.0, max(runs, default=0) * self._second_pass.frame_seconds - PEAKS_APART)

    def _read(
        self, entries: list[int], history: History, heard: list[Emissions]
    ) -> tuple[str, ...]:
        """Return the words of entries, those outside the lexicon as they are spelled."""
        words: list[str] = []
        for entry in entries:
            word = history.words[entry]
            if word == self._graph.language_model.unknown:
                start = history.frames[history.parents[entry]]
                end = history.frames[entry]
                words += spelled(heard, self._second_pass.letters, start, end)
            else:
                words.append(self._graph.hot.text(word))
        return tuple(words)

    def finals(self) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return the (n,) entries of complete hypotheses and (n,) scores in nats, best first.

        Where sound ends inside a word in every hypothesis, the word is left out.
        """
        live = self._live
        whole = live.take(np.flatnonzero(live.node == ROOT))
        if len(whole):
            live = whole
        end = np.full(len(live), self._graph.language_model.end)
        score, _ = self._graph.language_model.score(live.lm_state, end)
        scores = np.logaddexp(live.blank, live.other) + live.base - live.gain
        scores += self._options.language_weight * score
        scores -= self._graph.hot.partial_boost(live.hot_state)
        texts, text_of = np.unique(live.history, return_inverse=True)
        sums = np.full(len(texts), -np.inf)
        np.logaddexp.at(sums, text_of, scores)  # one text may end in several phones
        order = np.argsort(-sums, kind="stable")
        return texts[order], sums[order]

    def _forget(self) -> None:
        """Drop the entries that no hypothesis needs; their number stays bounded by the text."""
        roots = np.append(self._live.history, self._stable_entry)
        kept = self._history.collect(roots)
        self._live.history = kept[:-1]
        self._stable_entry = int(kept[-1])
        self._limit = max(HISTORY_LIMIT, 2 * len(self._history))
