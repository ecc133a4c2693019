"""Viterbi forced alignment: where in the sound each word of a known text lies.

The text becomes a line of states, every pronunciation of a word on a lane of its own:

    gap ─┬─ T  ·  AH ·  M  ·  AA ·  T  ·  OW ─┬─ gap ─ …      · the blank between phones
         └─ T  ·  AH ·  M  ·  EY ·  T  ·  OW ─┘

A gap is optional silence. The search keeps a band of states that moves with the sound,
so an hour fits into memory. T frames, S states, K ways into a state, P symbols.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from asr.emissions import BLANK, LogProbs
from asr.errors import AlignmentError
from asr.transcript import Word

Ways: TypeAlias = Sequence[Sequence[int]]  # a word's pronunciations; none: any sound at all

BAND_THRESHOLD: Final = 150.0  # nats behind the best state: left behind
EXACT_STATES: Final = 2000  # up to this size every state is kept
SKIP_PENALTY: Final = 12.0  # nats for a word that was not said
NOISE_PENALTY: Final = 3.0  # nats a frame for sound in a gap that the text does not tell of
ANY_PENALTY: Final = 1.0  # nats a frame for a word without pronunciation
SAID_SCORE: Final = -3.0  # nats a frame behind the likeliest symbols: below, it was not said


@dataclass(frozen=True, slots=True)
class Span:
    """Frames first to end (exclusive) of a word; empty if the word was passed over."""

    first: int
    end: int
    score: float  # mean nats a frame behind the likeliest symbols, at most 0

    @property
    def is_said(self) -> bool:
        """Whether the sound bears the word out."""
        return self.end > self.first and self.score >= SAID_SCORE


@dataclass(frozen=True, slots=True, kw_only=True)
class Edges:
    """How spikes of a CTC network become edges of words, in frames.

    A spike is one frame somewhere inside its phone. Measured against speech with known
    word times, per pack.
    """

    lag: float = 0.0  # spikes come this late
    head: float = 1.0  # a word begins this much before its first spike, if there is room
    tail: float = 3.5  # a word ends this much after its last spike, if there is room


@dataclass(slots=True)
class _Line:
    """States in the order of the text, with the ways into each."""

    columns: list[int] = field(default_factory=list)  # of the emissions
    words: list[int] = field(default_factory=list)  # −1 in a gap
    sources: list[list[int]] = field(default_factory=list)  # states; itself comes first

    def add(self, column: int, word: int, sources: list[int]) -> int:
        state = len(self.columns)
        self.columns.append(column)
        self.words.append(word)
        self.sources.append([state, *sources])
        return state


def forced_align(
    log_probs: LogProbs,
    words: Sequence[Ways],
    *,
    skippable: bool = False,
    gap_symbols: Sequence[int] = (BLANK,),
) -> list[Span]:
    """Find the likeliest frames of each word.

    Args:
        log_probs: (T, P).
        words: For each word its pronunciations in symbols.
        skippable: Words may be passed over and strange sound may lie in gaps, each at a
            penalty: for texts that were not read out to the letter.
        gap_symbols: What may be heard between words; with letters, the space too.

    Raises:
        AlignmentError: The sound is too short for the words.
    """
    if not words:
        return []
    line, path, emissions = _best_path(log_probs, words, skippable, gap_symbols)
    behind = emissions[np.arange(len(path)), np.array(line.columns)[path]]
    return _spans(np.array(line.words)[path], behind - log_probs.max(axis=1), len(words))


def said_ways(log_probs: LogProbs, words: Sequence[Ways]) -> list[tuple[int, ...]]:
    """Find which of its pronunciations each word has in the sound.

    Args:
        log_probs: (T, P).
        words: For each word its pronunciations in symbols; a word without any gets none.

    Raises:
        AlignmentError: The sound is too short for the words.
    """
    if not words:
        return []
    line, path, _ = _best_path(log_probs, words, skippable=False, gap_symbols=(BLANK,))
    said: list[list[int]] = [[] for _ in words]
    before = -1
    for state in path.tolist():
        column, word = line.columns[state], line.words[state]
        if state != before and word >= 0 and BLANK < column < log_probs.shape[1]:
            said[word].append(column)
        before = state
    return [tuple(symbols) for symbols in said]


def _best_path(
    log_probs: LogProbs, words: Sequence[Ways], skippable: bool, gap_symbols: Sequence[int]
) -> tuple[_Line, NDArray[np.int64], NDArray[np.float32]]:
    """Return the states, the (T,) best path through them and the (T, P + 2) emissions."""
    n_symbols = log_probs.shape[1]
    line, ends = _line(words, skippable, gap=n_symbols, anything=n_symbols + 1)
    top = log_probs.max(axis=1)
    gap = log_probs[:, list(gap_symbols)].max(axis=1)
    if skippable:
        gap = np.maximum(gap, top - NOISE_PENALTY)
    emissions = np.column_stack((log_probs, gap, top - ANY_PENALTY))
    return line, _viterbi(emissions, line, ends, skippable), emissions


def timed_words(
    texts: Sequence[str], spans: Sequence[Span], frame_seconds: float, edges: Edges = Edges()
) -> tuple[Word, ...]:
    """Turn frames into times; silence between near words is shared out between them."""
    words: list[Word] = []
    for place, (text, span) in enumerate(zip(texts, spans, strict=True)):
        before = spans[place - 1].end if place else 0
        after = spans[place + 1].first if place + 1 < len(spans) else span.end + edges.tail * 2
        head = min(edges.head, (span.first - before) / 2)
        tail = min(edges.tail, (after - span.end) / 2)
        start = max(span.first - head - edges.lag, 0.0)
        end = max(span.end + tail - edges.lag, start)
        words.append(Word(text, start * frame_seconds, end * frame_seconds))
    return tuple(words)


def _line(
    words: Sequence[Ways], skippable: bool, *, gap: int, anything: int
) -> tuple[_Line, list[int]]:
    """Return the states, and those where the text may end."""
    line = _Line()
    gap_state = line.add(gap, -1, [])
    ends: list[int] = []  # last states of the word before
    for word, ways in enumerate(words):
        lasts = [
            _lane(line, word, list(way), gap_state, ends) for way in (ways or [(anything,)])
        ]
        # The skip comes last: `_source_table` tells its penalty by the place.
        gap_state = line.add(gap, -1, lasts + ([gap_state] if skippable else []))
        ends = lasts
    return line, [gap_state, *ends]


def _lane(line: _Line, word: int, way: list[int], gap_state: int, ends: list[int]) -> int:
    """Add one pronunciation; return its last state."""
    sources = [gap_state, *(end for end in ends if line.columns[end] != way[0])]
    here = line.add(way[0], word, sources)
    for before, symbol in pairwise(way):
        blank = line.add(BLANK, word, [here])
        here = line.add(symbol, word, [blank, here] if symbol != before else [blank])
    return here


def _source_table(
    line: _Line, skippable: bool
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return (K, S) states to come from and the (K, S) penalty of it."""
    n_states = len(line.columns)
    table = np.full((max(map(len, line.sources)), n_states), n_states)
    penalties = np.zeros(table.shape, np.float32)
    for state, sources in enumerate(line.sources):
        table[: len(sources), state] = sources
        if skippable and line.words[state] < 0 and state:
            penalties[len(sources) - 1, state] = SKIP_PENALTY
    return table, penalties


