"""What the decoder takes of the memory: over a process that has only the network.

    python -m benchmarks.decoder_memory MANIFEST.tsv [--seconds 60]

The network hears some speech, the memory is read, the language model and the lexicon are
opened and the speech is decoded, and the memory is read again (/proc/self/smaps_rollup).
Private memory is the decoder's alone; mapped pages are those of its files that were
touched, which the system may drop and read again. Linux only.
"""

from __future__ import annotations

import argparse
import ctypes
import gc
import json
from pathlib import Path
from typing import Final

from asr.acoustic import AcousticGraph
from asr.audio import SAMPLE_RATE
from asr.audio.files import read_audio
from asr.emissions import Emissions
from asr.engine import open_beam
from asr.evaluation.manifest import read_manifest
from asr.pack import EMBEDDED, Pack

PIECE_S: Final = 10  # seconds that the network hears at a time
MB: Final = 1e6


def main() -> None:
    """Measure; print megabytes and, last, one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("manifest", type=Path)
    parser.add_argument("--pack", type=Path, default=EMBEDDED)
    parser.add_argument("--seconds", type=int, default=60)
    options = parser.parse_args()
    pack = Pack.open(options.pack)
    heard = hear(pack, options.manifest, options.seconds)
    before = resident()
    decoder = open_beam(pack)
    opened = resident()
    for emissions in heard:
        decoding = decoder.start()
        decoding.feed(emissions)
        decoding.finish()
    after = resident()
    found = {
        "private_mb": (after["private"] - before["private"]) / MB,
        "mapped_mb": (after["mapped"] - before["mapped"]) / MB,
        "private_at_opening_mb": (opened["private"] - before["private"]) / MB,
        "mapped_at_opening_mb": (opened["mapped"] - before["mapped"]) / MB,
    }
    found["decoder_mb"] = found["private_mb"] + found["mapped_mb"]
    for name, figure in found.items():
        print(f"{name:24}{figure:8.1f}")
    print(json.dumps(found))


def hear(pack: Pack, manifest: Path, seconds: int) -> list[Emissions]:
    """What the network hears in so much speech."""
    graph, pieces, left = AcousticGraph(pack), [], seconds * SAMPLE_RATE
    for utterance in read_manifest(manifest):
        samples = read_audio(utterance.path)[:left]
        cut = range(0, len(samples), PIECE_S * SAMPLE_RATE)
        pieces += [graph(samples[start : start + cut.step]) for start in cut]
        left -= len(samples)
        if left <= 0:
            break
    return pieces


def resident() -> dict[str, float]:
    """Bytes of this process in memory: its own, and pages of mapped files."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)  # free memory that is kept would hide what is taken
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()[1:]
    kib = {name: int(value.split()[0]) for name, value in (line.split(":") for line in lines)}
    return {
        "private": 1024.0 * kib["Anonymous"],
        "mapped": 1024.0 * (kib["Rss"] - kib["Anonymous"]),
    }


if __name__ == "__main__":
    main()
