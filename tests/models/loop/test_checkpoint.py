"""Checkpoints: what was written under earlier names is still read."""

import json
from pathlib import Path

import torch

from models.acoustic.config import TrainingConfig
from models.acoustic.network import AcousticModel, NetworkConfig
from models.loop.checkpoint import RENAMED, load_checkpoint, migrated, write_checkpoint

NETWORK = NetworkConfig(n_mels=8, channels=2, width=2, depth=2, intermediate=1)
OLD = {
    "name": "old",
    "passes": 3.0,
    "batches_a_step": 2,
    "network": {"n_mels": 8, "channels": 2, "width": 2, "depth": 2, "middle": 1},
    "loss": {"middle": 0.1, "consistency": 0.4, "teaching": 0.0},
    "optimiser": {"averaging": 0.99},
}


def test_a_checkpoint_under_earlier_names_is_read(tmp_path: Path) -> None:
    model = AcousticModel(NETWORK)
    weights = {
        name.replace("intermediate.", "middle."): tensor
        for name, tensor in model.state_dict().items()
    }
    content = {"config": json.dumps(OLD), "weights": weights, "training": {}, "history": ""}
    write_checkpoint(content, tmp_path / "old.pt")

    found = load_checkpoint(tmp_path / "old.pt")

    assert found.config.network == NETWORK
    assert (found.config.epochs, found.config.gradient_accumulation) == (3.0, 2)
    assert (found.config.loss.intermediate, found.config.loss.cr_ctc) == (0.1, 0.4)
    assert found.config.optimiser.ema_decay == 0.99
    ours = found.model().state_dict()
    assert all(torch.equal(tensor, ours[name]) for name, tensor in model.state_dict().items())


def test_what_has_its_name_keeps_it() -> None:
    config = json.loads(TrainingConfig(name="today").to_json())

    assert migrated(config) == config
    assert not set(RENAMED) & {f"{kind}.{key}" for kind in ("loss",) for key in config[kind]}
