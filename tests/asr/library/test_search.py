"""Search as it is typed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asr.library import Hit, Library
from tests.asr.library.entries import add


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Library.open(tmp_path / "home") as opened:
        yield opened


def marked(hit: Hit) -> list[str]:
    return [hit.sentence[begin:end] for begin, end in hit.spans]


@pytest.mark.parametrize(
    ("query", "spans"),
    [
        ("caf", ["Café"]),
        ("CAFÉ", ["Café"]),
        ("cafe mull", ["Café", "Müller"]),
        ("müller cafe", ["Café", "Müller"]),
        ("don't", ["don't"]),
        ("23", ["23"]),
        ("twenty three", ["23"]),
        ("t", ["t", "23"]),
        ("mister", ["Mr"]),
    ],
)
def test_words_are_found_as_shown_and_as_heard(
    library: Library, query: str, spans: list[str]
) -> None:
    add(
        library,
        "before",
        "at café|Café mister|Mr müller|Müller don't twenty|23 three|",
        "after",
    )

    (hit,) = library.search(query)

    assert hit.sentence == "at Café Mr Müller don't 23"
    assert (hit.segment, marked(hit)) == (1, spans)


def test_a_hit_opens_at_its_word(library: Library) -> None:
    entry = add(library, "nothing", "the comma| big house")

    (hit,) = library.search("hou")

    assert (hit.entry, hit.segment, hit.word, hit.start) == (entry.id, 1, 3, 11.5)
    assert (hit.sentence, marked(hit)) == ("the big house", ["house"])
    word = library.transcript(entry.id).segments[hit.segment].words[hit.word]
    assert (word.shown, word.start) == ("house", hit.start)


def test_of_a_very_long_sentence_a_part_is_shown(library: Library) -> None:
    add(library, " ".join(f"w{n}" for n in range(500)))

    (hit,) = library.search("w250")

    assert hit.word == 250
    assert hit.sentence.startswith("… w230 w231 ")
    assert hit.sentence.endswith(" w289 …")
    assert marked(hit) == ["w250"]


@pytest.mark.parametrize(
    "query", ["", "  ", "…", '"', "*", "'", "a*b) OR (", 'NEAR("x"', "\x00"]
)
def test_no_query_is_an_error(library: Library, query: str) -> None:
    add(library, "hello")

    assert library.search(query) == []


def test_many_hits_come_newest_first_page_by_page(library: Library) -> None:
    for number in range(30):
        add(library, *(f"word {number} {n}" for n in range(4)), started=1.7e9 + number)

    first = library.search("word", limit=50)
    second = library.search("word", limit=50, before=first[-1].cursor)
    rest = library.search("word", limit=50, before=second[-1].cursor)

    cursors = [hit.cursor for hit in first + second + sorted(rest, key=lambda h: -h.cursor)]
    assert cursors == sorted(cursors, reverse=True)
    assert len(set(cursors)) == 120
    assert first[0].sentence == "word 29 3"


def test_few_hits_come_best_first(library: Library) -> None:
    add(library, "the old town", started=1.7e9)
    add(library, "old is the townhall", started=1.8e9)
    add(library, "in the old townhouse", started=1.9e9)

    assert [hit.sentence for hit in library.search("old town")] == [
        "the old town",
        "in the old townhouse",
        "old is the townhall",
    ]


WORDS = ["the", "then", "theatre", "old", "olden", "town", "tow", "café", "Cafeteria", "é", "a"]
SENTENCES = st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=6), max_size=8)
QUERIES = st.lists(
    st.sampled_from([*WORDS, "th", "t", "caf", "ol", "x"]), min_size=1, max_size=3
)


def plain(word: str) -> str:
    return word.lower().replace("é", "e")


@settings(max_examples=40, deadline=None)
@given(st.lists(SENTENCES, max_size=4), st.lists(QUERIES, min_size=1, max_size=8))
def test_what_is_found_is_what_was_said(
    tmp_path_factory: pytest.TempPathFactory,
    sessions: list[list[list[str]]],
    queries: list[list[str]],
) -> None:
    with Library.open(tmp_path_factory.mktemp("home")) as library:
        for number, sentences in enumerate(sessions):
            add(library, *(" ".join(words) for words in sentences), started=1.7e9 + number)
        for query in queries:
            *whole, last = map(plain, query)
            expected = [
                (number, n)
                for number, sentences in enumerate(sessions)
                for n, words in enumerate(sentences)
                if all(word in map(plain, words) for word in whole)
                and any(plain(word).startswith(last) for word in words)
            ]
            found = library.search(" ".join(query), limit=1000)

            places = [(round(hit.started.timestamp() - 1.7e9), hit.segment) for hit in found]
            assert sorted(places) == expected
            assert all(hit.spans for hit in found)


@given(st.text(max_size=30))
def test_whatever_is_typed_is_no_trouble(
    tmp_path_factory: pytest.TempPathFactory, query: str
) -> None:
    library = _once(tmp_path_factory)

    for hit in library.search(query):
        assert all(0 <= begin < end <= len(hit.sentence) for begin, end in hit.spans)


_opened: list[Library] = []


def _once(folders: pytest.TempPathFactory) -> Library:
    if not _opened:
        _opened.append(Library.open(folders.mktemp("home")))
        add(_opened[0], "the quick brown fox", "à é 23|", "ß ø jumps")
    return _opened[0]
