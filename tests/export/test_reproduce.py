"""The shipped pack is made again by one command."""

from __future__ import annotations

import csv
import lzma
import shutil
from functools import partial
from pathlib import Path

import pytest
import torch

from asr.errors import ManifestError
from asr.evaluation.manifest import read_manifest
from asr.language.ngram import LanguageModel
from asr.language.recurrent import RecurrentModel
from asr.pack import Pack, PackFile
from asr.readable.tagger import Tagger
from export import reproduce
from export.pack import LANGUAGE_FILES, write_pack
from export.tune import tune
from models.acoustic.config import TrainingConfig
from models.acoustic.network import AcousticModel, NetworkConfig
from models.language.build import LanguageConfig, train_language
from models.language.recurrent_training import load_recurrent
from models.loop.checkpoint import Checkpoint, load_checkpoint, write_checkpoint
from models.readable.texts import part_of
from models.readable.training import load_tagger

CLIPS = Path(__file__).parents[1] / "clips"
TRAINING = """
epochs = 1.0
batch_seconds = 20.0
precision = "float32"
[data]
train = ["two.tsv"]
dev = ["two.tsv"]
dictionaries = []
noise = ""
[network]
n_mels = 16
channels = 4
width = 8
depth = 2
[optimiser]
learning_rate = 0.01
warmup_steps = 1
"""


@pytest.fixture(autouse=True)
def one_training(tmp_path: Path) -> None:
    (tmp_path / "en.toml").write_text(TRAINING, encoding="utf-8")
    with (tmp_path / "two.tsv").open("w", newline="", encoding="utf-8") as file:
        utterances = read_manifest(CLIPS / "clips.tsv")[:2]
        rows = [[u.path, u.text, u.speaker, u.seconds] for u in utterances]
        csv.writer(file, delimiter="\t", quoting=csv.QUOTE_NONE).writerows(
            [["path", "text", "speaker", "seconds"], *rows]
        )


def write_dictionary(data: Path) -> None:
    """Say the words of the first utterance, all of them alike."""
    (data / "cmudict").mkdir()
    said = dict.fromkeys(read_manifest(data / "two.tsv")[0].text.lower().split())
    lines = [f"{word} AH0 T" for word in said]
    (data / "cmudict" / "cmudict.dict").write_text("\n".join(lines), encoding="utf-8")
    (data / "pronunciations.tsv").write_text("", encoding="utf-8")


def test_what_is_trained_is_not_trained_again(tmp_path: Path) -> None:
    found = reproduce.train_acoustic(tmp_path, tmp_path / "runs", tmp_path)
    made = found.stat().st_mtime_ns

    assert reproduce.train_acoustic(tmp_path, tmp_path / "runs", tmp_path) == found
    assert found.stat().st_mtime_ns == made


def test_the_language_learns_nothing_from_texts_that_were_held_out(tmp_path: Path) -> None:
    texts = tmp_path / "text"
    texts.mkdir()
    words = read_manifest(CLIPS / "clips.tsv")[0].text.lower()
    for name in ("test-some.tsv", *reproduce.DEV):
        (tmp_path / name).write_bytes((tmp_path / "two.tsv").read_bytes())
    copy_of_two = read_manifest(tmp_path / "two.tsv")
    content = " ".join(one.text.lower() for one in copy_of_two)
    read = f"=== Read | A | 1900\n\n{content}\n\n=== Other | B | 1901\n\nIt shone.\n"
    (texts / "books-00.txt.xz").write_bytes(lzma.compress(read.encode()))
    (texts / "lines.txt.xz").write_bytes(lzma.compress(b"One more text.\n"))
    (texts / "talks").mkdir()
    (texts / "talks" / "a.txt").write_text(f"It rained.\n\n{content}\n", encoding="utf-8")
    folder = tmp_path / "language"
    folder.mkdir()

    found = reproduce.make_texts(tmp_path, folder)

    assert [path.name for path in found] == ["lines.txt.xz", "talks.txt.xz", "books.txt.xz"]
    books, talks = (lzma.decompress(path.read_bytes()).decode() for path in found[:0:-1])
    assert "It shone." in books
    assert words not in books
    assert talks == "It rained.\n"


LANGUAGE = """
words = 2_000
times = 100.0
chunk = 8
batch = 4
precision = "float32"
[network]
width = 8
bands = [4, 6]
sizes = [6, 4, 2]
"""


@pytest.fixture
def language(tmp_path: Path) -> Path:
    """The n-gram of a text that is among the data."""
    text = tmp_path / "text" / "rain.txt.xz"
    text.parent.mkdir()
    text.write_bytes(lzma.compress(b"It rains all day. All day it rains.\n" * 50))
    (tmp_path / "language.toml").write_text(LANGUAGE, encoding="utf-8")
    for name in ("train.tsv", "test-some.tsv", *reproduce.DEV):
        (tmp_path / name).write_bytes((tmp_path / "two.tsv").read_bytes())
    folder = tmp_path / "language"
    texts = (text, tmp_path / "train.tsv")
    train_language(LanguageConfig(texts=texts, output=folder, least=1, megabytes=1))
    return folder


def test_the_recurrent_model_is_trained_beside_the_n_gram_and_once(
    tmp_path: Path, language: Path
) -> None:
    reproduce.make_recurrent(tmp_path, language, tmp_path / "run", tmp_path)
    made = (tmp_path / "run" / "last.pt").stat().st_mtime_ns
    reproduce.make_recurrent(tmp_path, language, tmp_path / "run", tmp_path)

    assert (tmp_path / "run" / "last.pt").stat().st_mtime_ns == made
    n_gram = LanguageModel.open(language / "language.lm")
    recurrent = RecurrentModel(language / PackFile.RECURRENT)
    assert recurrent.n_words == len(n_gram.words)
    assert len(recurrent.score([(3, 4)])[0]) == 3


