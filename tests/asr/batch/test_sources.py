"""What the user means by files, folders and patterns; what comes into a watched folder."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from asr.batch.sources import SETTLED_SECONDS, WatchedFolder, find_sources


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in ("b.wav", "a.MP3", "notes.txt", ".hidden.wav", "deep/c.mkv", ".git/d.wav"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x")
    (tmp_path / "loop").symlink_to(tmp_path)
    return tmp_path


def names(paths: list[Path], *, recursive: bool = False) -> list[str]:
    return [
        str(source.folder / source.path.name)
        for source in find_sources(paths, recursive=recursive)
    ]


def test_a_folder_gives_its_sounds_by_name(tree: Path) -> None:
    assert names([tree]) == ["a.MP3", "b.wav"]
    assert names([tree], recursive=True) == ["a.MP3", "b.wav", "deep/c.mkv"]


def test_a_named_file_is_taken_whatever_it_is_called_but_once(tree: Path) -> None:
    assert names([tree / "notes.txt", tree / "b.wav", tree]) == ["notes.txt", "b.wav", "a.MP3"]


def test_a_pattern_is_expanded_where_the_shell_did_not(tree: Path) -> None:
    assert names([tree / "*.wav"]) == ["b.wav"]
    assert names([tree / "**" / "*.mkv"]) == ["c.mkv"]
    (tree / "[1].wav").touch()
    assert names([tree / "[1].wav"]) == ["[1].wav"]


def test_what_is_not_there_has_a_problem(tree: Path) -> None:
    (tree / "empty").mkdir()

    folder, pattern = find_sources([tree / "empty", tree / "*.flac"])

    assert "holds no sound" in folder.problem
    assert "No file fits" in pattern.problem


class Clock:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_file_that_still_grows_waits(tmp_path: Path) -> None:
    clock = Clock()
    folder = WatchedFolder(tmp_path, clock=clock)
    path = tmp_path / "a.wav"
    found = []
    for content in (b"x", b"xx", b"xx"):  # it rests from the second look on
        path.write_bytes(content)
        os.utime(path, ns=(1, 1))
        found.append(len(folder.look()))
        clock.now += SETTLED_SECONDS - 1

    clock.now += 1

    assert found == [0, 0, 0]
    assert [source.path for source in folder.look()] == [path]


def test_a_file_is_told_once_until_it_changes(tmp_path: Path) -> None:
    clock = Clock()
    folder = WatchedFolder(tmp_path, clock=clock)
    path = tmp_path / "a.wav"
    path.write_bytes(b"x")

    def looks() -> list[int]:
        counts = []
        for _ in range(3):
            counts.append(len(folder.look()))
            clock.now += SETTLED_SECONDS
        return counts

    assert looks() == [0, 1, 0]
    path.write_bytes(b"longer")
    assert looks() == [0, 1, 0]


def test_empty_files_and_own_outputs_are_not_taken(tmp_path: Path) -> None:
    clock = Clock()
    folder = WatchedFolder(tmp_path, clock=clock)
    (tmp_path / "a.wav").touch()
    for name in ("b.wav.txt", "b.wav.srt", "b.wav.json.draft", ".earshot-ledger.sqlite"):
        (tmp_path / name).write_bytes(b"x")

    folder.look()
    clock.now += 2 * SETTLED_SECONDS

    assert folder.look() == []
