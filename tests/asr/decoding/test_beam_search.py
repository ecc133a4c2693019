"""The beam against all paths counted out, and what live text promises."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from itertools import groupby, pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from asr.decoding.beam_search import (
    INVENTED_WORDS,
    BeamDecoder,
    BeamDecoding,
    DecoderOptions,
    Pruned,
)
from asr.decoding.history import History
from asr.emissions import Emissions
from asr.errors import ConfigError, LanguageError, PackError
from asr.transcript import PartialText
from tests.asr.decoding import tiny
from tests.asr.decoding.tiny import UNBOUNDED

SPELLING = DecoderOptions(oov_penalty=1.0)


def decoder(options: DecoderOptions = UNBOUNDED, seed: int = 0) -> BeamDecoder:
    model = tiny.Bigrams(seed)
    return BeamDecoder(tiny.lexicon(model), model, tiny.PHONES, tiny.LETTERS, options)


def heard(emissions: Emissions, decoder: BeamDecoder) -> tuple[str, ...]:
    decoding = decoder.start()
    decoding.feed(emissions)
    return tuple(word.text for word in decoding.finish())


def readings(phones: tuple[int, ...]) -> list[tuple[str, ...]]:
    """All texts that a string of phones can be cut into, once for each way to cut it."""
    if not phones:
        return [()]
    return [
        (word, *rest)
        for word, ways in tiny.SOUNDS.items()
        for way in ways
        if phones[: len(way)] == way
        for rest in readings(phones[len(way) :])
    ]


def counted_out(emissions: Emissions, seed: int) -> dict[tuple[str, ...], float]:
    """Score every text by every path of frames that can be read as it."""
    model, options = tiny.Bigrams(seed), UNBOUNDED
    sums: dict[tuple[str, ...], float] = defaultdict(lambda: -np.inf)
    for path in product(range(len(tiny.PHONES)), repeat=len(emissions)):
        score = float(emissions.phones[np.arange(len(path)), list(path)].sum(dtype=float))
        phones = tuple(symbol for symbol, _ in groupby(path) if symbol)
        for text in readings(phones):
            sums[text] = np.logaddexp(sums[text], score)
    for text in sums:
        states = [model.start, *(model.word_id(word) for word in text)]
        after = [*states[1:], model.end]
        language, _ = model.score(np.array(states), np.array(after))
        sums[text] += options.language_weight * float(language.sum())
        sums[text] += options.word_bonus * len(text)
    return dict(sums)


def texts_and_scores(decoding: BeamDecoding) -> dict[tuple[str, ...], float]:
    entries, scores = decoding.finals()
    history: History = decoding._history
    return {
        tuple(tiny.VOCABULARY[history.words[one]] for one in history.chain(entry)): score
        for entry, score in zip(entries.tolist(), scores.tolist(), strict=True)
    }


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("frames", [1, 2, 5])
def test_unbounded_beam_scores_every_text_as_all_paths_do(frames: int, seed: int) -> None:
    emissions = tiny.noise(frames, seed)
    decoding = decoder(seed=seed).start()

    decoding.feed(emissions)

    expected = counted_out(emissions, seed)
    found = texts_and_scores(decoding)
    assert set(found) == set(expected)
    assert all(found[text] == pytest.approx(expected[text], abs=1e-4) for text in expected)


@pytest.mark.parametrize("seed", range(20))
def test_recombination_finds_a_text_next_to_the_best(seed: int) -> None:
    emissions = tiny.noise(7, seed, sharpness=3.0)
    unbounded = decoder(UNBOUNDED, seed).start()
    unbounded.feed(emissions)

    merged = heard(emissions, decoder(replace(UNBOUNDED, recombine=True), seed))

    scores = texts_and_scores(unbounded)
    # It compares texts where they meet, and so misses what an alternative earns elsewhere.
    assert scores[merged] > max(scores.values()) - 1.0


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    frames=st.integers(1, 30),
    cuts=st.lists(st.integers(0, 30), max_size=6),
    spelling=st.booleans(),
    margin=st.sampled_from([None, 0.0, 2.0]),
)
def test_settled_only_grows_and_without_a_margin_cuts_change_nothing(
    seed: int,
    frames: int,
    cuts: list[int],
    spelling: bool,
    margin: float | None,
) -> None:
    options = DecoderOptions(
        beam=8,
        oov_penalty=0.5 if spelling else None,
        settle_margin=margin,
    )
    emissions = tiny.noise(frames, seed, sharpness=3.0)
    edges = sorted({0, frames, *(min(cut, frames) for cut in cuts)})
    whole, parts = decoder(options).start(), decoder(options).start()
    whole.feed(emissions)
    stable: tuple[str, ...] = ()

    for start, end in pairwise(edges):
        parts.feed(emissions[start:end])
        live = parts.text(ahead=emissions[end:])
        assert live.stable[: len(stable)] == stable
        stable = live.stable
    if margin is None:
        assert parts.text() == whole.text()
    words = parts.finish()

    assert tuple(word.text for word in words)[: len(stable)] == stable
    if margin is None:
        assert [word.text for word in words] == [word.text for word in whole.finish()]


@pytest.mark.parametrize(
    ("phones", "words"),
    [
        ("A_A_", ("aha",)),
        ("AAAA", ("a",)),
        ("CCAABB", ("cab",)),
        ("_C_A_B_", ("cab",)),
    ],
)
def test_repeats_need_a_blank_wherever_the_seam_is(phones: str, words: tuple[str, ...]) -> None:
    emissions = tiny.spoken(phones, certainty=0.999)
    for cut in range(len(phones)):
        decoding = decoder().start()

        decoding.feed(emissions[:cut])
        decoding.feed(emissions[cut:])

        assert tuple(word.text for word in decoding.finish()) == words


def test_a_skipped_blank_still_parts_repeats() -> None:
    skipping = DecoderOptions(blank_skip=0.9, oov_penalty=None)
    emissions = tiny.spoken("A__A_", certainty=0.95)

    assert heard(emissions, decoder(skipping)) == ("aha",)


def test_nothing_heard_is_no_words() -> None:
    assert decoder().start().finish() == ()
    assert decoder().start().text().unstable == ()
    assert heard(tiny.spoken("____", certainty=0.999), decoder()) == ()


def test_looking_ahead_shows_words_and_changes_nothing() -> None:
    emissions = tiny.spoken("_C_A_B_", certainty=0.99)
    decoding = decoder().start()
    decoding.feed(emissions[:3])

    seen = decoding.text(ahead=emissions[3:])
    decoding.text(ahead=tiny.noise(9, 1))
    decoding.feed(emissions[3:])

    assert seen.stable + seen.unstable == ("cab",)
    assert [word.text for word in decoding.finish()] == ["cab"]


def test_a_word_outside_the_lexicon_is_spelled_by_the_letters() -> None:
    emissions = tiny.spoken("_C_C_C_C___", "___beach___", certainty=0.99)
    model = tiny.Bigrams()
    spelling = BeamDecoder(tiny.lexicon(model), model, tiny.PHONES, tiny.LETTERS, SPELLING)

    assert heard(emissions, spelling) == ("beach",)
    assert "beach" not in heard(emissions, decoder(DecoderOptions(oov_penalty=None)))


def test_words_lie_where_they_were_said() -> None:
    decoding = decoder(DecoderOptions(oov_penalty=None, language_weight=0.1)).start()
    decoding.feed(tiny.spoken("____C_A_B______A_____", certainty=0.99))

    cab, a = decoding.finish()

    assert 0.08 <= cab.start <= 0.16
    assert 0.36 <= cab.end <= 0.52  # its last phone is heard in the frame before 0.36 s
    assert cab.end <= a.start
    assert 0.52 <= a.start <= 0.60


def test_pauses_between_stable_words_are_told_with_them() -> None:
    settling = DecoderOptions(oov_penalty=None, language_weight=0.1, settle_margin=1.0)
    decoding = decoder(settling).start()
    sound = tiny.spoken("__C_A_B___________C_A_B_C_A_B_______", certainty=0.99)
    for first in range(0, len(sound), 3):
        decoding.feed(sound[first : first + 3])
        text = decoding.text()
        assert len(text.pauses) == max(0, len(text.stable) - 1)

    assert text.stable == ("cab", "cab", "cab")
    long, short = text.pauses
    assert 0.2 <= long <= 0.4  # of 0.44 s without a phone
    assert short == 0.0


def test_the_history_stays_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("asr.decoding.beam_search.HISTORY_LIMIT", 50)
    options = DecoderOptions(beam=8, score_threshold=14.0, oov_penalty=None)
    plain, collected = decoder(options).start(), decoder(options).start()
    plain._limit = 10**9
    emissions = tiny.noise(300, 3, sharpness=3.0)
    plain.feed(emissions)
    for start in range(0, 300, 10):
        collected.feed(emissions[start : start + 10])

    assert len(collected._history) < len(plain._history) / 2
    assert collected.text() == plain.text()
    assert [word.text for word in collected.finish()] == [word.text for word in plain.finish()]


def test_words_settle_sooner_where_rivals_far_behind_have_no_say() -> None:
    slow = decoder(DecoderOptions(beam=50, score_threshold=1e9, oov_penalty=None))
    quick = Pruned(slow, {"settle_margin": 1.0}).start()
    cautious = slow.start()
    said = tiny.spoken("C_A_B__A__C_A_B__A__C_A_B_", certainty=0.9)

    stable: list[list[int]] = [[], []]
    for frame in range(len(said)):
        for decoding, counts in zip((quick, cautious), stable, strict=True):
            decoding.feed(said[frame : frame + 1])
            counts.append(len(decoding.text().stable))

    assert all(q >= c for q, c in zip(*stable, strict=True))
    assert sum(stable[0]) > 1.5 * sum(stable[1])
    assert tuple(word.text for word in quick.finish())[: stable[0][-1]] == quick.text().stable


def test_what_lies_ahead_keeps_from_settling_the_wrong_word() -> None:
    options = DecoderOptions(
        beam=50, score_threshold=1e9, language_weight=0.3, oov_penalty=None
    )
    hasty = Pruned(decoder(options), {"settle_margin": 0.0})
    said = tiny.spoken("_A_A__", certainty=0.9)
    blind, seeing = hasty.start(), hasty.start()
    blind.feed(said[:2])
    seeing.feed(said[:2])

    assert blind.text().stable == ("a",)
    assert seeing.text(ahead=said[2:]) == PartialText((), ("aha",))
    seeing.feed(said[2:])
    assert [word.text for word in seeing.finish()] == ["aha"]


def test_a_margin_that_nobody_is_beyond_changes_nothing() -> None:
    plain = decoder(DecoderOptions(beam=8, oov_penalty=None))
    decodings = plain.start(), Pruned(plain, {"settle_margin": 1e9}).start()
    emissions = tiny.noise(40, 5, sharpness=3.0)

    for decoding in decodings:
        decoding.feed(emissions)

    assert decodings[0].text() == decodings[1].text()
    assert decodings[0].finish() == decodings[1].finish()


def test_weights_are_the_same_live_and_for_final_text() -> None:
    with pytest.raises(ConfigError, match="language_weight"):
        Pruned(decoder(), {"language_weight": 0.1})


def test_foreign_alphabets_and_languages_are_refused() -> None:
    model = tiny.Bigrams()
    foreign = tiny.Bigrams(words=(*tiny.VOCABULARY[:-1], "taxi"))

    with pytest.raises(LanguageError, match="other phones"):
        BeamDecoder(tiny.lexicon(model), model, ("<blank>", "X"), tiny.LETTERS)
    with pytest.raises(LanguageError, match="another language model"):
        BeamDecoder(tiny.lexicon(model), foreign, tiny.PHONES, tiny.LETTERS)
    with pytest.raises(PackError, match="phones"):
        decoder().start().feed(Emissions(np.zeros((2, 9)), np.zeros((2, 8))))


def test_a_few_words_nobody_is_sure_of_are_noise() -> None:
    few = tiny.spoken("____C_A_B______A_____", certainty=0.95)
    many = tiny.spoken("_C_A_B__A__C_A_B__A__C_A_B_", certainty=0.95)
    trusting = DecoderOptions(oov_penalty=None, language_weight=0.1)
    wary = replace(trusting, noise_confidence=1.01)  # no confidence is as high

    assert len(heard(few, decoder(trusting))) == 2
    assert heard(few, decoder(wary)) == ()
    assert len(heard(many, decoder(wary))) > 3  # long texts are never taken for noise


def test_words_of_which_the_letters_know_nothing_are_noise() -> None:
    phones = "____C_A_B______A_____"
    silent = tiny.spoken(phones, certainty=0.95)
    letters = "____c_a_b__ ___a_____"
    read = tiny.spoken(phones, letters, certainty=0.95)
    trusting = DecoderOptions(oov_penalty=None, language_weight=0.1)
    wary = replace(trusting, noise_letters=0.5)

    assert len(heard(silent, decoder(trusting))) == 2
    assert heard(silent, decoder(wary)) == ()
    assert len(heard(read, decoder(wary))) == 2


def test_a_long_text_is_kept_whatever_the_letters_say() -> None:
    many = tiny.spoken("_C_A_B__A__C_A_B__A__C_A_B_" * 6, certainty=0.95)
    wary = DecoderOptions(oov_penalty=None, language_weight=0.1, noise_letters=0.5)

    assert len(heard(many, decoder(wary))) > INVENTED_WORDS
