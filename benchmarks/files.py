"""Files in bulk: speed, memory, many files against one, jobs, decoding; beside PocketSphinx.

    python -m benchmarks.files [--manifest DATA/dev-libri.tsv] [--minutes 10]

Speech of a manifest (the test clips, if none is given) is laid end to end, with pauses, until
it is as long as asked for. Each run is a fresh process, measured by the processor time that
the system accounts to it: on a machine with other work, the wall tells of that work too.
Prints a table and, last, one JSON line.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import cycle, pairwise
from pathlib import Path
from typing import Final

import numpy as np
import soundfile

from asr.audio import SAMPLE_RATE, Samples
from asr.audio.files import open_audio, read_audio
from asr.evaluation.manifest import read_manifest

ROOT: Final = Path(__file__).resolve().parents[1]
CLIPS: Final = ROOT / "tests" / "clips" / "clips.tsv"
PAUSE: Final = np.zeros(SAMPLE_RATE, np.float32)
STARTER: Final = """
import json, os, subprocess, sys, time
begin = time.perf_counter()
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, usage = os.wait4(process.pid, 0)
took = time.perf_counter() - begin
print(json.dumps([took, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024]))
sys.exit(os.waitstatus_to_exitcode(status))
"""
ENCODINGS: Final = {"wav": [], "flac": [], "mp3": ["-q:a", "4"], "opus": [], "m4a": []}


@dataclass(frozen=True, slots=True)
class Cost:
    """What a process took, with those that it started."""

    wall: float  # seconds
    processor: float  # seconds
    megabytes: float  # most that one process had in memory


def main() -> None:
    """Measure all and print it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--manifest", type=Path, default=CLIPS)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--files", type=int, default=200, help="short ones")
    parser.add_argument("--child", choices=("pocketsphinx", "decode"), help=argparse.SUPPRESS)
    parser.add_argument("--path", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        (pocketsphinx if options.child == "pocketsphinx" else decode_file)(options.path)
        return
    with tempfile.TemporaryDirectory(prefix="earshot-files-") as folder:
        found = measure_files(Path(folder), options)
    print(json.dumps({"minutes": options.minutes, "cores": os.cpu_count(), **found}))


def measure_files(folder: Path, options: argparse.Namespace) -> dict[str, object]:
    """Run every measurement; return the figures."""
    clips = [read_audio(one.path) for one in read_manifest(options.manifest)]
    seconds = 60 * options.minutes
    whole = write_sound(folder / "whole.wav", end_to_end(clips, seconds))
    found: dict[str, object] = {}
    os.environ["EARSHOT_HOME"] = str(folder / "home")
    transcribe_files(
        folder, [write_sound(folder / "warm.wav", clips[0])]
    )  # times the processor, once

    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    print(f"{'':42}{'wall s':>9}{'cpu s':>9}{'MB':>7}   an hour of speech")
    engines = {"earshot": transcribe_files(folder, [whole])}
    engines["earshot, greedy letters"] = transcribe_files(
        folder, [whole], "--decoder", "greedy"
    )
    engines["pocketsphinx 5, the first minute"] = in_child("pocketsphinx", whole)
    for name, cost in engines.items():
        scale = 3600 / (min(60.0, seconds) if "minute" in name else seconds)
        print(row(f"one file, {name}", cost, f"{scale * cost.processor:7.0f} s of one core"))
        found[name] = asdict(cost)

    short = write_sound(folder / "long" / "6.wav", end_to_end(clips, 6 * seconds))
    longer = transcribe_files(folder, [short], "--decoder", "greedy")
    print(row("six times as long, greedy", longer, ""))
    found["six times as long, greedy"] = asdict(longer)

    found |= many_files(folder, clips, options.files)
    found |= jobs(folder, clips, seconds / 4)
    found |= decoding(folder, whole)
    return found


def many_files(folder: Path, clips: Sequence[Samples], n_files: int) -> dict[str, object]:
    """Short files against the same sound in one."""
    chosen = [clip for clip, _ in zip(cycle(clips), range(n_files), strict=False)]
    paths = [write_sound(folder / "short" / f"{i}.wav", clip) for i, clip in enumerate(chosen)]
    parts = [part for clip in chosen for part in (clip, PAUSE)]
    one = write_sound(folder / "joined.wav", np.concatenate(parts))
    many, single = transcribe_files(folder, paths), transcribe_files(folder, [one])
    ratio = many.processor / single.processor
    print(row(f"{n_files} short files", many, f"{ratio:7.2f} times one file of the same sound"))
    print(row("the same in one file", single, ""))
    return {"short files against one": ratio}


def jobs(folder: Path, clips: Sequence[Samples], seconds: float) -> dict[str, object]:
    """Two jobs against one, by the wall: for a machine with two cores to itself."""
    sound = end_to_end(clips, seconds)
    paths = [write_sound(folder / "jobs" / f"{i}.wav", np.roll(sound, i)) for i in range(4)]
    one = transcribe_files(folder, paths, "--jobs", "1", threads=1)
    two = transcribe_files(folder, paths, "--jobs", "2")
    print(row("four files, one job", one, ""))
    print(row("four files, two jobs", two, f"{one.wall / two.wall:7.2f} times as fast"))
    return {"two jobs against one": one.wall / two.wall}


def decoding(folder: Path, whole: Path) -> dict[str, object]:
    """Bring a file's sound to samples, against ffmpeg's own processor time."""
    if not shutil.which("ffmpeg"):
        return {}
    ratios: dict[str, object] = {}
    idle = in_child(
        "decode", write_sound(folder / "idle.wav", np.zeros(160, np.float32))
    ).processor
    for kind, options in ENCODINGS.items():
        path = folder / f"coded.{kind}"
        quiet = ["ffmpeg", "-v", "error", "-y", "-i"]
        subprocess.run([*quiet, whole, *options, "-ac", "1", "-ar", "48000", path], check=True)
        theirs = run_command([*quiet, str(path), "-ac", "1", "-ar", "16000", "-f", "null", "-"])
        ours = in_child("decode", path)
        ratios[kind] = (ours.processor - idle) / theirs.processor
        print(row(f"samples of {kind}", ours, f"{ratios[kind]:7.2f} times ffmpeg"))
    return {"decoding against ffmpeg": ratios}


def end_to_end(clips: Sequence[Samples], seconds: float) -> Samples:
    """Lay clips end to end, again and again, with a second between them."""
    parts: list[Samples] = []
    left = round(seconds * SAMPLE_RATE)
    for clip in cycle(clips):
        parts += [clip, PAUSE]
        left -= len(clip) + len(PAUSE)
        if left <= 0:
            return np.concatenate(parts)[: round(seconds * SAMPLE_RATE)]
    raise AssertionError("clips do not end")


def write_sound(path: Path, samples: Samples) -> Path:
    """Write a file of sound."""
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, samples, SAMPLE_RATE)
    return path


