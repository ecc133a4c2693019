"""Feeds readers and parsers what nobody would write, and looks for more than a sentence.

    python -m benchmarks.fuzz --minutes 30 [--first N]

Whole files of every kind are cut, spliced and overwritten at random; case N is always the
same one. Each runs in a process that may die or hang without ending the search. What is not
answered by a sentence of the program is a finding; its bytes are kept in --keep FOLDER.
Prints the findings and, last, how many cases of each kind were tried.
"""

from __future__ import annotations

import argparse
import json
import math
import multiprocessing
import random
import resource
import sqlite3
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

import numpy as np

from asr.audio import SAMPLE_RATE
from asr.audio.files import open_audio
from asr.batch.job import FileSource, output_path
from asr.batch.ledger import NAME, BatchLedger
from asr.decoding.hot_words import HotWords
from asr.errors import AsrError, ConfigError, DecodeError, StorageError
from asr.evaluation.manifest import read_manifest
from asr.formats import FORMATS, FormatOptions, encode, load, save
from asr.readable.replacements import Replacements
from asr.text_file import read_lines
from asr.transcript import Segment, Transcript, Word

PATIENCE_S: Final = 120.0  # that a case may take on a busy machine
MEMORY: Final = 6 << 30  # bytes of address space of the process that tries
MOST_SECONDS: Final = 40_000.0  # of sound from a few kilobytes: silence of holes, mostly
INTEGERS: Final = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF)
Seeds = Mapping[str, bytes]


def sounds(name: str, content: bytes, folder: Path, chance: random.Random) -> None:
    """Read a file of sound in one of the ways in which it may be asked for."""
    path = folder / f"{chance.choice(['a', name])}.{chance.choice([name, 'wav', 'bin'])}"
    path.write_bytes(content)
    start = chance.choice([0.0, 0.0, 1.3, 1e6])
    ways = {
        "track": chance.choice([None, None, 0, 3]),
        "channel": chance.choice([None, None, 0, 7]),
        "start": start,
        "end": start + chance.choice([math.inf, math.inf, 0.7]),
    }
    n_samples, sentence = 0, ""
    try:
        with open_audio(path, **ways) as file:
            for samples in file:
                n_samples += len(samples)
                assert np.isfinite(samples).all()
                assert np.abs(samples).max(initial=0.0) <= 1
                if n_samples > MOST_SECONDS * SAMPLE_RATE:
                    break
            assert all(gap.seconds > 0 for gap in file.gaps)
            file.notes(has_words=False)
    except DecodeError as error:
        sentence = str(error)
    assert sentence.isprintable(), sentence


def transcripts(name: str, content: bytes, folder: Path, chance: random.Random) -> None:
    """Read a transcript back and write it in every format."""
    path = folder / f"a.{name}"
    path.write_bytes(content)
    try:
        found = load(path)
    except AsrError:
        return
    options = FormatOptions(
        times=chance.random() < 0.5, karaoke=chance.random() < 0.5, paragraph_pause=2.0
    )
    for suffix in FORMATS:
        encode(found, suffix, options)


def lists(name: str, content: bytes, folder: Path, chance: random.Random) -> None:
    """Read lists that the user hands over."""
    path = folder / chance.choice(["a.txt", "a.gz", "a.xz"])
    path.write_bytes(content)
    with suppress(AsrError):
        lines = read_lines(path, "The list", StorageError)
        HotWords.parse(lines)
        Replacements.parse(lines).apply(["a", "b"], ["a", "b"], [])
    with suppress(AsrError):
        read_manifest(path, partial=True)


def ledgers(name: str, content: bytes, folder: Path, chance: random.Random) -> None:
    """Use a ledger that was damaged."""
    for suffix in ("", "-wal", "-shm"):
        (folder / f"{NAME}{suffix}").unlink(missing_ok=True)
    (folder / NAME).write_bytes(content)
    try:
        ledger = BatchLedger(folder)
    except AsrError:
        return
    try:
        ledger.claim("key", "a.wav", [Path("a.txt")], again=chance.random() < 0.5)
        ledger.save("key", [Segment((Word("a", 0.0, 1.0),), 0.0, 1.0)], 0, 16_000)
        ledger.seam("key")
        ledger.entry("other")
        ledger.finish("key", seconds=1.0, took=1.0, message="")
    except AsrError:
        pass
    finally:
        ledger.close()


def templates(name: str, content: bytes, folder: Path, chance: random.Random) -> None:
    """Name outputs by what somebody typed, of files that somebody named."""
    text = content.decode("utf-8", "surrogateescape")
    half = len(text) // 2
    try:
        place = output_path(text[:half], FileSource(Path(text[half:] or "a")), "txt")
    except ConfigError:
        return
    assert not place.is_absolute()
    assert ".." not in place.parts


Try = Callable[[str, bytes, Path, random.Random], None]
TRIES: Final[Mapping[str, Try]] = {
    "sounds": sounds,
    "transcripts": transcripts,
    "lists": lists,
    "ledgers": ledgers,
    "templates": templates,
}
SHARES: Final = {"sounds": 70, "transcripts": 15, "lists": 5, "ledgers": 5, "templates": 5}


