"""The choice of processor."""

import subprocess
from pathlib import Path
from typing import Literal

import pytest

from asr import provider
from asr.acoustic import AcousticGraph
from asr.engine import Engine, EngineOptions
from asr.pack import Pack
from asr.provider import ProviderChoice, choose_provider


@pytest.fixture(scope="module")
def pack() -> Pack:
    return Pack.open()


def gpu(
    monkeypatch: pytest.MonkeyPatch, answer: str | Exception, driver: Path = Path(__file__)
) -> list[list[str]]:
    """Pretend there is a driver, onnxruntime knows CUDA and the child answers so."""
    asked: list[list[str]] = []

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        asked.append(command)
        if isinstance(answer, Exception):
            raise answer
        return subprocess.CompletedProcess(command, 0, answer, "")

    monkeypatch.setattr(
        provider.onnxruntime, "get_available_providers", lambda: ["CUDAExecutionProvider"]
    )
    monkeypatch.setattr(provider.subprocess, "run", run)
    monkeypatch.setattr(provider, "DRIVERS", (driver,))
    return asked


def test_the_faster_one_is_taken(monkeypatch: pytest.MonkeyPatch, pack: Pack) -> None:
    gpu(monkeypatch, "0.001")

    assert choose_provider(pack).provider == "cuda"


def test_a_slower_gpu_is_left_alone(monkeypatch: pytest.MonkeyPatch, pack: Pack) -> None:
    gpu(monkeypatch, "60000.0")

    choice = choose_provider(pack)

    assert choice.provider == "cpu"
    assert "the GPU takes 60000.0" in choice.reason


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("", "no GPU"),
        (subprocess.TimeoutExpired("probe", 1), "no answer"),
        (OSError(), "no GPU"),
    ],
)
def test_a_gpu_that_fails_is_a_reason_and_not_an_error(
    monkeypatch: pytest.MonkeyPatch, pack: Pack, answer: str | Exception, reason: str
) -> None:
    gpu(monkeypatch, answer)

    choice = choose_provider(pack)

    assert choice.provider == "cpu"
    assert reason in choice.reason


def test_the_choice_is_remembered(
    monkeypatch: pytest.MonkeyPatch, pack: Pack, home: Path
) -> None:
    asked = gpu(monkeypatch, "")

    first, second = choose_provider(pack), choose_provider(pack)

    assert first == second
    assert len(asked) == 1
    assert (home / "cache" / "providers.json").is_file()


def test_a_damaged_memory_is_made_again(
    monkeypatch: pytest.MonkeyPatch, pack: Pack, home: Path
) -> None:
    gpu(monkeypatch, "")
    (home / "cache").mkdir(parents=True)
    (home / "cache" / "providers.json").write_text('{"x": 3}')

    assert choose_provider(pack).provider == "cpu"


@pytest.mark.parametrize("wish", ["auto", "cpu"])
def test_nothing_is_tried_where_there_is_nothing_to_choose(
    monkeypatch: pytest.MonkeyPatch, wish: Literal["auto", "cpu"]
) -> None:
    asked = gpu(monkeypatch, "0.001", driver=Path(__file__) / "none")
    computed: list[int] = []
    monkeypatch.setattr(AcousticGraph, "batch", lambda _, sounds: computed.append(len(sounds)))

    engine = Engine(EngineOptions(provider=wish, decoder="greedy"))

    assert engine.provider_label == "on the processor"
    assert not computed
    assert not asked


def test_the_real_probe_answers_or_fails_without_harm(pack: Pack) -> None:
    milliseconds, trouble = provider._gpu_milliseconds(pack)

    assert (milliseconds is None) == bool(trouble)
    assert isinstance(choose_provider(pack), ProviderChoice)
