"""A file is whole or as it was, and nothing is left beside it."""

from pathlib import Path

import pytest

from asr.atomic import write_atomically


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("synced", [False, True])
def test_what_is_written_takes_the_place_of_what_was(tmp_path: Path, synced: bool) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old", encoding="utf-8")

    with write_atomically(path, synced=synced) as draft:
        draft.write_text("new", encoding="utf-8")
        assert path.read_text(encoding="utf-8") == "old"

    assert path.read_text(encoding="utf-8") == "new"
    assert names(tmp_path) == ["a.txt"]


@pytest.mark.parametrize("failure", [OSError("full"), KeyboardInterrupt()])
def test_a_failure_leaves_what_was_and_no_draft(tmp_path: Path, failure: BaseException) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old", encoding="utf-8")

    def write_half() -> None:
        with write_atomically(path) as draft:
            draft.write_text("half", encoding="utf-8")
            raise failure

    with pytest.raises(type(failure)):
        write_half()

    assert path.read_text(encoding="utf-8") == "old"
    assert names(tmp_path) == ["a.txt"]


def test_a_place_that_cannot_be_taken_is_an_error_of_the_disk(tmp_path: Path) -> None:
    (tmp_path / "a.txt").mkdir()

    with pytest.raises(OSError, match=r"a\.txt"), write_atomically(tmp_path / "a.txt") as draft:
        draft.write_text("new", encoding="utf-8")

    assert names(tmp_path) == ["a.txt"]


def test_no_file_of_the_users_is_a_draft(tmp_path: Path) -> None:
    (tmp_path / "a.txt.draft").write_text("mine", encoding="utf-8")

    with write_atomically(tmp_path / "a.txt") as draft:
        draft.write_text("new", encoding="utf-8")

    assert names(tmp_path) == ["a.txt", "a.txt.draft"]
    assert (tmp_path / "a.txt.draft").read_text(encoding="utf-8") == "mine"


def test_a_folder_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    def write(*, fails: bool) -> None:
        with write_atomically(tmp_path / "texts") as draft:
            draft.mkdir()
            (draft / "a.txt").write_text("whole", encoding="utf-8")
            if fails:
                raise OSError("full")

    with pytest.raises(OSError, match="full"):
        write(fails=True)
    assert names(tmp_path) == []

    write(fails=False)
    assert names(tmp_path) == ["texts"]
    assert names(tmp_path / "texts") == ["a.txt"]


def test_a_draft_of_one_who_was_killed_does_not_stay(tmp_path: Path) -> None:
    path = tmp_path / "ä" / ("long" * 60 + ".txt")  # of which no longer name can be made
    path.parent.mkdir()
    with write_atomically(path, alone=True) as draft:
        draft.write_text("old", encoding="utf-8")
    draft.write_text("half", encoding="utf-8")  # as one who is killed leaves it

    with write_atomically(path, alone=True) as draft:
        draft.write_text("new", encoding="utf-8")

    assert names(path.parent) == [path.name]
    assert path.read_text(encoding="utf-8") == "new"
