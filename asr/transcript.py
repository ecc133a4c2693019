"""What was said: words, segments and transcripts, frozen, with times in seconds.

A word keeps what was heard (`text`) apart from what is shown (`display`: case, marks and
figures); `to_dict` and `from_dict` are the one form that a transcript has as JSON, for
recordings, files and other programs alike.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final
from uuid import uuid4

from asr.sentences import Message, gap_message

SCHEMA: Final = 2  # of `to_dict`; 1 had no identity, and called a speaker a voice


def joined(shown: Iterable[str]) -> str:
    """Return a text of words as they are shown, some of them not at all."""
    text = " ".join(filter(None, shown))
    return text.replace("\n ", "\n").strip()  # where the end of a line was dictated


@dataclass(frozen=True, slots=True)
class PartialText:
    """The words of an utterance so far: `stable` only ever grows, `unstable` may change."""

    stable: tuple[str, ...] = ()
    unstable: tuple[str, ...] = ()
    display: tuple[str, ...] | None = None  # `stable` as it is shown for now, word by word
    pauses: tuple[float, ...] = ()  # seconds between the stable words, where they are known

    @property
    def shown(self) -> str:
        """The stable words as people read them, one space between them."""
        return joined(self.stable if self.display is None else self.display)


@dataclass(frozen=True, slots=True)
class Alternative:
    """What a word could have been instead; probability in 0..1."""

    text: str
    probability: float


@dataclass(frozen=True, slots=True)
class Word:
    """A word with its time; confidence is the calibrated probability that it is right."""

    text: str  # as it was heard
    start: float  # seconds
    end: float  # seconds
    confidence: float = 1.0
    alternatives: tuple[Alternative, ...] = ()
    display: str | None = None  # as it is shown, if that differs; "" where nothing is shown

    @property
    def shown(self) -> str:
        """The word as people read it."""
        return self.text if self.display is None else self.display

    def shifted(self, seconds: float) -> Word:
        """Return the same word, later by `seconds`."""
        return replace(self, start=self.start + seconds, end=self.end + seconds)


@dataclass(frozen=True, slots=True)
class Segment:
    """The final words of one utterance; `speaker` is the id of who said it, "" if unknown."""

    words: tuple[Word, ...]
    start: float  # seconds
    end: float  # seconds
    speaker: str = ""
    begins: bool = False  # a paragraph, for somebody divided what was said here

    @property
    def text(self) -> str:
        """The words as heard, one space between them."""
        return " ".join(word.text for word in self.words)

    @property
    def shown(self) -> str:
        """The words as people read them."""
        return joined(word.shown for word in self.words)

    def shifted(self, seconds: float) -> Segment:
        """Return the same segment, later by `seconds`."""
        return replace(
            self,
            words=tuple(word.shifted(seconds) for word in self.words),
            start=self.start + seconds,
            end=self.end + seconds,
        )


def as_heard(segment: Segment) -> Segment:
    """Return a segment whose words are shown as they were heard."""
    words = tuple(replace(word, display=None) for word in segment.words)
    return replace(segment, words=words)


@dataclass(frozen=True, slots=True)
class Gap:
    """Sound that was never recorded: where, how long, and why."""

    start: float  # seconds
    seconds: float
    cause: str  # a GapCause; in old files, a text
    source: str = ""  # the name of the source, where the cause is about it

    @property
    def message(self) -> Message:
        """How much is missing and why."""
        return gap_message(self.seconds, self.cause, self.source)


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who speaks: `id` is what segments name, `name` what people read."""

    id: str
    name: str = ""


ME: Final = Speaker("me")  # whose microphone it is
THEM: Final = Speaker("them")  # who are heard from the computer


def new_id() -> str:
    """Return an identity that no other transcript has."""
    return uuid4().hex


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript:
    """The segments of a session or a file, in order, with what made them."""

    segments: tuple[Segment, ...]
    seconds: float  # length of the sound
    id: str = field(default_factory=new_id)
    started: datetime | None = None  # of the sound, by the wall clock, in UTC
    language: str = ""  # as the pack names it
    source: str = ""  # name of the file or the device
    pack: str = ""  # checksum of the model pack
    speakers: tuple[Speaker, ...] = ()
    audio: str = ""  # where the sound is: a path, relative to the transcript's own folder
    gaps: tuple[Gap, ...] = ()
    trouble: Message | None = None  # if the sound broke off
    notes: tuple[Message, ...] = ()  # what was done with the sound that one should know

    @property
    def text(self) -> str:
        """One line a segment that holds words, as heard."""
        return "\n".join(segment.text for segment in self.segments if segment.words)

    @property
    def shown(self) -> str:
        """One line a segment that holds words, as people read it."""
        return "\n".join(segment.shown for segment in self.segments if segment.shown)


