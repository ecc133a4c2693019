"""The loudspeaker's worker: nothing is opened for silence, and nothing is kept open."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from gui.workers.player_worker import Head, PlayerWorker, Stretch

SOUND = Path("a.wav")


class Speaker:
    """A Loudspeaker that keeps what it was told."""

    def __init__(self) -> None:
        self.told: list[object] = []
        self.trouble = ""
        self.speed = 1.0
        self.seconds, self.position = 60.0, 1.0
        self.is_playing = False

    def load(self, paths: Sequence[Path]) -> None:
        self.told.append(tuple(paths))

    def unload(self) -> None:
        self.told.append("unload")
        self.is_playing = False

    def play(
        self, start: float | None = None, end: float | None = None, *, loop: bool = False
    ) -> None:
        self.told.append((start, end, loop))
        self.is_playing = True

    def pause(self) -> None:
        self.told.append("pause")
        self.is_playing = False

    def seek(self, seconds: float) -> None:
        self.position = seconds

    def close(self) -> None:
        self.told.append("close")


@pytest.fixture
def opened() -> list[Speaker]:
    return []


@pytest.fixture
def worker(qapp: QApplication, opened: list[Speaker]) -> PlayerWorker:
    def open_speaker() -> Speaker:
        opened.append(Speaker())
        return opened[-1]

    return PlayerWorker(open_speaker)


def test_no_loudspeaker_is_opened_for_silence(
    worker: PlayerWorker, opened: list[Speaker]
) -> None:
    worker.load(())
    worker.unload()
    worker.set_speed(2.0)
    worker.stop()

    assert opened == []


def test_an_entry_without_sound_takes_the_last_ones_away(
    worker: PlayerWorker, opened: list[Speaker]
) -> None:
    worker.load([SOUND])
    worker.play(Stretch(1.0, 2.0))
    worker.load(())

    (speaker,) = opened
    assert speaker.told == [(SOUND,), (1.0, 2.0, False), "unload"]
    worker.stop()
    assert speaker.told[-1] == "close"


def test_the_speed_holds_before_and_after_the_loudspeaker_is_opened(
    worker: PlayerWorker, opened: list[Speaker]
) -> None:
    worker.set_speed(0.5)
    worker.load([SOUND])
    before = opened[0].speed
    worker.set_speed(2.0)

    assert (before, opened[0].speed) == (0.5, 2.0)
    worker.stop()


def test_a_skip_does_not_lead_before_the_begin_and_is_shown(
    worker: PlayerWorker, opened: list[Speaker]
) -> None:
    heads: list[Head] = []
    worker.moved.connect(heads.append)

    worker.load([SOUND])
    worker.skip(-3.0)
    worker.skip(10.0)
    worker.toggle()
    worker.toggle()

    places = [(head.seconds, head.is_playing) for head in heads]
    assert places == [(1.0, False), (0.0, False), (10.0, False), (10.0, True), (10.0, False)]
    worker.stop()
