"""A checkpoint becomes a pack that opens, and what was chosen for it stays."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from asr.acoustic import AcousticGraph
from asr.alphabets import PHONES
from asr.audio import SAMPLE_RATE
from asr.errors import PackError
from asr.pack import Pack, PackFile
from export.pack import LIVE, NOISE, change_pack, write_pack
from export.to_onnx import TOLERANCE
from models.acoustic.config import NetworkConfig, TrainingConfig
from models.acoustic.network import AcousticModel
from models.loop.checkpoint import Checkpoint

pytestmark = pytest.mark.train


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, float]:
    """A pack of an untrained network, and how far its graph is from torch."""
    folder = tmp_path_factory.mktemp("export")
    network = NetworkConfig(n_mels=16, channels=4, width=8, depth=2)
    config = TrainingConfig(name="small", network=network)
    Checkpoint(config, AcousticModel(network).state_dict(), {}).save(folder / "some.pt")
    worst = write_pack(folder / "some.pt", folder / "pack")
    return folder / "pack", worst


@pytest.fixture
def folder(made: tuple[Path, float], tmp_path: Path) -> Path:
    return Path(shutil.copytree(made[0], tmp_path / "pack"))


def test_the_pack_holds_two_graphs_that_agree_and_says_what_made_them(
    made: tuple[Path, float],
) -> None:
    pack = Pack.open(made[0])

    assert 0 <= made[1] <= TOLERANCE
    assert set(pack.files) == {PackFile.ACOUSTIC, PackFile.ACOUSTIC_INT8, PackFile.LIVE}
    assert pack.training["configuration"]["name"] == "small"
    assert (pack.phones, pack.live) == (tuple(PHONES), LIVE)
    assert pack.decoder == NOISE  # which no tuning chooses
    for name in pack.files.keys() - {PackFile.LIVE}:
        assert len(AcousticGraph(pack, graph=name)(np.zeros(SAMPLE_RATE, np.float32))) == 25


def test_what_was_tuned_stays_when_the_network_is_another(
    made: tuple[Path, float], folder: Path
) -> None:
    tuned = {"decoder": {"beam": 7}, "confidence": {"weights": [0.0] * 6, "bias": 1.0}}
    change_pack(folder, tuned)

    write_pack(made[0].with_name("some.pt"), folder)

    pack = Pack.open(folder)
    assert (pack.decoder, pack.confidence) == (tuned["decoder"], tuned["confidence"])


def test_a_changed_pack_is_sealed_anew(folder: Path) -> None:
    before = Pack.open(folder).checksum

    change_pack(folder, {"decoder": {"beam": 9}})

    assert Pack.open(folder).decoder == {"beam": 9}
    assert Pack.open(folder).checksum != before
    with (folder / PackFile.ACOUSTIC).open("ab") as graph:
        graph.write(b"more")
    with pytest.raises(PackError, match="damaged"):
        Pack.open(folder)
