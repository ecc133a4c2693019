"""What an NVIDIA GPU does for the acoustic model: the same numbers, and how much faster.

    python -m benchmarks.gpu [--pack FOLDER] [--seconds 1280]

Computes the clips of tests/clips, and noise of the lengths that files have, on the CPU and
on the GPU. Prints a table and, last, one JSON line; where there is no GPU that works, one
sentence, and exit code 1.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Final

import numpy as np

from asr.acoustic import AcousticGraph
from asr.audio import SAMPLE_RATE, Samples
from asr.audio.files import read_audio
from asr.errors import PackError, ProviderError
from asr.pack import EMBEDDED, Pack
from asr.provider import choose_provider

CLIPS: Final = Path(__file__).parents[1] / "tests" / "clips"
BATCHES: Final = (8, 32, 64)  # pieces of 20 s that are computed at once
FILES: Final = 60  # of random lengths, one by one


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 1 if no GPU works."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pack", type=Path, default=EMBEDDED)
    parser.add_argument("--seconds", type=int, default=1280, help="of sound for the batches")
    options = parser.parse_args(arguments)
    pack = Pack.open(options.pack)
    try:
        gpu = AcousticGraph(pack, "cuda")
    except (PackError, ProviderError) as error:
        print(error)
        return 1
    figures = measure_gpu(pack, gpu, options.seconds)
    for name, value in figures.items():
        print(f"{name:40} {value}")
    print(json.dumps(figures))
    return 0


def measure_gpu(pack: Pack, gpu: AcousticGraph, seconds: int) -> dict[str, float | str]:
    """Return each figure by its name."""
    cpu = AcousticGraph(pack, "cpu")
    exact = AcousticGraph(pack, "cpu", threads=0, graph="acoustic.onnx")
    clips = [read_audio(path) for path in sorted(CLIPS.glob("*.opus"))]
    frames = pack.window.context + pack.window.step + pack.window.lookahead
    window = quiet_noise(frames * pack.frame)
    choice = choose_provider(pack)
    figures: dict[str, float | str] = {
        "provider chosen": f"{choice.provider}: {choice.reason}",
        "largest difference, nats": round(_difference(exact, gpu, clips), 6),
        "live window, CPU int8, ms": round(_milliseconds(lambda: cpu(window)), 2),
        "live window, GPU, ms": round(_milliseconds(lambda: gpu(window)), 2),
    }
    piece = quiet_noise(20 * SAMPLE_RATE)
    for size in BATCHES:
        figures[f"batches of {size} x 20 s, times real time"] = _speed(
            lambda size=size: gpu.batch([piece] * size),  # type: ignore[misc]
            size * 20,
            max(1, seconds // (size * 20)),
        )
    figures["files of random lengths, times real time"] = _files_speed(gpu)
    return figures


def quiet_noise(n_samples: int) -> Samples:
    """Return quiet noise, always the same, (n_samples,)."""
    rows = np.random.default_rng(1).standard_normal(n_samples)
    return np.asarray(0.1 * rows, np.float32)


def _difference(one: AcousticGraph, other: AcousticGraph, sounds: Sequence[Samples]) -> float:
    worst = 0.0
    for sound in [*sounds, quiet_noise(1), quiet_noise(640)]:
        a, b = one(sound), other(sound)
        worst = max(worst, float(np.abs(a.phones - b.phones).max()))
        worst = max(worst, float(np.abs(a.letters - b.letters).max()))
    return worst


def _milliseconds(run: Callable[[], object]) -> float:
    times = []
    for _ in range(60):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return 1000 * median(times[20:])  # a GPU takes some windows to reach its speed


def _speed(run: Callable[[], object], seconds: float, times: int) -> float:
    run()
    start = time.perf_counter()
    for _ in range(times):
        run()
    return round(times * seconds / (time.perf_counter() - start))


def _files_speed(graph: AcousticGraph) -> float:
    draw = np.random.default_rng(0)
    sounds = [quiet_noise(int(n)) for n in draw.integers(3_200, 20 * SAMPLE_RATE, FILES)]
    start = time.perf_counter()
    for sound in sounds:
        graph(sound)
    seconds = sum(map(len, sounds)) / SAMPLE_RATE
    return round(seconds / (time.perf_counter() - start))


if __name__ == "__main__":
    sys.exit(main())
