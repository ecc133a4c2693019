"""Speech without text, as far as the recogniser is sure of it."""

import shutil
from pathlib import Path

import pytest

from asr.manifest import read_manifest
from asr.text import normalise
from models.self_training import Reading, apart, main

CLIPS = Path(__file__).parents[1] / "clips"


def test_neighbours_of_a_held_out_clip_are_left_out() -> None:
    names = ["common_voice_en_100", "common_voice_en_150", "common_voice_en_201", "other"]
    clips = [Path(f"{name}.mp3") for name in names]

    kept = apart(clips, [Path("speech/common_voice_en_150.opus")])

    assert [clip.stem for clip in kept] == ["common_voice_en_201", "other"]


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
    assert Reading(Path("a.wav"), text, confidence, seconds).is_sure(0.8) is sure


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


def test_a_folder_without_clips_is_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main([str(tmp_path), "--data", str(tmp_path), "--output", str(tmp_path / "list.tsv")])

    assert "There is no clip to read" in capsys.readouterr().err
    assert not (tmp_path / "list.tsv").exists()
