"""Which inputs there are, system sound among them; and the loudspeaker.

PortAudio names the devices. On Linux it sees a whole sound server as one device, so the
server is asked for its sources: real microphones, and monitors, which carry what the
computer plays. PortAudio reads its list once; only `rescan` reads it again, and kills
every running stream.
"""

from __future__ import annotations

import json
import logging
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final

from asr.errors import DeviceError

log = logging.getLogger(__name__)

SERVER: Final = "pulse"  # PortAudio's name for PulseAudio and PipeWire
SERVER_TIMEOUT_S: Final = 5.0
LOST: Final = "(null)"
UNKNOWN_RATE: Final = 48_000  # Hz

_DESCRIPTION: Final = re.compile(
    r"^\tName: (.*)\n(?:\t.*\n)*?\tDescription: (.*)$", re.MULTILINE
)
_lock = threading.Lock()  # around whatever PortAudio must not do twice at a time
_open_streams: set[Any] = set()


@dataclass(frozen=True, slots=True)
class Device:
    """An input: what to call it, and how to open it."""

    name: str  # the same tomorrow
    label: str  # for people
    channels: int
    rate: int  # Hz; its own
    is_monitor: bool = False  # carries what the computer plays
    is_default: bool = False
    server_source: str = ""  # what the sound server calls it


def inputs() -> list[Device]:
    """List the inputs, the default first. Raises DeviceError if PortAudio does not answer."""
    found = [*_server_sources(), *_portaudio_inputs()]
    return sorted(found, key=lambda device: not device.is_default)


def search() -> list[Device]:
    """Look again for inputs, unless a stream is open, and list them. Raises DeviceError."""
    rescan()
    return inputs()


def choose_device(wanted: str | int | None = None, *, monitor: bool = False) -> Device:
    """Return the input of that index, name or part of a name. Raises DeviceError.

    Args:
        wanted: None for the default one.
        monitor: Ask for system sound, if nothing is wanted by name.
    """
    devices = inputs()
    if isinstance(wanted, str) and wanted.isdecimal():
        wanted = int(wanted)
    if isinstance(wanted, int):
        matches = devices[wanted : wanted + 1] if wanted >= 0 else []
    elif wanted:
        matches = _named(devices, wanted)
    else:
        matches = [device for device in devices if device.is_monitor == monitor]
    if matches:
        return matches[0]
    raise DeviceError(_no_device(wanted, monitor, devices))


def is_connected(device: Device) -> bool:
    """Whether the sound server still has a source; what is no source of its may be."""
    names = [source["name"] for source in _ask_server("sources")]
    return not device.server_source or not names or device.server_source in names


def rescan() -> bool:
    """Let PortAudio look for devices again, unless a stream is open; say whether it did.

    Raises DeviceError.
    """
    with _lock, _portaudio_asked() as portaudio:
        if _open_streams:
            return False
        with suppress(portaudio.PortAudioError):  # if it could not begin the last time
            portaudio._terminate()
        portaudio._initialize()
    return True


def open_stream(device: Device, **settings: Any) -> Any:
    """Open PortAudio's stream on a device; give it back with `close_stream`.

    WORKAROUND: PortAudio cannot name a source of the sound server; the server's library
    reads PULSE_SOURCE when it connects.

    Raises:
        DeviceError: The device is gone.
        sounddevice.PortAudioError: It cannot be opened so.
    """
    portaudio = _portaudio()
    with _lock, _server_source_named(device.server_source):
        number = SERVER if device.server_source else _index(device)
        stream = portaudio.InputStream(device=number, **settings)
        _open_streams.add(stream)
    return stream


def open_output(rate: int, **settings: Any) -> Any:
    """Open and start a stream to the default loudspeaker; give it back with `close_stream`.

    Its rate is `rate` if the device can do that, else the device's own.

    Raises:
        DeviceError: There is none, or it cannot be opened.
    """
    with _lock, _portaudio_asked() as portaudio:
        try:
            stream = _output(portaudio, rate, settings)
        except (portaudio.PortAudioError, ValueError) as error:
            log.debug("the loudspeaker: %s", error)
            if not _open_streams:  # else the list cannot be read again
                with suppress(portaudio.PortAudioError):
                    portaudio._terminate()
                portaudio._initialize()
            try:
                stream = _output(portaudio, _output_rate(portaudio), settings)
            except (portaudio.PortAudioError, ValueError) as refusal:
                raise DeviceError(
                    "There is no loudspeaker that can be used: connect one and try again."
                ) from refusal
        _open_streams.add(stream)
    return stream


