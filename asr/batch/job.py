"""Jobs: one file, what is to be heard of it, and where its transcript goes."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from asr.batch.remote import without_password
from asr.engine import EngineOptions
from asr.errors import ConfigError, StorageError
from asr.formats import FormatOptions
from asr.transcript import Segment

TEMPLATE: Final = "{folder}/{name}.{format}"  # of an output's path, within its folder
FIELDS: Final = ("folder", "name", "stem", "format")


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What is heard of a file."""

    track: int | None = None  # from 0; None: the one that players would choose
    channel: int | None = None  # from 0; None: all of them, mixed
    each_channel: bool = False  # one after another, each a speaker
    start: float = 0.0  # seconds of the file's clock
    end: float = math.inf


@dataclass(frozen=True, slots=True)
class FileSource:
    """A file to be recognised, and the folder in which it was found, as outputs repeat it."""

    path: Path
    folder: Path = Path()
    name: str = ""  # for people and outputs, where the path is not it
    problem: str = ""  # a sentence, if there is no file to be recognised
    address: str = ""  # if it lies elsewhere: asr.batch.remote

    @property
    def place(self) -> str:
        """Where it is, as the ledger and people name it."""
        return without_password(self.address) or str(self.path.absolute())


@dataclass(frozen=True, slots=True)
class Seam:
    """How far a job came before: what is final, and the sample from which to go on."""

    segments: tuple[Segment, ...] = ()
    channel: int = 0
    sample: int = 0  # of the file's clock, in that channel


@dataclass(frozen=True, slots=True)
class Utterance:
    """What was heard between two ends of utterances, in samples of the file's clock."""

    start: int
    end: int | None  # None: the file ends in it
    segments: tuple[Segment, ...]  # as they were heard; none in silence


@dataclass(frozen=True, slots=True)
class Heard:
    """What a worker heard of a file that several hear, in its order."""

    job: int
    channel: int
    utterances: tuple[Utterance, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One file to be recognised; a value that may travel to another process or machine."""

    number: int  # names it within its batch
    key: str  # names it for ever; "" if the file cannot be read, or nobody keeps account
    source: FileSource
    outputs: Mapping[str, Path]  # by format; if none, `formats` are sent back as bytes
    formats: tuple[str, ...]
    selection: Selection
    format_options: FormatOptions
    seam: Seam = Seam()
    heard: tuple[Heard, ...] = ()  # of a file that several hear
    library: Path | None = None  # that is to keep the transcript, too


def output_path(template: str, source: FileSource, suffix: str) -> Path:
    """Return where a transcript goes, relative to the folder of outputs.

    Raises:
        ConfigError: The template holds a field that is not known, or leads out of the folder.
    """
    name = source.name or source.path.name
    fields = {
        "folder": str(source.folder),
        "name": name,
        "stem": Path(name).stem,
        "format": suffix,
    }
    try:
        path = Path(template.format_map(fields))
    except (KeyError, ValueError, IndexError, AttributeError) as error:
        known = ", ".join("{" + field + "}" for field in FIELDS)
        raise ConfigError(
            "The template «{template}» cannot be used: it may hold {known}.",
            template=template,
            known=known,
        ) from error
    if path.is_absolute() or path.drive or ".." in path.parts:
        raise ConfigError(
            "The template «{template}» leads out of the --output folder: leave out .. and a "
            "slash at its start.",
            template=template,
        )
    return path


def job_key(digest: str, pack: str, options: object) -> str:
    """Return what names a job: the same for the same sound, pack and options."""
    content = json.dumps([digest, pack, options], sort_keys=True, default=str)
    return hashlib.sha256(content.encode("utf-8", "surrogateescape")).hexdigest()


def engine_fingerprint(options: EngineOptions) -> dict[str, object]:
    """Return the options of an engine that change its text; files by their content.

    Raises:
        StorageError: One of the user's files cannot be read.
    """
    own = options.language
    return {
        "decoder": options.decoder,
        "hot words": [asdict(phrase) for phrase in options.hot_words.phrases],
        "language": own.model and _digest(own.model),
        "personal": own.personal and _digest(own.personal),
        "weight": own.weight,
        "readable": options.readable,
    }


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise StorageError(
            "{path} cannot be read: {why}.", path=path, why=error.strerror
        ) from error
