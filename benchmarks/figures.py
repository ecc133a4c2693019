"""The figures of the model card, measured again.

    python benchmarks/figures.py --data FOLDER [--lists dev|test] [--write CARD.md]

Error rates by list, mode and decoder; under noise, far away and by telephone; 8 bits
against 32; live windows of other shapes; words heard where nobody speaks; speed. Prints
Markdown and, last, one JSON line; `--write` puts the Markdown between the card's markers.
The test lists are for final figures: nothing may be chosen by them.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
import torch

from asr.acoustic import AcousticGraph, steps
from asr.audio import SAMPLE_RATE, Samples
from asr.audio.files import read_audio
from asr.decoding import Decoder
from asr.decoding.beam_search import Pruned
from asr.decoding.greedy import GreedyDecoder
from asr.emissions import Emissions
from asr.engine import open_beam
from asr.errors import AsrError
from asr.evaluation.evaluate import Hear, Report, read_utterances, summarise
from asr.evaluation.manifest import Utterance, read_manifest
from asr.live.events import FinalResult
from asr.live.recogniser import Recogniser
from asr.live_graph import LiveGraph
from asr.pack import EMBEDDED, Pack, PackFile
from asr.window import Window
from export.reproduce import WEIGHTS
from models.acoustic.features import HOP
from models.acoustic.network import FRAME, AcousticModel
from models.data import augmentation
from models.loop.checkpoint import load_checkpoint

LISTS: Final = ("libri", "cv", "accent")
LOOKAHEADS: Final = (4, 8, 12, 16, 24, 32)  # frames of 40 ms
CONTEXTS: Final = (8, 16, 32, 64)
MARKS: Final = {
    "dev": ("<!-- figures -->", "<!-- end of figures -->"),
    "test": ("<!-- test -->", "<!-- end of test -->"),
}


class Bench:
    """A pack with its decoders, and the lists to measure it on."""

    def __init__(self, pack: Path, data: Path, kind: str, some: int) -> None:
        self.pack = Pack.open(pack)
        self.small = AcousticGraph(self.pack)
        self.carried = LiveGraph(self.pack) if self.pack.has(PackFile.LIVE) else None
        self.greedy = GreedyDecoder(self.pack.letters, frame_seconds=self.pack.frame_seconds)
        self.beam = open_beam(self.pack)
        self.live = Pruned(self.beam, self.pack.live)
        self.lists = {name: read_manifest(data / f"{kind}-{name}.tsv") for name in LISTS}
        self.some = self.lists["libri"][:some]  # for what needs many passes
        folders = (data / "noise" / name for name in ("esc10", "speechcommands"))
        self.rooms = sorted(path for folder in folders for path in folder.glob("*.opus"))
        self.kind = kind
        self.found: dict[str, float] = {}

    def heard_live(self, window: Window | None = None, *, windows: bool = False) -> Hear:
        """What hears as a live session does; through windows if it is told to, or must."""
        window = window or self.pack.window
        if self.carried and not windows:
            return partial(self.carried.steps, window=window)
        return partial(steps, self.small, window=window)

    def measure(
        self,
        name: str,
        utterances: list[Utterance],
        hear: Hear | None = None,
        decoder: Decoder | None = None,
        change: Callable[[Samples], Samples] = lambda samples: samples,
    ) -> Report:
        """Count errors, and keep the word error rate under a name."""
        found = summarise(
            list(read_utterances(utterances, hear or self.small, decoder or self.beam, change))
        )
        self.found[name] = round(found.wer, 5)
        return found


def main() -> None:
    """Measure, print, and maybe write into the card."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--pack", type=Path, default=EMBEDDED)
    parser.add_argument("--weights", type=Path, default=WEIGHTS / "en.pt")
    parser.add_argument("--lists", choices=("dev", "test"), default="dev")
    parser.add_argument("--some", type=int, default=30, help="utterances for the conditions")
    parser.add_argument("--write", type=Path, metavar="CARD.md")
    options = parser.parse_args()
    start, end = MARKS[options.lists]
    card = options.write.read_text(encoding="utf-8") if options.write else start + end
    if not 0 <= card.find(start) < card.find(end):
        parser.error(f"{options.write} has no place for the figures: «{start}» and «{end}».")
    bench = Bench(options.pack, options.data, options.lists, options.some)
    parts = [by_list(bench)]
    if options.lists == "dev":
        network = load_checkpoint(options.weights).model()
        parts += [conditions(bench), bits(bench, partial(heard_by, network))]
        parts += [windows(bench), nobody(bench), speed(bench)]
    text = "\n\n".join(parts)
    print(text)
    if options.write:
        before, _, rest = card.partition(start)
        _, _, after = rest.partition(end)
        options.write.write_text(f"{before}{start}\n{text}\n{end}{after}", encoding="utf-8")
    print(json.dumps(bench.found))


