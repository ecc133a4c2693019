"""Recognised words as people read them, utterance by utterance, in one speaker's stream.

What is shown stands beside what was heard (`Word.display`) and never in its place. Final
words are tagged with the words before them in mind; the stable words of an utterance under
way get their marks once a few words have followed, and then keep them:

    so we went home yesterday the
    So we went home yesterday. The boat      ← «yesterday.» will not change before it is final

A tagger that fails keeps no word from being shown: the words stay as they were heard, and
spoken commands and replacements hold without it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Final, NamedTuple, Protocol

from asr.readable.casing import cased, lettered, marked, titled
from asr.readable.commands import Dictated, dictated
from asr.readable.numbers import figures
from asr.readable.replacements import Replacements
from asr.readable.tagger import Tag
from asr.readable.tags import Mark
from asr.transcript import Segment, Word

log = logging.getLogger(__name__)

BEFORE: Final = 40  # words of earlier utterances that are kept in mind
LOOKAHEAD: Final = 4  # words that follow before a mark is shown in text under way
UTTERANCE_END: Final = 0.8  # seconds of pause that an utterance's end stands for


class WordTagger(Protocol):
    """A tagger, as asr.readable.tagger has it."""

    @property
    def spellings(self) -> Mapping[str, str]:
        """How words like McDonald are written."""

    def tag(
        self, words: Sequence[str], pauses: Sequence[float | None], *, ended: bool = False
    ) -> list[Tag]:
        """Return the tag of each word; a pause is in seconds, None where none is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadableOptions:
    """What the user may choose."""

    is_on: bool = True  # off: words are shown as they were heard
    commands: bool = False  # spoken commands are obeyed
    replacements: Replacements = field(default_factory=Replacements)


@dataclass(slots=True)
class Readable:
    """What makes text readable, for all streams of an engine."""

    tagger: WordTagger | None = None  # words are shown as heard, if not given
    options: ReadableOptions = field(default_factory=ReadableOptions)
    trouble: str = ""  # why words are shown as they were heard, a sentence

    def writer(self) -> Writer:
        """Return what writes one stream."""
        return Writer(self)

    def working_tagger(self) -> WordTagger | None:
        """The tagger, or None: there is none, it is off, or it has failed."""
        return self.tagger if self.options.is_on and not self.trouble else None

    def fail(self, error: Exception) -> None:
        """Note why words are shown as they were heard from here on."""
        self.trouble = as_heard_because(error)
        log.warning("%s", self.trouble)


def as_heard_because(error: Exception) -> str:
    """Say in a sentence why words are shown without case and marks."""
    why = " ".join(str(error).split()) or type(error).__name__
    return f"Words are shown as they were heard, without case and marks: {why}"


class _Kept(NamedTuple):
    """What is shown for a word of text under way, and stays until it is final."""

    text: str
    tag: Tag


@dataclass(slots=True)
class _Text:
    """Words as they are written, (N,) each."""

    heard: list[str]  # in lower case
    written: list[str]  # with their case
    texts: list[str]  # with marks and figures
    marks: list[Mark]

    def keep(self, kept: Sequence[_Kept], sure: int) -> int:
        """Show the first words as they are shown already, and no figure that may grow.

        Returns:
            How many words are sure, without those of a figure that is not.
        """
        first = len(kept)
        while first and first < len(self.texts) and not self.texts[first]:
            self._spell(first)  # what a figure would take in after all
            first += 1
        while len(kept) < sure < len(self.texts) and not self.texts[sure]:
            sure -= 1
        for n in range(sure, len(self.texts)):
            self._spell(n)
        self.texts[: len(kept)] = [one.text for one in kept]
        return sure

    def _spell(self, n: int) -> None:
        written = self.written[n]
        self.texts[n] = marked(written, self.marks[n]) if written else ""


