"""Estimation, mixing and pruning of n-grams: every context sums to one, always."""

import itertools
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asr.language.arpa import Ngrams, write_arpa
from models.language.estimation import (
    END_ID,
    SPECIAL,
    START_ID,
    Estimated,
    count,
    discounts,
    estimate,
    perplexity,
    to_ngrams,
    with_ends,
)
from models.language.interpolation import mix, mixing_weights, prune_to
from models.language.text import Tokens

WORDS = [*SPECIAL, *"abcde"]
V = len(WORDS)
SENTENCES = st.lists(
    st.lists(st.integers(3, V - 1), min_size=1, max_size=6), min_size=1, max_size=25
)


def text(sentences: list[list[int]]) -> Tokens:
    whole = [word for sentence in sentences for word in (START_ID, *sentence, END_ID)]
    return np.array(whole, np.int32)


def probability(ngrams: Ngrams, history: list[int], word: int) -> float:
    return math.exp(ngrams.log_probs(np.array([*history, word], np.int64))[-1])


def assert_sums_to_one(ngrams: Ngrams, histories: list[list[int]]) -> None:
    for history in histories:
        total = sum(probability(ngrams, history, w) for w in range(V) if w != START_ID)
        assert total == pytest.approx(1, abs=1e-4), history


HISTORIES = [
    list(history)
    for n in range(4)
    for history in itertools.islice(itertools.product(range(V), repeat=n), 0, None, 3)
]
FEW = HISTORIES[::7]


@settings(max_examples=25, deadline=None)
@given(SENTENCES, st.integers(1, 4))
def test_every_history_sums_to_one(sentences: list[list[int]], order: int) -> None:
    model = to_ngrams(WORDS, estimate(text(sentences), V, order))

    assert_sums_to_one(model, FEW)


@settings(max_examples=25, deadline=None)
@given(SENTENCES)
def test_cut_offs_leave_sums_at_one_and_list_only_what_was_seen_oftener(
    sentences: list[list[int]],
) -> None:
    tokens = text(sentences)

    model = estimate(tokens, V, 3, cutoffs=(0, 1, 2))

    assert_sums_to_one(to_ngrams(WORDS, model), FEW)
    counts = count(tokens, V, 3)
    assert len(model[1].words) == (counts[1].counts > 1).sum()
    assert len(model[2].words) == (counts[2].counts > 2).sum()


def test_falling_cut_offs_are_refused() -> None:
    with pytest.raises(ValueError, match="must not fall"):
        estimate(text([[3]]), V, 3, cutoffs=(0, 2, 1))


@settings(max_examples=25, deadline=None)
@given(SENTENCES, SENTENCES, st.floats(0.05, 0.95))
def test_a_mixture_is_the_weighted_sum_of_its_models(
    first: list[list[int]], second: list[list[int]], weight: float
) -> None:
    models = [estimate(text(part), V, 3) for part in (first, second)]

    mixed = to_ngrams(WORDS, mix(models, (weight, 1 - weight)))

    assert_sums_to_one(mixed, FEW)
    one, other = (to_ngrams(WORDS, model) for model in models)
    listed = zip(mixed.orders[2].contexts, mixed.orders[2].words, strict=True)
    for context, word in itertools.islice(listed, 20):
        bigram = mixed.orders[1]
        history = [int(bigram.contexts[context]), int(bigram.words[context])]
        expected = weight * probability(one, history, int(word)) + (1 - weight) * probability(
            other, history, int(word)
        )
        assert probability(mixed, history, int(word)) == pytest.approx(expected, rel=1e-4)


@settings(max_examples=25, deadline=None)
@given(SENTENCES, st.sampled_from([0.0, 0.2, 0.7]))
def test_pruning_keeps_sums_at_one(sentences: list[list[int]], share: float) -> None:
    model = estimate(text(sentences), V, 3)
    n_ngrams = int(share * sum(len(part.words) for part in model[1:]))

    pruned = to_ngrams(WORDS, prune_to(model, n_ngrams))

    assert_sums_to_one(pruned, FEW)


def random_text(n: int, seed: int) -> list[list[int]]:
    """Sentences in which a word depends on the one before."""
    generator = np.random.default_rng(seed)
    sentences = []
    for _ in range(n):
        sentence = [int(generator.integers(3, V))]
        while generator.random() < 0.85:
            sentence.append(3 + (sentence[-1] - 3 + int(generator.integers(1, 3))) % (V - 3))
        sentences.append(sentence)
    return sentences


def perplexity_of(model: list[Estimated], tokens: Tokens) -> float:
    return perplexity(to_ngrams(WORDS, model).log_probs(tokens.astype(np.int64)), tokens)


