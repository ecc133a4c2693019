"""Memory that is given back."""

from __future__ import annotations

import ctypes
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from asr.language.array_file import let_go, open_arrays, write_arrays
from asr.memory import give_back

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/smaps_rollup").exists(), reason="where the kernel tells of memory"
)
MB = 1 << 20
BLOCK = 64 << 10  # bytes: below what the C library asks the system for by itself

LOAD = """
from tests.asr.test_memory import own
from asr.pack import Pack, PackFile
from asr.inference import open_session
before = own()
session = open_session(Pack.open().path(PackFile.RECURRENT), "language model")
print(own() - before)
"""

# Each of four threads frees 20 MB but for its end, and lives on.
THREADS = """
import ctypes, threading
from asr.memory import share_one_heap
from tests.asr.test_memory import own
{first}
library = ctypes.CDLL(None)
library.malloc.restype = ctypes.c_void_p
library.free.argtypes = [ctypes.c_void_p]
done = threading.Event()
def work():
    blocks = [library.malloc(1 << 16) for _ in range(320)]
    for block in blocks:
        ctypes.memset(block, 1, 1 << 16)
    for block in blocks[:-1]:
        library.free(block)
    turn.set()
    done.wait()
for _ in range(4):
    turn = threading.Event()
    threading.Thread(target=work).start()
    turn.wait()
print(own())
done.set()
"""


def own() -> float:
    """Memory of this process that belongs to no file, in MB."""
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    (line,) = (line for line in lines if line.startswith("Anonymous:"))
    return int(line.split()[1]) / 1024


def test_what_is_free_goes_back_to_the_system() -> None:
    library = ctypes.CDLL(None)
    library.malloc.restype = ctypes.c_void_p
    library.free.argtypes = [ctypes.c_void_p]
    blocks = [library.malloc(BLOCK) for _ in range(64 * MB // BLOCK)]
    for block in blocks:
        ctypes.memset(block, 1, BLOCK)
    for block in blocks[:-1]:  # the last one keeps the others from being returned
        library.free(block)
    held = own()

    give_back()

    assert own() < held - 48
    library.free(blocks[-1])


def test_a_network_keeps_little_more_than_its_weights() -> None:
    """16 MB in 8 bits, half of it turned round once more; twice all while it is loaded."""
    child = [sys.executable, "-c", LOAD]
    told = subprocess.run(
        child, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2]
    )

    assert 16 < float(told.stdout) < 34


def test_threads_use_what_another_has_freed() -> None:
    told = [
        subprocess.run(
            [sys.executable, "-c", THREADS.format(first=first)],
            capture_output=True,
            text=True,
            check=True,
            cwd=Path(__file__).parents[2],
        ).stdout
        for first in ("", "share_one_heap()")
    ]

    apart, shared = map(float, told)
    assert shared < apart - 40


def test_pages_of_a_file_that_were_copied_go_and_come_back(tmp_path: Path) -> None:
    path = tmp_path / "numbers"
    written = np.arange(4 * MB, dtype=np.int32)
    write_arrays(path, "numbers", {}, {"all": written})
    mapped = open_arrays(path, "numbers").arrays["all"]
    copy = mapped.copy()
    held = resident()

    let_go(mapped)

    assert resident() < held - 12
    np.testing.assert_array_equal(mapped, copy)


def resident() -> float:
    """All memory of this process, in MB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    (line,) = (line for line in lines if line.startswith("VmRSS:"))
    return int(line.split()[1]) / 1024
