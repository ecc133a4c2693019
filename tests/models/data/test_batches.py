"""Utterances into batches."""

import numpy as np
import pytest
import torch

from asr.alphabets import LETTERS, PHONES
from asr.audio import SAMPLE_RATE
from models.acoustic.network import FRAME
from models.acoustic.targets import Target, target
from models.data.batches import Speech, collate, padded, plan
from models.data.sound_cache import SoundCache

LENGTHS = np.random.default_rng(0).integers(SAMPLE_RATE, 10 * SAMPLE_RATE, 200)


@pytest.mark.parametrize("sort", [False, True])
def test_a_pass_takes_every_utterance_once(sort: bool) -> None:
    places = plan(LENGTHS, 30.0, epoch=2, seed=1, sort=sort)

    assert sorted(n for place in places for n in place.utterances) == list(range(200))


def test_no_batch_is_larger_than_allowed_and_little_is_padding() -> None:
    places = plan(LENGTHS, 60.0, epoch=0, seed=1, sort=False)
    sizes = [max(LENGTHS[list(p.utterances)]) * len(p.utterances) for p in places]

    assert max(sizes) <= 60 * SAMPLE_RATE
    assert sum(sizes) < 1.15 * LENGTHS.sum()


def test_the_first_passes_begin_with_what_is_short() -> None:
    places = plan(LENGTHS, 30.0, epoch=0, seed=1, sort=True)
    means = [LENGTHS[list(place.utterances)].mean() for place in places]

    assert means[0] < means[len(means) // 2] < means[-1]


def test_passes_differ_and_repeat_alike() -> None:
    first, again, other = (plan(LENGTHS, 30.0, epoch, 1, sort=False) for epoch in (1, 1, 2))

    assert first == again
    assert [p.utterances for p in first] != [p.utterances for p in other]


def test_padding_is_zeros_behind_and_whole_frames() -> None:
    rows = [torch.ones(3), torch.ones(FRAME + 1)]

    table, lengths = padded(rows, FRAME)

    assert table.shape == (2, 2 * FRAME)
    assert lengths.tolist() == [3, FRAME + 1]
    assert table.sum(1).tolist() == [3, FRAME + 1]


def test_a_batch_holds_its_utterances_as_they_are_kept() -> None:
    pcm = np.random.default_rng(1).integers(-9000, 9000, 32_000).astype(np.int16)
    sounds = SoundCache(pcm, np.array([16_000, 32_000]))
    targets = [target("a cat", {"a": [("AH",)], "cat": [("K", "AE", "T")]})] * 2
    plans = plan(sounds.lengths(), 30.0, epoch=3, seed=5, sort=False)

    batch = Speech(sounds, targets, plans)[0]

    assert batch.samples.dtype == torch.int16
    heard = batch.on(torch.device("cpu")).samples
    rows = [sounds[number] for number in plans[0].utterances]
    torch.testing.assert_close(heard[:, :16_000], torch.from_numpy(np.stack(rows)))
    assert batch.twice().samples.shape == (4, batch.samples.shape[1])


def test_a_text_is_spelled_in_both_alphabets() -> None:
    words = {"don't": [("D", "OW", "N", "T")], "go": [("G", "OW")]}

    found = target("“Don’t go!”", words)

    assert [PHONES[i] for i in found.phones] == ["D", "OW", "N", "T", "G", "OW"]
    assert "".join(LETTERS[i] for i in found.letters) == "don't go"


def test_a_word_of_unknown_sound_leaves_the_letters() -> None:
    found = target("go zzyzx", {"go": [("G", "OW")]})

    assert len(found.phones) == 0
    assert len(found.letters) == 8


def test_utterances_without_phones_can_share_a_batch() -> None:
    silent = Target(np.empty(0, np.int64), np.array([3, 4]))
    spoken = Target(np.array([5]), np.array([6]))

    batch = collate([np.zeros(10, np.float32)] * 2, [silent, spoken])

    assert batch.phone_lengths.tolist() == [0, 1]
    assert batch.letter_lengths.tolist() == [2, 1]
