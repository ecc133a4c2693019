"""A conditional random field over words, of python-crfsuite: what the tagger has to beat."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

CHUNK: Final = 100  # words that are tagged at once
AROUND: Final = 3  # words on either side that are looked at
ROUNDS: Final = 12  # through the text, of the averaged perceptron

Tags = NDArray[np.uint8]


class Crf:
    """A trained CRF whose labels are case and mark together."""

    def __init__(self, model: bytes) -> None:
        """Load what `train` made."""
        import pycrfsuite

        self._model = model  # the tagger reads it where it lies
        self._tagger: Any = pycrfsuite.Tagger()
        self._tagger.open_inmemory(model)

    @staticmethod
    def train(words: Sequence[str], cases: Tags, marks: Tags) -> Crf:
        """Learn from (N,) words and their tags, by the averaged perceptron."""
        import pycrfsuite

        trainer = pycrfsuite.Trainer(algorithm="ap", verbose=False)
        trainer.set_params({"max_iterations": ROUNDS})
        labels = [f"{case} {mark}" for case, mark in zip(cases, marks, strict=True)]
        for start in range(0, len(words), CHUNK):
            seen = list(features(words[start : start + CHUNK]))
            trainer.append(pycrfsuite.ItemSequence(seen), labels[start : start + CHUNK])
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "peer.crfsuite"
            trainer.train(str(path))
            return Crf(path.read_bytes())

    def tag(self, words: Sequence[str]) -> tuple[Tags, Tags]:
        """Return the cases and marks of (N,) words."""
        labels: list[str] = []
        for start in range(0, len(words), CHUNK):
            labels += self._tagger.tag(list(features(words[start : start + CHUNK])))
        pairs = np.array([label.split() for label in labels], np.uint8)
        return pairs[:, 0], pairs[:, 1]


def features(words: Sequence[str]) -> Iterator[list[str]]:
    """Yield what the CRF sees of each word: itself, its ends, and those around it."""
    for place, word in enumerate(words):
        seen = [f"w={word}", f"s={word[-3:]}", f"p={word[:3]}"]
        for offset in range(-AROUND, AROUND + 1):
            if offset and 0 <= place + offset < len(words):
                seen.append(f"{offset}={words[place + offset]}")
        if place + 1 < len(words):
            seen.append(f"w1={word} {words[place + 1]}")
        if place:
            seen.append(f"-1w={words[place - 1]} {word}")
        if place + 2 < len(words):
            seen.append(f"12={words[place + 1]} {words[place + 2]}")
        yield seen
