"""The speech of one experiment: what is trained on, what is chosen by, and noise."""

from __future__ import annotations

import csv
import logging
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import torch

from asr.audio import SAMPLE_RATE, Samples
from asr.errors import ConfigError
from asr.evaluation.manifest import Utterance, read_manifest
from asr.text_file import open_text
from models.acoustic.config import DataConfig
from models.acoustic.features import LogMel
from models.acoustic.targets import Said, Target, read_pronunciations, read_said, target
from models.data.datasets import read_dataset
from models.data.sound_cache import SoundCache

log = logging.getLogger(__name__)

MEASURED: Final = 300  # utterances by which the features are normalised


class Corpus:
    """Sounds with their targets, in the order of the manifests. Raises ConfigError."""

    def __init__(self, config: DataConfig, seed: int) -> None:
        folder = Path(config.folder)
        self._seed = seed
        self._config = config
        self._words = read_pronunciations(*map(self._find, config.dictionaries))
        self._said = read_said(self._find(config.said)) if config.said else {}
        left_out = read_left_out(self._find(config.left_out)) if config.left_out else set()
        utterances = [one for name in config.train for one in self._read(name)]
        utterances += [one for name in config.extra for one in self._read_extra(name)]
        utterances = [u for u in utterances if config.shortest <= u.seconds <= config.longest]
        # The cache holds those left out too: another list then asks for no decoding.
        sounds = SoundCache.open([one.path for one in utterances], _cache_folder())
        paths = {folder / name for name in left_out}
        kept = [
            number
            for number, (one, length) in enumerate(
                zip(utterances, sounds.lengths(), strict=True)
            )
            if length and one.path not in paths
        ]
        if not kept:
            raise ConfigError(f"There is no speech to train on in {folder}.")
        if len(kept) < len(utterances):
            log.info("%d utterances left out", len(utterances) - len(kept))
        self.utterances = [utterances[number] for number in kept]
        self.sounds = sounds.chosen(kept)
        self.targets = self._targets(self.utterances, self._said)
        self.lengths = self.sounds.lengths()
        self.noises = self._noises(folder / config.noise) if config.noise else []
        silent = sum(not len(one.phones) for one in self.targets)
        log.info(
            "%d utterances, %.1f hours; %d with a word of unknown pronunciation",
            len(self.utterances),
            self.lengths.sum() / SAMPLE_RATE / 3600,
            silent,
        )

    def dev(self) -> tuple[SoundCache, list[Target]]:
        """The first utterances of each dev list, for choosing while training."""
        utterances: list[Utterance] = []
        for name in self._config.dev:
            utterances += self._read(name)[: self._config.dev_utterances]
        sounds = SoundCache.open([one.path for one in utterances], _cache_folder())
        return sounds, self._targets(utterances)

    @torch.no_grad()
    def measure(self, features: LogMel) -> None:
        """Set the constants by which features are normalised, from some of the speech."""
        generator = np.random.default_rng(self._seed)
        numbers = generator.choice(
            len(self.sounds), min(MEASURED, len(self.sounds)), replace=False
        )
        device = features.mel.device
        rows = torch.cat(
            [
                features(torch.from_numpy(self.sounds[number])[None].to(device))[0]
                for number in map(int, numbers)
                if len(self.sounds[number])
            ]
        )
        features.mean.copy_(rows.mean(0))
        features.deviation.copy_(rows.std(0))

    def _find(self, name: str) -> Path:
        """A list by its name: in the folder of the speech, else from where one stands."""
        path = Path(self._config.folder) / name
        return path if path.exists() else Path(name)

    def _read(self, name: str) -> list[Utterance]:
        """A manifest, or a dataset that torchaudio knows."""
        folder = Path(self._config.folder)
        if name.endswith(".tsv") and ":" not in name:
            return read_manifest(folder / name)
        return read_dataset(name, folder, download=self._config.download)

    def _read_extra(self, name: str) -> list[Utterance]:
        folder = Path(self._config.folder)
        utterances = read_manifest(self._find(name), folder, partial=True)
        level = logging.INFO if utterances else logging.WARNING
        log.log(level, "%s: %d utterances are in %s", name, len(utterances), folder)
        return utterances

    def _targets(
        self, utterances: Sequence[Utterance], said: Mapping[str, Said] | None = None
    ) -> list[Target]:
        folder = Path(self._config.folder)
        names = (os.path.relpath(one.path, folder) for one in utterances)
        return [
            target(one.text, self._words, (said or {}).get(Path(name).as_posix()))
            for one, name in zip(utterances, names, strict=True)
        ]

    @staticmethod
    def _noises(folder: Path) -> list[list[Samples]]:
        """The sounds that can be decoded, those of each folder in a group of their own.

        Raises:
            ConfigError: There is none.
        """
        kinds = {".opus", ".wav", ".flac", ".ogg"}
        paths = sorted(path for path in folder.rglob("*") if path.suffix in kinds)
        sounds = SoundCache.open(paths, _cache_folder())
        groups: dict[Path, list[Samples]] = {}
        for number, path in enumerate(paths):
            if len(sound := sounds[number]):
                groups.setdefault(path.parent, []).append(sound)
        if not groups:
            raise ConfigError(f"There is no noise in {folder}; «data.noise» may be empty.")
        return list(groups.values())


def _cache_folder() -> Path:
    """Where decoded sounds are kept; EARSHOT_CACHE names another place."""
    return Path(os.environ.get("EARSHOT_CACHE", "runs/cache"))


def read_left_out(path: Path) -> set[str]:
    """Read the paths of a list as `models.data.inspect_speech` writes it.

    Raises:
        ConfigError: It cannot be read, or has no column `path`.
    """
    with open_text(path, "The list", ConfigError, newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        if "path" not in (rows.fieldnames or ()):
            raise ConfigError(f"The list {path} has no column «path».")
        return {row["path"] for row in rows}
