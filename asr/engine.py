"""The recogniser put together: pack, processor and decoders, for window and terminal alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Literal, TypeAlias

from asr.acoustic import AcousticGraph
from asr.audio import SAMPLE_RATE
from asr.audio.files import AudioFile, open_audio
from asr.audio.microphone import Microphone
from asr.decoding import Decoder
from asr.decoding.beam_search import BeamDecoder, Pruned
from asr.decoding.confidence import Calibration
from asr.decoding.greedy import GreedyDecoder
from asr.decoding.hot_words import HotWords
from asr.decoding.options import DecoderOptions
from asr.each_channel import transcribe_channels
from asr.errors import DecodeError, LanguageError
from asr.file_recogniser import (
    FileProgress,
    FileRecogniser,
    pieces_from,
    recognised,
    with_gaps,
)
from asr.language.pack_language import PackLanguage
from asr.language.user import UserLanguage
from asr.live.endpoint import PRESETS
from asr.live.events import FinalResult, Ledger
from asr.live.session import Hearing, Session, recover
from asr.live.stored import Unfinished
from asr.live_graph import LiveGraph
from asr.pack import EMBEDDED, Pack, PackFile
from asr.provider import ProviderChoice, choose_provider
from asr.readable.replacements import Replacements
from asr.readable.tagger import Tagger
from asr.readable.writer import Readable, ReadableOptions, as_heard_because
from asr.sentences import Message
from asr.text import phrase_of
from asr.transcript import ME, THEM, Gap, Segment, Transcript
from asr.window import FRAME

DecoderName: TypeAlias = Literal["beam", "greedy"]
ProviderName: TypeAlias = Literal["auto", "cpu", "cuda"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineOptions:
    """What the user may choose."""

    pack: Path = EMBEDDED
    provider: ProviderName = "auto"
    decoder: DecoderName = "beam"
    threads: int = 1
    hot_words: HotWords = HotWords()
    language: UserLanguage = UserLanguage()
    readable: ReadableOptions = ReadableOptions()


class Engine:
    """A loaded recogniser; each of its sessions and files from one thread at a time."""

    def __init__(self, options: EngineOptions = EngineOptions()) -> None:
        """Load the pack. Raises PackError, ProviderError or LanguageError."""
        self.pack = Pack.open(options.pack)
        self._user_language = options.language
        self._hot_words = options.hot_words
        self._threads = options.threads
        self.choice = _choice(self.pack, options.provider)
        if self.choice.provider != "cpu":
            _ = self.graph  # whether a GPU can be used is told at once
        self.greedy = GreedyDecoder(self.pack.letters, frame_seconds=self.pack.frame_seconds)
        self.decoder: Decoder = self.greedy
        self.live_decoder: Decoder = self.greedy
        self._beam: BeamDecoder | None = None
        if options.decoder == "beam":
            beam = open_beam(self.pack, options.hot_words, language=self.language)
            self._beam = self.decoder = beam
            self.live_decoder = Pruned(beam, self.pack.live)
        self._own_readable = self._dictated = options.readable
        self._written = Replacements()  # as the vocabulary has it
        self.readable = open_readable(self.pack, options.readable)

    @cached_property
    def graph(self) -> AcousticGraph:
        """What hears files; sessions on the CPU may do without. Raises PackError."""
        return AcousticGraph(self.pack, self.choice.provider, threads=self._threads)

    @cached_property
    def live_graph(self) -> LiveGraph | None:
        """What hears text under way, if the pack has it; files do without. Raises PackError."""
        return LiveGraph(self.pack) if self.pack.has(PackFile.LIVE) else None

    @cached_property
    def hearing(self) -> Hearing:
        """What recognises sessions. Raises PackError.

        On the CPU one graph hears text under way and whole utterances: a second one would
        hold the same weights once more.
        """
        live = self.live_graph
        recurrent = self.language.recurrent if self._beam is not None else None
        return Hearing(
            network=self.graph if live is None or self.choice.provider != "cpu" else live,
            decoder=self.live_decoder,
            live=live,
            final_decoder=self.decoder,
            window=self.pack.window,
            readable=self.readable,
            load=recurrent.load if recurrent else None,
        )

    @cached_property
    def language(self) -> PackLanguage:
        """What is known of the language; without the beam, opened when it is asked for."""
        return PackLanguage(self.pack, self._user_language)

    @property
    def name(self) -> str:
        """The language, for people."""
        return self.pack.language

    @property
    def trouble(self) -> str:
        """A sentence, if words cannot be made readable; recognition goes on."""
        return self.readable.trouble

    def dictate(self, *, commands: bool, replacements: Replacements) -> None:
        """Obey spoken commands and put the user's replacements in, from the next words on.

        What EngineOptions ask for holds, too. It may be called from any thread.
        """
        own = self._own_readable
        self._dictated = replace(
            own,
            commands=own.commands or commands,
            replacements=replacements.joined(own.replacements),
        )
        self._apply_readable()

    def _apply_readable(self) -> None:
        wanted = self._dictated
        replacements = self._written.joined(wanted.replacements)
        self.readable.options = replace(wanted, replacements=replacements)

    @property
    def provider_label(self) -> str:
        """What computes, for people."""
        return self.choice.label

    def expect(self, lines: Iterable[str]) -> None:
        """Listen for words of the user beside the hot words, from the next utterance on.

        They are shown as they are written here, if that is not as everyone writes them.
        From any thread; what is under way goes on with the words that it has.

        Args:
            lines: As `HotWords.parse` reads them, in the place of those of the last call.

        Raises:
            ConfigError: A weight is none; nothing has changed.
        """
        lines = list(lines)
        own = HotWords.parse(lines)
        if self._beam is not None:
            self._beam.listen_for(HotWords(self._hot_words.phrases + own.phrases))
        self._written = Replacements.as_written(phrase_of(line) for line in lines)
        self._apply_readable()

    def open_session(
        self,
        device: str | None,
        folder: Path,
        *,
        with_system: bool = False,
        pause: str = "normal",
        channel: int | None = None,
    ) -> Session:
        """Prepare to listen, recording into a new folder in `folder`.

        With the system's sound, the microphone's speaker is ME and the other THEM; if only one
        of them can be opened, the session begins with it and says so.

        Args:
            device: Index or name; None for the default one.
            folder: Where the session's own folder will be.
            with_system: Hear what the computer plays, too.
            pause: How long a pause ends an utterance: a key of asr.live.endpoint.PRESETS.
            channel: Of the device, from 0 on; None mixes the first two.
        """
        hearing = replace(self.hearing, endpoint=PRESETS[pause])
        microphone = Microphone(device, channel=channel)
        if with_system:
            sources = {ME.id: microphone, THEM.id: Microphone(monitor=True)}
            return Session(hearing, sources, folder)
        return Session(hearing, {"": microphone}, folder)

    def recover(self, session: Unfinished) -> Iterator[FileProgress | Segment]:
        """Bring back what was final, recognise the rest, and close the session."""
        yield from session.transcript.segments
        for event in recover(self.hearing, session.folder):
            if isinstance(event, FinalResult):
                yield event.segment
            elif isinstance(event, Ledger):
                yield FileProgress(event.recognised, event.recorded)

    def transcribe_file(self, path: Path) -> Iterator[FileProgress | Segment | Gap | Message]:
        """Recognise a file step by step, so that it can be abandoned between steps.

        Holes that cut no sentence in two come where they lie, notes on the sound at the end.

        Raises:
            DecodeError: It holds no readable sound; one that breaks off yields first what
                can be read.
        """
        with open_audio(path) as file:
            yield from with_gaps(file, self.recognise(file))

    def transcribe_channels(
        self, path: Path
    ) -> Iterator[FileProgress | Segment | Gap | Message]:
        """Recognise each channel of a file as a speaker; else as `transcribe_file` does."""
        return transcribe_channels(
            path, lambda file, speaker: self.recognise(file, speaker=speaker)
        )

    def recognise(
        self,
        file: AudioFile,
        *,
        seam: int = 0,
        before: Sequence[Segment] = (),
        speaker: str = "",
    ) -> Iterator[FileProgress | Segment]:
        """Recognise an open file step by step; where sound is missing, the file tells.

        Times are those of the file's clock. Raises DecodeError as `transcribe_file` does.

        Args:
            file: Read from its begin, whatever the seam: so its samples are the same.
            seam: Where an earlier reading stopped, as `FileProgress` told it.
            before: What that one found; the text goes on after it.
            speaker: The id of who speaks in it.
        """
        write = self.writer(before)
        for step in self.hear(file, seam=seam, speaker=speaker):
            yield write(step) if isinstance(step, Segment) else step

    def writer(self, before: Sequence[Segment] = ()) -> Callable[[Segment], Segment]:
        """Return what makes segments readable, in their order, after those before."""
        writer = self.readable.writer()
        for segment in before:
            writer.final(segment)
        return writer.final

    def hear(
        self, file: AudioFile, *, seam: int = 0, speaker: str = "", is_cut: bool = False
    ) -> Iterator[FileProgress | Segment]:
        """Recognise an open file as `recognise` does, with words as they are heard.

        What is found from a seam on depends on nothing before it.

        Args:
            file: Read from its begin.
            seam: Where to begin.
            speaker: The id of who speaks in it.
            is_cut: The seam is any sample: begin at the first from there at which a frame
                of the whole file begins, so that later seams can be those of the whole.
        """
        begin = round(file.begin * SAMPLE_RATE)
        pool = ThreadPoolExecutor(self._threads) if self._threads > 1 else None
        try:
            recogniser = FileRecogniser(self.graph, self.decoder, speaker=speaker, pool=pool)
            recogniser.skip(begin)
            pieces = pieces_from(file.pieces(), seam - begin, FRAME if is_cut else 1)
            yield from recognised(recogniser, file, pieces)
        finally:
            if pool:
                pool.shutdown(wait=False, cancel_futures=True)

    def transcribe(self, path: Path) -> Transcript:
        """Recognise a whole file; one that breaks off as far as it goes, and says so.

        Raises:
            DecodeError: Nothing of it can be read.
        """
        with open_audio(path) as file:
            return self.transcript(file)

    def transcript(self, file: AudioFile) -> Transcript:
        """Recognise an open file as `transcribe` does. Raises DecodeError."""
        seconds = 0.0
        segments: list[Segment] = []
        trouble: Message | None = None
        try:
            for step in self.recognise(file):
                if isinstance(step, Segment):
                    segments.append(step)
                else:
                    seconds = step.seconds
        except DecodeError as error:
            if not seconds:
                raise
            trouble = error.message
        return Transcript(
            trouble=trouble,
            segments=tuple(segments),
            seconds=seconds,
            source=file.name,
            language=self.pack.language,
            pack=self.pack.checksum,
            gaps=file.gaps,
            notes=() if trouble else file.notes(has_words=bool(segments)),
        )


def _choice(pack: Pack, provider: ProviderName) -> ProviderChoice:
    """The user's provider, or the one that was found to be the fastest."""
    if provider == "auto":
        return choose_provider(pack)
    return ProviderChoice(provider, "chosen by you")