def markdown_table(title: str, head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """Markdown."""
    lines = [head, tuple("---" for _ in head), *rows]
    return f"### {title}\n\n" + "\n".join("| " + " | ".join(line) + " |" for line in lines)


def by_list(bench: Bench) -> str:
    """Each list, offline and live, with and without the language model."""
    rows = []
    for name, utterances in bench.lists.items():
        full = bench.measure(f"{name} offline", utterances)
        settled = bench.measure(f"{name} live", utterances, bench.heard_live(), bench.live)
        letters = bench.measure(f"{name} greedy", utterances, decoder=bench.greedy)
        low, high = full.wer_interval
        spread = f"{full.speaker_wer_lowest:.1%} to {full.speaker_wer_highest:.1%}"
        rows.append(
            (
                f"{bench.kind}-{name}",
                f"{full.utterances}, {full.words}",
                f"{full.wer:.1%} ({low:.1%} to {high:.1%})",
                f"{full.cer:.1%}",
                f"{settled.wer:.1%}",
                f"{letters.wer:.1%}",
                f"{letters.cer:.1%}",
                f"{spread} ({full.speakers})",
            )
        )
    head = (
        "list",
        "utterances, words",
        "WER (95 %)",
        "CER",
        "WER live",
        "WER greedy",
        "CER greedy",
    )
    return markdown_table("Error rates", (*head, "WER by speaker"), rows)


def conditions(bench: Bench) -> str:
    """The same utterances made worse."""
    spread = bench.rooms[:: max(1, len(bench.rooms) // 60)]  # some of every kind
    noise = np.concatenate([read_audio(path) for path in spread if is_readable(path)])

    def noisy(samples: Samples, snr: float) -> Samples:
        chance = np.random.default_rng(len(samples))  # the same noise for each level
        places = np.arange(len(samples)) + chance.integers(len(noise))
        stretch = torch.from_numpy(np.take(noise, places, mode="wrap"))[None]
        speech = torch.from_numpy(samples)[None]
        return augmentation.with_noise(speech, stretch, torch.tensor([snr]))[0].numpy()

    def far(samples: Samples) -> Samples:
        response = augmentation.room_responses(1, torch.Generator().manual_seed(len(samples)))
        return augmentation.in_room(torch.from_numpy(samples)[None], response)[0].numpy()

    def narrowed(samples: Samples) -> Samples:
        return augmentation.narrowed(torch.from_numpy(samples)[None])[0].numpy()

    changes: dict[str, Callable[[Samples], Samples]] = {
        "as recorded": lambda samples: samples,
        "noise at 20 dB": partial(noisy, snr=20.0),
        "noise at 10 dB": partial(noisy, snr=10.0),
        "noise at 5 dB": partial(noisy, snr=5.0),
        "far, in a room": far,
        "telephone band": narrowed,
        "20 dB softer": lambda samples: samples * np.float32(0.1),
    }
    rows = []
    for name, change in changes.items():
        found = bench.measure(name, bench.some, change=change)
        ratio = found.wer / max(bench.found["as recorded"], 1e-9)
        rows.append((name, f"{found.wer:.1%}", f"{found.cer:.1%}", f"{ratio:.2f}"))
    title = f"Conditions (first {len(bench.some)} of {bench.kind}-libri)"
    return markdown_table(title, ("condition", "WER", "CER", "times clean"), rows)


def is_readable(path: Path) -> bool:
    """Whether a noise can be decoded; a few of the corpus cannot."""
    try:
        return bool(len(read_audio(path)))
    except AsrError:
        return False


def bits(bench: Bench, exact: Hear) -> str:
    """8 bits against 32: of the weights and what they are multiplied with, or of them alone.

    `exact` is what the pack's graphs were made of, in 32 bits.
    """
    in_floats = AcousticGraph(bench.pack, graph=PackFile.ACOUSTIC)
    rows = []
    for name, utterances in bench.lists.items():
        whole = bench.measure(f"{name} fp32", utterances, exact).wer
        wide = bench.measure(f"{name} in floats", utterances, in_floats).wer
        small = bench.found[f"{name} offline"]
        rates = [f"{rate:.2%}" for rate in (small, wide, whole)]
        rows.append((name, *rates, f"{100 * (small - whole):+.2f}"))
    head = ("list", "int8", "int8 weights in floats", "fp32", "points")
    return markdown_table("8 bits against 32", head, rows)


@torch.inference_mode()
def heard_by(network: AcousticModel, samples: Samples) -> Emissions:
    """Score (n,) samples in torch, as the graph does."""
    padded = np.pad(samples, (0, -len(samples) % FRAME))[None]
    frames = torch.tensor([-(-len(samples) // HOP)])
    heads = network(network.features(torch.from_numpy(padded)), frames)
    return Emissions(heads.phones[0].numpy(), heads.letters[0].numpy())


def windows(bench: Bench) -> str:
    """A carried state with other lookaheads, and windows of other contexts in its place."""
    usual = bench.pack.window
    shapes = [
        (replace(usual, lookahead=frames), bench.carried is None) for frames in LOOKAHEADS
    ]
    shapes += [(replace(usual, context=frames), True) for frames in CONTEXTS]
    offline = bench.measure("whole", bench.some)
    rows = []
    for shape, cut in shapes:
        context = f"{shape.context * 0.04:.2f}" if cut else "all, carried"
        found = bench.measure(
            f"context {context}, lookahead {shape.lookahead}",
            bench.some,
            bench.heard_live(shape, windows=cut),
            bench.live,
        )
        worse = found.wer / offline.wer - 1
        ahead = f"{shape.lookahead * 0.04:.2f}"
        rows.append((context, ahead, f"{found.wer:.1%}", f"{worse:+.0%}"))
    title = f"Live, step {usual.step * 0.04:.2f} s (first {len(bench.some)})"
    return markdown_table(title, ("context, s", "lookahead, s", "WER", "against offline"), rows)


def nobody(bench: Bench, minutes: int = 10) -> str:
    """Words written where nobody speaks, by the live recogniser."""
    rows = []
    for name, sound in quiet_sounds(bench, minutes):
        recogniser = Recogniser(
            bench.small,
            bench.live,
            live=bench.carried,
            final_decoder=bench.beam,
            window=bench.pack.window,
        )
        events = []
        for second in range(0, len(sound), SAMPLE_RATE):
            events += recogniser.feed(sound[second : second + SAMPLE_RATE])
        events += recogniser.finish()
        words = sum(len(e.segment.words) for e in events if isinstance(e, FinalResult))
        bench.found[f"words a minute, {name}"] = words / minutes
        rows.append((name, str(words), f"{words / minutes:.1f}"))
    return markdown_table(f"{minutes} minutes of", ("sound", "words", "a minute"), rows)


def quiet_sounds(bench: Bench, minutes: int) -> Iterator[tuple[str, Samples]]:
    """Silence, white noise, a room's noise, and chords."""
    chance = np.random.default_rng(0)
    n = minutes * 60 * SAMPLE_RATE
    yield "digital silence", np.zeros(n, np.float32)
    yield "white noise", (0.03 * chance.standard_normal(n)).astype(np.float32)
    kinds = ("rain", "fire", "helicopter", "sea", "running", "exercise", "doing", "clock")
    chosen = [path for path in bench.rooms if path.name.startswith(kinds)]
    room = np.concatenate([read_audio(path) for path in chosen])
    yield "room noise", np.resize(room, n)
    yield "chords", chords(n, chance)


def chords(n: int, chance: np.random.Generator) -> Samples:
    """Music of a kind: a chord each half second, with overtones that fade."""
    beat = SAMPLE_RATE // 2
    time_s = np.arange(beat) / SAMPLE_RATE
    out = []
    for _ in range(-(-n // beat)):
        roots = 110 * 2 ** (chance.integers(0, 24, 3) / 12)
        tones = [
            np.sin(2 * np.pi * root * k * time_s) / k**1.5
            for root in roots
            for k in range(1, 7)
        ]
        out.append(0.05 * np.sum(tones, axis=0) * np.exp(-2 * time_s))
    return np.concatenate(out)[:n].astype(np.float32)


def speed(bench: Bench) -> str:
    """Live sound on one core; whole utterances on two."""
    sound = np.concatenate([read_audio(one.path) for one in bench.some[:10]])
    seconds = len(sound) / SAMPLE_RATE
    hear = bench.heard_live()
    start = time.perf_counter()
    for _ in hear(sound):
        pass
    live = 1000 * (time.perf_counter() - start) / seconds
    pair = AcousticGraph(bench.pack, threads=2)
    pieces = [sound[i : i + 20 * SAMPLE_RATE] for i in range(0, len(sound), 20 * SAMPLE_RATE)]
    start = time.perf_counter()
    for piece in pieces:
        pair(piece)
    offline = seconds / (time.perf_counter() - start)
    start = time.perf_counter()
    decoding = bench.beam.start()
    decoding.feed(bench.small(sound))
    decoding.finish()
    decoded = 1000 * (time.perf_counter() - start) / seconds
    bench.found.update(live_ms=live, offline_times=offline, beam_ms=decoded)
    return markdown_table(
        "Speed",
        ("what", "figure"),
        [
            ("network live, one core, 8 bits, ms a second of sound", f"{live:.1f}"),
            ("network offline, two cores, 8 bits, times real time", f"{offline:.0f}"),
            ("network and beam offline, one core, ms a second of sound", f"{decoded:.1f}"),
        ],
    )


if __name__ == "__main__":
    main()
