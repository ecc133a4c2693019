"""A model pack: the folder of files that recognition loads, opened and checked.

`pack.json` describes the pack and holds the SHA-256 of every other file and of itself;
a pack that is damaged, incomplete or of another format is refused with a sentence.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from asr.atomic import write_atomically
from asr.audio import SAMPLE_RATE
from asr.errors import PackError
from asr.window import FRAME, Window

FORMAT: Final = 1  # of pack.json; raised when an older program could not read it
DESCRIPTION: Final = "pack.json"
RENAMED: Final = {"spelling_price": "oov_penalty"}  # decoder options of older packs
DROPPED: Final = {"letter_weight"}  # the letters were asked once more about the final text
EMBEDDED: Final = Path(__file__).parent / "packs" / "en"


class PackFile(StrEnum):
    """The files of a pack by what they hold."""

    ACOUSTIC = "acoustic.onnx"
    ACOUSTIC_INT8 = "acoustic.int8.onnx"
    LIVE = "acoustic.live.onnx"  # its weights lie in ACOUSTIC_INT8; a pack may have none
    N_GRAM = "language.lm"
    LEXICON = "language.lexicon"
    PRONOUNCER = "language.pronounce.onnx"
    RECURRENT = "language.recurrent.onnx"  # a pack may have none
    READABLE = "readable.onnx"  # a pack may have none; recognition goes on without it


FORGONE: Final = frozenset({PackFile.READABLE})  # what a pack is whole without


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """A pack that was found whole."""

    folder: Path
    name: str
    language: str
    frame: int  # samples a frame
    phones: tuple[str, ...]
    letters: tuple[str, ...]
    window: Window
    decoder: Mapping[str, Any]  # options of the beam search, tuned on the dev lists
    live: Mapping[str, Any] = field(default_factory=dict)  # those that differ for live text
    confidence: Mapping[str, Any]  # the calibration of word confidence
    training: Mapping[str, Any]  # data, configuration and figures, for people to read
    files: Mapping[str, str]  # name → SHA-256
    checksum: str  # of all of the above: what names this very pack
    damaged: frozenset[str] = frozenset()  # files of FORGONE that are not as they were made

    @property
    def frame_seconds(self) -> float:
        """The length of a frame."""
        return self.frame / SAMPLE_RATE

    def has(self, name: str) -> bool:
        """Whether the pack has a file of that name."""
        return name in self.files

    def path(self, name: str) -> Path:
        """Where a file of the pack is. Raises PackError if the pack has none such."""
        if name not in self.files:
            raise PackError("The model pack {name} has no {file}.", name=self.name, file=name)
        return self.folder / name

    @staticmethod
    def open(folder: Path = EMBEDDED) -> Pack:
        """Read and check a pack. Raises PackError."""
        description = _description(folder)
        try:
            for name in {"decoder", "live"} & description.keys():
                description[name] = _named_as_here(description[name])
            pack = Pack(
                folder=folder,
                window=Window(**description.pop("window")),
                phones=tuple(description.pop("phones")),
                letters=tuple(description.pop("letters")),
                **description,
            )
        except (KeyError, TypeError) as error:
            raise PackError(
                "The model pack in {folder} is incomplete: {why}.", folder=folder, why=error
            ) from error
        if pack.frame != FRAME:
            raise PackError(
                "The model pack in {folder} has frames of {frame} samples.",
                folder=folder,
                frame=pack.frame,
            )
        with ThreadPoolExecutor() as pool:  # hashlib lets threads run side by side
            found = {name: pool.submit(digest, folder / name) for name in pack.files}
        damaged = frozenset(
            name for name in FORGONE & found.keys() if not _is(found[name], pack.files[name])
        )
        for name in found.keys() - FORGONE:
            if found[name].result() != pack.files[name]:
                raise PackError(
                    "The model pack in {folder} is damaged: {name} is not the file that it "
                    "was made with. Install the pack again.",
                    folder=folder,
                    name=name,
                )
        return replace(pack, damaged=damaged)


def write_description(folder: Path, description: Mapping[str, Any]) -> None:
    """Seal a folder of files as a pack: add the digests and write pack.json last.

    `description` holds Pack's fields but `folder`, `files` and `checksum`.
    """
    names = sorted(
        path.name
        for path in folder.iterdir()
        if path.suffix in {".onnx", ".lm", ".lexicon"} and path.is_file()
    )
    content = {"format": FORMAT, **description}
    content["files"] = {name: digest(folder / name) for name in names}
    content["checksum"] = _checksum(content)
    with write_atomically(folder / DESCRIPTION) as draft:
        draft.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def digest(path: Path) -> str:
    """SHA-256 of a file. Raises PackError if it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise PackError(
            "The model pack lacks {path}: {why}.", path=path.name, why=error.strerror
        ) from error


def _is(found: Future[str], expected: str) -> bool:
    try:
        return found.result() == expected
    except PackError:
        return False


def _description(folder: Path) -> dict[str, Any]:
    path = folder / DESCRIPTION
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise PackError(
            "There is no model pack in {folder}: {why}.", folder=folder, why=error.strerror
        ) from error
    except ValueError as error:
        raise PackError("{path} is damaged: it is not valid JSON.", path=path) from error
    if not isinstance(content, dict) or content.get("checksum") != _checksum(content):
        raise PackError(
            "{path} is damaged or was changed by hand. Install the pack again.", path=path
        )
    found = content.pop("format")
    if found != FORMAT:
        raise PackError(
            "The model pack in {folder} has format {found}; this program reads {format}.",
            folder=folder,
            found=found,
            format=FORMAT,
        )
    return content


def _named_as_here(decoder: Mapping[str, Any]) -> dict[str, Any]:
    """Decoder options by this version's names; without those that it has no more."""
    known = {name: value for name, value in decoder.items() if name not in DROPPED}
    return {RENAMED.get(name, name): value for name, value in known.items()}


def _checksum(content: Mapping[str, Any]) -> str:
    """SHA-256 of all of a description but the checksum itself, in one fixed spelling."""
    rest = {key: value for key, value in content.items() if key != "checksum"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()
