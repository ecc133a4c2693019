"""The embedded graph: alone, in batches, through windows, and when a GPU fails."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from asr.acoustic import AcousticGraph, padded_length, windowed
from asr.audio import Samples
from asr.audio.files import read_audio
from asr.emissions import Emissions
from asr.errors import PackError, ProviderError
from asr.pack import Pack
from asr.provider import choose_provider
from asr.window import Window

CLIPS = sorted((Path(__file__).parents[1] / "clips").glob("*.opus"))


@pytest.fixture(scope="module")
def pack() -> Pack:
    return Pack.open()


@pytest.fixture(scope="module")
def exact(pack: Pack) -> AcousticGraph:
    """The 32-bit graph, whose numbers do not depend on what is computed beside them."""
    return AcousticGraph(pack, graph="acoustic.onnx")


@pytest.fixture(scope="module")
def speech() -> Samples:
    return read_audio(CLIPS[0])


def assert_close(ours: Emissions, theirs: Emissions, tolerance: float = 1e-4) -> None:
    np.testing.assert_allclose(ours.phones, theirs.phones, atol=tolerance)
    np.testing.assert_allclose(ours.letters, theirs.letters, atol=tolerance)


@pytest.mark.parametrize("n", [0, 1, 639, 640, 641, 16_000])
def test_a_row_for_each_frame_begun(exact: AcousticGraph, pack: Pack, n: int) -> None:
    rows = exact(np.zeros(n, np.float32))

    assert rows.phones.shape == (-(-n // 640), len(pack.phones))
    assert rows.letters.shape == (-(-n // 640), len(pack.letters))
    np.testing.assert_allclose(np.exp(rows.phones).sum(1), 1, rtol=1e-4)


def test_no_utterance_depends_on_its_neighbours(exact: AcousticGraph) -> None:
    sounds = [read_audio(path) for path in CLIPS[:3]]

    for sound, rows in zip(sounds, exact.batch(sounds), strict=True):
        assert_close(rows, exact(sound))


def test_a_window_that_covers_the_utterance_is_the_offline_path(
    exact: AcousticGraph, speech: Samples
) -> None:
    frames = -(-len(speech) // 640)
    window = Window(context=frames, step=10, lookahead=frames)

    assert_close(windowed(exact, speech, window), exact(speech))


@pytest.mark.parametrize("n", [1, 640 * 11, 640 * 12, 640 * 13 + 5])
def test_windows_give_every_frame_once(exact: AcousticGraph, speech: Samples, n: int) -> None:
    assert len(windowed(exact, speech[:n], Window())) == -(-n // 640)


def test_eight_bits_hear_nearly_the_same(
    exact: AcousticGraph, pack: Pack, speech: Samples
) -> None:
    small = AcousticGraph(pack)(speech)

    agree = (small.phones.argmax(1) == exact(speech).phones.argmax(1)).mean()

    assert agree > 0.95


def test_a_gpu_that_fails_loses_no_frame(pack: Pack, speech: Samples) -> None:
    graph = AcousticGraph(pack)

    class Failing:
        def run(self, *_: Any) -> None:
            raise RuntimeError("CUDA failure 2: out of memory")

    graph._session = Failing()
    graph.provider = "cuda"

    rows = graph(speech)

    assert graph.provider == "cpu"
    assert_close(rows, AcousticGraph(pack)(speech))


def test_a_gpu_that_is_not_there_is_a_sentence(pack: Pack) -> None:
    if choose_provider(pack).provider == "cuda":
        pytest.skip("there is a GPU here, and it works")

    with pytest.raises(ProviderError, match="Choose the CPU"):
        AcousticGraph(pack, "cuda")


def test_a_file_that_is_no_graph_is_a_sentence(pack: Pack) -> None:
    with pytest.raises(PackError, match="cannot be loaded"):
        AcousticGraph(pack, graph="language.lexicon")


@given(st.integers(1, 10_000))
def test_a_bucket_holds_its_frames_and_is_one_of_few(frames: int) -> None:
    size = padded_length(frames)

    assert frames <= size <= max(8, frames * 3 // 2)
    assert padded_length(size) == size
    assert size & (size - 1) == 0 or size % 3 == 0


@pytest.mark.gpu
def test_a_gpu_gives_the_numbers_of_the_cpu(
    exact: AcousticGraph, pack: Pack, speech: Samples
) -> None:
    try:
        graph = AcousticGraph(pack, "cuda")
    except (PackError, ProviderError) as error:
        pytest.skip(f"There is no GPU to compare with: {error}")

    for n in (1, 640, 16_000, len(speech)):
        assert_close(graph(speech[:n]), exact(speech[:n]), 1e-3)
