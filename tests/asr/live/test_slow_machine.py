"""A machine three times too slow, with the shipped pack and people's speech."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from asr.audio import SAMPLE_RATE, Samples
from asr.audio.files import read_audio
from asr.emissions import Emissions
from asr.engine import Engine, EngineOptions
from asr.live.events import GapFound, Ledger
from asr.live.session import Hearing
from tests.asr.scripted import FakeClock, Script, fake_clock
from tests.asr.sessions import finals, play, session_with

__all__ = ["fake_clock"]

CLIPS = Path(__file__).parents[2] / "clips"
NAMES = ["1272-128104-0000", "777-126732-0000", "652-129742-0000", "1272-128104-0003"]
PAUSE = np.zeros(round(1.5 * SAMPLE_RATE), np.float32)
SLOWNESS = 3.0  # seconds that a second of sound takes


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(EngineOptions(provider="cpu"))


@pytest.fixture(scope="module")
def speech() -> Samples:
    clips = [read_audio(CLIPS / f"{name}.opus") for name in NAMES]
    return np.concatenate([part for clip in clips for part in (clip, PAUSE)])


def listen(
    hearing: Hearing, speech: Samples, clock: FakeClock, folder: Path
) -> tuple[list[str], list[Ledger]]:
    """Hear all of the speech; return the final texts and the ledgers."""
    session = session_with({"": Script(speech, clock)}, folder, hearing)
    session.start()
    events = play(session, clock, len(speech) / SAMPLE_RATE) + session.stop()
    assert not [event for event in events if isinstance(event, GapFound)]
    return finals(events), [event for event in events if isinstance(event, Ledger)]


def test_a_slow_machine_writes_what_a_fast_one_writes(
    tmp_path: Path, fake_clock: FakeClock, engine: Engine, speech: Samples
) -> None:
    def slow(samples: Samples) -> Emissions:
        """Let three seconds pass for each of sound, while people go on speaking."""
        fake_clock.now += SLOWNESS * len(samples) / SAMPLE_RATE
        return engine.graph(samples)

    fast, on_time = listen(engine.hearing, speech, fake_clock, tmp_path / "fast")
    slow_hearing = replace(engine.hearing, network=slow)
    late, behind = listen(slow_hearing, speech, fake_clock, tmp_path / "slow")

    assert late == fast
    assert len(fast) >= len(NAMES)
    assert max(ledger.lag for ledger in on_time) < 2
    assert max(ledger.lag for ledger in behind) > 10
    assert behind[-1].lag == 0
    assert behind[-1].recorded == pytest.approx(len(speech) / SAMPLE_RATE, abs=0.1)