def write_available(stream: Any) -> int:
    """How many frames an output takes at once. Raises DeviceError if it is gone."""
    with _output_watched():
        return int(stream.write_available)


def write(stream: Any, block: Any) -> None:
    """Put frames into an output that has room for them. Raises DeviceError if it is gone."""
    with _output_watched():
        stream.write(block)


def abort(stream: Any) -> None:
    """Stop an output, and drop what it has not played yet; harmless if it is gone."""
    with suppress(_portaudio().PortAudioError):
        stream.abort()


def restart(stream: Any) -> bool:
    """Empty an output and let it go on; say whether it could."""
    abort(stream)
    try:
        stream.start()
    except _portaudio().PortAudioError as error:
        log.debug("the loudspeaker: %s", error)
        return False
    return True


@contextmanager
def _output_watched() -> Iterator[None]:
    try:
        yield
    except _portaudio().PortAudioError as error:
        raise DeviceError(
            "The loudspeaker went away: connect it, or choose another."
        ) from error


def _output(portaudio: Any, rate: int, settings: dict[str, Any]) -> Any:
    stream = portaudio.OutputStream(samplerate=rate, **settings)
    try:
        stream.start()
    except portaudio.PortAudioError:
        stream.close()
        raise
    return stream


def _output_rate(portaudio: Any) -> int:
    """The default loudspeaker's own. Raises PortAudioError or ValueError without one."""
    asked = portaudio.query_devices(kind="output")
    return round(asked["default_samplerate"]) or UNKNOWN_RATE


def close_stream(stream: Any) -> None:
    """Close a stream; harmless if its device is gone."""
    try:
        stream.close()  # without the lock: a driver that hangs would never give it back
    except _portaudio().PortAudioError as error:
        log.debug("closing a stream: %s", error)
    finally:
        with _lock:
            _open_streams.discard(stream)


@contextmanager
def _server_source_named(name: str) -> Iterator[None]:
    """Let the sound server's library connect to a source; "" for the one that it would."""
    before = os.environ.get("PULSE_SOURCE")
    if name:
        os.environ["PULSE_SOURCE"] = name
    try:
        yield
    finally:
        if before is None:
            os.environ.pop("PULSE_SOURCE", None)
        else:
            os.environ["PULSE_SOURCE"] = before


def _named(devices: list[Device], wanted: str) -> list[Device]:
    lower = wanted.casefold()
    exact = [d for d in devices if lower in (d.name.casefold(), d.label.casefold())]
    return exact or [d for d in devices if lower in f"{d.name} {d.label}".casefold()]


def _no_device(wanted: str | int | None, monitor: bool, devices: list[Device]) -> str:
    if wanted is None and monitor:
        return (
            "System sound cannot be heard here: this system offers no monitor input; "
            "install a loopback device and choose it as a microphone."
        )
    if not devices:
        return "There is no microphone: connect one and try again."
    labels = ", ".join(f"{n} «{device.label}»" for n, device in enumerate(devices))
    return f"There is no input «{wanted}»; there are {labels}."


def _portaudio() -> Any:
    try:
        import sounddevice  # here: without PortAudio the import itself fails
    except OSError as error:
        raise DeviceError(
            "PortAudio is missing: install it (Debian: apt-get install libportaudio2)."
        ) from error
    except Exception as error:  # PortAudioError, whose module is not there to name it
        raise DeviceError("The sound system could not be reached: {why}.", why=error) from error
    return sounddevice


@contextmanager
def _portaudio_asked() -> Iterator[Any]:
    """Give PortAudio, whose errors become DeviceError."""
    portaudio = _portaudio()
    try:
        yield portaudio
    except portaudio.PortAudioError as error:
        raise DeviceError("The sound system does not answer: {why}.", why=error) from error


