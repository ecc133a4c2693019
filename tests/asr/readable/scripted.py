"""A tagger that says what a test wants of each word."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from asr.readable.tagger import Tag
from asr.readable.tags import Case, Mark
from asr.readable.writer import Readable, ReadableOptions
from asr.transcript import Segment, Word


class ScriptedTagger:
    """Names are written with a capital letter; marks follow the words that are given."""

    spellings: Mapping[str, str] = {"mcdonald": "McDonald"}

    def __init__(self, marks: Mapping[str, Mark], names: Sequence[str] = ()) -> None:
        self._marks, self._names = marks, names
        self.asked: list[tuple[list[str], list[float | None]]] = []
        self.ended: list[bool] = []  # whether the utterance had, each time

    def tag(
        self, words: Sequence[str], pauses: Sequence[float | None], *, ended: bool = False
    ) -> list[Tag]:
        """Tag each word by itself."""
        assert len(words) == len(pauses)
        self.asked.append((list(words), list(pauses)))
        self.ended.append(ended)
        return [Tag(self._case(word), self._marks.get(word, Mark.NONE)) for word in words]

    def _case(self, word: str) -> Case:
        if word in self.spellings:
            return Case.MIXED
        return Case.CAPITAL if word in self._names else Case.LOWER


def readable(tagger: ScriptedTagger, options: ReadableOptions = ReadableOptions()) -> Readable:
    """What writes with a scripted tagger."""
    return Readable(tagger, options)


def said(text: str, start: float = 0.0, speaker: str = "") -> Segment:
    """A segment of words, half a second each."""
    words = tuple(
        Word(word, start + place / 2, start + place / 2 + 0.4)
        for place, word in enumerate(text.split())
    )
    return Segment(words, start, start + len(words) / 2, speaker)