def seeds(folder: Path) -> dict[str, Seeds]:
    """Make whole files of every kind."""
    from tests.asr.audio.bad_files import bases

    said = Transcript(
        segments=tuple(
            Segment((Word(f"w{n}", n, n + 0.5, 0.4), Word("<b&", n + 0.5, n + 0.9)), n, n + 0.9)
            for n in range(4)
        ),
        seconds=4.0,
    )
    written: dict[str, bytes] = {}
    for suffix in ("srt", "vtt", "json"):
        save(said, folder / f"a.{suffix}", FormatOptions(karaoke=True))
        written[suffix] = (folder / f"a.{suffix}").read_bytes()
    ledger = BatchLedger(folder)
    for n in range(20):
        ledger.claim(f"{n}", f"{n}.wav", [Path(f"{n}.txt")], again=False)
        ledger.save(f"{n}", said.segments, 0, 16_000 * n)
    ledger.close()
    with sqlite3.connect(folder / NAME) as base:
        base.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    base.close()
    return {
        "sounds": bases(folder),
        "transcripts": written,
        "lists": {"txt": "Łódź 2\nfoo bar = baz\npath\ttext\tspeaker\tseconds\n".encode()},
        "ledgers": {"sqlite": (folder / NAME).read_bytes()},
        "templates": {"txt": b"{folder}/{stem}{name!r:>10}.{format}../a/..\0\xff{0.__class__}"},
    }


def case(number: int, seeds: Mapping[str, Seeds]) -> tuple[str, str, bytes, random.Random]:
    """Return what case of which kind that number is."""
    chance = random.Random(number)
    kind = chance.choices(list(SHARES), list(SHARES.values()))[0]
    name = chance.choice(sorted(seeds[kind]))
    content = bytearray(seeds[kind][name])
    others = list(seeds[kind].values())
    for _ in range(chance.choice([1, 1, 2, 4, 16])):
        mutate(content, others, chance)
    return kind, name, bytes(content), chance


def mutate(content: bytearray, others: list[bytes], chance: random.Random) -> None:
    """Change something; heads more often than what follows them."""
    reach = min(len(content), chance.choice([64, 512, len(content)]))
    at, length = chance.randrange(reach + 1), chance.choice([1, 4, 60, 3_000])
    match chance.randrange(7):
        case 0:
            content[at : at + 1] = chance.randbytes(1)
        case 1:
            size = chance.choice([1, 2, 4, 8])
            number = chance.choice(INTEGERS) % (1 << 8 * size)
            content[at : at + size] = number.to_bytes(size, chance.choice(["little", "big"]))
        case 2:
            del content[at : at + length]
        case 3:
            content[at:at] = content[at : at + length]
        case 4:
            other = chance.choice(others)
            begin = chance.randrange(len(other) + 1)
            content[at : at + length] = other[begin : begin + length]
        case 5:
            content[at:at] = chance.randbytes(length)
        case _:
            del content[at:]


def serve(connection: Connection, seeds: Mapping[str, Seeds], folder: Path) -> None:
    """Try the cases whose numbers come. Runs in a process of its own."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    while True:
        kind, name, content, chance = case(connection.recv(), seeds)
        try:
            with tempfile.TemporaryDirectory(dir=folder) as own:
                TRIES[kind](name, content, Path(own), chance)
        except BaseException:  # noqa: BLE001 - whatever it is, it is a finding
            connection.send(traceback.format_exc(limit=-6))
        else:
            connection.send("")


def main() -> None:
    """Search until the time is over."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--first", type=int, default=0, help="number of the first case")
    parser.add_argument("--keep", type=Path, default=Path(tempfile.gettempdir()) / "fuzz")
    options = parser.parse_args()
    options.keep.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        tried, found = search(Path(folder), options)
    print(json.dumps({"cases": sum(tried.values()), **tried, "findings": found}))
    sys.exit(bool(found))


def search(folder: Path, options: argparse.Namespace) -> tuple[Counter[str], int]:
    """Try case after case; return how many of each kind, and how many findings."""
    context = multiprocessing.get_context("spawn")
    whole = seeds(folder)
    tried: Counter[str] = Counter()
    found, number, process = 0, options.first, None
    end = time.monotonic() + 60 * options.minutes
    while time.monotonic() < end:
        if process is None or not process.is_alive():
            ours, theirs = context.Pipe()
            process = context.Process(target=serve, args=(theirs, whole, folder), daemon=True)
            process.start()
            theirs.close()
        trouble = tried_in(process, ours, number)
        kind, name, content, _ = case(number, whole)
        tried[kind] += 1
        if trouble:
            found += 1
            (options.keep / f"{number}.{name}").write_bytes(content)
            print(f"case {number}, {kind}, {name}: {trouble}", flush=True)
        number += 1
    if process is not None:
        process.kill()
    return tried, found


def tried_in(
    process: multiprocessing.process.BaseProcess, connection: Connection, number: int
) -> str:
    """Have a case tried; return what is wrong with it, if anything is."""
    connection.send(number)
    if not connection.poll(PATIENCE_S):
        process.kill()
        process.join()
        return "it did not come to an end"
    try:
        return str(connection.recv())
    except EOFError:
        process.join()
        return f"the process died, code {process.exitcode}"


if __name__ == "__main__":
    main()
