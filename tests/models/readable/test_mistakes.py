"""Mistakes in the texts to learn from are those that the recogniser makes."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

from asr.engine import Engine, EngineOptions
from asr.errors import LanguageError
from asr.evaluation.manifest import Utterance
from asr.pack import EMBEDDED
from asr.readable.tags import Case, Mark
from models.readable import confusions as confusions_module
from models.readable.confusions import aligned, count_confusions, read_confusions
from models.readable.heard import HeardUtterance, HeardWord, hear, read_heard
from models.readable.mistakes import ALIKE, Mistakes, TaggedRow, alike, said_forms

CLIPS = Path(__file__).parents[2] / "clips"
WORDS = ["the", "and", "cat", "bat", "dog", "kate", "ran", "home"]
LOWER, CAPITAL = Case.LOWER, Case.CAPITAL


def utterance(said: str, heard: str) -> HeardUtterance:
    words = tuple(HeardWord(word, n, n + 0.5) for n, word in enumerate(heard.split()))
    return HeardUtterance("a", said, 9.0, words)


def row(text: str, marks: dict[int, Mark] | None = None) -> TaggedRow:
    words = np.array([WORDS.index(word) for word in text.split()], np.int32)
    tags = np.zeros(len(words), np.uint8)
    for place, mark in (marks or {}).items():
        tags[place] = mark
    return TaggedRow(words, np.zeros(len(words), np.uint8), tags)


def only(kind: int, others: int = 3, added: tuple[int, ...] = ()) -> Mistakes:
    """Mistakes of one kind, at each word."""
    rates = np.zeros((5, 3))
    rates[:, kind] = 1.0
    return Mistakes(rates, np.full((len(WORDS), 8), others), np.array(added, np.int32))


def made(mistakes: Mistakes, before: TaggedRow, length: int, rate: float = 1.0) -> TaggedRow:
    return mistakes.make(before, length, rate, np.random.default_rng(1))


@pytest.mark.parametrize(
    ("said", "heard", "pairs"),
    [
        ("the cat ran", "the bat ran", [("the", "the"), ("cat", "bat"), ("ran", "ran")]),
        ("the cat ran", "cat ran", [("the", ""), ("cat", "cat"), ("ran", "ran")]),
        ("cat ran", "the cat ran", [("", "the"), ("cat", "cat"), ("ran", "ran")]),
        (
            "leightons work",
            "lay tons work",
            [("", "lay"), ("leightons", "tons"), ("work",) * 2],
        ),
        ("", "the", [("", "the")]),
        ("the", "", [("the", "")]),
        ("", "", []),
    ],
)
def test_words_are_paired_with_the_fewest_errors(
    said: str, heard: str, pairs: list[tuple[str, str]]
) -> None:
    assert list(aligned(said.split(), heard.split())) == pairs


def test_an_utterance_of_another_text_tells_nothing() -> None:
    found = count_confusions([utterance("the cat ran", "the bat ran"), utterance("dog", "x")])

    assert found == Counter({("the", "the"): 1, ("cat", "bat"): 1, ("ran", "ran"): 1})


def test_a_table_is_read_as_it_was_written(tmp_path: Path) -> None:
    heard, table = tmp_path / "heard.jsonl", tmp_path / "table.tsv"
    heard.write_text(
        '["a", "the dog the cat ran", 2.5, '
        '[["the", 0, 1], ["dog", 1, 2], ["the", 2, 3], ["bat", 3, 4]]]\n'
    )

    confusions_module.main([str(heard), "--output", str(table)])

    assert read_confusions(table) == {
        ("the", "the"): 2,
        ("dog", "dog"): 1,
        ("cat", "bat"): 1,
        ("ran", ""): 1,
    }


@pytest.mark.parametrize("content", ["", "said\theard\n", "said\theard\tcount\na\tb\tx\n"])
def test_what_is_no_table_is_a_sentence(content: str, tmp_path: Path) -> None:
    (tmp_path / "table.tsv").write_text(content)
    with pytest.raises(LanguageError, match=r"table\.tsv"):
        read_confusions(tmp_path / "table.tsv")


@pytest.mark.parametrize("content", ["{", '["a"]', "[1, 2, 3, 4]"])
def test_what_was_never_heard_is_a_sentence(content: str, tmp_path: Path) -> None:
    (tmp_path / "heard.jsonl").write_text(content)
    with pytest.raises(LanguageError, match=r"heard\.jsonl"):
        read_heard(tmp_path / "heard.jsonl")


def test_what_is_read_is_heard_with_its_times() -> None:
    engine = Engine(EngineOptions(pack=EMBEDDED, provider="cpu", decoder="greedy"))
    clip = CLIPS / "777-126732-0000.opus"

    (found,) = hear(engine, [Utterance(clip, "ALL IONIZATION, MAKES", "a", 4.0)])

    assert found.text == "all ionization makes"
    assert len(found.words) > 2
    assert found.words[0].end <= found.words[1].start


def test_words_an_edit_apart_are_alike_and_only_known_ones_are_offered() -> None:
    found = alike([["cat"], ["cart"], ["dog"], ["bat"], ["cut"]], known=4)

    assert found.shape == (5, ALIKE)
    assert set(found[0].tolist()) == {1, 3}
    assert set(found[2].tolist()) == {2}
    assert set(found[4].tolist()) == {0}


def test_words_that_are_said_alike_are_spelled_as_they_may_be() -> None:
    words = ["there", "their", "zzyzzx"]
    found = alike(said_forms(words), known=3)

    assert set(found[0].tolist()) == {1}
    assert set(found[2].tolist()) == {2}  # in no lexicon


def test_what_was_counted_is_made_beside_what_sounds_alike() -> None:
    table = Counter({("dog", "home"): 3, ("cat", "cat"): 4, ("", "and"): 2})

    found = Mistakes.counted(WORDS, len(WORDS), table, [[word] for word in WORDS])

    dog, cat = (found.others[WORDS.index(word)].tolist() for word in ("dog", "cat"))
    assert set(dog) == {WORDS.index("home")}
    assert set(cat) == {WORDS.index("bat")}
    assert found.added.tolist() == [WORDS.index("and")] * 2
    assert found.rates[0, 0] > found.rates[0, 1] == 0.0
    assert found.rates[0, 2] == pytest.approx(2 / 5)


def test_commoner_words_are_mistaken_as_seldom_as_they_were() -> None:
    words = [str(n) for n in range(2_000)]
    table = Counter({("0", "0"): 900, ("0", "1"): 100, ("1500", "1500"): 50, ("1500", "1"): 50})

    rates = Mistakes.counted(words, 2_000, table, [[] for _ in words]).rates

    assert rates[3, 0] > 4 * rates[0, 0]
    average = (1_000 * rates[0] + 100 * rates[3]).sum() / 1_100
    assert average == pytest.approx(1, abs=0.1)


def test_a_changed_word_keeps_its_tags() -> None:
    found = made(only(0), row("the cat ran", {1: Mark.COMMA}), 3)

    assert found.words.tolist() == [3, 3, 3]
    assert found.marks.tolist() == [Mark.NONE, Mark.COMMA, Mark.NONE]


def test_the_mark_of_a_word_that_is_left_out_is_that_of_the_one_before() -> None:
    before = row("the cat ran home the dog", {3: Mark.FULL_STOP, 2: Mark.COMMA})
    mistakes = only(1)
    mistakes.rates[:] = 0

    untouched = made(mistakes, before, 4)
    assert untouched.words.tolist() == before.words[:4].tolist()

    mistakes.rates[:, 1] = 1.0
    found = made(mistakes, before, 4)  # two of the six may go, and the first two do
    assert found.words.tolist() == before.words[2:].tolist()


def test_a_sentence_ends_and_begins_without_the_words_that_are_left_out() -> None:
    cases = np.array([CAPITAL, LOWER, CAPITAL, LOWER, LOWER], np.uint8)
    marks = np.array([0, Mark.FULL_STOP, Mark.COMMA, 0, Mark.FULL_STOP], np.uint8)
    words = np.array([20, 0, 1, 20, 20], np.int32)
    rates = np.zeros((5, 3))
    rates[0, 1] = 1.0  # of the ten commonest words alone
    mistakes = Mistakes(rates, np.zeros((30, 8), np.int32), np.empty(0, np.int32))

    found = mistakes.make(TaggedRow(words, cases, marks), 3, 1.0, np.random.default_rng(1))

    assert found.words.tolist() == [20, 20, 20]
    assert found.marks.tolist() == [Mark.FULL_STOP, 0, Mark.FULL_STOP]
    assert found.cases.tolist() == [CAPITAL, CAPITAL, LOWER]


def test_words_are_added_where_no_mark_is() -> None:
    before = row("the cat ran home", {1: Mark.COMMA})

    found = made(only(2, added=(5,)), before, 4)

    assert found.words.tolist() == [0, 5, 2, 6]
    assert found.marks.tolist() == [0, 0, Mark.COMMA, 0]
    assert made(only(2), before, 4).words.tolist() == before.words.tolist()  # none to add


def test_as_many_mistakes_are_made_as_are_asked_for() -> None:
    words = np.full(20_000, 2, np.int32)
    tags = np.zeros(20_000, np.uint8)
    mistakes = Mistakes.spelled_alike(WORDS, len(WORDS))

    found = mistakes.make(TaggedRow(words, tags, tags), 10_000, 0.1, np.random.default_rng(1))

    assert (found.words != 2).mean() == pytest.approx(0.1, abs=0.02)
