"""Channels become one without losing what was said, at any level."""

from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from asr.audio import SAMPLE_RATE
from asr.audio.channels import Mixer
from asr.audio.files import open_audio, read_audio
from asr.errors import DecodeError
from tests.asr.audio.ladder import encoded, heard, ladder, needs_ffmpeg


def written(path: Path, frames: np.ndarray, subtype: str = "PCM_16") -> Path:
    soundfile.write(path, frames, SAMPLE_RATE, subtype=subtype)
    return path


@pytest.mark.parametrize("second", [-1.0, -0.9, -1.1])
def test_channels_in_opposite_phase_are_not_lost(tmp_path: Path, second: float) -> None:
    sound = 0.5 * ladder(4)
    path = written(tmp_path / "a.wav", np.stack([sound, second * sound], axis=1))

    with open_audio(path) as file:
        samples = np.concatenate(list(file))

    assert heard(samples) == [0, 1, 2, 3]
    assert np.abs(samples).max() == pytest.approx(0.25 * max(1, -second), rel=0.05)
    (note,) = file.notes(has_words=True)
    assert "«a.wav» cancel each other" in str(note)
    assert f"channel {2 if second < -1 else 1} was taken" in str(note)


@pytest.mark.parametrize("second", [0.0, 1.0, 0.5])
def test_channels_that_do_not_cancel_are_mixed(tmp_path: Path, second: float) -> None:
    sound = 0.5 * ladder(2)
    path = written(tmp_path / "a.wav", np.stack([sound, second * sound], axis=1))

    with open_audio(path) as file:
        samples = np.concatenate(list(file))

    assert np.abs(samples).max() == pytest.approx(0.25 * (1 + second) / 2, rel=0.05)
    assert not file.notes(has_words=True)


def test_a_voice_in_one_of_six_channels_keeps_its_level(tmp_path: Path) -> None:
    frames = np.zeros((2 * SAMPLE_RATE, 6))
    frames[:, 2] = ladder(2)

    samples = read_audio(written(tmp_path / "a.wav", frames))

    assert np.abs(samples).max() == pytest.approx(0.5, rel=0.05)


def test_one_channel_can_be_chosen(tmp_path: Path) -> None:
    path = written(tmp_path / "a.wav", np.stack([ladder(2), ladder(2, first=4)], axis=1))

    for channel, tones in ((0, [0, 1]), (1, [4, 5])):
        with open_audio(path, channel=channel) as file:
            assert file.channels == 2
            assert heard(np.concatenate(list(file))) == tones
    with pytest.raises(DecodeError, match="has 2 channels, and none is number 3"):
        open_audio(path, channel=2)


@pytest.mark.parametrize("peak", [1.0, 1.5, 200.0, 32_768.0])
def test_floats_beyond_full_scale_are_scaled(tmp_path: Path, peak: float) -> None:
    sound = ladder(3) * 2 * peak
    sound[:SAMPLE_RATE] /= 10  # the first second is no measure for the rest

    samples = read_audio(written(tmp_path / "a.wav", sound, "FLOAT"))

    np.testing.assert_allclose(samples, sound / peak, atol=0.02)


def test_a_broken_number_does_not_silence_the_rest(tmp_path: Path) -> None:
    sound = ladder(12)
    sound[5_000] = 1e30

    samples = read_audio(written(tmp_path / "a.wav", sound, "FLOAT"))

    assert np.abs(samples[SAMPLE_RATE:]).max() > 0.01
    assert heard(40 * samples)[1:] == list(range(1, 12))


@settings(max_examples=100, deadline=None)
@given(
    arrays(
        np.float32,
        st.tuples(st.integers(0, 50), st.integers(1, 9)),
        elements=st.floats(width=32, allow_nan=True, allow_infinity=True),
    ),
    st.booleans(),
    st.none() | st.integers(0, 12),
)
def test_whatever_the_frames_hold_samples_are_in_range(
    frames: np.ndarray, is_float: bool, channel: int | None
) -> None:
    samples = Mixer(channel).mix(frames, is_float=is_float)

    assert samples.shape == (len(frames),)
    assert samples.dtype == np.float32
    assert np.all(np.abs(samples) <= 1)


@pytest.mark.parametrize(
    ("frames", "reason"),
    [
        (np.empty(0), "it holds no samples"),
        (np.full(5_000, np.nan), "its samples are not numbers"),
        (np.zeros(5_000), "it is silent from start to end"),
        (np.zeros(1), "it is silent from start to end"),
        (np.full(5_000, 2e-5), "it is silent from start to end"),
        (ladder(1), ""),
    ],
)
def test_a_file_tells_why_there_is_no_speech_in_it(
    tmp_path: Path, frames: np.ndarray, reason: str
) -> None:
    with open_audio(written(tmp_path / "a.wav", frames, "FLOAT")) as file:
        list(file)

    (note,) = file.notes(has_words=False)
    why = f": {reason}" if reason else ""
    assert str(note) == f"No speech was found in «a.wav»{why}."


@needs_ffmpeg
@pytest.mark.parametrize(
    ("name", "codec", "layout", "n_channels"),
    [
        ("film.m4a", "aac", "5.1", 6),
        ("film.m4a", "aac", "7.1", 8),
        ("film.mkv", "pcm_s16le", "7.1", 8),
        ("film.mkv", "pcm_s16le", "16c", 16),
    ],
)
def test_a_film_may_have_many_channels(
    tmp_path: Path, name: str, codec: str, layout: str, n_channels: int
) -> None:
    every = "|".join(f"c{n}=c0" for n in range(n_channels))
    path = encoded(tmp_path / name, "-af", f"pan={layout}|{every}", "-c:a", codec, seconds=3)

    samples = read_audio(path)

    assert heard(samples) == [0, 1, 2]


def test_a_broken_number_is_no_warning(tmp_path: Path) -> None:
    frames = np.full((SAMPLE_RATE, 1), 0.25, np.float32)
    frames.view(np.uint32)[10:20] = 0x7F800001  # one that signals
    path = tmp_path / "a.wav"
    soundfile.write(path, frames, SAMPLE_RATE, subtype="FLOAT")

    samples = read_audio(path)

    assert samples[10:20].max() <= 0.25 + 1e-6
    assert len(samples) == SAMPLE_RATE
