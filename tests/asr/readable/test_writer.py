"""What is shown for words, beside what was heard and never in its place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from asr.readable.replacements import Replacements
from asr.readable.tagger import Tag
from asr.readable.tags import Case, Mark
from asr.readable.writer import (
    LOOKAHEAD,
    UTTERANCE_END,
    Readable,
    ReadableOptions,
    Writer,
)
from asr.transcript import joined
from tests.asr.readable.scripted import ScriptedTagger, readable, said

MARKS = {"home": Mark.FULL_STOP, "well": Mark.COMMA, "why": Mark.QUESTION}


def test_words_are_written_as_sentences_and_kept_as_heard() -> None:
    writer = readable(ScriptedTagger(MARKS, ["kate"])).writer()
    segment = writer.final(said("well kate went home i saw mcdonald there"))
    assert segment.shown == "Well, Kate went home. I saw McDonald there"
    assert segment.text == "well kate went home i saw mcdonald there"
    assert segment.words[2].display is None  # as it was heard


def test_a_sentence_goes_on_over_utterances() -> None:
    tagger = ScriptedTagger(MARKS)
    writer = readable(tagger).writer()
    assert writer.final(said("we went")).shown == "We went"
    assert writer.final(said("back home", 3)).shown == "back home."
    assert writer.final(said("yes", 6)).shown == "Yes"
    words, pauses = tagger.asked[-1]
    assert words == ["we", "went", "back", "home", "yes"]
    assert pauses[0] == pytest.approx(0.1)


def test_titles_are_shortened_before_names() -> None:
    tagger = ScriptedTagger({}, ["mister", "kilter", "doctor"])
    writer = readable(tagger).writer()
    assert writer.final(said("mister kilter saw the doctor")).shown == (
        "Mr Kilter saw the Doctor"
    )


def test_marks_of_text_under_way_stay_once_they_are_shown() -> None:
    words = ["well", "we", "went", "home", "why", "and", "then", "we", "saw", "the", "sea"]
    writer = readable(ScriptedTagger(MARKS)).writer()
    before: tuple[str, ...] = ()
    for length in range(1, len(words) + 1):
        shown = writer.stable(words[:length])
        assert len(shown) == length
        sure = max(0, length - 1 - LOOKAHEAD)
        assert shown[:sure] == before[:sure]
        before = shown
    assert before[:5] == ("Well,", "we", "went", "home.", "Why?")


def test_the_next_utterance_under_way_begins_anew() -> None:
    writer = readable(ScriptedTagger(MARKS)).writer()
    writer.stable(["well", "we", "went", "and", "then", "we", "saw"])
    writer.final(said("well we went home"))
    assert writer.stable(["so", "kate"]) == ("So", "kate")


def test_an_utterance_that_was_none_leaves_no_word() -> None:
    writer = readable(ScriptedTagger(MARKS)).writer()
    writer.stable(["well", "we", "went", "and", "then", "we", "saw"])
    assert writer.stable([]) == ()
    assert writer.stable(["so", "we", "came", "back", "and", "then", "we", "saw"])[0] == "So"


def test_without_a_tagger_words_are_shown_as_they_were_heard() -> None:
    segment = said("we went home")
    off = readable(ScriptedTagger(MARKS), ReadableOptions(is_on=False))
    for one in (Readable(), off):
        assert one.writer().final(segment) == segment
        assert one.writer().stable(["we"]) == ("we",)
        assert not one.trouble


def test_commands_and_replacements_hold_without_a_tagger() -> None:
    replacements = Replacements.parse(["new home = Neuheim"])
    options = ReadableOptions(commands=True, replacements=replacements)
    spoken = "we saw twenty one in the new home comma new line good bye"
    shown = "we saw twenty one in the Neuheim,\ngood bye"
    for one in (Readable(options=options), readable(Failing(MARKS), options)):
        assert one.writer().final(said(spoken)).shown == shown
        assert " ".join(filter(None, one.writer().stable(spoken.split()))) == (
            shown.replace("\n", "\n ")
        )
    off = Readable(options=replace(options, is_on=False))
    assert off.writer().final(said(spoken)) == said(spoken)


class Failing(ScriptedTagger):
    """One that does not work."""

    def tag(
        self, words: Sequence[str], pauses: Sequence[float | None], *, ended: bool = False
    ) -> list[Tag]:
        raise RuntimeError("out of\nmemory")


def test_a_tagger_that_fails_keeps_no_word_back() -> None:
    one = readable(Failing(MARKS))
    assert one.writer().stable(["we"]) == ("we",)
    assert "out of memory" in one.trouble
    one = readable(Failing(MARKS))
    assert one.writer().final(said("we went")).shown == "we went"
    assert "out of memory" in one.trouble


def test_figures_and_replacements_come_last() -> None:
    options = ReadableOptions(replacements=Replacements.parse(["# mine", "new home = Neuheim"]))
    writer = readable(ScriptedTagger(MARKS), options).writer()
    segment = writer.final(said("we saw twenty one in the new home today"))
    assert segment.shown == "We saw 21 in the Neuheim. Today"
    assert segment.text == "we saw twenty one in the new home today"


def test_spoken_commands_are_obeyed_when_wanted() -> None:
    spoken = "dear kate comma new line we are well full stop new paragraph yours"
    tagger = ScriptedTagger({}, ["kate"])
    obeyed = readable(tagger, ReadableOptions(commands=True)).writer().final(said(spoken))
    assert obeyed.shown == "Dear Kate,\nWe are well.\n\nYours"
    assert obeyed.text == spoken
    assert readable(tagger).writer().final(said("a comma here")).shown == "A comma here"


def test_scratch_that_takes_back_what_was_said_since_the_pause() -> None:
    writer = readable(ScriptedTagger({}), ReadableOptions(commands=True)).writer()
    assert writer.final(said("so be it")).shown == "So be it"
    assert writer.final(said("nonsense scratch that and so on", 5)).shown == "and so on"
    assert writer.final(said("scratch that", 9)).shown == ""


def test_words_of_the_users_own_keep_their_spelling() -> None:
    tagger = ScriptedTagger(MARKS)
    writer = readable(tagger).writer()
    assert writer.final(said("so iPad came HOME")).shown == "So iPad came HOME."
    assert tagger.asked[-1][0] == ["so", "ipad", "came", "home"]
    assert writer.stable(["iPad", "x"]) == ("iPad", "x")


def test_odd_words_are_right_or_as_they_were() -> None:
    writer = readable(ScriptedTagger({})).writer()
    assert writer.final(said("")).words == ()
    assert writer.stable([]) == ()
    assert writer.final(said("привет мир 'tis x")).shown == "Привет мир 'tis x"
    many = said("word " * 20_000)
    assert len(writer.final(many).words) == 20_000


def test_no_figure_is_read_across_the_end_of_a_line() -> None:
    writer = readable(ScriptedTagger({}), ReadableOptions(commands=True)).writer()
    assert "1984" not in writer.final(said("page nineteen new line eighty four")).shown


def under_way(writer: Writer, said: str) -> list[str]:
    """Return what is shown of an utterance at each of its words."""
    words = said.split()
    return [joined(writer.stable(words[:n])) for n in range(1, len(words) + 1)]


def test_figures_of_text_under_way_come_when_they_are_sure_and_stay() -> None:
    told = under_way(
        readable(ScriptedTagger({})).writer(), "in nineteen eighty four we saw the sea"
    )
    assert told[6] == "In nineteen eighty four we saw the"
    assert told[7] == "In 1984 we saw the sea"
    told = under_way(
        readable(ScriptedTagger({})).writer(), "so we had got twenty five in all as it was"
    )
    assert not [text for text in told if "20" in text]
    assert told[-1] == "So we had got 25 in all as it was"


def test_a_figure_that_is_shown_takes_no_later_word_in() -> None:
    class Late(ScriptedTagger):
        def tag(
            self, words: Sequence[str], pauses: Sequence[float | None], *, ended: bool = False
        ) -> list[Tag]:
            marks = {"twenty": Mark.COMMA} if len(words) < 8 else {}
            return [Tag(Case.LOWER, marks.get(word, Mark.NONE)) for word in words]

    told = under_way(readable(Late({})).writer(), "we saw twenty five on the next day")
    assert told[-2] == "We saw 20, five on the next"
    assert told[-1] == "We saw 20, five on the next day"


def test_commands_are_obeyed_in_text_under_way() -> None:
    writer = readable(ScriptedTagger({}, ["kate"]), ReadableOptions(commands=True)).writer()
    told = under_way(writer, "dear kate comma new line we are well full stop nonsense and so")
    assert told[4] == "Dear Kate,"
    assert told[-1] == "Dear Kate,\nWe are well. Nonsense and so"
    taken_back = ["dear", "kate", "we", "are", "all", "well", "scratch", "that"]
    assert joined(writer.stable(taken_back)) == ""
    assert joined(writer.stable([*taken_back, "so"])) == "So"


def test_replacements_are_shown_in_text_under_way() -> None:
    options = ReadableOptions(replacements=Replacements.parse(["new home = Neuheim"]))
    told = under_way(
        readable(ScriptedTagger(MARKS), options).writer(), "a new home and so on it goes"
    )
    assert told[2:4] == ["A Neuheim", "A Neuheim and"]
    assert told[-1] == "A Neuheim. And so on it goes"


def test_text_under_way_is_tagged_with_its_pauses() -> None:
    tagger = ScriptedTagger(MARKS)
    writer = readable(tagger).writer()
    writer.final(said("we came"))
    writer.stable(["so", "we", "went"], (0.7, 0.0))
    assert tagger.asked[-1][1] == [pytest.approx(0.1), UTTERANCE_END, 0.7, 0.0, None]
    writer.stable(["so", "we", "went"])
    assert tagger.asked[-1][1] == [None] * 5
    assert tagger.ended == [True, False, False]


def test_letters_said_one_by_one_are_one_word() -> None:
    tagger = ScriptedTagger({"c": Mark.COMMA, "k": Mark.FULL_STOP})
    writer = readable(tagger).writer()
    spoken = "on the b b c a man of the u k h g wells i e d said so at five p m"
    shown = "On the BBC, a man of the UK. HG wells I ED said so at 5 pm"
    assert writer.final(said(spoken)).shown == shown
    assert writer.final(said("the u s's plan a b and x")).shown == "the US's plan a b and x"
    assert writer.stable(["the", "b", "b", "c", "said", "so", "to", "all", "of", "us"]) == (
        *("the", "BBC,", "", "", "said", "so", "to", "all", "of", "us"),
    )


def test_days_and_months_have_a_capital_letter() -> None:
    writer = readable(ScriptedTagger({})).writer()
    spoken = "we met on monday's or sundays in april not in may or march or on junes"
    assert writer.final(said(spoken)).shown == (
        "We met on Monday's or Sundays in April not in may or march or on Junes"
    )
