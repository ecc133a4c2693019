"""The tagger learns, goes on where it stopped, and is the same as a file."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

import torch

from asr.errors import ConfigError, LanguageError
from asr.readable.spelling import BUCKETS, PARTS, parts
from asr.readable.tagger import AROUND, PIECE, Tagger
from asr.readable.tags import PLAIN, Case, Mark
from export.readable_to_onnx import choose_leanings, export_tagger
from models.parity import ParityError
from models.readable import training as training_module
from models.readable.batches import Batches, ChunkConfig
from models.readable.figures import TagCounts, case_figure, mark_figures, plain
from models.readable.network import TaggerConfig, TaggerNetwork
from models.readable.pauses import find_utterances, placed_words
from models.readable.texts import TextPart, number_tagged_texts, part_of
from models.readable.training import load_tagger, tag, train

pytestmark = pytest.mark.train

_SENTENCE = "but kate saw emma and they went home why did kate go"
NAMES = ("Kate", "Emma", "McDonald")
VERBS = ("saw", "heard", "knew", "met")
PAUSES = ((0.9, 0.1, 0, 0, 0), *[(0.1, 0.1, 0.2, 0.3, 0.3)] * 7)
CONFIG = f"""
words = 60_000
precision = "float32"
evaluate_steps = 100
dev_words = 500
checkpoint_minutes = 0.0
[chunks]
batch = 8
length = 30
pauses = {[list(map(float, row)) for row in PAUSES]}
[network]
words = 40
embedding = 16
dropout = 0.0
width = 16
layers = 1
[optimiser]
learning_rate = 2e-2
warmup_steps = 5
"""


def write_texts(folder: Path, n: int = 400) -> Path:
    """Write texts in numbers, in all three parts, that follow a simple rule."""
    chance = np.random.default_rng(1)
    lines = []
    for _ in range(n):
        who, whom = chance.choice(NAMES, 2)
        verb = chance.choice(VERBS)
        lines.append(f"But {who} {verb} {whom}, and they went home. Why did {who} go?")
    source = folder / "text.txt"
    source.write_text("\n".join(lines))
    texts = folder / "texts"
    number_tagged_texts([source], [], texts)
    for row in ("words", "cases", "marks"):
        values = np.load(texts / f"train.{row}.npy")
        np.save(texts / f"dev.{row}.npy", values[:600])
    return texts


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Texts, and the folder of a training on them."""
    folder = tmp_path_factory.mktemp("tagger")
    texts = write_texts(folder)
    (folder / "config.toml").write_text(CONFIG)
    train(folder / "config.toml", texts, folder / "run", resume=False)
    return texts, folder / "run"


def test_books_are_held_out_and_texts_are_not(tmp_path: Path) -> None:
    title = next(f"Book {n}" for n in range(999) if part_of(f"Book {n}") == "test")
    books = tmp_path / "books.txt"
    books.write_text(
        f"=== {title} | Kate | 1900\n\nHe went home.\n\n=== X | Kate | 1990\n\nNo.\n"
    )
    text = tmp_path / "text.txt"
    text.write_text("We went home. She did, too.\n")
    assert number_tagged_texts([books, text], [], tmp_path / "texts") == 6
    assert len(TextPart.open(tmp_path / "texts", "test").words) == 3
    with pytest.raises(LanguageError, match="cannot be read"):
        number_tagged_texts([tmp_path / "none.txt"], [], tmp_path / "none")
    with pytest.raises(LanguageError, match="No word is left"):
        number_tagged_texts([books], [], tmp_path / "none")


def test_a_training_with_no_book_to_choose_with_does_not_begin(tmp_path: Path) -> None:
    (tmp_path / "text.txt").write_text("We went home. She did, too.\n" * 99)
    number_tagged_texts([tmp_path / "text.txt"], [], tmp_path / "texts")
    (tmp_path / "config.toml").write_text(CONFIG)

    with pytest.raises(ConfigError, match="more books"):
        train(tmp_path / "config.toml", tmp_path / "texts", tmp_path / "run", resume=False)


def test_it_learns_case_and_marks(trained: tuple[Path, Path]) -> None:
    with (trained[1] / "log.csv").open() as file:
        last = list(csv.DictReader(file))[-1]
    assert float(last["FULL_STOP"]) > 0.95
    assert float(last["COMMA"]) > 0.95
    assert float(last["QUESTION"]) > 0.95
    assert float(last["CASE"]) > 0.95


