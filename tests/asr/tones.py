"""A language of tones, and a network that hears it without learning or doubt.

Each letter is a tone of its own, so that what is said survives a resampler, 16 bits and
a real audio system. Silence is the blank.
"""

from __future__ import annotations

import numpy as np

from asr.alphabets import LETTERS
from asr.audio import SAMPLE_RATE, Samples
from asr.decoding.greedy import GreedyDecoder
from asr.emissions import BLANK, Emissions
from asr.window import FRAME

BIN = SAMPLE_RATE / FRAME  # Hz, 25
FIRST, STEP = 12, 2  # bins: letter k sounds at (FIRST + STEP · k) · BIN
FAINT = 0.02  # root mean square below which a frame is silence


def speak(symbols: str, frames: int = 1, rate: int = SAMPLE_RATE) -> Samples:
    """Say each symbol for so many frames; '_' is silence."""
    n = round(frames * FRAME * rate / SAMPLE_RATE)
    return np.concatenate([_tone(symbol, n, rate) for symbol in symbols]).astype(np.float32)


def spell(text: str, pause: str = "_" * 40, frames: int = 1) -> Samples:
    """Say a text that a listener can tell apart letter by letter, and then be silent."""
    return speak("_".join(text) + "_" + pause, frames)


def tone_network(samples: Samples) -> Emissions:
    """Return (T,) frames that hold the letter of the loudest tone, in both heads."""
    padded = np.pad(samples, (0, -len(samples) % FRAME)).reshape(-1, FRAME)
    peak = np.abs(np.fft.rfft(padded, axis=1)).argmax(axis=1)
    letter = np.rint((peak - FIRST) / STEP).astype(int).clip(0, len(LETTERS) - 1)
    letter[np.sqrt(np.mean(padded**2, axis=1)) < FAINT] = BLANK
    certain = np.log(np.eye(len(LETTERS), dtype=np.float32)[letter] + 1e-6)
    phones = np.where(letter == LETTERS.index(" "), BLANK, letter)
    return Emissions(np.log(np.eye(len(LETTERS), dtype=np.float32)[phones] + 1e-6), certain)


def decoder() -> GreedyDecoder:
    """Return the decoder that spells what the network heard."""
    return GreedyDecoder(LETTERS)


def _tone(symbol: str, n: int, rate: int) -> Samples:
    if symbol == "_":
        return np.zeros(n, np.float32)
    hertz = (FIRST + STEP * LETTERS.index(symbol)) * BIN
    return 0.5 * np.sin(2 * np.pi * hertz * np.arange(n) / rate)
