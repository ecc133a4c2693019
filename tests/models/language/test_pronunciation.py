"""Training of the pronunciation network: it learns, and its file is proved."""

import random
from pathlib import Path

import pytest
from hypothesis import strategies as st

pytest.importorskip("torch")

import torch

from asr.language.pronunciation import Dictionary, Pronouncer
from models.language.pronunciation import (
    FRAMES_PER_LETTER,
    PronounceConfig,
    PronounceNetwork,
    PronounceTraining,
    batches,
    export_pronouncer,
    frames_needed,
    measure,
    prove_pronouncer,
    split,
    train,
)
from models.loop.checkpoint import write_checkpoint
from models.parity import ParityError

pytestmark = pytest.mark.train

SOUNDS = {"b": "B", "d": "D", "k": "K", "a": "AE", "e": "EH", "o": "AA", "x": "K S"}
SMALL = PronounceConfig(
    embedding=16, width=32, depth=1, dropout=0, epochs=12, batch=32, learning_rate=2e-2
)
PHONES_OF_A_WORD = st.lists(st.sampled_from("ABC"), max_size=6).map(tuple)


def regular_words(n: int) -> Dictionary:
    """Words whose letters always sound the same."""
    generator = random.Random(4)
    words = {"".join(generator.choices("bdkaeox", k=generator.randint(2, 6))) for _ in range(n)}
    return {word: [tuple(" ".join(SOUNDS[c] for c in word).split())] for word in sorted(words)}


def test_regular_spelling_is_learnt_and_measured_on_words_not_seen(tmp_path: Path) -> None:
    path = tmp_path / "pronounce.onnx"

    report = train(regular_words(1200), path, SMALL)

    assert report.held_out_words > 20
    assert report.phone_error < 0.05
    assert report.word_error_of_three <= report.word_error < 0.2
    assert Pronouncer.open(path).pronounce("box") == ("B", "AA", "K", "S")


def test_an_untrained_network_is_measured_as_wrong(tmp_path: Path) -> None:
    torch.manual_seed(0)
    export_pronouncer(PronounceNetwork(SMALL), tmp_path / "pronounce.onnx")

    report = measure(Pronouncer.open(tmp_path / "pronounce.onnx"), regular_words(50), 0, 60)

    assert report.word_error > 0.9
    assert report.minutes == 1.0


def test_a_file_of_another_network_fails_the_proof_and_a_failed_export_leaves_nothing(
    tmp_path: Path,
) -> None:
    network = PronounceNetwork(SMALL)
    export_pronouncer(network, tmp_path / "one.onnx")
    with pytest.raises(ParityError):
        prove_pronouncer(PronounceNetwork(SMALL).eval(), Pronouncer.open(tmp_path / "one.onnx"))

    with torch.no_grad():
        network.classify.bias[0] = torch.nan
    with pytest.raises(ParityError):
        export_pronouncer(network, tmp_path / "two.onnx")
    assert [path.name for path in tmp_path.iterdir()] == ["one.onnx"]


def test_the_parts_are_the_same_every_time_and_share_no_word() -> None:
    words = regular_words(1000)

    known, held_out = split(words)

    assert split(words) == (known, held_out)
    assert known | held_out == words
    assert not set(known) & set(held_out)
    assert 0.02 < len(held_out) / len(words) < 0.09


def test_batches_hold_words_of_one_length_and_only_what_fits() -> None:
    words = regular_words(300) | {"b": [("B", "B"), ("B", "AE", "D", "K")]}

    found = list(batches(words, 16, random.Random(0)))

    assert all(len({len(word) for word in group}) == 1 for group, _ in found)
    assert sorted(word for group, _ in found for word in group) == sorted(words)
    for group, ways in found:
        for word, way in zip(group, ways, strict=True):
            assert frames_needed(way) <= FRAMES_PER_LETTER * len(word)


def test_a_training_that_was_cut_off_ends_as_if_it_was_not(tmp_path: Path) -> None:
    words = regular_words(200)
    whole, first = (
        PronounceTraining(words, SMALL, tmp_path / name) for name in ("whole", "cut")
    )
    whole.loop.run()
    first.folder.mkdir()
    for _ in range(7):
        first.step(0.0)
    write_checkpoint(
        {**first.content(), "loop": {"steps": 7, "seconds": 1.0}}, first.folder / "last.pt"
    )

    second = PronounceTraining(words, SMALL, tmp_path / "cut")
    second.loop.resume()
    second.loop.run()

    rest = second.network.state_dict()
    for name, tensor in whole.network.state_dict().items():
        torch.testing.assert_close(rest[name], tensor)
