"""A transcript as a file: plain text, subtitles, JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from asr.errors import ConfigError
from asr.transcript import Segment, Transcript, Word, to_dict

LINE_LETTERS: Final = 42  # of a subtitle's line; two lines a subtitle: BBC guidelines, 2024
SUBTITLE_SECONDS: Final = 6.0  # that one stays at most


def to_text(transcript: Transcript) -> str:
    """A paragraph a segment; who spoke before it, if there are several; gaps where they lie."""
    lines = [(one.start, f"{_speaker(one)}{one.text}\n") for one in _spoken(transcript)]
    lines += [
        (gap.start, f"[{gap.seconds:.1f} s of sound missing: {gap.cause}]\n")
        for gap in transcript.gaps
    ]
    return "".join(line for _, line in sorted(lines, key=lambda entry: entry[0]))


def to_srt(transcript: Transcript) -> str:
    """SubRip subtitles."""
    return "\n".join(
        f"{number}\n{_clock(line.start, ',')} --> {_clock(line.end, ',')}\n{_lines(line)}\n"
        for number, line in enumerate(_subtitles(transcript), start=1)
    )


def to_vtt(transcript: Transcript) -> str:
    """WebVTT subtitles: W3C candidate recommendation, 2019."""
    return "WEBVTT\n\n" + "\n".join(
        f"{_clock(line.start, '.')} --> {_clock(line.end, '.')}\n{_lines(line)}\n"
        for line in _subtitles(transcript)
    )


def to_json(transcript: Transcript) -> str:
    """Everything, with words, times in seconds, confidences and alternatives."""
    content = {"text": transcript.text, **to_dict(transcript)}
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


FORMATS: Final[dict[str, Callable[[Transcript], str]]] = {
    "txt": to_text,
    "srt": to_srt,
    "vtt": to_vtt,
    "json": to_json,
}


def save(transcript: Transcript, path: Path) -> None:
    """Write in the format that the file's name asks for; whole or not at all.

    Raises:
        ConfigError: The name ends in no format that is known, or cannot be written.
    """
    kind = path.suffix.lstrip(".").lower()
    if kind not in FORMATS:
        known = ", ".join(FORMATS)
        raise ConfigError(f"{path.name} should end in one of these formats: {known}.")
    draft = path.with_name(path.name + ".draft")
    try:
        draft.write_text(FORMATS[kind](transcript), encoding="utf-8")
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise ConfigError(f"{path} cannot be written: {error.strerror}.") from error


def _spoken(transcript: Transcript) -> Iterator[Segment]:
    return (segment for segment in transcript.segments if segment.words)


def _speaker(segment: Segment) -> str:
    return f"{segment.speaker}: " if segment.speaker else ""


def _subtitles(transcript: Transcript) -> Iterator[Segment]:
    """Divide segments into parts that can be read: two lines, a few seconds."""
    for segment in _spoken(transcript):
        part: list[Word] = []
        for word in segment.words:
            text = " ".join(one.text for one in [*part, word])
            if part and (
                len(text) > 2 * LINE_LETTERS - 4 or word.end - part[0].start > SUBTITLE_SECONDS
            ):
                yield _part(part, segment)
                part = []
            part.append(word)
        yield _part(part, segment)


def _part(words: list[Word], segment: Segment) -> Segment:
    return Segment(tuple(words), words[0].start, words[-1].end, segment.speaker)


def _lines(subtitle: Segment) -> str:
    """One line, or two of about the same length."""
    text = _speaker(subtitle) + subtitle.text
    if len(text) <= LINE_LETTERS:
        return text
    spaces = [i for i, letter in enumerate(text) if letter == " "]
    middle = min(spaces, key=lambda i: abs(i - len(text) / 2), default=None)
    return text if middle is None else f"{text[:middle]}\n{text[middle + 1 :]}"


def _clock(seconds: float, mark: str) -> str:
    """«01:02:03,456», with the `mark` before the thousandths."""
    thousandths = round(seconds * 1000)
    minutes, rest = divmod(thousandths, 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{rest // 1000:02}{mark}{rest % 1000:03}"
