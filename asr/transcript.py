"""What was said: words, segments and transcripts, frozen, with times in seconds."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Alternative:
    """What a word could have been instead; probability in 0..1."""

    text: str
    probability: float


@dataclass(frozen=True, slots=True)
class Word:
    """A word with its time; confidence is the calibrated probability that it is right."""

    text: str
    start: float  # seconds
    end: float  # seconds
    confidence: float = 1.0
    alternatives: tuple[Alternative, ...] = ()

    def shifted(self, seconds: float) -> Word:
        """Return the same word, later by `seconds`."""
        return replace(self, start=self.start + seconds, end=self.end + seconds)


@dataclass(frozen=True, slots=True)
class Segment:
    """The final words of one utterance; `voice` tells sources apart («me», «them»)."""

    words: tuple[Word, ...]
    start: float  # seconds
    end: float  # seconds
    voice: str = ""

    @property
    def text(self) -> str:
        """The words, one space between them."""
        return " ".join(word.text for word in self.words)


@dataclass(frozen=True, slots=True)
class Gap:
    """Sound that was never recorded: where, how long, and why."""

    start: float  # seconds
    seconds: float
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript:
    """The segments of a session or a file, in order, with what made them."""

    segments: tuple[Segment, ...]
    seconds: float  # length of the sound
    source: str = ""
    pack: str = ""
    gaps: tuple[Gap, ...] = ()
    trouble: str = ""  # a sentence, if the sound broke off

    @property
    def text(self) -> str:
        """One line a segment that holds words."""
        return "\n".join(segment.text for segment in self.segments if segment.words)
