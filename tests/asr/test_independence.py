"""Text, sound and ledger are of what was heard, not of how it was cut or when it was read."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

import numpy as np
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from asr.audio import SAMPLE_RATE
from asr.audio.source import SourceGap
from asr.live.events import FinalResult, GapFound, Ledger
from asr.live.recorded import read_transcript
from asr.sentences import GapCause
from asr.transcript import Gap, Segment
from tests.asr.scripted import FakeClock, Script, fake_clock
from tests.asr.sessions import SAID, SPEECH, play, session_with

__all__ = ["fake_clock"]

LOST = {20_000: SourceGap(12_000, GapCause.BUSY)}  # by sample at 16 kHz


@dataclass(frozen=True)
class Outcome:
    """All that a session leaves behind."""

    segments: tuple[Segment, ...]
    stored: tuple[Segment, ...]
    gaps: tuple[Gap, ...]
    ledger: Ledger
    sound: bytes


def listen(
    folder: Path, clock: FakeClock, times: list[float], sizes: list[int], rate: int
) -> Outcome:
    """Hear SPEECH in blocks of these sizes, reading after each of these times."""
    factor = rate // SAMPLE_RATE
    lost = {n * factor: SourceGap(b.n_samples * factor, b.cause) for n, b in LOST.items()}
    sound = np.repeat(SPEECH, factor)
    script = Script(sound, clock, rate=rate, gaps=lost, sizes=cycle(sizes))
    session = session_with({"": script}, folder)
    rhythm = cycle(times)
    session.start()
    events = play(session, clock, len(SPEECH) / SAMPLE_RATE + 0.1, lambda: next(rhythm))
    events += session.stop()
    assert session.folder is not None
    return Outcome(
        tuple(event.segment for event in events if isinstance(event, FinalResult)),
        read_transcript(session.folder).segments,
        tuple(event.gap for event in events if isinstance(event, GapFound)),
        [event for event in events if isinstance(event, Ledger)][-1],
        soundfile.read(session.folder / "sound-0.flac", dtype="int16")[0].tobytes(),
    )


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    times=st.lists(st.floats(0.01, 3.0), min_size=1, max_size=5),
    sizes=st.lists(st.integers(1, 20_000), min_size=1, max_size=5),
    rate=st.sampled_from([16_000, 48_000]),
    name=st.uuids(),
)
def test_nothing_depends_on_the_sizes_of_blocks_nor_on_the_times_of_reading(
    tmp_path: Path,
    fake_clock: FakeClock,
    times: list[float],
    sizes: list[int],
    rate: int,
    name: object,
) -> None:
    usual = listen(tmp_path / f"{name} usual", fake_clock, [0.04], [rate // 50], rate)

    other = listen(tmp_path / f"{name}", fake_clock, times, sizes, rate)

    assert [segment.text for segment in usual.segments][1:] == SAID[1:]
    assert [(gap.start, gap.seconds) for gap in usual.gaps] == [(1.25, 0.75)]
    assert usual.ledger.lag == 0
    assert other == usual
