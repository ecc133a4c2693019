"""Earshot: live speech-to-text on your own machine.

Without a command the window opens; `earshot COMMAND --help` tells about each command.
"""

from __future__ import annotations

import argparse
import io
import json
import logging
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

from asr.errors import AsrError, ConfigError, ManifestError

if TYPE_CHECKING:
    from asr.engine import Engine, EngineOptions
    from asr.evaluation.evaluate import Report

log = logging.getLogger("earshot")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return 0, 1 for what a sentence explains, 130 if interrupted."""
    options, rest = parser().parse_known_args(arguments)
    if rest and options.command is not train_language:
        parser().error(f"unrecognized arguments: {' '.join(rest)}")
    options.rest = rest
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # names in any script, on any terminal
            stream.reconfigure(encoding="utf-8")
    logging.basicConfig(
        level=logging.DEBUG if options.verbose else logging.WARNING,
        format="%(levelname)s %(name)s: %(message)s",
    )
    command: Callable[[argparse.Namespace], int] = options.command
    try:
        return command(options)
    except AsrError as error:
        return complain(str(error))
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output has gone; nothing is left to say
        return 0


def complain(sentence: str) -> int:
    """Say what went wrong; return the exit code for it."""
    sys.stderr.write(f"earshot: {sentence}\n")
    return 1


def channel_number(text: str) -> int:
    """Read a channel as people count, for argparse; return it as it is counted inside."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"channels are counted from 1, and {text} is none.")
    return int(text) - 1


