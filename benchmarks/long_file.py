"""A file of many hours against its first: memory, cost an hour, and times at the end.

    python -m benchmarks.long_file --manifest DATA/dev-libri.tsv DATA/dev-cv.tsv [--hours 10]

Clips of manifests are laid end to end, again and again in another order, a second between
them, so that it is known to the sample where each begins. The whole and its first hour are
transcribed by fresh processes. Words of a clip in the last hour must lie where those of the
same clip lie in the first, counted from the clip's begin. Prints a table and, last, one JSON
line.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import soundfile

from asr.audio import SAMPLE_RATE
from asr.audio.files import read_audio
from asr.evaluation.error_rate import Errors
from asr.evaluation.error_rate import errors as errors_of
from asr.evaluation.manifest import Utterance, read_manifest
from asr.text import normalise
from benchmarks.files import CLIPS, PAUSE, Cost, row, run_command

HOUR: Final = 3600.0
BEFORE: Final = len(PAUSE) / SAMPLE_RATE / 2  # seconds before a clip that are counted to it


@dataclass(frozen=True, slots=True)
class Laid:
    """A clip and where it lies in the file, in seconds."""

    clip: Utterance
    begin: float
    end: float


@dataclass(frozen=True, slots=True)
class Spoken:
    """A word that was found, its times in seconds of the file."""

    text: str
    start: float
    end: float


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--manifest", type=Path, nargs="+", default=[CLIPS])
    parser.add_argument("--hours", type=float, default=10.0)
    parser.add_argument("--first", type=float, default=1.0, help="hours to compare with")
    parser.add_argument("--decoder", default="beam", choices=("beam", "greedy"))
    options = parser.parse_args()
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    with tempfile.TemporaryDirectory(prefix="earshot-long-") as folder:
        print(json.dumps(measure(Path(folder), options)))


def measure(folder: Path, options: argparse.Namespace) -> dict[str, object]:
    """Transcribe both files and compare."""
    os.environ["EARSHOT_HOME"] = str(folder / "home")
    clips = [one for path in options.manifest for one in read_manifest(path)]
    print(f"{'':42}{'wall s':>9}{'cpu s':>9}{'MB':>7}   an hour of speech")
    costs: list[Cost] = []
    for hours in (options.first, options.hours):
        path = folder / f"{hours:g}h.flac"
        laid = lay(path, clips, hours)
        cost = transcribe(path, options.decoder)
        costs.append(cost)
        found = read_words(path)
        wrong = errors(laid, found)
        note = f"{cost.processor / hours:7.1f} s of one core, {wrong:.1%} of words wrong"
        print(row(f"{hours:g} hours", cost, note))
    shifts = shifts_of(laid, found, last=options.hours - options.first)
    last = laid[-1]
    print(f"words of {len(shifts)} clips of the end against the same clips of the first hour:")
    middle, most = (statistics.median(shifts), max(shifts)) if shifts else (None, None)
    if shifts:
        print(f"  off by {middle:.3f} s (median), {most:.3f} s at most")
    print(f"the last clip lies at {last.begin:.2f} to {last.end:.2f} s; it was heard as")
    for word in within(found, last):
        print(f"  {word.start:10.2f} {word.end:10.2f}  {word.text}")
    return {
        "hours": options.hours,
        "costs": [asdict(cost) for cost in costs],
        "shift, median": middle,
        "shift, most": most,
        "clips compared": len(shifts),
    }


def lay(path: Path, clips: Sequence[Utterance], hours: float) -> list[Laid]:
    """Write clips end to end until they are as long as asked for; tell where each is."""
    order, chance = list(clips), random.Random(1)
    laid: list[Laid] = []
    at = 0
    with soundfile.SoundFile(path, "w", SAMPLE_RATE, 1, "PCM_16") as file:
        while True:
            for clip in order:
                samples = read_audio(clip.path)
                end = at + len(samples)
                if (end + len(PAUSE)) / SAMPLE_RATE > hours * HOUR:
                    return laid
                file.write(samples)
                file.write(PAUSE)
                laid.append(Laid(clip, at / SAMPLE_RATE, end / SAMPLE_RATE))
                at = end + len(PAUSE)
            chance.shuffle(order)


def transcribe(path: Path, decoder: str) -> Cost:
    """Run the command as one process, the transcript beside the sound."""
    options = ["--jobs", "1", "--decoder", decoder, "--provider", "cpu"]
    out = ["--format", "json", "--output", str(path.parent), "--template", "{name}.{format}"]
    return run_command([sys.executable, "-m", "main", "transcribe", *options, *out, str(path)])


def read_words(path: Path) -> list[Spoken]:
    """Return the words that were found in a file."""
    transcript: dict[str, Any] = json.loads(path.with_name(f"{path.name}.json").read_text())
    return [
        Spoken(word["text"], word["start"], word["end"])
        for segment in transcript["segments"]
        for word in segment["words"]
    ]


def within(found: Sequence[Spoken], one: Laid) -> list[Spoken]:
    """Return the words that lie in a clip."""
    return [
        word
        for word in found
        if one.begin - BEFORE <= (word.start + word.end) / 2 < one.end + BEFORE
    ]


def errors(laid: Sequence[Laid], found: Sequence[Spoken]) -> float:
    """Return the share of wrong words, clip by clip."""
    total = Errors()
    for one, words in zip(laid, grouped(laid, found), strict=True):
        heard = normalise(" ".join(word.text for word in words))
        total += errors_of(normalise(one.clip.text).split(), heard.split())
    return total.rate


def shifts_of(laid: Sequence[Laid], found: Sequence[Spoken], last: float) -> list[float]:
    """Compare clips after so many hours with their first laying.

    Returns:
        For each that was heard as the same words, the most that a start or an end is off.
    """
    first: dict[Path, tuple[Laid, list[Spoken]]] = {}
    shifts = []
    for one, words in zip(laid, grouped(laid, found), strict=True):
        before, heard = first.setdefault(one.clip.path, (one, words))
        if one.begin < last * HOUR or before is one or not words:
            continue
        if [word.text for word in words] != [word.text for word in heard]:
            continue
        shifts.append(
            max(
                abs((b - one.begin) - (a - before.begin))
                for old, new in zip(heard, words, strict=True)
                for a, b in ((old.start, new.start), (old.end, new.end))
            )
        )
    return shifts


def grouped(laid: Sequence[Laid], found: Sequence[Spoken]) -> list[list[Spoken]]:
    """Return the words of each clip; both are in order."""
    groups: list[list[Spoken]] = [[] for _ in laid]
    n = 0
    for word in found:
        middle = (word.start + word.end) / 2
        while n + 1 < len(laid) and middle >= laid[n].end + BEFORE:
            n += 1
        groups[n].append(word)
    return groups


if __name__ == "__main__":
    main()
