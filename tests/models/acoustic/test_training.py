"""A whole training, on a second of invented speech."""

import csv
import json
import os
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

from asr.errors import ConfigError
from models.acoustic.config import (
    AugmentationConfig,
    DataConfig,
    LossConfig,
    OptimiserConfig,
    TrainingConfig,
    WindowConfig,
)
from models.acoustic.evaluation import GreedyErrors
from models.acoustic.network import NetworkConfig
from models.acoustic.training import Training, draw_window, train
from models.data import corpus
from models.loop.checkpoint import load_checkpoint
from models.loop.distributed import ProcessGroup

WORDS = {"see": 500, "moo": 1500, "go": 3000}  # Hz
ALONE = ProcessGroup(0, 1, torch.device("cpu"))


@pytest.fixture
def config(tmp_path: Path) -> TrainingConfig:
    """Twelve utterances of two tones, each a word, and a training that takes seconds."""
    rows = []
    for number in range(12):
        first, second = (list(WORDS)[(number + shift) % 3] for shift in (0, number // 3))
        time = np.arange(8000) / 16_000
        sound = [0.3 * np.sin(2 * np.pi * WORDS[word] * time) for word in (first, second)]
        soundfile.write(tmp_path / f"{number}.wav", np.concatenate(sound), 16_000)
        rows.append([f"{number}.wav", f"{first} {second}", f"s{number % 2}", "1.0"])
    with (tmp_path / "train.tsv").open("w", newline="") as file:
        csv.writer(file, delimiter="\t").writerows(
            [["path", "text", "speaker", "seconds"], *rows]
        )
    (tmp_path / "words.txt").write_text("see S IY\nmoo M UW\ngo G OW\n")
    return TrainingConfig(
        name="test",
        epochs=2.0,
        batch_seconds=3.5,
        precision="float32",
        evaluate_steps=4,
        data=DataConfig(
            folder=str(tmp_path),
            dev=("train.tsv",),
            dictionaries=("words.txt",),
            noise="",
            longest=3.0,
        ),
        network=NetworkConfig(
            n_mels=16, channels=4, width=8, depth=2, intermediate=1, dropout=0.0
        ),
        augmentation=AugmentationConfig(room=0.5),
        optimiser=OptimiserConfig(learning_rate=0.01, warmup_steps=2, ema_decay=0.9),
        window=WindowConfig(
            share=0.5, start=0.5, context=(2, 4), step=(2, 4), lookahead=(1, 2)
        ),
    )


def trained(config: TrainingConfig, folder: Path) -> dict[str, torch.Tensor]:
    Training(config, folder, ALONE).run()
    return load_checkpoint(folder / "last.pt").weights


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "log.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_a_training_logs_its_losses_and_keeps_the_best(
    config: TrainingConfig, tmp_path: Path
) -> None:
    config = replace(config, epochs=6.0)

    trained(config, tmp_path / "run")

    log = rows(tmp_path / "run")
    assert [int(row["step"]) for row in log] == list(range(1, 25))
    assert float(log[-1]["loss"]) < float(log[0]["loss"])
    assert all(float(row["gradient_norm"]) > 0 for row in log)
    assert all(float(row["times_real_time"]) > 0 for row in log)
    assert all(0 < float(row["network_share"]) < 1 for row in log)
    assert log[3]["word_error"]
    assert not log[2]["word_error"]
    assert load_checkpoint(tmp_path / "run" / "best.pt").model().config == config.network


def test_the_same_seed_gives_the_same_weights(config: TrainingConfig, tmp_path: Path) -> None:
    first, second = (trained(config, tmp_path / name) for name in ("one", "two"))

    for name, tensor in first.items():
        torch.testing.assert_close(tensor, second[name], rtol=0, atol=0)


class CutOff(Training):
    """A training that is interrupted at its sixth step."""

    def step(self, progress: float) -> dict[str, float]:
        if self.optimiser.steps == 5:
            raise KeyboardInterrupt
        return super().step(progress)


def test_a_training_cut_off_goes_on_as_if_nothing_had_been(
    config: TrainingConfig, tmp_path: Path
) -> None:
    config = replace(
        config, network=replace(config.network, dropout=0.2), checkpoint_minutes=0.0
    )
    whole = trained(config, tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        CutOff(config, tmp_path / "run", ALONE).run()
    with (tmp_path / "run" / "log.csv").open("a", encoding="utf-8") as log:
        log.write("6,0.1,later than the checkpoint" + "," * 10 + "\n7,0.1,cut o")

    resumed = Training(config, tmp_path / "run", ALONE)
    resumed.loop.resume()
    resumed.run()

    for name, tensor in load_checkpoint(tmp_path / "run" / "last.pt").weights.items():
        torch.testing.assert_close(tensor, whole[name], rtol=0, atol=0)
    logs = [[row["loss"] for row in rows(tmp_path / name)] for name in ("run", "whole")]
    assert logs[0] == logs[1]


def test_consistency_learns_from_two_views(config: TrainingConfig, tmp_path: Path) -> None:
    config = replace(config, loss=LossConfig(cr_ctc=0.2), curriculum=0)

    trained(config, tmp_path / "run")

    assert all(np.isfinite(float(row["loss"])) for row in rows(tmp_path / "run"))


@pytest.mark.parametrize("intermediate", [0, 1])
def test_of_two_views_one_is_whole_where_the_other_is_cut(
    config: TrainingConfig, tmp_path: Path, intermediate: int
) -> None:
    config = replace(
        config,
        loss=LossConfig(cr_ctc=0.2),
        curriculum=0,
        epochs=0.3,
        window=replace(config.window, share=1.0, start=0.0),
        network=replace(config.network, intermediate=intermediate),
    )
    training = Training(config, tmp_path / "run", ALONE)
    views: list[tuple[int, bool]] = []

    def see(_network: object, given: tuple[torch.Tensor, torch.Tensor, object]) -> None:
        views.append((len(given[0]), given[2] is None))

    training.model.register_forward_pre_hook(see)
    training.run()

    (size, first_is_whole), (other_size, second_is_whole) = views
    assert size == other_size
    assert first_is_whole
    assert not second_is_whole


def test_extra_speech_is_heard_as_far_as_it_is_there(
    config: TrainingConfig, tmp_path: Path
) -> None:
    soundfile.write(tmp_path / "more.wav", np.zeros(16_000), 16_000)
    lists = tmp_path / "lists"
    lists.mkdir()
    (lists / "more.tsv").write_text(
        "path\ttext\tspeaker\tseconds\nmore.wav\tgo\tme\t1.0\nnone.wav\tgo\tme\t1.0\n"
    )

    heard = corpus.Corpus(replace(config.data, extra=(str(lists / "more.tsv"),)), seed=1)

    assert len(heard.utterances) == 13
    assert heard.utterances[-1].path == tmp_path / "more.wav"


def test_weights_can_be_begun_with(config: TrainingConfig, tmp_path: Path) -> None:
    trained(config, tmp_path / "one")
    start = tmp_path / "half.pt"
    load_checkpoint(tmp_path / "one" / "last.pt").halved().save(start)

    second = Training(replace(config, start_from=str(start)), tmp_path / "two", ALONE)

    for name, tensor in load_checkpoint(start).model().state_dict().items():
        torch.testing.assert_close(second.model.state_dict()[name], tensor)


def test_what_is_no_checkpoint_of_this_training_is_a_sentence(
    config: TrainingConfig, tmp_path: Path
) -> None:
    trained(config, tmp_path / "one")
    other = replace(config, network=replace(config.network, width=9))
    start = tmp_path / "one" / "last.pt"

    with pytest.raises(ConfigError, match="of another network"):
        Training(replace(other, start_from=str(start)), tmp_path / "two", ALONE)
    with pytest.raises(ConfigError, match="of another training"):
        Training(other, tmp_path / "one", ALONE).loop.resume()
    load_checkpoint(start).halved().save(start)
    with pytest.raises(ConfigError, match="of another training"):
        Training(config, tmp_path / "one", ALONE).loop.resume()


def test_a_training_is_not_overwritten_but_gone_on_with(
    config: TrainingConfig, tmp_path: Path
) -> None:
    path = tmp_path / "test.toml"
    path.write_text("")
    trained(config, tmp_path / "run")
    before = (tmp_path / "run" / "log.csv").read_bytes()

    with pytest.raises(ConfigError, match="go on with --resume"):
        train(path, tmp_path / "run", resume=False)

    assert (tmp_path / "run" / "log.csv").read_bytes() == before
    longer = Training(replace(config, epochs=2.5), tmp_path / "run", ALONE)
    longer.loop.resume()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(longer, "step", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            longer.run()
    assert not (tmp_path / "run" / "finished").exists()


def test_too_little_speech_is_a_sentence(config: TrainingConfig, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="too little speech"):
        trained(replace(config, gradient_accumulation=9), tmp_path / "run")
    with pytest.raises(ConfigError, match="no speech"):
        Training(replace(config, data=replace(config.data, longest=0.9)), tmp_path, ALONE)


def test_what_cannot_be_decoded_is_left_out(config: TrainingConfig, tmp_path: Path) -> None:
    (tmp_path / "3.wav").write_bytes(b"RIFF and nothing more")

    heard = corpus.Corpus(config.data, seed=1)

    assert len(heard.utterances) == len(heard.targets) == 11
    assert heard.lengths.all()


def test_noises_are_heard_by_their_folders(config: TrainingConfig, tmp_path: Path) -> None:
    for name in ("rooms/one", "clicks/one", "clicks/two"):
        path = tmp_path / "noise" / f"{name}.wav"
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, np.zeros(1600), 16_000)
    (tmp_path / "noise" / "clicks" / "cut.wav").write_bytes(b"RIFF")

    groups = corpus.Corpus(replace(config.data, noise="noise"), seed=1).noises

    assert [len(group) for group in groups] == [2, 1]
    with pytest.raises(ConfigError, match="no noise in"):
        corpus.Corpus(replace(config.data, noise="silence"), seed=1)


def test_two_processes_move_the_weights_as_one(config: TrainingConfig, tmp_path: Path) -> None:
    config = replace(
        config,
        gradient_accumulation=2,
        epochs=1.0,
        curriculum=0,
        network=replace(config.network, dropout=0.2),
    )
    (tmp_path / "test.json").write_text(json.dumps(asdict(config)))
    alone = trained(config, tmp_path / "alone")

    code = (
        "import json, sys; from pathlib import Path; import torch; torch.set_num_threads(1);"
        "from models.acoustic.config import TrainingConfig, from_mapping;"
        "from models.loop.distributed import ProcessGroup;"
        "from models.acoustic.training import Training;"
        "config = from_mapping(TrainingConfig, json.load(open(sys.argv[1] + '/test.json')));"
        "group = ProcessGroup.init();"
        "Training(config, Path(sys.argv[1]) / 'pair', group).run();"
        "group.destroy()"
    )
    script = tmp_path / "two.py"
    script.write_text(code)
    root = str(Path(__file__).parents[3])
    torchrun = [
        sys.executable,
        "-m",
        "torch.distributed.run",
        "--standalone",
        "--nproc-per-node=2",
    ]
    subprocess.run(
        [*torchrun, str(script), str(tmp_path)],
        check=True,
        capture_output=True,
        env={**os.environ, "PYTHONPATH": root},
        timeout=240,
    )

    together = load_checkpoint(tmp_path / "pair" / "last.pt").weights
    for name, tensor in alone.items():
        torch.testing.assert_close(together[name], tensor, rtol=1e-4, atol=1e-5)
    for one, two in zip(rows(tmp_path / "alone"), rows(tmp_path / "pair"), strict=True):
        assert float(one["loss"]) == pytest.approx(float(two["loss"]), rel=1e-4)


def test_a_tensor_is_no_checkpoint(tmp_path: Path) -> None:
    torch.save(torch.zeros(3), tmp_path / "tensor.pt")

    with pytest.raises(ConfigError, match="is not a checkpoint"):
        load_checkpoint(tmp_path / "tensor.pt")


@pytest.mark.parametrize("content", [b"la la la", b""])
def test_a_foreign_file_is_no_checkpoint(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "song.pt"
    path.write_bytes(content)

    with pytest.raises(ConfigError, match="is not a checkpoint"):
        load_checkpoint(path)


def test_windows_come_late_and_within_their_ranges() -> None:
    config = WindowConfig(share=0.5, start=0.4)
    generator = torch.Generator().manual_seed(0)

    early = [draw_window(config, 0.39, generator) for _ in range(50)]
    late = [draw_window(config, 0.4, generator) for _ in range(200)]

    assert not any(early)
    drawn = [window for window in late if window]
    assert 70 < len(drawn) < 130
    assert all(6 <= window.step <= 24 and 4 <= window.lookahead <= 8 for window in drawn)
    assert not any(window.carries for window in drawn)


def test_some_windows_carry_their_past_and_have_no_context() -> None:
    config = WindowConfig(share=1.0, start=0.0, carried=0.5)
    generator = torch.Generator().manual_seed(0)

    drawn = [draw_window(config, 0.5, generator) for _ in range(200)]

    carrying = [window for window in drawn if window and window.carries]
    assert 70 < len(carrying) < 130
    assert {window.context for window in carrying} == {0}


def test_of_ctc_crf_the_last_weights_are_kept_and_before_it_the_best(
    config: TrainingConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rates = iter([0.5, 0.7, 0.4, 0.6])
    monkeypatch.setattr(
        "models.acoustic.training.greedy_errors",
        lambda *_: GreedyErrors(next(rates), 0.0, 0.0),
    )
    loss = replace(config.loss, ctc_crf=0.9, ctc_crf_start=0.5)
    config = replace(config, epochs=1.0, evaluate_steps=1, loss=loss)
    kept: list[int] = []

    class Noting(Training):
        def evaluate(self) -> dict[str, float]:
            row = super().evaluate()
            history = load_checkpoint(self.folder / "best.pt").history
            kept.append(json.loads(history)["steps"])
            return row

    Noting(config, tmp_path / "run", ALONE).run()

    assert kept == [1, 1, 3, 4]


def test_ctc_crf_and_carried_windows_learn(config: TrainingConfig, tmp_path: Path) -> None:
    config = replace(
        config,
        epochs=6.0,
        loss=replace(config.loss, ctc_crf=0.9),
        window=replace(config.window, share=1.0, carried=1.0),
    )

    trained(config, tmp_path / "run")

    log = rows(tmp_path / "run")
    assert float(log[-1]["loss"]) < float(log[0]["loss"])
    assert all(float(row["gradient_norm"]) > 0 for row in log)
