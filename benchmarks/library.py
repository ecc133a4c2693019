"""The library at size: search as it is typed, lists, refresh, edits of a killed program.

    python -m benchmarks.library [--words N] [--entries N] [--kills N]

Sessions of words that are as frequent as words are (Zipf), in a folder of their own. Search
is measured key by key, over words from the commonest to the rarest, alone and in pairs; each
figure is one call of `Library.search`, by the clock and by the processor's time for it, which
a busy machine leaves as it is. The default is small; the target is met or missed at
`--words 10000000 --entries 10000`. Prints a table and, last, one JSON line.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np

from asr.library import Library, rows
from asr.library.folders import Card
from asr.library.journal import Journal
from asr.transcript import Segment, Transcript, Word, to_dict

VOCABULARY: Final = 40_000
SENTENCE: Final = 15  # words
DAY: Final = 86_400
BEGINS: Final = 1_600_000_000

EDITOR: Final = """
import sys
from pathlib import Path
from asr.library.journal import Journal
from benchmarks.library import session
journal = Journal.open(Path(sys.argv[1]), session(0, ["a", "b", "c"] * 20))
for number in range(10**9):
    journal.replace(journal.keys[0], 0, 1, [f"w{number}"])
    print(number, flush=True)
"""


def made_up_words(chance: random.Random) -> list[str]:
    """Words of two to four syllables, each once, the commonest first."""
    syllables = [
        c + v + e for c in "bdfghklmnprstvw" for v in "aeiouéü" for e in ("", "n", "r")
    ]
    words: dict[str, None] = {}
    while len(words) < VOCABULARY:
        words["".join(chance.choices(syllables, k=chance.choice((1, 2, 2, 3, 3, 4))))] = None
    return list(words)


def session(number: int, words: list[str]) -> Transcript:
    """A transcript of sentences, a day after the last one."""
    segments = []
    for n in range(0, len(words), SENTENCE):
        at = n * 0.4
        said = tuple(
            Word(word, at + 0.4 * place, at + 0.4 * place + 0.3, 0.9)
            for place, word in enumerate(words[n : n + SENTENCE])
        )
        segments.append(Segment(said, at, said[-1].end))
    return Transcript(
        id=f"{number:032x}",
        segments=tuple(segments),
        seconds=len(words) * 0.4,
        started=datetime.fromtimestamp(BEGINS + number * DAY / 10, UTC),
        source="benchmark",
    )


def sessions(n_entries: int, n_words: int, words: list[str]) -> Iterator[Transcript]:
    """Yield sessions whose words are as frequent as their rank says."""
    chance = np.random.default_rng(0)
    weights = 1 / np.arange(1, len(words) + 1)
    each = max(1, n_words // n_entries)
    for number in range(n_entries):
        drawn = chance.choice(len(words), each, p=weights / weights.sum())
        yield session(number, [words[n] for n in drawn])


def write_entries(folder: Path, entries: Iterator[Transcript]) -> None:
    """Write entries as the library does, but for the waiting for the disk."""
    for transcript in entries:
        place = folder / "files" / transcript.id
        place.mkdir(parents=True)
        fields = json.dumps(to_dict(transcript))
        (place / "transcript.json").write_text(fields, encoding="utf-8")
        card = Card(id=transcript.id, added=time.time(), file=str(folder / "talk.wav"))
        card.write(place)


def index_entries(library: Library, entries: Iterator[Transcript]) -> None:
    """Put entries into the index alone, as the library would."""
    with library._index.writing() as connection:
        for number, transcript in enumerate(entries):
            assert transcript.started is not None
            fields = {
                "id": transcript.id,
                "folder": f"/none/{number}",
                "kind": "file",
                "title": transcript.text[:40],
                "is_named": False,
                "started": transcript.started.timestamp(),
                "seconds": transcript.seconds,
                "speakers": "[]",
                "source": "",
                "file": "",
                "has_sound": False,
                "sound_bytes": 0,
                "other_bytes": 0,
                "n_words": 0,
                "trashed": None,
                "stamp": "",
                "is_restored": False,
            }
            rows.store(connection, rows.Row(fields, transcript.segments, ()))


def queries_by_key(words: list[str], chance: random.Random) -> list[str]:
    """Queries key by key: common, middling and rare words, alone and in pairs, and none."""
    ranks = [0, 1, 5, 20, 100, 1000, 10_000, VOCABULARY - 1]
    pairs = [(a, b) for a in ranks for b in (0, 3, 50, 5000)]
    wanted = [words[n] for n in ranks] + [f"{words[a]} {words[b]}" for a, b in pairs]
    wanted += [f"{words[0]} {words[2]} {words[4]}", "zzzyx", f"{words[0]} zzzyx"]
    queries = [query[:end] for query in wanted for end in range(1, len(query) + 1)]
    chance.shuffle(queries)
    return queries


def milliseconds_of(work: Callable[[], object]) -> float:
    """Milliseconds of one call."""
    begun = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - begun)


def quantile(times: list[float], share: float) -> float:
    """A quantile, rounded for people."""
    return round(float(np.quantile(times, share)), 2)


def search_figures(library: Library, words: list[str]) -> dict[str, float]:
    """Search times in milliseconds."""
    times: list[float] = []
    work: list[float] = []
    slowest = (0.0, "")
    for query in queries_by_key(words, random.Random(1)):
        begun = time.perf_counter(), time.thread_time()
        library.search(query)
        times.append(1000 * (time.perf_counter() - begun[0]))
        work.append(1000 * (time.thread_time() - begun[1]))
        slowest = max(slowest, (work[-1], query))
    print(f"slowest query: «{slowest[1]}»")
    return {
        "search_p50_ms": quantile(times, 0.5),
        "search_p95_ms": quantile(times, 0.95),
        "search_worst_ms": quantile(times, 1.0),
        "search_p50_cpu_ms": quantile(work, 0.5),
        "search_p95_cpu_ms": quantile(work, 0.95),
        "search_worst_cpu_ms": quantile(work, 1.0),
    }


def list_figures(library: Library) -> dict[str, float]:
    """Times of paging through everything, in milliseconds."""
    times = []
    last = None
    while True:
        begun = time.perf_counter()
        page = library.entries(after=last, limit=100)
        times.append(1000 * (time.perf_counter() - begun))
        if not page:
            break
        last = page[-1]
    return {"page_of_100_p99_ms": quantile(times, 0.99), "page_worst_ms": max(times)}


def lost_edits(folder: Path, kills: int) -> int:
    """Edit in a process that is killed at random moments; return how many edits were lost."""
    chance = random.Random(2)
    lost = 0
    recognised = session(0, ["a", "b", "c"] * 20)
    for number in range(kills):
        path = folder / f"journal-{number}.jsonl"
        child = subprocess.Popen(
            [sys.executable, "-c", EDITOR, str(path)], stdout=subprocess.PIPE, text=True
        )
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(chance.uniform(0, 0.05))
        child.kill()
        told = [int(line) for line in child.stdout.read().split("\n")[:-1]]
        child.wait()
        with Journal.open(path, recognised) as journal:
            stored = int(journal.transcript.segments[0].words[0].text[1:])
        lost += max(0, max(told, default=0) - stored)
    return lost


def main() -> None:
    """Fill a library, and measure it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--words", type=int, default=200_000)
    parser.add_argument("--entries", type=int, default=200)
    parser.add_argument("--files", type=int, default=100, help="entries written as files")
    parser.add_argument("--kills", type=int, default=3)
    options = parser.parse_args()
    words = made_up_words(random.Random(0))
    folder = Path(tempfile.mkdtemp(prefix="library-"))
    try:
        figures: dict[str, float] = {"words": options.words, "entries": options.entries}
        with Library.open(folder / "indexed") as library:
            every = sessions(options.entries, options.words, words)
            figures["index_s"] = milliseconds_of(lambda: index_entries(library, every)) / 1000
            figures["index_mb"] = library.disk_use().index / 1e6
        begun = time.perf_counter()
        with Library.open(folder / "indexed") as library:
            library.entries(limit=100)
            figures["open_ms"] = 1000 * (time.perf_counter() - begun)
            figures |= search_figures(library, words)
            figures |= list_figures(library)
        write_entries(folder / "files", sessions(options.files, 100 * options.files, words))
        with Library.open(folder / "files") as library:
            figures["files"] = options.files
            figures["rebuild_ms"] = milliseconds_of(lambda: list(library.refresh()))
            figures["refresh_ms"] = milliseconds_of(lambda: list(library.refresh()))
            figures["notices"] = len(library.notices)
        figures["kills"] = options.kills
        figures["edits_lost"] = lost_edits(folder, options.kills)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    for name, value in figures.items():
        print(f"{name:<20} {value:>12,.2f}")
    print(json.dumps({name: round(value, 3) for name, value in figures.items()}))


if __name__ == "__main__":
    main()
