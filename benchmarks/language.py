"""How well the pack knows English: its language model, its words and how they sound.

    python -m benchmarks.language --data FOLDER

Perplexity and words outside the vocabulary on the dev texts, the same of what was held out
of each text as its training wrote it down, and the errors of the pronunciation network on
the words of CMUdict that it was not trained on. The mixture of the language model was
chosen by the dev texts, and the vocabulary counts held-out lines too: both flatter a little.
Prints a table in Markdown and, last, one JSON line.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Final

import numpy as np

from asr.language.ngram import LanguageModel
from asr.language.pronunciation import Pronouncer, read_dictionary
from asr.pack import EMBEDDED, Pack, PackFile
from models.language import pronunciation
from models.language.build import REPORT, measure_language
from models.language.estimation import with_ends
from models.language.text import Numbering, read_sentences

DEV: Final = ("dev-libri", "dev-cv", "dev-accent")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--pack", type=Path, default=EMBEDDED)
    options = parser.parse_args()
    pack = Pack.open(options.pack)
    model = LanguageModel.open(pack.path(PackFile.N_GRAM))
    report = json.loads((options.pack / REPORT).read_text(encoding="utf-8"))
    found: dict[str, dict[str, float]] = {
        name: surprise(model, read_sentences(options.data / f"{name}.tsv")) for name in DEV
    }
    found |= {name: row for name, row in report["measured"].items() if name not in DEV}
    print("| | perplexity | outside the vocabulary | words |\n|---|---|---|---|")
    for name, row in found.items():
        cells = f"{row['perplexity']:.0f} | {row['oov_percent']:.2f} % | {row['words']:.0f}"
        print(f"| {name} | {cells} |")
    dictionary = read_dictionary(options.data / "cmudict" / "cmudict.dict")
    known, unseen = pronunciation.split(dictionary)
    pronouncer = Pronouncer.open(pack.path(PackFile.PRONOUNCER))
    found["pronunciation"] = asdict(pronunciation.measure(pronouncer, unseen, len(known), 0.0))
    print(f"\nPronunciation: {found['pronunciation']}")
    print(json.dumps(found))


def surprise(model: LanguageModel, sentences: Iterable[str]) -> dict[str, float]:
    """Perplexity and out-of-vocabulary rate of normalised sentences."""
    numbering = Numbering()
    corpus = numbering.corpus("", sentences)
    ids = np.array([model.word_id(word) for word in numbering.words], np.int32)
    return measure_language(model, with_ends(corpus.tokens, ids))


if __name__ == "__main__":
    main()
