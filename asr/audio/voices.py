"""Whether the two channels of a file hold people who take turns, each before a microphone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from asr.audio import SAMPLE_RATE, Samples
from asr.audio.files import open_audio
from asr.audio.timeline import Skip
from asr.errors import DecodeError

LISTENED: Final = 180.0  # seconds of the file that decide
_WINDOW: Final = SAMPLE_RATE // 4
_LOUD: Final = 0.1  # of the loudest tenth's level: what is below it is a pause
_APART: Final = 2.0  # times as loud in one channel: the other hears the speaker from afar
_MOST: Final = 0.8  # of the loud windows are apart where two people speak; music has few
_EACH: Final = 0.1  # and so many are louder in each channel: one side alone is no talk


def are_apart(path: Path) -> bool:
    """Tell whether a file has two channels, and in each a voice that the other has not.

    A file that cannot be read has none; who reads it says why.
    """
    try:
        with open_audio(path, channel=0, end=LISTENED) as one:
            if one.channels != 2:
                return False
            left = _levels(one.pieces())
        with open_audio(path, channel=1, end=LISTENED) as other:
            right = _levels(other.pieces())
    except DecodeError:
        return False
    n_windows = min(len(left), len(right))
    return _take_turns(left[:n_windows], right[:n_windows])


def _take_turns(left: NDArray[np.float32], right: NDArray[np.float32]) -> bool:
    """Judge two channels by their levels, a window each."""
    louder = np.maximum(left, right)
    if not louder.any():
        return False
    is_loud = louder > _LOUD * np.quantile(louder, 0.9)
    is_left = np.mean(left[is_loud] > _APART * right[is_loud])
    is_right = np.mean(right[is_loud] > _APART * left[is_loud])
    return bool(min(is_left, is_right) >= _EACH and is_left + is_right >= _MOST)


def _levels(pieces: Iterator[Samples | Skip]) -> NDArray[np.float32]:
    """Return the root mean square of each window, holes left out."""
    sound = [piece for piece in pieces if not isinstance(piece, Skip)]
    samples = np.concatenate([*sound, np.empty(0, np.float32)])
    windows = samples[: len(samples) // _WINDOW * _WINDOW].reshape(-1, _WINDOW)
    levels: NDArray[np.float32] = np.sqrt(np.mean(np.square(windows), axis=1))
    return levels