def open_beam(
    pack: Pack,
    hot_words: HotWords = HotWords(),
    changes: Mapping[str, object] | None = None,
    *,
    language: PackLanguage | None = None,
) -> BeamDecoder:
    """Put the beam decoder of a pack together.

    Args:
        pack: What it is taken from.
        hot_words: What to listen for.
        changes: Decoder options to try in the place of the pack's.
        language: What is known of the language; by default the pack's own, opened for it.

    Raises:
        PackError: The pack carries no language.
        LanguageError: Its parts do not fit together.
        ConfigError: An option is not known.
    """
    language = language or PackLanguage(pack)
    return BeamDecoder(
        language.lexicon,
        language.n_gram,
        pack.phones,
        pack.letters,
        DecoderOptions.parse({**pack.decoder, **(changes or {})}),
        frame_seconds=pack.frame_seconds,
        calibration=Calibration.parse(pack.confidence) if pack.confidence else None,
        hot_words=hot_words,
        pronounce=language.pronounce,
        recurrent=language.recurrent,
    )


def open_readable(pack: Pack, options: ReadableOptions = ReadableOptions()) -> Readable:
    """Return what makes a pack's words readable: as heard, if it has no tagger that works."""
    if not options.is_on or not pack.has(PackFile.READABLE):
        return Readable(options=options)
    if PackFile.READABLE in pack.damaged:
        trouble = "Words are shown as they were heard: the pack's tagger is damaged."
        return Readable(options=options, trouble=f"{trouble} Install the pack again.")
    try:
        return Readable(Tagger(pack.path(PackFile.READABLE)), options)
    except LanguageError as error:
        return Readable(options=options, trouble=as_heard_because(error))
