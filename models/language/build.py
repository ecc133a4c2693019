"""From texts to the language files of a pack: what `earshot train-language` does.

Each text becomes a model of its own; they are mixed as the development texts (without
any: what was held out) would have it, and the sum is pruned to the size asked for.

    language.lm        the n-gram, as asr.language.ngram maps it
    language.lexicon   every word's pronunciations and the trie over them
    language.json      sizes, weights, perplexity and out-of-vocabulary rates
"""

from __future__ import annotations

import argparse
import json
import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from asr.alphabets import PHONES
from asr.atomic import write_atomically
from asr.errors import LanguageError
from asr.language.arpa import Ngrams, write_arpa
from asr.language.lexicon import Lexicon
from asr.language.ngram import LanguageModel
from asr.language.pronunciation import Phones, Pronouncer, pronunciations, read_dictionary
from asr.language.user import Language
from asr.pack import DESCRIPTION, EMBEDDED, Pack, PackFile
from models.language.estimation import (
    SPECIAL,
    START_ID,
    UNKNOWN_ID,
    Estimated,
    estimate,
    perplexity,
    to_ngrams,
    with_ends,
)
from models.language.interpolation import mix, mixing_weights, prune_to
from models.language.text import (
    SENTENCE,
    Numbering,
    TextCorpus,
    Tokens,
    is_noise,
    read_sentences,
)
from models.loop import commands

log = logging.getLogger(__name__)

REPORT: Final = "language.json"
HELD_OUT: Final = 500  # one sentence in so many is for measuring,
HELD_OUT_OF_SMALL: Final = 20  # and one in so many of a text of less than
SMALL: Final = 10_000  # sentences
TINY: Final = 1_000  # sentences: a text so short is learned whole
LEAST_OF_SMALL, LEAST_OF_LARGE = 1, 3  # times that a word must be found
BYTES_A_NGRAM: Final = 4.6  # a first guess at what the file will take


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageConfig:
    """What to learn from, and how large the result may be."""

    texts: tuple[Path, ...]  # those whose names differ in numbers only count as one text
    output: Path  # a folder
    develop: tuple[Path, ...] = ()  # texts or manifests to choose and measure with
    dictionary: Path | None = None  # in CMUdict's format; without it there is no lexicon
    pronouncer: Path | None = None  # for words that the dictionary lacks
    pack: Path | None = None  # says the words where there is no dictionary
    order: int = 3
    words: int = 160_000
    # Times a word must be found in the largest text, or as often elsewhere; None: once in
    # small texts, which are somebody's own, and three times in large ones, which have errors.
    least: int | None = None
    # By length: n-grams found so often or less are dropped; none: what a text of more than
    # `large` words has once, which is chance and misprints.
    cutoffs: tuple[int, ...] = ()
    large: int = 4_000_000
    megabytes: float = 38.0  # of 10^6 bytes: what language.lm may take
    arpa: Path | None = None  # where to write the same model as ARPA, before its coding


def train_language(config: LanguageConfig) -> dict[str, Any]:
    """Build the language files in `config.output`; return what language.json says.

    Raises:
        LanguageError: A text or the dictionary cannot be read, or holds nothing.
    """
    if not config.texts:
        raise LanguageError("There is no text to learn a language from.")
    config.output.mkdir(parents=True, exist_ok=True)
    (config.output / REPORT).unlink(missing_ok=True)  # what is there soon is another language
    dictionary = read_dictionary(config.dictionary) if config.dictionary else {}
    numbering = Numbering()
    corpora = read_corpora(config.texts, numbering)
    words = vocabulary(corpora, numbering.words, dictionary, config)
    log.info("%d words", len(words))
    ids = word_ids(numbering.words, words)
    training, held_out = zip(*(_parted(with_ends(c.tokens, ids)) for c in corpora), strict=True)
    measured = dict(zip([f"held out of {c.name}" for c in corpora], held_out, strict=True))
    measured |= {path.stem: _tokens(path, words) for path in config.develop}
    chosen = [measured[path.stem] for path in config.develop] or list(held_out)
    mixed, weights = _mixture(training, np.concatenate(chosen), words, config)
    model, ngrams = _fitted(words, mixed, config)
    if config.arpa:
        write_arpa(ngrams, config.arpa)
    report = {
        "order": config.order,
        "words": len(words),
        "ngrams": [len(order) for order in ngrams.orders],
        "bytes": (config.output / PackFile.N_GRAM).stat().st_size,
        "texts": _described(corpora, training, weights),
        "measured": {
            name: measure_language(model, part) for name, part in measured.items() if len(part)
        },
    }
    if dictionary or config.pack:
        report |= _write_lexicon(model, dictionary, config)
    text = json.dumps(report, indent=2, ensure_ascii=False)
    with write_atomically(config.output / REPORT) as draft:
        draft.write_text(text + "\n", encoding="utf-8")
    return report


