"""Speech corpora that torchaudio knows, read from a folder as utterances.

torchaudio finds the files and their texts; the sound is decoded by the sound cache like
any other. Nothing is downloaded unless asked for. torchaudio gives the paths of most of
its datasets only together with decoded sound, which needs a further library; so their
indices are read, which holds for the pinned version.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, TypeAlias

import soundfile

from asr.errors import ConfigError
from asr.evaluation.manifest import Utterance

Clips: TypeAlias = Iterator[tuple[Path, str, str]]  # file, text, speaker


def read_dataset(name: str, folder: Path, *, download: bool = False) -> list[Utterance]:
    """Read «NAME» or «NAME:PART» from a folder.

    Args:
        name: One of READERS; a part is the name torchaudio has for it, such as
            «LIBRISPEECH:dev-clean», «LibriLightLimited:1h» or «COMMONVOICE:dev.tsv».
        folder: What torchaudio calls the root.
        download: Fetch it if it is not there, where torchaudio can.

    Raises:
        ConfigError: The dataset is not known, or is not in the folder.
    """
    kind, _, part = name.partition(":")
    if kind not in READERS:
        known = ", ".join(READERS)
        raise ConfigError(f"The dataset {kind} is not known; there are: {known}.")
    try:
        found = list(READERS[kind](folder, part, download))
        return [
            Utterance(path, text, f"{kind}:{speaker}", soundfile.info(path).duration)
            for path, text, speaker in found
        ]
    except (OSError, RuntimeError, ValueError) as error:
        raise ConfigError(f"{name} cannot be read from {folder}: {error}") from error


def _librispeech(folder: Path, part: str, download: bool) -> Clips:
    from torchaudio.datasets import LIBRISPEECH

    dataset = LIBRISPEECH(folder, url=part or "train-clean-100", download=download)
    for number in range(len(dataset)):
        path, _, text, speaker, _, _ = dataset.get_metadata(number)
        yield folder / "LibriSpeech" / path, text, str(speaker)


def _libri_light(folder: Path, part: str, download: bool) -> Clips:
    from torchaudio.datasets import LibriLightLimited
    from torchaudio.datasets.librispeech import _get_librispeech_metadata as describe

    dataset = LibriLightLimited(folder, subset=part or "10min", download=download)
    root = dataset._path
    for place, name in dataset._fileids_paths:
        path, _, text, speaker, _, _ = describe(name, root, place, ".flac", ".trans.txt")
        yield Path(root) / path, text, str(speaker)


def _common_voice(folder: Path, part: str, _download: bool) -> Clips:
    from torchaudio.datasets import COMMONVOICE

    dataset = COMMONVOICE(folder, tsv=part or "train.tsv")
    speaker, path, text = map(dataset._header.index, ("client_id", "path", "sentence"))
    for row in dataset._walker:
        clip = folder / "clips" / row[path]
        yield clip if clip.suffix else clip.with_suffix(".mp3"), row[text], row[speaker]


def _lj_speech(folder: Path, _part: str, download: bool) -> Clips:
    from torchaudio.datasets import LJSPEECH

    dataset = LJSPEECH(folder, download=download)
    for name, _, text in dataset._flist:
        yield Path(dataset._path) / f"{name}.wav", text, "linda"


def _vctk(folder: Path, part: str, download: bool) -> Clips:
    from torchaudio.datasets import VCTK_092

    dataset = VCTK_092(str(folder), mic_id=part or "mic2", download=download)
    for speaker, number in dataset._sample_ids:
        text = Path(dataset._txt_dir, speaker, f"{speaker}_{number}.txt").read_text("utf-8")
        clip = f"{speaker}_{number}_{dataset._mic_id}{dataset._audio_ext}"
        yield Path(dataset._audio_dir, speaker, clip), text.strip(), speaker


READERS: Final[dict[str, Callable[[Path, str, bool], Any]]] = {
    "LIBRISPEECH": _librispeech,
    "LibriLightLimited": _libri_light,
    "COMMONVOICE": _common_voice,
    "LJSPEECH": _lj_speech,
    "VCTK_092": _vctk,
}
