r"""What the recogniser hears of read speech, beside what was read.

    python -m models.readable.heard DATA/train.tsv --most 400 --output HEARD.jsonl

A line of the file is an utterance: [name, text, seconds, [[word, start, end], …]]. Pauses and
confusions are measured on it (`models.readable.pauses`, `models.readable.confusions`).
"""

from __future__ import annotations

import argparse
import json
import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from tqdm import tqdm

from asr.atomic import write_atomically
from asr.audio.files import read_audio
from asr.engine import Engine, EngineOptions
from asr.errors import LanguageError
from asr.evaluation.manifest import Utterance, read_manifest
from asr.pack import EMBEDDED
from asr.text import normalise
from models.loop import commands

log = logging.getLogger(__name__)


class HeardWord(NamedTuple):
    """A recognised word with its times in seconds."""

    text: str
    start: float
    end: float


class HeardUtterance(NamedTuple):
    """What was read, normalised, and what was heard of it."""

    name: str
    text: str
    seconds: float
    words: tuple[HeardWord, ...]


def hear(engine: Engine, utterances: Sequence[Utterance]) -> Iterator[HeardUtterance]:
    """Recognise utterances. Raises DecodeError."""
    for one in utterances:
        decoding = engine.decoder.start()
        decoding.feed(engine.graph(read_audio(one.path)))
        words = (HeardWord(word.text, word.start, word.end) for word in decoding.finish())
        yield HeardUtterance(one.path.name, normalise(one.text), one.seconds, tuple(words))


def read_heard(path: Path) -> list[HeardUtterance]:
    """Read what was heard. Raises LanguageError."""
    try:
        lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        return [
            HeardUtterance(name, text, seconds, tuple(HeardWord(*word) for word in words))
            for name, text, seconds, words in lines
        ]
    except (OSError, ValueError, TypeError) as error:
        raise LanguageError(f"{path} tells of no utterances: {error}.") from error


def main(arguments: Sequence[str] | None = None) -> None:
    """Recognise some utterances of a list."""
    parser = argparse.ArgumentParser(
        "python -m models.readable.heard", description=main.__doc__
    )
    parser.add_argument("list", type=Path)
    parser.add_argument("--most", type=int, default=400, metavar="N", help="drawn by chance")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--pack", type=Path, default=EMBEDDED)
    parser.add_argument("--output", type=Path, required=True)
    options = parser.parse_args(arguments)
    utterances = read_manifest(options.list)
    order = np.random.default_rng(options.seed).permutation(len(utterances))
    some = [utterances[number] for number in sorted(order[: options.most])]
    engine = Engine(EngineOptions(pack=options.pack, provider="cpu"))
    with write_atomically(options.output) as draft, draft.open("w", encoding="utf-8") as file:
        for one in tqdm(hear(engine, some), total=len(some), mininterval=10):
            file.write(json.dumps(one, ensure_ascii=False) + "\n")
    log.info("%d utterances in %s", len(some), options.output)


if __name__ == "__main__":
    commands.run(main)
