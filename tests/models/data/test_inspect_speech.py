"""Wrong utterances are found by what is heard, hard ones are kept, and training skips them."""

import csv
import logging
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from asr.audio import SAMPLE_RATE, Samples
from asr.audio.files import read_audio
from asr.errors import ConfigError
from asr.evaluation.manifest import COLUMNS, read_manifest
from asr.language.pronunciation import Pronouncer
from asr.pack import Pack
from asr.text import normalise
from models.acoustic.config import DataConfig
from models.data import inspect_speech
from models.data.corpus import Corpus, read_left_out
from models.data.inspect_speech import Inspected, judge, usual
from models.data.speech_measures import Fit, TextDoubts, ctc_loss, measure_sound

CLIPS = {
    one.path.stem: one for one in read_manifest(Path(__file__).parents[2] / "clips/clips.tsv")
}
QUILTER = "1272-128104-0000"
DOUBTS = "1272-128104-0003"
SALAD = "652-129742-0000"
COOL = "652-129742-0019"

Row = tuple[str, Samples, str]  # name, sound, text


def write_speech(folder: Path, rows: list[Row]) -> Path:
    """Write sounds with their texts; the words are said as the pack would say them."""
    table = [COLUMNS]
    for name, sound, text in rows:
        soundfile.write(folder / f"{name}.wav", sound, SAMPLE_RATE)
        table.append((f"{name}.wav", text, "test:unknown", f"{len(sound) / SAMPLE_RATE:.2f}"))
    with (folder / "speech.tsv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, delimiter="\t", quoting=csv.QUOTE_NONE).writerows(table)
    pronouncer = Pronouncer.open(Pack.open().path("language.pronounce.onnx"))
    words = sorted({word for *_, text in rows for word in normalise(text).split()})
    (folder / "words.dict").write_text(
        "".join(f"{word} {' '.join(pronouncer.variants(word, 1)[0])}\n" for word in words)
    )
    return folder / "speech.tsv"


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str]]:
    """All rows that the command writes for right, hard and wrong utterances, by name."""
    folder = tmp_path_factory.mktemp("speech")
    sounds = {name: read_audio(one.path) for name, one in CLIPS.items()}
    noise = np.random.default_rng(1).normal(0, 1, len(sounds[QUILTER]))
    noise *= sounds[QUILTER].std() * 10 ** (-5 / 20)  # 5 dB
    salad, text = sounds[SALAD], CLIPS[SALAD].text
    wrong: list[Row] = [
        ("foreign", sounds[DOUBTS], CLIPS[SALAD].text),
        ("clipped", np.clip(salad * 60, -1, 1).astype(np.float32), text),
        ("empty", np.zeros(SAMPLE_RATE * 3, np.float32), text),
        ("cut", salad[: len(salad) // 2 + 4000], text),
        ("begun", sounds[DOUBTS][-len(sounds[DOUBTS]) // 2 :], CLIPS[DOUBTS].text),
        ("twice", np.tile(sounds[COOL], 2), CLIPS[COOL].text),
        ("fast", salad[:SAMPLE_RATE], text),
        ("noisy", (sounds[QUILTER] + noise).astype(np.float32), CLIPS[QUILTER].text),
    ]
    right = [(name, sounds[name], one.text) for name, one in CLIPS.items()]
    manifest = write_speech(folder, right + wrong)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EARSHOT_CACHE", str(folder / "cache"))
        arguments = [str(manifest), "--dictionary", "words.dict"]
        outputs = ["--output", str(folder / "out.tsv"), "--measures", str(folder / "all.tsv")]
        inspect_speech.main(arguments + outputs)
    with (folder / "all.tsv").open(encoding="utf-8") as file:
        rows = {Path(row["path"]).stem: row for row in csv.DictReader(file, delimiter="\t")}
    listed = read_left_out(folder / "out.tsv")
    assert listed == {row["path"] for row in rows.values() if row["reason"]}
    return rows


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("foreign", "other text"),
        ("clipped", "clipped"),
        ("empty", "silent"),
        ("cut", "cut off"),
        ("begun", "cut off"),
        ("twice", "said twice"),
        ("fast", "too fast"),
    ],
)
def test_what_is_wrong_is_listed(
    found: dict[str, dict[str, str]], name: str, reason: str
) -> None:
    assert found[name]["reason"] == reason


@pytest.mark.parametrize("name", [*CLIPS, "noisy"])
def test_what_is_right_or_only_hard_is_not(found: dict[str, dict[str, str]], name: str) -> None:
    assert not found[name]["reason"]
    assert float(found[name]["rivals"]) == 0.0


def test_the_measures_are_those_of_the_sound_and_the_text(
    found: dict[str, dict[str, str]],
) -> None:
    right, foreign = found[DOUBTS], found["foreign"]

    assert float(right["seconds"]) == pytest.approx(CLIPS[DOUBTS].seconds, abs=0.02)
    assert float(right["phone_error"]) < 0.3 < 0.7 < float(foreign["phone_error"])
    assert float(right["loss"]) < 1.0 < 3.0 < float(foreign["loss"])
    assert float(found["noisy"]["snr"]) < float(found[QUILTER]["snr"]) - 10


def test_levels_are_measured() -> None:
    tone = np.sin(np.arange(SAMPLE_RATE) * 2 * np.pi * 500 / SAMPLE_RATE).astype(np.float32)
    quiet = np.concatenate((np.zeros(1600), 0.1 * tone, np.zeros(800), tone, np.zeros(3200)))
    sound = measure_sound(np.clip(2 * quiet, -1, 1).astype(np.float32))

    assert sound.seconds == 2.35
    assert sound.peak == 1.0
    assert sound.clipped == pytest.approx(2 / 3 / 2.35, abs=0.02)  # 30° to 150° of each half
    assert (sound.silent_before, sound.silent_after) == pytest.approx((0.1, 0.2), abs=1e-3)
    assert sound.silent_inside == pytest.approx(0.05, abs=1e-3)
    assert sound.loud == pytest.approx(-1.2, abs=0.5)
    assert (sound.first, sound.last) == pytest.approx((-100 - sound.loud,) * 2, abs=0.1)


def test_sound_without_a_sample_is_silent() -> None:
    sound = measure_sound(np.empty(0, np.float32))

    assert (sound.seconds, sound.peak, sound.clipped) == (0.0, 0.0, 0.0)
    assert judge(Inspected("a/b.wav", "x", sound, None), 0.0) == "silent"


def test_the_loss_is_that_of_all_ways_to_say_a_text() -> None:
    rows = np.log(np.array([[0.6, 0.4], [0.5, 0.5]], np.float32))

    assert ctc_loss(rows, np.array([1])) == pytest.approx(-np.log(0.2 + 0.3 + 0.2))
    assert ctc_loss(rows, np.array([], np.int64)) == pytest.approx(-np.log(0.3))
    assert ctc_loss(rows, np.array([1, 1])) == np.inf


def test_a_speaker_who_is_always_hard_to_hear_is_kept() -> None:
    sound = measure_sound(np.full(SAMPLE_RATE, 0.1, np.float32))
    fit = Fit(20, 8.0, 4.5, 4.0, 0.9, 0.5)
    hard, clear = (
        [
            Inspected(f"c/{name}{i}.wav", name, sound, replace(fit, behind=behind))
            for i in range(6)
        ]
        for name, behind in (("child", 2.0), ("reader", 0.3))
    )
    behind = usual([*hard, *clear])

    def why(speaker: str) -> str:
        path = f"c/{speaker}0.wav"
        return judge(Inspected(path, speaker, sound, fit, TextDoubts(rivals=0.2)), behind[path])

    assert why("child") == ""
    assert why("reader") == "other text"


def test_the_table_counts_by_folder(capsys: pytest.CaptureFixture[str]) -> None:
    sound = replace(measure_sound(np.zeros(SAMPLE_RATE * 36, np.float32)), clipped=0.002)
    two = [Inspected(f"c/{i}.wav", f"c:{i}", sound, None) for i in range(2)]

    text = inspect_speech.table(two, {"c/1.wav": "silent"})

    assert "| c | 2 | 0.02 | 2 | 2 | 0 |  | 1 (0.6 min) |" in text.splitlines()
    assert text.splitlines()[-1].startswith("| all | 2 |")


def test_manifests_of_two_folders_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="must lie in one folder"):
        inspect_speech.main([str(tmp_path / "a.tsv"), str(tmp_path / "b" / "c.tsv")])


@pytest.fixture
def config(tmp_path: Path) -> DataConfig:
    """Three utterances of one, two and three seconds."""
    texts = ("one", "two", "three")
    rows = [
        (text, np.full(SAMPLE_RATE * (i + 1), 0.1 * (i + 1), np.float32), text)
        for i, text in enumerate(texts)
    ]
    write_speech(tmp_path, rows)
    return DataConfig(
        folder=str(tmp_path), train=("speech.tsv",), dictionaries=("words.dict",), noise=""
    )


def test_listed_utterances_are_not_trained_on(
    config: DataConfig, tmp_path: Path, home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    everything = Corpus(config, 1)
    (tmp_path / "list.tsv").write_text("path\treason\ntwo.wav\tsilent\nnone.wav\tsilent\n")
    with caplog.at_level(logging.INFO, "models.data.corpus"):
        fewer = Corpus(replace(config, left_out="list.tsv"), 1)

    assert [one.path.stem for one in everything.utterances] == ["one", "two", "three"]
    assert [one.path.stem for one in fewer.utterances] == ["one", "three"]
    assert "1 utterances left out" in caplog.text
    assert (fewer.lengths / SAMPLE_RATE).tolist() == [1.0, 3.0]
    assert len(fewer.sounds) == len(fewer.targets) == 2
    np.testing.assert_array_equal(fewer.sounds[1], everything.sounds[2])
    np.testing.assert_array_equal(fewer.targets[1].letters, everything.targets[2].letters)
    assert len(list((home / "sounds").glob("*.pcm"))) == 1  # nothing was decoded again


def test_a_list_that_is_none_is_a_sentence(config: DataConfig, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="The list none.tsv cannot be read"):
        Corpus(replace(config, left_out="none.tsv"), 1)

    (tmp_path / "song.tsv").write_text("la\tla\n")
    with pytest.raises(ConfigError, match="has no column «path»"):
        Corpus(replace(config, left_out="song.tsv"), 1)


def test_the_committed_list_can_be_read() -> None:
    path = Path(inspect_speech.__file__).parents[1] / "experiments" / "left_out.tsv"

    names = sorted(read_left_out(path))

    assert names
    assert all(name.startswith("speech/") for name in names)
