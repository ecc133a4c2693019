"""One job done by one engine: the same function in this process, in another, on a cluster."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final, Protocol

from asr.audio import SAMPLE_RATE
from asr.audio.files import AudioFile, open_audio, printable
from asr.batch.events import Advanced, Failed, Finished, Saved, Started, Stopped, WorkEvent
from asr.batch.job import FileSource, Job, Seam, Selection
from asr.batch.remote import fetched, without_password
from asr.errors import AsrError, DecodeError, LibraryError, StorageError
from asr.file_recogniser import FileProgress
from asr.formats import encode, save
from asr.library import Library
from asr.pack import Pack
from asr.sentences import Message
from asr.transcript import Gap, Segment, Speaker, Transcript, new_id

log = logging.getLogger(__name__)

SAVED_SAMPLES: Final = 60 * SAMPLE_RATE  # of final text between two that are kept
STOPPED: Final = "Stopped after {seconds:.1f} s."
RESUMABLE: Final = "Stopped after {seconds:.1f} s; the same command goes on from there."


class FileEngine(Protocol):
    """What a job needs: an engine, or what several engines heard already."""

    @property
    def pack(self) -> Pack:
        """The pack that made the text."""

    def recognise(
        self,
        file: AudioFile,
        *,
        seam: int = 0,
        before: Sequence[Segment] = (),
        speaker: str = "",
    ) -> Iterator[FileProgress | Segment]:
        """Recognise an open file step by step, as `Engine` does."""


def work(
    engine: FileEngine, job: Job, is_stopped: Callable[[], bool] = lambda: False
) -> Iterator[WorkEvent]:
    """Do a job, step by step; whatever is wrong with the file is told, and not raised.

    Once `is_stopped`, it ends at the last seam with what is final.
    """
    yield Started(job.number)
    yield from told(job, _here(engine, job, is_stopped))


def told(job: Job, steps: Iterator[WorkEvent]) -> Iterator[WorkEvent]:
    """Pass on what a job tells, and tell what is wrong with its file."""
    try:
        yield from steps
    except AsrError as error:
        yield Failed(job.number, str(error))
    except OSError as error:
        name = printable(job.source.path)
        yield Failed(job.number, f"«{name}»: {error.strerror or error}.")
    except Exception as error:
        name = printable(job.source.path)
        log.debug("«%s»", name, exc_info=True)
        yield Failed(job.number, f"«{name}» could not be read: {error!r}.")


def _here(engine: FileEngine, job: Job, is_stopped: Callable[[], bool]) -> Iterator[WorkEvent]:
    """Do a job whose file may lie elsewhere. Raises AsrError, OSError."""
    if not job.source.address:
        yield from _Work(engine, job, is_stopped).run()
        return
    with fetched(job.source.address) as path:
        job = replace(job, source=replace(job.source, path=path))
        yield from _Work(engine, job, is_stopped).run()


def open_source(source: FileSource, selection: Selection, channel: int | None) -> AudioFile:
    """Open what is to be heard of a file. Raises DecodeError."""
    return open_audio(
        source.path,
        track=selection.track,
        channel=channel,
        start=selection.start,
        end=selection.end,
    )


class _StoppedError(Exception):
    """The job is to end at its last seam."""


class _Work:
    """What is known of a job while it runs."""

    def __init__(self, engine: FileEngine, job: Job, is_stopped: Callable[[], bool]) -> None:
        self._engine = engine
        self._job = job
        self._is_stopped = is_stopped
        self._segments: list[Segment] = list(job.seam.segments)
        self._unsaved: list[Segment] = []
        self._channel = job.seam.channel
        self._sample = job.seam.sample  # up to which the segments are final
        self._saved = job.seam.sample
        self._seconds = 0.0
        self._gaps: tuple[Gap, ...] = ()
        self._notes: list[Message] = []
        self._silence: tuple[Message, ...] = ()  # what there is to say if no word was found
        self._name = job.source.name

    def run(self) -> Iterator[WorkEvent]:
        """Read every channel that is asked for, write, and tell. Raises AsrError, OSError."""
        begin = time.monotonic()
        trouble: Message | None = None
        try:
            yield from self._read()
        except DecodeError as error:
            if not self._seconds:
                raise
            trouble = error.message
        except _StoppedError:
            yield from self._stop()
            return
        if not (trouble or any(segment.words for segment in self._segments)):
            self._notes = list(self._silence)
        transcript = self._transcript(trouble)
        contents = self._write(transcript)
        self._keep_in_library(transcript)
        yield Finished(
            job=self._job.number,
            seconds=self._seconds,
            took=time.monotonic() - begin,
            words=sum(len(segment.words) for segment in self._segments),
            trouble=str(trouble) if trouble else "",
            note=" ".join(map(str, self._notes)),
            contents=contents,
        )

    def _read(self) -> Iterator[WorkEvent]:
        """Read one channel, or each in turn."""
        chosen = self._job.selection
        if not chosen.each_channel:
            yield from self._read_channel(chosen.channel, "", 1, 0)
            return
        n_channels = self._channel + 1
        while self._channel < n_channels:
            with open_source(self._job.source, self._job.selection, self._channel) as file:
                n_channels = file.channels
            speaker = str(self._channel + 1)
            yield from self._read_channel(self._channel, speaker, n_channels, self._channel)
            self._channel += 1
            self._sample = self._saved = 0

    def _read_channel(
        self, channel: int | None, speaker: str, n_channels: int, done: int
    ) -> Iterator[WorkEvent]:
        """Read one channel of `n_channels`, of which so many are `done`."""
        with open_source(self._job.source, self._job.selection, channel) as file:
            self._name = self._name or file.name
            self._seconds = max(0.0, self._sample / SAMPLE_RATE - file.begin)
            try:
                before = [one for one in self._segments if one.speaker == speaker]
                steps = self._engine.recognise(
                    file, seam=self._sample, before=before, speaker=speaker
                )
                for step in steps:
                    if isinstance(step, Segment):
                        self._segments.append(step)
                        self._unsaved.append(step)
                        continue
                    self._seconds = step.seconds
                    total = None if step.total is None else step.total * n_channels
                    told = step.seconds + done * (step.total or step.seconds)
                    yield Advanced(self._job.number, told, total)
                    yield from self._keep(step)
            finally:
                self._gaps = file.gaps
                self._silence = file.notes(has_words=False)
                notes = file.notes(has_words=True)
                self._notes += [note for note in notes if note not in self._notes]

    def _keep(self, step: FileProgress) -> Iterator[WorkEvent]:
        """Tell now and then from where one could go on. Raises _StoppedError."""
        self._sample = max(self._sample, step.seam)
        is_stopped = self._is_stopped()
        if is_stopped or self._sample - self._saved >= SAVED_SAMPLES:
            yield Saved(self._job.number, tuple(self._unsaved), self._channel, self._sample)
            self._unsaved, self._saved = [], self._sample
        if is_stopped:
            raise _StoppedError

    def _stop(self) -> Iterator[WorkEvent]:
        """Write what is final, and say in it where it ends."""
        at = self._sample / SAMPLE_RATE
        is_kept = bool(self._job.outputs and self._job.key)  # in a ledger
        trouble = Message(RESUMABLE if is_kept else STOPPED, {"seconds": at})
        yield Stopped(
            job=self._job.number,
            seconds=at,
            sentence=str(trouble),
            contents=self._write(self._transcript(trouble)),
        )

    def _write(self, transcript: Transcript) -> tuple[bytes, ...]:
        """Write each format where the job wants it; else return their bytes."""
        job = self._job
        if not job.outputs:
            return tuple(encode(transcript, one, job.format_options) for one in job.formats)
        for suffix, path in job.outputs.items():
            make_folder(path.parent)
            placed = replace(transcript, audio=_beside(job.source, path.parent))
            save(placed, path, job.format_options, suffix=suffix, is_output=True)
        return ()

    def _keep_in_library(self, transcript: Transcript) -> None:
        """Put it there, if that is wanted; its other outputs are written all the same."""
        if self._job.library is None:
            return
        try:
            source = self._job.source
            with Library.open(self._job.library) as library:
                library.add_file(transcript, None if source.address else source.path)
        except LibraryError as error:
            self._notes.append(
                Message("It is not in the library. {why}", {"why": error.message})
            )

    def _transcript(self, trouble: Message | None) -> Transcript:
        job, pack = self._job, self._engine.pack
        speakers = sorted({one.speaker for one in self._segments} - {""})
        return Transcript(
            id=job.key[:32] or new_id(),
            segments=tuple(sorted(self._segments, key=lambda one: one.start)),
            seconds=self._seconds,
            source=self._name,
            language=pack.language,
            pack=pack.checksum,
            speakers=tuple(Speaker(one, f"Speaker {one}") for one in speakers),
            gaps=self._gaps,
            notes=tuple(self._notes),
            trouble=trouble,
        )


def seam_after(seam: Seam, event: Saved) -> Seam:
    """Return the seam that a job has reached by an event."""
    return Seam((*seam.segments, *event.segments), event.channel, event.sample)


def make_folder(folder: Path) -> None:
    """Make a folder for outputs. Raises StorageError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(
            "{folder} cannot be made: {why}.", folder=folder, why=error.strerror
        ) from error


def _beside(source: FileSource, folder: Path) -> str:
    """Return where the sound is, as seen from the transcript's folder."""
    if source.address:
        return without_password(source.address)
    try:
        return Path(os.path.relpath(source.place, folder.absolute())).as_posix()
    except ValueError:  # another drive
        return Path(source.place).as_posix()
