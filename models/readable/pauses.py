r"""How long speakers pause after each mark: read speech laid over the books it was read from.

    python -m models.readable.pauses HEARD.jsonl TEXTS

As LibriSpeech-PC did (Meister et al. 2023, arXiv:2310.02943), what was read is looked for in
the books by its runs of words. HEARD is what `models.readable.heard` wrote. What is printed
are the rows of `chunks.pauses`.
"""

from __future__ import annotations

import argparse
import logging
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from itertools import pairwise
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from asr.readable.pauses import BUCKETS, pause_bucket
from asr.readable.tags import Case, Mark
from asr.readable.writer import UTTERANCE_END
from models.data.books import RUN
from models.loop import commands
from models.readable.batches import read_words
from models.readable.heard import read_heard
from models.readable.texts import TextPart

log = logging.getLogger(__name__)

AROUND: Final = 10  # words of the book on either side of what was found
SMOOTHING: Final = 2.0  # added to each count, shared as over all marks
_BASE: Final = np.uint64(1_000_003)


class Placed(NamedTuple):
    """A recognised word that is the book's, with its tags and the pause after it."""

    number: int  # among the recognised words
    word: str
    pause: float
    case: Case
    mark: Mark


def runs_of(words: NDArray[np.integer]) -> NDArray[np.uint64]:
    """Return a number for each RUN words in a row of (N,) words."""
    numbers = words.astype(np.uint64)
    found = np.zeros(max(len(words) - RUN + 1, 0), np.uint64)
    for offset in range(RUN):
        found = found * _BASE + numbers[offset : offset + len(found)]
    return found


def find_utterances(
    texts: TextPart, numbers: Mapping[str, int], utterances: Sequence[Sequence[str]]
) -> list[tuple[int, int] | None]:
    """Return where in the texts each utterance was read from: first word and last."""
    rows = [np.array([numbers.get(word, -1) for word in one], np.int64) for one in utterances]
    wanted: dict[int, tuple[int, int]] = {}  # run → which utterance, which word of it
    for number, row in enumerate(rows):
        for offset, run in enumerate(runs_of(row).tolist()):
            wanted.setdefault(run, (number, offset))
    found: list[tuple[int, int] | None] = [None] * len(utterances)
    book = runs_of(np.asarray(texts.words))
    for place in np.flatnonzero(np.isin(book, np.array(list(wanted), np.uint64))).tolist():
        number, offset = wanted[int(book[place])]
        first = max(0, place - offset - AROUND)
        found[number] = (first, place - offset + len(utterances[number]) + AROUND)
    return found


def placed_words(
    heard: Sequence[tuple[str, float, float]],
    words: Sequence[str],
    cases: NDArray[np.uint8],
    marks: NDArray[np.uint8],
) -> Iterator[Placed]:
    """Yield the recognised words that are among the book's n, with (n,) cases and marks."""
    after = [max(0.0, b[1] - a[2]) for a, b in pairwise(heard)] + [UTTERANCE_END]
    matcher = SequenceMatcher(None, [word for word, _, _ in heard], words, autojunk=False)
    for ours, theirs, length in matcher.get_matching_blocks():
        for n in range(length):
            yield Placed(
                ours + n,
                heard[ours + n][0],
                after[ours + n],
                Case(cases[theirs + n]),
                Mark(marks[theirs + n]),
            )


def measured(path: Path, folder: Path) -> NDArray[np.float64]:
    """Return (8, BUCKETS - 1) how likely each pause is after each mark."""
    heard = [one.words for one in read_heard(path)]
    names = read_words(folder)
    numbers = {word: number for number, word in enumerate(names)}
    texts = TextPart.open(folder, "train")
    places = find_utterances(texts, numbers, [[word.text for word in one] for one in heard])
    counts = np.zeros((len(Mark), BUCKETS - 1))
    for one, where in zip(heard, places, strict=True):
        if where:
            book = slice(*where)
            words = [names[number] for number in texts.words[book].tolist()]
            for placed in placed_words(one, words, texts.cases[book], texts.marks[book]):
                counts[placed.mark, pause_bucket(placed.pause) - 1] += 1
    log.info("%d of %d utterances; words:\n%s", sum(map(bool, places)), len(places), counts)
    overall = counts[1:].sum(0) / counts[1:].sum()
    counts += SMOOTHING * overall
    rows: NDArray[np.float64] = counts / counts.sum(1, keepdims=True)
    return rows


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure pauses after marks."""
    parser = argparse.ArgumentParser(
        "python -m models.readable.pauses", description=main.__doc__
    )
    parser.add_argument("heard", type=Path)
    parser.add_argument("texts", type=Path, help="what models.readable.texts wrote")
    options = parser.parse_args(arguments)
    for row in measured(options.heard, options.texts):
        log.info("    [%s],", ", ".join(f"{part:.3f}" for part in row))


if __name__ == "__main__":
    commands.run(main)
