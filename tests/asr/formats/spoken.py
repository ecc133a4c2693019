"""Transcripts to be written: spoken words, a gap, an unsure word, two speakers."""

from __future__ import annotations

from hypothesis import strategies as st

from asr.sentences import Message
from asr.transcript import Gap, Segment, Speaker, Transcript, Word


def segment(text: str, start: float = 0.0, speaker: str = "", pace: float = 0.5) -> Segment:
    """Words one after another, `pace` seconds each, four fifths of it sound."""
    words = tuple(
        Word(word, start + pace * i, start + pace * (i + 0.8))
        for i, word in enumerate(text.split())
    )
    return Segment(words, start, start + pace * len(words), speaker)


def transcript(*segments: Segment, seconds: float = 0.0) -> Transcript:
    end = max((one.end for one in segments), default=0.0)
    return Transcript(segments=segments, seconds=seconds or end + 10, source="talk.wav")


TALK = Transcript(
    segments=(
        Segment(
            (
                Word("mister", 0.5, 0.8, display="Mr"),
                Word("kilter", 0.9, 1.4, 0.3, display="Kilter"),
                Word("comma", 1.4, 1.5, display=""),
                Word("a<b", 1.6, 2.0, display="A<B & *c*."),
            ),
            0.5,
            2.0,
            "me",
        ),
        segment("good bye", 8.0, "them"),
    ),
    gaps=(Gap(3.0, 4.25, "unplugged"),),
    speakers=(Speaker("me", "Ann"), Speaker("them")),
    seconds=9.5,
    language="English",
    source="talk & «more».wav",
    trouble=Message("The file breaks off after {now:.1f} s.", {"now": 9.5}),
)

_LETTERS = st.sampled_from("abcé–’ñЖ漢.,?!")
_SPOKEN = st.tuples(
    st.text(_LETTERS, min_size=1, max_size=60), st.floats(0, 3), st.floats(0, 4)
)


@st.composite
def segments(draw: st.DrawFn) -> tuple[Segment, ...]:
    """Speakers who speak one after another, at any pace, of any words."""
    now = 0.0
    found = []
    for spoken in draw(st.lists(st.lists(_SPOKEN, min_size=1, max_size=30), max_size=4)):
        words = []
        for text, length, pause in spoken:
            words.append(Word(text, now, now + length))
            now += length + pause
        speaker = draw(
            st.sampled_from(["", "me", "a name that is longer than a line has room"])
        )
        found.append(Segment(tuple(words), words[0].start, words[-1].end, speaker))
    return tuple(found)
