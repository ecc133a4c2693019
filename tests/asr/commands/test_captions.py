"""Other programs read what is said as JSON, and strangers do not."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Callable
from contextlib import ExitStack

import pytest

import main
from asr.commands.captions import CaptionServer, event_to_json
from asr.errors import ConfigError
from asr.live.events import (
    Event,
    FinalResult,
    GapFound,
    Ledger,
    Level,
    Notice,
    PartialResult,
    Topic,
)
from asr.sentences import GapCause, Message, NoticeCode
from asr.transcript import Gap, PartialText, Segment, Word

SEGMENT = Segment((Word("grüße", 1.0, 1.5, 0.9), Word("two", 1.5, 2.0)), 1.0, 2.0, "me")


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (PartialResult(PartialText(("a", "b"), ("c",)), "me"),
         {"kind": "partial", "speaker": "me", "stable": "a b", "unstable": "c"}),
        (PartialResult(PartialText(("a", "b"), ("c",), ("A", "b,"))),
         {"kind": "partial", "speaker": "", "stable": "a b", "unstable": "c", "shown": "A b,"}),
        (GapFound(Gap(1.0, 0.5, GapCause.DISCONNECTED, "Yeti")),
         {"kind": "gap", "start": 1.0, "seconds": 0.5, "cause": "disconnected",
          "source": "Yeti", "text": "0.5 s of sound missing: «Yeti» was disconnected"}),
        (Notice(Message(NoticeCode.UNMUTED, {"source": "Yeti"}), Topic.MUTED, "me",
                resolved=True),
         {"kind": "notice", "sentence": "«Yeti» can be heard again.",
          "code": "unmuted", "values": {"source": "Yeti"}, "topic": "muted",
          "speaker": "me", "resolved": True}),
        (Level(0.5, 0.1), {"kind": "level", "peak": 0.5, "rms": 0.1}),
        (Ledger(3.0, 2.0), {"kind": "ledger", "recorded": 3.0, "recognised": 2.0,
                            "lag": 1.0, "gaps": []}),
    ],
)  # fmt: skip
def test_each_event_is_one_line_of_json(event: Event, expected: dict[str, object]) -> None:
    line = event_to_json(event)

    assert "\n" not in line
    assert json.loads(line) == expected


def test_a_final_segment_carries_words_times_and_confidence() -> None:
    line = event_to_json(FinalResult(SEGMENT))

    fields = json.loads(line)
    assert "grüße" in line
    assert (fields["kind"], fields["text"], fields["speaker"]) == ("final", "grüße two", "me")
    assert fields["words"][0] == {
        "text": "grüße", "start": 1.0, "end": 1.5, "confidence": 0.9, "alternatives": [],
    }  # fmt: skip


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "example.org", "::"])
def test_other_addresses_want_a_token(host: str) -> None:
    with pytest.raises(ConfigError, match="give a token"):
        CaptionServer(host=host)


def test_a_client_reads_what_is_sent() -> None:
    sync = pytest.importorskip(
        "websockets.sync.client", reason="the extra [captions] is absent"
    )

    with (
        CaptionServer(port=0) as server,
        sync.connect(f"ws://127.0.0.1:{server.port}/") as client,
    ):
        client.ping().wait(5)
        server.send(Level(0.1, 0.1))
        server.send(FinalResult(SEGMENT))

        assert json.loads(client.recv(5))["text"] == "grüße two"


def test_strangers_are_refused() -> None:
    sync = pytest.importorskip(
        "websockets.sync.client", reason="the extra [captions] is absent"
    )
    from websockets.exceptions import InvalidStatus

    with CaptionServer(port=0, token="secret") as server:
        for query in ("", "?token=wrong"):
            with pytest.raises(InvalidStatus, match="403"):
                sync.connect(f"ws://127.0.0.1:{server.port}/{query}")
        with sync.connect(f"ws://127.0.0.1:{server.port}/?token=secret") as client:
            assert client.ping().wait(5)
    with CaptionServer(port=0) as server:
        for origin in ("https://evil.example", "null", "file://"):
            with pytest.raises(InvalidStatus, match="403"):
                sync.connect(f"ws://127.0.0.1:{server.port}/", origin=origin)


def test_whoever_lacks_the_token_is_told_how_to_have_one() -> None:
    pytest.importorskip("websockets", reason="the extra [captions] is absent")

    with CaptionServer(port=0, token="secret-word") as server:
        for path in ("/", "/?token=wrong"):
            browser = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
            browser.request("GET", path)
            answer = browser.getresponse()
            assert answer.status == 403
            assert "--captions-token" in answer.read().decode()
            browser.close()


def test_clients_that_hang_do_not_keep_the_server_from_ending() -> None:
    pytest.importorskip("websockets", reason="the extra [captions] is absent")
    hello = (
        b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )

    with ExitStack() as stack:
        with CaptionServer(port=0) as server:
            place = ("127.0.0.1", server.port)
            for said in (hello, b"", b"GET"):
                client = stack.enter_context(socket.create_connection(place))
                client.sendall(said)
                if said == hello:
                    assert client.recv(12) == b"HTTP/1.1 101"

        assert not server._thread.is_alive()


def test_the_address_of_the_page_is_told_and_its_token_can_be_chosen(
    capsys: pytest.CaptureFixture[str],
) -> None:
    pytest.importorskip("websockets", reason="the extra [captions] is absent")
    for wrong in ("-1", "65536", "x"):
        with pytest.raises(SystemExit):
            main.parser().parse_args(["listen", "--captions", wrong])
        assert "a port is a number from 0 to 65535" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main.parser().parse_args(["listen", "--captions", "1", "--captions-token", "abc"])

    options = main.parser().parse_args(
        ["listen", "--captions", "0", "--captions-token", "my & word"]
    )

    assert (options.captions, options.captions_token) == (0, "my & word")


def test_a_port_that_is_taken_is_a_sentence() -> None:
    pytest.importorskip("websockets", reason="the extra [captions] is absent")

    with CaptionServer(port=0) as first, pytest.raises(ConfigError, match="choose another"):
        CaptionServer(port=first.port).__enter__()


def test_a_missing_library_is_a_sentence(hide: Callable[[str], None]) -> None:
    hide("websockets.asyncio.server")

    with pytest.raises(ConfigError, match="pip install"):
        CaptionServer(port=0).__enter__()
