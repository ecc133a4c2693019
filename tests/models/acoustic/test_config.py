"""Configurations: what is not known is refused."""

import json
import re
from pathlib import Path

import pytest

from asr.errors import ConfigError
from models.acoustic.config import TrainingConfig, from_mapping, read_config


def write(folder: Path, text: str) -> Path:
    path = folder / "pilot.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_file_and_changes_make_a_configuration(tmp_path: Path) -> None:
    path = write(tmp_path, "seed = 3\n[network]\nwidth = 64\n[data]\ntrain = ['a.tsv']")

    config = read_config(path, ["network.depth=2", "data.folder=/some/where", "epochs=1"])

    assert config.name == "pilot"
    assert (config.seed, config.epochs) == (3, 1.0)
    assert (config.network.width, config.network.depth) == (64, 2)
    assert (config.data.folder, config.data.train) == ("/some/where", ("a.tsv",))


def test_a_byte_order_mark_is_no_part_of_it(tmp_path: Path) -> None:
    assert read_config(write(tmp_path, "\ufeffseed = 3")).seed == 3


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("sede = 3", "The setting sede is not known"),
        ("[network]\nwith = 64", "The setting network.with is not known"),
        ("seed = 'three'", "'three' is no possible value of seed"),
        ("precision = 'half'", "'half' is no possible value of precision"),
        ("[network]\ncell = 'mgu'", "'mgu' is no possible value of network.cell"),
        ("batch_seconds = 1.0", "no possible value of batch_seconds"),
        ("network = 3", "3 is no possible value of network"),
        ("seed = = 3", "is not valid TOML"),
        ("[window]\ncontext = [24]", "[24] is no possible value of window.context"),
        ("[window]\ncarried = 0.5\n[network]\ncell = 'gru'", "0.5 is no possible value"),
        ("[loss]\nctc_crf = 2", "2.0 is no possible value of loss.ctc_crf"),
        ("[window]\nstep = [24, 6]", "[24, 6] is no possible value of window.step"),
        ("evaluate_steps = 0", "0 is no possible value of evaluate_steps"),
        ("[optimiser]\ndecay = 0", "no possible value of optimiser.decay"),
        ("minutes = -1.0", "-1.0 is no possible value of minutes"),
        ("[augmentation]\nspeeds = []", "no possible value of augmentation.speeds"),
    ],
)
def test_a_mistake_is_a_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(sentence)):
        read_config(write(tmp_path, text))


def test_a_missing_file_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        read_config(tmp_path / "none.toml")


def test_json_brings_all_back_but_where_the_speech_lies(tmp_path: Path) -> None:
    text = "[augmentation]\nspeeds = [1.0, 1.1]"
    config = read_config(write(tmp_path, text), ["data.folder=/home/me"])

    kept = from_mapping(TrainingConfig, json.loads(config.to_json()))

    assert kept == read_config(tmp_path / "pilot.toml")
    assert "/home/me" not in config.to_json()


def test_the_shipped_configuration_is_valid() -> None:
    folder = Path(__file__).parents[3] / "models" / "experiments"
    others = {folder / "language.toml", folder / "readable.toml"}  # of other networks
    paths = set(folder.glob("*.toml")) - others

    assert paths
    assert all(read_config(path).name == path.stem for path in paths)
