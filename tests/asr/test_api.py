"""Earshot from Python: what the README shows runs, and streams of any kind say the same."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr

from asr.api import Transcriber
from asr.audio import SAMPLE_RATE, Samples
from asr.audio.files import read_audio
from asr.errors import ConfigError, DecodeError, PackError
from asr.pack import EMBEDDED, PackFile
from asr.transcript import Segment

ROOT = Path(__file__).parents[2]
CLIP = ROOT / "tests" / "clips" / "1272-128104-0000.opus"
EXAMPLES = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.S)


@pytest.fixture(scope="module")
def transcriber() -> Transcriber:
    return Transcriber(provider="cpu")


@pytest.fixture(scope="module")
def speech() -> Samples:
    return np.concatenate([read_audio(CLIP), np.zeros(2 * SAMPLE_RATE, np.float32)])


def test_the_readme_shows_a_file_and_a_stream() -> None:
    assert len(EXAMPLES) == 2


@pytest.mark.usefixtures("standing_in")
@pytest.mark.parametrize("code", EXAMPLES)
def test_what_the_readme_shows_runs(
    code: str,
    speech: Samples,
    capsys: pytest.CaptureFixture[str],
) -> None:
    soundfile.write("talk.wav", speech, SAMPLE_RATE)

    exec(compile(code, "README.md", "exec"), {})

    assert "apostle" in capsys.readouterr().out


def stream(transcriber: Transcriber, sound: np.ndarray, rate: int, size: int) -> str:
    """The final text of a stream in pieces of one size."""
    found: list[Segment] = []
    stream = transcriber.stream(rate)
    for start in range(0, len(sound), size):
        found += stream.feed(sound[start : start + size])
    found += stream.finish()
    assert stream.text.stable == ()
    return " ".join(segment.text for segment in found)


def test_a_stream_says_what_the_file_says(transcriber: Transcriber, speech: Samples) -> None:
    from_file = transcriber.file(CLIP).text.replace("\n", " ")

    assert "apostle" in from_file
    assert stream(transcriber, speech, SAMPLE_RATE, 1_600) == from_file


def test_any_rate_type_and_number_of_channels_will_do(
    transcriber: Transcriber, speech: Samples
) -> None:
    stereo = np.repeat(soxr.resample(speech, SAMPLE_RATE, 44_100)[:, None], 2, axis=1)

    found = stream(transcriber, (stereo * 32_767).astype(np.int16), 44_100, 4_410)

    assert "apostle of the middle classes" in found


def test_words_under_way_are_there_before_they_are_final(
    transcriber: Transcriber, speech: Samples
) -> None:
    stream = transcriber.stream()

    stream.feed(speech[: 3 * SAMPLE_RATE])

    assert stream.text.stable


def test_a_part_of_a_file_keeps_its_times(transcriber: Transcriber) -> None:
    whole, part = transcriber.file(CLIP), transcriber.file(CLIP, start=2.0, end=4.0)

    words = [word for segment in part.segments for word in segment.words]
    assert words
    assert all(2.0 <= word.start <= word.end <= 4.05 for word in words)
    assert len(words) < sum(len(segment.words) for segment in whole.segments)


def test_mistakes_are_sentences(transcriber: Transcriber, tmp_path: Path) -> None:
    with pytest.raises(DecodeError, match="does not exist"):
        transcriber.file(tmp_path / "none.wav")
    with pytest.raises(DecodeError, match="none is number 3"):
        transcriber.file(CLIP, channel=2)
    with pytest.raises(PackError, match="There is no model pack"):
        Transcriber(tmp_path)
    with pytest.raises(ConfigError, match="weight"):
        Transcriber(hot_words=["earshot\tmuch"])


def test_hot_words_that_cannot_be_said_are_told(caplog: pytest.LogCaptureFixture) -> None:
    Transcriber(hot_words=["earshot", "+++"], provider="cpu")

    assert "«+++»" in caplog.text


def test_a_damaged_tagger_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    for file in EMBEDDED.iterdir():
        (tmp_path / file.name).symlink_to(file)
    (tmp_path / PackFile.READABLE).unlink()

    transcript = Transcriber(tmp_path, provider="cpu").file(CLIP)

    assert transcript.shown == transcript.text != ""
    assert "Words are shown as they were heard" in caplog.text
