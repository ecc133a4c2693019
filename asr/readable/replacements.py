"""The user's own replacements: what is shown for words that were heard, exactly.

    earshot = Earshot
    kate l = Cate-Lynn

One a line. The heard side is found as whole words, the longest first; the other is shown as
it stands, whatever else was to be shown there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from asr.errors import ConfigError
from asr.readable.casing import marked
from asr.readable.tags import Mark
from asr.text import normalise

SIGN: Final = "="


@dataclass(frozen=True, slots=True)
class Replacements:
    """Heard words and what is shown for them."""

    texts: dict[tuple[str, ...], str] = field(default_factory=dict)

    @staticmethod
    def parse(lines: Iterable[str]) -> Replacements:
        """Read replacements; empty lines and those that begin with # are passed over.

        Raises:
            ConfigError: A line has no «=», or no words before it.
        """
        texts: dict[tuple[str, ...], str] = {}
        for number, line in enumerate(lines, start=1):
            if not line.strip() or line.startswith("#"):
                continue
            heard, sign, shown = line.partition(SIGN)
            words = tuple(normalise(heard).split())
            if not sign or not words:
                raise ConfigError(
                    "Line {number} of the replacements should be «heard words = shown text».",
                    number=number,
                )
            texts[words] = shown.strip()
        return Replacements(texts)

    def joined(self, others: Replacements) -> Replacements:
        """Return both; of two for the same words, the other."""
        return Replacements({**self.texts, **others.texts})

    @staticmethod
    def as_written(phrases: Iterable[str]) -> Replacements:
        """Let phrases be shown as they are written here, if that is not as they are heard."""
        texts = {tuple(normalise(phrase).split()): phrase.strip() for phrase in phrases}
        return Replacements(
            {words: text for words, text in texts.items() if words and text != " ".join(words)}
        )

    def apply(
        self, words: Sequence[str], shown: Sequence[str], marks: Sequence[Mark]
    ) -> list[str]:
        """Return what is shown for each of (N,) words.

        Args:
            words: As they were recognised.
            shown: For each, until here.
            marks: After each; the one after the last word of a replacement stays.
        """
        texts = list(shown)
        longest = max(map(len, self.texts), default=0)
        place = 0
        while place < len(words):
            for length in range(min(longest, len(words) - place), 0, -1):
                text = self.texts.get(tuple(words[place : place + length]))
                if text is not None:
                    end = place + length
                    whole = marked(text, marks[end - 1]) if text else ""
                    texts[place:end] = [whole] + [""] * (length - 1)
                    place = end
                    break
            else:
                place += 1
        return texts