def test_the_fewer_ngrams_are_left_the_less_is_predicted() -> None:
    model = estimate(text(random_text(300, 1)), V, 3)
    n_ngrams = sum(len(part.words) for part in model[1:])
    held_out = text(random_text(100, 2))

    sizes = [n_ngrams, n_ngrams // 2, n_ngrams // 8]
    pruned = [prune_to(model, size) for size in sizes]

    for part, size in zip(pruned, sizes, strict=True):
        assert sum(len(order.words) for order in part[1:]) <= size
    found = [perplexity_of(part, held_out) for part in pruned]
    assert found[0] < found[1] < found[2] < perplexity_of(model[:1], held_out)


def test_longer_histories_predict_dependent_words_better() -> None:
    train, held_out = text(random_text(300, 1)), text(random_text(100, 2))

    found = [perplexity_of(estimate(train, V, order), held_out) for order in (1, 2)]

    assert found[1] < 0.7 * found[0]


def test_mixing_weights_favour_the_model_of_the_text() -> None:
    like = estimate(text(random_text(200, 1)), V, 2)
    unlike = estimate(text([s[::-1] for s in random_text(200, 1)]), V, 2)
    tokens = text(random_text(100, 2))
    scores = [to_ngrams(WORDS, m).log_probs(tokens.astype(np.int64)) for m in (like, unlike)]

    weights = mixing_weights(scores, tokens)

    assert sum(weights) == pytest.approx(1, abs=1e-3)
    assert weights[0] > 0.8


def test_discounts_are_chen_and_goodmans() -> None:
    counts = np.repeat([1, 2, 3, 4], [10, 4, 2, 1])

    found = discounts(counts)

    y = 10 / 18
    assert found == pytest.approx((0, 1 - 2 * y * 0.4, 2 - 3 * y * 0.5, 3 - 4 * y * 0.5))


def test_bigrams_of_a_tiny_text_have_the_probabilities_worked_out_by_hand() -> None:
    # Sentences «a b», «a c»: no counts of counts, so the discounts are 0.5, 1 and 1.5.
    model = to_ngrams(WORDS, estimate(text([[3, 4], [3, 5]]), V, 2))

    # Different words before: a 1, b 1, c 1, </s> 2; 5 in all; taken 0.5 · 3 + 1.
    rest = 2.5 / 5 / (V - 1)
    p_b = 0.5 / 5 + rest
    assert probability(model, [], 4) == pytest.approx(p_b)
    # After «a»: b and c once each; taken 0.5 · 2 of 2.
    assert probability(model, [3], 4) == pytest.approx(0.5 / 2 + 0.5 * p_b)
    assert probability(model, [3], 6) == pytest.approx(0.5 * rest)
    # <s> precedes «a» twice: 2 − 1 of 2, and half for the others.
    assert probability(model, [START_ID], 4) == pytest.approx(0.5 * p_b)


def test_sentences_get_their_ends_and_unknown_words_their_id() -> None:
    tokens = np.array([1, 2, 0, 3, 0], np.int32)  # two sentences of a corpus
    ids = np.array([END_ID, 5, 0, 4], np.int32)

    assert with_ends(tokens, ids).tolist() == [START_ID, 5, 0, END_ID, START_ID, 4, END_ID]


def test_kenlm_reads_the_same_probabilities_from_our_arpa_file(tmp_path: Path) -> None:
    kenlm = pytest.importorskip("flashlight.lib.text.decoder.kenlm")
    from flashlight.lib.text.dictionary import Dictionary

    path = tmp_path / "model.arpa"
    model = to_ngrams(WORDS, prune_to(estimate(text(random_text(300, 1)), V, 3), 100))
    write_arpa(model, path)
    tokens = text(random_text(50, 2)).astype(np.int64)
    (tmp_path / "words.txt").write_text("\n".join(WORDS[3:]) + "\n")
    peer = kenlm.KenLM(str(path), Dictionary(str(tmp_path / "words.txt")))

    found, state = [], peer.start(False)
    for token in tokens:
        if token == START_ID:
            state, score = peer.start(False), float("nan")
        elif token == END_ID:
            state, score = peer.finish(state)
        else:
            state, score = peer.score(state, int(token) - 3)
        found.append(score * math.log(10))

    measured = tokens != START_ID
    np.testing.assert_allclose(
        np.array(found)[measured], model.log_probs(tokens)[measured], 1e-4
    )


@settings(max_examples=25, deadline=None)
@given(SENTENCES, st.integers(1, 3))
def test_nothing_is_left_for_the_beginning_of_a_sentence_within_one(
    sentences: list[list[int]], order: int
) -> None:
    unigrams = estimate(text(sentences), V, order)[0]

    assert unigrams.probabilities[START_ID] == 0
    assert unigrams.probabilities.sum() == pytest.approx(1)
