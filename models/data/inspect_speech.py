"""Know the speech that is trained on, and list the utterances that would teach wrong things.

    python -m models.data.inspect_speech DATA/train.tsv --output models/experiments/left_out.tsv

prints a table of the corpora and writes the list that `data.left_out` names. Listed is
what is wrong, not what is hard: accents, children and noise stay. The reasons:

    silent      nothing loud in it, and hardly a phone is heard
    clipped     many samples are at full scale
    too fast    more phones than a mouth can say in the time
    cut off     loud up to the edge, and the phones at that edge are not there
    said twice  the text's phones fit better when they are laid over the sound twice
    other text  foreign phones fit as well, in a voice that is heard well otherwise

The thresholds were chosen on the train list, where what lies beyond them was read by the
beam search and compared with its text, under a network that was trained on that list.
"""

from __future__ import annotations

import argparse
import csv
import logging
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from statistics import median
from typing import Any, Final

import numpy as np

from asr.acoustic import AcousticGraph
from asr.errors import ConfigError
from asr.pack import EMBEDDED, Pack
from models.acoustic.config import DataConfig
from models.data.batches import plan
from models.data.corpus import Corpus
from models.data.speech_measures import (
    Fit,
    SoundMeasures,
    TextDoubts,
    find_doubts,
    measure_fit,
    measure_sound,
)
from models.loop import commands

log = logging.getLogger(__name__)

DICTIONARIES: Final = ("cmudict/cmudict.dict", "models/experiments/pronunciations.tsv")
BATCH_SECONDS: Final = 100.0
MARKED: Final = 1e-3  # share of clipped samples that the table counts

SILENT: Final = -60.0  # dBFS of the loudest pieces
HEARD: Final = 0.25  # of the phones; fewer are hardly any
CLIPPED: Final = 0.05  # of the samples; up to 1.6 % was well understood
FASTEST: Final = 20.0  # phones a second; the fastest that is understood has 15.5
DOUBTFUL: Final = 1.2  # nats a phone behind; the closer tests are for these
TWICE: Final = 10.0  # nats won by saying the text twice
UNSAID: Final = 6.5  # nats a phone; slurred and foreign speech stays below 6
LOUD_EDGE: Final = -20.0  # dB; a speaker who stops is quieter than that at once
FOREIGN: Final = 0.07  # of the foreign texts
FAR_BEHIND: Final = 2.0  # nats a phone
UNUSUAL: Final = 4.0  # times the speaker's median of nats behind
KNOWN: Final = 5  # utterances that make a speaker's median; else it is the corpus's


@dataclass(frozen=True, slots=True)
class Inspected:
    """One utterance; no fit where a word's pronunciation is not known."""

    path: str  # as the manifest has it
    speaker: str
    sound: SoundMeasures
    fit: Fit | None
    doubts: TextDoubts = TextDoubts()

    @property
    def corpus(self) -> str:
        """The folder that it lies in."""
        return Path(self.path).parent.name or "."


def inspect(corpus: Corpus, folder: Path, graph: AcousticGraph) -> Iterator[Inspected]:
    """Measure the utterances of a corpus, shortest first; `folder` is the manifest's."""
    known = [one.phones for one in corpus.targets if len(one.phones)]
    pool = np.concatenate(known) if known else np.empty(0, np.int64)
    for one in plan(corpus.lengths, BATCH_SECONDS, epoch=0, seed=1, sort=True):
        sounds = [corpus.sounds[number] for number in one.utterances]
        heard = graph.batch(sounds)
        for number, samples, rows in zip(one.utterances, sounds, heard, strict=True):
            utterance, phones = corpus.utterances[number], corpus.targets[number].phones
            sound = measure_sound(samples)
            fit = measure_fit(rows.phones, phones, sound.seconds) if len(phones) else None
            doubts = TextDoubts()
            if fit and np.isfinite(fit.loss) and fit.behind > DOUBTFUL:
                generator = np.random.default_rng((1, number))
                doubts = find_doubts(rows.phones, phones, pool, generator)
            path = utterance.path.relative_to(folder).as_posix()
            yield Inspected(path, utterance.speaker, sound, fit, doubts)


def usual(found: Iterable[Inspected]) -> dict[str, float]:
    """Nats behind that are usual, by path: for the speaker, or for the corpus."""
    speakers: dict[str, list[float]] = defaultdict(list)
    corpora: dict[str, list[float]] = defaultdict(list)
    fitted = [(one, one.fit) for one in found if one.fit]
    for one, fit in fitted:
        speakers[one.speaker].append(fit.behind)
        corpora[one.corpus].append(fit.behind)
    values: dict[str, float] = {}
    for one, _ in fitted:
        own = speakers[one.speaker]
        values[one.path] = median(own if len(own) >= KNOWN else corpora[one.corpus])
    return values