def to_dict(transcript: Transcript) -> dict[str, Any]:
    """Return a transcript as JSON values; `from_dict` gives an equal one back."""
    started = transcript.started
    return {
        "schema": SCHEMA,
        **asdict(replace(transcript, segments=())),
        "started": None if started is None else started.astimezone(UTC).isoformat(),
        "segments": [segment_to_dict(segment) for segment in transcript.segments],
        "trouble": None if transcript.trouble is None else transcript.trouble.to_dict(),
        "notes": [note.to_dict() for note in transcript.notes],
    }


def json_parts(
    transcript: Transcript, more: Mapping[str, Any] | None = None, *, indent: int | None = None
) -> Iterator[str]:
    """Yield what `json.dumps` makes of `to_dict`, a segment a time.

    As values, the words of ten hours take ten times as much memory as they do.

    Args:
        transcript: What to write.
        more: Fields that come before.
        indent: Spaces a level; None for no space at all.
    """
    comma, colon = (",", ":") if indent is None else (",", ": ")
    dumps = partial(json.dumps, ensure_ascii=False, indent=indent, separators=(comma, colon))

    def begin(level: int) -> str:
        return "" if indent is None else "\n" + " " * (indent * level)

    def written(value: object, level: int) -> str:
        return begin(level) + str(dumps(value)).replace("\n", begin(level))

    yield "{"
    fields = {**(more or {}), **to_dict(replace(transcript, segments=()))}
    for n, (name, value) in enumerate(fields.items()):
        yield comma * bool(n) + written(name, 1) + colon
        if name == "segments" and transcript.segments:
            yield "["
            for i, segment in enumerate(transcript.segments):
                yield comma * bool(i) + written(segment_to_dict(segment), 2)
            yield begin(1) + "]"
        else:
            yield written(value, 1).removeprefix(begin(1))
    yield begin(0) + "}"


def from_dict(fields: Mapping[str, Any]) -> Transcript:
    """Return the transcript that `to_dict` described, in this schema or an older one.

    Raises:
        ValueError: It is of a newer schema, or no transcript.
    """
    schema = fields.get("schema", 1)
    if not isinstance(schema, int) or schema > SCHEMA:
        raise ValueError(f"the transcript has schema {schema}; {SCHEMA} is the newest known")
    try:
        started = fields.get("started")
        identity = {"id": fields["id"]} if fields.get("id") else {}
        return Transcript(
            **identity,
            segments=tuple(map(segment_from_dict, fields["segments"])),
            seconds=float(fields["seconds"]),
            started=datetime.fromisoformat(started).astimezone(UTC) if started else None,
            speakers=tuple(Speaker(**one) for one in fields.get("speakers", ())),
            gaps=tuple(Gap(**gap) for gap in fields.get("gaps", ())),
            trouble=_message(fields["trouble"]) if fields.get("trouble") else None,
            notes=tuple(_message(note) for note in fields.get("notes", ())),
            **{name: str(fields.get(name, "")) for name in _TEXTS},
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"it is no transcript: {error!r}") from error


_TEXTS: Final = ("language", "source", "pack", "audio")


def segment_to_dict(segment: Segment) -> dict[str, Any]:
    """Return a segment as JSON values, its text beside its words."""
    fields = {**asdict(segment), "text": segment.text}
    if not segment.begins:
        del fields["begins"]
    for word in fields["words"]:
        if word["display"] is None:
            del word["display"]
    if segment.shown != segment.text:
        fields["shown"] = segment.shown
    return fields


def segment_from_dict(fields: Mapping[str, Any]) -> Segment:
    """Return the segment that `segment_to_dict` described, in this schema or an older one.

    Raises:
        KeyError, TypeError: It is none.
    """
    return Segment(
        tuple(_word(word) for word in fields["words"]),
        fields["start"],
        fields["end"],
        fields["speaker"] if "speaker" in fields else fields["voice"],
        bool(fields.get("begins", False)),
    )


def _message(fields: Mapping[str, Any] | str) -> Message:
    """A message, or what was a sentence in an older file."""
    return Message(fields) if isinstance(fields, str) else Message.from_dict(fields)


def _word(fields: Mapping[str, Any]) -> Word:
    return Word(
        fields["text"],
        fields["start"],
        fields["end"],
        fields["confidence"],
        tuple(Alternative(**alternative) for alternative in fields["alternatives"]),
        fields.get("display"),
    )
