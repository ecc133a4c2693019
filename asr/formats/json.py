"""JSON: all that is known, as docs/transcript.schema.json describes it."""

from __future__ import annotations

import json
from io import BytesIO

from asr.formats.options import Format, FormatOptions
from asr.transcript import Transcript, from_dict, json_parts


def encode(transcript: Transcript, options: FormatOptions) -> bytes:
    """Write words, times in seconds, confidences, alternatives, speakers and gaps."""
    texts = {"text": transcript.text, "shown": transcript.shown}
    if texts["shown"] == texts["text"]:
        del texts["shown"]
    content = BytesIO()
    for part in json_parts(transcript, texts, indent=1):
        content.write(part.encode("utf-8", "replace"))
    content.write(b"\n")
    return content.getvalue()


def decode(content: bytes) -> Transcript:
    """Read what `encode` wrote, in this schema or an older one. Raises ValueError."""
    fields = json.loads(content.decode("utf-8-sig"))
    if not isinstance(fields, dict):
        raise ValueError("it holds no object")  # noqa: TRY004 - of the file, not of a caller
    return from_dict(fields)


FORMAT = Format("json", "Words with times, JSON", encode, decode)
