"""The embedded graph that carries its state, against the one that hears the whole."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from asr.acoustic import AcousticGraph
from asr.audio import Samples
from asr.audio.files import read_audio
from asr.emissions import Emissions
from asr.errors import PackError
from asr.live_graph import LiveGraph
from asr.pack import Pack, PackFile
from asr.window import FRAME, Window

CLIPS = sorted((Path(__file__).parents[1] / "clips").glob("*.opus"))
FRAMES = 60


@pytest.fixture(scope="module")
def pack() -> Pack:
    return Pack.open()


@pytest.fixture(scope="module")
def graph(pack: Pack) -> LiveGraph:
    return LiveGraph(pack)


@pytest.fixture(scope="module")
def speech() -> Samples:
    return read_audio(CLIPS[0])[FRAMES * FRAME : 2 * FRAMES * FRAME]


def settled(graph: LiveGraph, samples: Samples, window: Window) -> Emissions:
    return Emissions.join([step for step, _ in graph.steps(samples, window)])


@pytest.mark.parametrize(("step", "n"), [(60, 1), (8, 60 * FRAME), (3, 17 * FRAME + 100)])
def test_with_everything_ahead_it_hears_what_the_whole_graph_does(
    graph: LiveGraph, pack: Pack, speech: Samples, step: int, n: int
) -> None:
    whole = AcousticGraph(pack)(speech[:n])

    ours = settled(graph, speech[:n], Window(step=step, lookahead=FRAMES))

    assert ours.phones.shape == whole.phones.shape
    # Eight bits round by the largest number of a call: not alike for a step and the whole.
    assert np.abs(np.exp(ours.phones) - np.exp(whole.phones)).max() < 0.1
    assert np.abs(np.exp(ours.letters) - np.exp(whole.letters)).mean() < 0.01


@pytest.mark.parametrize("n", [0, 1, 159, FRAME, 17 * FRAME + 100, 60 * FRAME])
def test_a_whole_utterance_is_what_the_whole_graph_hears_to_the_bit(
    graph: LiveGraph, pack: Pack, speech: Samples, n: int
) -> None:
    whole = AcousticGraph(pack)(speech[:n])

    ours = graph(speech[:n])

    np.testing.assert_array_equal(ours.phones, whole.phones)
    np.testing.assert_array_equal(ours.letters, whole.letters)


@pytest.mark.parametrize("n", [1, 8 * FRAME, 19 * FRAME + 1, 20 * FRAME, 21 * FRAME])
def test_every_frame_is_settled_once(graph: LiveGraph, speech: Samples, n: int) -> None:
    parts = list(graph.steps(speech[:n], Window(step=8, lookahead=12)))

    assert sum(len(step) for step, _ in parts) == -(-n // FRAME)
    assert all(len(step) == 8 and len(ahead) == 12 for step, ahead in parts[:-1])
    assert len(parts[-1][1]) == 0


def test_two_voices_do_not_hear_each_other(graph: LiveGraph, speech: Samples) -> None:
    other = speech[::-1].copy()
    alone = [graph.start(speech[:0]), graph.start(speech[:0])]
    apart = [
        [ear.hear(one[: (at + 16) * FRAME], at, 8).phones for at in (0, 8, 16)]
        for ear, one in zip(alone, (speech, other), strict=True)
    ]

    together = [graph.start(speech[:0]), graph.start(speech[:0])]
    mixed: list[list[np.ndarray]] = [[], []]
    for at in (0, 8, 16):
        for rows, ear, one in zip(mixed, together, (speech, other), strict=True):
            rows.append(ear.hear(one[: (at + 16) * FRAME], at, 8).phones)

    np.testing.assert_array_equal(np.array(mixed), np.array(apart))


def test_an_utterance_may_begin_with_what_was_heard(graph: LiveGraph, speech: Samples) -> None:
    fresh = graph.start(speech[:0])
    fresh.hear(speech[: 16 * FRAME], 0, 16)

    begun = graph.start(speech[: 16 * FRAME])

    sound = speech[: 40 * FRAME]
    ours, theirs = (ear.hear(sound, 16, 8).phones for ear in (begun, fresh))
    np.testing.assert_array_equal(ours, theirs)


def test_a_pack_may_have_none(pack: Pack) -> None:
    assert pack.has(PackFile.LIVE)
    older = replace(pack, files={PackFile.ACOUSTIC: pack.files[PackFile.ACOUSTIC]})

    with pytest.raises(PackError, match=r"has no acoustic\.live\.onnx"):
        LiveGraph(older)
