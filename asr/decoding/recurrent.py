"""The recurrent language model as the decoder asks it: how likely whole texts are.

Texts that begin alike are read once as far as they do: the step from one word to the next is
one call for all of them. Its training is in models/recurrent_training.py. N texts, H cells.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from asr.errors import LanguageError

Words: TypeAlias = tuple[int, ...]  # numbers of the n-gram model
Scores: TypeAlias = NDArray[np.float64]  # natural log-probabilities

MEMORY: Final = 4  # words


class RecurrentModel:
    """A trained network that reads words and says how likely each was after those before it."""

    def __init__(self, session: onnxruntime.InferenceSession) -> None:
        self._session = session
        described = session.get_modelmeta().custom_metadata_map
        self.words = int(described["words"])  # how many it knows, numbered from 0
        self._end = int(described["end"])
        self._unknown = int(described["unknown"])
        self._nothing = np.zeros((1, int(described["cells"])), np.float32)

    @staticmethod
    def open(path: Path, threads: int = 1) -> RecurrentModel:
        """Load the network. Raises LanguageError if it is missing, damaged or foreign."""
        if not path.is_file():
            raise LanguageError(f"There is no recurrent language model at {path}.")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        try:
            return RecurrentModel(
                onnxruntime.InferenceSession(
                    str(path), options, providers=["CPUExecutionProvider"]
                )
            )
        except Exception as error:  # onnxruntime's errors share no other base
            raise LanguageError(f"{path.name} is no readable language model.") from error

    def score(self, texts: Sequence[Words]) -> list[Scores]:
        """Return for each text the scores of its words and of its end, one more than words.

        Texts that agree in their last MEMORY words are told apart no more: what was said
        before is taken from the first of them, so that the likeliest should come first
        (Liu et al. 2014, «Efficient lattice rescoring using recurrent neural network language
        models», section 3.1).
        """
        wanted = [self._known(text) for text in texts]
        scores: list[list[float]] = [[] for _ in wanted]
        places: dict[Words, int] = {(): 0}
        hidden = cell = self._nothing
        for length in range(1, max(map(len, wanted), default=0) + 1):
            begun: dict[Words, Words] = {}  # by what tells them apart
            for text in wanted:
                if len(text) >= length:
                    begun.setdefault(_recent(text[:length]), text[:length])
            before = [places[_recent(text[:-1])] for text in begun.values()]
            said = [text[-2] if length > 1 else self._end for text in begun.values()]
            nats, hidden, cell = self._session.run(
                None,
                {
                    "words": np.array(said, np.int64),
                    "targets": np.array([text[-1] for text in begun], np.int64),
                    "hidden": hidden[before],
                    "cell": cell[before],
                },
            )
            places = {recent: place for place, recent in enumerate(begun)}
            for row, text in zip(scores, wanted, strict=True):
                if len(text) >= length:
                    row.append(float(nats[places[_recent(text[:length])]]))
        return [np.array(row) for row in scores]

    def _known(self, text: Words) -> Words:
        known = (word if word < self.words else self._unknown for word in text)
        return (*known, self._end)


def _recent(text: Words) -> Words:
    return text[-MEMORY:]
