"""Which files hold two people, each in a channel."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from asr.audio import SAMPLE_RATE, Samples
from asr.audio.files import read_audio
from asr.audio.voices import are_apart

CLIPS = Path(__file__).parents[2] / "clips"
ONE, OTHER = (
    read_audio(CLIPS / f"{name}.opus") for name in ("1272-128104-0014", "652-129742-0019")
)
STILL = np.zeros(SAMPLE_RATE, np.float32)


def turns(bleed: float) -> Samples:
    """Return (n, 2): each speaks before a microphone, which hears the other so loud."""
    one = np.concatenate([ONE, STILL, 0 * OTHER, STILL, ONE])
    other = np.concatenate([0 * ONE, STILL, OTHER, STILL, 0 * ONE])
    return np.stack([one + bleed * other, other + bleed * one], axis=1)


@pytest.mark.parametrize(
    ("channels", "expected"),
    [
        (turns(0.0), True),
        (turns(0.3), True),
        (turns(1.0), False),  # one microphone, in both
        (turns(0.8), False),  # a pair of microphones on the table
        (np.stack([ONE, 0 * ONE], axis=1), False),  # one voice, and an empty channel
        (turns(0.0)[:, :1], False),
        (np.stack([ONE, ONE, 0 * ONE], axis=1), False),
        (np.zeros((SAMPLE_RATE, 2)), False),
        (np.zeros((3, 2)), False),
    ],
)
def test_voices_are_apart_where_each_has_a_channel(
    channels: Samples, expected: bool, tmp_path: Path
) -> None:
    path = tmp_path / "talk.wav"
    soundfile.write(path, channels, SAMPLE_RATE)

    assert are_apart(path) is expected


def test_what_cannot_be_read_has_no_voices(tmp_path: Path) -> None:
    (tmp_path / "talk.wav").write_text("no sound")

    assert not are_apart(tmp_path / "talk.wav")
    assert not are_apart(tmp_path / "missing.wav")
