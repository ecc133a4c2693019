"""What the decoder costs and what it is worth, beside flashlight-text where it installs.

    python -m benchmarks.decoding MANIFEST.tsv [--tune 40] [--judge 100] [--cache FOLDER]

Runs the pack's network once over the manifest; then every decoder reads the same
log-probabilities on one core: greedy, ours as it is shipped, ours bare (without the letter
head and without words outside the lexicon, as flashlight has it), and flashlight's
LexiconDecoder with the same n-gram, lexicon and beams. The language weight and the word
bonus of the last two are chosen by the same grid on the same utterances (every fourth),
and all are judged on others. Prints a table and, last, one JSON line. Times are processor
time for decoding alone, to the final words; memory is by `benchmarks.decoder_memory`.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import pickle
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from asr.acoustic import AcousticGraph
from asr.decoding import Decoder
from asr.decoding.beam_search import BeamDecoder
from asr.decoding.greedy import GreedyDecoder
from asr.decoding.options import DecoderOptions
from asr.emissions import Emissions
from asr.engine import open_beam
from asr.evaluation.error_rate import Errors, errors
from asr.evaluation.scored import ScoredUtterance, score_manifest
from asr.language.arpa import write_arpa
from asr.language.lexicon import Lexicon
from asr.language.ngram import LanguageModel
from asr.pack import EMBEDDED, Pack, PackFile

BEAMS: Final = (32, 128)
LANGUAGE_WEIGHTS: Final = (0.5, 0.7, 0.9, 1.1)
WORD_BONUSES: Final = (-1.0, 0.0, 1.0, 2.0)
WEIGHTS: Final = ("language_weight", "word_bonus")  # the grid's two sides
TUNED_ON: Final = 4  # one utterance in so many is for the weights, the others are judged on

WordReader = Callable[[Emissions], list[str]]
Figures = dict[str, float]


def main() -> None:
    """Measure and report."""
    arguments = _arguments()
    pack = Pack.open(arguments.pack)
    with _folder(arguments.cache) as cache:
        heard = _hear(pack, arguments.manifest, cache)
        tuning = heard[::TUNED_ON][: arguments.tune]
        judging = [one for i, one in enumerate(heard) if i % TUNED_ON][: arguments.judge]
        rows = {"greedy": _measure(reader(GreedyDecoder(pack.letters)), judging)}
        for beam in BEAMS:
            shipped = open_beam(pack, changes={"beam": beam})
            rows[f"earshot {beam}, as shipped"] = _measure(reader(shipped), judging)
        for name, choices in contestants(pack, cache).items():
            for beam in BEAMS:
                rows[f"{name} {beam}"] = compare(choices, pack, beam, tuning, judging)
    for name, row in rows.items():
        weights = ", ".join(f"{key} {row[key]}" for key in WEIGHTS if key in row)
        print(f"{name:24} WER {row['wer']:6.2%}   {row['ms_per_second']:6.2f} ms/s   {weights}")
    memory = _memory(arguments.manifest, arguments.pack)
    words = sum(len(one.words) for one in judging)
    print(f"decoder's memory over the network's: {memory['decoder_mb']:.0f} MB")
    print(json.dumps({"words": words, "rows": rows, "memory": memory}))


def contestants(pack: Pack, cache: Path) -> dict[str, Callable[[DecoderOptions], WordReader]]:
    """Return what makes a reader of options: ours, and flashlight's if it is installed."""
    lexicon = Lexicon.open(pack.path(PackFile.LEXICON))
    model = LanguageModel.open(pack.path(PackFile.N_GRAM))

    def ours(options: DecoderOptions) -> WordReader:
        bare = replace(options, oov_penalty=None, noise_confidence=0.0)
        return reader(BeamDecoder(lexicon, model, pack.phones, pack.letters, bare))

    found = {"earshot bare": ours}
    if find_spec("flashlight"):
        from benchmarks.flashlight_peer import Peer, PeerSettings

        arpa = cache / f"{pack.files['language.lm'][:12]}.arpa"
        if not arpa.exists():
            write_arpa(model.ngrams(), arpa)
        with _silent():
            plain = Peer(lexicon, model, arpa, PeerSettings(doubled=False))
            doubled = Peer(lexicon, model, arpa, PeerSettings(doubled=True))
        found |= {"flashlight": plain.reader, "flashlight doubled": doubled.reader}
    return found


def compare(
    choices: Callable[[DecoderOptions], WordReader],
    pack: Pack,
    beam: int,
    tuning: Sequence[ScoredUtterance],
    judging: Sequence[ScoredUtterance],
) -> Figures:
    """Choose weights on `tuning`, and measure on `judging` with them."""
    shipped = replace(DecoderOptions.parse(pack.decoder), beam=beam)
    grid = [
        replace(shipped, language_weight=weight, word_bonus=bonus)
        for weight, bonus in itertools.product(LANGUAGE_WEIGHTS, WORD_BONUSES)
    ]
    tried = [_measure(choices(options), tuning)["wer"] for options in grid]
    best = grid[tried.index(min(tried))]
    found = _measure(choices(best), judging) | {"tuned": min(tried)}
    return found | {name: getattr(best, name) for name in WEIGHTS}


def reader(decoder: Decoder) -> WordReader:
    """Return what decodes an utterance in one piece."""

    def read(emissions: Emissions) -> list[str]:
        decoding = decoder.start()
        decoding.feed(emissions)
        return [word.text for word in decoding.finish()]

    return read


def _measure(read: WordReader, heard: Sequence[ScoredUtterance]) -> Figures:
    total, started = Errors(), time.process_time()
    texts = [read(utterance.emissions) for utterance in heard]
    spent = time.process_time() - started
    for utterance, text in zip(heard, texts, strict=True):
        total += errors(utterance.words, text)
    seconds = sum(len(utterance.emissions) for utterance in heard) * 0.04
    return {"wer": total.rate, "ms_per_second": 1000 * spent / seconds}


def _hear(pack: Pack, manifest: Path, cache: Path) -> list[ScoredUtterance]:
    """Run the network, or take what it said before."""
    kept = cache / f"{pack.files['acoustic.int8.onnx'][:12]}-{manifest.stem}.scored"
    if not kept.exists():
        graph = AcousticGraph(pack)
        kept.write_bytes(pickle.dumps(list(score_manifest(graph, manifest))))
    return list(pickle.loads(kept.read_bytes()))


def _memory(manifest: Path, pack: Path) -> Figures:
    command = [sys.executable, "-m", "benchmarks.decoder_memory", str(manifest)]
    done = subprocess.run(
        [*command, "--pack", str(pack)], capture_output=True, text=True, check=True
    )
    found: Figures = json.loads(done.stdout.splitlines()[-1])
    return found


@contextmanager
def _folder(given: Path | None) -> Iterator[Path]:
    if given is None:
        with tempfile.TemporaryDirectory() as folder:
            yield Path(folder)
    else:
        given.mkdir(parents=True, exist_ok=True)
        yield given


@contextmanager
def _silent() -> Iterator[None]:
    """Keep what a library writes to stderr itself from it: a line for each homophone."""
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("manifest", type=Path)
    parser.add_argument("--tune", type=int, default=40, metavar="N", help="utterances")
    parser.add_argument("--judge", type=int, default=100, metavar="N", help="other utterances")
    parser.add_argument("--pack", type=Path, default=EMBEDDED)
    parser.add_argument("--cache", type=Path, metavar="FOLDER", help="keep what takes long")
    return parser.parse_args()


if __name__ == "__main__":
    main()