@dataclass(slots=True)
class Writer:
    """Writes the words of one stream, in their order. One thread."""

    readable: Readable
    _before: list[Word] = field(default_factory=list)  # the last words that are final
    _begins: bool = True  # whether a sentence begins with the next word
    _kept: dict[int, _Kept] = field(default_factory=dict)  # of the utterance under way

    def final(self, segment: Segment) -> Segment:
        """Return a segment with what is shown for its words; the stream goes on after it."""
        self._kept.clear()
        said = segment.words
        if not said:
            return segment
        heard = [word.text for word in said]
        shown = self._shown_by(lambda tags: self._final(tags, said), heard)
        words = (
            replace(word, display=None if display == word.text else display)
            for word, display in zip(said, shown, strict=True)
        )
        return replace(segment, words=tuple(words))

    def stable(self, words: Sequence[str], pauses: Sequence[float] = ()) -> tuple[str, ...]:
        """Return stable words of the utterance under way as they are shown for now.

        A word that LOOKAHEAD others follow keeps what is shown for it, unless a command or
        a replacement takes it.

        Args:
            words: (N,) as they were recognised.
            pauses: (N - 1,) seconds of silence between them, if that is known.
        """
        if not words:  # nothing was said after all
            self._kept.clear()
            return ()
        return tuple(self._shown_by(lambda tags: self._stable(tags, words, pauses), words))

    def _shown_by(
        self, write: Callable[[WordTagger], list[str]], said: Sequence[str]
    ) -> list[str]:
        """Return (N,) words as they are written with the tagger, or as they can be without."""
        tags = self.readable.working_tagger()
        if tags is not None:
            try:
                return write(tags)
            except Exception as error:  # noqa: BLE001 - whatever fails, the words are shown
                self.readable.fail(error)
        return self._untagged(said) if self.readable.options.is_on else list(said)

    def _untagged(self, said: Sequence[str]) -> list[str]:
        """Return (N,) words as they were heard, but for commands and replacements."""
        places = self._places(said)
        words = [said[one.place] for one in places]
        marks = [one.mark or Mark.NONE for one in places]
        texts = [marked(*one) for one in zip(words, marks, strict=True)]
        text = _Text([word.lower() for word in words], words, texts, marks)
        return self._shown(places, text, len(said))

    def _final(self, tags: WordTagger, said: Sequence[Word]) -> list[str]:
        places = self._places([word.text for word in said])
        words = [said[one.place] for one in places]
        if not words:
            return [""] * len(said)
        pauses = [max(0.0, b.start - a.end) for a, b in pairwise(words)]
        found = self._tagged(tags, [word.text for word in words], [*pauses, UTTERANCE_END])
        text = self._written(tags, places, [word.text for word in words], found)
        self._before = [*self._before, *words][-BEFORE:]
        self._begins = text.marks[-1].ends_sentence or bool(places[-1].end)
        return self._shown(places, text, len(said))

    def _stable(
        self, tags: WordTagger, said: Sequence[str], pauses: Sequence[float]
    ) -> list[str]:
        places = self._places(said)
        words = [said[one.place] for one in places]
        after = [pauses[one.place] for one in places if one.place < len(pauses)]
        found = self._tagged(tags, words, after if pauses else [])
        sure = sum(one.place + LOOKAHEAD < len(said) for one in places)
        kept = [self._kept[one.place] for one in places[:sure] if one.place in self._kept]
        rest = (Tag(tag.case, Mark.NONE) for tag in found[sure:])
        tagged = [*(one.tag for one in kept), *found[len(kept) : sure], *rest]
        text = self._written(tags, places, words, tagged)
        sure = text.keep(kept, sure)
        for n in range(len(kept), sure):
            self._kept[places[n].place] = _Kept(text.texts[n], tagged[n])
        return self._shown(places, text, len(said))

    def _places(self, said: Sequence[str]) -> list[Dictated]:
        """Return what of (N,) words is shown, and what commands order after it."""
        if self.readable.options.commands:
            return dictated([word.lower() for word in said])
        return [Dictated(place) for place in range(len(said))]

    def _tagged(
        self, tags: WordTagger, words: Sequence[str], after: Sequence[float]
    ) -> list[Tag]:
        """Tag words of an utterance, with those before them in mind.

        Args:
            tags: The tagger.
            words: (N,) as they were recognised.
            after: Seconds of silence after each of the first of them, none if none is known.
        """
        before = self._before
        both = [*(word.text.lower() for word in before), *(word.lower() for word in words)]
        pauses: list[float | None] = [None] * len(both)
        if after:
            earlier = [max(0.0, b.start - a.end) for a, b in pairwise(before)]
            known = [*earlier, *[UTTERANCE_END] * bool(before), *after]
            pauses[: len(known)] = known
        return tags.tag(both, pauses, ended=len(after) == len(words))[len(before) :]

    def _written(
        self,
        tags: WordTagger,
        places: Sequence[Dictated],
        words: Sequence[str],
        found: Sequence[Tag],
    ) -> _Text:
        """Return (N,) words with case, marks and figures."""
        tagged = [
            tag if one.mark is None else Tag(tag.case, one.mark)
            for one, tag in zip(places, found, strict=True)
        ]
        heard, marks = [word.lower() for word in words], [tag.mark for tag in tagged]
        written, begins = [], self._begins
        for one, word, (case, mark) in zip(places, words, tagged, strict=True):
            written.append(cased(word, case, tags.spellings, begins=begins))
            begins = mark.ends_sentence or bool(one.end)
        written = lettered(titled(written, heard, marks), heard, marks)
        texts: list[str] = []
        begins_line = self._begins
        for first, end in _lines(places):  # no figure is said across the end of a line
            line = slice(first, end)
            texts += figures(heard[line], written[line], tagged[line], begins=begins_line)
            begins_line = True
        return _Text(heard, written, texts, marks)

    def _shown(self, places: Sequence[Dictated], text: _Text, n_said: int) -> list[str]:
        """Return what is shown for each word that was said: the user's replacements last."""
        shown = [""] * n_said
        texts = self.readable.options.replacements.apply(text.heard, text.texts, text.marks)
        last = 0  # that is not shown as a part of the one before it
        for one, each in zip(places, texts, strict=True):
            last = one.place if each else last
            shown[one.place] = each
            shown[last] += one.end
        return shown


def _lines(places: Sequence[Dictated]) -> Iterator[tuple[int, int]]:
    """Yield where the lines begin and end that were ordered."""
    ends = [n for n, one in enumerate(places, start=1) if one.end]
    edges = sorted({0, *ends, len(places)})
    yield from pairwise(edges)
