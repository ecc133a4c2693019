r"""Texts for speech that has none: a teacher's, or what the recogniser itself is sure of.

    python -m models.data.pseudo_labels DATA/speech/untold --data DATA \
        --apart-from DATA/dev-*.tsv DATA/test-*.tsv --teacher WHISPER_FOLDER \
        --output models/experiments/teacher.tsv

Self-training, Kahn, Lee & Hannun (2020), arXiv:1909.09116: a network learns from more
voices when guesses of what they say are taken for their texts, as long as the doubtful ones
are left out. A better network's guesses are better lessons: `--teacher` reads the clips with a
Whisper model in the form of faster-whisper (the extra «label»), and our own reading beside it
tells which of them are doubtful. The list is a manifest for `data.extra` of a training's
configuration.
"""

from __future__ import annotations

import argparse
import csv
import logging
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from asr.atomic import write_atomically
from asr.audio import SAMPLE_RATE
from asr.audio.files import read_audio
from asr.engine import Engine, EngineOptions
from asr.errors import ConfigError, DecodeError, ManifestError
from asr.evaluation.error_rate import errors
from asr.evaluation.manifest import COLUMNS, read_manifest
from asr.pack import EMBEDDED
from asr.text import normalise
from models.loop import commands

log = logging.getLogger(__name__)

SUFFIXES: Final = {".mp3", ".opus", ".wav", ".flac", ".ogg"}
SURE: Final = 0.65  # mean confidence of the words; their phones are right more often
FEWEST: Final = 3  # words; what is shorter is often a cough that was read as a word
SHORTEST, LONGEST = 1.0, 16.0  # seconds
APART: Final = 50  # numbers of Common Voice: clips so near are often of one speaker

FASTEST: Final = 24.0  # letters a second of a teacher's text; more is invented
UNLIKE: Final = 0.75  # of a teacher's words that we read otherwise: doubtful, if …
UNSURE: Final = -0.6  # … its mean log probability a token is below this
REPEATED: Final = 3  # times that a teacher's words come on average, at most

_NUMBER: Final = re.compile(r"common_voice_\w+?_(\d+)")


@dataclass(frozen=True, slots=True)
class Guess:
    """A clip as the recogniser reads it; `confidence` is the mean of its words."""

    path: Path
    text: str
    confidence: float
    seconds: float

    def is_sure(self, least: float) -> bool:
        """Whether it may be taken for the clip's text."""
        return (
            self.confidence >= least
            and len(self.text.split()) >= FEWEST
            and SHORTEST <= self.seconds <= LONGEST
        )


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a teacher makes of a clip, beside our own guess."""

    guess: Guess
    text: str  # with its case and punctuation
    score: float  # mean log probability a token

    def is_plausible(self) -> bool:
        """Whether it may be taken for the clip's text."""
        words = normalise(self.text).split()
        if len(words) < 2 or not SHORTEST <= self.guess.seconds <= LONGEST:
            return False
        if len(" ".join(words)) / self.guess.seconds > FASTEST:
            return False
        if len(words) > REPEATED * len(set(words)):
            return False
        unlike = errors(words, normalise(self.guess.text).split()).rate
        return unlike <= UNLIKE or self.score >= UNSURE


def apart(paths: Iterable[Path], held_out: Iterable[Path]) -> list[Path]:
    """Leave out held-out clips, and Common Voice's that are near one.

    Common Voice numbers clips as they come in, so that neighbours are often one speaker's,
    and a speaker who is held out must not be learned.
    """
    held_out = list(held_out)
    stems = {path.stem for path in held_out}
    numbers = sorted(number for path in held_out if (number := _number(path)) is not None)
    return [
        path
        for path in paths
        if path.stem not in stems and not _is_near(_number(path), numbers)
    ]


def _number(path: Path) -> int | None:
    found = _NUMBER.fullmatch(path.stem)
    return int(found[1]) if found else None


def _is_near(number: int | None, numbers: Sequence[int]) -> bool:
    if number is None:
        return False
    place = bisect_left(numbers, number - APART)
    return place < len(numbers) and numbers[place] <= number + APART


class _Reader:
    """The recogniser of one process."""

    engine: Engine

    @classmethod
    def load(cls, pack: Path) -> None:
        cls.engine = Engine(EngineOptions(pack=pack, provider="cpu"))

    @classmethod
    def read(cls, path: Path) -> Guess:
        try:
            samples = read_audio(path)
        except DecodeError as error:
            log.info("left out: %s", error)
            return Guess(path, "", 0.0, 0.0)
        seconds = len(samples) / SAMPLE_RATE
        if not SHORTEST <= seconds <= LONGEST:
            return Guess(path, "", 0.0, seconds)
        decoding = cls.engine.decoder.start()
        decoding.feed(cls.engine.graph(samples))
        words = decoding.finish()
        mean = sum(word.confidence for word in words) / max(1, len(words))
        return Guess(path, " ".join(word.text for word in words), mean, seconds)


def read_clips(paths: Sequence[Path], pack: Path) -> list[Guess]:
    """Recognise clips on all cores, in their order. Raises PackError."""
    Engine(EngineOptions(pack=pack, provider="cpu"))  # what is wrong with it is told once
    with ProcessPoolExecutor(initializer=_Reader.load, initargs=(pack,)) as pool:
        return list(pool.map(_Reader.read, paths, chunksize=16))


