"""The best texts weighed again: what the scores are, and what becomes of the text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from asr.decoding.beam_search import BeamDecoder
from asr.decoding.history import START, History
from asr.decoding.nbest import LatticePath
from asr.decoding.options import DecoderOptions
from asr.decoding.rescoring import Rescoring, score_n_gram
from asr.errors import ConfigError, LanguageError
from asr.language.recurrent import RecurrentModel, TextScores, Words
from asr.pack import EMBEDDED
from tests.asr.decoding import tiny

OPTIONS = DecoderOptions(language_weight=0.7, final_weight=0.9, recurrent_share=0.4)


@dataclass(frozen=True)
class Fan:
    """A model that loves one word: 0 nats for it, and `else_` for all others and the end."""

    loved: int
    else_: float = -5.0
    n_words: int = len(tiny.VOCABULARY)

    def score(self, texts: Sequence[Words]) -> list[TextScores]:
        return [
            np.array([0.0 if word == self.loved else self.else_ for word in (*text, -1)])
            for text in texts
        ]


def chain(history: History, *words: int) -> tuple[int, ...]:
    entry, entries = START, []
    for word in words:
        entry = history.extend(entry, word, len(history) + 1, 0)
        entries.append(entry)
    return tuple(entries)


def test_the_n_gram_is_taken_out_and_both_are_put_in() -> None:
    model, history = tiny.Bigrams(), History()
    entries = chain(history, model.word_id("a"), model.word_id("cab"))
    rescoring = Rescoring(Fan(model.word_id("cab")), model, OPTIONS)

    (found,) = rescoring.rescored([LatticePath(-10.0, entries)], history)

    states = np.array([model.start, model.word_id("a"), model.word_id("cab")])
    n_gram, _ = model.score(states, np.array([*states[1:], model.end]))
    fan = np.array([-5.0, 0.0, -5.0])
    both = np.log(0.6 * np.exp(n_gram) + 0.4 * np.exp(fan))
    assert found.score == pytest.approx(-10 - 0.7 * n_gram.sum() + 0.9 * both.sum(), abs=1e-5)


def test_a_spelled_word_is_worth_what_the_n_gram_says() -> None:
    model, history = tiny.Bigrams(), History()
    entries = chain(history, model.unknown)
    one = Rescoring(Fan(model.unknown), model, OPTIONS)
    other = Rescoring(Fan(model.unknown, -50.0), model, OPTIONS)
    listed = chain(history, len(model.words) + 3)  # a hot word that the n-gram lacks

    (first,) = one.rescored([LatticePath(0.0, entries)], history)
    (hot,) = one.rescored([LatticePath(0.0, listed)], history)
    (second,) = other.rescored([LatticePath(0.0, entries)], history)

    assert hot.score == first.score
    end_alone = score_n_gram(model, [(model.unknown,)])[0][-1]
    difference = np.logaddexp(end_alone + np.log(0.6), np.log(0.4) - 5)
    difference -= np.logaddexp(end_alone + np.log(0.6), np.log(0.4) - 50)
    assert first.score - second.score == pytest.approx(0.9 * difference)


def test_a_word_of_the_users_own_is_worth_what_their_n_gram_says() -> None:
    model, history = tiny.Bigrams(), History()
    own = model.word_id("cab")
    entries = chain(history, own)

    def score(n_words: int, loved: int) -> float:
        fan = Fan(loved, n_words=n_words)
        return (
            Rescoring(fan, model, OPTIONS)
            .rescored([LatticePath(0.0, entries)], history)[0]
            .score
        )

    assert score(own, loved=own) == score(own, loved=-5)  # it knows words below `own` alone
    assert score(own + 1, loved=own) > score(own + 1, loved=-5)


def test_texts_of_any_length_are_scored_as_one_by_one() -> None:
    model = tiny.Bigrams()
    texts = [(2, 3, 4), (), (7,), (2, 3)]

    together = score_n_gram(model, texts)

    assert [len(scores) for scores in together] == [4, 1, 2, 3]
    for text, scores in zip(texts, together, strict=True):
        np.testing.assert_array_equal(scores, score_n_gram(model, [text])[0])


@pytest.mark.parametrize("loved", ["b", "bee"])
def test_what_sounds_alike_is_written_as_the_recurrent_model_would(loved: str) -> None:
    model = tiny.Bigrams()
    options = DecoderOptions(oov_penalty=None, recurrent_share=0.9)
    decoder = BeamDecoder(
        tiny.lexicon(model),
        model,
        tiny.PHONES,
        tiny.LETTERS,
        options,
        recurrent=Fan(model.word_id(loved), -12.0),
    )
    decoding = decoder.start()
    decoding.feed(tiny.spoken("_B_"))

    words = decoding.finish()

    assert [word.text for word in words] == [loved]
    alternative = {"b": "bee", "bee": "b"}[loved]
    assert alternative in [alternative.text for alternative in words[0].alternatives]


def test_a_share_that_is_none_is_refused() -> None:
    with pytest.raises(ConfigError, match="recurrent_share"):
        DecoderOptions(recurrent_share=1.0)
    with pytest.raises(ConfigError, match="final_weight"):
        DecoderOptions(final_weight=-0.1)


def test_a_model_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "language.recurrent.onnx").write_bytes(b"no graph")

    with pytest.raises(LanguageError, match="There is no recurrent language model"):
        RecurrentModel(tmp_path / "none.onnx")
    with pytest.raises(LanguageError, match="language.recurrent.onnx is no readable"):
        RecurrentModel(tmp_path / "language.recurrent.onnx").score([(1,)])
    with pytest.raises(LanguageError, match="no language model of this program"):
        RecurrentModel(EMBEDDED / "language.pronounce.onnx").score([(1,)])
