"""From texts to language.lm, language.lexicon and language.json, all of it."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from asr.alphabets import PHONES
from asr.errors import LanguageError
from asr.language.arpa import read_arpa
from asr.language.lexicon import Lexicon
from asr.language.ngram import LanguageModel
from models.language.build import LanguageConfig, main, measure_language, train_language
from models.language.estimation import END_ID, START_ID, UNKNOWN_ID, perplexity

DICTIONARY = """cat K AE1 T
dog D AO1 G
radio R EY1 D IY0 OW2
the DH AH0
the(2) DH IY0
"""


@pytest.fixture
def config(tmp_path: Path) -> LanguageConfig:
    generator = np.random.default_rng(1)

    def story(subjects: list[str], n: int) -> str:
        verbs = ["sees", "likes", "chases"]
        sentences = (f"The {generator.choice(subjects)} {generator.choice(verbs)} the "
                     f"{generator.choice(subjects)}." for _ in range(n))  # fmt: skip
        return " ".join(sentences)

    (tmp_path / "pets-0.txt").write_text(story(["cat", "dog"], 400) + " Xyzzy ooooh.\n")
    (tmp_path / "pets-1.txt").write_text(story(["cat", "dog", "mouse"], 400))
    (tmp_path / "farm.txt").write_text(story(["cow", "goat"], 400))
    (tmp_path / "dev.tsv").write_text(
        "path\ttext\nx\tthe cat likes the dog\ny\tThe cat rests.\n"
    )
    (tmp_path / "cmudict.dict").write_text(DICTIONARY)
    return LanguageConfig(
        texts=(tmp_path / "pets-0.txt", tmp_path / "pets-1.txt", tmp_path / "farm.txt"),
        output=tmp_path / "out",
        develop=(tmp_path / "dev.tsv",),
        dictionary=tmp_path / "cmudict.dict",
        least=3,
        megabytes=1,
    )


def test_texts_become_a_model_a_lexicon_and_a_report(config: LanguageConfig) -> None:
    report = train_language(config)

    model = LanguageModel.open(config.output / "language.lm")
    lexicon = Lexicon.open(config.output / "language.lexicon")
    assert {"the", "cat", "goat", "mouse", "radio"} <= set(model.words)
    assert not {"xyzzy", "ooooh"} & set(model.words)
    lexicon.check(model.words, PHONES)
    said = lexicon.pronunciations(model.word_id("the"))
    assert [[PHONES[i] for i in way] for way in said] == [["DH", "AH"], ["DH", "IY"]]
    assert lexicon.pronunciations(model.word_id("goat")) == []
    assert report == json.loads((config.output / "language.json").read_text())
    assert list(report["texts"]) == ["pets", "farm"]
    assert report["texts"]["pets"]["weight"] > report["texts"]["farm"]["weight"]
    assert report["measured"]["dev"]["oov_percent"] == pytest.approx(100 / 8)  # «rests»


def test_words_beyond_the_dictionary_are_pronounced_where_there_is_a_model(
    config: LanguageConfig,
) -> None:
    packs = Path(__file__).parents[3] / "asr" / "packs" / "en"
    train_language(replace(config, pronouncer=packs / "language.pronounce.onnx"))

    model = LanguageModel.open(config.output / "language.lm")
    lexicon = Lexicon.open(config.output / "language.lexicon")
    (goat,) = lexicon.pronunciations(model.word_id("goat"))
    assert [PHONES[i] for i in goat] == ["G", "OW", "T"]


def test_the_file_is_no_larger_than_allowed_and_the_arpa_file_holds_the_same(
    config: LanguageConfig, tmp_path: Path
) -> None:
    arguments = [
        *map(str, config.texts),
        "--output",
        str(config.output),
        "--megabytes",
        "0.0046",
    ]

    main([*arguments, "--arpa", str(tmp_path / "same.arpa")])

    path = config.output / "language.lm"
    assert path.stat().st_size <= 4600
    report = json.loads((config.output / "language.json").read_text())
    ngrams = read_arpa(tmp_path / "same.arpa")
    assert [len(order) for order in ngrams.orders] == report["ngrams"]
    assert list(ngrams.words) == list(LanguageModel.open(path).words)
    with pytest.raises(LanguageError, match="words alone"):
        train_language(replace(config, megabytes=0.001))


def test_what_a_large_text_has_once_is_not_listed(config: LanguageConfig) -> None:
    texts = (config.texts[0],)
    once = ("radio", "radio")
    with config.texts[0].open("a") as file:
        file.write("The radio radio.\n")

    def has(large: int) -> bool:
        train_language(replace(config, texts=texts, large=large))
        ngrams = LanguageModel.open(config.output / "language.lm").ngrams()
        pairs = ngrams.orders[1]
        return once in {
            (ngrams.words[first], ngrams.words[second])
            for first, second in zip(pairs.contexts.tolist(), pairs.words.tolist(), strict=True)
        }

    assert has(large=1_000_000)
    assert not has(large=1_000)


def test_no_more_words_than_asked_for(config: LanguageConfig) -> None:
    report = train_language(replace(config, words=8, dictionary=None))

    assert report["words"] == 8
    assert "the" in LanguageModel.open(config.output / "language.lm").words


def test_a_text_is_measured_as_it_is_scored_sentence_by_sentence(
    config: LanguageConfig,
) -> None:
    train_language(config)
    model = LanguageModel.open(config.output / "language.lm")
    ids = [model.word_id(word) for word in ("the", "cat", "sees", "nothing")]
    tokens = np.array([START_ID, *ids, END_ID, START_ID, *ids[:2], END_ID], np.int32)

    found = measure_language(model, tokens)

    scores = []
    for token in tokens:
        if token == START_ID:
            state, score = np.array([model.start]), np.zeros(1)
        else:
            score, state = model.score(state, np.array([token], np.int64))
        scores.append(float(score[0]))
    assert found["perplexity"] == pytest.approx(perplexity(np.array(scores), tokens), abs=0.06)
    assert found["oov_percent"] == pytest.approx(100 / 6, abs=0.01)
    assert ids[3] == UNKNOWN_ID


def test_no_text_and_empty_text_are_errors(config: LanguageConfig, tmp_path: Path) -> None:
    (tmp_path / "empty.txt").write_text("...\n")

    with pytest.raises(LanguageError, match="no text"):
        train_language(replace(config, texts=()))
    with pytest.raises(LanguageError, match="empty holds no words"):
        train_language(replace(config, texts=(tmp_path / "empty.txt",)))


def test_a_small_text_of_ones_own_is_learned_whole_and_said_by_the_pack(tmp_path: Path) -> None:
    sentences = [f"Quilter met Xanthe {i} times." for i in range(100)]
    (tmp_path / "notes.txt").write_text(" ".join([*sentences, "Zebulon."]))

    main([str(tmp_path / "notes.txt"), "--output", str(tmp_path / "own")])

    model = LanguageModel.open(tmp_path / "own" / "language.lm")
    lexicon = Lexicon.open(tmp_path / "own" / "language.lexicon")
    assert json.loads((tmp_path / "own" / "language.json").read_text())["measured"] == {}
    for word in ("quilter", "xanthe", "zebulon", "seventy"):
        assert lexicon.pronunciations(model.word_id(word))
    seventy = lexicon.pronunciations(model.word_id("seventy"))  # as the pack's lexicon has it
    assert ["S", "EH", "V", "AH", "N", "T", "IY"] in [[PHONES[i] for i in w] for w in seventy]


def test_texts_of_a_few_sentences_are_enough(config: LanguageConfig, tmp_path: Path) -> None:
    (tmp_path / "one.txt").write_text("A cat sat. A dog sat.\n")
    (tmp_path / "two.txt").write_text("The cow stood.\n")
    texts = (tmp_path / "one.txt", tmp_path / "two.txt")

    report = train_language(replace(config, texts=texts, develop=(), least=1))

    assert report["measured"] == {}
    assert {"cow", "sat"} <= set(LanguageModel.open(config.output / "language.lm").words)
