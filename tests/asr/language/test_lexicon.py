"""Pronunciations, their trie and their file."""

from pathlib import Path

import numpy as np
import pytest

from asr.errors import LanguageError
from asr.language.lexicon import Lexicon
from tests.asr.decoding import tiny


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.lexicon"
    tiny.lexicon(tiny.Bigrams()).write(path)
    return path


def words_at(lexicon: Lexicon, node: int) -> set[str]:
    start, end = lexicon.trie.word_offsets[node : node + 2]
    return {tiny.VOCABULARY[word] for word in lexicon.trie.words[start:end]}


def test_what_is_written_is_read(path: Path) -> None:
    model, lexicon = tiny.Bigrams(), Lexicon.open(path)

    lexicon.check(model.words, tiny.PHONES)
    for word, ways in tiny.SOUNDS.items():
        assert lexicon.pronunciations(model.word_id(word)) == ways
    assert lexicon.pronunciations(model.unknown) == []


def test_every_pronunciation_leads_to_its_words(path: Path) -> None:
    lexicon = Lexicon.open(path)

    for word, ways in tiny.SOUNDS.items():
        for way in ways:
            nodes = lexicon.trie.walk(np.array(way, np.uint8))
            assert word in words_at(lexicon, nodes[-1])
    assert words_at(lexicon, lexicon.trie.walk(np.array([2], np.uint8))[0]) == {"b", "bee"}
    assert len(lexicon.trie) == 1 + len(
        {
            way[:n]
            for ways in tiny.SOUNDS.values()
            for way in ways
            for n in range(1, len(way) + 1)
        }
    )


def test_look_ahead_is_the_best_unigram_below(path: Path) -> None:
    model, lexicon = tiny.Bigrams(), Lexicon.open(path)
    below_a = max(model.unigrams[model.word_id(word)] for word in ("a", "ab", "aha"))
    cab = model.unigrams[model.word_id("cab")]

    (a,) = lexicon.trie.walk(np.array([1], np.uint8))
    through_cab = lexicon.trie.walk(np.array([3, 1, 2], np.uint8))

    assert lexicon.trie.look_ahead[a] == below_a
    assert (lexicon.trie.look_ahead[through_cab] == cab).all()


def test_another_vocabulary_takes_over_what_both_have(path: Path) -> None:
    lexicon, old = Lexicon.open(path), list(tiny.VOCABULARY)
    words = ["<unk>", "</s>", "cabby", "b", "aha", "ab", "quux"]
    model = tiny.Bigrams(words=words)
    numbers = np.array([words.index(word) if word in words else -1 for word in old])

    other = lexicon.adapted(numbers, [(2, (3, 1, 2, 1)), (2, (3, 1))], words, model.unigrams)

    other.check(words, tiny.PHONES)
    assert other.pronunciations(2) == [(3, 1, 2, 1), (3, 1)]
    for word in ("b", "aha", "ab"):
        assert other.pronunciations(words.index(word)) == tiny.SOUNDS[word]
        (node, *_) = other.trie.walk(np.array(tiny.SOUNDS[word][0], np.uint8))[::-1]
        start, end = other.trie.word_offsets[node : node + 2]
        assert words.index(word) in other.trie.words[start:end]
    assert other.pronunciations(words.index("quux")) == []
    assert len(other) == 2 + 1 + 1 + 2
    assert other.trie.look_ahead[0] == max(model.unigrams[2:6])
    with pytest.raises(LanguageError, match="another language model"):
        other.check(old, tiny.PHONES)


def test_any_damage_is_refused(path: Path) -> None:
    whole = path.read_bytes()
    for place in range(len(whole)):
        damaged = bytearray(whole)
        damaged[place] ^= 0xFF
        path.write_bytes(damaged)
        with pytest.raises(LanguageError):
            Lexicon.open(path)


@pytest.mark.parametrize("size", [0, 1, 15, 16, 100, -1])
def test_a_truncated_file_is_refused(path: Path, size: int) -> None:
    path.write_bytes(path.read_bytes()[:size])

    with pytest.raises(LanguageError):
        Lexicon.open(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LanguageError, match="could not be opened"):
        Lexicon.open(tmp_path / "none")


@pytest.mark.parametrize("symbols", [(), (0,), (1, 4)])
def test_pronunciations_outside_the_alphabet_are_refused(symbols: tuple[int, ...]) -> None:
    model = tiny.Bigrams()

    with pytest.raises(LanguageError, match="«cab»"):
        Lexicon.build(
            [(model.word_id("cab"), symbols)], model.words, model.unigrams, tiny.PHONES
        )
