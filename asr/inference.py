"""The door to ONNX Runtime: nobody else imports it, for by itself it calls home.

Left alone, it keeps a device id in the user's cache folder and looks up an address to send
events to. It reads the variable while it is imported; child processes inherit it.
"""

from __future__ import annotations

import os
from pathlib import Path

os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import onnxruntime as onnxruntime

from asr.errors import LanguageError
from asr.memory import give_back

onnxruntime.disable_telemetry_events()  # for builds that know no such variable
# What fails raises, and is told in a sentence; its own lines would stand above that.
onnxruntime.set_default_logger_severity(4)  # fatal


def open_session(path: Path, kind: str) -> onnxruntime.InferenceSession:
    """Load one of the small networks, whose calls are too short to share among cores.

    Args:
        path: Its file.
        kind: What it is called in an error.

    Raises:
        LanguageError: It is no network, or damaged.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    # As for the acoustic graph: room would be kept for the longest text that was ever met.
    options.enable_mem_pattern = False
    options.enable_cpu_mem_arena = False
    try:
        session = onnxruntime.InferenceSession(
            str(path), options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # onnxruntime's errors share no other base
        raise LanguageError(
            "{path} is no readable {kind}.", path=path.name, kind=kind
        ) from error
    give_back()
    return session
