"""Weights on disk with what it takes to rebuild the network and to go on training."""

from __future__ import annotations

import json
import pickle
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import torch

from asr.atomic import write_atomically
from asr.errors import ConfigError
from models.acoustic.config import TrainingConfig, from_mapping
from models.acoustic.network import AcousticModel

# Keys of checkpoints that were written under earlier names, and the names that they have.
RENAMED: Final = {
    "passes": "epochs",
    "batches_a_step": "gradient_accumulation",
    "network.middle": "network.intermediate",
    "loss.middle": "loss.intermediate",
    "loss.consistency": "loss.cr_ctc",
    "optimiser.averaging": "optimiser.ema_decay",
}
GONE: Final = {"loss.teaching"}  # settings that are no more
RENAMED_WEIGHTS: Final = {"middle.": "intermediate."}  # prefixes


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A training at one moment. `training` is empty in weights kept for recognition."""

    config: TrainingConfig
    weights: dict[str, torch.Tensor]
    training: dict[str, Any]  # optimiser, average, place: for `--resume`
    history: str = ""  # JSON: what the weights have seen

    def content(self) -> dict[str, Any]:
        """Return what is written."""
        return {
            "config": self.config.to_json(),
            "weights": self.weights,
            "training": self.training,
            "history": self.history,
        }

    def save(self, path: Path) -> None:
        """Write to `path`, whole or not at all."""
        write_checkpoint(self.content(), path)

    def halved(self) -> Checkpoint:
        """The weights alone, in 16 bits: what is kept in the repository."""
        return Checkpoint(self.config, halved(self.weights), {}, self.history)

    def model(self) -> AcousticModel:
        """Rebuild the network with these weights, ready for recognition."""
        model = AcousticModel(self.config.network)
        model.load_state_dict({name: tensor.float() for name, tensor in self.weights.items()})
        return model.eval()


def halved(weights: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Weights of any shape in 16 bits; whole numbers stay as they are."""
    return {
        name: tensor.half() if tensor.is_floating_point() else tensor
        for name, tensor in weights.items()
    }


def load_checkpoint(path: Path) -> Checkpoint:
    """Read a checkpoint; nothing in it is executed. Raises ConfigError."""
    content = read_checkpoint(path)
    try:
        config = from_mapping(TrainingConfig, migrated(json.loads(content["config"])))
        weights = migrated_weights(content["weights"])
        return Checkpoint(config, weights, content["training"], content.get("history", ""))
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigError(f"{path} is not a checkpoint of Earshot.") from error


def migrated(config: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """A checkpoint's configuration with today's names for what was renamed."""
    found: dict[str, Any] = {}
    for key, value in config.items():
        if prefix + key in GONE:
            continue
        name = RENAMED.get(prefix + key, prefix + key).removeprefix(prefix)
        found[name] = migrated(value, f"{key}.") if isinstance(value, Mapping) else value
    return found


def migrated_weights(weights: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """A checkpoint's weights, shapes as they are, with today's names of renamed layers."""
    found = dict(weights)
    for old, new in RENAMED_WEIGHTS.items():
        for name in [name for name in found if name.startswith(old)]:
            found[new + name.removeprefix(old)] = found.pop(name)
    return found


def write_checkpoint(content: dict[str, Any], path: Path) -> None:
    """Write a checkpoint whole or not at all."""
    with write_atomically(path) as draft:
        torch.save(content, draft)


def read_checkpoint(path: Path) -> dict[str, Any]:
    """Read what `write_checkpoint` wrote; nothing in it is executed. Raises ConfigError."""
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise ConfigError(f"The checkpoint {path} cannot be read: {error}.") from error
    except (RuntimeError, ValueError, EOFError, pickle.UnpicklingError) as error:
        raise ConfigError(f"{path} is not a checkpoint of Earshot.") from error
    if not isinstance(content, dict):
        raise ConfigError(f"{path} is not a checkpoint of Earshot.")
    return content