def test_one_command_makes_the_pack_from_the_manifests(
    tmp_path: Path, language: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pack, texts = tmp_path / "pack", tmp_path / "runs" / "language"
    shutil.rmtree(language)  # the command makes its own
    texts.mkdir(parents=True)
    shutil.copyfile(Pack.open().path(PackFile.PRONOUNCER), texts / PackFile.PRONOUNCER)
    write_dictionary(tmp_path)
    commands: list[list[str]] = []
    monkeypatch.setattr(reproduce, "LEAST", 1)
    tagged: list[Path] = []
    checkpoint = tmp_path / "tagger.pt"
    write_checkpoint({"config": {}, "vocabulary": [], "mixed": {}, "weights": {}}, checkpoint)

    def make_readable(*places: Path) -> Path:  # so little text has no part to measure it on
        tagged.append(places[3])
        return checkpoint

    monkeypatch.setattr(reproduce, "make_readable", make_readable)
    monkeypatch.setattr(reproduce, "tune", partial(tune, grids={"word_bonus": (0.0, 1.0)}))
    monkeypatch.setattr(reproduce.subprocess, "run", lambda line, **_: commands.append(line))
    command = ["--data", str(tmp_path), "--runs", str(tmp_path / "runs")]
    command += ["--experiments", str(tmp_path), "--pack", str(pack)]
    command += ["--weights", str(tmp_path / "weights")]

    reproduce.main(command)
    made = {path: path.stat().st_mtime_ns for path in (tmp_path / "runs").rglob("last.pt")}
    reproduce.main(command)

    files = Pack.open(pack).files
    assert set(PackFile) - {PackFile.READABLE} <= files.keys()
    assert Pack.open(pack).confidence  # fitted by the tuning
    assert len(made) == 2  # the network's and the recurrent model's
    assert all(path.stat().st_mtime_ns == then for path, then in made.items())
    assert tagged == [pack, pack]
    kept = load_checkpoint(tmp_path / "weights" / "en.pt").weights
    assert kept["phones.bias"].dtype == torch.float16
    n_gram = LanguageModel.open(pack / PackFile.N_GRAM)
    assert load_recurrent(tmp_path / "weights" / "language.pt", n_gram).lstm.hidden_size == 8
    assert commands[0][-4:] == ["--pack", str(pack), "--write", str(pack / "MODEL_CARD.md")]


def test_another_language_takes_the_recurrent_model_of_the_one_before_away(
    tmp_path: Path,
) -> None:
    network = NetworkConfig(n_mels=16, channels=4, width=8, depth=2)
    config = TrainingConfig(name="test", network=network)
    Checkpoint(config, AcousticModel(network).state_dict(), {}).save(tmp_path / "some.pt")
    folder, language = tmp_path / "pack", tmp_path / "language"
    for place in (folder, language):
        place.mkdir()
        (place / PackFile.RECURRENT).write_text(place.name, encoding="utf-8")
    for name in LANGUAGE_FILES:
        (language / name).write_text(name, encoding="utf-8")

    write_pack(tmp_path / "some.pt", folder, language=language)
    with_it = (folder / PackFile.RECURRENT).read_text(encoding="utf-8")
    (language / PackFile.RECURRENT).unlink()
    write_pack(tmp_path / "some.pt", folder, language=language)

    assert with_it == "language"
    assert not (folder / PackFile.RECURRENT).exists()
    assert PackFile.RECURRENT not in Pack.open(folder).files


def test_without_a_test_list_nothing_is_learned(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="There is no test list"):
        reproduce.held_out_lists(tmp_path)


def test_the_tagger_is_trained_once_and_put_in_the_pack(tmp_path: Path) -> None:
    (tmp_path / "text").mkdir()
    for name in ("dev-libri", "dev-cv", "dev-accent", "test-libri"):
        shutil.copyfile(tmp_path / "two.tsv", tmp_path / f"{name}.tsv")
    title = next(f"Book {n}" for n in range(999) if part_of(f"Book {n}") == "dev")
    other = next(f"Book {n}" for n in range(999) if part_of(f"Book {n}") == "train")
    prose = "He went home. Then Kate, too, went home.\n\n" * 40
    with lzma.open(tmp_path / "text" / "books.txt.xz", "wt") as file:
        file.write(f"=== {title} | Kate | 1900\n\n{prose}=== {other} | Kate | 1900\n\n{prose}")
    rows = [[0.2] * 5] * 8
    (tmp_path / "readable.toml").write_text(
        f"words = 200\n[chunks]\nbatch = 2\nlength = 20\npauses = {rows}\n"
        "[network]\nwords = 20\nembedding = 4\nwidth = 4\n[optimiser]\nwarmup_steps = 1\n"
    )
    pack, run = tmp_path / "pack", tmp_path / "run"
    pack.mkdir()

    made = reproduce.make_readable(tmp_path, tmp_path, run, pack, tmp_path)
    reproduce.keep_tagger(made, tmp_path / "weights")

    assert Tagger(pack / PackFile.READABLE).tag(["kate"], [None])
    kept, vocabulary, _ = load_tagger(tmp_path / "weights" / "readable.pt")
    assert kept.lstm.hidden_size == 4
    assert "kate" in vocabulary
    before = (run / "last.pt").stat().st_mtime_ns
    reproduce.make_readable(tmp_path, tmp_path, run, pack, tmp_path)
    assert (run / "last.pt").stat().st_mtime_ns == before