def read_corpora(texts: Sequence[Path], numbering: Numbering) -> list[TextCorpus]:
    """Read the texts; «books-0.txt» and «books-1.txt» are one. Raises LanguageError."""
    groups: dict[str, list[Path]] = {}
    for path in texts:
        name = re.sub(r"[-_. ]?\d+$", "", path.name.partition(".")[0])
        groups.setdefault(name or path.name, []).append(path)
    corpora = []
    for name, paths in groups.items():
        sentences = (sentence for path in paths for sentence in read_sentences(path))
        corpora.append(numbering.corpus(name, sentences))
        log.info("%s: %d words", name, len(corpora[-1].tokens))
        if not len(corpora[-1].tokens):
            raise LanguageError(f"The text {name} holds no words.")
    return corpora


def vocabulary(
    corpora: Sequence[TextCorpus],
    words: Sequence[str],
    dictionary: Mapping[str, object],
    config: LanguageConfig,
) -> list[str]:
    """Choose the commonest words by their summed shares of the texts, SPECIAL ones first.

    A dictionary's words count as if the largest text held them just often enough: texts
    in the public domain are old, and lack much that is said today.
    """
    largest = max(len(corpus.tokens) for corpus in corpora)
    least = config.least if config.least is not None else _least(corpora)
    shares = np.zeros(len(words))
    for corpus in corpora:
        shares += (
            np.bincount(corpus.tokens, minlength=len(words)) * largest / len(corpus.tokens)
        )
    found = {
        word: float(share)
        for word, share in zip(words[1:], shares[1:], strict=True)
        if word in dictionary or not is_noise(word)
    }
    for word in dictionary:
        found[word] = found.get(word, 0.0) + least
    listed = [word for word, share in found.items() if share >= least]
    ranked = sorted(listed, key=lambda word: (-found[word], word))
    return [*SPECIAL, *sorted(ranked[: config.words - len(SPECIAL)])]


def measure_language(model: LanguageModel, tokens: Tokens) -> dict[str, float]:
    """Return perplexity, OOV rate and length of a text, as the packed model scores it."""
    begins = np.flatnonzero(tokens == START_ID)
    lengths = np.diff(np.append(begins, len(tokens)))
    states = np.full(len(begins), model.start)
    scores = np.zeros(len(tokens), np.float32)
    for place in range(1, int(lengths.max(initial=1))):
        alive = np.flatnonzero(lengths > place)  # all sentences at once, word by word
        here = begins[alive] + place
        scores[here], states[alive] = model.score(states[alive], tokens[here].astype(np.int64))
    is_word = (tokens > START_ID + 1) | (tokens == UNKNOWN_ID)
    return {
        "perplexity": round(perplexity(scores, tokens), 1),
        "oov_percent": round(100 * float((tokens[is_word] == UNKNOWN_ID).mean()), 2),
        "words": int(is_word.sum()),
    }


def _least(corpora: Sequence[TextCorpus]) -> int:
    sentences = sum(int((corpus.tokens == SENTENCE).sum()) for corpus in corpora)
    return LEAST_OF_SMALL if sentences < SMALL else LEAST_OF_LARGE


def _described(
    corpora: Sequence[TextCorpus], training: Sequence[Tokens], weights: Sequence[float]
) -> dict[str, dict[str, float]]:
    return {
        corpus.name: {"words": int((part > START_ID).sum()), "weight": weight}
        for corpus, part, weight in zip(corpora, training, weights, strict=True)
    }


def word_ids(numbered: Sequence[str], words: Sequence[str]) -> NDArray[np.int32]:
    """Return the (n,) ids of n numbered words in a vocabulary; UNKNOWN_ID outside it."""
    known = {word: i for i, word in enumerate(words)}
    return np.array([known.get(word, UNKNOWN_ID) for word in numbered], np.int32)


def _tokens(path: Path, words: Sequence[str]) -> Tokens:
    numbering = Numbering()
    corpus = numbering.corpus(path.stem, read_sentences(path))
    return with_ends(corpus.tokens, word_ids(numbering.words, words))


def _parted(tokens: Tokens) -> tuple[Tokens, Tokens]:
    """Part a text's sentences into those to learn from and those to measure with."""
    sentence = np.cumsum(tokens == START_ID)
    every = HELD_OUT_OF_SMALL if sentence[-1] < SMALL else HELD_OUT
    is_held_out = (sentence % every == 0) & (sentence[-1] >= TINY)
    return tokens[~is_held_out], tokens[is_held_out]


def _mixture(
    training: Sequence[Tokens], chosen: Tokens, words: Sequence[str], config: LanguageConfig
) -> tuple[list[Estimated], list[float]]:
    """Estimate a model per text, and mix them as `chosen` (if any) is best predicted."""
    models = []
    for tokens in training:
        cutoffs = config.cutoffs
        if not cutoffs and len(tokens) > config.large:
            cutoffs = (0, *[1] * (config.order - 1))
        models.append(estimate(tokens, len(words), config.order, cutoffs))
        log.info("estimated %s n-grams", [len(part.words) for part in models[-1]])
    if len(models) == 1:
        return models[0], [1.0]
    if not len(chosen):
        sizes = np.array([len(tokens) for tokens in training])
        weights = [float(share) for share in sizes / sizes.sum()]
        return mix(models, weights), weights
    wide = chosen.astype(np.int64)
    scores = [to_ngrams(words, model).log_probs(wide) for model in models]
    weights = mixing_weights(scores, chosen)
    log.info("weights %s", weights)
    return mix(models, weights), weights