def judge(one: Inspected, usual_behind: float) -> str:
    """Return the reason for which an utterance should not be trained on, or nothing."""
    sound, fit, doubts = one.sound, one.fit, one.doubts
    if sound.clipped > CLIPPED:
        return "clipped"
    if sound.loud < SILENT and (fit is None or fit.heard < HEARD):
        return "silent"
    if fit is None:
        return ""
    if fit.rate > FASTEST or not np.isfinite(fit.loss):
        return "too fast"
    if doubts.twice > TWICE:
        return "said twice"
    starts = sound.first > LOUD_EDGE and doubts.unsaid_start > UNSAID
    if starts or (sound.last > LOUD_EDGE and doubts.unsaid_end > UNSAID):
        return "cut off"
    far = fit.behind > max(FAR_BEHIND, UNUSUAL * usual_behind)
    return "other text" if far and doubts.rivals >= FOREIGN else ""


def reasons(found: Sequence[Inspected]) -> dict[str, str]:
    """Judge all; the reasons by path, of those that have one."""
    behind = usual(found)
    judged = ((one.path, judge(one, behind.get(one.path, 0.0))) for one in found)
    return {path: reason for path, reason in judged if reason}


def write_list(path: Path, found: Iterable[Inspected], why: Mapping[str, str]) -> None:
    """Write utterances with their reasons and measures, sorted by path."""
    names = [entry.name for kind in (SoundMeasures, Fit, TextDoubts) for entry in fields(kind)]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter="\t", lineterminator="\n")
        writer.writerow(["path", "reason", *names])
        for one in sorted(found, key=lambda one: one.path):
            values = asdict(one.sound) | asdict(one.doubts)
            values |= asdict(one.fit) if one.fit else {}
            cells = [_cell(values.get(name)) for name in names]
            writer.writerow([one.path, why.get(one.path, ""), *cells])


def table(found: Iterable[Inspected], why: Mapping[str, str]) -> str:
    """Describe the corpora in Markdown."""
    corpora: dict[str, list[Inspected]] = defaultdict(list)
    for one in found:
        corpora[one.corpus].append(one)
    lines = [
        "| corpus | utterances | hours | speakers | clipped | SNR, dB | phones wrong "
        "| left out |",
        "|---|---|---|---|---|---|---|---|",
        *(_line(name, corpora[name], why) for name in sorted(corpora)),
    ]
    everything = [one for part in corpora.values() for one in part]
    return "\n".join([*lines, _line("all", everything, why)])


def _line(name: str, part: Sequence[Inspected], why: Mapping[str, str]) -> str:
    speakers = {one.speaker for one in part if not one.speaker.endswith(":unknown")}
    rates = [one.fit.phone_error for one in part if one.fit]
    out = [one for one in part if one.path in why]
    minutes = sum(one.sound.seconds for one in out) / 60
    cells = (
        name,
        f"{len(part):,}",
        f"{sum(one.sound.seconds for one in part) / 3600:.2f}",
        f"{len(speakers)}" if speakers else "unknown",
        f"{sum(one.sound.clipped > MARKED for one in part)}",
        f"{median(one.sound.snr for one in part):.0f}",
        f"{median(rates):.1%}" if rates else "",
        f"{len(out)} ({minutes:.1f} min)" if out else "0",
    )
    return f"| {' | '.join(cells)} |"


def _cell(value: Any) -> str:
    return "" if value is None else f"{value:.5g}"


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a table of a manifest's corpora and list what should not be trained on."""
    parser = argparse.ArgumentParser(
        "python -m models.data.inspect_speech", description=main.__doc__
    )
    parser.add_argument("manifests", nargs="+", type=Path, help="of one folder")
    parser.add_argument("--pack", type=Path, default=EMBEDDED)
    parser.add_argument("--output", type=Path, help="the list of what is wrong")
    parser.add_argument("--measures", type=Path, help="the same of every utterance")
    parser.add_argument("--dictionary", action="append", help="beside the manifest, or here")
    options = parser.parse_args(arguments)
    for path in filter(None, (options.output, options.measures)):
        if not path.parent.is_dir():  # said before hours of reading
            parser.error(f"There is no folder {path.parent} to write {path.name} into.")
    found = _inspect_manifests(options.manifests, options.pack, options.dictionary)
    why = reasons(found)
    if options.measures:
        write_list(options.measures, found, why)
    if options.output:
        write_list(options.output, (one for one in found if one.path in why), why)
    sys.stdout.write(table(found, why) + "\n")


def _inspect_manifests(
    manifests: Sequence[Path], pack: Path, dictionaries: Sequence[str] | None
) -> list[Inspected]:
    folder = manifests[0].parent
    if any(one.parent != folder for one in manifests):
        raise ConfigError("The manifests must lie in one folder: the list has paths in it.")
    config = DataConfig(
        folder=str(folder),
        train=tuple(one.name for one in manifests),
        dictionaries=tuple(dictionaries or DICTIONARIES),
        noise="",
    )
    return list(inspect(Corpus(config, seed=1), folder, AcousticGraph(Pack.open(pack))))


if __name__ == "__main__":
    commands.run(main)
