"""A text laid over its recording, through the pack's network."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import soundfile

from asr.alignment import align_file
from asr.engine import Engine, EngineOptions
from asr.errors import AlignmentError
from asr.language.user import UserLanguage
from asr.transcript import Segment

CLIP = Path(__file__).parents[1] / "clips" / "1272-128104-0000.opus"
SAID = (
    "mister quilter is the apostle of the middle classes and we are glad to welcome his gospel"
)
ARPA = r"""\data\
ngram 1=4

\1-grams:
-1.0	<unk>
-99	<s>
-1.0	</s>
-0.5	qzx

\end\
"""


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(EngineOptions(provider="cpu", decoder="greedy"))


def aligned(engine: Engine, folder: Path, text: str) -> Sequence[Segment]:
    path = folder / "text.txt"
    path.write_text(text, encoding="utf-8")
    return align_file(engine, CLIP, path).segments


def test_each_line_is_a_segment_in_the_users_own_writing(
    engine: Engine, tmp_path: Path
) -> None:
    first, second = "Mr. Quilter is the apostle", "of the middle classes…"

    segments = aligned(engine, tmp_path, f"{first}\n\n{second}\n")

    assert [segment.shown for segment in segments] == [first, second]
    assert [segment.text for segment in segments] == [
        "mister quilter is the apostle",
        "of the middle classes",
    ]
    times = [time for s in segments for w in s.words for time in (w.start, w.end)]
    assert times == sorted(times)
    assert 0.3 < segments[0].start < 0.7  # where the speech begins
    assert segments[0].end < 2.3 < segments[1].end < 3.5


def test_punctuation_that_stands_alone_stays_with_the_word_before_it(
    engine: Engine, tmp_path: Path
) -> None:
    (with_dash,) = aligned(engine, tmp_path, "— Mister Quilter — is the apostle")
    (without,) = aligned(engine, tmp_path, "Mister Quilter is the apostle")

    assert [word.shown for word in with_dash.words] == [
        "Mister", "Quilter —", "is", "the", "apostle\n",
    ]  # fmt: skip
    assert [(w.start, w.end) for w in with_dash.words] == [
        (w.start, w.end) for w in without.words
    ]


def test_a_word_that_was_not_said_stands_in_brackets(engine: Engine, tmp_path: Path) -> None:
    words = SAID.split()
    text = " ".join([*words[:4], "hippopotamus", *words[4:]])

    (segment,) = aligned(engine, tmp_path, text)

    unsaid = [word for word in segment.words if word.text.startswith("[")]
    assert [(word.text, word.confidence) for word in unsaid] == [("[hippopotamus]", 0.0)]


def test_a_text_of_which_no_word_was_said_is_told(engine: Engine, tmp_path: Path) -> None:
    silence, text = tmp_path / "silence.wav", tmp_path / "text.txt"
    soundfile.write(silence, np.zeros(4 * 16_000), 16_000)
    text.write_text("hello dear world")

    found = align_file(engine, silence, text)

    assert str(found.trouble) == "No word of the text was heard in «silence.wav»."
    text.write_text(SAID)
    assert align_file(engine, CLIP, text).trouble is None


@pytest.mark.parametrize(
    ("text", "sentence"), [("— … !\n", "holds no words"), (f"{SAID} " * 60, "too short for it")]
)
def test_a_text_that_cannot_be_laid_over_the_sound_gets_a_sentence(
    engine: Engine, tmp_path: Path, text: str, sentence: str
) -> None:
    with pytest.raises(AlignmentError, match=sentence):
        aligned(engine, tmp_path, text)


def test_the_text_may_be_missing_but_not_silently(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(AlignmentError, match="cannot be read"):
        align_file(engine, CLIP, tmp_path / "none.txt")


def test_words_are_said_as_the_users_own_language_has_them(tmp_path: Path) -> None:
    path = tmp_path / "own.arpa"
    path.write_text(ARPA, encoding="utf-8")
    own = UserLanguage(personal=path)
    engine = Engine(EngineOptions(provider="cpu", decoder="greedy", language=own))

    (said,) = engine.language.lexicon.pronunciations(engine.language.n_gram.word_id("qzx"))

    assert engine.language.ways("qzx") == [said]  # not two, by the network
