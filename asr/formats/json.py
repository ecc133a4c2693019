"""JSON: all that is known, as docs/transcript.schema.json describes it."""

from __future__ import annotations

import json

from asr.formats.options import Format, FormatOptions
from asr.transcript import Transcript, from_dict, to_dict


def encode(transcript: Transcript, options: FormatOptions) -> bytes:
    """Write words, times in seconds, confidences, alternatives, speakers and gaps."""
    content = {"text": transcript.text, "shown": transcript.shown, **to_dict(transcript)}
    if content["shown"] == content["text"]:
        del content["shown"]
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode("utf-8", "replace")


def decode(content: bytes) -> Transcript:
    """Read what `encode` wrote, in this schema or an older one. Raises ValueError."""
    fields = json.loads(content.decode("utf-8-sig"))
    if not isinstance(fields, dict):
        raise ValueError("it holds no object")  # noqa: TRY004 - of the file, not of a caller
    return from_dict(fields)


FORMAT = Format("json", "Words with times, JSON", encode, decode)
