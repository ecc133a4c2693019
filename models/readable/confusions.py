r"""What the recogniser takes words for, counted on read speech.

    python -m models.readable.confusions HEARD.jsonl --output models/experiments/confusions.tsv

HEARD is what `models.readable.heard` wrote of utterances to train on. A row of the table is
said, heard, count: no word said is one that was added, no word heard one that was left out,
and where both are the same it was heard right.
"""

from __future__ import annotations

import argparse
import csv
import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from pathlib import Path
from typing import Final

import numpy as np

from asr.atomic import write_atomically
from asr.errors import LanguageError
from asr.text_file import open_text
from models.loop import commands
from models.readable.heard import HeardUtterance, read_heard

log = logging.getLogger(__name__)

COLUMNS: Final = ("said", "heard", "count")
UNALIKE: Final = 0.6  # part of words wrong in an utterance whose text is another

Confusions = Counter[tuple[str, str]]  # (said, heard) → how often


def count_confusions(utterances: Iterable[HeardUtterance]) -> Confusions:
    """Count what words were heard as; utterances that are of another text tell nothing."""
    found: Confusions = Counter()
    for one in utterances:
        pairs = list(aligned(one.text.split(), [word.text.lower() for word in one.words]))
        wrong = sum(said != heard for said, heard in pairs)
        if pairs and wrong < UNALIKE * len(pairs):
            found.update(pairs)
    return found


def aligned(said: Sequence[str], heard: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield the words of both in pairs, with the fewest errors; "" stands against none.

    Of as few errors, words that are spelled alike are taken for one another.
    """
    costs = np.zeros((len(said) + 1, len(heard) + 1))
    costs[:, 0], costs[0] = np.arange(len(said) + 1), np.arange(len(heard) + 1)
    changes = np.array([[_unlikeness(a, b) for b in heard] for a in said])
    for a in range(1, len(said) + 1):
        for b in range(1, len(heard) + 1):
            change = costs[a - 1, b - 1] + changes[a - 1, b - 1]
            costs[a, b] = min(change, costs[a - 1, b] + 1, costs[a, b - 1] + 1)
    pairs: list[tuple[str, str]] = []
    a, b = len(said), len(heard)
    while a or b:
        if a and b and costs[a, b] == costs[a - 1, b - 1] + changes[a - 1, b - 1]:
            a, b = a - 1, b - 1
            pairs.append((said[a], heard[b]))
        elif a and costs[a, b] == costs[a - 1, b] + 1:
            a -= 1
            pairs.append((said[a], ""))
        else:
            b -= 1
            pairs.append(("", heard[b]))
    yield from reversed(pairs)


def _unlikeness(said: str, heard: str) -> float:
    """What it costs to take a word for another: 1 to 1.25, less than a third error."""
    if said == heard:
        return 0.0
    return 1.25 - SequenceMatcher(None, said, heard, autojunk=False).ratio() / 4


def read_confusions(path: Path) -> Confusions:
    """Read a table. Raises LanguageError."""
    with open_text(path, "The table of confusions", LanguageError, newline="") as file:
        rows = list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    if not rows or tuple(rows[0]) != COLUMNS:
        raise LanguageError(f"{path} must begin with the columns {', '.join(COLUMNS)}.")
    try:
        return Counter({(said, heard): int(count) for said, heard, count in rows[1:]})
    except ValueError as error:
        raise LanguageError(f"{path} is no table of confusions: {error}.") from error


def main(arguments: Sequence[str] | None = None) -> None:
    """Count what words were heard as."""
    parser = argparse.ArgumentParser(
        "python -m models.readable.confusions", description=main.__doc__
    )
    parser.add_argument("heard", type=Path, metavar="HEARD.jsonl")
    parser.add_argument("--output", type=Path, required=True, metavar="TABLE.tsv")
    options = parser.parse_args(arguments)
    found = count_confusions(read_heard(options.heard))
    with write_atomically(options.output) as draft, draft.open("w", encoding="utf-8") as file:
        rows = sorted(found.items(), key=lambda row: (-row[1], row[0]))
        file.writelines(
            "\t".join(map(str, row)) + "\n"
            for row in (COLUMNS, *((*pair, count) for pair, count in rows))
        )
    wrong = sum(count for (said, heard), count in found.items() if said != heard)
    n_said = sum(count for (said, _), count in found.items() if said)
    log.info("%d of %d words wrong", wrong, n_said)


if __name__ == "__main__":
    commands.run(main)
