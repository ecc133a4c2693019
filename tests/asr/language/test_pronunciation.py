"""Pronunciation: the dictionary's, by inflection, and by the network of the pack."""

import itertools
import math
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asr.alphabets import PHONES
from asr.errors import LanguageError
from asr.language.pronunciation import (
    SPELLING,
    Dictionary,
    Pronouncer,
    best_sequences,
    inflected,
    pronunciations,
    read_dictionary,
)

MODEL = Path(__file__).parents[3] / "asr" / "packs" / "en" / "language.pronounce.onnx"

CMUDICT = """
;;; a comment
'em AH0 M
a AH0
a(2) EY1
a. EY1
able-bodied EY1 B AH0 L B AA1 D IY0 D
church CH ER1 CH
danglar D AH0 NG L AA1 R # foreign french
mr M IH1 S T ER0
zebra Z IY1 B R AH0
"""


@pytest.fixture(scope="module")
def pronouncer() -> Pronouncer:
    return Pronouncer.open(MODEL)


@pytest.fixture
def dictionary(tmp_path: Path) -> Dictionary:
    path = tmp_path / "cmudict.dict"
    path.write_text(CMUDICT.lstrip())
    return read_dictionary(path)


def all_paths(log_probs: np.ndarray) -> dict[tuple[int, ...], float]:
    """Every symbol sequence with its probability, path by path."""
    found: dict[tuple[int, ...], float] = defaultdict(float)
    for path in itertools.product(range(log_probs.shape[1]), repeat=len(log_probs)):
        merged = [symbol for symbol, _ in itertools.groupby(path)]
        nats = sum(log_probs[t, symbol] for t, symbol in enumerate(path))
        found[tuple(symbol for symbol in merged if symbol)] += math.exp(nats)
    return found


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 5), st.integers(0, 10**6))
def test_the_likeliest_sequence_is_that_of_all_paths_together(n_frames: int, seed: int) -> None:
    chance = np.random.default_rng(seed)
    log_probs = np.log(chance.dirichlet(np.ones(3), n_frames)).astype(np.float32)

    found = best_sequences(log_probs, 1)[0]

    everything = all_paths(log_probs)
    everything.pop((), None)
    assert everything[found] == pytest.approx(max(everything.values()), rel=1e-4)


def test_a_word_is_never_silent() -> None:
    log_probs = np.log(np.array([[0.999999, 1e-7, 9e-7]] * 3, np.float32))

    assert best_sequences(log_probs, 3) == [(2,)]


def test_the_dictionary_is_read_without_stress_and_by_normalised_word(
    dictionary: Dictionary,
) -> None:
    assert dictionary == {
        "em": [("AH", "M")],
        "a": [("AH",), ("EY",)],
        "church": [("CH", "ER", "CH")],
        "danglar": [("D", "AH", "NG", "L", "AA", "R")],
        "zebra": [("Z", "IY", "B", "R", "AH")],
    }


@pytest.mark.parametrize("line", ["word W ER1 Q", "word"])
def test_a_line_that_is_no_pronunciation_is_named(tmp_path: Path, line: str) -> None:
    (tmp_path / "bad.dict").write_text(f"a AH0\n{line}\n")

    with pytest.raises(LanguageError, match=r"Line 2 of bad\.dict"):
        read_dictionary(tmp_path / "bad.dict")


def test_a_missing_dictionary_is_an_error_of_ours(tmp_path: Path) -> None:
    with pytest.raises(LanguageError, match="cannot be read"):
        read_dictionary(tmp_path / "nowhere.dict")


@pytest.mark.parametrize(
    ("stem", "ending"),
    [("K AE T", "S"), ("D AO G", "Z"), ("CH ER CH", "IH Z"), ("B IY", "Z"), ("M IH TH", "S")],
)
def test_the_ending_sounds_as_its_stem_wants(stem: str, ending: str) -> None:
    assert " ".join(inflected(tuple(stem.split()))) == f"{stem} {ending}"


def test_known_words_and_their_inflections_do_not_ask_the_network(
    dictionary: Dictionary, pronouncer: Pronouncer
) -> None:
    said = pronunciations(["a", "church's", "churches", "zebras"], dictionary, pronouncer)

    assert said == {
        "a": [("AH",), ("EY",)],
        "church's": [("CH", "ER", "CH", "IH", "Z")],
        "churches": [("CH", "ER", "CH", "IH", "Z")],
        "zebras": [("Z", "IY", "B", "R", "AH", "Z")],
    }


@pytest.mark.parametrize(
    ("word", "phones"),
    [("blicket", "B L IH K AH T"), ("smorking", "S M AO R K IH NG"), ("thrib", "TH R IH B")],
)
def test_words_that_nobody_knows_sound_as_they_are_spelled(
    pronouncer: Pronouncer, word: str, phones: str
) -> None:
    assert tuple(phones.split()) in pronouncer.variants(word, 3)


def test_a_strangers_possessive_is_the_stranger_and_an_ending(pronouncer: Pronouncer) -> None:
    said = pronunciations(["thrib's", "thrib"], {}, pronouncer)

    assert said["thrib's"] == [(*said["thrib"][0], "Z")]


@settings(max_examples=50, deadline=None)
@given(st.text(alphabet=SPELLING, min_size=1, max_size=30))
def test_any_spelling_has_distinct_sounds(word: str) -> None:
    ways = Pronouncer.open(MODEL).variants(word, 3)

    assert 1 <= len(ways) <= 3
    assert len(set(ways)) == len(ways)
    assert all(way and set(way) <= set(PHONES[1:]) for way in ways)


@pytest.mark.parametrize("word", ["", "Zoë", "two words"])
def test_what_is_no_normalised_word_is_refused(pronouncer: Pronouncer, word: str) -> None:
    with pytest.raises(ValueError, match=r"empty|not found"):
        pronouncer.pronounce(word)


def test_a_missing_a_damaged_and_a_foreign_file_are_refused(tmp_path: Path) -> None:
    (tmp_path / "damaged.onnx").write_bytes(MODEL.read_bytes()[:1000])
    (tmp_path / "foreign.onnx").write_text("no network")

    for name in ("damaged.onnx", "foreign.onnx", "missing.onnx"):
        with pytest.raises(LanguageError, match=name):
            Pronouncer.open(tmp_path / name)
