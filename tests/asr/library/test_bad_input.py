"""What a library meets in the world: a sentence, a way on, and nothing lost."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import textwrap
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from asr.errors import LibraryError
from asr.library import Library, folders, index
from asr.live.lock import FileLock
from tests.asr.library.entries import add, record, refresh, transcript

ROOT = Path(__file__).parents[3]


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Library.open(tmp_path / "home") as opened:
        yield opened


def titles(library: Library) -> list[str]:
    return sorted(entry.title for entry in library.entries())


def test_the_index_of_a_newer_version_is_left_alone(library: Library) -> None:
    add(library, "hello world")
    library.close()
    path = library.folder / "library.db"
    with sqlite3.connect(path) as newer:
        newer.execute("PRAGMA user_version=99")
        newer.execute("CREATE TABLE of_the_future(x)")
    newer.close()
    before = path.read_bytes()

    for _ in range(2):
        with Library.open(library.folder) as older:
            refresh(older)
            assert titles(older) == ["hello world"]
            assert ["newer version" in notice for notice in older.notices] == [True]

    assert path.read_bytes() == before


def test_a_schema_is_brought_up_to_date(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(library, "hello world")
    library.close()

    def second(connection: sqlite3.Connection) -> None:
        connection.execute("ALTER TABLE entries RENAME COLUMN source TO origin")

    monkeypatch.setattr(index, "MIGRATIONS", (*index.MIGRATIONS, second))
    with Library.open(library.folder) as again:
        assert titles(again) == ["hello world"]
        assert again._index.rows("SELECT origin FROM entries") == [("talk.wav",)]
        assert again._index.rows("PRAGMA user_version") == [(len(index.MIGRATIONS),)]


@pytest.mark.parametrize("damage", ["not a database", "", "cut off"])
def test_a_damaged_index_is_made_anew(library: Library, damage: str) -> None:
    entry = add(library, "hello world")
    library.rename(entry.id, "Talk")
    library.close()
    path = library.folder / "library.db"
    path.write_bytes(path.read_bytes()[:5000] if damage == "cut off" else damage.encode() * 99)

    with Library.open(library.folder) as again:
        refresh(again)
        assert titles(again) == ["Talk"]
        assert [hit.entry for hit in again.search("hello")] == [entry.id]


def test_damage_that_is_met_later_is_told_and_mended_at_the_next_start(
    library: Library,
) -> None:
    for number in range(20):
        add(library, f"hello world number {number} " * 200, started=1.7e9 + number)
    library.close()
    path = library.folder / "library.db"
    content = bytearray(path.read_bytes())
    half = len(content) // 2
    content[half:] = b"\xa5" * (len(content) - half)
    path.write_bytes(content)

    with Library.open(library.folder) as again:
        assert not again.notices
        with pytest.raises(LibraryError, match="next start"):
            again.search("hello")
    with Library.open(library.folder) as mended:
        refresh(mended)
        assert ["made anew" in notice for notice in mended.notices] == [True]
        assert mended.count() == len(mended.search("hello")) == 20


def test_another_program_that_writes_for_long_is_told(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "BUSY_S", 0.05)
    entry = add(library, "hello world")
    library.close()
    other = sqlite3.connect(library.folder / "library.db", isolation_level=None)
    with Library.open(library.folder) as again:
        other.execute("BEGIN IMMEDIATE")
        assert titles(again) == ["hello world"]
        with pytest.raises(LibraryError, match="Another program"):
            again.rename(entry.id, "Talk")
        with pytest.raises(LibraryError, match="Another program"):
            Library.open(library.folder)
        other.execute("ROLLBACK")
        other.close()

        refresh(again)
        assert titles(again) == ["Talk"]


def test_on_a_full_disk_the_files_are_there_before_the_index(library: Library) -> None:
    add(library, "hello world")
    connection = library._index.connection
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count={pages + 1}")

    with pytest.raises(LibraryError, match="disk is full"):
        add(library, *("many words " * 300 for _ in range(20)))

    assert titles(library) == ["hello world"]
    connection.execute("PRAGMA max_page_count=1000000")
    refresh(library)
    assert library.count() == 2


def test_a_file_that_cannot_be_taken_in_leaves_nothing_half_written(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write(*_: object) -> None:
        raise LibraryError("No space left on device.")

    with monkeypatch.context() as full:
        full.setattr(folders, "write_recognised", write)
        with pytest.raises(LibraryError):
            add(library, "hello world")

    assert list((library.folder / "files").iterdir()) == []
    add(library, "hello world")
    assert titles(library) == ["hello world"]


@contextmanager
def someone_else() -> Iterator[None]:
    """Be a user who may write nowhere but in the temporary folder."""
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(65_534)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)


@pytest.mark.skipif(not hasattr(os, "seteuid"), reason="a matter of Unix")
def test_a_folder_that_cannot_be_written_can_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = Path(tempfile.mkdtemp())
    elsewhere.chmod(0o777)
    home = Path(tempfile.mkdtemp())
    monkeypatch.setattr(tempfile, "tempdir", str(elsewhere))
    try:
        with Library.open(home) as library:
            entry = add(library, "hello world")
            record(library.sessions / "session", "good bye")
        (home / "library.db").unlink()
        for path in [home, *home.rglob("*")]:
            path.chmod(0o555 if path.is_dir() else 0o444)
        with someone_else(), Library.open(home) as library:
            refresh(library)
            assert ["cannot be written" in notice for notice in library.notices] == [True]
            assert titles(library) == ["good bye", "hello world"]
            assert library.search("bye")
            for change in (
                lambda: library.rename(entry.id, "Talk"),
                lambda: library.journal(entry.id),
                lambda: library.trash(entry.id),
                lambda: library.add_file(transcript("more"), home / "talk.wav"),
            ):
                with pytest.raises(LibraryError, match=r"written|stored|removed|made"):
                    change()
            assert titles(library) == ["good bye", "hello world"]
            temporary = library._index.path.parent
        assert not temporary.exists()
        assert not (home / "library.db").exists()
    finally:
        for path in [home, *home.rglob("*")]:
            path.chmod(0o755)
        shutil.rmtree(home)
        shutil.rmtree(elsewhere)


GARBAGE = {
    "ledger.jsonl": [b"\x00\xff garbage\n", b"[1, 2]\n", b'{"kind":"end"}\n', b"{}\n", b""],
    "transcript.json": [b"", b"garbage", b"[]", b'{"schema":99}', b'{"segments":[{}]}'],
    "finals.jsonl": [b'{"kind":"end"}\n'],
}


@pytest.mark.parametrize(
    ("name", "content"), [(name, one) for name, every in GARBAGE.items() for one in every]
)
def test_garbage_is_left_as_it_is(library: Library, name: str, content: bytes) -> None:
    good = record(library.sessions / "good", "hello world")
    bad = library.sessions / "bad"
    shutil.copytree(good, bad)
    for path in bad.iterdir():
        path.unlink()
    (bad / name).write_bytes(content)
    (library.sessions / "a file").write_bytes(content)
    (library.sessions / "empty").mkdir()

    refresh(library)

    assert "hello world" in titles(library)
    assert (bad / name).read_bytes() == content
    assert len(library.notices) <= 1


def test_what_people_said_survives_damage_beside_it(library: Library) -> None:
    folder = record(library.sessions / "session", "hello world")
    entry = library.add_session(folder)
    library.rename(entry.id, "Talk")
    (folder / "transcript.json").write_bytes(b"garbage")

    refresh(library)
    assert library.transcript(entry.id).text == "hello world"

    (folder / "card.json").write_bytes(b"garbage")
    refresh(library)
    assert titles(library) == ["hello world"]
    assert (folder / "card.json.damaged").read_bytes() == b"garbage"


def test_a_newer_card_is_left_alone(library: Library) -> None:
    entry = add(library, "hello world")
    content = json.dumps({"version": 99, "id": entry.id})
    (entry.folder / "card.json").write_text(content)

    refresh(library)

    assert "newer version" in library.notices[0]
    assert (entry.folder / "card.json").read_text() == content
    with pytest.raises(LibraryError, match="newer version"):
        library.rename(entry.id, "Talk")


@pytest.mark.parametrize("started", [-5e9, 0.0, 2e9, 2e10])
def test_a_wrong_clock_puts_an_entry_elsewhere_and_loses_none(
    library: Library, started: float
) -> None:
    add(library, "hello world", started=1.7e9)
    for _ in range(3):
        add(library, "wrong clock", started=started)

    assert (library.count(), len(library.search("wrong"))) == (4, 3)
    refresh(library)
    assert titles(library) == ["hello world", *["wrong clock"] * 3]


def test_two_programs_fill_one_library(library: Library) -> None:
    script = f"""
        import sys
        sys.path.insert(0, {str(ROOT)!r})
        from pathlib import Path
        from asr.library import Library
        from tests.asr.library.entries import add, refresh
        library = Library.open(Path({str(library.folder)!r}))
        for number in range(25):
            add(library, f"theirs {{number}}")
            refresh(library)
    """
    other = subprocess.Popen([sys.executable, "-c", textwrap.dedent(script)], cwd=ROOT)
    for number in range(25):
        add(library, f"ours {number}")
        refresh(library)
    assert other.wait(60) == 0

    refresh(library)
    assert library.count() == 50
    assert len(library.search("ours")) == len(library.search("theirs")) == 25


def test_another_program_may_write_and_remove_meanwhile(library: Library) -> None:
    entry = add(library, "hello world")
    is_over = threading.Event()

    def write() -> None:
        while not is_over.is_set():
            (entry.folder / "card.json.draft").write_text("draft")
            (entry.folder / "card.json.draft").unlink()

    other = threading.Thread(target=write)
    other.start()
    try:
        for _ in range(300):
            assert folders.sizes(entry.folder)[1] > 0
    finally:
        is_over.set()
        other.join()
    with Library.open(library.folder) as second:
        second.trash(entry.id)
        second.empty_trash()
    assert folders.sizes(entry.folder) == (0, 0)
    folders.forget(entry.folder)
    refresh(library)
    assert library.count() == 0


def test_what_a_crash_left_half_removed_goes_away(library: Library) -> None:
    entry = add(library, "hello world")
    entry.folder.rename(entry.folder.with_name(f".purged-{entry.folder.name}"))

    refresh(library)

    assert library.count() == 0
    assert list((library.folder / "files").iterdir()) == []


def test_what_is_being_recorded_is_not_removed(library: Library) -> None:
    folder = record(library.sessions / "session", "hello world")
    entry = library.add_session(folder)
    held = FileLock(folder / "lock")
    library.trash(entry.id)
    with pytest.raises(LibraryError, match="being recorded"):
        library.empty_trash()
    held.release()
    assert library.count(trashed=True) == 1
