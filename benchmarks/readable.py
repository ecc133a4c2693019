"""How well words are made readable: the tagger beside a CRF, numbers beside text2num.

    python -m benchmarks.readable TEXTS [--books FOLDER --data DATA] [--pack PACK]

TEXTS is what `models.readable.texts` wrote; marks and case are measured on its held-out test
books, for the tagger and for a CRF (python-crfsuite) trained on words of the same texts in
the same run. With the books that the dev-libri list was read from and DATA, recognised words
are measured with their pauses, as sound gives them. Marks that are never shown count as the
plain ones in their place. Prints tables in Markdown and, last, one JSON line.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from asr.audio.files import read_audio
from asr.engine import Engine, EngineOptions
from asr.evaluation.manifest import Utterance, read_manifest
from asr.pack import EMBEDDED, Pack, PackFile
from asr.readable.tagger import Tagger
from asr.readable.tags import Case
from asr.readable.writer import BEFORE, LOOKAHEAD, UTTERANCE_END, Readable
from asr.text import normalise
from asr.transcript import Segment, Word
from benchmarks.readable_numbers import compare_numbers
from benchmarks.readable_peer import Crf
from models.data.books import read_books
from models.readable.batches import read_words
from models.readable.books import ProseReader, prose_paragraphs
from models.readable.figures import SHOWN, TagCounts, case_figure, mark_figures, plain
from models.readable.pauses import find_utterances, placed_words
from models.readable.texts import TextPart

Tags = NDArray[np.uint8]

HUNDREDS: Final = 200  # of words that are timed, or utterances
UTTERANCE: Final = 25  # words of an utterance that is timed


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("texts", type=Path)
    parser.add_argument("--words", type=int, default=200_000, help="of the test books")
    parser.add_argument("--peer-words", type=int, default=500_000, help="the CRF learns from")
    parser.add_argument("--books", type=Path, help="those that dev-libri was read from")
    parser.add_argument("--data", type=Path, help="folder of the lists")
    parser.add_argument("--pack", type=Path, default=EMBEDDED)
    options = parser.parse_args()
    path = Pack.open(options.pack).path(PackFile.READABLE)
    tagger = Tagger(path)
    found: dict[str, Any] = {"MB": round(path.stat().st_size / 1e6, 2)}
    test = _texts(options.texts, "test", options.words)
    found["books"] = _row(*_tagged(tagger, test[0]), *test[1:])
    if options.peer_words:
        peer = Crf.train(*_texts(options.texts, "train", options.peer_words))
        found["books, CRF"] = _row(*peer.tag(test[0]), *test[1:])
    found["CRF words"] = options.peer_words
    found["ms per 100 words"] = round(_cost(tagger, test[0]), 2)
    found["ms that final text is later by"] = round(_later(tagger, test[0]), 2)
    if options.books and options.data:
        engine = Engine(EngineOptions(pack=options.pack, provider="cpu"))
        speech = read_manifest(options.data / "dev-libri.tsv")
        found |= _speech(tagger, engine, speech, options.books)
    if options.data:
        found["numbers"] = compare_numbers(options.data)
    _print(found)


def _texts(folder: Path, part: str, n: int) -> tuple[list[str], Tags, Tags]:
    """Return the first words of a part, their cases and their marks."""
    names, texts = read_words(folder), TextPart.open(folder, part)
    words = [names[number] for number in texts.words[:n].tolist()]
    return words, np.array(texts.cases[:n]), plain(np.array(texts.marks[:n]))


def _tagged(tagger: Tagger, words: Sequence[str]) -> tuple[Tags, Tags]:
    tags = tagger.tag(words, [None] * len(words))
    return _shown(
        np.array([tag.case for tag in tags], np.uint8),
        plain(np.array([tag.mark for tag in tags], np.uint8)),
    )


def _shown(cases: Tags, marks: Tags) -> tuple[Tags, Tags]:
    """Return cases as they are shown: a sentence begins with a capital letter."""
    begins = np.zeros(len(marks), bool)
    begins[1:] = np.isin(marks[:-1], SHOWN[::2])
    return np.where(begins & (cases == Case.LOWER), Case.CAPITAL, cases).astype(np.uint8), marks


def _row(cases: Tags, marks: Tags, right_cases: Tags, right_marks: Tags) -> dict[str, float]:
    figures: dict[str, TagCounts] = mark_figures(marks, right_marks)
    row: dict[str, float] = {"words": len(marks)}
    for mark in SHOWN:
        row[mark.name] = round(figures[mark.name].f1, 3) if mark.name in figures else 0.0
    row["CASE"] = round(case_figure(cases, right_cases).f1, 3)
    return row


def _cost(tagger: Tagger, words: Sequence[str]) -> float:
    """Return milliseconds of one core for 100 words, tagged by themselves."""
    pauses = [None] * 100
    tagger.tag(words[:100], pauses)
    began = time.process_time()
    n_hundreds = min(HUNDREDS, len(words) // 100)
    for number in range(n_hundreds):
        tagger.tag(words[100 * number : 100 * (number + 1)], pauses)
    return (time.process_time() - began) * 1000 / n_hundreds


def _later(tagger: Tagger, words: Sequence[str]) -> float:
    """Return milliseconds of one core that an utterance of UTTERANCE words takes to write."""
    writer = Readable(tagger).writer()
    starts = range(0, len(words), UTTERANCE)[:HUNDREDS]
    rows = [words[start : start + UTTERANCE] for start in starts]
    began = time.process_time()
    for row in rows:
        said = tuple(Word(word, n / 2, n / 2 + 0.4) for n, word in enumerate(row))
        writer.final(Segment(said, 0.0, len(row) / 2))
    return (time.process_time() - began) * 1000 / len(rows)


def _speech(
    tagger: Tagger, engine: Engine, speech: Sequence[Utterance], books: Path
) -> dict[str, Any]:
    """Measure recognised words, utterance by utterance, with and without their pauses.

    Marks of text under way are those that the live program would show for the same words.
    """
    names, book = _numbered(books)
    numbers = {word: number for number, word in enumerate(names)}
    heard = [_heard(engine, utterance.path) for utterance in speech]
    texts = [normalise(utterance.text).split() for utterance in speech]
    found: dict[str, Any] = {}
    for kind in ("speech", "speech, without pauses"):
        paused = kind == "speech"
        rows: list[tuple[int, int, int, int]] = []
        flickers = shown = 0
        together = sorted(
            zip(speech, heard, find_utterances(book, numbers, texts), strict=True),
            key=lambda one: one[0].path.name,
        )
        for _, chapter in groupby(together, key=lambda one: one[0].path.name.rsplit("-", 1)[0]):
            before: list[Word] = []
            for _, words, where in chapter:
                cases, marks = _utterance(tagger, before, words, paused=paused)
                changed, total = _flicker(tagger, before, words, marks, paused=paused)
                flickers, shown = flickers + changed, shown + total
                before = [*before, *words][-BEFORE:]
                if where:
                    rows += _compared(words, cases, marks, names, book, slice(*where))
        columns = (np.array(column, np.uint8) for column in zip(*rows, strict=True))
        found[kind] = _row(*columns)
        found[f"marks that change at the end, {kind}"] = f"{flickers} of {shown}"
    return found


def _numbered(books: Path) -> tuple[list[str], TextPart]:
    reader, numbers = ProseReader(), dict[str, int]()
    rows: list[tuple[int, int, int]] = []
    for one in read_books(books):
        for paragraph in prose_paragraphs(one.text):
            for word, case, mark in reader.read(paragraph):
                rows.append((numbers.setdefault(word, len(numbers)), case, mark))
    words, cases, marks = (np.array(column) for column in zip(*rows, strict=True))
    return list(numbers), TextPart(words.astype(np.int32), cases.astype(np.uint8), plain(marks))


def _heard(engine: Engine, path: Path) -> tuple[Word, ...]:
    decoding = engine.decoder.start()
    decoding.feed(engine.graph(read_audio(path)))
    return decoding.finish()


def _utterance(
    tagger: Tagger,
    before: Sequence[Word],
    words: Sequence[Word],
    *,
    paused: bool,
    ended: bool = True,
) -> tuple[Tags, Tags]:
    """Tag an utterance's words with those before them in mind, as `Writer` does.

    Args:
        tagger: The pack's.
        before: Words of earlier utterances.
        words: Of the utterance.
        paused: Whether pauses are known.
        ended: Whether it has ended, so that the pause after its last word is.
    """
    both = [*before, *words]
    pauses: list[float | None] = [None] * len(both)
    if paused and both:
        pauses[:-1] = [max(0.0, b.start - a.end) for a, b in pairwise(both)]
        pauses[-1] = UTTERANCE_END if ended else None
        if before:
            pauses[len(before) - 1] = UTTERANCE_END
    tags = tagger.tag([word.text for word in both], pauses, ended=paused and ended)
    tags = tags[len(before) :]
    return _shown(
        np.array([tag.case for tag in tags], np.uint8),
        np.array([tag.mark for tag in tags], np.uint8),
    )


def _compared(
    words: Sequence[Word],
    cases: Tags,
    marks: Tags,
    names: Sequence[str],
    book: TextPart,
    where: slice,
) -> list[tuple[int, int, int, int]]:
    """Return given and right tags of the recognised words that are the book's."""
    said = [(word.text, word.start, word.end) for word in words]
    printed = [names[number] for number in book.words[where].tolist()]
    return [
        (int(cases[one.number]), int(marks[one.number]), one.case, one.mark)
        for one in placed_words(said, printed, book.cases[where], book.marks[where])
    ]


