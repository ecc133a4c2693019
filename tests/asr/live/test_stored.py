"""Sessions on disk are found, told and dismissed while no model is loaded."""

import subprocess
import sys
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from asr.errors import RecordingError
from asr.live.recording import Recording
from asr.live.stored import FOLDER_TIME, dismiss, unfinished_sessions


def cut_short(folder: Path, seconds: float = 0.5) -> Path:
    """Leave a session that nobody ended."""
    recording = Recording.create(folder)
    recording.append(np.full(round(16_000 * seconds), 0.1, np.float32))
    recording.put_aside()
    return folder


def test_a_session_that_was_cut_short_is_found_until_it_is_dismissed(tmp_path: Path) -> None:
    begun = datetime(2026, 11, 23, 19, 4).astimezone()
    folder = cut_short(tmp_path / begun.strftime(FOLDER_TIME))

    (found,) = unfinished_sessions(tmp_path)
    assert (found.folder, found.started, found.seconds) == (folder, begun, 0.5)
    dismiss(found)

    assert unfinished_sessions(tmp_path) == []
    assert (folder / "sound-0.flac").exists()


def test_a_session_without_sound_is_not_offered(tmp_path: Path) -> None:
    cut_short(tmp_path / "nothing", 0.04)
    cut_short(tmp_path / "something", 0.4)

    assert [one.folder.name for one in unfinished_sessions(tmp_path)] == ["something"]


def test_where_nothing_was_ever_recorded_nothing_is_found(tmp_path: Path) -> None:
    assert unfinished_sessions(tmp_path / "nowhere") == []


def test_a_session_that_another_program_holds_cannot_be_dismissed(tmp_path: Path) -> None:
    cut_short(tmp_path / "one")
    (found,) = unfinished_sessions(tmp_path)
    held = Recording.reopen(found.folder)

    with pytest.raises(RecordingError, match="in use"):
        dismiss(found)

    held.put_aside()


def test_no_model_is_loaded_for_it() -> None:
    script = (
        "import sys, asr.live.stored, asr.audio.devices\nsys.exit('onnxruntime' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