def test_it_begins_with_what_another_training_learned(
    trained: tuple[Path, Path], tmp_path: Path
) -> None:
    source = tmp_path / "text.txt"
    line = "But Emma met Kate, and then they went home. Why did Kate go?"
    source.write_text("\n".join([line] * 40))
    texts = tmp_path / "texts"
    number_tagged_texts([source], [], texts)
    for row in ("words", "cases", "marks"):
        np.save(texts / f"dev.{row}.npy", np.load(texts / f"train.{row}.npy"))
    config = tmp_path / "config.toml"
    one_step = CONFIG.replace("60_000", "240").replace("2e-2", "1e-9")

    config.write_text(f'start_from = "{trained[1] / "last.pt"}"\n{one_step}')
    train(config, texts, tmp_path / "run", resume=False)

    with (tmp_path / "run" / "log.csv").open() as file:
        last = list(csv.DictReader(file))[-1]
    assert min(float(last[name]) for name in ("FULL_STOP", "COMMA", "QUESTION")) > 0.95
    config.write_text(config.read_text().replace("width = 16", "width = 8"))
    with pytest.raises(ConfigError, match="of other sizes"):
        train(config, texts, tmp_path / "other", resume=False)


def test_it_goes_on_as_if_it_had_not_stopped(
    trained: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "config.toml"
    config.write_text(CONFIG.replace("60_000", "4_800"))
    train(config, trained[0], tmp_path / "whole", resume=False)
    keep = training_module.TaggerTraining._step
    steps = 0

    def stop(self: training_module.TaggerTraining, progress: float) -> dict[str, object]:
        nonlocal steps
        steps += 1
        if steps == 11:
            raise KeyboardInterrupt
        return keep(self, progress)

    monkeypatch.setattr(training_module.TaggerTraining, "_step", stop)
    with pytest.raises(KeyboardInterrupt):
        train(config, trained[0], tmp_path / "halves", resume=False)
    monkeypatch.setattr(training_module.TaggerTraining, "_step", keep)
    with pytest.raises(ConfigError, match="holds a training already"):
        train(config, trained[0], tmp_path / "halves", resume=False)
    train(config, trained[0], tmp_path / "halves", resume=True)
    whole, halves = (
        torch.load(tmp_path / name / "last.pt")["weights"] for name in ("whole", "halves")
    )
    assert whole.keys() == halves.keys()
    assert all(torch.equal(whole[name], halves[name]) for name in whole)


def test_the_file_tags_as_the_network_does(trained: tuple[Path, Path], tmp_path: Path) -> None:
    model, vocabulary, spellings = load_tagger(trained[1] / "last.pt")
    leanings = [-np.inf if mark in PLAIN else 0.0 for mark in Mark]
    path = tmp_path / "readable.onnx"
    assert export_tagger(model, vocabulary, spellings, leanings, path) < 0.15
    assert list(tmp_path.iterdir()) == [path]
    tagger = Tagger(path)
    assert tagger.spellings == {"mcdonald": "McDonald"}
    words = _SENTENCE.replace("emma", "mcdonald").split()
    tags = tagger.tag(words, [None] * len(words))
    assert tags[3] == (Case.MIXED, Mark.COMMA)
    assert tags[1].case is Case.CAPITAL
    assert tags[7].mark is Mark.FULL_STOP
    assert tagger.tag([], []) == []
    assert len(tagger.tag(["zyx"], [0.5])) == 1


def test_long_texts_are_read_in_pieces_as_if_whole(
    trained: tuple[Path, Path], tmp_path: Path
) -> None:
    model, vocabulary, spellings = load_tagger(trained[1] / "last.pt")
    path = tmp_path / "readable.onnx"
    export_tagger(model, vocabulary, spellings, [0.0] * len(Mark), path)
    sentence = _SENTENCE.split()
    words = sentence * (3 * PIECE // len(sentence))
    tags = Tagger(path).tag(words, [None] * len(words))
    assert len(tags) == len(words)
    n = len(sentence)
    periods = [tags[start : start + n] for start in range(0, len(tags), n)]
    assert all(one == periods[1] for one in periods[1:-1])
    assert AROUND < PIECE


def test_a_graph_that_differs_gets_no_name(
    trained: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, vocabulary, spellings = load_tagger(trained[1] / "last.pt")
    monkeypatch.setattr(
        TaggerNetwork, "forward", lambda self, w, p, s: (w[..., None] * 0.0,) * 2
    )
    with pytest.raises((ParityError, LanguageError, ValueError)):
        export_tagger(model, vocabulary, spellings, [0.0] * len(Mark), tmp_path / "x.onnx")
    assert not list(tmp_path.iterdir())


def test_rarer_marks_are_shown_only_if_they_are_right(trained: tuple[Path, Path]) -> None:
    marks = np.full((8, len(Mark)), -9.0, np.float32)
    wanted = np.array([0, 0, 1, 1, 2, 3, 4, 5], np.uint8)
    marks[np.arange(8), wanted] = 0.0
    marks[7] = -9.0
    marks[7, Mark.DASH] = 0.0  # a colon that is taken for a dash
    leanings = choose_leanings(marks, wanted)
    assert np.isfinite(leanings[Mark.EXCLAMATION])
    assert np.isinf(leanings[Mark.COLON])
    assert np.isinf(leanings[Mark.DASH])
    assert np.isfinite(leanings[Mark.COMMA])


def test_figures_count_what_is_right() -> None:
    given = plain(np.array([1, 2, 6, 4, 0]))
    assert given.tolist() == [1, 2, 1, 2, 0]
    figures = mark_figures(given, np.array([1, 2, 2, 2, 1], np.uint8))
    assert figures["COMMA"] == TagCounts(2, 1, 2)
    assert figures["COMMA"].f1 == 0.5
    assert figures["FULL_STOP"].precision == 1.0
    assert figures["FULL_STOP"].recall == pytest.approx(2 / 3)
    case = case_figure(np.array([0, 1, 2, 1], np.uint8), np.array([0, 1, 1, 0], np.uint8))
    assert case == TagCounts(3, 1, 2)


def test_batches_are_drawn_alike_and_as_configured(trained: tuple[Path, Path]) -> None:
    texts = TextPart.open(trained[0], "train")
    words = [line.split("\t")[0] for line in (trained[0] / "words.tsv").open()]

    def drawn(**changes: float) -> list[torch.Tensor]:
        config = ChunkConfig(batch=6, length=30, pauses=PAUSES, **changes)  # type: ignore[arg-type]
        batch = Batches(texts, words, len(words) + 1, config, seed=1).batch(3)
        return [batch.words, batch.parts, batch.pauses, batch.cases, batch.marks]

    assert all(map(torch.equal, drawn(), drawn()))
    plain_batch = drawn(silent=1.0, mistaken=0.0, forgotten=0.0)
    assert not plain_batch[2].any()
    assert (plain_batch[0] > 0).all()
    assert (drawn(silent=0.0)[2] > 0).all()
    assert not drawn(forgotten=1.0)[0].any()
    begun = drawn(begins=1.0, mistaken=0.0, forgotten=0.0)
    assert set(begun[3][:, 0].tolist()) <= {Case.CAPITAL, Case.MIXED}


def test_batches_have_the_mistakes_of_a_table(
    trained: tuple[Path, Path], tmp_path: Path
) -> None:
    texts = TextPart.open(trained[0], "train")
    words = [line.split("\t")[0] for line in (trained[0] / "words.tsv").open()]
    table = tmp_path / "table.tsv"
    rows = ["said\theard\tcount", "kate\tkate\t50", "kate\temma\t50", "kate\t\t20", "\tbut\t9"]
    table.write_text("\n".join(rows) + "\n")

    def drawn(mistakes: float) -> np.ndarray:
        config = ChunkConfig(
            batch=40,
            length=30,
            pauses=PAUSES,
            mistaken=1.0,
            mistakes=mistakes,
            forgotten=0.0,
            confusions=str(table),
        )
        return Batches(texts, words, len(words) + 1, config, seed=1).batch(3).words.numpy() - 1

    right, wrong = drawn(0.0), drawn(0.5)
    assert right.shape == wrong.shape
    kate, emma, but = (words.index(word) for word in ("kate", "emma", "but"))
    assert (wrong == kate).sum() < (right == kate).sum()
    assert (wrong == emma).sum() > (right == emma).sum()
    assert (wrong == but).sum() > (right == but).sum()


def test_parts_of_a_word_have_rows_of_their_own() -> None:
    rows = parts("xylophone")
    assert [row // BUCKETS for row in rows] == list(range(PARTS))
    assert parts("a") != parts("b")


def test_read_speech_is_found_in_its_book() -> None:
    names = [f"w{number}" for number in range(200)]
    numbers = {word: number for number, word in enumerate(names)}
    marks = np.zeros(200, np.uint8)
    marks[45] = Mark.COMMA
    texts = TextPart(np.arange(200, dtype=np.int32), marks.copy(), marks)
    said = names[40:60]
    where, nowhere = find_utterances(texts, numbers, [said, ["never"] * 12])
    assert nowhere is None
    assert where == (30, 70)
    heard = [(word, n * 0.5, n * 0.5 + 0.4) for n, word in enumerate(said)]
    heard[3] = ("misheard", *heard[3][1:])
    book = slice(*where)
    placed = list(placed_words(heard, names[book], texts.cases[book], texts.marks[book]))
    assert [one.word for one in placed] == [*said[:3], *said[4:]]
    assert placed[0].pause == pytest.approx(0.1)
    assert [one.word for one in placed if one.mark is Mark.COMMA] == ["w45"]


def test_log_probabilities_of_a_long_text_are_those_of_its_pieces() -> None:
    torch.manual_seed(1)
    model = TaggerNetwork(TaggerConfig(words=10, embedding=4, width=4))
    words = np.arange(9, dtype=np.int32).repeat(60)
    rows = np.array([parts(str(n)) for n in range(9)])
    cases, marks = tag(model, words, rows, 10, None)
    assert cases.shape == (540, len(Case))
    assert marks.shape == (540, len(Mark))
    assert np.allclose(np.exp(cases).sum(1), 1, atol=1e-5)
