"""Paragraphs end with a sentence and a pause, or with a speaker's turn."""

from __future__ import annotations

from dataclasses import replace

from asr.readable.paragraphs import LONGEST, goes_on
from asr.readable.writer import ReadableOptions
from asr.transcript import Segment
from tests.asr.readable.scripted import ScriptedTagger, readable, said


def shown(text: str, start: float) -> Segment:
    segment = said(text, start)
    words = tuple(replace(word, display=f"{word.text}.") for word in segment.words)
    return replace(segment, words=(*segment.words[:-1], words[-1]))


def test_an_unfinished_sentence_goes_on_whatever_the_pause() -> None:
    begun = shown("we went and", 0)
    begun = replace(begun, words=(replace(begun.words[0], display="We"), *begun.words[1:]))
    begun = replace(begun, words=(*begun.words[:-1], replace(begun.words[-1], display=None)))
    assert goes_on([begun], said("then home", 60))


def test_a_long_pause_after_a_sentence_ends_it() -> None:
    first = shown("we went home", 0)
    assert goes_on([first], said("it rained", first.end + 1.0))
    assert not goes_on([first], said("it rained", first.end + 3.0))


def test_a_long_paragraph_ends_with_a_sentence() -> None:
    first = shown("word " * LONGEST, 0)
    assert not goes_on([first], said("it rained", first.end + 0.1))


def test_a_line_that_was_ordered_ends_one() -> None:
    options = ReadableOptions(commands=True)
    spoken = readable(ScriptedTagger({}), options).writer().final(said("well new line"))
    assert not goes_on([spoken], said("so", spoken.end))
    assert goes_on([shown("well", 0)], said("so", 1))


def test_words_as_heard_are_a_paragraph_a_segment() -> None:
    assert not goes_on([said("we went home", 0)], said("it rained", 2))
