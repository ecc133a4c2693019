"""Word times against two references: edges marked by hand, and synthetic speech.

    python -m benchmarks.word_times LIST.tsv [--limit N] [--fit] [--edges FILE.tsv]

By hand: `word_edges.tsv` has the edges that are plainly visible in clips of LIST, marked on
pictures of the sound to 10 ms. The text is aligned by the pack, and the pack's recogniser
hears the clip; of its words, those that were said are compared.

Synthetic: espeak-ng says each word of a text by itself; the words are laid end to end with
pauses of 0 to 200 ms, some of them none, so that every edge is known to the sample. `--fit`
also looks for the constants of `asr.decoding.forced_alignment.Edges` that make the mean
error smallest there, on every other sentence. Prints a table and, last, one JSON line.
"""

from __future__ import annotations

import argparse
import csv
import io
import itertools
import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from asr.alignment import ways_to_say
from asr.audio import SAMPLE_RATE, Samples
from asr.audio.files import read_audio
from asr.decoding.forced_alignment import Edges, Span, forced_align, timed_words
from asr.engine import Engine, EngineOptions
from asr.evaluation.manifest import Utterance, read_manifest
from asr.text import normalise
from asr.transcript import Word

BY_HAND = Path(__file__).with_name("word_edges.tsv")
SILENT = 0.01  # of the peak: below it a synthetic word has not begun, or is over
VOICES = ("en-us", "en-gb", "en-us+f3", "en-gb+m3")


@dataclass(frozen=True, slots=True)
class Sentence:
    """Words with their true edges, (n, 2) seconds, and where the alignment has them."""

    words: list[str]
    edges: NDArray[np.float64]
    spans: list[Span]


@dataclass(frozen=True, slots=True)
class Marked:
    """A clip with some edges marked by hand: word's place → seconds, NaN where none is."""

    utterance: Utterance
    words: list[str]
    edges: dict[int, tuple[float, ...]]


@cache
def speak_word(word: str, voice: str) -> Samples:
    """One word, without the silence around it."""
    command = ["espeak-ng", "-v", voice, "-s", "150", "--stdout", word]
    wav = subprocess.run(command, capture_output=True, check=True).stdout
    sound, rate = soundfile.read(io.BytesIO(wav), dtype="float32")
    sound = soxr.resample(sound, rate, SAMPLE_RATE)
    loud = np.flatnonzero(np.abs(sound) > SILENT * np.abs(sound).max())
    return np.asarray(sound[loud[0] : loud[-1] + 1], np.float32)