@dataclass(slots=True)
class _Trace:
    """Which way led into each state of the band: (hi − lo,) int8 for every frame."""

    starts: list[int] = field(default_factory=list)
    choices: list[NDArray[np.int8]] = field(default_factory=list)


def _viterbi(
    emissions: NDArray[np.float32], line: _Line, ends: list[int], skippable: bool
) -> NDArray[np.int64]:
    """Return the (T,) states of the best path from the first gap to one of `ends`."""
    table, penalties = _source_table(line, skippable)
    columns, n_states = np.array(line.columns), len(line.columns)
    reach = int((np.arange(n_states) - np.where(table < n_states, table, n_states)).max())
    scores = np.full(n_states + 1, -np.inf)  # one more, for ways that do not exist
    scores[0] = 0.0
    low, high, trace = 0, min(1 + reach, n_states), _Trace()
    for row in emissions:
        ways = scores[table[:, low:high]] - penalties[:, low:high]
        choice = ways.argmax(axis=0)
        band = ways[choice, np.arange(high - low)] + row[columns[low:high]]
        scores[low:high] = band
        trace.starts.append(low)
        trace.choices.append(choice.astype(np.int8))
        alive = np.flatnonzero(band >= band.max() - _threshold(n_states))
        if not len(alive) or not np.isfinite(band.max()):
            break
        scores[low : low + alive[0]] = -np.inf
        scores[low + alive[-1] + 1 : high] = -np.inf
        high = min(low + int(alive[-1]) + 1 + reach, n_states)
        low += int(alive[0])
    if not max(scores[end] for end in ends) > -np.inf:
        raise AlignmentError(
            "The text does not fit: {count} frames of sound are too short for it.",
            count=len(emissions),
        )
    return _trace_back(trace, table, max(ends, key=lambda end: float(scores[end])))


def _threshold(n_states: int) -> float:
    return BAND_THRESHOLD if n_states > EXACT_STATES else np.inf


def _trace_back(trace: _Trace, table: NDArray[np.int64], state: int) -> NDArray[np.int64]:
    path = np.empty(len(trace.choices), np.int64)
    for frame in range(len(path) - 1, -1, -1):
        path[frame] = state
        state = int(table[trace.choices[frame][state - trace.starts[frame]], state])
    return path


def _spans(words: NDArray[np.int64], behind: NDArray[np.float32], n_words: int) -> list[Span]:
    """Gather the frames of each word; (T,) words of the path, −1 in gaps."""
    said = np.flatnonzero(words >= 0)
    firsts = np.searchsorted(words[said], np.arange(n_words))
    ends = np.searchsorted(words[said], np.arange(n_words), side="right")
    spans: list[Span] = []
    for first, end in zip(firsts.tolist(), ends.tolist(), strict=True):
        if first < end:
            start, stop = int(said[first]), int(said[end - 1]) + 1
            spans.append(Span(start, stop, float(behind[start:stop].mean())))
        else:
            place = spans[-1].end if spans else 0
            spans.append(Span(place, place, -np.inf))
    return spans
