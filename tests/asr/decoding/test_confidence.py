"""Calibration: the fit, its error, its file, and what the decoder reports."""

import json

import numpy as np
import pytest

from asr.decoding.beam_search import BeamDecoder, DecoderOptions
from asr.decoding.confidence import FEATURES, Calibration, expected_calibration_error, fit
from asr.errors import ConfigError
from tests.asr.decoding import tiny


def test_fit_finds_the_weights_that_made_the_data() -> None:
    rng = np.random.default_rng(0)
    features = rng.normal(size=(40_000, len(FEATURES)))
    truth = Calibration((1.0, -0.5, 0.3, 0.0, 0.2, -1.0), 0.4)
    is_right = rng.random(len(features)) < truth.probabilities(features)

    found = fit(features, is_right)

    assert found.weights == pytest.approx(truth.weights, abs=0.06)
    assert found.bias == pytest.approx(truth.bias, abs=0.06)
    assert expected_calibration_error(found.probabilities(features), is_right) < 0.01


def test_fit_stays_finite_where_a_feature_decides() -> None:
    features = np.linspace(-1, 1, 100)[:, None] * np.ones(len(FEATURES))

    found = fit(features, features[:, 0] > 0)

    assert np.isfinite(found.weights).all()
    assert found.probabilities(features)[-1] > 0.95


@pytest.mark.parametrize(
    ("sure", "right", "error"),
    [(1.0, [True, True], 0.0), (1.0, [True, False], 0.5), (0.25, [False] * 4, 0.25)],
)
def test_calibration_error_is_the_distance_from_truth(
    sure: float, right: list[bool], error: float
) -> None:
    found = expected_calibration_error(np.full(len(right), sure), np.array(right))

    assert found == pytest.approx(error)


def test_calibration_survives_json() -> None:
    calibration = Calibration((0.1, 0.2, 0.3, 0.4, 0.5, 0.6), -1.5)

    assert Calibration.parse(json.loads(json.dumps(calibration.to_json()))) == calibration


@pytest.mark.parametrize(
    "values", [{}, {"weights": [1.0], "bias": 0.0}, {"weights": "x", "bias": 0.0}]
)
def test_a_foreign_calibration_is_refused(values: dict[str, object]) -> None:
    with pytest.raises(ConfigError):
        Calibration.parse(values)


def test_doubtful_words_come_with_what_they_could_be() -> None:
    model = tiny.Bigrams()
    options = DecoderOptions(oov_penalty=None)
    decoding = BeamDecoder(
        tiny.lexicon(model), model, tiny.PHONES, tiny.LETTERS, options
    ).start()
    decoding.feed(tiny.spoken("__B__", certainty=0.99))

    (word,) = decoding.finish()

    assert {word.text, word.alternatives[0].text} == {"b", "bee"}
    total = word.confidence + sum(other.probability for other in word.alternatives)
    assert 0.5 < total <= 1.0 + 1e-9
    assert word.confidence < 0.95


def test_a_word_and_what_it_could_be_are_never_more_than_certain() -> None:
    model = tiny.Bigrams()
    plain = DecoderOptions(oov_penalty=None)
    decoder = BeamDecoder(tiny.lexicon(model), model, tiny.PHONES, tiny.LETTERS, plain)
    words = []
    for seed in range(8):
        decoding = decoder.start()
        decoding.feed(tiny.noise(12, seed))
        words += decoding.finish()

    totals = [
        word.confidence + sum(other.probability for other in word.alternatives)
        for word in words
    ]

    assert max(len(word.alternatives) for word in words) > 1
    assert 0.99 < max(totals) <= 1 + 1e-6
