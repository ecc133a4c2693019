"""Earshot beside PocketSphinx 5 on the same manifest, in one run, on one core each.

    python benchmarks/peers.py MANIFEST.tsv [--limit N]

PocketSphinx (pip install pocketsphinx) brings its own American English model. Every
engine runs in a process of its own; its texts are counted by the same code. Prints a
table and, last, one JSON line.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np

from asr.audio import SAMPLE_RATE, Samples
from asr.audio.files import read_audio
from asr.evaluation.evaluate import UtteranceResult, summarise
from asr.evaluation.manifest import Utterance, read_manifest
from asr.text import normalise

Recognise = Callable[[Samples], str]


def earshot(decoder: str) -> Recognise:
    """Our embedded pack, whole utterances."""
    from asr.engine import Engine, EngineOptions

    engine = Engine(EngineOptions(provider="cpu", decoder=decoder))  # type: ignore[arg-type]

    def recognise(samples: Samples) -> str:
        decoding = engine.decoder.start()
        decoding.feed(engine.graph(samples))
        return " ".join(word.text for word in decoding.finish())

    return recognise


def pocketsphinx() -> Recognise:
    """PocketSphinx with the model of its wheel and its default settings."""
    from pocketsphinx import Decoder

    decoder = Decoder(samprate=SAMPLE_RATE, loglevel="FATAL")

    def recognise(samples: Samples) -> str:
        decoder.start_utt()
        pcm = (np.clip(samples, -1, 1) * 32767).astype(np.int16)
        decoder.process_raw(pcm.tobytes(), no_search=False, full_utt=True)
        decoder.end_utt()
        found = decoder.hyp()
        return found.hypstr if found else ""

    return recognise


ENGINES: Final[dict[str, Callable[[], Recognise]]] = {
    "earshot": lambda: earshot("beam"),
    "earshot, greedy": lambda: earshot("greedy"),
    "pocketsphinx 5": pocketsphinx,
}


def main() -> None:
    """Run every engine in a child and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("manifest", type=Path)
    parser.add_argument("--limit", type=int)
    parser.add_argument("--engine", choices=ENGINES, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.engine:
        print(json.dumps(measure_engine(options.engine, options.manifest, options.limit)))
        return
    found = {}
    print(f"{'':18}{'WER':>9}{'CER':>9}{'RTF':>9}{'MB':>8}")
    for name in ENGINES:
        command = [sys.executable, *sys.argv, "--engine", name]
        environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        child = subprocess.run(
            command, capture_output=True, text=True, env=environment, check=False
        )
        if child.returncode:
            print(f"{name:18} could not run: {child.stderr.strip().splitlines()[-1]}")
            continue
        row = found[name] = json.loads(child.stdout)
        print(
            f"{name:18}{row['wer']:9.2%}{row['cer']:9.2%}{row['rtf']:9.4f}{row['megabytes']:8.0f}"
        )
    print(json.dumps({"manifest": options.manifest.name, **found}))


def measure_engine(engine: str, manifest: Path, limit: int | None) -> dict[str, Any]:
    """Recognise the manifest with one engine in this process."""
    recognise = ENGINES[engine]()
    found = summarise(list(recognised(read_manifest(manifest)[:limit], recognise)))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "wer": found.wer,
        "cer": found.cer,
        "rtf": found.rtf,
        "utterances": found.utterances,
        "seconds": found.seconds,
        "megabytes": peak,
    }


def recognised(utterances: list[Utterance], recognise: Recognise) -> Iterator[UtteranceResult]:
    """Time the recognition alone, without decoding the file."""
    for utterance in utterances:
        samples = read_audio(utterance.path)
        start = time.perf_counter()
        text = recognise(samples)
        computed = time.perf_counter() - start
        seconds = len(samples) / SAMPLE_RATE
        reference = normalise(utterance.text)
        yield UtteranceResult(reference, normalise(text), utterance.speaker, seconds, computed)


if __name__ == "__main__":
    main()
