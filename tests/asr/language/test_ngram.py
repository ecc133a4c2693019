"""The compact language model: exact look-ups, back-off, states, files good and bad."""

import gzip
import itertools
import math
import os
import subprocess
import sys
import time
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from asr.errors import LanguageError
from asr.language.arpa import Ngrams, Order, read_arpa, write_arpa
from asr.language.ngram import InterpolatedModel, LanguageModel, SpelledWords, quantised
from asr.pack import Pack, PackFile

WORDS = ["<unk>", "<s>", "</s>", "big", "dog", "red"]
ARPA = """
\\data\\
ngram 1=6
ngram 2=4
ngram 3=2

\\1-grams:
-2.0\t<unk>
-99\t<s>\t-0.3
-1.0\t</s>
-0.7\tbig\t-0.2
-0.8\tdog\t-0.4
-0.9\tred

\\2-grams:
-0.5\t<s> big\t-0.1
-0.4\tbig dog\t-0.25
-0.6\tbig red
-0.3\tdog </s>

\\3-grams:
-0.15\t<s> big dog
-0.05\tbig dog </s>

\\end\\
"""


@pytest.fixture
def arpa(tmp_path: Path) -> Path:
    path = tmp_path / "small.arpa"
    path.write_text(ARPA)
    return path


@pytest.fixture
def small(arpa: Path) -> LanguageModel:
    return LanguageModel.from_ngrams(read_arpa(arpa))


