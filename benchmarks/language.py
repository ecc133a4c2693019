"""How well the pack knows English: its language model, its words and how they sound.

    python -m benchmarks.language --data FOLDER [--books N]

Perplexity and words outside the vocabulary on the dev texts and on what was held out of the
books (one sentence in 500, as `earshot train-language` does it; `--books` reads the first N
files only, since all of them take minutes), and the errors of the pronunciation network on
the words of CMUdict that it was not trained on. The mixture of the language model was
chosen by the dev texts, and the vocabulary counts held-out lines too: both flatter a little.
Prints a table in Markdown and, last, one JSON line.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Final

import numpy as np

from asr.decoding.language_model import LanguageModel
from asr.decoding.pronounce import Pronouncer, read_dictionary
from asr.pack import EMBEDDED, Pack
from models import pronounce
from models.language import HELD_OUT, measure
from models.language_model import with_ends
from models.language_text import Numbering, read_sentences

DEV: Final = ("dev-libri", "dev-cv", "dev-accent")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--pack", type=Path, default=EMBEDDED)
    parser.add_argument("--books", type=int, metavar="N", help="read so many files only")
    options = parser.parse_args()
    pack = Pack.open(options.pack)
    model = LanguageModel.open(pack.path("language.lm"))
    books = sorted((options.data / "text").glob("books-*.txt.xz"))[: options.books]
    texts = {name: read_sentences(options.data / f"{name}.tsv") for name in DEV}
    texts["held-out lines of the books"] = held_out(books)
    found: dict[str, dict[str, float]] = {}
    print("| | perplexity | outside the vocabulary | words |\n|---|---|---|---|")
    for name, sentences in texts.items():
        found[name] = row = surprise(model, sentences)
        cells = f"{row['perplexity']:.0f} | {row['oov_percent']:.2f} % | {row['words']:.0f}"
        print(f"| {name} | {cells} |")
    dictionary = read_dictionary(options.data / "cmudict" / "cmudict.dict")
    known, unseen = pronounce.split(dictionary)
    pronouncer = Pronouncer.open(pack.path("language.pronounce.onnx"))
    found["pronunciation"] = asdict(pronounce.measure(pronouncer, unseen, len(known), 0.0))
    print(f"\nPronunciation: {found['pronunciation']}")
    print(json.dumps(found))


def held_out(paths: Iterable[Path]) -> Iterator[str]:
    """The sentences of one large text that no language model learned."""
    number = 0
    for path in paths:
        for sentence in filter(None, read_sentences(path)):
            number += 1
            if number % HELD_OUT == 0:
                yield sentence


def surprise(model: LanguageModel, sentences: Iterable[str]) -> dict[str, float]:
    """Perplexity and out-of-vocabulary rate of normalised sentences."""
    numbering = Numbering()
    corpus = numbering.corpus("", sentences)
    ids = np.array([model.word_id(word) for word in numbering.words], np.int32)
    return measure(model, with_ends(corpus.tokens, ids))


if __name__ == "__main__":
    main()
