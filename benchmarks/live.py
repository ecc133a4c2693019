"""How late, how dear and how complete live text is: real time, through PortAudio.

    .venv/bin/python -m benchmarks.live [--quick] [--contention] [--cable N] [--kill N] ...

Clips are spoken into a virtual microphone, which this command starts by itself, and are
also read as files with the same recogniser; what the microphone's text has more in errors
is what was lost on the way. The recording, read once more as a file, tells where: errors
that it has as well come from the sound system, or from sound that lies elsewhere in the
network's frames. Latencies count from a word's last frame of sound, on the clock of the
recording, to the event that carries it, a poll every 40 ms included. Prints a table and,
last, one line of JSON.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from pathlib import Path
from typing import Final

import numpy as np
import soundfile
import soxr

from asr.audio import SAMPLE_RATE, Samples
from asr.audio.files import read_audio
from asr.audio.microphone import Microphone
from asr.audio.source import boottime
from asr.engine import Engine, EngineOptions
from asr.evaluation.error_rate import errors
from asr.live.events import Event, FinalResult, PartialResult
from asr.live.session import Hearing, Session
from asr.pack import EMBEDDED
from asr.text import normalise
from asr.transcript import Segment
from benchmarks import live_trials
from benchmarks.virtual_microphone import RATE, STEADY_MS, VirtualMicrophone

TICK_S: Final = 0.04  # as the window polls
SILENCE_S: Final = 1.5  # after each clip, enough for the endpoint
MANIFEST: Final = Path(__file__).parents[1] / "tests" / "clips" / "clips.tsv"


@dataclass(frozen=True, slots=True)
class Clip:
    """A recording of known words."""

    path: Path
    words: list[str]


@dataclass
class Figures:
    """What was measured, in milliseconds where not said otherwise."""

    tentative: list[float] = field(default_factory=list)
    settled: list[float] = field(default_factory=list)
    final: list[float] = field(default_factory=list)  # after the endpoint has fired
    pause_to_final: list[float] = field(default_factory=list)
    settled_words: int = 0
    changed_words: int = 0
    spoken: list[str] = field(default_factory=list)
    recorded: list[str] = field(default_factory=list)  # the recording, read as one file
    cpu_s: float = 0.0
    wall_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Told:
    """What was on screen from one moment on."""

    when: float
    settled: list[str]
    words: list[str]  # the settled ones and the tentative


@dataclass(frozen=True, slots=True)
class Ended:
    """A final text, and the poll that brought it."""

    segment: Segment
    polled: float
    now: float


class Stopwatch:
    """Notes when each word was first on screen.

    A word of the final text was on screen from the first telling after its beginning whose
    words, laid beside the final ones in order, have it at its place: that a word before it
    was still missing, or was two, does not make it unseen. Where an utterance was too long
    and is cut, the words behind the cut were told before it, with those of another segment.
    """

    def __init__(self, figures: Figures, begins: float) -> None:
        self._figures = figures
        self._begins = begins  # clock at the recording's first sample
        self._told: list[Told] = []
        self._ended: list[Ended] = []

    def hear(self, event: Event, polled: float, now: float) -> None:
        """Note an event of a poll that began at `polled` and ended `now`."""
        if isinstance(event, PartialResult):
            settled = [*event.text.stable]
            self._told.append(Told(now, settled, [*settled, *event.text.unstable]))
        elif isinstance(event, FinalResult):
            self._ended.append(Ended(event.segment, polled, now))

    def count(self) -> None:
        """Work out the figures, once nothing is measured that the work would disturb."""
        figures = self._figures
        follows = [[word.text for word in ended.segment.words] for ended in self._ended[1:]]
        earlier = 0.0
        for ended, after in zip(self._ended, [*follows, []], strict=True):
            words = [word.text for word in ended.segment.words]
            self._count_latencies(ended, words)
            under_way = [told for told in self._told if earlier < told.when < ended.now]
            last = under_way[-1].settled if under_way else []
            figures.settled_words += len(last)
            # Words that the final text has beyond the settled ones are new, not changed.
            figures.changed_words += len(last) - len(_places(last, [*words, *after]))
            figures.final.append(1_000 * (ended.now - ended.polled))
            spoken = self._begins + ended.segment.end
            figures.pause_to_final.append(1_000 * (ended.now - spoken))
            figures.spoken += words
            earlier = ended.now

    def _count_latencies(self, ended: Ended, words: list[str]) -> None:
        segment, begins = ended.segment, self._begins
        seen: dict[int, float] = {}
        settled: dict[int, float] = {}
        for told in self._told:
            if not begins + segment.start <= told.when <= ended.now:
                continue
            for when, texts in ((seen, told.words), (settled, told.settled)):
                for place in _places(texts, words):
                    if told.when >= begins + segment.words[place].start:
                        when.setdefault(place, told.when)
        for when, latencies in (
            (seen, self._figures.tentative),
            (settled, self._figures.settled),
        ):
            for place, moment in when.items():
                latencies.append(1_000 * (moment - begins - segment.words[place].end))


def _places(told: list[str], final: list[str]) -> list[int]:
    """Which of the final words are among those told, in order."""
    blocks = SequenceMatcher(None, told, final, autojunk=False).get_matching_blocks()
    return [place for block in blocks for place in range(block.b, block.b + block.size)]


def speak_and_listen(
    hearing: Hearing, clips: Sequence[Clip], microphone: VirtualMicrophone, folder: Path
) -> Figures:
    """Play clips in real time into one session and measure what it tells."""
    source, figures = Microphone(), Figures()
    session = Session(hearing, {"": source}, folder)
    session.start()
    while source.begins is None:
        time.sleep(0.005)
    stopwatch = Stopwatch(figures, source.begins)
    cpu, wall = time.process_time(), time.monotonic()
    for clip in clips:
        player = microphone.start_speaking(_with_silence(clip.path, folder))
        while player.poll() is None:
            _poll(session, stopwatch)
    figures.cpu_s = time.process_time() - cpu
    figures.wall_s = time.monotonic() - wall
    polled = boottime()
    for event in session.stop():
        stopwatch.hear(event, polled, boottime())
    stopwatch.count()
    assert session.folder is not None
    (recording,) = session.folder.glob("*.flac")
    figures.recorded = _read(hearing, read_audio(recording))
    return figures


def read_as_files(hearing: Hearing, clips: Sequence[Clip]) -> list[str]:
    """Return the words of the clips, recognised as files, one after the other."""
    silence = np.zeros(round(SILENCE_S * SAMPLE_RATE), np.float32)
    words: list[str] = []
    for clip in clips:
        words += _read(hearing, np.concatenate([read_audio(clip.path), silence]))
    return words


def _read(hearing: Hearing, samples: Samples) -> list[str]:
    recogniser = hearing.recogniser("")
    events = [*recogniser.feed(samples), *recogniser.finish()]
    segments = [event.segment for event in events if isinstance(event, FinalResult)]
    return [word.text for segment in segments for word in segment.words]


def report(figures: Figures, clips: Sequence[Clip], from_files: list[str]) -> dict[str, float]:
    """Return the figures under the names of the table."""
    reference = [word for clip in clips for word in clip.words]
    wrong_live = errors(reference, figures.spoken).wrong
    wrong_file = errors(reference, from_files).wrong
    return {
        "clips": len(clips),
        "words": len(reference),
        "words_lost": max(0, wrong_live - wrong_file),
        "errors_live": wrong_live,
        "errors_file": wrong_file,
        "errors_recording": errors(reference, figures.recorded).wrong,
        "tentative_p50_ms": _percentile(figures.tentative, 50),
        "tentative_p95_ms": _percentile(figures.tentative, 95),
        "settled_p95_ms": _percentile(figures.settled, 95),
        "final_p95_ms": _percentile(figures.final, 95),
        "pause_to_final_p95_ms": _percentile(figures.pause_to_final, 95),
        "settled_changed_percent": round(
            100 * figures.changed_words / max(1, figures.settled_words), 2
        ),
        "cpu_percent": round(100 * figures.cpu_s / max(figures.wall_s, 1e-9), 2),
    }


def draw_clips(manifest: Path, count: int, longest_s: float) -> list[Clip]:
    """Choose clips at random, the same ones each time; a short list is gone through again."""
    with manifest.open(encoding="utf-8", newline="") as file:
        rows = [
            row
            for row in csv.DictReader(file, delimiter="\t")
            if float(row["seconds"]) <= longest_s
        ]
    order = random.Random(6)
    chosen = [
        row for _ in range(-(-count // len(rows))) for row in order.sample(rows, len(rows))
    ]
    return [
        Clip(manifest.parent / row["path"], normalise(row["text"]).split())
        for row in chosen[:count]
    ]


def main() -> None:
    """Measure and print."""
    options = _options()
    count, longest_s = (10, 4.0) if options.quick else (options.clips, 20.0)
    clips = draw_clips(options.manifest, count, longest_s)
    engine = Engine(EngineOptions(pack=options.pack, provider="cpu", decoder=options.decoder))
    hearing = engine.hearing
    with VirtualMicrophone(STEADY_MS) as microphone, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        from_files = read_as_files(hearing, clips)
        results = report(
            speak_and_listen(hearing, clips, microphone, folder), clips, from_files
        )
        if options.contention:
            with live_trials.contention():
                busy = speak_and_listen(hearing, clips, microphone, folder)
            found = report(busy, clips, from_files)
            for name in ("words_lost", "errors_live", "errors_recording"):
                results[f"contention_{name}"] = found[name]
        if options.cable:
            results |= live_trials.cable(hearing, microphone, folder, options.cable)
        if options.kill:
            results |= live_trials.kill(options.pack, options.decoder, folder, options.kill)
        if options.soak:
            paths = [clip.path for clip in clips]
            results |= live_trials.soak(hearing, paths, folder, options.soak)
    _show(results)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--quick", action="store_true", help="ten short clips")
    parser.add_argument("--clips", type=int, default=100)
    parser.add_argument("--manifest", type=Path, default=MANIFEST)
    parser.add_argument("--pack", type=Path, default=EMBEDDED)
    parser.add_argument("--decoder", choices=("beam", "greedy"), default="beam")
    parser.add_argument("--contention", action="store_true", help="again, with all cores busy")
    parser.add_argument("--cable", type=int, default=0, metavar="N", help="pull it N times")
    parser.add_argument("--kill", type=int, default=0, metavar="N", help="kill -9 N times")
    parser.add_argument("--soak", type=float, default=0.0, metavar="HOURS", help="of speech")
    return parser.parse_args()


def _show(results: dict[str, float]) -> None:
    for name, value in results.items():
        print(f"{name:28} {value:>12g}")
    print(json.dumps(results))


def _poll(session: Session, stopwatch: Stopwatch) -> None:
    polled = boottime()
    events = session.poll()
    now = boottime()
    for event in events:
        stopwatch.hear(event, polled, now)
    time.sleep(max(0.0, TICK_S - (now - polled)))


def _with_silence(path: Path, folder: Path) -> Path:
    """Write a clip and its silence at the sink's rate: PulseAudio's own resampler is coarse."""
    silence = np.zeros(round(SILENCE_S * SAMPLE_RATE), np.float32)
    sound = np.concatenate([read_audio(path), silence])
    target = folder / "clip.wav"
    soundfile.write(target, soxr.resample(sound, SAMPLE_RATE, RATE), RATE)
    return target


def _percentile(values: Sequence[float], percent: float) -> float:
    return round(float(np.percentile(values, percent)), 1) if values else float("nan")


if __name__ == "__main__":
    main()
