"""Cues: they fit the screen, can be read, lose no word and overlap none of their speaker."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from asr.formats import CueRules, FormatOptions
from asr.formats.cues import Cue, cues
from asr.sentences import Message
from asr.transcript import Gap, Segment, Transcript, Word
from tests.asr.formats.spoken import segment, segments, transcript

RULES = CueRules()
EPSILON = 1e-6


def divided(*spoken: Segment) -> list[Cue]:
    return cues(transcript(*spoken), FormatOptions())


@settings(deadline=None)
@given(segments())
def test_cues_fit_the_screen_and_lose_no_letter(spoken: tuple[Segment, ...]) -> None:
    found = cues(transcript(*spoken), FormatOptions(speakers=False))

    lines = [line for cue in found for line in cue.text.split("\n")]
    assert all(len(line) <= RULES.line_letters for line in lines)
    assert all(len(cue.lines) <= RULES.lines for cue in found)
    said = "".join(word.text for one in spoken for word in one.words)
    assert "".join(lines).replace(" ", "") == said


def each_voice(found: list[Cue]) -> list[list[Cue]]:
    voices = {cue.voice for cue in found}
    return [[cue for cue in found if cue.voice == voice] for voice in voices]


@settings(deadline=None)
@given(segments())
def test_cues_follow_one_another_and_stand_for_their_time(spoken: tuple[Segment, ...]) -> None:
    whole = transcript(*spoken)

    found = cues(whole, FormatOptions())

    assert all(one.start <= following.start for one, following in pairwise(found))
    for own in each_voice(found):
        for one, following in pairwise(own):
            assert one.end + RULES.gap <= following.start + EPSILON
        for i, cue in enumerate(own):
            until = own[i + 1].start - RULES.gap if i + 1 < len(own) else whole.seconds
            length = cue.end - cue.start
            is_hemmed = cue.end >= until - EPSILON
            assert 0 < length <= RULES.longest + EPSILON
            assert length >= RULES.shortest - EPSILON or is_hemmed
            is_hemmed |= any(
                other.start <= cue.end + RULES.gap + EPSILON and cue.start <= other.end
                for other in found
                if other.voice != cue.voice
            )
            is_readable = len(cue.text) <= RULES.letters_per_second * length + EPSILON
            assert is_readable or is_hemmed or length >= RULES.longest - EPSILON


@settings(deadline=None)
@given(segments())
def test_two_speakers_at_once_have_their_turns(spoken: tuple[Segment, ...]) -> None:
    over = tuple(one.shifted(0.3 - one.start / 2) for one in spoken)

    found = cues(transcript(*over), FormatOptions())

    for own in each_voice(found):
        assert all(one.end <= following.start for one, following in pairwise(own))
    assert all(cue.start < cue.end for cue in found)


@settings(deadline=None)
@given(st.floats(0, 4), st.integers(1, 12), st.integers(1, 12))
def test_who_talks_at_once_with_another_can_be_read(late: float, n: int, n_other: int) -> None:
    mine = segment(" ".join(["word"] * n), speaker="me")
    theirs = segment(" ".join(["other"] * n_other), late, "them")

    for cue in divided(mine, theirs):
        spoken = [word for line in cue.lines for word in line if word.end > word.start]
        assert cue.end - cue.start >= min(spoken[-1].end - spoken[0].start, 1.0) - EPSILON
        assert cue.start <= spoken[0].start + EPSILON


def test_a_word_between_two_of_another_speaker_can_be_read() -> None:
    mine = Segment((Word("so", 0, 2.0), Word("then", 2.2, 4.0)), 0, 4.0, "me")
    theirs = Segment((Word("yes", 2.0, 2.2),), 2.0, 2.2, "them")

    (cue,) = (cue for cue in divided(mine, theirs) if cue.speaker == "them")

    assert cue.end - cue.start >= RULES.shortest - EPSILON


def test_cues_end_where_sentences_and_pauses_are() -> None:
    one = segment(
        "this is the first sentence of three. and here is the second, which has a mark"
    )
    rest = segment("and goes on for a while", one.end + 0.8)

    found = divided(Segment(one.words + rest.words, 0, rest.end))

    assert [cue.text.replace("\n", " ") for cue in found] == [
        "this is the first sentence of three.",
        "and here is the second, which has a mark",
        "and goes on for a while",
    ]


def test_no_cue_stands_through_a_long_pause() -> None:
    words = (Word("yes", 0.0, 0.4), Word("and", 3.4, 3.8), Word("no", 3.9, 4.2))

    first, second = divided(Segment(words, 0.0, 4.2))

    assert (first.text, second.text) == ("yes", "and no")
    assert first.end <= 1.0 + EPSILON


def test_a_cue_has_the_time_that_reading_takes() -> None:
    quick = segment("internationalisation notwithstanding everything", pace=0.2)

    (cue,) = divided(quick)

    assert len(cue.text) / (cue.end - cue.start) <= RULES.letters_per_second + EPSILON


def test_two_lines_are_about_as_long() -> None:
    (cue,) = divided(segment("we are very glad to welcome his gospel here today", pace=0.1))

    first, second = cue.text.split("\n")
    assert abs(len(first) - len(second)) <= 6


def test_who_speaks_stands_where_a_turn_begins() -> None:
    long = " ".join(["word"] * 40)
    turns = [segment(long, 0, "me"), segment(long, 30, "me"), segment(long, 60, "them")]

    found = divided(*turns, segment("word", 90, "me"))

    named = {cue.start: cue.text.split(":")[0] for cue in found if ":" in cue.text}
    assert len(found) >= 10
    assert named == {0.0: "me", 60.0: "them", 90.0: "me"}


@given(st.floats(0, 10))
def test_who_speaks_at_once_with_another_is_named_in_each_cue(late: float) -> None:
    long = " ".join(["word"] * 40)

    found = divided(segment(long, 0, "me"), segment(long, late, "them"))

    assert all(cue.text.startswith(f"{cue.speaker}: word") for cue in found)


def test_missing_sound_and_trouble_are_cues_too() -> None:
    whole = Transcript(
        segments=(segment("before"), segment("after", 60)),
        gaps=(Gap(3.0, 42.0, "unplugged"),),
        trouble=Message("The file breaks off."),
        seconds=61.0,
    )

    found = cues(whole, FormatOptions())

    assert [cue.text for cue in found] == [
        "before",
        "[42.0 s of sound missing: unplugged]",
        "after",
        "[The file breaks off.]",
    ]
    assert (found[1].start, found[1].end) == (3.0, 10.0)


def test_rules_are_options() -> None:
    options = FormatOptions(cues=CueRules(line_letters=20, lines=1, longest=2.0))

    found = cues(transcript(segment(" ".join(["word"] * 20))), options)

    assert all(len(cue.text) <= 20 and cue.end - cue.start <= 2 + EPSILON for cue in found)


def test_what_is_longer_than_a_line_is_shown_piece_by_piece_in_its_time() -> None:
    long = Segment((Word("abcdefghijkl" * 3, 1.0, 7.0),), 1.0, 7.0)
    options = FormatOptions(cues=CueRules(line_letters=12, lines=1, longest=2.0))

    found = cues(transcript(long), options)

    assert [cue.text for cue in found] == ["abcdefghijkl"] * 3
    assert [cue.start for cue in found] == [1.0, 3.0, 5.0]
    assert found[-1].end == 7.0
