"""What is kept, listed, changed and thrown away."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from asr.errors import LibraryError
from asr.library import Library, keep_file, keep_session
from asr.live.recording import Recording
from tests.asr.library.entries import add, record, refresh, transcript

DAY = 86_400.0


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Library.open(tmp_path / "home") as opened:
        yield opened


def titles(library: Library, **query: object) -> list[str]:
    return [entry.title for entry in library.entries(**query)]  # type: ignore[arg-type]


def test_a_session_appears_with_its_first_words(library: Library) -> None:
    folder = record(
        library.sessions / "2026-05-01 10-00-00.0",
        "one two three four five six seven eight nine",
        "yes",
        speakers=("me", "them"),
    )

    entry = keep_session(library, folder)

    assert library.entries() == [entry]
    assert entry is not None
    assert entry.title == "one two three four five six seven eight"
    assert (entry.kind, entry.n_words, entry.speakers) == ("session", 10, ("me", "them"))
    assert entry.seconds == 12.0 - 1.5
    assert entry.has_sound
    assert entry.sound_bytes == sum(p.stat().st_size for p in library.sounds(entry.id))
    assert [path.name for path in library.sounds(entry.id)] == ["sound-0.flac", "sound-1.flac"]


def test_sessions_of_the_present_form_are_taken_over_where_they_are(library: Library) -> None:
    for number in range(3):
        record(library.sessions / f"session {number}", f"this is number {number}")
    record(library.sessions / "cut off", "never ended", ends=False)
    before = {p: p.stat().st_mtime_ns for p in library.sessions.glob("*/sound-*")}

    refresh(library)

    assert sorted(titles(library)) == [f"this is number {n}" for n in range(3)]
    assert {p: p.stat().st_mtime_ns for p in library.sessions.glob("*/sound-*")} == before


def test_a_transcribed_file_is_kept_by_reference(library: Library, tmp_path: Path) -> None:
    sound = tmp_path / "talk.wav"
    sound.write_bytes(b"sound")

    entry = keep_file(library, transcript("hello world"), sound)

    assert entry is not None
    assert library.sounds(entry.id) == (sound,)
    assert library.transcript(entry.id).text == "hello world"
    library.trash(entry.id)
    library.empty_trash()
    assert sound.exists()


def test_a_file_that_is_transcribed_again_is_no_second_entry(library: Library) -> None:
    sound = library.folder / "talk.wav"
    sound.write_bytes(b"sound")
    heard = transcript("hello world")
    entry = library.add_file(heard, sound)
    library.rename(entry.id, "Talk")
    library.trash(entry.id)

    again = library.add_file(replace(heard, segments=heard.segments), sound)
    other = library.add_file(replace(heard, segments=heard.segments[:0]), sound)

    assert (again.id, again.title, again.trashed) == (entry.id, "Talk", None)
    assert other.id != entry.id
    assert library.recognised(entry.id) == heard
    assert library.count() == 2


def test_pages_run_from_the_newest_to_the_oldest(library: Library) -> None:
    for number in (3, 1, 4, 2, 0):
        add(library, f"number {number}", started=1.7e9 + number)
    for number in range(3):
        add(library, f"same {number}", started=1.6e9)

    pages = []
    last = None
    while page := library.entries(after=last, limit=3):
        pages += [entry.title for entry in page]
        last = page[-1]

    assert pages[:5] == [f"number {n}" for n in (4, 3, 2, 1, 0)]
    assert sorted(pages[5:]) == ["same 0", "same 1", "same 2"]
    assert library.count() == 8


def test_names_and_tags_stay_when_the_index_is_lost(library: Library) -> None:
    entry = add(library, "hello world")
    add(library, "good bye")
    library.rename(entry.id, "  My   talk ")
    library.tag(entry.id, ["work", "b", "work", " "])
    assert library.entry(entry.id).tags == ("b", "work")
    assert titles(library, tag="work") == ["My talk"]
    expected = library.entries()
    library.close()
    (library.folder / "library.db").unlink()

    with Library.open(library.folder) as again:
        refresh(again)
        assert [e.title for e in again.entries()] == [e.title for e in expected]
        assert again.entry(entry.id).tags == ("b", "work")
        again.rename(entry.id, "")
        assert again.entry(entry.id).title == "hello world"


def test_deleting_goes_through_the_trash(library: Library) -> None:
    entry = add(library, "hello world")

    library.trash(entry.id)
    assert (titles(library), titles(library, trashed=True)) == ([], ["hello world"])
    assert not library.search("hello")
    assert library.search("hello", trashed=True)

    library.restore(entry.id)
    assert titles(library) == ["hello world"]

    library.trash(entry.id)
    assert library.empty_trash() == 1
    assert library.count(trashed=True) == 0
    assert not entry.folder.exists()
    with pytest.raises(LibraryError, match="not in the library any more"):
        library.transcript(entry.id)


def test_sound_is_dropped_and_the_text_stays(library: Library) -> None:
    folder = record(library.sessions / "session", "hello world")
    entry = library.add_session(folder)

    assert library.disk_use().sound == entry.sound_bytes > 0
    dropped = library.drop_sound(entry.id)

    assert not dropped.has_sound
    assert dropped.sound_bytes == library.disk_use().sound == 0
    assert dropped.seconds == entry.seconds
    assert library.transcript(entry.id).text == "hello world"
    with pytest.raises(LibraryError, match="was not kept"):
        library.sounds(entry.id)


def test_a_speaker_has_a_track_of_his_own(library: Library) -> None:
    folder = record(library.sessions / "s", "one", "two", speakers=("me", "them"))
    entry = library.add_session(folder)

    assert [path.name for path in library.sounds(entry.id, "them")] == ["sound-1.flac"]
    assert len(library.sounds(entry.id, "somebody")) == 2


def test_a_file_that_was_moved_is_found_again(library: Library, tmp_path: Path) -> None:
    sound = tmp_path / "talk.wav"
    sound.write_bytes(b"sound")
    entry = library.add_file(transcript("hello"), sound)
    sound.rename(tmp_path / "moved.wav")

    with pytest.raises(LibraryError, match="moved or deleted"):
        library.sounds(entry.id)
    with pytest.raises(LibraryError, match="is no file"):
        library.locate(entry.id, sound)
    library.locate(entry.id, tmp_path / "moved.wav")

    assert library.sounds(entry.id) == (tmp_path / "moved.wav",)


def test_what_is_edited_is_what_is_listed_and_found(library: Library) -> None:
    entry = add(library, "hello word", "second line")
    raw = (entry.folder / "transcript.json").read_bytes()

    with library.journal(entry.id) as journal:
        journal.replace(journal.keys[0], 1, 2, ["world"])
        journal.rename_speaker("me", "Anna")
    updated = library.update(entry.id)

    assert updated.title == "hello world second line"
    assert updated.speakers == ("Anna",)
    assert library.search("world")
    assert not library.search("word ")[1:]
    assert library.transcript(entry.id).text == "hello world\nsecond line"
    assert library.recognised(entry.id).text == "hello word\nsecond line"
    assert (entry.folder / "transcript.json").read_bytes() == raw


def test_the_index_learns_from_an_open_journal_what_it_would_read_in_it(
    library: Library,
) -> None:
    entry = add(library, "hello world")
    with library.journal(entry.id) as journal:
        journal.replace(journal.keys[0], 0, 1, ["good", "bye"])

        told = library.update(entry.id, journal.transcript)

        assert told == library.update(entry.id)
        assert told.title == "good bye world"
        assert [hit.entry for hit in library.search("bye")] == [entry.id]


def test_edits_that_a_crash_kept_from_the_index_are_taken_in(library: Library) -> None:
    entry = add(library, "hello word")
    with library.journal(entry.id) as journal:
        journal.replace(journal.keys[0], 1, 2, ["world"])

    refresh(library)

    assert library.search("world")


def test_retention_is_by_way_of_the_trash(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = time.time()
    add(library, "old", started=now - 40 * DAY)
    add(library, "young", started=now - 20 * DAY)
    add(library, "of tomorrow", started=now + DAY)

    assert library.expire(30) == 1
    assert titles(library) == ["of tomorrow", "young"]
    assert titles(library, trashed=True) == ["old"]
    add(library, "dear", started=now - 50 * DAY)
    library.expire(30)
    library.restore(library.entries(trashed=True)[-1].id)
    assert library.expire(30) == 0
    monkeypatch.setattr(time, "time", lambda: now + 8 * DAY)
    assert library.expire(30) == 0
    assert library.count(trashed=True) == 0
    assert titles(library)[-1] == "dear"


def test_without_history_nothing_stays(library: Library, tmp_path: Path) -> None:
    folder = record(library.sessions / "session", "secret")

    assert keep_session(library, folder, history=False) is None
    assert keep_file(library, transcript("secret"), tmp_path / "a", history=False) is None

    refresh(library)
    assert library.count() == 0
    assert not folder.exists()


def test_everything_is_deleted_but_what_is_being_recorded(library: Library) -> None:
    record(library.sessions / "cut off", "unfinished secret", ends=False)
    library.add_session(record(library.sessions / "session", "spoken secret"))
    add(library, "written secret")
    running = Recording.create(library.sessions / "running")

    library.delete_everything()

    assert library.count() == 0
    assert [path.name for path in library.sessions.iterdir()] == ["running"]
    assert not list((library.folder / "files").iterdir())
    for path in library.folder.glob("library.db*"):
        assert b"secret" not in path.read_bytes()
    running.close()


def test_a_copied_session_is_a_second_one(library: Library) -> None:
    folder = record(library.sessions / "session", "hello")
    shutil.copytree(folder, library.sessions / "copy")

    refresh(library)
    refresh(library)

    assert len({entry.id for entry in library.entries()}) == 2


def test_a_folder_that_went_leaves_the_list(library: Library) -> None:
    shutil.rmtree(add(library, "hello").folder)

    refresh(library)

    assert library.count() == 0
    assert not library.search("hello")


def test_the_card_says_what_people_said(library: Library) -> None:
    entry = add(library, "hello")

    library.rename(entry.id, "Talk")

    card = json.loads((entry.folder / "card.json").read_text())
    assert (card["title"], card["id"], card["version"]) == ("Talk", entry.id, 1)


def test_a_session_that_was_put_aside_is_not_forgotten(tmp_path: Path) -> None:
    recording = Recording.create(tmp_path / "sessions" / "one")
    recording.append(np.full(16_000, 0.5, np.float32))
    recording.put_aside()

    with Library.open(tmp_path / "library") as library:
        assert keep_session(library, recording.folder, history=False) is None

    assert (recording.folder / "sound-0.pcm").stat().st_size == 32_000
