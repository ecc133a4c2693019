"""Memory of the window after three hours of live text, in a few minutes.

    python -m benchmarks.window_memory [--hours 3] [--seconds 60]

A real session of so many seconds is heard through a virtual microphone (PulseAudio), so that
network, decoder and tagger have reached their size. While it still runs, the results of three
hours are handed to the window as that session's are, faster than they would be said: for each
utterance a partial result every 0.3 s, a level and a ledger each tick of 50 ms, and the
final words with the alternatives of real ones; the page shows them all. Words are those of
the pack's language model, as frequent as there, and each is one string however often it is
said, as the recogniser's are. Last, the session is opened in the editor. What is left out is
the sound of the three hours, which a session keeps on disk, and the recogniser, which begins
anew with each utterance. Prints a table of resident memory, and of what of it belongs to no
file, and, last, one JSON line.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import numpy as np
from PySide6.QtWidgets import QApplication

from asr.language.ngram import LanguageModel
from asr.live.events import Event, FinalResult, Ledger, Level, PartialResult
from asr.pack import Pack, PackFile
from asr.transcript import Alternative, PartialText, Segment, Word
from benchmarks.virtual_microphone import VirtualMicrophone, missing
from benchmarks.window import spin, wait, window
from gui.app import AppContext, application_object
from gui.phase import Phase
from gui.workers.live_worker import TICK_MS

CLIPS: Final = Path(__file__).resolve().parents[1] / "tests" / "clips"
WORD_S: Final = 0.36  # 30,000 words in three hours
LEAST: Final = 2  # events of a tick: a level and a ledger
STEP_TICKS: Final = 6  # ticks between two partial results: 0.3 s
ALTERNATIVES: Final = 5  # of a word
DRAWN: Final = 100_000  # words from which is said
CHANGED: Final = 0.3  # of the words have a mark or a capital letter


def main() -> None:
    """Measure, and print a table and a line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--hours", type=float, default=3.0, help="of text")
    parser.add_argument("--seconds", type=float, default=60.0, help="of sound before it")
    options = parser.parse_args()
    if missing():
        sys.exit(missing())
    os.environ.setdefault("QT_QPA_PLATFORM", "" if "DISPLAY" in os.environ else "offscreen")
    words = likely_words()
    with ExitStack() as stage:
        home = Path(stage.enter_context(tempfile.TemporaryDirectory()))
        os.environ.update(EARSHOT_HOME=str(home), XDG_CONFIG_HOME=str(home))
        microphone = stage.enter_context(VirtualMicrophone())
        application = application_object()
        context = stage.enter_context(window(application, home))
        figures = measure(
            application, context, microphone, words, options.hours, options.seconds
        )
    for name, value in figures.items():
        print(f"{name:44}{value:10.1f}")
    print(json.dumps(figures))


def measure(
    application: QApplication,
    context: AppContext,
    microphone: VirtualMicrophone,
    vocabulary: Sequence[str],
    hours: float,
    seconds: float,
) -> dict[str, float]:
    """Return MB after each stage."""
    figures: dict[str, float] = {}
    context.controller.load()
    context.window.librarian.open_library()
    wait(application, lambda: context.controller.phase is Phase.READY)
    figures["ready, MB"] = resident("VmRSS")
    figures["ready, its own MB"] = resident("RssAnon")
    context.controller.toggle()
    wait(application, lambda: context.controller.phase is Phase.LISTENING)
    clips = sorted(CLIPS.glob("*-*-*.opus"))
    while seconds > 0:
        with microphone.start_speaking(clips[int(seconds) % len(clips)]):
            seconds -= sum(spin(application, 6.0)) / 1000
    figures["after the sound, MB"] = resident("VmRSS")
    figures["after the sound, its own MB"] = resident("RssAnon")
    n_words = 0
    for tick in ticks(hours * 3600, vocabulary):
        context.dispatcher.on_happened(tick)
        n_words += sum(len(one.segment.words) for one in tick if isinstance(one, FinalResult))
        if len(tick) > LEAST:  # the text is another: the page is painted
            application.processEvents()
    figures["words"] = n_words
    figures["after the text, MB"] = resident("VmRSS")
    figures["after the text, its own MB"] = resident("RssAnon")
    context.window.actions_["edit"].trigger()
    wait(application, lambda: context.window.editor.entry)
    spin(application, 3.0)
    assert len(context.window.editor.view.toPlainText().split()) >= n_words
    figures["in the editor, MB"] = resident("VmRSS")
    figures["in the editor, its own MB"] = resident("RssAnon")
    context.controller.toggle()
    wait(application, lambda: context.controller.phase is Phase.READY)
    figures["at most, MB"] = resident("VmHWM")
    return figures


def likely_words() -> list[str]:
    """Draw words as the pack's language model would say them, before anything is measured."""
    model = LanguageModel.open(Pack.open().path(PackFile.N_GRAM))
    shares = np.exp(model.unigrams.astype(np.float64))
    shares[[model.begin, model.end, model.unknown]] = 0
    chance = np.random.default_rng(1)
    drawn = chance.choice(len(shares), DRAWN, p=shares / shares.sum())
    return [model.words[place] for place in drawn.tolist()]


def ticks(seconds: float, vocabulary: Sequence[str]) -> Iterator[tuple[Event, ...]]:
    """Yield the events of each tick, as the recogniser tells them."""
    chance = random.Random(1)
    now, begun = 0.0, 0.0
    said: list[Word] = []
    length = chance.randint(5, 25)
    number = 0
    while now < seconds:
        now += TICK_MS / 1000
        number += 1
        events: list[Event] = [Level(chance.random(), chance.random() / 3)]
        if number % STEP_TICKS == 0:
            texts = tuple(word.text for word in said)
            events.append(PartialResult(PartialText(texts[:-2], texts[-2:])))
        while begun + len(said) * WORD_S < now:
            said.append(word(chance, vocabulary, begun + len(said) * WORD_S))
        if len(said) >= length:
            events.append(FinalResult(Segment(tuple(said), said[0].start, said[-1].end)))
            begun, said, length = said[-1].start + WORD_S, [], chance.randint(5, 25)
        events.append(Ledger(now, now - 0.5))
        yield tuple(events)


def word(chance: random.Random, vocabulary: Sequence[str], start: float) -> Word:
    """Return a word with its alternatives; some are shown as they were not heard."""
    text, *others = chance.choices(vocabulary, k=1 + ALTERNATIVES)
    alternatives = tuple(Alternative(other, chance.random()) for other in others)
    display = f"{text.title()}," if chance.random() < CHANGED else None
    return Word(text, start, start + 0.3, chance.random() ** 0.2, alternatives, display)


def resident(key: str) -> float:
    """Return memory of this process in MB.

    Args:
        key: `VmRSS` for all of it, `RssAnon` for what belongs to no file, `VmHWM` at most.
    """
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(key):
            return int(line.split()[1]) / 1024
    raise ValueError(f"{key} is not told")


if __name__ == "__main__":
    main()
