"""Speech decoded once."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import numpy as np
import pytest
import soundfile

from models.data import sound_cache
from models.data.sound_cache import SoundCache


@pytest.fixture
def clips(tmp_path: Path) -> list[Path]:
    """Two clips of known lengths."""
    for number, n_samples in enumerate((800, 1600)):
        soundfile.write(tmp_path / f"{number}.wav", np.full(n_samples, 0.25), 16_000)
    return [tmp_path / "0.wav", tmp_path / "1.wav"]


def test_sounds_come_back_by_number(clips: list[Path], tmp_path: Path) -> None:
    sounds = SoundCache.open(clips, tmp_path / "cache")

    assert sounds.lengths().tolist() == [800, 1600]
    np.testing.assert_allclose(sounds[1], 0.25, atol=1e-4)


def test_what_was_decoded_is_not_decoded_again(clips: list[Path], tmp_path: Path) -> None:
    SoundCache.open(clips, tmp_path / "cache")
    made = {path: path.stat().st_ino for path in (tmp_path / "cache").iterdir()}

    assert len(SoundCache.open(clips, tmp_path / "cache")) == 2
    assert made == {path: path.stat().st_ino for path in (tmp_path / "cache").iterdir()}


def test_a_file_written_anew_is_decoded_anew(clips: list[Path], tmp_path: Path) -> None:
    SoundCache.open(clips, tmp_path / "cache")
    soundfile.write(clips[0], np.zeros(400), 16_000)

    assert SoundCache.open(clips, tmp_path / "cache").lengths().tolist() == [400, 1600]


def test_a_cache_of_nothing_is_empty(tmp_path: Path) -> None:
    assert len(SoundCache.open([], tmp_path / "cache")) == 0


def test_who_comes_while_another_decodes_waits_for_it(
    clips: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    decode = sound_cache._decode
    together = Barrier(3)
    decodings: list[Path] = []

    def counted(paths: list[Path], pcm: Path, ends: Path) -> None:
        decodings.append(pcm)
        decode(paths, pcm, ends)

    def opened(_: int) -> int:
        together.wait()
        return int(SoundCache.open(clips, tmp_path / "cache").lengths().sum())

    monkeypatch.setattr(sound_cache, "_decode", counted)
    with ThreadPoolExecutor(3) as threads:
        heard = list(threads.map(opened, range(3)))

    assert heard == [2400] * 3
    assert len(decodings) == 1
