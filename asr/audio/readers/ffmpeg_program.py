"""Whatever the `ffmpeg` program opens, where there is one and PyAV is not installed.

The program fills holes with silence itself, so that the clock is kept; where they lie it
does not tell.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

import numpy as np

from asr.audio.readers import (
    BrokenError,
    Damage,
    Reading,
    RefusedError,
    SoundBlock,
    Wanted,
    no_sound,
    no_track,
)
from asr.audio.readers.mp3 import announced_seconds
from asr.audio.readers.parts import Part
from asr.audio.readers.pyav import BARE, PICTURES

LEAST_OF_STATED: Final = 0.9
PROBE_TIMEOUT_S: Final = 60.0
END_TIMEOUT_S: Final = 5.0
QUIET: Final = ("-v", "error", "-nostdin", "-protocol_whitelist", "file,subfile,pipe")
CLOCK: Final = "aresample=async=1:min_hard_comp=0.1"


def is_here() -> bool:
    """Whether the program is installed."""
    return bool(shutil.which("ffmpeg") and shutil.which("ffprobe"))


def open_part(part: Part, wanted: Wanted, resources: ExitStack) -> Reading:
    """Open a part. Raises RefusedError or DecodeError."""
    if not is_here():
        raise RefusedError("there is no ffmpeg program")
    if part.extent.skipped:
        raise RefusedError("the ffmpeg program cannot read a part with another head")
    address = _address(part)
    told = _probe(address)
    tracks = [one for one in told.get("streams", ()) if one.get("codec_type") == "audio"]
    stream = _choose(tracks, told, wanted.track)
    try:
        rate, channels = int(stream["sample_rate"]), int(stream["channels"])
    except (KeyError, ValueError) as error:
        raise RefusedError(f"the ffmpeg program does not know {error}") from error
    if not rate or not channels:
        raise RefusedError("the ffmpeg program knows no rate")
    is_bare = told["format"]["format_name"] in BARE
    command = ["ffmpeg", *QUIET, "-i", address, "-map", f"0:{stream['index']}"]
    command += ["-af", CLOCK, "-ar", str(rate), "-ac", str(channels), "-f", "f32le", "-"]
    child = _Child(command, resources)
    return Reading(
        blocks=child.blocks(rate, channels, _lead(stream, told)),
        rate=rate,
        channels=channels,
        tracks=len(tracks),
        seconds=_seconds(stream, told),
        promised=_bare_promise(part) if is_bare else _seconds(stream, told),
        is_float=str(stream.get("codec_name")).startswith("pcm_f"),
    )


def _address(part: Part) -> str:
    """Name a part so that no letter in the name means anything to ffmpeg."""
    path = f"file:{Path(part.path).absolute()}"
    if part.is_whole_file:
        return path
    extent = part.extent
    return f"subfile,,start,{extent.start},end,{extent.end},,:{path}"


def _probe(address: str) -> dict[str, Any]:
    command = ["ffprobe", *QUIET[:2], *QUIET[3:], "-of", "json"]
    command += ["-show_streams", "-show_format", address]
    try:
        answer = subprocess.run(
            command, capture_output=True, timeout=PROBE_TIMEOUT_S, check=True
        ).stdout
        told = json.loads(answer)
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise RefusedError(f"ffprobe: {error}") from error
    if not isinstance(told, dict) or "format" not in told:
        raise RefusedError("ffprobe knows no format")
    return told


def _choose(tracks: list[dict[str, Any]], told: dict[str, Any], number: int | None) -> Any:
    if not tracks:
        name = told["format"]["format_name"]
        kinds = {str(one.get("codec_type")) for one in told.get("streams", ())}
        if name in PICTURES or name.endswith("_pipe") or not kinds:
            raise RefusedError(f"ffmpeg finds nothing to hear: {name}")
        raise no_sound(kinds)
    if number is None:
        usual = [one for one in tracks if one.get("disposition", {}).get("default")]
        return (usual or tracks)[0]
    if number >= len(tracks):
        raise no_track(number, len(tracks))
    return tracks[number]


def _seconds(stream: dict[str, Any], told: dict[str, Any]) -> float | None:
    found = stream.get("duration")
    if found is None and len(told["streams"]) == 1:
        found = told["format"].get("duration")
    try:
        return float(found) if found is not None else None
    except ValueError:
        return None


def _bare_promise(part: Part) -> float | None:
    """Return what there must be of an MP3; the program makes it shorter where it is damaged."""
    stated = announced_seconds(part) if part.extent.kind == "mp3" else None
    return None if stated is None else LEAST_OF_STATED * stated


def _lead(stream: dict[str, Any], told: dict[str, Any]) -> float:
    """Return how much later than the file the track begins."""
    try:
        return max(0.0, float(stream["start_time"]) - float(told["format"]["start_time"]))
    except (KeyError, ValueError):
        return 0.0


class _Child:
    """The program at work; ended with what it was opened for."""

    def __init__(self, command: list[str], resources: ExitStack) -> None:
        try:
            self._child = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        except (OSError, ValueError) as error:
            raise RefusedError(f"the ffmpeg program: {error}") from error
        resources.callback(self._end)

    def blocks(self, rate: int, channels: int, start: float) -> Iterator[SoundBlock | Damage]:
        """Yield a second at a time."""
        first: float | None = start
        out = self._child.stdout
        assert out is not None
        while content := out.read(4 * rate * channels):
            whole = content[: len(content) // (4 * channels) * 4 * channels]
            frames = np.frombuffer(whole, "<f4").astype(np.float32).reshape(-1, channels)
            yield SoundBlock(frames, rate, first)
            first = None
        if self._child.wait() < 0:
            raise BrokenError("the ffmpeg program was ended")

    def _end(self) -> None:
        if self._child.stdout is not None:
            self._child.stdout.close()
        self._child.terminate()
        try:
            self._child.wait(END_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
