r"""How words were said: of a word's pronunciations the one that its sound bears out.

    python -m models.data.said_pronunciations DATA/train.tsv models/experiments/teacher.tsv \
        --data DATA --output models/experiments/said.tsv

A dictionary's first pronunciation is wrong for a word in forty: «the» before a vowel, «and»
without its D. The recogniser lays each text over its sound, every pronunciation of a word on a
lane of its own, and the list names the words that were said in another way than the first.
Words that the dictionaries lack are pronounced by the pack. The list is `data.said` of a
training's configuration.
"""

from __future__ import annotations

import argparse
import logging
import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Final

from asr.acoustic import AcousticGraph
from asr.alphabets import PHONES
from asr.atomic import write_atomically
from asr.audio.files import read_audio
from asr.decoding.forced_alignment import said_ways
from asr.errors import AsrError, ManifestError
from asr.evaluation.manifest import Utterance, read_manifest
from asr.language.pack_language import PackLanguage
from asr.language.pronunciation import Dictionary, Phones
from asr.pack import EMBEDDED, Pack
from asr.text import normalise
from models.acoustic.targets import read_pronunciations
from models.loop import commands

log = logging.getLogger(__name__)

DICTIONARIES: Final = (
    Path("cmudict/cmudict.dict"),
    Path("models/experiments/pronunciations.tsv"),
)


class _Listener:
    """The recogniser of one process, and the words' pronunciations."""

    graph: AcousticGraph
    dictionary: Dictionary

    @classmethod
    def load(cls, pack: Path, dictionary: Dictionary) -> None:
        cls.graph = AcousticGraph(Pack.open(pack))
        cls.dictionary = dictionary

    @classmethod
    def listen(cls, path: Path, words: Sequence[str]) -> list[Phones]:
        """Return how the words of a clip were said; nothing where they do not fit the sound."""
        ways = [
            [[PHONES.index(phone) for phone in way] for way in cls.dictionary[word]]
            for word in words
        ]
        try:
            said = said_ways(cls.graph(read_audio(path)).phones, ways)
        except AsrError as error:
            log.info("left as it is: %s: %s", path, error)
            return []
        return [tuple(PHONES[symbol] for symbol in symbols) for symbols in said]


def others(words: Sequence[str], said: Sequence[Phones], dictionary: Dictionary) -> str:
    """Name the words that are known and were said in another way than the first."""
    return ", ".join(
        f"{number} {' '.join(way)}"
        for number, (word, way) in enumerate(zip(words, said, strict=True))
        if word not in dictionary or (way != dictionary[word][0] and way in dictionary[word])
    )


def listened(
    utterances: Iterable[Utterance], dictionary: Dictionary, pack: Path
) -> Iterator[tuple[Utterance, str]]:
    """Yield the utterances with a word that was said otherwise, and `others` of them."""
    texts = [(one, normalise(one.text).split()) for one in utterances]
    known = dict(dictionary)
    language = PackLanguage(Pack.open(pack))
    for word in sorted({word for _, words in texts for word in words} - known.keys()):
        if ways := language.ways(word):
            known[word] = [tuple(PHONES[symbol] for symbol in way) for way in ways]
    texts = [(one, words) for one, words in texts if words and known.keys() >= set(words)]
    jobs = [(one.path for one, _ in texts), (words for _, words in texts)]
    with ProcessPoolExecutor(initializer=_Listener.load, initargs=(pack, known)) as pool:
        heard = pool.map(_Listener.listen, *jobs, chunksize=32)
        for (one, words), said in zip(texts, heard, strict=True):
            if said and (found := others(words, said, dictionary)):
                yield one, found


def write_said(lists: Sequence[Path], data: Path, pack: Path, output: Path) -> None:
    """Listen to all utterances of the lists and write the list.

    Raises:
        AsrError: A list, a dictionary or the pack cannot be read, or the output not written.
    """
    if not output.parent.is_dir():
        raise ManifestError(f"There is no folder {output.parent} to write {output.name} into.")
    places = [path if path.exists() else data / path for path in DICTIONARIES]
    dictionary = read_pronunciations(*(path for path in places if path.exists()))
    utterances = [one for path in lists for one in read_manifest(path, data, partial=True)]
    name = partial(os.path.relpath, start=data)
    try:
        with (
            write_atomically(output) as draft,
            draft.open("w", encoding="utf-8") as file,
        ):
            file.write("path\tsaid\n")
            for one, found in listened(utterances, dictionary, pack):
                file.write(f"{Path(name(one.path)).as_posix()}\t{found}\n")
    except OSError as error:
        raise ManifestError(f"The list {output} could not be written: {error}.") from error


def main(arguments: Sequence[str] | None = None) -> None:
    """List the words that were said in another way than the dictionary's first."""
    parser = argparse.ArgumentParser(
        "python -m models.data.said_pronunciations", description=main.__doc__
    )
    parser.add_argument("lists", type=Path, nargs="+", metavar="LIST.tsv")
    parser.add_argument("--data", type=Path, required=True, help="what paths are relative to")
    parser.add_argument("--pack", type=Path, default=EMBEDDED)
    parser.add_argument("--output", type=Path, required=True, metavar="SAID.tsv")
    options = parser.parse_args(arguments)
    write_said(options.lists, options.data, options.pack, options.output)


if __name__ == "__main__":
    commands.run(main)
