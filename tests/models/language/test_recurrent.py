"""The recurrent language model: probabilities, training, and the file it becomes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import onnx
import pytest

pytest.importorskip("torch")

import torch

from asr.decoding.rescoring import score_n_gram
from asr.errors import ConfigError
from asr.language.ngram import LanguageModel
from asr.language.recurrent import MEMORY, RecurrentModel
from export import recurrent_to_onnx
from export.recurrent_to_onnx import export_recurrent
from models.language import recurrent_training
from models.language.build import LanguageConfig, train_language
from models.language.estimation import END_ID, UNKNOWN_ID
from models.language.recurrent import RecurrentConfig, RecurrentLanguage, ranks
from models.language.recurrent_texts import Text, plan_chunks, shares
from models.language.recurrent_training import (
    load_recurrent,
    numbered,
    read_numbered,
    read_recurrent,
    read_recurrent_config,
    score,
    train,
)
from models.language.recurrent_vocabulary import with_words
from models.parity import ParityError

pytestmark = pytest.mark.train

WORDS = 40
SMALL = RecurrentConfig(width=16, bands=(8, 20), sizes=(12, 6, 3))
CONFIG = """
words = 20_000
times = 100.0
chunk = 8
batch = 8
precision = "float32"
evaluate_steps = 20
[network]
width = 24
bands = [6, 9]
sizes = [12, 8, 4]
[optimiser]
learning_rate = 2e-2
warmup_steps = 5
"""


def model(seed: int = 1) -> RecurrentLanguage:
    torch.manual_seed(seed)
    order = np.random.default_rng(seed).permutation(WORDS)
    network = RecurrentLanguage(SMALL, order.astype(np.int32))
    with torch.no_grad():
        for weights in (*network.lstm.parameters(), *network.query.parameters()):
            weights.mul_(8)  # so that what was said before matters
    return network.eval()


@torch.no_grad()
def test_what_may_follow_is_one_of_the_words() -> None:
    history = torch.tensor([[3, 17, 39, 5]]).expand(WORDS, -1)
    targets = torch.cat((history[:, 1:], torch.arange(WORDS)[:, None]), 1)

    log_probs = model()(history, targets)[:, -1]

    assert float(log_probs.exp().sum()) == pytest.approx(1, abs=1e-5)


@torch.no_grad()
def test_word_by_word_is_the_same_as_all_at_once() -> None:
    network = model()
    words = torch.randint(0, WORDS, (5, 9))
    hidden = cell = torch.zeros(5, SMALL.width)
    steps = []

    for place in range(8):
        nats, hidden, cell = network.step(words[:, place], words[:, place + 1], hidden, cell)
        steps.append(nats)

    torch.testing.assert_close(
        torch.stack(steps, 1), network(words[:, :-1], words[:, 1:]), atol=1e-5, rtol=0
    )


def test_the_file_scores_texts_as_the_network_does(tmp_path: Path) -> None:
    network = model()

    export_recurrent(network, tmp_path / "r.onnx")

    texts = [(4, 9, 33), (4, 9, 34, 1), (), (4, 9, 33, 2), (WORDS + 3,), (UNKNOWN_ID,)]
    found = RecurrentModel(tmp_path / "r.onnx").score(texts)
    assert [len(scores) for scores in found] == [4, 5, 1, 5, 2, 2]
    forgotten = RecurrentModel(tmp_path / "r.onnx").score([(33,)])[0][0]
    assert abs(found[0][2] - forgotten) > 0.2  # more than what is forgiven below
    for text, scores in zip(texts[:4], found, strict=False):
        np.testing.assert_allclose(scores, score(network, [text])[0], atol=0.1)
    assert found[4].tolist() == found[5].tolist()  # a word that it does not know is unknown
    assert [path.name for path in tmp_path.iterdir()] == ["r.onnx"]


def test_texts_that_agree_long_enough_are_read_on_as_one(tmp_path: Path) -> None:
    export_recurrent(model(), tmp_path / "r.onnx")
    scorer = RecurrentModel(tmp_path / "r.onnx")
    same = tuple(range(10, 10 + MEMORY))

    first, second = scorer.score([(4, *same, 20, 21), (5, *same, 20, 21)])
    (one,), (other,) = (scorer.score([(word, *same, 20, 21)]) for word in (4, 5))

    assert (first[MEMORY:] == second[MEMORY:]).all()  # the first one's history
    assert (np.abs(one[MEMORY:] - other[MEMORY:]) > 1e-5).all()  # which tells them apart
    # What is read together is brought to 8 bits together, too.
    np.testing.assert_allclose(second[:MEMORY], other[:MEMORY], atol=0.05)


def test_the_lstm_computes_in_eight_bits_and_the_rest_is_kept_in_them(tmp_path: Path) -> None:
    export_recurrent(model(), tmp_path / "r.onnx")

    graph = onnx.load(tmp_path / "r.onnx").graph
    kinds = {node.op_type for node in graph.node}
    assert "DynamicQuantizeLSTM" in kinds
    assert "LSTM" not in kinds
    large = [one for one in graph.initializer if len(one.dims) > 1 and one.dims[-2] > 1]
    scales = [one for one in large if one.name.endswith(".scale")]
    assert {one.data_type for one in large if one not in scales} == {onnx.TensorProto.INT8}


def test_a_file_that_computes_something_else_is_not_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recurrent_to_onnx, "TOLERANCE", 1e-9)  # less than 8 bits can hold

    with pytest.raises(ParityError):
        export_recurrent(model(), tmp_path / "r.onnx")

    assert not list(tmp_path.iterdir())


def test_chunks_begin_with_sentences_and_overlap_nowhere() -> None:
    generator = np.random.default_rng(3)
    tokens = np.where(generator.random(500) < 0.2, END_ID, 7).astype(np.int32)
    tokens[0] = END_ID

    starts = Text("some", tokens).chunks(12)

    assert (tokens[starts] == END_ID).all()
    assert (np.diff(starts) >= 12).all()
    assert starts[-1] + 12 < len(tokens)


def test_texts_come_as_often_as_they_count_up_to_a_limit() -> None:
    tokens = np.array([END_ID, *[7, 7, 7, END_ID] * 100], np.int32)
    texts = [Text("much", tokens), Text("little", tokens)]

    chunks = plan_chunks(texts, {"much": 0.9, "little": 0.1}, 4_000, 4, times=3.0, seed=1)

    assert (chunks.texts == 0).sum() == 300  # 900 would be nine times the text
    assert (chunks.texts == 1).sum() == 100
    again = plan_chunks(texts, {"much": 0.9, "little": 0.1}, 4_000, 4, times=3.0, seed=1)
    assert (chunks.places == again.places).all()


@pytest.fixture
def talk(tmp_path: Path) -> Path:
    """A folder with a text in which who is named first is who is named last."""
    generator = np.random.default_rng(1)
    people, deeds = ["ann", "bob", "eve"], ["runs", "sees", "eats", "sings"]
    lines = []
    for _ in range(400):
        who = generator.choice(people)
        deed_and_place = " ".join(generator.choice(deeds, 4))
        lines.append(f"{who.title()} {deed_and_place} {who}.\n")
    (tmp_path / "talk.txt").write_text("".join(lines[:-20]), encoding="utf-8")
    (tmp_path / "dev.txt").write_text("".join(lines[-20:]), encoding="utf-8")
    (tmp_path / "tiny.toml").write_text(CONFIG, encoding="utf-8")
    train_language(
        LanguageConfig(
            texts=(tmp_path / "talk.txt",), output=tmp_path / "language", least=1, megabytes=1
        )
    )
    return tmp_path


def trained(talk: Path, run: str, *, resume: bool = False) -> RecurrentLanguage:
    texts, develop = [talk / "talk.txt"], [talk / "dev.txt"]
    train(talk / "tiny.toml", texts, talk / run, talk / "language", develop, resume=resume)
    n_gram = LanguageModel.open(talk / "language" / "language.lm")
    return load_recurrent(talk / run / "last.pt", n_gram)


def test_it_remembers_what_an_n_gram_forgets(talk: Path) -> None:
    network = trained(talk, "run")

    n_gram = LanguageModel.open(talk / "language" / "language.lm")
    texts = read_numbered(talk / "dev.txt", n_gram)
    forgetful = [scores[-2] for scores in score_n_gram(n_gram, texts)]  # before the end
    mindful = [scores[-2] for scores in score(network, texts)]
    assert np.exp(forgetful).mean() < 0.2
    assert np.exp(mindful).mean() > 0.8
    log = (talk / "run" / "log.csv").read_text(encoding="utf-8").splitlines()
    assert log[0].endswith("dev alone,dev n-gram,dev both")


def test_a_training_that_was_cut_off_ends_as_if_it_was_not(
    talk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = trained(talk, "whole").state_dict()
    steps = recurrent_training.RecurrentTraining.step
    taken = []

    def interrupted(training: recurrent_training.RecurrentTraining, progress: float) -> object:
        if len(taken) == 30 and not (talk / "cut" / "last.pt").exists():
            training.loop._save(training.loop.seconds)
            raise KeyboardInterrupt
        taken.append(progress)
        return steps(training, progress)

    monkeypatch.setattr(recurrent_training.RecurrentTraining, "step", interrupted)
    with pytest.raises(KeyboardInterrupt):
        trained(talk, "cut")

    taken.clear()

    rest = trained(talk, "cut", resume=True).state_dict()

    assert taken[0] > 0.1  # it did not begin anew
    for name, tensor in whole.items():
        torch.testing.assert_close(rest[name], tensor)


def test_what_is_no_report_or_checkpoint_is_refused(tmp_path: Path) -> None:
    (tmp_path / "language.json").write_text(json.dumps({"texts": 3}), encoding="utf-8")
    (tmp_path / "last.pt").write_bytes(b"nothing")

    with pytest.raises(ConfigError, match="no report"):
        shares(tmp_path / "language.json")
    with pytest.raises(ConfigError, match="not a checkpoint"):
        read_recurrent(tmp_path / "last.pt")
    with pytest.raises(ConfigError, match="cannot be read"):
        read_recurrent(tmp_path / "none.pt")


def test_a_training_with_nothing_to_learn_from_is_refused(talk: Path) -> None:
    (talk / "talk.txt").write_text("Ann sings.\n", encoding="utf-8")

    with pytest.raises(ConfigError, match="too few words"):
        trained(talk, "run")

    assert not (talk / "run" / "finished").exists()


def test_a_training_does_not_go_on_beside_another_n_gram(talk: Path) -> None:
    trained(talk, "run")
    words = (talk / "talk.txt").read_text(encoding="utf-8")
    text = talk / "other.txt"
    text.write_text(words + "And Zoe too.\n", encoding="utf-8")
    train_language(LanguageConfig(texts=(text,), output=talk / "other", least=1))

    with pytest.raises(ConfigError, match="another n-gram"):
        train(talk / "tiny.toml", [text], talk / "run", talk / "other", resume=True)


def test_a_model_is_not_used_beside_another_n_gram(talk: Path) -> None:
    trained(talk, "run")
    (talk / "talk.txt").write_text("Bob eats, bob runs, eve sings.\n" * 9, encoding="utf-8")
    other = LanguageConfig(texts=(talk / "talk.txt",), output=talk / "other", least=1)
    train_language(other)

    with pytest.raises(ConfigError, match="another n-gram"):
        load_recurrent(
            talk / "run" / "last.pt", LanguageModel.open(talk / "other" / "language.lm")
        )
    with pytest.raises(ConfigError, match="go on with --resume"):
        trained(talk, "run")
    texts = [talk / "dev.txt"]
    places = {
        numbered(talk / "run", texts, talk / "language"),
        numbered(talk / "run", texts, talk / "other"),
        numbered(talk / "run", [*texts, *texts], talk / "other"),
    }
    assert len(places) == 3


def n_gram_of(folder: Path, text: str) -> LanguageModel:
    folder.mkdir()
    (folder / "talk.txt").write_text(text, encoding="utf-8")
    texts = (folder / "talk.txt",)
    train_language(LanguageConfig(texts=texts, output=folder, least=1, megabytes=1))
    return LanguageModel.open(folder / "language.lm")


@torch.no_grad()
def test_carried_over_to_other_words_it_says_of_those_it_knew_what_it_said(
    tmp_path: Path,
) -> None:
    names = [f"w{chr(97 + n // 8)}{chr(97 + n % 8)}" for n in range(37)]
    common = " ".join(f"{name} " * (40 - n) for n, name in enumerate(names))
    before = n_gram_of(tmp_path / "before", common)
    torch.manual_seed(2)
    old = RecurrentLanguage(SMALL, ranks(before))
    ranked = {name: int(old.ranks[before.word_id(name)]) for name in names}
    gone = max(ranked, key=lambda name: ranked[name])
    after = n_gram_of(tmp_path / "after", common.replace(gone, "newest") + "newer new")

    new = with_words(old, SMALL, list(before.words), after)

    said = [word for word in names if ranked[word] < SMALL.bands[0]]
    was, now = (tuple(map(model.word_id, said)) for model in (before, after))
    olds, news = score(old, [was])[0], score(new, [now])[0]
    # What is likely among the common words is so still: only the rarest band has grown.
    np.testing.assert_allclose(news[:-1], olds[:-1], atol=1e-5)
    texts = torch.tensor([[*now[:3], word] for word in range(len(after.words))])
    nats = new(texts[:, :-1], texts[:, 1:])[:, -1].exp()
    assert float(nats.sum()) == pytest.approx(1, abs=1e-5)
    assert new.ranks[after.word_id("newest")] == old.ranks[before.word_id(gone)]
    others = [nats[after.word_id(name)] for name in names if ranked[name] >= SMALL.bands[-1]]
    assert min(others) / 9 < nats[after.word_id("newer")] < 9 * max(others)


def test_a_training_can_begin_with_weights_of_other_words(talk: Path) -> None:
    trained(talk, "run")
    more = (talk / "talk.txt").read_text(encoding="utf-8") + "Ann jumps, and Carl eats.\n" * 9
    (talk / "more.txt").write_text(more, encoding="utf-8")
    texts = (talk / "more.txt",)
    train_language(LanguageConfig(texts=texts, output=talk / "other", least=1, megabytes=1))
    begun = f'start_from = "{talk / "run" / "last.pt"}"\n'
    few = CONFIG.replace("20_000", "200").replace("2e-2", "1e-9")
    (talk / "on.toml").write_text(begun + few, encoding="utf-8")

    train(talk / "on.toml", texts, talk / "on", talk / "other", resume=False)

    n_gram = LanguageModel.open(talk / "other" / "language.lm")
    network = load_recurrent(talk / "on" / "last.pt", n_gram)
    known = read_numbered(talk / "dev.txt", n_gram)
    assert np.exp([scores[-2] for scores in score(network, known)]).mean() > 0.7
    (talk / "on.toml").write_text(begun + few.replace("24", "23"), encoding="utf-8")
    with pytest.raises(ConfigError, match="other sizes"):
        train(talk / "on.toml", texts, talk / "wide", talk / "other", resume=False)


def test_bands_that_cannot_be_are_refused() -> None:
    with pytest.raises(ConfigError, match="network.bands"):
        RecurrentConfig(bands=(20, 8), sizes=(12, 6, 3))
    with pytest.raises(ConfigError, match="network.sizes"):
        RecurrentConfig(bands=(8, 20), sizes=(12, 6))
    with pytest.raises(ConfigError, match="network.bands"):
        RecurrentLanguage(SMALL, np.arange(20, dtype=np.int32))


def test_the_shipped_configuration_is_valid() -> None:
    folder = Path(__file__).parents[3] / "models" / "experiments"

    assert read_recurrent_config(folder / "language.toml").network == RecurrentConfig()


def test_words_are_ranked_by_how_common_they_are(talk: Path) -> None:
    n_gram = LanguageModel.open(talk / "language" / "language.lm")

    found = ranks(n_gram)

    assert sorted(found.tolist()) == list(range(len(n_gram.words)))
    assert (np.diff(n_gram.unigrams[np.argsort(found)]) <= 0).all()