def say(text: str) -> None:
    """Print a line for the user."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


# ── Recognition ─────────────────────────────────────────────────────────────────────


def window(options: argparse.Namespace) -> int:
    """Open the window."""
    from gui.app import run

    return run(lambda: engine(options))


def listen(options: argparse.Namespace) -> int:
    """Recognise the microphone in the terminal until Ctrl+C."""
    from asr.commands.terminal import listen as listen_in_terminal

    return listen_in_terminal(
        engine(options),
        device=options.device,
        with_system=options.with_system,
        pause=options.pause,
        channel=options.channel,
        as_json=options.json,
        captions_port=options.captions,
    )


def devices(options: argparse.Namespace) -> int:
    """List what can be listened to."""
    from asr.audio.devices import inputs

    for number, device in enumerate(inputs()):
        mark = "*" if device.is_default else " "
        kind = "system sound" if device.is_monitor else "input"
        shape = f"{kind}, {device.channels} channels, {device.rate} Hz"
        say(f"{mark} {number:2} {device.label}  ({shape})")
    return 0


def transcribe(options: argparse.Namespace) -> int:
    """Recognise files; one that cannot be read does not keep the others from it."""
    from asr.formats import FORMATS, save

    if options.output:
        prepare_output(options.output, [path.name for path in options.files])
    recogniser = engine(options)
    failures = 0
    for path in options.files:
        try:
            transcript = recogniser.transcribe(path)
            if options.output:
                save(transcript, options.output / f"{path.name}.{options.format}")
            else:
                sys.stdout.write(FORMATS[options.format](transcript))
                sys.stdout.flush()
        except AsrError as error:
            failures += complain(str(error))
        else:
            failures += complain(transcript.trouble) if transcript.trouble else 0
    return min(failures, 1)


def prepare_output(folder: Path, names: Sequence[str]) -> None:
    """Make the folder, and see that no transcript would overwrite another."""
    if twice := {name for name in names if names.count(name) > 1}:
        raise ConfigError(
            f"Several files are called {', '.join(sorted(twice))}: their transcripts would "
            "overwrite one another. Transcribe them into different folders."
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"{folder} cannot be made: {error.strerror}.") from error


def align(options: argparse.Namespace) -> int:
    """Lay a text over its recording and write subtitles of it."""
    from asr.alignment import align_file
    from asr.formats import FORMATS

    transcript = align_file(engine(options), options.audio, options.text)
    sys.stdout.write(FORMATS[options.format](transcript))
    return 0


def evaluate(options: argparse.Namespace) -> int:
    """Measure error rates on a manifest."""
    from asr.acoustic import steps
    from asr.evaluation.evaluate import read_utterances, report
    from asr.evaluation.manifest import read_manifest

    utterances = read_manifest(options.manifest)
    if options.limit:
        utterances = utterances[: options.limit]
    recogniser = engine(options)
    graph, shape = recogniser.graph, recogniser.pack.window
    change = {
        name: value
        for name in ("context", "step", "lookahead")
        if (value := getattr(options, name)) is not None
    }
    shape = replace(shape, **change)
    live = options.mode == "live"
    readings = []
    for reading in read_utterances(
        utterances,
        (lambda samples: steps(graph, samples, shape)) if live else graph,
        recogniser.live_decoder if live else recogniser.decoder,
    ):
        readings.append(reading)
        if options.verbose or options.texts:
            say(f"< {reading.reference}\n> {reading.hypothesis}")
    if not readings:
        raise ManifestError(f"No text in {options.manifest} holds a word.")
    found = report(readings)
    say(json.dumps(asdict(found)) if options.json else described(found))
    return 0


def described(found: Report) -> str:
    """A report for people."""
    return (
        f"{found.utterances} utterances, {found.seconds / 60:.1f} minutes, "
        f"{found.speakers} speakers\n"
        f"words wrong      {found.wer:7.2%}   (speakers: {found.speaker_wer_lowest:.1%} "
        f"to {found.speaker_wer_highest:.1%}, median {found.speaker_wer_median:.1%})\n"
        f"letters wrong    {found.cer:7.2%}\n"
        f"utterances wrong {found.ser:7.2%}\n"
        f"computing        {found.rtf:7.4f} seconds per second of sound"
    )


def engine_options(options: argparse.Namespace) -> EngineOptions:
    """What the command line says about the recogniser."""
    from asr.decoding.hot_words import HotWords
    from asr.engine import EngineOptions
    from asr.language.user import OwnLanguage

    hot_words = HotWords()
    if options.hot_words:
        try:
            lines = options.hot_words.read_text(encoding="utf-8-sig").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"The hot words cannot be read: {error}.") from error
        hot_words = HotWords.parse(lines)
    language = OwnLanguage(model=options.language, personal=options.personal)
    if options.personal_weight is not None:
        language = replace(language, weight=options.personal_weight)
    chosen = EngineOptions(
        provider=options.provider,
        decoder=options.decoder,
        hot_words=hot_words,
        language=language,
    )
    return replace(chosen, pack=options.pack) if options.pack else chosen


def engine(options: argparse.Namespace) -> Engine:
    """Load the recogniser that the command line asks for."""
    from asr.engine import Engine

    return Engine(engine_options(options))


# ── Training and export: these need the extra [train] ───────────────────────────────


def tell_progress() -> None:
    """Let what takes long say what it does."""
    for room in ("models", "export"):
        logging.getLogger(room).setLevel(logging.INFO)


def train(options: argparse.Namespace) -> int:
    """Train an acoustic model."""
    from models.acoustic.training import train as train_model

    tell_progress()
    run = options.into or Path("runs") / options.config.stem
    train_model(options.config, run, options.set, resume=options.resume)
    return 0


def train_language(options: argparse.Namespace) -> int:
    """Build a language model and a lexicon from texts."""
    from models.language.build import main as train_on_texts

    tell_progress()
    train_on_texts(options.rest)
    return 0


def export(options: argparse.Namespace) -> int:
    """Write a checkpoint as a pack."""
    from export.pack import write_pack

    worst = write_pack(options.checkpoint, options.pack_folder, language=options.language)
    say(f"{options.pack_folder}: onnxruntime and torch differ by at most {worst:.1e} nats.")
    return 0


def tune(options: argparse.Namespace) -> int:
    """Choose decoder weights and calibrate confidence on dev lists."""
    from asr.pack import EMBEDDED
    from export.tune import tune as tune_pack

    tell_progress()
    found = tune_pack(options.pack or EMBEDDED, options.manifests, options.each)
    say(json.dumps(found))
    return 0


# ── The command line ────────────────────────────────────────────────────────────────


def parser() -> argparse.ArgumentParser:
    """Describe every command on one screen."""
    top = argparse.ArgumentParser(prog="earshot", description=__doc__)
    top.add_argument("-v", "--verbose", action="store_true", help="tell more")
    recognition = recognition_options()
    top.set_defaults(command=window, **vars(recognition.parse_args([])))
    commands = top.add_subparsers(metavar="COMMAND")

    one = commands.add_parser("listen", parents=[recognition], help="write what is said")
    one.add_argument("--device", help="name or number from `earshot devices`")
    one.add_argument(
        "--channel",
        type=channel_number,
        metavar="N",
        help="of the device, from 1; else the first two are mixed",
    )
    one.add_argument("--with-system", action="store_true", help="hear the system's sound too")
    one.add_argument(
        "--pause",
        choices=("fast", "normal", "long"),
        default="normal",
        help="how long a pause ends an utterance: 0.5, 0.8 or 1.5 s",
    )
    one.add_argument("--json", action="store_true", help="one JSON object a line")
    one.add_argument("--captions", type=int, metavar="PORT", help="serve captions locally")
    one.set_defaults(command=listen)

    one = commands.add_parser("transcribe", parents=[recognition], help="recognise files")
    one.add_argument("files", type=Path, nargs="+", metavar="FILE")
    one.add_argument("--format", choices=("txt", "srt", "vtt", "json"), default="txt")
    one.add_argument("--output", type=Path, metavar="FOLDER", help="a file each, in here")
    one.set_defaults(command=transcribe)

    one = commands.add_parser("devices", help="list microphones")
    one.set_defaults(command=devices)

    one = commands.add_parser("align", parents=[recognition], help="time a text you have")
    one.add_argument("audio", type=Path)
    one.add_argument("text", type=Path)
    one.add_argument("--format", choices=("srt", "vtt", "json", "txt"), default="srt")
    one.set_defaults(command=align)

    one = commands.add_parser("evaluate", parents=[recognition], help="count errors")
    one.add_argument("manifest", type=Path, metavar="MANIFEST.tsv")
    one.add_argument("--json", action="store_true", help="one JSON object, last")
    one.add_argument("--mode", choices=("offline", "live"), default="offline")
    one.add_argument("--limit", type=int, metavar="N", help="the first N utterances only")
    one.add_argument("--texts", action="store_true", help="show what was said and read")
    for name in ("context", "step", "lookahead"):
        one.add_argument(f"--{name}", type=int, metavar="FRAMES", help="of the live window")
    one.set_defaults(command=evaluate)

    add_training(commands)
    return top


def recognition_options() -> argparse.ArgumentParser:
    """What every command that recognises understands."""
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--pack", type=Path, help="folder of a model pack")
    shared.add_argument("--provider", choices=("auto", "cpu", "cuda"), default="auto")
    shared.add_argument("--decoder", choices=("beam", "greedy"), default="beam")
    shared.add_argument("--hot-words", type=Path, metavar="FILE", help="a phrase a line")
    shared.add_argument(
        "--language", type=Path, metavar="FILE", help="a language model instead of the pack's"
    )
    shared.add_argument(
        "--personal", type=Path, metavar="FILE", help="a language model to mix in"
    )
    shared.add_argument("--personal-weight", type=float, metavar="W", help="of it; 0 to 1")
    return shared


def add_training(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands that need torch."""
    one = commands.add_parser("train", help="train an acoustic model")
    one.add_argument("config", type=Path, metavar="CONFIG.toml")
    one.add_argument("--into", type=Path, metavar="FOLDER", help="default: runs/CONFIG")
    one.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    one.add_argument("--resume", action="store_true", help="go on from the last checkpoint")
    one.set_defaults(command=train)

    one = commands.add_parser(  # models.language.build, which needs the extra, reads the rest
        "train-language", help="build a language model", add_help=False
    )
    one.set_defaults(command=train_language)

    one = commands.add_parser("export", help="write a checkpoint as a pack")
    one.add_argument("checkpoint", type=Path)
    one.add_argument("pack_folder", type=Path, metavar="PACK")
    one.add_argument("--language", type=Path, metavar="FOLDER", help="with language.* files")
    one.set_defaults(command=export)

    one = commands.add_parser("tune", help="choose decoder weights on dev lists")
    one.add_argument("manifests", type=Path, nargs="+", metavar="DEV.tsv")
    one.add_argument("--pack", type=Path, help="folder of a model pack")
    one.add_argument("--each", type=int, default=100, metavar="N", help="utterances of a list")
    one.set_defaults(command=tune)


if __name__ == "__main__":
    sys.exit(main())
