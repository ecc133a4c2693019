"""A file whose channels are speakers, read side by side, so that their words come in order."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

from asr.audio import SAMPLE_RATE
from asr.audio.files import AudioFile, open_audio
from asr.errors import DecodeError
from asr.file_recogniser import FileProgress, with_gaps
from asr.sentences import Message
from asr.transcript import Gap, Segment

Recognise: TypeAlias = Callable[[AudioFile, str], Iterator[FileProgress | Segment]]


@dataclass(slots=True)
class _Channel:
    """One channel, as far as it was read."""

    steps: Iterator[FileProgress | Segment]
    seconds: float = 0.0
    settled: float = -math.inf  # seconds of the file's clock before which nothing more comes


def transcribe_channels(
    path: Path, recognise: Recognise
) -> Iterator[FileProgress | Segment | Gap | Message]:
    """Recognise each channel of a file as a speaker, a step at a time.

    Segments come in the order in which they begin, whoever speaks; holes that cut no sentence
    in two where they lie, notes on the sound at the end.

    Args:
        path: The file.
        recognise: Reads an open channel, as the speaker of this name.

    Raises:
        DecodeError: It holds no readable sound; one that breaks off yields first what can be
            read.
    """
    with ExitStack() as open_files:
        first = open_files.enter_context(open_audio(path, channel=0))
        files = [first]
        for channel in range(1, first.channels):
            files.append(open_files.enter_context(open_audio(path, channel=channel)))
        yield from with_gaps(first, _side_by_side(files, recognise))


def _side_by_side(
    files: list[AudioFile], recognise: Recognise
) -> Iterator[FileProgress | Segment]:
    """Take a step in the channel that is behind, and hold back what another may precede."""
    channels = [
        _Channel(recognise(file, f"Speaker {number}"))
        for number, file in enumerate(files, start=1)
    ]
    held: list[Segment] = []
    left = list(channels)
    try:
        while left:
            behind = min(left, key=lambda channel: channel.seconds)
            step = next(behind.steps, None)
            if isinstance(step, Segment):
                held.append(step)
            elif step is None:
                left.remove(behind)
            else:
                behind.seconds, behind.settled = step.seconds, step.seam / SAMPLE_RATE
                yield replace(step, seconds=min(one.seconds for one in channels))
            until = min((one.settled for one in left), default=math.inf)
            held.sort(key=lambda segment: segment.start)
            while held and held[0].start < until:
                yield held.pop(0)
    except DecodeError:
        yield from held
        raise
