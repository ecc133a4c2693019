"""What the decoder costs and what it is worth, beside flashlight-text where it installs.

    .venv/bin/python -m benchmarks.decoding MANIFEST.tsv [--limit N] [--pack FOLDER]
                     [--language FILE --lexicon FILE] [--arpa FILE]

Runs the pack's network once over the manifest; then every decoder reads the same
log-probabilities on one core: greedy, ours at beams 32 and 128, and, given the n-gram
as ARPA too, flashlight's LexiconDecoder with the same lexicon, weights and beams. Prints
a table and, last, one line of JSON. Times are for decoding alone, to the final words.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np

from asr.acoustic import AcousticGraph
from asr.audio.files import read_audio
from asr.decoding import Decoder
from asr.decoding.beam import BeamDecoder
from asr.decoding.greedy import GreedyDecoder
from asr.decoding.language_model import LanguageModel
from asr.decoding.lexicon import Lexicon
from asr.decoding.options import DecoderOptions
from asr.emissions import Emissions
from asr.error_rate import Errors, errors
from asr.manifest import read_manifest
from asr.pack import EMBEDDED, Pack
from asr.text import normalise

BEAMS: Final = (32, 128)
PEER_THRESHOLD: Final = 50.0  # nats; its scores lack our look-ahead, a narrow one hurts it
NEVER: Final = -1e6  # nats
LN_10: Final = float(np.log(10))  # flashlight's n-gram scores are decimal logarithms

Read = Callable[[Emissions], list[str]]


@dataclass(frozen=True, slots=True)
class Heard:
    """An utterance as the network heard it, with what was said."""

    emissions: Emissions
    words: list[str]


def main() -> None:
    """Measure and report."""
    arguments = _arguments()
    pack = Pack.open(arguments.pack)
    heard = _hear(pack, arguments.manifest, arguments.limit)
    lexicon = Lexicon.open(arguments.lexicon or arguments.pack / "language.lexicon")
    model = LanguageModel.open(arguments.language or arguments.pack / "language.lm")
    options = DecoderOptions.parse(pack.decoder)
    rows = {"greedy": _measure(_reader(GreedyDecoder(pack.letters)), heard)}
    for beam in BEAMS:
        at_beam = replace(options, beam=beam)
        ours = BeamDecoder(lexicon, model, pack.phones, pack.letters, at_beam)
        rows[f"earshot {beam}"] = _measure(_reader(ours), heard)
        # As flashlight has them: neither letters nor words outside the lexicon.
        bare = replace(at_beam, letter_weight=0.0, spelling_price=None)
        ours = BeamDecoder(lexicon, model, pack.phones, pack.letters, bare)
        rows[f"earshot bare {beam}"] = _measure(_reader(ours), heard)
        if arguments.arpa and find_spec("flashlight"):
            peer = flashlight_reader(lexicon, model, arguments.arpa, at_beam)
            rows[f"flashlight {beam}"] = _measure(peer, heard)
    for name, row in rows.items():
        print(f"{name:<18} WER {row['wer']:6.2%}   {row['ms_per_second']:7.2f} ms/s")
    print(json.dumps(rows))


def flashlight_reader(
    lexicon: Lexicon, model: LanguageModel, arpa: Path, options: DecoderOptions
) -> Read:
    """Return flashlight's lexicon decoder with the weights and prunings of ours."""
    from flashlight.lib.text import decoder as flashlight
    from flashlight.lib.text.dictionary import Dictionary

    words = Dictionary()
    for word in model.words:
        words.add_entry(word)
    language = flashlight.KenLM(str(arpa), words)
    silence = len(lexicon.phones)  # a symbol that our network has not: it is never heard
    trie = flashlight.Trie(silence + 1, silence)
    for place, word in enumerate(lexicon.word_ids.tolist()):
        symbols = lexicon.symbols[lexicon.offsets[place] : lexicon.offsets[place + 1]]
        _, score = language.score(language.start(False), word)
        trie.insert(symbols.tolist(), word, score)
    trie.smear(flashlight.SmearingMode.MAX)
    weights: dict[str, Any] = {
        "beam_size": options.beam,
        "beam_size_token": options.symbols_per_frame,
        "beam_threshold": PEER_THRESHOLD,
        "lm_weight": options.language_weight * LN_10,
        "word_score": options.word_bonus,
        "unk_score": -np.inf,
        "sil_score": 0.0,
        "log_add": True,
        "criterion_type": flashlight.CriterionType.CTC,
    }
    settings = flashlight.LexiconDecoderOptions(**weights)
    peer = flashlight.LexiconDecoder(
        settings, trie, language, silence, 0, model.unknown, [], False
    )

    def read(emissions: Emissions) -> list[str]:
        never = np.full((len(emissions), 1), NEVER, np.float32)
        rows = np.hstack((emissions.phones, never))
        best = peer.decode(rows.ctypes.data, *rows.shape)[0]
        return [model.words[word] for word in best.words if word >= 0]

    return read


def _reader(decoder: Decoder) -> Read:
    def read(emissions: Emissions) -> list[str]:
        decoding = decoder.start()
        decoding.feed(emissions)
        return [word.text for word in decoding.finish()]

    return read


def _measure(read: Read, heard: Sequence[Heard]) -> dict[str, float]:
    total, started = Errors(), time.perf_counter()
    texts = [read(utterance.emissions) for utterance in heard]
    spent = time.perf_counter() - started
    for utterance, text in zip(heard, texts, strict=True):
        total += errors(utterance.words, text)
    seconds = sum(len(utterance.emissions) for utterance in heard) * 0.04
    return {"wer": total.rate, "ms_per_second": 1000 * spent / seconds}


def _hear(pack: Pack, manifest: Path, limit: int) -> list[Heard]:
    graph = AcousticGraph(pack)
    return [
        Heard(graph(read_audio(utterance.path)), normalise(utterance.text).split())
        for utterance in read_manifest(manifest)[:limit]
    ]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("manifest", type=Path)
    parser.add_argument("--limit", type=int, default=100, metavar="N")
    parser.add_argument("--pack", type=Path, default=EMBEDDED)
    parser.add_argument("--language", type=Path, help="n-gram; the pack's by default")
    parser.add_argument("--lexicon", type=Path, help="the pack's by default")
    parser.add_argument("--arpa", type=Path, help="the same n-gram, for flashlight")
    return parser.parse_args()


if __name__ == "__main__":
    main()
