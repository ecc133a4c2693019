"""The acoustic graph: samples to log-probabilities, on whatever computes it fastest.

Shapes: B utterances of n samples, T = ⌈n / frame⌉ frames.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

import numpy as np

from asr.audio import Samples
from asr.emissions import Emissions
from asr.errors import PackError, ProviderError
from asr.inference import onnxruntime
from asr.memory import give_back
from asr.pack import Pack, PackFile
from asr.window import Window

log = logging.getLogger(__name__)

Provider: TypeAlias = Literal["cpu", "cuda"]

GRAPHS: Final[dict[Provider, str]] = {
    "cpu": PackFile.ACOUSTIC_INT8,
    "cuda": PackFile.ACOUSTIC,
}
_NAMES: Final[dict[Provider, str]] = {
    "cpu": "CPUExecutionProvider",
    "cuda": "CUDAExecutionProvider",
}
# CUDA's own choices would round to 10 bits of mantissa (0.3 nats on an H200), and would time
# every convolution anew for each length of sound that was not met before.
_CUDA: Final = {"use_tf32": "0", "cudnn_conv_algo_search": "HEURISTIC"}
BATCH_CUTS: Final = 32  # live windows that are computed at once
ERRORS_ONLY: Final = 3  # onnxruntime's severity; it would print warnings at every start


class AcousticGraph:
    """The network of a pack as a callable; one thread at a time.

    A GPU that fails in mid-session is left for the CPU, and what it was asked is
    computed again there: `provider` then tells, and no frame is missing.
    """

    provider: Provider

    def __init__(
        self, pack: Pack, provider: Provider = "cpu", *, threads: int = 1, graph: str = ""
    ) -> None:
        """Load the graph.

        Args:
            pack: What the graph is taken from.
            provider: What computes it.
            threads: Of the CPU; 0 for as many as there are cores.
            graph: A graph's name in the pack; by default the provider's own.

        Raises:
            PackError: The file is no graph of ours.
            ProviderError: The provider cannot compute it here.
        """
        self.frame = pack.frame
        self._pack = pack
        self._threads = threads
        self._load(provider, graph or GRAPHS[provider])

    def __call__(self, samples: Samples) -> Emissions:
        """Score one stretch of sound: (n,) to T frames; no samples give no frames."""
        return self.batch([samples])[0]

    def batch(self, sounds: Sequence[Samples]) -> list[Emissions]:
        """Score several at once; none hears its neighbours or the padding."""
        lengths = np.array([len(sound) for sound in sounds], np.int64)
        frames = -(-int(lengths.max(initial=1)) // self.frame)
        width = (padded_length(frames) if self.provider == "cuda" else frames) * self.frame
        padded = np.zeros((len(sounds), width), np.float32)
        for row, sound in zip(padded, sounds, strict=True):
            row[: len(sound)] = sound
        inputs = {"samples": padded, "lengths": np.maximum(lengths, 1)}
        phones, letters = self._run(inputs)
        counts = -(-lengths // self.frame)
        return [
            Emissions(phones[i, :count], letters[i, :count]) for i, count in enumerate(counts)
        ]

    def _run(self, inputs: dict[str, Any]) -> Sequence[Any]:
        try:
            return self._session.run(["phones", "letters"], inputs)  # type: ignore[no-any-return]
        except Exception as error:  # onnxruntime has a class for each code, with no base
            if self.provider == "cpu":
                raise
            log.warning("The GPU failed, the CPU goes on: %s", error)
            self._load("cpu", GRAPHS["cpu"])
            return self._session.run(["phones", "letters"], inputs)  # type: ignore[no-any-return]

    def _load(self, provider: Provider, graph: str) -> None:
        self._session = open_graph(self._pack.path(graph), provider, self._threads)
        self.provider = provider


def open_graph(path: Path, provider: Provider, threads: int) -> onnxruntime.InferenceSession:
    """Load a graph that meets sound of all lengths, for hours.

    Raises:
        PackError: The file is no graph of ours.
        ProviderError: The provider cannot compute it here.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = ERRORS_ONLY
    # Plans and memory are kept for each length that was ever met: hours of utterances
    # would grow without bound. Without them a window is no slower.
    options.enable_mem_pattern = False
    options.enable_cpu_mem_arena = False
    # A spinning thread keeps a core hot after each window, for nothing.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    arguments = _CUDA if provider == "cuda" else {}
    if provider == "cuda":
        onnxruntime.preload_dlls()
    try:
        session = onnxruntime.InferenceSession(
            path, options, providers=[(_NAMES[provider], arguments)]
        )
    except Exception as error:
        raise PackError(
            "The network in {path} cannot be loaded: {why}", path=path, why=error
        ) from error
    if session.get_providers()[0] != _NAMES[provider]:
        raise ProviderError(
            "Onnxruntime cannot use {provider} on this machine. "
            "Choose the CPU, or install the CUDA libraries: pip install -e '.[cuda]'.",
            provider=provider.upper(),
        )
    give_back()
    return session


def padded_length(frames: int) -> int:
    """Round a number of frames up to one of few (8, 12, 16, 24, 32, 48 and so on).

    A GPU plans its work anew for each shape that it has not met; padding costs less.
    """
    size = 8
    while size < frames:
        size += size // 2 if size & (size - 1) == 0 else size // 3
    return size


def windowed(graph: AcousticGraph, samples: Samples, window: Window) -> Emissions:
    """Score sound as a live session does: through windows of which the step is kept."""
    return Emissions.join([step for step, _ in steps(graph, samples, window)])


def steps(
    graph: AcousticGraph, samples: Samples, window: Window
) -> Iterator[tuple[Emissions, Emissions]]:
    """Score sound window by window: each step, and the lookahead after it.

    The windows are those of `Recogniser` when it does not lag; they are computed many at
    a time.
    """
    frame = graph.frame
    frames = -(-len(samples) // frame)
    spans: list[tuple[int, int, int]] = []  # first frame heard, first kept, end of the kept
    settled = 0
    while frames - settled >= window.step + window.lookahead:
        spans.append((max(0, settled - window.context), settled, settled + window.step))
        settled += window.step
    if settled < frames or not spans:
        spans.append((max(0, settled - window.context), settled, frames))
    for i in range(0, len(spans), BATCH_CUTS):
        cuts = spans[i : i + BATCH_CUTS]
        sounds = [
            samples[first * frame : (end + window.lookahead) * frame] for first, _, end in cuts
        ]
        rows = graph.batch(sounds)
        for row, (first, kept, end) in zip(rows, cuts, strict=True):
            yield row[kept - first : end - first], row[end - first :]