def _flicker(
    tagger: Tagger,
    before: Sequence[Word],
    words: Sequence[Word],
    final: Tags,
    *,
    paused: bool,
) -> tuple[int, int]:
    """Return how many marks of text under way are others in the end, and how many there are."""
    changed = total = 0
    kept: list[int] = []
    for length in range(LOOKAHEAD + 1, len(words) + 1):
        _, marks = _utterance(tagger, before, words[:length], paused=paused, ended=False)
        kept += marks[len(kept) : length - LOOKAHEAD].tolist()
    for given, right in zip(kept, final.tolist(), strict=False):
        total += given != 0
        changed += given not in (0, right)
    return changed, total


def _print(found: dict[str, Any]) -> None:
    print(
        "| F1 | words | full stop | comma | question mark | case |\n|---|---|---|---|---|---|"
    )
    for name, row in found.items():
        if isinstance(row, dict) and "CASE" in row:
            cells = " | ".join(f"{row[mark.name]:.3f}" for mark in SHOWN)
            print(f"| {name} | {row['words']} | {cells} | {row['CASE']:.3f} |")
    print()
    for name, value in found.items():
        if not (isinstance(value, dict) and "CASE" in value):
            print(f"- {name}: {value}")
    print(json.dumps(found))


if __name__ == "__main__":
    main()
