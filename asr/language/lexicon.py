"""The words that can be heard, with their pronunciations and the trie over them.

A lexicon belongs to one phone alphabet and to one vocabulary, that of the language
model; both are checked. The file is mapped into memory, the trie in it ready to use.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from asr.emissions import BLANK
from asr.errors import LanguageError
from asr.language.array_file import open_arrays, write_arrays
from asr.language.trie import MAX_SYMBOLS, Trie, build_trie

KIND: Final = "lexicon"
SPOT_CHECKS: Final = 64  # words of a vocabulary that are compared, for all would take too long


@dataclass(frozen=True, slots=True)
class Lexicon:
    """W pronunciations, ordered by word; symbols are indices into `phones`."""

    phones: tuple[str, ...]  # the alphabet, blank first
    vocabulary: str  # what tells vocabularies apart
    word_ids: NDArray[np.int32]  # (W,) ascending
    offsets: NDArray[np.int32]  # (W + 1,) into symbols
    symbols: NDArray[np.uint8]
    trie: Trie

    @staticmethod
    def build(
        entries: Iterable[tuple[int, Sequence[int]]],
        words: Sequence[str],
        unigrams: NDArray[np.float32],
        phones: tuple[str, ...],
    ) -> Lexicon:
        """Collect pronunciations and grow their trie.

        Args:
            entries: Word id and phone symbols, one pair a pronunciation.
            words: (V,) the language model's vocabulary.
            unigrams: (V,) its natural log-probabilities.
            phones: The phone alphabet, blank first, at most 64 symbols.

        Raises:
            LanguageError: A pronunciation is empty or leaves the alphabet.
        """
        if len(phones) > MAX_SYMBOLS:
            raise LanguageError(
                "A lexicon takes {max_symbols} phones, not {count}.",
                max_symbols=MAX_SYMBOLS,
                count=len(phones),
            )
        pairs = sorted((word, tuple(symbols)) for word, symbols in entries)
        for word, symbols in pairs:
            if not symbols or not all(BLANK < symbol < len(phones) for symbol in symbols):
                raise LanguageError(
                    "«{word}» has no pronunciation in these phones.", word=words[word]
                )
        lengths = [len(symbols) for _, symbols in pairs]
        word_ids = np.array([word for word, _ in pairs], np.int32)
        offsets = np.concatenate(([0], np.cumsum(lengths))).astype(np.int32)
        flat = np.array([symbol for _, symbols in pairs for symbol in symbols], np.uint8)
        trie = build_trie(word_ids, offsets, flat, unigrams)
        return Lexicon(phones, _fingerprint(words), word_ids, offsets, flat, trie)

    def write(self, path: Path) -> None:
        """Store everything, the trie included. Raises LanguageError."""
        arrays = {name: getattr(self, name) for name in ("word_ids", "offsets", "symbols")}
        arrays |= {f"trie.{part.name}": getattr(self.trie, part.name) for part in fields(Trie)}
        header = {"phones": self.phones, "vocabulary": self.vocabulary}
        write_arrays(path, KIND, header, arrays)

    @staticmethod
    def open(path: Path) -> Lexicon:
        """Map a stored lexicon. Raises LanguageError if it is missing or damaged."""
        file = open_arrays(path, KIND)
        trie = Trie(*(file.arrays[f"trie.{part.name}"] for part in fields(Trie)))
        return Lexicon(
            tuple(file.header["phones"]),
            file.header["vocabulary"],
            file.arrays["word_ids"],
            file.arrays["offsets"],
            file.arrays["symbols"],
            trie,
        )

    def __len__(self) -> int:
        return len(self.word_ids)

    def pronunciations(self, word: int) -> list[tuple[int, ...]]:
        """Return the ways to say a word, as symbols; none for a word that is only read."""
        start, end = np.searchsorted(self.word_ids, (word, word + 1))
        bounds = self.offsets[start : end + 1]
        return [
            tuple(self.symbols[bounds[i] : bounds[i + 1]].tolist())
            for i in range(int(end - start))
        ]

    def adapted(
        self,
        numbers: NDArray[np.int64],
        added: Iterable[tuple[int, Sequence[int]]],
        words: Sequence[str],
        unigrams: NDArray[np.float32],
    ) -> Lexicon:
        """Return the lexicon of another vocabulary, in the same phones.

        Args:
            numbers: The place in `words` of each word of this lexicon's vocabulary; −1 for
                those to leave out.
            added: Places in `words` and symbols of further pronunciations.
            words: (V,) the other vocabulary.
            unigrams: (V,) its natural log-probabilities.
        """
        pairs = list(added)
        flat = np.array([symbol for _, way in pairs for symbol in way], np.uint8)
        more = np.array([len(way) for _, way in pairs], np.int64)
        word_ids = np.append(numbers[self.word_ids], [word for word, _ in pairs])
        lengths = np.append(np.diff(self.offsets), more)
        starts = np.append(self.offsets[:-1], len(self.symbols) + np.cumsum(more) - more)
        order = np.argsort(word_ids, kind="stable")[np.count_nonzero(word_ids < 0) :]
        word_ids = word_ids[order].astype(np.int32)
        lengths = lengths[order].astype(np.int64)
        offsets = np.concatenate(([0], np.cumsum(lengths))).astype(np.int32)
        shift = np.repeat(starts[order].astype(np.int64) - offsets[:-1], lengths)
        symbols = np.append(self.symbols, flat)[np.arange(offsets[-1]) + shift]
        trie = build_trie(word_ids, offsets, symbols, unigrams)
        return Lexicon(self.phones, _fingerprint(words), word_ids, offsets, symbols, trie)

    def check(self, words: Sequence[str], phones: tuple[str, ...]) -> None:
        """Refuse another vocabulary or another alphabet. Raises LanguageError."""
        if phones != self.phones:
            raise LanguageError("The lexicon is written in other phones than the network's.")
        if _fingerprint(words) != self.vocabulary:
            raise LanguageError("The lexicon belongs to another language model.")


def _fingerprint(words: Sequence[str]) -> str:
    places = np.linspace(0, max(len(words) - 1, 0), min(SPOT_CHECKS, len(words))).astype(int)
    sample = "\n".join(words[place] for place in places.tolist())
    return f"{len(words)}:{zlib.crc32(sample.encode()):08x}"
