"""torchaudio's datasets, in folders laid out as they come."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from asr.errors import ConfigError
from models.data.datasets import READERS, read_dataset


def speak(path: Path, seconds: float = 0.5) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, np.zeros(int(16_000 * seconds), np.float32), 16_000)


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def librispeech(root: Path, place: str) -> None:
    speak(root / place / "84" / "121" / "84-121-0001.flac")
    write(root / place / "84" / "121" / "84-121.trans.txt", "84-121-0001 GO ON\n")


def make(kind: str, root: Path) -> None:
    """Lay out one utterance as the dataset has it."""
    if kind == "LIBRISPEECH":
        librispeech(root, "LibriSpeech/train-clean-100")
    elif kind == "LibriLightLimited":
        librispeech(root, "librispeech_finetuning/1h/0/clean")
    elif kind == "COMMONVOICE":
        speak(root / "clips" / "a.flac")
        write(root / "train.tsv", "client_id\tpath\tsentence\nanna\ta.flac\tgo on\n")
    elif kind == "LJSPEECH":
        speak(root / "LJSpeech-1.1" / "wavs" / "LJ001-0001.wav")
        write(root / "LJSpeech-1.1" / "metadata.csv", "LJ001-0001|Go 1|go on\n")
    else:
        speak(root / "VCTK-Corpus-0.92/wav48_silence_trimmed/p1/p1_001_mic2.flac")
        write(root / "VCTK-Corpus-0.92/txt/p1/p1_001.txt", "go on\n")


@pytest.mark.parametrize("kind", READERS)
def test_every_dataset_gives_its_utterances(kind: str, tmp_path: Path) -> None:
    make(kind, tmp_path)

    (found,) = read_dataset(kind, tmp_path)

    assert found.path.is_file()
    assert found.text.lower() == "go on"
    assert found.speaker.startswith(f"{kind}:")
    assert found.seconds == 0.5


@pytest.mark.parametrize("kind", READERS)
def test_a_dataset_that_is_not_there_is_a_sentence(kind: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=f"{kind} cannot be read from"):
        read_dataset(kind, tmp_path)


def test_an_unknown_dataset_names_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="TIMIT is not known; there are: LIBRISPEECH"):
        read_dataset("TIMIT", tmp_path)