def speak_sentence(
    words: list[str], chance: np.random.Generator
) -> tuple[Samples, NDArray[np.float64]]:
    """A sentence of separate words, and their edges in seconds."""
    voice = VOICES[int(chance.integers(len(VOICES)))]
    parts = [np.zeros(SAMPLE_RATE // 3, np.float32)]
    edges = []
    for word in words:
        pause = max(0.0, chance.uniform(-0.1, 0.2))
        parts.append(np.zeros(int(pause * SAMPLE_RATE), np.float32))
        start = sum(map(len, parts))
        parts.append(0.5 * speak_word(word, voice))
        edges.append((start, sum(map(len, parts))))
    parts.append(np.zeros(SAMPLE_RATE // 3, np.float32))
    sound = np.concatenate(parts)
    sound += 1e-3 * chance.standard_normal(len(sound)).astype(np.float32)
    return sound, np.array(edges) / SAMPLE_RATE


def edge_errors(sentences: list[Sentence], edges: Edges) -> NDArray[np.float64]:
    """(n, 2) signed errors of starts and ends, in seconds."""
    found = []
    for one in sentences:
        words = timed_words(one.words, one.spans, 0.04, edges)
        found.append(np.array([(word.start, word.end) for word in words]) - one.edges)
    return np.concatenate(found)


def main() -> None:
    """Align and compare."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("manifest", type=Path)
    parser.add_argument("--limit", type=int, default=60, help="synthetic sentences")
    parser.add_argument("--fit", action="store_true")
    parser.add_argument("--edges", type=Path, default=BY_HAND)
    options = parser.parse_args()
    engine = Engine(EngineOptions(provider="cpu"))
    by_hand = read_marked(options.edges, read_manifest(options.manifest))
    aligned = [difference(one, dict(enumerate(aligned_words(one, engine)))) for one in by_hand]
    heard = [difference(one, heard_words(one, engine)) for one in by_hand]
    sentences = synthetic(options.manifest, options.limit, engine)
    if options.fit:
        fit_edges(sentences[::2])
    found = {
        "by hand, aligned": edge_figures(np.concatenate(aligned)),
        "by hand, heard": edge_figures(np.concatenate(heard)),
        "synthetic, aligned": edge_figures(edge_errors(sentences[1::2], Edges())),
    }
    for name, row in found.items():
        parts = [f"{key} {value:.0f}" for key, value in row.items()]
        print(f"{name:20}{', '.join(parts)}")
    print(json.dumps(found))


def edge_figures(wrong: NDArray[np.float64]) -> dict[str, float]:
    """Summarise (n, 2) errors of starts and ends in seconds, NaN where none is known."""
    starts, ends = (column[~np.isnan(column)] for column in wrong.T)
    both = 1000 * np.abs(np.concatenate((starts, ends)))
    return {
        "words": len(wrong),
        "edges": len(both),
        "median_ms": float(np.median(both)),
        "p95_ms": float(np.percentile(both, 95)),
        "worst_ms": float(both.max()),
        "start_bias_ms": 1000 * float(np.median(starts)),
        "end_bias_ms": 1000 * float(np.median(ends)),
    }


def read_marked(path: Path, utterances: list[Utterance]) -> list[Marked]:
    """Read edges that were marked by hand, and find their clips."""
    with path.open(encoding="utf-8", newline="") as file:
        lines = (line for line in file if not line.startswith("#"))
        rows = list(csv.DictReader(lines, delimiter="\t"))
    found = []
    for name, group in itertools.groupby(rows, key=lambda row: row["path"]):
        (utterance,) = (one for one in utterances if one.path.match(name))
        words = normalise(utterance.text).split()
        edges = {}
        for row in group:
            number = int(row["number"]) - 1
            if words[number] != row["word"]:
                raise SystemExit(f"{name} has no «{row['word']}» at {row['number']}.")
            edges[number] = tuple(float(row[side] or "nan") for side in ("start", "end"))
        found.append(Marked(utterance, words, edges))
    return found


def aligned_words(one: Marked, engine: Engine) -> Sequence[Word]:
    """The clip's words where the forced alignment has them."""
    log_probs = engine.graph(read_audio(one.utterance.path)).phones
    spans = forced_align(log_probs, ways_to_say(one.words, engine.language))
    return timed_words(one.words, spans, engine.pack.frame_seconds)


def heard_words(one: Marked, engine: Engine) -> dict[int, Word]:
    """Those of the clip's words that the recogniser heard, by their place in the text."""
    decoding = engine.decoder.start()
    decoding.feed(engine.graph(read_audio(one.utterance.path)))
    heard = decoding.finish()
    matcher = SequenceMatcher(None, one.words, [word.text for word in heard], autojunk=False)
    return {
        block.a + i: heard[block.b + i]
        for block in matcher.get_matching_blocks()
        for i in range(block.size)
    }


def difference(one: Marked, words: Mapping[int, Word]) -> NDArray[np.float64]:
    """(n, 2) signed errors in seconds of those words of which an edge is marked."""
    both = [(words[number], edge) for number, edge in one.edges.items() if number in words]
    rows = [(word.start - start, word.end - end) for word, (start, end) in both]
    return np.array(rows, np.float64).reshape(-1, 2)


def synthetic(manifest: Path, limit: int, engine: Engine) -> list[Sentence]:
    """Let espeak-ng speak the texts of a list, and align them."""
    chance = np.random.default_rng(0)
    sentences = []
    for utterance in read_manifest(manifest)[:limit]:
        words = normalise(utterance.text).split()
        sound, edges = speak_sentence(words, chance)
        spans = forced_align(engine.graph(sound).phones, ways_to_say(words, engine.language))
        sentences.append(Sentence(words, edges, spans))
    return sentences


def fit_edges(sentences: list[Sentence]) -> None:
    """Try constants on a grid; print the best."""
    grid = itertools.product(
        np.arange(-2.0, 2.01, 0.5), np.arange(0.5, 6.1, 0.5), np.arange(0.5, 6.1, 0.5)
    )
    rated = [
        (
            float(np.abs(edge_errors(sentences, Edges(lag=lag, head=head, tail=tail))).mean()),
            lag,
            head,
            tail,
        )
        for lag, head, tail in grid
    ]
    best, lag, head, tail = min(rated)
    print(f"best: lag {lag}, head {head}, tail {tail} frames: mean error {1000 * best:.0f} ms")


if __name__ == "__main__":
    main()
