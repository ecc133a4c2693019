"""Small networks beside the acoustic one, opened alike: on the CPU, on one core."""

from __future__ import annotations

from pathlib import Path

import onnxruntime

from asr.errors import LanguageError


def open_session(path: Path, kind: str) -> onnxruntime.InferenceSession:
    """Load a network whose calls are too small to share among cores.

    Args:
        path: Its file.
        kind: What it is called in an error.

    Raises:
        LanguageError: It is no network, or damaged.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    try:
        return onnxruntime.InferenceSession(
            str(path), options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # onnxruntime's errors share no other base
        raise LanguageError(f"{path.name} is no readable {kind}.") from error
