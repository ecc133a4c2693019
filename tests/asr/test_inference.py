"""Small networks are opened without threads of their own, or refused with a sentence."""

from pathlib import Path

import pytest

from asr.errors import LanguageError
from asr.inference import open_session
from asr.pack import EMBEDDED, PackFile

TASKS = Path("/proc/self/task")


@pytest.mark.skipif(not TASKS.exists(), reason="only Linux lists the threads of a process")
def test_a_small_network_starts_no_threads() -> None:
    path = EMBEDDED / PackFile.PRONOUNCER
    open_session(path, "pronouncer")  # what is started once for all
    before = len(list(TASKS.iterdir()))

    sessions = [open_session(path, "pronouncer") for _ in range(3)]

    assert len(list(TASKS.iterdir())) == before
    assert len(sessions) == 3


def test_what_is_no_network_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "some.onnx").write_bytes(b"no network")

    with pytest.raises(LanguageError, match=r"some\.onnx is no readable pronouncer"):
        open_session(tmp_path / "some.onnx", "pronouncer")
