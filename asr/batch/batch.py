"""A batch: sources become jobs, workers do them, the ledger keeps account."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

from asr.audio.files import printable
from asr.batch import remote
from asr.batch.events import (
    ENDS,
    Accepted,
    BatchEvent,
    Failed,
    Finished,
    Saved,
    Skipped,
    Stopped,
    WorkEvent,
)
from asr.batch.job import (
    TEMPLATE,
    FileSource,
    Heard,
    Job,
    Selection,
    job_key,
    output_path,
)
from asr.batch.ledger import BatchLedger, LedgerEntry
from asr.batch.sources import SUFFIXES
from asr.batch.work import make_folder
from asr.batch.workers import Workers
from asr.errors import AsrError, ConfigError
from asr.formats import FORMATS, FormatOptions

POLL_SECONDS: Final = 0.2
KEPT: Final = (Saved, Heard, Finished, Stopped, Failed)  # in the ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchOptions:
    """What is done with every file; `output` is the folder of the transcripts and the ledger.

    Without one, transcripts are sent back as bytes, and nobody keeps account.
    """

    output: Path | None = None
    formats: tuple[str, ...] = ("txt",)
    template: str = TEMPLATE
    overwrite: bool = False
    selection: Selection = Selection()
    format_options: FormatOptions = FormatOptions()
    library: Path | None = None  # that keeps transcripts, too

    def __post_init__(self) -> None:
        """Check what can be checked. Raises ConfigError."""
        if unknown := [one for one in self.formats if one not in FORMATS]:
            raise ConfigError(
                "There is no format {format}: choose of {known}.",
                format=unknown[0],
                known=", ".join(FORMATS),
            )
        if len({self.path(FileSource(Path("a")), one) for one in self.formats}) < len(
            self.formats
        ):
            raise ConfigError(
                "The template «{template}» gives several formats one name: put {field} in it.",
                template=self.template,
                field="{format}",
            )

    def path(self, source: FileSource, suffix: str) -> Path:
        """Where a transcript goes, relative to the folder. Raises ConfigError."""
        return output_path(self.template, source, suffix)


class Batch:
    """Runs jobs through workers; one batch, one thread.

    Args:
        options: What is done with every file.
        workers: Who does it.
        pack: Checksum of the pack.
        fingerprint: What else of the engine changes its text.
    """

    def __init__(
        self,
        options: BatchOptions,
        workers: Workers,
        *,
        pack: str = "",
        fingerprint: object = "",
    ) -> None:
        self._options = options
        self._workers = workers
        self._pack = pack
        self._fingerprint = [
            fingerprint,
            asdict(options.selection),
            asdict(options.format_options),
            options.formats,
            options.template,
        ]
        self._ledger: BatchLedger | None = None
        self._jobs: dict[int, Job] = {}  # under way
        self._paths: dict[Path, FileSource] = {}  # outputs of this run
        self._n_jobs = 0
        self.is_stopping = False

    def stop(self) -> None:
        """Let jobs under way end at a seam, and begin no other; from any thread."""
        self.is_stopping = True

    def run(self, sources: Iterable[FileSource | None]) -> Iterator[BatchEvent]:
        """Do all; a source of None means that none is there yet.

        Raises:
            BatchError: The ledger or all workers fail.
            ConfigError: An option cannot be used.
        """
        if self._options.output:
            make_folder(self._options.output)
            self._ledger = BatchLedger(self._options.output)
        try:
            yield from self._run(iter(sources))
        finally:
            self._workers.close()
            if self._ledger:
                self._ledger.close()

    def _run(self, sources: Iterator[FileSource | None]) -> Iterator[BatchEvent]:
        is_over = was_told = False
        while True:
            while self._workers.idle and not (is_over or self.is_stopping):
                try:
                    source = next(sources)
                except StopIteration:
                    is_over = True
                    break
                if source is None:
                    break
                yield from self._take(source)
            if self.is_stopping and not was_told:
                self._workers.stop()
                was_told = True
            if not self._workers.busy and (is_over or self.is_stopping):
                return
            yield from self._heed(self._workers.poll(POLL_SECONDS))

    def _take(self, source: FileSource) -> Iterator[BatchEvent]:
        """Make a job of a source and hand it out, unless there is nothing to do."""
        self._n_jobs += 1
        number = self._n_jobs
        yield Accepted(number, _name(source), _as_text(source.place))
        try:
            job = self._job(number, source)
        except OSError as error:  # of a name that is too long, say
            job = Failed(number, f"«{printable(source.path)}»: {error.strerror}.")
        except ConfigError as error:  # of a name that the template makes no good path of
            job = Failed(number, f"«{printable(source.path)}»: {error}")
        if isinstance(job, Job):
            self._jobs[number] = job
            self._workers.submit(job)
        else:
            yield job

    def _job(self, number: int, source: FileSource) -> Job | Skipped | Failed:
        if source.problem:
            return Failed(number, source.problem)
        options, ledger = self._options, self._ledger
        key = ""
        outputs: dict[str, Path] = {}
        if options.output and ledger:
            outputs = {one: options.path(source, one) for one in options.formats}
            key = self._key(source, ledger)
            if key and (skipped := self._skipped(number, ledger, key, outputs)):
                return skipped
            if sentence := self._clash(ledger, key, source, outputs):
                return Failed(number, sentence)
            if key and not ledger.claim(
                key, source.place, outputs.values(), again=options.overwrite
            ):
                return Skipped(number, "another run is at it")
        job = Job(
            number=number,
            key=key,
            source=source,
            outputs={one: options.output / path for one, path in outputs.items()}
            if options.output
            else {},
            formats=options.formats,
            selection=options.selection,
            format_options=options.format_options,
            library=options.library,
        )
        if key and ledger:
            job = replace(job, seam=ledger.seam(key), heard=ledger.heard(key, number))
        return job

    def _skipped(
        self, number: int, ledger: BatchLedger, key: str, outputs: Mapping[str, Path]
    ) -> Skipped | None:
        """Say why there is nothing to do; None if there is."""
        if entry := self._done(ledger, key):
            if set(entry.outputs) != set(outputs.values()):
                return Skipped(number, _same_sound(entry), entry.message)
            if not self._options.overwrite:
                assert self._options.output
                paths = map(self._options.output.joinpath, entry.outputs)
                return Skipped(number, "done already", entry.message, _absolute(paths))
        for job in self._jobs.values():
            if job.key == key:
                return Skipped(number, f"the same sound as «{_name(job.source)}», under way")
        return None

    def _key(self, source: FileSource, ledger: BatchLedger) -> str:
        """Name the job; "" for what cannot be read, of which the worker will say why."""
        try:
            if source.address:
                digest = remote.digest(source.address)
            elif source.path.is_file():  # reading a device would not end
                digest = ledger.digest(source.path)
            else:
                return ""
        except (OSError, AsrError):
            return ""
        return job_key(digest, self._pack, self._fingerprint)

    def _done(self, ledger: BatchLedger, key: str) -> LedgerEntry | None:
        """Return the entry of a job whose outputs are there; None if it is to be done."""
        entry = ledger.entry(key)
        is_done = entry and entry.state == "done" and self._are_there(entry)
        return entry if is_done else None

    def _are_there(self, entry: LedgerEntry) -> bool:
        assert self._options.output
        return bool(entry.outputs) and all(
            (self._options.output / path).exists() for path in entry.outputs
        )

    def _clash(
        self, ledger: BatchLedger, key: str, source: FileSource, outputs: dict[str, Path]
    ) -> str:
        """Say whose text would be overwritten; "" if nobody's."""
        assert self._options.output
        for path in outputs.values():
            other = self._paths.setdefault(path, source)
            if other.place != source.place:
                return (
                    f"{path} is the transcript of {printable(other.path)} from another folder: "
                    "give a --template with {folder}, or another --output."
                )
            place = self._options.output / path
            if place.suffix.lower() in SUFFIXES and place.exists():
                return f"{place} is a sound, not a transcript: give another --template."
            if self._options.overwrite or not place.exists():
                continue
            writer = ledger.writer(path)
            if writer is None:
                return f"{place} is there already: --overwrite replaces it."
            if writer.state == "done" and writer.source != source.place:
                return f"{place} is the transcript of {writer.source}: --overwrite replaces it."
        return ""

    def _heed(self, told: Sequence[WorkEvent]) -> Iterator[BatchEvent]:
        """Enter what workers tell into the ledger, then pass it on."""
        kept = [one for one in told if isinstance(one, KEPT) and self._jobs[one.job].key]
        if self._ledger and kept:
            with self._ledger.together():
                for one in kept:
                    self._enter(self._ledger, self._jobs[one.job].key, one)
        for event in told:
            if isinstance(event, ENDS):
                job = self._jobs.pop(event.job)
                if isinstance(event, Finished | Stopped):
                    event = replace(event, outputs=_absolute(job.outputs.values()))
            if not isinstance(event, Heard):  # which only the ledger has a use for
                yield event

    def _enter(self, ledger: BatchLedger, key: str, told: WorkEvent) -> None:
        match told:
            case Saved(_, segments, channel, sample):
                ledger.save(key, segments, channel, sample)
            case Heard():
                ledger.hear(key, told)
            case Finished():
                ledger.finish(key, seconds=told.seconds, took=told.took, message=told.trouble)
            case Stopped():
                ledger.leave(key, "stopped", told.sentence)
            case Failed():
                ledger.leave(key, "failed", told.sentence)


def _name(source: FileSource) -> str:
    """Name a file for people, with the folder in which it was found: others are called so."""
    parts = (*source.folder.parts, source.path.name or str(source.path))
    return source.name or "/".join(printable(Path(part)) for part in parts)


def _absolute(paths: Iterable[Path]) -> tuple[str, ...]:
    """Tell other programs where files are."""
    return tuple(_as_text(str(path.absolute())) for path in paths)


def _as_text(path: str) -> str:
    """Write a path whole, whatever bytes it is made of."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _same_sound(entry: LedgerEntry) -> str:
    """Say whose transcript is that of another file, too."""
    return (
        f"the same sound as «{printable(Path(entry.source))}», whose transcript is "
        f"«{printable(entry.outputs[0])}»"
    )