def teach(guesses: Iterable[Guess], teacher: Path) -> Iterator[Lesson]:
    """Let a Whisper model read clips too, with a beam of 1, on all cores.

    Raises:
        ConfigError: faster-whisper is not installed, or cannot use the model.
    """
    try:
        from faster_whisper import WhisperModel
    except ImportError as error:
        raise ConfigError(
            "A teacher needs faster-whisper: pip install 'earshot[label]', then "
            "pip install --no-deps faster-whisper."
        ) from error
    if not (teacher / "model.bin").is_file():
        raise ConfigError(f"{teacher} holds no model of faster-whisper (model.bin).")
    try:
        model = WhisperModel(str(teacher), device="cpu", compute_type="int8")
    except (RuntimeError, ValueError, OSError) as error:
        raise ConfigError(f"The teacher in {teacher} cannot be used: {error}.") from error
    for guess in guesses:
        if not SHORTEST <= guess.seconds <= LONGEST:
            continue
        parts, _ = model.transcribe(
            read_audio(guess.path), language="en", beam_size=1, temperature=0.0
        )
        heard = list(parts)
        text = " ".join(part.text.strip() for part in heard)
        mean = sum(part.avg_logprob for part in heard) / max(1, len(heard))
        yield Lesson(guess, text, mean)


def lessons(guesses: Sequence[Guess], teacher: Path) -> list[Guess]:
    """Guesses with a teacher's text in the place of ours, where that is plausible."""
    kept = [one for one in teach(guesses, teacher) if one.is_plausible()]
    return [replace(one.guess, text=" ".join(one.text.split())) for one in kept]


def write_manifest(path: Path, guesses: Iterable[Guess], data: Path) -> None:
    """Write guesses as a manifest with paths relative to `data`. Raises ManifestError."""
    try:
        with (
            write_atomically(path) as draft,
            draft.open("w", encoding="utf-8", newline="") as file,
        ):
            writer = csv.writer(
                file,
                delimiter="\t",
                lineterminator="\n",
                quoting=csv.QUOTE_NONE,
                quotechar=None,
            )
            writer.writerow(COLUMNS)
            for one in guesses:
                name = one.path.relative_to(data).as_posix()
                speaker = f"{one.path.parent.name}:unknown"
                writer.writerow([name, one.text, speaker, f"{one.seconds:.2f}"])
    except (OSError, csv.Error) as error:
        raise ManifestError(f"The list {path} could not be written: {error}.") from error


def label(
    folder: Path,
    data: Path,
    output: Path,
    *,
    held_out: Sequence[Path],
    pack: Path,
    sure: float,
    teacher: Path | None = None,
) -> None:
    """List the clips of a folder with a teacher's texts, or those we are sure of.

    What is wrong with the arguments is told before hours of reading.

    Raises:
        ManifestError: The folder is not within `data` or holds no clip, nothing is sure, or
            a list cannot be read or written.
        PackError: The pack cannot be used.
        ConfigError: The teacher cannot be used.
    """
    folder, data = folder.resolve(), data.resolve()
    if not folder.is_relative_to(data):
        raise ManifestError(f"The clips must lie within {data}; {folder} does not.")
    if not output.parent.is_dir():
        raise ManifestError(f"There is no folder {output.parent} to write {output.name} into.")
    clips = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    chosen = apart(clips, [one.path for path in held_out for one in read_manifest(path)])
    if not chosen:
        raise ManifestError(f"There is no clip to read in {folder}.")
    read = read_clips(chosen, pack)
    found = lessons(read, teacher) if teacher else [one for one in read if one.is_sure(sure)]
    if not found:
        raise ManifestError(f"Of {len(chosen)} clips none is sure enough; try a lower --sure.")
    write_manifest(output, found, data)
    hours = sum(one.seconds for one in found) / 3600
    log.info("%d clips, %d read, %d sure: %.1f h", len(clips), len(chosen), len(found), hours)


def main(arguments: Sequence[str] | None = None) -> None:
    """List the clips of a folder with a teacher's texts, or those we are sure of."""
    parser = argparse.ArgumentParser(
        "python -m models.data.pseudo_labels", description=main.__doc__
    )
    parser.add_argument("folder", type=Path, help="of clips, within the data folder")
    parser.add_argument("--data", type=Path, required=True, help="what paths are relative to")
    parser.add_argument("--apart-from", type=Path, nargs="*", default=[], metavar="LIST.tsv")
    parser.add_argument("--pack", type=Path, default=EMBEDDED)
    parser.add_argument("--sure", type=float, default=SURE, help="mean confidence, 0 to 1")
    parser.add_argument("--teacher", type=Path, metavar="FOLDER", help="of faster-whisper")
    parser.add_argument("--output", type=Path, required=True, metavar="LIST.tsv")
    options = parser.parse_args(arguments)
    logging.getLogger("faster_whisper").setLevel(logging.WARNING)  # it tells of each clip
    label(
        options.folder,
        options.data,
        options.output,
        held_out=options.apart_from,
        pack=options.pack,
        sure=options.sure,
        teacher=options.teacher,
    )


if __name__ == "__main__":
    commands.run(main)
