"""A language of one's own: texts learned by one command, and heard by the next."""

import gzip
from pathlib import Path

import pytest

from asr.engine import open_beam
from asr.errors import LanguageError
from asr.language.lexicon import Lexicon
from asr.language.pack_language import PackLanguage
from asr.language.user import UserLanguage
from asr.pack import Pack, PackFile
from main import main

CLIP = Path(__file__).parent / "clips" / "1272-128104-0000.opus"
# Nobody else writes the name so; the clip has it as «Quilter».
NOTES = """Dear Mr. Kwilter, Zebulon Harrowgate and Xanthe send their greetings.
Mr. Kwilter is the friend of the middle classes.
"""
ARPA = """\\data\\
ngram 1=6

\\1-grams:
-2.0\t<unk>
-99\t<s>
-1.0\t</s>
-0.7\tMISTER
-0.8\tQUILTER
-0.9\tÇA

\\end\\
"""


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of NOTES, made as a user makes it."""
    folder = tmp_path_factory.mktemp("own")
    (folder / "notes.txt").write_text(NOTES)
    assert main(["train-language", str(folder / "notes.txt"), "--output", str(folder)]) == 0
    return folder / "language.lm"


def transcribed(capsys: pytest.CaptureFixture[str], *options: str) -> list[str]:
    capsys.readouterr()
    assert main(["transcribe", str(CLIP), "--provider", "cpu", "--raw", *options]) == 0
    return capsys.readouterr().out.split()


@pytest.mark.train
def test_a_personal_model_brings_its_names_and_keeps_the_rest(
    own: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = transcribed(capsys)
    after = transcribed(capsys, "--personal", str(own))
    faint = transcribed(capsys, "--personal", str(own), "--personal-weight", "1e-9")

    assert "kwilter" not in before
    assert "kwilter" in after
    assert faint == before
    assert {"apostle", "gospel"} <= set(before) & set(after)  # words that NOTES lacks


@pytest.mark.train
def test_a_model_in_the_packs_place_leaves_no_other_words(
    own: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = transcribed(capsys, "--language", str(own))

    assert {"kwilter", "middle", "classes"} <= set(words)
    assert "glad" not in words  # for the model has no such word


@pytest.mark.train
def test_names_are_said_by_the_lexicon_beside_the_model_else_by_the_network(own: Path) -> None:
    pack = Pack.open()
    alone = own.with_name("alone.lm")
    alone.write_bytes(own.read_bytes())

    for path in (own, alone):
        own_language, plain = (
            PackLanguage(pack, UserLanguage(personal=path)),
            PackLanguage(pack),
        )
        lexicon, model = own_language.lexicon, own_language.n_gram
        assert lexicon.pronunciations(model.word_id("harrowgate"))
        assert lexicon.pronunciations(model.word_id("kwilter"))
        for word in ("the", "gospel"):
            assert own_language.ways(word) == plain.ways(word) != []


@pytest.mark.train
def test_a_lexicon_beside_the_model_that_belongs_to_another_is_refused(
    own: Path, tmp_path: Path
) -> None:
    (tmp_path / "odd.lm").write_bytes(own.read_bytes())
    pack = Pack.open()
    Lexicon.open(pack.path(PackFile.LEXICON)).write(tmp_path / "odd.lexicon")

    with pytest.raises(LanguageError, match="another language model"):
        open_beam(pack, language=PackLanguage(pack, UserLanguage(model=tmp_path / "odd.lm")))


@pytest.mark.parametrize("packed", [False, True])
def test_an_arpa_file_in_capitals_is_heard(
    packed: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "some.arpa"
    path.write_bytes(gzip.compress(ARPA.encode()) if packed else ARPA.encode())

    words = transcribed(capsys, "--language", str(path))

    assert words[:2] == ["mister", "quilter"]
    assert "gospel" not in words  # for the model has no such word


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "cannot be read: Is a directory."),
        ("", "is no whole ARPA file: it has no"),
        ("Just a letter to a friend.\n", "is no whole ARPA file: it has no"),
        (ARPA[:90], "is no whole ARPA file"),
        (ARPA.replace("ngram 1=6", "\n".join(f"ngram {n}=6" for n in range(1, 6))),
         "Language models of 5 words are not supported."),
    ],
)  # fmt: skip
@pytest.mark.parametrize("option", ["--language", "--personal"])
def test_what_is_no_language_model_gets_one_sentence(
    option: str,
    content: str | None,
    sentence: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / "given"
    path.mkdir() if content is None else path.write_text(content, encoding="utf-8")

    assert main(["transcribe", str(CLIP), "--provider", "cpu", option, str(path)]) == 1

    (line,) = capsys.readouterr().err.splitlines()
    assert sentence in line


def test_a_model_without_a_word_of_english_gets_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "other.arpa"
    path.write_text(ARPA.replace("MISTER", "ÉTÉ").replace("QUILTER", "ÇÀ"), encoding="utf-8")

    assert main(["transcribe", str(CLIP), "--provider", "cpu", "--language", str(path)]) == 1

    (line,) = capsys.readouterr().err.splitlines()
    assert "holds no word that can be said" in line


@pytest.mark.train
@pytest.mark.parametrize("cut", [9, 300, -1])
def test_half_a_model_of_ones_own_gets_one_sentence(
    own: Path, cut: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "half.lm").write_bytes(own.read_bytes()[:cut])

    options = ["--provider", "cpu", "--personal", str(tmp_path / "half.lm")]
    assert main(["transcribe", str(CLIP), *options]) == 1

    (line,) = capsys.readouterr().err.splitlines()
    assert "half.lm is damaged" in line


@pytest.mark.parametrize("weight", ["0", "1", "-0.5", "7", "nan"])
def test_a_weight_out_of_range_gets_one_sentence(
    weight: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--personal", str(tmp_path / "x.lm"), f"--personal-weight={weight}"]
    assert main(["transcribe", str(CLIP), *options]) == 1

    (line,) = capsys.readouterr().err.splitlines()
    assert "must lie between 0 and 1" in line


@pytest.mark.train
def test_a_text_that_is_empty_or_a_folder_gets_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty.txt").write_text("\n")
    for text, sentence in (("empty.txt", "holds no words"), (".", "cannot be read")):
        given = ["train-language", str(tmp_path / text), "--output", str(tmp_path / "out")]

        assert main(given) == 1

        (line,) = [one for one in capsys.readouterr().err.splitlines() if "earshot: " in one]
        assert sentence in line
