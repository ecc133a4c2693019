"""What a list of expected words is worth: errors on the listed words, and on all others.

    python -m benchmarks.hot_words LIST.tsv [LIST.tsv …] [--entries 100] [--limit N]

Half of the entries are the rarest words that the lists' texts hold, half are rare words
that they do not hold. Prints a table and, last, one JSON line.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from difflib import SequenceMatcher
from pathlib import Path

import numpy as np

from asr.acoustic import AcousticGraph
from asr.decoding.beam_search import BeamDecoder
from asr.decoding.hot_words import HotPhrase, HotWords
from asr.engine import open_beam
from asr.evaluation.scored import ScoredUtterance, score_manifest
from asr.language.ngram import LanguageModel
from asr.pack import EMBEDDED, Pack, PackFile


def rarest(
    model: LanguageModel, texts: list[tuple[str, ...]], count: int
) -> tuple[list[str], list[str]]:
    """Words of the texts that the model finds least likely, and as many that are not there."""
    said = {word for text in texts for word in text if len(word) > 3}
    known = [word for word in said if model.word_id(word) != model.unknown]
    known.sort(key=lambda word: float(model.unigrams[model.word_id(word)]))
    listed = known[:count]
    limit = float(model.unigrams[model.word_id(listed[-1])])
    rare = [w for w, p in zip(model.words, model.unigrams, strict=True) if p <= limit]
    chance = np.random.default_rng(0)
    others = [
        str(w) for w in chance.permutation([w for w in rare if w not in said and len(w) > 3])
    ]
    return listed, others[:count]


def count_errors(
    decoder: BeamDecoder, heard: list[ScoredUtterance], listed: set[str]
) -> dict[str, float]:
    """Errors on listed and on other words, and the time that decoding took."""
    wrong: Counter[str] = Counter()
    total: Counter[str] = Counter()
    start = time.perf_counter()
    for one in heard:
        decoding = decoder.start()
        decoding.feed(one.emissions)
        found = [word.text for word in decoding.finish()]
        total.update("listed" if word in listed else "other" for word in one.words)
        matcher = SequenceMatcher(None, one.words, found, autojunk=False)
        for kind, a, b, c, d in matcher.get_opcodes():
            if kind == "equal":
                continue
            missed = ["listed" if word in listed else "other" for word in one.words[a:b]]
            wrong.update(missed)
            wrong["other"] += max(0, (d - c) - (b - a))  # words too many
    return {
        "listed": wrong["listed"] / max(total["listed"], 1),
        "other": wrong["other"] / max(total["other"], 1),
        "seconds": time.perf_counter() - start,
    }


def main() -> None:
    """Decode with and without the list."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("manifests", type=Path, nargs="+")
    parser.add_argument("--entries", type=int, default=100)
    parser.add_argument("--limit", type=int, default=100, help="utterances of each list")
    parser.add_argument("--weights", type=float, nargs="*", default=[2.0, 4.0, 6.0])
    options = parser.parse_args()
    pack = Pack.open(EMBEDDED)
    graph = AcousticGraph(pack)
    heard = [
        one
        for manifest in options.manifests
        for one in score_manifest(graph, manifest, options.limit)
    ]
    model = LanguageModel.open(pack.path(PackFile.N_GRAM))
    listed, others = rarest(model, [one.words for one in heard], options.entries // 2)
    rows = {"no list": count_errors(open_beam(pack), heard, set(listed))}
    for weight in options.weights:
        phrases = tuple(HotPhrase((word,), weight) for word in [*listed, *others])
        name = f"weight {weight:g}"
        rows[name] = count_errors(open_beam(pack, HotWords(phrases)), heard, set(listed))
    print(f"{'':12}{'listed':>10}{'others':>10}{'seconds':>10}")
    for name, row in rows.items():
        print(f"{name:12}{row['listed']:10.1%}{row['other']:10.1%}{row['seconds']:10.1f}")
    print(json.dumps(rows))


if __name__ == "__main__":
    main()
