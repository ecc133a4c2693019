"""Live text for other programs: one JSON object for each event, as lines or on a WebSocket.

Every object has a `kind`: partial (stable and unstable words), final (a segment), gap,
notice, level, ledger. `shown` is the stable words or the segment as people read them, where
that differs from what was heard. Times are seconds from the start of the session. A notice with
`resolved` ends the trouble of the same topic and speaker, and no other.

The server listens on the loopback address. On any other it wants a token, without which
nobody is let in:  ws://<host>:<port>/?token=<token>
"""

from __future__ import annotations

import asyncio
import hmac
import importlib
import ipaddress
import json
import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import asdict
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from asr.errors import ConfigError
from asr.live.events import Event, FinalResult, GapFound, Ledger, Level, Notice, PartialResult
from asr.transcript import segment_to_dict

log = logging.getLogger(__name__)

PORT: Final = 8765
START_TIMEOUT_S: Final = 5.0
SLOW_CLIENT_BYTES: Final = 64 * 1024  # not yet taken by a client, after which it is let go
GOODBYE_S: Final = 0.2  # that clients have to take their leave; one that is stuck never does
NO_TOKEN: Final = """The token is missing or wrong. Earshot prints it when it starts:
docs/captions.html?port=…&token=… is the page with captions. It is another at each start,
unless you choose one: earshot listen --captions PORT --captions-token TOKEN
"""


def event_to_json(event: Event) -> str:
    """Return one line of JSON, without its end."""
    return json.dumps(_fields(event), ensure_ascii=False, separators=(",", ":"))


def _fields(event: Event) -> dict[str, Any]:
    match event:
        case PartialResult(text, speaker):
            live = {"stable": " ".join(text.stable), "unstable": " ".join(text.unstable)}
            if text.shown != live["stable"]:
                live["shown"] = text.shown
            return {"kind": "partial", "speaker": speaker, **live}
        case FinalResult(segment):
            return {"kind": "final", **segment_to_dict(segment)}
        case GapFound(gap):
            return {"kind": "gap", **asdict(gap), "text": str(gap.message)}
        case Notice():
            told = event.message.to_dict()
            return {
                "kind": "notice",
                "sentence": event.sentence,
                "code": told["code"],
                "values": told["values"],
                "topic": event.topic,
                "speaker": event.speaker,
                "resolved": event.resolved,
            }
        case Level():
            return {"kind": "level", **asdict(event)}
        case Ledger():
            return {"kind": "ledger", "lag": event.lag, **asdict(event)}


class CaptionServer:
    """Sends events to whoever is connected, from a thread of its own.

    >>> with CaptionServer() as captions:
    ...     captions.send(event)

    Args:
        port: 0 for any that is free; `port` says which.
        host: The address to listen on.
        token: What a client must know; needed on any address but the loopback one.

    Raises:
        ConfigError: The library is missing, the address is taken, or it wants a token.
    """

    def __init__(self, port: int = PORT, host: str = "127.0.0.1", token: str = "") -> None:
        if not _is_loopback(host) and not token:
            raise ConfigError(
                "Strangers could read captions on {host}: give a token, or use 127.0.0.1.",
                host=host,
            )
        self.host, self.port = host, port
        self._token = token
        self._loop = asyncio.new_event_loop()
        self._started: Future[int] = Future()
        self._clients: set[Any] = set()  # touched on the server's thread only
        self._broadcast_line: Callable[[set[Any], str], None]  # known once it serves
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="captions", daemon=True)

    def __enter__(self) -> CaptionServer:
        self._thread.start()
        self.port = self._started.result(START_TIMEOUT_S)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(START_TIMEOUT_S)

    def send(self, event: Event) -> None:
        """Send an event to all clients, from any thread; never wait for one."""
        if not isinstance(event, Level) and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._broadcast, event_to_json(event))

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._serve())
        except Exception as error:  # a thread's edge: the caller waits for an answer
            if self._started.done():
                log.exception("captions")
            else:
                self._started.set_exception(error)
        finally:
            self._loop.close()

    async def _serve(self) -> None:
        try:
            server_library = importlib.import_module("websockets.asyncio.server")  # an extra
        except ImportError as error:
            raise ConfigError(
                "Captions need the library «websockets»: pip install -e '.[captions]'."
            ) from error
        try:
            self._broadcast_line = server_library.broadcast
            server = await server_library.serve(
                self._talk,
                self.host,
                self.port,
                process_request=self._admit,
                close_timeout=GOODBYE_S,
            )
            self._started.set_result(next(iter(server.sockets)).getsockname()[1])
            await self._stop.wait()
            server.close()
            with suppress(TimeoutError):
                await asyncio.wait_for(server.wait_closed(), 2 * GOODBYE_S)
            await _leave_the_rest()
        except OSError as error:
            raise ConfigError(
                "Captions cannot use port {port} of {host}: {why}; choose another.",
                port=self.port,
                host=self.host,
                why=error.strerror,
            ) from error

    async def _talk(self, client: Any) -> None:
        self._clients.add(client)
        try:
            await client.wait_closed()
        finally:
            self._clients.discard(client)

    def _admit(self, client: Any, request: Any) -> Any:
        """Refuse whoever lacks the token, and web pages of strangers."""
        given = parse_qs(urlsplit(request.path).query).get("token", [""])[0]
        knows = hmac.compare_digest(given.encode(), self._token.encode())
        origin = request.headers.get("Origin")  # only browsers send one
        is_ours = bool(self._token) or origin is None or _is_local(origin)
        if knows and is_ours:
            return None
        return client.respond(HTTPStatus.FORBIDDEN, NO_TOKEN)

    def _broadcast(self, line: str) -> None:
        for client in list(self._clients):
            if client.transport.get_write_buffer_size() > SLOW_CLIENT_BYTES:
                log.info("a caption client is too slow and is let go")
                self._clients.discard(client)
                client.transport.abort()
        self._broadcast_line(self._clients, line)


async def _leave_the_rest() -> None:
    """Wait no more for clients that have not even said what they want."""
    rest = asyncio.all_tasks() - {asyncio.current_task()}
    for task in rest:
        task.cancel()
    await asyncio.gather(*rest, return_exceptions=True)


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_local(origin: str) -> bool:
    """Whether a page comes from a server of this computer.

    Any page of the web may open a socket to it, and can hide as «null»; so a page that is
    opened as a file needs a token.
    """
    return _is_loopback(urlsplit(origin).hostname or "")
