"""Hot words: earned when they come, given back when they do not."""

import numpy as np
import pytest

from asr.decoding.beam_search import BeamDecoder, DecoderOptions
from asr.decoding.hot_words import HotPhrase, HotTrie, HotWords
from asr.errors import ConfigError
from tests.asr.decoding import tiny

PLAIN = DecoderOptions(oov_penalty=None)


def decoder(hot_words: HotWords = HotWords()) -> BeamDecoder:
    model = tiny.Bigrams()
    return BeamDecoder(
        tiny.lexicon(model),
        model,
        tiny.PHONES,
        tiny.LETTERS,
        PLAIN,
        hot_words=hot_words,
        pronounce=lambda words: [[("C", "C")] if word == "beach" else [] for word in words],
    )


def heard(phones: str, decoder: BeamDecoder) -> tuple[str, ...]:
    decoding = decoder.start()
    decoding.feed(tiny.spoken(phones, certainty=0.9999))
    return tuple(word.text for word in decoding.finish())


def earned(hot_words: HotWords, text: str) -> list[float]:
    """Return what each word of a text earns, and what the end takes back."""
    model = tiny.Bigrams()
    hot = HotTrie(hot_words, tiny.lexicon(model), model, 1.0)
    states, nats = np.zeros(1, np.int64), []
    for word in text.split():
        states, earnings = hot.advance(states, np.array([hot._ids.get(word, 999)]))
        nats.append(float(earnings[0]))
    return [*nats, -float(hot.partial_boost(states)[0])]


def test_lines_are_phrases_with_weights() -> None:
    lines = ["cab", "", "# a comment", "ab aha\t9.5", "  bee  "]

    phrases = HotWords.parse(lines).phrases

    assert phrases == (HotPhrase(("cab",)), HotPhrase(("ab", "aha"), 9.5), HotPhrase(("bee",)))


def test_phrases_of_other_alphabets_are_left_out_and_told() -> None:
    odd = ["привет", "東京 tower", "…", "x" * 100, "naïve привет"]

    found = HotWords.parse(["cab", *odd, "Łódź", "größe"])

    assert [phrase.words for phrase in found.phrases] == [("cab",), ("lodz",), ("grosse",)]
    assert found.left_out == tuple(odd)
    assert found.left_out_sentence == (
        "5 of 8 hot words cannot be said in English and are left out: «привет», "
        "«東京 tower», «…», …"
    )
    assert HotWords.parse(["cab"]).left_out_sentence == ""


@pytest.mark.parametrize("weight", ["much", "-1", "1000", "nan"])
def test_a_weight_out_of_range_is_refused(weight: str) -> None:
    with pytest.raises(ConfigError, match="«cab»"):
        HotWords.parse([f"cab\t{weight}"])


@pytest.mark.parametrize(
    ("text", "total"),
    [
        ("cab", 0.0),
        ("ab aha", 6.0),
        ("ab ab aha", 6.0),
        ("ab aha ab", 6.0),
        ("ab", 0.0),
        ("ab cab", 0.0),
        ("ab aha bee", 9.0),
        ("a ab aha b", 6.0 + 2.0),
        ("a ab cab", 0.0),
    ],
)
def test_only_whole_phrases_are_paid_for(text: str, total: float) -> None:
    hot_words = HotWords.parse(["ab aha\t6", "aha bee\t3", "a ab aha b\t2", "xyz\t5"])

    assert sum(earned(hot_words, text)) == pytest.approx(total)


def test_a_listed_word_wins_over_its_homophone() -> None:
    plain = heard("__B__", decoder())
    (alternative,) = {"b", "bee"} - set(plain)

    assert heard("__B__", decoder(HotWords.parse([f"{alternative}\t10"]))) == (alternative,)


def test_a_word_outside_the_lexicon_is_heard_when_listed() -> None:
    hot_words = HotWords.parse(["beach\t10"])

    assert heard("_C_C_", decoder(hot_words)) == ("beach",)
    assert "beach" not in heard("_C_C_", decoder())


def test_listed_words_are_not_heard_in_other_sound() -> None:
    hot_words = HotWords.parse(["beach", "cab"])

    assert heard("_A_A_", decoder(hot_words)) == heard("_A_A_", decoder())


def test_a_list_takes_effect_at_the_next_utterance() -> None:
    tested = decoder()
    (alternative,) = {"b", "bee"} - set(heard("__B__", tested))
    under_way = tested.start()

    tested.listen_for(HotWords.parse([f"{alternative}\t10"]))

    under_way.feed(tiny.spoken("__B__", certainty=0.9999))
    assert [word.text for word in under_way.finish()] != [alternative]
    assert heard("__B__", tested) == (alternative,)