def _fitted(
    words: Sequence[str], model: list[Estimated], config: LanguageConfig
) -> tuple[LanguageModel, Ngrams]:
    """Prune until the file is no larger than it may be; leave it in the output folder."""
    path = config.output / PackFile.N_GRAM
    allowed = config.megabytes * 1e6
    room = allowed - sum(len(word) + 9 for word in words)
    wanted = int(max(room, 0) / BYTES_A_NGRAM)
    while True:
        pruned = prune_to(model, wanted)
        ngrams = to_ngrams(words, pruned)
        LanguageModel.from_ngrams(ngrams).write(path)
        size = path.stat().st_size
        log.info("%s n-grams in %.1f MB", [len(order) for order in ngrams.orders], size / 1e6)
        if not wanted and size > allowed:
            raise LanguageError(f"The words alone take more than {config.megabytes} MB.")
        if size <= allowed:
            return LanguageModel.open(path), ngrams
        wanted = int(wanted * min(0.99, allowed / size))


def _write_lexicon(
    model: LanguageModel, dictionary: Mapping[str, Sequence[Phones]], config: LanguageConfig
) -> dict[str, Any]:
    """Pronounce the vocabulary and store it; return what there is to report."""
    words = model.words[len(SPECIAL) :]
    known: Mapping[str, Sequence[Phones]] = dictionary
    path = config.pronouncer
    if config.pack and not dictionary:
        pack = Pack.open(config.pack)
        lexicon = Lexicon.open(pack.path(PackFile.LEXICON))
        known = Language(lexicon, LanguageModel.open(pack.path(PackFile.N_GRAM)))
        path = pack.path(PackFile.PRONOUNCER)
    if path is None:
        said = {word: list(known[word]) for word in words if word in known}
    else:
        said = pronunciations(words, known, Pronouncer.open(path))
    symbols = {phone: i for i, phone in enumerate(PHONES)}
    entries = [
        (i, [symbols[phone] for phone in way])
        for i, word in enumerate(words, len(SPECIAL))
        for way in said.get(word, ())
    ]
    lexicon = Lexicon.build(entries, model.words, model.unigrams, PHONES)
    lexicon.write(config.output / PackFile.LEXICON)
    return {
        "pronunciations": len(lexicon),
        "words_in_dictionary": sum(word in known for word in words),
        "words_pronounced_by_rule_or_model": sum(word not in known for word in said),
        "lexicon_bytes": (config.output / PackFile.LEXICON).stat().st_size,
    }


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("texts", type=Path, nargs="+", help="text (.txt, .xz, .gz) or manifest")
    parser.add_argument("--output", type=Path, required=True, help="folder for the files")
    parser.add_argument(
        "--develop", type=Path, nargs="*", default=[], help="texts to choose by"
    )
    parser.add_argument("--cmudict", type=Path, help="pronouncing dictionary")
    parser.add_argument("--pronouncer", type=Path, help="language.pronounce.onnx")
    parser.add_argument("--pack", type=Path, help="says the words instead of these two")
    parser.add_argument("--arpa", type=Path, help="write the same model as ARPA, too")
    parser.add_argument("--least", type=int, help="times a word must be found to be learned")
    for name in ("order", "words", "megabytes"):
        default = LanguageConfig.__dataclass_fields__[name].default
        parser.add_argument(f"--{name}", type=type(default), default=default)
    parser.add_argument("--cutoffs", type=int, nargs="*", default=[], help="by n-gram length")


def run(options: argparse.Namespace) -> dict[str, Any]:
    """Train as the command's arguments say; return the report. Raises LanguageError."""
    pack: Path | None = options.pack
    if not (pack or options.cmudict or options.pronouncer):
        pack = EMBEDDED if (EMBEDDED / DESCRIPTION).exists() else None
    return train_language(
        LanguageConfig(
            texts=tuple(options.texts),
            output=options.output,
            develop=tuple(options.develop),
            dictionary=options.cmudict,
            pronouncer=options.pronouncer,
            pack=pack,
            order=options.order,
            words=options.words,
            least=options.least,
            cutoffs=tuple(options.cutoffs),
            megabytes=options.megabytes,
            arpa=options.arpa,
        )
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Build a language model and a lexicon from texts."""
    parser = argparse.ArgumentParser(
        "python -m models.language.build", description=main.__doc__
    )
    add_arguments(parser)
    log.info("%s", json.dumps(run(parser.parse_args(arguments)), indent=2))


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    commands.run(main)