def random_ngrams(seed: int, n_words: int = 60, order: int = 3) -> Ngrams:
    """Any n-grams with any scores, more than 256 different ones."""
    chance = np.random.default_rng(seed)
    words = [*WORDS[:3], *(f"w{i}" for i in range(n_words - 3))]
    orders: list[Order] = []
    for n in range(order):
        if n == 0:
            keys = np.arange(n_words)
        else:
            everything = len(orders[-1]) * n_words
            keys = np.sort(chance.choice(everything, min(everything // 9, 5000), replace=False))
        scores = -chance.gamma(2, 2, len(keys)).astype(np.float32)
        weights = -chance.gamma(1, 1, len(keys)).astype(np.float32) * (chance.random() < 2)
        if n == order - 1:
            weights = np.zeros(len(keys), np.float32)
        orders.append(
            Order(keys // n_words, (keys % n_words).astype(np.int32), scores, weights)
        )
    return Ngrams(words, orders)


def sentence_score(model: LanguageModel | InterpolatedModel, words: list[int]) -> list[float]:
    state, found = np.array([model.start]), []
    for word in words:
        score, state = model.score(state, np.array([word]))
        found.append(float(score[0]))
    return found


@pytest.mark.parametrize(
    ("sentence", "log10"),
    [
        ("big dog </s>", [-0.5, -0.15, -0.05]),
        ("dog </s>", [-0.3 - 0.8, -0.3]),
        ("big red", [-0.5, -0.1 - 0.6]),
        ("big dog dog", [-0.5, -0.15, -0.25 - 0.4 - 0.8]),
        ("red dog big", [-0.3 - 0.9, -0.8, -0.4 - 0.7]),
        ("cat", [-0.3 - 2.0]),
    ],
)
def test_scores_back_off_as_arpa_defines(
    small: LanguageModel, sentence: str, log10: list[float]
) -> None:
    words = [small.word_id(word) for word in sentence.split()]

    assert sentence_score(small, words) == pytest.approx(np.array(log10) * math.log(10), 1e-5)


def test_words_have_ids_and_strangers_that_of_the_unknown(small: LanguageModel) -> None:
    assert [small.words[small.word_id(word)] for word in WORDS] == WORDS
    assert small.word_id("cat") == small.unknown == small.word_id("<unk>")
    assert small.unigrams[small.word_id("dog")] == pytest.approx(-0.8 * math.log(10))


@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_packed_scores_are_those_of_the_plain_arrays(order: int) -> None:
    ngrams = random_ngrams(order, order=order)
    model = LanguageModel.from_ngrams(ngrams)
    # Walk along listed n-grams half of the time, for random words seldom meet them.
    tokens = [1]
    chance = np.random.default_rng(7)
    for _ in range(3000):
        successors = ngrams.orders[-1].words if order > 1 else np.arange(3, 60)
        if order > 1:
            bigrams = ngrams.orders[1]
            listed = bigrams.words[bigrams.contexts == tokens[-1]]
            successors = listed if len(listed) and chance.random() < 0.7 else successors
        tokens.append(int(chance.choice(successors)))

    found = sentence_score(model, tokens[1:])

    expected = ngrams.log_probs(np.array(tokens))[1:]
    # Coding to 256 levels moves a gamma-distributed score by a few hundredths at most.
    assert np.abs(np.array(found) - expected).mean() < 0.03
    assert np.corrcoef(found, expected)[0, 1] > 0.999


@pytest.mark.parametrize("order", [1, 2, 3, 4])
def test_what_was_packed_is_unpacked(order: int) -> None:
    ngrams = random_ngrams(order, order=order)
    model = LanguageModel.from_ngrams(ngrams)

    again = model.ngrams()

    assert list(again.words) == list(ngrams.words)
    for ours, theirs in zip(ngrams.orders, again.orders, strict=True):
        assert (ours.contexts == theirs.contexts).all()
        assert (ours.words == theirs.words).all()
        assert np.abs(ours.log_probs - theirs.log_probs).mean() < 0.03
        assert np.abs(ours.backoffs - theirs.backoffs).mean() < 0.03
    tokens = np.random.default_rng(1).integers(2, 60, 300)
    expected = again.log_probs(np.concatenate(([1], tokens)))[1:]
    found = sentence_score(model, tokens.tolist())
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_every_listed_ngram_is_found_and_no_other() -> None:
    ngrams = random_ngrams(3)
    model = LanguageModel.from_ngrams(ngrams)
    pairs = np.array(list(itertools.product(range(60), range(60))))

    places, _ = model.tables[0].find(pairs[:, 0] << model.word_bits | pairs[:, 1])

    bigrams = ngrams.orders[1]
    listed = set(zip(bigrams.contexts.tolist(), bigrams.words.tolist(), strict=True))
    assert {tuple(pair) for pair in pairs[places > 0].tolist()} == listed
    assert len(set(places[places > 0].tolist())) == len(listed)


def test_many_look_ups_at_once_are_the_same_as_each_alone() -> None:
    model = LanguageModel.from_ngrams(random_ngrams(5))
    words = np.random.default_rng(1).integers(2, 60, 500)
    _, states = model.score(np.full(500, model.start), words[::-1].copy())

    scores, after = model.score(states, words)

    for i in range(0, 500, 17):
        score, state = model.score(states[i : i + 1], words[i : i + 1])
        assert (score[0], state[0]) == (scores[i], after[i])
    nothing, _ = model.score(np.empty(0, np.int64), np.empty(0, np.int64))
    assert nothing.shape == (0,)


def test_histories_that_cannot_differ_any_more_share_a_state(small: LanguageModel) -> None:
    big, dog, red = (small.word_id(word) for word in ("big", "dog", "red"))
    start = np.array([small.start])
    _, after_big = small.score(start, np.array([big]))

    _, after_big_red = small.score(after_big, np.array([red]))
    _, after_red = small.score(start, np.array([red]))
    _, after_big_dog = small.score(after_big, np.array([dog]))
    _, after_dog = small.score(start, np.array([dog]))

    assert after_big_red == after_red  # «big red» is listed, but nothing follows it
    assert after_big_dog != after_dog


def test_arpa_round_trip_keeps_every_score(arpa: Path, tmp_path: Path) -> None:
    for ngrams in (read_arpa(arpa), random_ngrams(2)):
        write_arpa(ngrams, tmp_path / "again.arpa")
        again = read_arpa(tmp_path / "again.arpa")

        assert list(again.words) == list(ngrams.words)
        for ours, theirs in zip(ngrams.orders, again.orders, strict=True):
            assert (ours.contexts == theirs.contexts).all()
            assert (ours.words == theirs.words).all()
            np.testing.assert_allclose(ours.log_probs, theirs.log_probs, rtol=1e-5)
            np.testing.assert_allclose(ours.backoffs, theirs.backoffs, rtol=1e-5)


def test_a_file_round_trip_changes_nothing(tmp_path: Path) -> None:
    model = LanguageModel.from_ngrams(random_ngrams(4))
    words = np.random.default_rng(3).integers(2, 60, 200).tolist()

    model.write(tmp_path / "language.lm")
    again = LanguageModel.open(tmp_path / "language.lm")

    assert list(again.words) == list(model.words)
    assert sentence_score(again, words) == sentence_score(model, words)


@pytest.mark.parametrize("kept", [0, 7, 20, 300, -1])
def test_a_truncated_file_is_refused(small: LanguageModel, tmp_path: Path, kept: int) -> None:
    path = tmp_path / "language.lm"
    small.write(path)
    path.write_bytes(path.read_bytes()[:kept])

    with pytest.raises(LanguageError, match=r"language\.lm"):
        LanguageModel.open(path)


def test_a_damaged_a_foreign_and_a_missing_file_are_refused(
    small: LanguageModel, tmp_path: Path
) -> None:
    path = tmp_path / "language.lm"
    small.write(path)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    (tmp_path / "foreign.lm").write_text("not a language model, but long enough to be one")

    for name in ("language.lm", "foreign.lm", "missing.lm"):
        with pytest.raises(LanguageError, match=name):
            LanguageModel.open(tmp_path / name)


@pytest.mark.parametrize(
    ("broken", "by"),
    [
        ("\\data\\", "data"),
        ("\\end\\", ""),
        ("ngram 2=4", "ngram 2=5"),
        ("ngram 2=4", "ngram 2=3"),
        ("ngram 3=2\n", "ngram 3=2\nngram 4=0\nngram 5=0\n"),
        ("-0.4\tbig dog", "-0.4\tbig cat"),
        ("-0.4\tbig dog", "minus\tbig dog"),
        ("-0.15\t<s> big dog", "-0.15\tred big dog"),
        ("\\3-grams:", "\\4-grams:"),
        ("-1.0\t</s>", "-1.0\tend"),
        ("-0.9\tred", "-0.9\tbig"),
        ("-0.9\tred", "nan\tred"),
        ("-0.6\tbig red", "-inf\tbig red"),
    ],
)
def test_a_broken_arpa_file_is_refused(tmp_path: Path, broken: str, by: str) -> None:
    path = tmp_path / "broken.arpa"
    path.write_text(ARPA.replace(broken, by, 1))

    with pytest.raises(LanguageError):
        read_arpa(path)


@pytest.mark.parametrize("line", ["\\1-grams:", "-0.9\tred", "\\3-grams:", "\\end\\"])
def test_an_arpa_file_that_breaks_off_is_refused(tmp_path: Path, line: str) -> None:
    path = tmp_path / "cut.arpa"
    for end in (line, f"{line}\n", f"{line[:-1]}"):
        whole = ARPA[: ARPA.index(line)] + end
        path.write_text(whole if line != "\\end\\" else whole.replace("\\end\\", ""))
        with pytest.raises(LanguageError, match=r"cut\.arpa is no whole ARPA file"):
            read_arpa(path)


@pytest.mark.parametrize(
    ("said", "instead", "why"),
    [
        ("ngram 1=6", "ngram 1=999999999999", "holds 6 1-grams and tells of 999,999,999,999"),
        ("ngram 1=6", "ngram 1=-6", "tells of -6"),
        ("-0.9\tred", "0.9\tred", "a probability is above 1"),
        ("-0.4\tbig dog", "4e300\tbig dog", "a probability is above 1"),
    ],
)
def test_an_arpa_file_that_cannot_be_true_is_refused(
    tmp_path: Path, said: str, instead: str, why: str
) -> None:
    path = tmp_path / "untrue.arpa"
    path.write_text(ARPA.replace(said, instead, 1))

    with pytest.raises(LanguageError, match=why):
        read_arpa(path)


@pytest.mark.parametrize(
    "written",
    [
        ARPA.encode("utf-8-sig"),
        ARPA.encode("utf-16"),
        ARPA.replace("\n\n\\end\\", "\n\\end\\").encode(),
        ARPA.replace("\n\n", "\n").encode(),
        ARPA.replace("\n", "\r\n").encode(),
        ARPA.replace("\n\n\\1-grams", "\nngram 4=0\n\n\\1-grams")
        .replace("\\end\\", "\\4-grams:\n\n\\end\\")
        .encode(),
    ],
    ids=["mark", "UTF-16", "no blank line at the end", "none", "Windows", "empty order"],
)
def test_an_arpa_file_may_be_written_in_other_ways(
    arpa: Path, tmp_path: Path, written: bytes
) -> None:
    path = tmp_path / "other.arpa"
    path.write_bytes(written)

    other, usual = read_arpa(path), read_arpa(arpa)

    assert list(other.words) == list(usual.words)
    assert [len(order) for order in other.orders] == [len(order) for order in usual.orders]
    LanguageModel.from_ngrams(other)


def test_a_packed_arpa_file_does_not_depend_on_the_language_of_the_system(
    tmp_path: Path,
) -> None:
    path = tmp_path / "small.arpa.gz"
    path.write_bytes(gzip.compress(ARPA.replace("red", "größe").encode()))
    script = (
        "import sys; from pathlib import Path; from asr.language.arpa import read_arpa\n"
        "sys.exit('gr\\xf6\\xdfe' not in read_arpa(Path(sys.argv[1])).words)"
    )

    environment = {**os.environ, "LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
    command = [sys.executable, "-c", script, str(path)]
    assert subprocess.run(command, env=environment, check=False).returncode == 0


def test_an_arpa_file_may_be_packed(arpa: Path, tmp_path: Path) -> None:
    packed = gzip.compress(arpa.read_bytes())
    (tmp_path / "small.arpa.gz").write_bytes(packed)
    (tmp_path / "half.arpa.gz").write_bytes(packed[: len(packed) // 2])

    assert list(read_arpa(tmp_path / "small.arpa.gz").words) == WORDS
    with pytest.raises(LanguageError, match=r"half\.arpa\.gz cannot be read"):
        read_arpa(tmp_path / "half.arpa.gz")


def test_an_arpa_file_without_unknown_word_makes_it_impossible(tmp_path: Path) -> None:
    path = tmp_path / "closed.arpa"
    path.write_text(ARPA.replace("-2.0\t<unk>\n", "").replace("1=6", "1=5"))

    model = LanguageModel.from_ngrams(read_arpa(path))

    assert sentence_score(model, [model.word_id("cat")])[0] < -200


def normalised_ngrams(words: list[str], seed: int) -> Ngrams:
    """A unigram model that sums to one."""
    chance = np.random.default_rng(seed)
    scores = np.log(chance.dirichlet(np.ones(len(words) - 1))).astype(np.float32)
    none = np.zeros(len(words))
    first = Order(
        none.astype(np.int64),
        np.arange(len(words), dtype=np.int32),
        np.insert(scores, 1, -200),
        none.astype(np.float32),
    )
    return Ngrams(words, [first])


def test_a_mixture_sums_to_one_though_the_vocabularies_differ(small: LanguageModel) -> None:
    general = LanguageModel.from_ngrams(normalised_ngrams([*WORDS, "cat", "sat"], 1))
    personal = LanguageModel.from_ngrams(normalised_ngrams([*WORDS[:3], "dog", "mine"], 2))

    mixture = InterpolatedModel(general, personal, 0.3)

    words = np.array([0, *range(2, 9)])  # all but the start
    scores, _ = mixture.score(np.full(len(words), mixture.start), words)
    assert np.exp(scores).sum() == pytest.approx(1, abs=1e-5)
    np.testing.assert_allclose(scores, mixture.unigrams[words], rtol=1e-5)
    # «mine» is no word of the general model: only the personal one gives it anything.
    assert mixture.words == [*general.words, "mine"]
    mine = personal.unigrams[personal.word_id("mine")]
    assert scores[-1] == pytest.approx(math.log(0.3) + mine, abs=1e-5)


def test_a_mixture_goes_on_from_words_that_only_the_personal_model_has(
    small: LanguageModel, tmp_path: Path
) -> None:
    (tmp_path / "own.arpa").write_text(ARPA.replace("red", "quilter").replace("dog", "mister"))
    personal = LanguageModel.from_ngrams(read_arpa(tmp_path / "own.arpa"))
    mixture = InterpolatedModel(small, personal, 0.25)
    words = [mixture.word_id(word) for word in ("big", "mister", "</s>", "quilter", "dog")]

    found = sentence_score(mixture, words)

    # What the personal model says after its own bigram; «dog» is its unknown word's share.
    theirs = sentence_score(personal, [personal.word_id(mixture.words[word]) for word in words])
    ours = sentence_score(small, [small.word_id(mixture.words[word]) for word in words])
    assert found[1] == pytest.approx(math.log(0.25) + theirs[1], abs=1e-5)
    both = 0.75 * math.exp(ours[2]) + 0.25 * math.exp(theirs[2])
    assert found[2] == pytest.approx(math.log(both), abs=1e-5)
    assert found[3] == pytest.approx(math.log(0.25) + theirs[3], abs=1e-5)
    assert mixture.word_id("stranger") == mixture.unknown


def test_a_mixture_averages_along_both_models_histories(small: LanguageModel) -> None:
    other = LanguageModel.from_ngrams(random_ngrams(9, len(WORDS)))
    renamed = LanguageModel.from_ngrams(Ngrams(WORDS, random_ngrams(9, len(WORDS)).orders))
    words = [3, 4, 2]

    found = sentence_score(InterpolatedModel(small, renamed, 0.25), words)

    ours, theirs = sentence_score(small, words), sentence_score(other, words)
    expected = np.log(0.75 * np.exp(ours) + 0.25 * np.exp(theirs))
    assert found == pytest.approx(expected, rel=1e-4)


def test_a_mixture_wants_a_weight_between_none_and_all(small: LanguageModel) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        InterpolatedModel(small, small, 1.0)


def test_few_values_are_coded_exactly_and_many_closely() -> None:
    few = np.array([-1.5, -0.25, -1.5, 0], np.float32)
    many = -np.random.default_rng(0).gamma(2, 2, 50_000).astype(np.float32)

    codes, book = quantised(few, 255)
    assert (book[codes] == few).all()
    codes, book = quantised(many, 255)
    assert np.abs(book[codes] - many).mean() < 0.03


def test_five_hundred_look_ups_take_well_under_a_millisecond() -> None:
    model = LanguageModel.from_ngrams(random_ngrams(5))
    words = np.random.default_rng(1).integers(2, 60, 500)
    states = np.full(500, model.start)

    fastest = math.inf
    for _ in range(50):
        began = time.perf_counter()
        _, states = model.score(states, words)
        fastest = min(fastest, time.perf_counter() - began)

    assert fastest < 1e-3


def test_words_are_the_same_one_by_one_and_all_at_once() -> None:
    lines = "<unk>\nso\ngr\xf6\xdfe\nend"
    words = SpelledWords(np.frombuffer(lines.encode(), np.uint8))

    assert list(words) == [words[place] for place in range(len(words))] == lines.split("\n")
    assert (words[-1], words[np.int64(2)], words[1:3]) == (
        "end",
        "gr\xf6\xdfe",
        lines.split("\n")[1:3],
    )
    assert words[1] is words[1]
    with pytest.raises(IndexError):
        words[4]


def test_a_few_words_of_a_large_vocabulary_take_no_room_for_all() -> None:
    model = LanguageModel.open(Pack.open().path(PackFile.N_GRAM))
    tracemalloc.start()
    try:
        assert all(model.words[place] for place in range(0, len(model.words), 1000))
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert held < 16 * len(model.words)  # as strings in a list they take 65 bytes each
