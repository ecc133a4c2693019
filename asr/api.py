"""Earshot from Python: text of files and of streams, without a window or a command line.

>>> from asr.api import Transcriber
>>> transcriber = Transcriber()
>>> print(transcriber.file("talk.mp4").shown)

A transcript is made of segments, these of words with times in seconds, confidences and
alternatives: `asr.transcript`; `asr.formats.save` writes it, `asr.batch` does many files.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Iterable, Sequence
from os import PathLike
from pathlib import Path

import numpy as np
import soxr
from numpy.typing import NDArray

from asr.audio import SAMPLE_RATE
from asr.audio.files import open_audio
from asr.decoding.hot_words import HotWords
from asr.engine import DecoderName, Engine, EngineOptions, ProviderName
from asr.live.events import FinalResult, PartialResult, Result
from asr.pack import EMBEDDED
from asr.transcript import PartialText, Segment, Transcript

log = logging.getLogger(__name__)

__all__ = ["Stream", "Transcriber"]


class Transcriber:
    """A loaded recogniser; used from one thread at a time.

    Where words cannot be shown as sentences, a warning in the log says why.

    Args:
        pack: Folder of a model pack; the built-in English one if not given.
        provider: What computes: "auto", "cpu" or "cuda".
        decoder: "beam", with the language models, or "greedy", without.
        threads: Of the CPU, for files and streams.
        hot_words: Words and phrases to listen for, each perhaps with a tab and a weight;
            those that cannot be said in English are left out with a warning in the log.

    Raises:
        PackError, ProviderError, LanguageError, ConfigError: It cannot be loaded so.
    """

    def __init__(
        self,
        pack: str | PathLike[str] | None = None,
        *,
        provider: ProviderName = "auto",
        decoder: DecoderName = "beam",
        threads: int = 1,
        hot_words: Iterable[str] = (),
    ) -> None:
        expected = HotWords.parse(hot_words)
        if expected.left_out:
            log.warning("%s", expected.left_out_sentence)
        self._engine = Engine(
            EngineOptions(
                pack=EMBEDDED if pack is None else Path(pack),
                provider=provider,
                decoder=decoder,
                threads=threads,
                hot_words=expected,
            )
        )
        if self._engine.trouble:
            log.warning("%s", self._engine.trouble)

    def file(
        self,
        path: str | PathLike[str],
        *,
        start: float = 0.0,
        end: float = math.inf,
        track: int | None = None,
        channel: int | None = None,
    ) -> Transcript:
        """Recognise a sound or video file, or a part of it.

        A file that breaks off gives what can be read, and `trouble` says where it ended.

        Args:
            path: The file.
            start: Seconds of the file's clock at which to begin.
            end: Seconds of the file's clock at which to end.
            track: Of several sound tracks, from 0; the usual one if not given.
            channel: From 0; all are mixed if not given.

        Raises:
            DecodeError: Nothing of it can be read.
        """
        with open_audio(Path(path), track=track, channel=channel, start=start, end=end) as file:
            return self._engine.transcript(file)

    def stream(self, rate: float = SAMPLE_RATE) -> Stream:
        """Begin a stream of samples at `rate` Hz; several may be open."""
        return Stream(self._engine, rate)


class Stream:
    """Sound that comes piece by piece; `text` is what is heard of the utterance under way."""

    text: PartialText  # stable words, which only grow, and unstable ones

    def __init__(self, engine: Engine, rate: float) -> None:
        self._recogniser = engine.hearing.recogniser("")
        self._resampler = soxr.ResampleStream(rate, SAMPLE_RATE, 1, dtype="float32")
        self.text = PartialText()

    def feed(self, samples: Sequence[float] | NDArray[np.generic]) -> list[Segment]:
        """Hear what follows; return the segments that became final.

        Args:
            samples: (n,) or (n, channels), which are mixed; floats in -1..1 or integers.
        """
        heard = np.asarray(samples)
        if np.issubdtype(heard.dtype, np.integer):
            heard = heard / -float(np.iinfo(heard.dtype).min)
        if heard.ndim == 2:
            heard = heard.mean(axis=1)
        mono = np.nan_to_num(heard.astype(np.float32), posinf=1.0, neginf=-1.0)
        return self._take(self._recogniser.feed(self._resampler.resample_chunk(mono)))

    def finish(self) -> list[Segment]:
        """Make final what was heard; return its segments."""
        rest = self._resampler.resample_chunk(np.empty(0, np.float32), last=True)
        events = self._recogniser.feed(rest)
        return self._take([*events, *self._recogniser.finish()])

    def _take(self, events: Sequence[Result]) -> list[Segment]:
        segments = []
        for event in events:
            if isinstance(event, FinalResult):
                segments.append(event.segment)
                self.text = PartialText()
            elif isinstance(event, PartialResult):
                self.text = event.text
        return segments
