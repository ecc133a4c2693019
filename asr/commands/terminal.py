"""Live text in a terminal: unstable dim, stable plain, final bright."""

from __future__ import annotations

import secrets
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final, TextIO
from urllib.parse import urlencode

from asr.commands.captions import CaptionServer, event_to_json
from asr.engine import Engine
from asr.live.events import Event, FinalResult, GapFound, Ledger, Notice, PartialResult, Topic
from asr.live.session import Session
from asr.live.stored import unfinished_sessions
from asr.places import data_folder

TICK_S: Final = 0.04  # between two looks at the session, one frame
DIM: Final = "\x1b[2m"
BRIGHT: Final = "\x1b[1m"
PLAIN: Final = "\x1b[0m"
CLEAR_LINE: Final = "\r\x1b[K"


def run_session(
    engine: Engine,
    *,
    device: str | None,
    with_system: bool,
    pause: str,
    channel: int | None,
    as_json: bool,
    captions_port: int | None,
    captions_token: str | None,
) -> int:
    """Listen until Ctrl+C; every word that was said is written before it ends.

    Returns:
        The exit code: 1 if the disk did not take all of the sound.

    Raises:
        DeviceError: There is nothing to listen to.
    """
    sessions = data_folder() / "sessions"
    session = engine.open_session(
        device, sessions, with_system=with_system, pause=pause, channel=channel
    )
    writer: JsonWriter | TextWriter = JsonWriter() if as_json else TextWriter()
    with ExitStack() as stack:
        server = None
        if captions_port is not None:
            server = stack.enter_context(_captions(captions_port, captions_token))
        audience = _Audience(writer, server)
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends as Ctrl+C does
        _tell_of_unfinished(sessions)
        _listen(session, audience.tell)
    writer.close()
    return 0 if audience.is_whole else 1


@contextmanager
def _captions(port: int, token: str | None) -> Iterator[CaptionServer]:
    """Serve captions, and say where they are. Raises ConfigError."""
    token = token or secrets.token_urlsafe(8)
    with CaptionServer(port, token=token) as server:
        asked = urlencode({"port": server.port, "token": token})
        sys.stderr.write(f"Captions: docs/captions.html?{asked}\n")
        yield server


class _Audience:
    """Everyone who is told of events; it remembers whether all sound is on disk."""

    is_whole = True

    def __init__(self, writer: JsonWriter | TextWriter, server: CaptionServer | None) -> None:
        self._writer = writer
        self._server = server

    def tell(self, events: Iterable[Event]) -> None:
        for event in events:
            self._writer.write(event)
            if isinstance(event, Notice) and event.topic is Topic.DISK:
                self.is_whole = event.resolved
            if self._server:
                self._server.send(event)


def _listen(session: Session, tell: Callable[[Iterable[Event]], None]) -> None:
    """Listen until Ctrl+C, and tell of all that was said."""
    try:
        session.start()
        sys.stderr.write("Listening. Press Ctrl+C to stop.\n")
        while True:
            tell(session.poll())
            time.sleep(TICK_S)
    except KeyboardInterrupt:
        _drain(session, tell)
    finally:
        session.stop()  # whatever else ended it: the sound is closed as it should be


def _drain(session: Session, tell: Callable[[Iterable[Event]], None]) -> None:
    """Recognise what is left, or leave it to a recovery if Ctrl+C comes again."""
    try:
        tell(session.stop_listening())
        while not session.is_finished:
            tell(session.poll())
    except KeyboardInterrupt:
        tell(session.put_aside())
        sys.stderr.write("The rest was not recognised; the window offers to recover it.\n")


def _tell_of_unfinished(sessions: Path) -> None:
    for one in unfinished_sessions(sessions):
        sys.stderr.write(
            f"A session of {one.started:%Y-%m-%d %H:%M} was cut short ({one.seconds:.1f} s of "
            "sound are saved); the window offers to recover it.\n"
        )


class JsonWriter:
    """One JSON object a line, for other programs."""

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out or sys.stdout

    def write(self, event: Event) -> None:
        """Write one event."""
        self._out.write(event_to_json(event) + "\n")
        self._out.flush()

    def close(self) -> None:
        """Nothing is held back."""


class TextWriter:
    """Text for people; where the output is no terminal, only what is final."""

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out or sys.stdout
        self._is_terminal = self._out.isatty()
        self._ledger: Ledger | None = None

    def write(self, event: Event) -> None:
        """Show one event."""
        if isinstance(event, FinalResult) and event.segment.words:
            speaker = f"{event.segment.speaker}: " if event.segment.speaker else ""
            self._line(f"{speaker}{event.segment.shown}", BRIGHT)
        elif isinstance(event, PartialResult) and self._is_terminal:
            self._rewrite(event)
        elif isinstance(event, GapFound):
            self._line(f"[{event.gap.message}]", DIM)
        elif isinstance(event, Notice):
            sys.stderr.write(f"{CLEAR_LINE if self._is_terminal else ''}{event.sentence}\n")
        elif isinstance(event, Ledger):
            self._ledger = event

    def close(self) -> None:
        """Say what became of the sound."""
        if self._ledger:
            found = self._ledger
            sys.stderr.write(
                f"Recorded {found.recorded:.1f} s, recognised {found.recognised:.1f} s, "
                f"{len(found.gaps)} {'gap' if len(found.gaps) == 1 else 'gaps'}.\n"
            )

    def _line(self, text: str, style: str) -> None:
        if self._is_terminal:
            self._out.write(f"{CLEAR_LINE}{style}{text}{PLAIN}\n")
        else:
            self._out.write(f"{text}\n")
        self._out.flush()

    def _rewrite(self, heard: PartialResult) -> None:
        """Show the end of the utterance under way on the last line."""
        stable = heard.text.shown.replace("\n", " ")
        unstable = " ".join(heard.text.unstable)
        room = shutil.get_terminal_size().columns - 2
        stable = stable[-max(0, room - len(unstable) - 1) :]
        self._out.write(f"{CLEAR_LINE}{stable} {DIM}{unstable[-room:]}{PLAIN}")
        self._out.flush()
