"""The tagger: a small network that gives words their case and the marks between them.

It reads a text of any length in pieces, each with the words around it. Its vocabulary, its
spellings and the marks that it is good at lie in its file; its training is in
models/readable/training.py. N words.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from asr.errors import LanguageError
from asr.inference import open_session
from asr.readable.pauses import pause_buckets
from asr.readable.spelling import parts
from asr.readable.tags import PLAIN, Case, Mark

FORMAT: Final = "1"  # of the file's inputs, outputs and properties
PIECE: Final = 200  # words tagged at once
AROUND: Final = 50  # words read before a piece and after it

# Nats by which an utterance's end is likelier a sentence's than the network knows, which knows
# no pause above 0.6 s. Of 63 utterances of dev-libri whose book is known 60 are right at their
# end without it and 62 with it.
ENDED: Final = 0.7

_PROPERTIES: Final = {"format", "vocabulary", "spellings", "leanings"}


class Tag(NamedTuple):
    """What the tagger says of a word."""

    case: Case
    mark: Mark  # one of NONE, COMMA, FULL_STOP and QUESTION, or a rarer one that it is good at


class Tagger:
    """Tags words as they are recognised: lower case, no marks."""

    INPUTS: Final = ("words", "parts", "pauses")

    def __init__(self, path: Path) -> None:
        """Load a tagger. Raises LanguageError if it is damaged or of another version."""
        self._session = open_session(path, "tagger of case and marks")
        try:
            described: Mapping[str, str] = self._session.get_modelmeta().custom_metadata_map
            is_known = described.get("format") == FORMAT and described.keys() >= _PROPERTIES
            if is_known:
                self._take(described)
        except Exception as error:  # onnxruntime's errors share no other base
            raise LanguageError(
                "{path} is damaged. Install the pack again.", path=path.name
            ) from error
        if not is_known:
            raise LanguageError(
                "{path} is no tagger for this version of the program. Install the pack again.",
                path=path.name,
            )

    def _take(self, described: Mapping[str, str]) -> None:
        """Take what is written in the file; see that it fits the network. Raises Exception."""
        words = described["vocabulary"].split()
        self._numbers = {word: number for number, word in enumerate(words, start=1)}
        self.spellings = dict(map(_pair, described["spellings"].split()))
        self._leanings = np.array(
            [float(nats) for nats in described["leanings"].split()], np.float32
        )
        if self._leanings.shape != (len(Mark),) or not self._leanings.max() < math.inf:
            raise ValueError("leanings")
        tried = ("", *words[-1:])  # the rows at both ends of the table
        cases, marks = self.log_probs(tried, [None] * len(tried))
        if cases.shape[1:] != (len(Case),) or marks.shape[1:] != (len(Mark),):
            raise ValueError("shapes")

    def tag(
        self, words: Sequence[str], pauses: Sequence[float | None], *, ended: bool = False
    ) -> list[Tag]:
        """Return the tags of (N,) words.

        Args:
            words: As they were recognised.
            pauses: Seconds of silence after each, None where there is no sound to tell.
            ended: Whether a speaker was silent after them for so long that the utterance ended.
        """
        if not words:
            return []
        cases, marks = self.log_probs(words, pauses)
        if ended:
            marks[-1, [Mark.FULL_STOP, Mark.QUESTION, Mark.EXCLAMATION]] += ENDED
        chosen = self.choose(marks)
        return [
            Tag(Case(case), Mark(mark))
            for case, mark in zip(cases.argmax(1), chosen, strict=True)
        ]

    def choose(self, marks: NDArray[np.float32]) -> NDArray[np.intp]:
        """Return the mark to show of each of (N, 8) log-probabilities.

        A mark that is never shown counts for the plain one in its place.
        """
        shown = np.exp(marks)
        for mark, instead in PLAIN.items():
            if math.isinf(self._leanings[mark]):
                shown[:, instead] += shown[:, mark]
        best: NDArray[np.intp] = (np.log(shown) + self._leanings).argmax(1)
        return best

    def log_probs(
        self, words: Sequence[str], pauses: Sequence[float | None]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return log-probabilities of the cases (N, 4) and the marks (N, 8)."""
        inputs = self.inputs(words, pauses)
        found: list[list[NDArray[np.float32]]] = [[], []]
        for start in range(0, len(words), PIECE):
            first, stop = max(0, start - AROUND), start + PIECE + AROUND
            piece = {name: rows[:, first:stop] for name, rows in inputs.items()}
            answers = self._session.run(["cases", "marks"], piece)
            for rows, answer in zip(found, answers, strict=True):
                rows.append(answer[0, start - first : start - first + PIECE])
        return np.concatenate(found[0]), np.concatenate(found[1])

    def inputs(
        self, words: Sequence[str], pauses: Sequence[float | None]
    ) -> dict[str, NDArray[np.int64]]:
        """Return what the network reads of (N,) words: one text, (1, N) or (1, N, PARTS)."""
        return {
            "words": np.array([[self._numbers.get(word, 0) for word in words]], np.int64),
            "parts": np.array([[parts(word) for word in words]], np.int64),
            "pauses": np.array([pause_buckets(pauses)], np.int64),
        }


def _pair(text: str) -> tuple[str, str]:
    word, _, spelling = text.partition("=")
    return word, spelling
