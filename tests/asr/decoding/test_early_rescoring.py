"""What the recurrent model says before words settle: what it changes, and what it must not."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from asr.decoding import early_rescoring
from asr.decoding.beam_search import BeamDecoder, BeamDecoding
from asr.decoding.nbest import n_best
from asr.decoding.options import DecoderOptions
from asr.decoding.rescoring import Recurrent, Rescoring, score_n_gram
from asr.language.recurrent import TextScores, Words
from tests.asr.decoding import tiny
from tests.asr.decoding.tiny import UNBOUNDED

STEP = 4  # frames
KEEN = UNBOUNDED.changed({"recombine": True})


class Reader:
    """A model by all that was said: states hold its last words, as digits of one number."""

    n_words = len(tiny.VOCABULARY)
    cells = 1

    def __init__(self, loved: int = -1) -> None:
        self.loved = loved
        self.scored = 0

    def step(
        self,
        words: NDArray[np.int64],
        targets: NDArray[np.int64],
        hidden: NDArray[np.float32],
        cell: NDArray[np.float32],
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
        self.scored += len(words)
        read = (hidden * 10 + words[:, None]) % 10**6
        nats = np.array(
            [self._nats(*pair) for pair in zip(read[:, 0].tolist(), targets, strict=True)]
        )
        return nats, read, cell + 1

    def score(self, texts: Sequence[Words]) -> list[TextScores]:
        end = tiny.Bigrams.end
        found = []
        for text in texts:
            read, row = 0.0, []
            for before, word in zip((end, *text), (*text, end), strict=True):
                read = (read * 10 + before) % 10**6
                row.append(self._nats(read, word))
            found.append(np.array(row))
        return found

    def _nats(self, read: float, word: int) -> float:
        if self.loved >= 0:
            return 0.0 if word == self.loved else -12.0
        return -float(np.random.default_rng((int(read), int(word))).uniform(0.0, 4.0))


def decoder(options: DecoderOptions, recurrent: Recurrent | None = None) -> BeamDecoder:
    model = tiny.Bigrams()
    return BeamDecoder(
        tiny.lexicon(model), model, tiny.PHONES, tiny.LETTERS, options, recurrent=recurrent
    )


def live(
    options: DecoderOptions,
    recurrent: Recurrent,
    seed: int,
    frames: int,
    sharpness: float = 2.0,
) -> BeamDecoding:
    """Decode noise step by step, each with the next one for a lookahead."""
    decoding = decoder(options, recurrent).start()
    heard = tiny.noise(frames, seed, sharpness)
    for start in range(0, frames, STEP):
        decoding.feed(heard[start : start + STEP])
        decoding.text(heard[start + STEP : start + 2 * STEP])
    decoding.text()
    return decoding


@pytest.mark.parametrize("loved", ["b", "bee"])
def test_words_settle_as_the_recurrent_model_would_have_them(loved: str) -> None:
    reader = Reader(tiny.Bigrams().word_id(loved))
    options = DecoderOptions(oov_penalty=None, recurrent_share=0.9, settle_margin=0.5)
    decoding = decoder(options, reader).start()
    decoding.feed(tiny.spoken("_B__"))

    text = decoding.text(tiny.spoken("__"))

    assert text.stable + text.unstable == (loved,)


def test_where_nothing_settles_early_nothing_is_scored_early() -> None:
    reader = Reader()
    decoding = decoder(DecoderOptions(), reader).start()
    decoding.feed(tiny.spoken("_B__"))
    decoding.text(tiny.spoken("_A_"))

    assert reader.scored == 0


@pytest.mark.parametrize("seed", range(4))
def test_every_hypothesis_has_gained_what_its_words_are_worth(
    monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr(early_rescoring, "REACH", np.inf)
    monkeypatch.setattr(early_rescoring, "MOST", 10**6)
    options = DecoderOptions(oov_penalty=None, settle_margin=40.0, beam=60)
    reader, n_gram = Reader(), tiny.Bigrams()
    decoding = live(options, reader, seed, 24)

    rescoring = Rescoring(reader, n_gram, options)
    found, history = decoding._live, decoding._history
    assert len(set(found.history.tolist())) > 5
    for entry, gain in zip(found.history.tolist(), found.gain.tolist(), strict=True):
        text = tuple(history.words[one] for one in history.chain(entry))
        words = np.array([*text, n_gram.end])
        (old,), (new,) = score_n_gram(n_gram, [text]), reader.score([text])
        both = rescoring.mixed(old, new, words)
        worth = options.language_weight * (both - old)[:-1].sum()
        assert gain == pytest.approx(worth, abs=1e-4)


@pytest.mark.parametrize("seed", range(3))
def test_the_end_weighs_texts_as_if_nothing_had_been_weighed_early(seed: int) -> None:
    early = live(UNBOUNDED.changed({"settle_margin": 1000.0}), Reader(), seed, 8)
    late = live(UNBOUNDED, Reader(), seed, 8)

    assert early._live.gain.any()
    assert complete(early) == pytest.approx(complete(late))


@pytest.mark.parametrize("seed", range(3))
def test_how_far_losers_were_behind_is_told_without_what_was_weighed_early(seed: int) -> None:
    early = readings(live(KEEN.changed({"settle_margin": 1000.0}), Reader(), seed, 12, 6.0))
    late = readings(live(KEEN, Reader(), seed, 12, 6.0))

    common = early.keys() & late.keys()
    assert len(common) > 20
    # Some meet elsewhere, where the paths to them add up to a little more or less.
    assert np.median([abs(early[text] - late[text]) for text in common]) < 0.01


def readings(decoding: BeamDecoding) -> dict[str, float]:
    """Return the likeliest texts, those that lost to others among them, with their scores."""
    history = decoding._history
    entries, scores = decoding.finals()
    paths = n_best(history, list(zip(entries.tolist(), scores.tolist(), strict=True)), 60)
    return {str([history.words[one] for one in path.entries]): path.score for path in paths}


def complete(decoding: BeamDecoding) -> dict[str, float]:
    """Return the score of each text that may be the whole one."""
    history = decoding._history
    entries, scores = decoding.finals()
    texts = [[history.words[one] for one in history.chain(entry)] for entry in entries]
    return dict(zip(map(str, texts), scores.tolist(), strict=True))


def test_what_no_text_needs_any_more_is_forgotten() -> None:
    options = DecoderOptions(oov_penalty=None, settle_margin=2.0)
    short, long = (live(options, Reader(), 5, frames) for frames in (40, 400))

    assert len(long._early._scored) < 4 * len(short._early._scored)  # type: ignore[union-attr]
