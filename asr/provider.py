"""Which processor computes the network: found out by trying, and remembered.

A GPU may be absent, its libraries of another version, or slower than the CPU at so small
a network; some failures end the process. So where there is a driver, a child process runs a
few live windows on it first, and the answer is kept for this machine, this pack and this
onnxruntime. Where there is none, nothing is tried: that would only delay the start.
"""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Final

import numpy as np

from asr.acoustic import AcousticGraph, Provider
from asr.audio import SAMPLE_RATE, Samples
from asr.errors import AsrError
from asr.inference import onnxruntime
from asr.pack import Pack
from asr.places import cache_folder

log = logging.getLogger(__name__)

WINDOWS: Final = 15  # timed on each processor
WARM_UP: Final = 10  # windows before them: a GPU takes as many to reach its speed
PATIENCE: Final = 60  # seconds for a GPU's first window; its libraries are large
DRIVERS: Final = (  # of NVIDIA's: on Linux, on Linux within Windows, on Windows
    Path("/dev/nvidiactl"),
    Path("/dev/dxg"),
    Path("C:/Windows/System32/nvcuda.dll"),
)


@dataclass(frozen=True, slots=True)
class ProviderChoice:
    """The processor to use and the reason, for people to read."""

    provider: Provider
    reason: str

    @property
    def label(self) -> str:
        """What computes, for people: «on the processor»."""
        return {"cpu": "on the processor", "cuda": "on the graphics card"}[self.provider]


def choose_provider(pack: Pack) -> ProviderChoice:
    """Return the fastest processor that works; at the first start on a machine, try them."""
    if not any(path.exists() for path in DRIVERS):
        return ProviderChoice("cpu", "no graphics card with CUDA here")
    key = f"{pack.checksum[:16]}-{onnxruntime.__version__}-{_cuda_here()}"
    path = cache_folder() / "providers.json"
    known = _remembered(path)
    if key in known:
        return known[key]
    cpu = _milliseconds(AcousticGraph(pack, "cpu"), pack)
    gpu, trouble = _gpu_milliseconds(pack)
    if gpu is None:
        choice = ProviderChoice("cpu", trouble)
    elif gpu < cpu:
        choice = ProviderChoice("cuda", f"{gpu:.1f} ms a window; the CPU takes {cpu:.1f} ms")
    else:
        choice = ProviderChoice("cpu", f"{cpu:.1f} ms a window; the GPU takes {gpu:.1f} ms")
    log.debug("%s: %s", choice.label, choice.reason)
    _remember(path, {**known, key: choice})
    return choice


def _cuda_here() -> str:
    """The version of CUDA's libraries; when that changes, the processors are tried again."""
    # It takes as long to import as half of this package, and most machines need no answer.
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("nvidia-cudnn-cu13")
    except PackageNotFoundError:
        return "none"


def _gpu_milliseconds(pack: Pack) -> tuple[float | None, str]:
    """Time the GPU in a child process; None and the reason if it does not work."""
    if "CUDAExecutionProvider" not in onnxruntime.get_available_providers():
        return None, "this onnxruntime was built without CUDA"
    command = [sys.executable, "-m", "asr.provider", str(pack.folder)]
    try:
        child = subprocess.run(
            command, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
        return float(child.stdout), ""
    except subprocess.TimeoutExpired:
        return None, "the GPU gave no answer"
    except (OSError, ValueError):
        return None, "no GPU that onnxruntime can use"


def _milliseconds(graph: AcousticGraph, pack: Pack) -> float:
    """The median time of a live window."""
    window = _noise(pack)
    for _ in range(WARM_UP):
        graph(window)
    times = []
    for _ in range(WINDOWS):
        start = time.perf_counter()
        graph(window)
        times.append(time.perf_counter() - start)
    return 1000 * median(times)


def _noise(pack: Pack) -> Samples:
    frames = pack.window.context + pack.window.step + pack.window.lookahead
    noise = np.random.default_rng(0).standard_normal(min(frames * pack.frame, 20 * SAMPLE_RATE))
    return np.asarray(0.1 * noise, np.float32)


def _remembered(path: Path) -> dict[str, ProviderChoice]:
    """What was found earlier; nothing, if the file is missing or odd."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return {key: ProviderChoice(**value) for key, value in content.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def _remember(path: Path, choices: dict[str, ProviderChoice]) -> None:
    """Keep the choices; a folder that cannot be written only costs time at the next start."""
    content = {key: asdict(choice) for key, choice in choices.items()}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content), encoding="utf-8")
    except OSError as error:
        log.warning("The choice of processor could not be kept: %s", error)


if __name__ == "__main__":  # the child: prints its time, or dies in its own way
    try:
        opened = Pack.open(Path(sys.argv[1]))
        sys.stdout.write(str(_milliseconds(AcousticGraph(opened, "cuda"), opened)))
    except AsrError as problem:
        sys.exit(str(problem))