def transcribe_files(
    folder: Path, paths: Sequence[Path], *options: str, threads: int | None = None
) -> Cost:
    """Run the command on files, as a user would; into a new folder each time."""
    with tempfile.TemporaryDirectory(dir=folder) as out:
        command = [sys.executable, "-m", "main", "transcribe", "--provider", "cpu"]
        pinned = ["taskset", "-c", "0"] if threads == 1 and shutil.which("taskset") else []
        return run_command([*pinned, *command, *options, "--output", out, *map(str, paths)])


def in_child(name: str, path: Path) -> Cost:
    """Run another measurement of this file in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.files", "--child", name, "--path", str(path)]
    return run_command(command)


def run_command(command: Sequence[str]) -> Cost:
    """Run a command to its end and read its account.

    A small process starts it: the system counts the memory of who starts one as its own.
    """
    starter = [sys.executable, "-c", STARTER, *map(str, command)]
    done = subprocess.run(starter, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command[:6]))} …: {done.stderr.strip()[-300:]}")
    return Cost(*json.loads(done.stdout.splitlines()[-1]))


def pocketsphinx(path: Path) -> None:
    """Recognise a minute with PocketSphinx and the model of its wheel, utterance by pause."""
    from pocketsphinx import Decoder

    decoder = Decoder(samprate=SAMPLE_RATE, loglevel="FATAL")
    for samples in utterances(path):
        decoder.start_utt()
        pcm = (np.clip(samples, -1, 1) * 32767).astype(np.int16)
        decoder.process_raw(pcm.tobytes(), no_search=False, full_utt=True)
        decoder.end_utt()


def utterances(path: Path) -> Iterator[Samples]:
    """Cut at the pauses that `end_to_end` laid between clips."""
    samples = read_audio(path)[: 60 * SAMPLE_RATE]
    is_silent = np.abs(samples) == 0
    edges = np.flatnonzero(np.diff(is_silent.astype(np.int8)))
    begin = 0
    for a, b in pairwise(edges):
        if is_silent[a + 1] and b - a >= 0.9 * len(PAUSE):
            yield samples[begin:a]
            begin = b
    yield samples[begin:]


def decode_file(path: Path) -> None:
    """Read a file as samples, and forget them."""
    with open_audio(path) as file:
        for _ in file:
            pass


def row(name: str, cost: Cost, note: str) -> str:
    """One line of the table."""
    return f"{name:42}{cost.wall:9.1f}{cost.processor:9.1f}{cost.megabytes:7.0f}   {note}"


if __name__ == "__main__":
    main()
