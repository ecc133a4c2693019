"""Speech without text, as far as the recogniser is sure of it."""

import re
import shutil
from pathlib import Path

import pytest

from asr.errors import AsrError, ConfigError, ManifestError
from asr.evaluation.manifest import read_manifest
from asr.text import normalise
from models.data import pseudo_labels
from models.data.pseudo_labels import Guess, Lesson, apart, lessons, main, teach

CLIPS = Path(__file__).parents[2] / "clips"


def test_neighbours_of_a_held_out_clip_are_left_out() -> None:
    names = [f"common_voice_en_{number}" for number in (100, 150, 201)]
    clips = [Path(f"{name}.mp3") for name in [*names, "other", "held-out", "1-120"]]

    kept = apart(clips, [Path("speech/common_voice_en_150.opus"), Path("held-out.wav")])

    assert [clip.stem for clip in kept] == ["common_voice_en_201", "other", "1-120"]


@pytest.mark.parametrize(
    ("text", "confidence", "seconds", "sure"),
    [
        ("one two three", 0.9, 2.0, True),
        ("one two three", 0.7, 2.0, False),
        ("one two", 0.9, 2.0, False),
        ("one two three", 0.9, 0.5, False),
        ("one two three", 0.9, 30.0, False),
    ],
)
def test_what_is_doubtful_short_or_long_is_no_text(
    text: str, confidence: float, seconds: float, sure: bool
) -> None:
    assert Guess(Path("a.wav"), text, confidence, seconds).is_sure(0.8) is sure


def test_clips_get_the_texts_that_the_recogniser_is_sure_of(tmp_path: Path) -> None:
    folder = tmp_path / "speech" / "untold"
    folder.mkdir(parents=True)
    for name in ("1272-128104-0000.opus", "652-129742-0000.opus"):
        shutil.copy(CLIPS / name, folder)
    (folder / "broken.mp3").write_bytes(b"no sound")
    output = tmp_path / "list.tsv"

    main([str(folder), "--data", str(tmp_path), "--sure", "0.3", "--output", str(output)])

    found = read_manifest(output)
    assert {one.path.name for one in found} <= {
        "1272-128104-0000.opus",
        "652-129742-0000.opus",
    }
    assert found
    assert all(one.speaker == "untold:unknown" and one.seconds > 1 for one in found)
    first = next(one for one in found if one.path.name.startswith("1272"))
    assert {"mister", "quilter"} & set(normalise(first.text).split())


@pytest.mark.parametrize(
    ("data", "output", "sentence"),
    [
        (".", "list.tsv", "There is no clip to read"),
        ("elsewhere", "list.tsv", "must lie within"),
        (".", "none/list.tsv", "There is no folder"),
    ],
)
def test_what_is_wrong_is_a_sentence_before_anything_is_read(
    tmp_path: Path, data: str, output: str, sentence: str
) -> None:
    arguments = [str(tmp_path), "--data", str(tmp_path / data)]

    with pytest.raises(AsrError, match=re.escape(sentence)):
        main([*arguments, "--output", str(tmp_path / output)])

    assert list(tmp_path.iterdir()) == []


def test_that_nothing_is_sure_is_a_sentence(tmp_path: Path) -> None:
    shutil.copy(CLIPS / "1272-128104-0000.opus", tmp_path)
    arguments = [str(tmp_path), "--data", str(tmp_path), "--sure", "1.01"]

    with pytest.raises(ManifestError, match="none is sure enough"):
        main([*arguments, "--output", str(tmp_path / "list.tsv")])

    assert not list(tmp_path.glob("list.tsv*"))


@pytest.mark.parametrize(
    ("text", "ours", "score", "plausible"),
    [
        ("One two three.", "one two three", -0.9, True),
        ("One two three.", "none of this", -0.3, True),  # it is sure
        ("One two three.", "none of this", -0.9, False),
        ("One", "one", -0.1, False),
        ("no " * 9, "no no no", -0.1, False),
        ("extraordinary circumstances notwithstanding " * 2, "", -0.1, False),
    ],
)
def test_a_teacher_is_believed_if_its_text_is_possible(
    text: str, ours: str, score: float, plausible: bool
) -> None:
    assert Lesson(Guess(Path("a.wav"), ours, 0.5, 3.0), text, score).is_plausible() is plausible


def test_a_teachers_texts_take_the_place_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    guesses = [Guess(Path(f"{name}.wav"), "one two", 0.5, 2.0) for name in "ab"]
    told = [Lesson(guesses[0], "One,  two!", -0.1), Lesson(guesses[1], "no", -0.1)]
    monkeypatch.setattr(pseudo_labels, "teach", lambda *_: iter(told))

    found = lessons(guesses, tmp_path)

    assert [(one.path.name, one.text) for one in found] == [("a.wav", "One, two!")]


def test_a_folder_without_a_model_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"holds no model|needs faster-whisper"):
        list(teach([], tmp_path))
