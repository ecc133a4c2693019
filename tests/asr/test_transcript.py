"""The values that a transcript is made of, and the one form that it has as JSON."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asr.sentences import GapCause, Message
from asr.transcript import (
    SCHEMA,
    Alternative,
    Gap,
    Segment,
    Speaker,
    Transcript,
    Word,
    from_dict,
    json_parts,
    segment_from_dict,
    to_dict,
)

SECONDS = st.floats(0, 1e5)
TEXTS = st.text(max_size=12)
WORDS = st.builds(
    Word,
    TEXTS,
    SECONDS,
    SECONDS,
    st.floats(0, 1),
    st.lists(st.builds(Alternative, TEXTS, st.floats(0, 1)), max_size=2).map(tuple),
    st.none() | TEXTS,
)
MESSAGES = st.recursive(
    st.builds(Message, st.sampled_from([*GapCause, "no sentence at all"]).map(str)),
    lambda inner: st.builds(
        lambda why, source, seconds: Message(
            "«{source}» breaks off after {seconds:.1f} s: {why}",
            {"why": why, "source": source, "seconds": seconds},
        ),
        inner,
        TEXTS,
        SECONDS,
    ),
    max_leaves=3,
)
SEGMENTS = st.builds(
    Segment, st.lists(WORDS, max_size=4).map(tuple), SECONDS, SECONDS, TEXTS, st.booleans()
)
TRANSCRIPTS = st.builds(
    Transcript,
    id=st.uuids().map(lambda number: number.hex),
    started=st.none() | st.datetimes(timezones=st.just(UTC)),
    segments=st.lists(SEGMENTS, max_size=3).map(tuple),
    seconds=SECONDS,
    language=TEXTS,
    source=TEXTS,
    pack=TEXTS,
    audio=TEXTS,
    trouble=st.none() | MESSAGES,
    notes=st.lists(MESSAGES, max_size=2).map(tuple),
    speakers=st.lists(st.builds(Speaker, TEXTS, TEXTS), max_size=2).map(tuple),
    gaps=st.lists(st.builds(Gap, SECONDS, SECONDS, TEXTS, TEXTS), max_size=2).map(tuple),
)


@given(TRANSCRIPTS)
def test_a_transcript_comes_back_from_json_as_it_was(transcript: Transcript) -> None:
    written = json.dumps(to_dict(transcript))

    assert from_dict(json.loads(written)) == transcript


def test_two_transcripts_are_two() -> None:
    one, other = (Transcript(segments=(), seconds=0.0) for _ in range(2))

    assert one.id != other.id


def test_what_is_shown_stands_beside_what_was_heard() -> None:
    words = (
        Word("mister", 0, 1, display="Mr"),
        Word("smith", 1, 2, display="Smith"),
        Word("comma", 2, 3, display=""),
        Word("yes", 3, 4),
    )
    segment = Segment(words, 0, 4)

    assert (segment.text, segment.shown) == ("mister smith comma yes", "Mr Smith yes")


@given(TRANSCRIPTS, st.sampled_from([None, 1, 2]))
def test_parts_are_what_the_whole_would_be(transcript: Transcript, indent: int | None) -> None:
    more = {"text": transcript.text}
    separators = (",", ":") if indent is None else None

    parts = "".join(json_parts(transcript, more, indent=indent))

    whole = {**more, **to_dict(transcript)}
    assert parts == json.dumps(whole, ensure_ascii=False, indent=indent, separators=separators)


def test_a_segment_moves_with_its_words() -> None:
    segment = Segment((Word("one", 1.0, 1.5),), 1.0, 1.5, "me")

    moved = segment.shifted(2.0)

    assert moved == Segment((Word("one", 3.0, 3.5),), 3.0, 3.5, "me")


def test_the_start_is_told_in_universal_time() -> None:
    started = datetime(2026, 5, 1, 14, 0, tzinfo=timezone(timedelta(hours=2)))
    transcript = Transcript(segments=(), seconds=0.0, started=started)

    assert to_dict(transcript)["started"] == "2026-05-01T12:00:00+00:00"
    assert from_dict(to_dict(transcript)).started == started


def test_the_first_form_is_still_read() -> None:
    word = {"text": "yes", "start": 0, "end": 1, "confidence": 0.5, "alternatives": []}

    segment = segment_from_dict({"words": [word], "start": 0, "end": 1, "voice": "me"})

    assert (segment.text, segment.speaker) == ("yes", "me")


@pytest.mark.parametrize(
    "fields",
    [
        {"schema": SCHEMA + 1, "segments": [], "seconds": 0},
        {"schema": "new", "segments": [], "seconds": 0},
        {"schema": SCHEMA},
        {"schema": SCHEMA, "segments": [{"text": "no words"}], "seconds": 1},
        {"schema": SCHEMA, "segments": [], "seconds": "long"},
        {"schema": SCHEMA, "segments": [], "seconds": 1, "started": "yesterday"},
    ],
)
def test_what_is_no_transcript_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"schema|transcript|float|isoformat"):
        from_dict(fields)
