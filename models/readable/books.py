"""Printed text as the tagger learns from it: spoken words, each with its case and mark.

    “Emma,” said Mr. Knightley--“why?”
    emma/CAPITAL/COMMA said mister/CAPITAL knightley/CAPITAL/DASH why/QUESTION

Headings and lines that end without a mark (verse, lists, tables) are no prose and are left
out. Words are what `asr.text.normalise` makes of them, as they are in what is recognised.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final, NamedTuple

from asr.readable.tags import Case, Mark
from asr.text import APOSTROPHES, normalise


class Tagged(NamedTuple):
    """A word and its tags."""

    word: str
    case: Case
    mark: Mark


class _Token(NamedTuple):
    """What stands between two spaces in print."""

    words: tuple[str, ...]
    cases: tuple[Case, ...]
    mark: Mark
    begins_lower: bool


_MARKS: Final = (  # the strongest first
    ("?", Mark.QUESTION),
    ("!", Mark.EXCLAMATION),
    (".", Mark.FULL_STOP),
    (";", Mark.SEMICOLON),
    (":", Mark.COLON),
    (",", Mark.COMMA),
    ("—", Mark.DASH),
)
_AROUND: Final = "\"'“”‘’«»()[]{}<>*_~.,;:?!—–-…`"
_ABBREVIATED: Final = re.compile(
    r"(?:[A-Za-z]|[A-Za-z](?:\.[A-Za-z])+|Mr|Mrs|Ms|Dr|St|Messrs|Mme|Mlle|Prof|Rev|Hon|Gen|Col|"
    r"Capt|Lieut|Sergt|Lt|Maj|Gov|No|Nos|Vol|Jr|Sr|vs|viz|cf|Esq|Sen|Rep|vol|p|pp|fig|Fig)"
)
_WORDS: Final = ("I", "a", "A")  # of one letter
_DASH: Final = re.compile(r"\s*(?:--+|—|―|\s–\s)\s*")
_ELLIPSIS: Final = re.compile(r"\s*(?:\.\s?){2,}\.|…")
_HEADING: Final = re.compile(r"\s*(?:===|#|\||!\[|>|\d+\s*$|\* \* \*)")
_CLOSED: Final = re.compile(r"[.?!][\"'”’)\]_*\s]*$")
_PARAGRAPH_END: Final = re.compile(r"\n\s*\n")
_LETTERS: Final = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
_SHOUTED: Final = 0.4  # part of a paragraph's letters that are capital in headings and the like


def prose_paragraphs(text: str) -> Iterator[str]:
    """Yield the paragraphs that are prose, their lines joined."""
    for paragraph in _PARAGRAPH_END.split(text):
        if _HEADING.match(paragraph) or not _CLOSED.search(paragraph):
            continue
        lines = paragraph.strip().splitlines()
        if len(lines) > 2 and sum(line[:1].isupper() for line in lines) > 0.8 * len(lines):
            continue  # verse
        joined = " ".join(lines)
        capitals = sum(map(str.isupper, joined))
        if capitals < _SHOUTED * max(len(joined), 1):
            yield joined


class ProseReader:
    """Reads prose; remembers what it has made of each printed word."""

    spellings: Counter[tuple[str, str]]  # words like McDonald, how printed: in distinct tokens

    def __init__(self) -> None:
        self.spellings = Counter()
        self._known: dict[str, _Token] = {}

    def read(self, paragraph: str) -> list[Tagged]:
        """Return the spoken words of a paragraph with their tags."""
        paragraph = paragraph.translate(APOSTROPHES)
        paragraph = _DASH.sub("— ", _ELLIPSIS.sub("— ", paragraph))
        tagged: list[Tagged] = []
        for printed in paragraph.split():
            token = self._known.get(printed)
            if token is None:
                token = self._known[printed] = self._token(printed)
            if token.begins_lower and tagged:
                _mend(tagged)
            if not token.words:
                if token.mark and tagged and not tagged[-1].mark:
                    tagged[-1] = tagged[-1]._replace(mark=token.mark)
                continue
            *first, last = zip(token.words, token.cases, strict=True)
            tagged += [Tagged(word, case, Mark.NONE) for word, case in first]
            tagged.append(Tagged(*last, token.mark))
        return tagged

    def _token(self, printed: str) -> _Token:
        core = printed.strip(_AROUND)
        after = printed[len(printed.rstrip(_AROUND)) :]
        mark = next((mark for sign, mark in _MARKS if sign in after), Mark.NONE)
        if mark is Mark.FULL_STOP and core not in _WORDS and _ABBREVIATED.fullmatch(core):
            mark = Mark.NONE
        words = tuple(normalise(core).split())
        letters = _LETTERS.findall(core)
        if len(letters) == len(words):
            cases = tuple(map(case_of, letters))
            for word, case, letter in zip(words, cases, letters, strict=True):
                if case is Case.MIXED and len(letter) == len(word):
                    self.spellings[word, letter] += 1
        else:
            first = case_of(letters[0]) if letters and core[0].isalpha() else Case.LOWER
            cases = (first, *[Case.LOWER] * (len(words) - 1))[: len(words)]
        return _Token(words, cases, mark, core[:1].islower())


def _mend(tagged: list[Tagged]) -> None:
    """What ends a sentence is something else where a small letter follows."""
    mark = tagged[-1].mark
    if mark is Mark.FULL_STOP:
        tagged[-1] = tagged[-1]._replace(mark=Mark.NONE)  # of an abbreviation
    elif mark is Mark.EXCLAMATION:
        tagged[-1] = tagged[-1]._replace(mark=Mark.COMMA)  # “Stop!” he said


def case_of(printed: str) -> Case:
    """Tell how a word is written."""
    head, rest = printed[:1], printed[1:]
    rest = rest.removesuffix("'s") or rest
    if head.isupper():
        if not rest or rest.islower() or not any(map(str.isalpha, rest)):
            return Case.CAPITAL
        return Case.UPPER if rest.isupper() else Case.MIXED
    return Case.LOWER if printed.islower() else Case.MIXED
