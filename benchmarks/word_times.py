"""Word times against a reference: synthetic speech in which each word's edges are known.

    python -m benchmarks.word_times LIST.tsv [--limit N] [--fit]

espeak-ng says each word of a text by itself; the words are laid end to end with pauses of 0
to 200 ms, some of them none, so that every edge is known to the sample. The text is aligned
by the pack, and starts and ends are compared. `--fit` also looks for the constants of
`asr.decoding.align.Edges` that make the median error smallest, on every other sentence.
Prints a table and, last, one JSON line.
"""

from __future__ import annotations

import argparse
import io
import itertools
import json
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from asr.alignment import Pronunciations
from asr.audio import SAMPLE_RATE, Samples
from asr.decoding.align import Edges, Span, align, timed_words
from asr.engine import Engine, EngineOptions
from asr.manifest import read_manifest
from asr.text import normalise

SILENT = 0.01  # of the peak: below it a synthetic word has not begun, or is over
VOICES = ("en-us", "en-gb", "en-us+f3", "en-gb+m3")


@dataclass(frozen=True, slots=True)
class Sentence:
    """Words with their true edges, (n, 2) seconds, and where the alignment has them."""

    words: list[str]
    edges: NDArray[np.float64]
    spans: list[Span]


@cache
def say(word: str, voice: str) -> Samples:
    """One word, without the silence around it."""
    command = ["espeak-ng", "-v", voice, "-s", "150", "--stdout", word]
    wav = subprocess.run(command, capture_output=True, check=True).stdout
    sound, rate = soundfile.read(io.BytesIO(wav), dtype="float32")
    sound = soxr.resample(sound, rate, SAMPLE_RATE)
    loud = np.flatnonzero(np.abs(sound) > SILENT * np.abs(sound).max())
    return np.asarray(sound[loud[0] : loud[-1] + 1], np.float32)


def speak(words: list[str], chance: np.random.Generator) -> tuple[Samples, NDArray[np.float64]]:
    """A sentence of separate words, and their edges in seconds."""
    voice = VOICES[int(chance.integers(len(VOICES)))]
    parts = [np.zeros(SAMPLE_RATE // 3, np.float32)]
    edges = []
    for word in words:
        pause = max(0.0, chance.uniform(-0.1, 0.2))
        parts.append(np.zeros(int(pause * SAMPLE_RATE), np.float32))
        start = sum(map(len, parts))
        parts.append(0.5 * say(word, voice))
        edges.append((start, sum(map(len, parts))))
    parts.append(np.zeros(SAMPLE_RATE // 3, np.float32))
    sound = np.concatenate(parts)
    sound += 1e-3 * chance.standard_normal(len(sound)).astype(np.float32)
    return sound, np.array(edges) / SAMPLE_RATE


def errors(sentences: list[Sentence], edges: Edges) -> NDArray[np.float64]:
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
    parser.add_argument("--limit", type=int, default=60)
    parser.add_argument("--fit", action="store_true")
    options = parser.parse_args()
    engine = Engine(EngineOptions(provider="cpu"))
    pronounced = Pronunciations(engine)
    chance = np.random.default_rng(0)
    sentences = []
    for utterance in read_manifest(options.manifest)[: options.limit]:
        words = normalise(utterance.text).split()
        sound, edges = speak(words, chance)
        spans = align(engine.graph(sound).phones, pronounced.of(words))
        sentences.append(Sentence(words, edges, spans))
    if options.fit:
        fit(sentences[::2])
    wrong = errors(sentences[1::2], Edges())
    figures = {
        "words": len(wrong),
        "median_ms": 1000 * float(np.median(np.abs(wrong))),
        "p95_ms": 1000 * float(np.percentile(np.abs(wrong), 95)),
        "start_bias_ms": 1000 * float(np.median(wrong[:, 0])),
        "end_bias_ms": 1000 * float(np.median(wrong[:, 1])),
    }
    for name, figure in figures.items():
        print(f"{name:16}{figure:8.1f}")
    print(json.dumps(figures))


def fit(sentences: list[Sentence]) -> None:
    """Try constants on a grid; print the best."""
    grid = itertools.product(
        np.arange(-2.0, 2.01, 0.5), np.arange(0.5, 6.1, 0.5), np.arange(0.5, 6.1, 0.5)
    )
    rated = [
        (
            float(np.abs(errors(sentences, Edges(lag=lag, head=head, tail=tail))).mean()),
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
