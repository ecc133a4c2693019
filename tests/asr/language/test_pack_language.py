"""The pack's language: each part opened once, with the user's own in it."""

import cProfile
from collections.abc import Callable
from pathlib import Path

import pytest

from asr.decoding.hot_words import HotWords
from asr.engine import open_beam
from asr.errors import PackError
from asr.language import pronunciation
from asr.language.pack_language import MANY, WAYS, PackLanguage
from asr.language.user import UserLanguage
from asr.pack import Pack, write_description

ARPA = r"""\data\
ngram 1=4

\1-grams:
-1.0	<unk>
-99	<s>
-1.0	</s>
-0.5	kwilter

\end\
"""


@pytest.fixture(scope="module")
def pack() -> Pack:
    return Pack.open()


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Which small networks were opened."""
    paths: list[Path] = []
    open_session = pronunciation.open_session

    def counting(path: Path, kind: str) -> object:
        paths.append(path)
        return open_session(path, kind)

    monkeypatch.setattr(pronunciation, "open_session", counting)
    return paths


def spoken(language: PackLanguage, way: tuple[int, ...]) -> str:
    return " ".join(language.lexicon.phones[symbol] for symbol in way)


def test_a_word_is_said_by_the_lexicon_else_by_the_network(pack: Pack) -> None:
    language = PackLanguage(pack)

    assert spoken(language, language.ways("the")[0]) == "DH AH"
    assert [spoken(language, way) for way in language.ways("zxqv")] == [
        " ".join(way) for way in language.pronouncer.variants("zxqv", 2)
    ]


def test_a_thousand_unknown_hot_words_open_the_pronouncer_once(
    pack: Pack, opened: list[Path]
) -> None:
    letters = "abcdefghij"
    unknown = [f"zx{a}{b}{c}q" for a in letters for b in letters for c in letters]

    open_beam(pack, HotWords.parse(unknown))

    assert len(opened) == 1


def test_words_that_the_lexicon_has_open_no_pronouncer(pack: Pack, opened: list[Path]) -> None:
    open_beam(pack, HotWords.parse(["the gospel"]))

    assert opened == []


def test_a_model_in_the_packs_place_has_no_use_for_the_packs_recurrent_one(
    pack: Pack, tmp_path: Path
) -> None:
    path = tmp_path / "own.arpa"
    path.write_text(ARPA, encoding="utf-8")

    assert PackLanguage(pack).recurrent is not None
    assert PackLanguage(pack, UserLanguage(personal=path)).recurrent is not None
    assert PackLanguage(pack, UserLanguage(model=path)).recurrent is None


def test_a_pack_without_a_language_is_refused_by_name(tmp_path: Path, pack: Pack) -> None:
    fields = ("name", "language", "frame", "phones", "letters", "decoder", "confidence")
    content = {name: getattr(pack, name) for name in (*fields, "training")}
    write_description(tmp_path, {**content, "window": {}})

    with pytest.raises(PackError, match=r"has no language\.lexicon"):
        PackLanguage(Pack.open(tmp_path))


def test_of_very_many_words_each_is_said_one_way_with_a_fraction_of_the_work(
    pack: Pack,
) -> None:
    language = PackLanguage(pack)
    words = language.n_gram.words[1000 : 1000 + 10 * (MANY + 10) : 10]

    quick, slow = language.pronounce(words), language.pronounce(words[:40])

    agreeing = sum(few[0] == many[0] for few, many in zip(slow, quick[:40], strict=True))
    assert agreeing >= 36
    assert [len(ways) for ways in quick] == [1] * len(words)
    assert {len(ways) for ways in slow} == {WAYS}
    each = calls(lambda: language.pronounce(words)) / len(words)
    assert each < 0.05 * calls(lambda: language.pronounce(words[:40])) / 40


def calls(work: Callable[[], object]) -> int:
    """Return how many calls of functions a piece of work takes."""
    profile = cProfile.Profile()
    profile.runcall(work)
    return sum(entry.callcount for entry in profile.getstats())
