"""The pack's own tagger, and files that are none, in the place of it."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import onnx
import pytest

from asr.errors import LanguageError
from asr.pack import EMBEDDED, PackFile
from asr.readable.tagger import Tagger
from asr.readable.tags import Mark
from asr.readable.writer import Readable
from tests.asr.readable.scripted import said

WHOLE = (EMBEDDED / PackFile.READABLE).read_bytes()


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    return Tagger(EMBEDDED / PackFile.READABLE)


def shown(tagger: Tagger, text: str) -> str:
    return Readable(tagger).writer().final(said(text)).shown


def test_words_become_sentences(tagger: Tagger) -> None:
    text = "mister kilter is here and we are glad to see him today what do you want"
    assert shown(tagger, text) == (
        "Mr Kilter is here, and we are glad to see him today. What do you want?"
    )


@pytest.mark.parametrize("word", ["yes", "i", "'", "x" * 10_000, "привет", "漢字", "é", "42"])
def test_one_word_of_any_kind_is_shown(tagger: Tagger, word: str) -> None:
    found = shown(tagger, word)
    assert found.rstrip(".,?").casefold() == word.casefold()


def test_words_outside_every_vocabulary_and_alphabet_are_shown(tagger: Tagger) -> None:
    spoken = "мы видели qwxzrt и 漢字 blorfing zzyzzx naïve ça"
    found = shown(tagger, spoken)
    assert [word.strip(".,?").casefold() for word in found.split()] == spoken.split()


def test_what_is_shouted_keeps_its_capital_letters(tagger: Tagger) -> None:
    found = shown(tagger, "COME HERE AT ONCE")
    assert found.strip(".,?!") == "COME HERE AT ONCE"


def test_twenty_thousand_words_without_a_pause_are_sentences(tagger: Tagger) -> None:
    text = (
        "the captain came back to the house in the evening he had seen nothing of the ship "
        "and he asked for his supper but there was none"
    )
    sentence = text.split()
    words = sentence * (20_000 // len(sentence))

    tags = tagger.tag(words, [0.0] * len(words))

    assert len(tags) == len(words)
    assert tags == tagger.tag(words, [None] * len(words))
    ends = {n % len(sentence) for n, tag in enumerate(tags, 1) if tag.mark.ends_sentence}
    assert ends >= {0, 10}


def flipped() -> bytes:
    damaged = bytearray(WHOLE)
    for place in np.random.default_rng(0).integers(0, len(WHOLE), 200):
        damaged[place] ^= 0xFF
    return bytes(damaged)


def with_property(key: str, value: str) -> bytes:
    graph = onnx.load_from_string(WHOLE)
    for one in graph.metadata_props:
        one.value = value if one.key == key else one.value
    content: bytes = graph.SerializeToString()
    return content


def with_answers_swapped() -> bytes:
    """Let the head of the cases answer for that of the marks."""
    graph = onnx.load_from_string(WHOLE)
    others = {"cases": "marks", "marks": "cases"}
    for node in graph.graph.node:
        node.output[:] = [others.get(name, name) for name in node.output]
    for answer in graph.graph.output:
        answer.type.tensor_type.ClearField("shape")
    content: bytes = graph.SerializeToString()
    return content


@pytest.mark.parametrize(
    ("damaged", "sentence"),
    [
        (lambda: b"", "no readable tagger"),
        (lambda: WHOLE[: len(WHOLE) // 2], "no readable tagger"),
        (flipped, "is damaged"),
        (with_answers_swapped, "is damaged"),
        (partial(with_property, "leanings", "0 0 0"), "is damaged"),
        (partial(with_property, "leanings", "nan " * 8), "is damaged"),
        (partial(with_property, "leanings", "some"), "is damaged"),
        (partial(with_property, "vocabulary", "word " * 60_000), "is damaged"),
        (partial(with_property, "format", "2"), "no tagger for this version"),
    ],
)
def test_what_is_no_whole_tagger_is_a_sentence(
    damaged: Callable[[], bytes], sentence: str, tmp_path: Path
) -> None:
    path = tmp_path / "readable.onnx"
    path.write_bytes(damaged())

    with pytest.raises(LanguageError, match=rf"readable\.onnx.*{sentence}") as caught:
        Tagger(path)

    assert len(str(caught.value).splitlines()) == 1


def test_marks_that_are_never_shown_may_lean_to_nothing(tagger: Tagger) -> None:
    marks = np.full((1, len(Mark)), -9.0, np.float32)
    marks[0, Mark.SEMICOLON] = 0.0
    assert tagger.choose(marks).tolist() == [Mark.COMMA]
    assert math.isfinite(tagger.log_probs(["a"], [None])[1].sum())
