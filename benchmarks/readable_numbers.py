"""Numbers in the prose of read speech: how often they are changed, beside text2num.

python -m benchmarks.readable_numbers DATA [--sample N]
"""

from __future__ import annotations

import argparse
import lzma
import random
from pathlib import Path
from typing import Final

from asr.readable.numbers import figures
from asr.readable.tagger import Tag
from asr.readable.tags import Case, Mark
from asr.text import normalise

SENTENCES: Final = 10_000
TEXT: Final = "text/librispeech-train-clean-100.txt.xz"


def sentences(data: Path) -> list[list[str]]:
    """Return the words of sentences drawn from the read texts."""
    with lzma.open(data / TEXT, "rt", encoding="utf-8") as file:
        lines = [normalise(line) for line in file]
    random.Random(1).shuffle(lines)
    return [line.split() for line in lines[:SENTENCES] if line]


def shown(words: list[str]) -> list[str]:
    """Return what is shown for words inside a sentence, without marks."""
    tags = [Tag(Case.LOWER, Mark.NONE)] * len(words)
    return figures(words, words, tags, begins=False)


def compare_numbers(data: Path) -> dict[str, int]:
    """Count the sentences that are changed, by us and by text2num."""
    from text_to_num import alpha2digit

    drawn = sentences(data)
    ours = sum(shown(words) != words for words in drawn)
    theirs = sum(alpha2digit(" ".join(words), "en") != " ".join(words) for words in drawn)
    return {"sentences": len(drawn), "changed": ours, "changed by text2num": theirs}


def main() -> None:
    """Print changes to be judged by eye, each with the words around it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--sample", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    changes = []
    for words in sentences(options.data):
        texts = shown(words)
        for place, text in enumerate(texts):
            if text and text != words[place]:
                end = place + 1
                while end < len(words) and not texts[end]:
                    end += 1
                before, after = words[max(0, place - 5) : place], words[end : end + 4]
                said = " ".join(words[place:end])
                changes.append(f"{' '.join(before)} [{said} → {text}] {' '.join(after)}")
    random.Random(options.seed).shuffle(changes)
    print("\n".join(changes[: options.sample]))
    print(f"{len(changes)} changes in all")


if __name__ == "__main__":
    main()