def _entries() -> list[dict[str, Any]]:
    """Return PortAudio's own list of inputs, each device once.

    Windows shows a device once for each of its sound systems; WASAPI is the one that
    keeps the device's own rate and whole name.
    """
    with _portaudio_asked() as portaudio:
        entries = [dict(e) for e in portaudio.query_devices() if e["max_input_channels"] > 0]
        if sys.platform == "win32":
            names = [system["name"] for system in portaudio.query_hostapis()]
            wasapi = [e for e in entries if names[e["hostapi"]] == "Windows WASAPI"]
            entries = wasapi or entries
    return entries


def _default_name() -> str:
    try:
        return str(_portaudio().query_devices(kind="input")["name"])
    except (_portaudio().PortAudioError, ValueError):  # there is none
        return ""


def _portaudio_inputs() -> list[Device]:
    default = _default_name()
    behind_server = {SERVER, "default"} if _has_server() else set()
    return [
        Device(
            name=entry["name"],
            label=entry["name"],
            channels=entry["max_input_channels"],
            rate=round(entry["default_samplerate"]) or UNKNOWN_RATE,
            # Other sound systems of Windows cut names off after 31 letters.
            is_default=bool(default)
            and entry["name"].startswith(default)
            and not behind_server,
        )
        for entry in _entries()
        if entry["name"] not in behind_server
    ]


def _index(device: Device) -> int:
    """Return PortAudio's present number of a device. Raises DeviceError."""
    for entry in _entries():
        if entry["name"] == device.name:
            return int(entry["index"])
    raise DeviceError("«{device}» is not connected.", device=device.label)


def _has_server() -> bool:
    if sys.platform != "linux" or shutil.which("pactl") is None:
        return False
    is_offered = any(entry["name"] == SERVER for entry in _entries())
    return is_offered and bool(_ask_server("info"))


def _server_sources() -> list[Device]:
    if not _has_server():
        return []
    server = next(iter(_ask_server("info")), {})
    default, sink = server.get("default_source_name", ""), server.get("default_sink_name", "")
    sources = _ask_server("sources")
    if any(source["description"] == LOST for source in sources):
        descriptions = _descriptions()
        for source in sources:
            source["description"] = descriptions.get(source["name"]) or source["name"]
    # First the monitor of the loudspeakers that are in use, for those are meant by «system».
    sources.sort(key=lambda source: bool(source["name"] != f"{sink}.monitor"))
    return [_from_source(source, default) for source in sources]


def _descriptions() -> dict[str, str]:
    """Return what people call the server's sources.

    WORKAROUND: pactl's JSON has «(null)» for what is not in ASCII; its list for people does
    not.
    """
    command, english = ["pactl", "list", "sources"], {**os.environ, "LC_ALL": "C.UTF-8"}
    try:
        answer = subprocess.run(
            command, env=english, capture_output=True, timeout=SERVER_TIMEOUT_S, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError) as error:
        log.debug("the sound server does not answer: %s", error)
        return {}
    return dict(_DESCRIPTION.findall(answer.decode("utf-8", "replace")))


def _from_source(source: dict[str, Any], default: str) -> Device:
    _, channels, rate = source["sample_specification"].split()  # «s16le 2ch 48000Hz»
    return Device(
        name=source["name"],
        label=source["description"],
        channels=int(channels.removesuffix("ch")),
        rate=int(rate.removesuffix("Hz")),
        is_monitor=source["name"].endswith(".monitor"),
        is_default=source["name"] == default,
        server_source=source["name"],
    )


def _ask_server(what: str) -> list[dict[str, Any]]:
    """Return what `pactl` knows; nothing if there is no server to ask."""
    command = ["pactl", "-f", "json", *(["info"] if what == "info" else ["list", what])]
    try:
        answer = subprocess.run(
            command, capture_output=True, timeout=SERVER_TIMEOUT_S, check=True
        ).stdout
        found = json.loads(answer)
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        log.debug("the sound server does not answer: %s", error)
        return []
    return found if isinstance(found, list) else [found]
