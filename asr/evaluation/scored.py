"""Utterances of a list as the network scored them: what decoders are tuned and compared on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from asr.acoustic import AcousticGraph
from asr.audio.files import read_audio
from asr.emissions import Emissions
from asr.evaluation.manifest import read_manifest
from asr.text import normalise


@dataclass(frozen=True, slots=True)
class ScoredUtterance:
    """The words that were said, normalised, and what the network made of their sound."""

    words: tuple[str, ...]
    emissions: Emissions


def score_manifest(
    graph: AcousticGraph, manifest: Path, limit: int | None = None
) -> Iterator[ScoredUtterance]:
    """Score the first utterances of a list, of which those without a word are left out.

    Raises:
        ManifestError: The list cannot be read.
        DecodeError: A sound cannot.
    """
    for utterance in read_manifest(manifest)[:limit]:
        if words := tuple(normalise(utterance.text).split()):
            yield ScoredUtterance(words, graph(read_audio(utterance.path)))
