"""Files elsewhere, by address: in memory, on a web server, and where nobody is."""

from __future__ import annotations

import re
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from asr.batch.batch import Batch, BatchOptions
from asr.batch.events import BatchEvent, Failed, Finished, Skipped
from asr.batch.remote import is_address
from asr.batch.sources import find_sources
from asr.batch.workers import Here, Processes
from asr.errors import LibraryError
from asr.formats import load
from asr.library import Library
from tests.asr.batch.letters import Letters, contents, of_kind, run, sound


@pytest.fixture
def store(tmp_path: Path) -> Iterator[str]:
    """Two files in the store of this process, and one that is no sound."""
    system = fsspec.filesystem("memory")
    for n, name in enumerate(["a.wav", "deep/b.wav"]):
        content = sound(tmp_path / "in" / name, seed=n).read_bytes()
        system.pipe(f"/talks/{name}", content)
    system.pipe("/talks/notes.txt", b"no sound")
    yield "memory://talks"
    system.rm("/talks", recursive=True)


def sentences(events: list[BatchEvent]) -> list[str]:
    return [event.sentence for event in events if isinstance(event, Failed)]


def test_a_folder_elsewhere_is_as_one_here(store: str, tmp_path: Path) -> None:
    run([tmp_path / "in"], tmp_path / "one", recursive=True)

    run([store], tmp_path / "out", recursive=True)

    assert contents(tmp_path / "out") == contents(tmp_path / "one")


def test_without_recursive_only_the_folder_itself_is_looked_into(
    store: str, tmp_path: Path
) -> None:
    run([store], tmp_path / "out")

    assert set(contents(tmp_path / "out")) == {"a.wav.txt"}


def test_a_pattern_of_addresses(store: str, tmp_path: Path) -> None:
    run([f"{store}/*/*.wav"], tmp_path / "out")

    assert set(contents(tmp_path / "out")) == {"b.wav.txt"}


def test_what_is_done_is_done_until_the_file_changes(store: str, tmp_path: Path) -> None:
    run([f"{store}/a.wav"], tmp_path / "out")

    again = run([f"{store}/a.wav"], tmp_path / "out")
    other = sound(tmp_path / "other.wav", seconds=2, seed=9).read_bytes()
    fsspec.filesystem("memory").pipe("/talks/a.wav", other)
    changed = run([f"{store}/a.wav"], tmp_path / "out")

    assert [event.reason for event in of_kind(again, Skipped)] == ["done already"]
    assert len(of_kind(changed, Finished)) == 1


def test_other_processes_fetch_it_themselves_and_leave_no_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    path = sound(tmp_path / "a b.wav")

    found = run([f"file://{path}"], tmp_path / "out", Processes(Letters, 1), formats=("json",))

    assert len(of_kind(found, Finished)) == 1
    written = load(tmp_path / "out" / "a b.wav.json")
    assert written.source == "a b.wav"
    assert written.audio == f"file://{path}"
    assert list((tmp_path / "tmp").glob("earshot-*")) == []


def test_a_web_server(tmp_path: Path) -> None:
    pytest.importorskip("aiohttp", reason="the extra [remote] is absent")
    sound(tmp_path / "web" / "a.wav")
    handler = partial(SimpleHTTPRequestHandler, directory=str(tmp_path / "web"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        place = f"http://127.0.0.1:{server.server_port}"

        found = run([f"{place}/a.wav?key=1", f"{place}/none.wav"], tmp_path / "out")
        server.shutdown()

    assert len(of_kind(found, Finished)) == 1
    (sentence,) = sentences(found)
    assert f"{place}/none.wav does not exist" in sentence
    assert set(contents(tmp_path / "out")) == {"a.wav.txt"}


def test_what_is_not_there_is_a_sentence_and_the_others_go_on(
    store: str, tmp_path: Path
) -> None:
    found = run([f"{store}/none.wav", f"{store}/empty/", f"{store}/a.wav"], tmp_path / "out")

    assert len(of_kind(found, Finished)) == 1
    assert len(sentences(found)) == 2
    assert all("does not exist" in sentence for sentence in sentences(found))


@pytest.mark.parametrize(
    ("address", "missing", "sentence"),
    [
        ("s3://bucket/a.wav", "fsspec", r"pip install -e '\.\[remote\]'"),
        ("s3://bucket/a.wav", "s3fs", r"one more library: Install s3fs"),
        ("foo://bucket/a.wav", "s3fs", r"Protocol not known"),
    ],
)
def test_a_library_that_is_missing_is_named(
    address: str,
    missing: str,
    sentence: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    batch = Batch(BatchOptions(output=tmp_path / "out"), Here(Letters))

    found = list(batch.run(find_sources([address])))

    (told,) = sentences(found)
    assert re.search(sentence, told)


def test_addresses_are_told_from_paths() -> None:
    assert is_address("s3://bucket/a.wav")
    assert is_address("https://example.org/a.wav")
    assert not is_address("C:/a.wav")
    assert not is_address("a.wav")
    assert not is_address("://a.wav")


class Hosts(MemoryFileSystem):  # type: ignore[misc]  # fsspec has no types
    """A store whose paths are without the host, as sftp has it."""

    protocol = "hosts"

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return re.sub(r"^hosts://[^/]*", "", path).rstrip("/")

    def isdir(self, path: str) -> bool:
        return bool(super().isdir(self._strip_protocol(path)))


def test_hosts_stay_in_addresses_and_passwords_stay_out_of_outputs(
    store: str, tmp_path: Path
) -> None:
    fsspec.register_implementation("hosts", Hosts, clobber=True)
    place = "hosts://me:secret@example.org"

    found = run(
        [f"{place}/talks/", f"{place}/talks/d*/*.wav", f"{place}/none.wav"],
        tmp_path / "out",
        formats=("json",),
    )

    assert len(of_kind(found, Finished)) == 2
    assert load(tmp_path / "out" / "a.wav.json").audio == "hosts://example.org/talks/a.wav"
    assert "secret" not in " ".join(sentences(found))
    kept = [path for path in (tmp_path / "out").iterdir() if b"secret" in path.read_bytes()]
    assert kept == []


def test_the_library_takes_in_what_lies_elsewhere(store: str, tmp_path: Path) -> None:
    run([f"{store}/a.wav"], tmp_path / "out", library=tmp_path / "library")

    with Library.open(tmp_path / "library") as library:
        (entry,) = library.entries()
        assert entry.source == "a.wav"
        with pytest.raises(LibraryError, match="not kept"):
            library.sounds(entry.id)
