"""The page's rows, against Qt's own model tester and against a plain list."""

from hypothesis import given
from hypothesis import strategies as st
from pytestqt.modeltest import ModelTester

from asr.live.events import Event, FinalResult, GapFound, Ledger, PartialResult
from asr.transcript import Gap, PartialText, Segment, Transcript, Word
from gui.transcript.model import Kind, Role, TranscriptModel
from tests.gui.scripted import final, heard, segment


def rows(model: TranscriptModel) -> list[str]:
    return [str(model.index(row).data()) for row in range(model.rowCount())]


def kinds(model: TranscriptModel) -> list[Kind]:
    return [Kind(model.index(row).data(Role.KIND)) for row in range(model.rowCount())]


def test_model_keeps_qts_rules_through_a_session(qtmodeltester: ModelTester) -> None:
    model = TranscriptModel()
    qtmodeltester.check(model)  # and it goes on watching

    for event in (
        heard("", "it"),
        heard("it", "was", speaker="them"),
        GapFound(Gap(0.5, 0.2, "overflow")),
        final("it was", speaker="them"),
        heard("", ""),
        final("the best"),
    ):
        model.hear(event)
    assert rows(model) == ["0.2 s of sound missing: overflow", "it was", "the best"]
    model.show(Transcript(segments=(), seconds=0.0))


def test_final_text_takes_the_place_of_live_text() -> None:
    model = TranscriptModel()

    model.hear(heard("it was", "the"))
    assert (rows(model), kinds(model)) == (["it was the"], [Kind.LIVE])
    assert model.index(0).data(Role.START) is None
    model.hear(final("it was the best", start=2.0))

    assert (rows(model), kinds(model)) == (["it was the best"], [Kind.FINAL])
    assert model.index(0).data(Role.START) == 2.0


def test_a_voice_that_ends_leaves_the_other_one_speaking() -> None:
    model = TranscriptModel()
    model.hear(heard("hello", speaker="me"))
    model.hear(heard("good day", speaker="them"))

    model.hear(final("good day", speaker="them"))

    assert rows(model) == ["good day", "hello"]
    assert kinds(model) == [Kind.FINAL, Kind.LIVE]


def test_a_gap_stands_above_what_is_still_being_said() -> None:
    model = TranscriptModel()
    model.hear(heard("hello"))

    model.hear(GapFound(Gap(3.0, 0.84, "the microphone was unplugged")))

    assert rows(model) == ["0.8 s of sound missing: the microphone was unplugged", "hello"]


def test_listening_again_goes_on_where_the_page_ended() -> None:
    model = TranscriptModel()
    model.begin("Microphone")
    model.hear(final("one", start=1.0))
    model.hear(Ledger(recorded=10.0, recognised=10.0))

    model.begin("Microphone")
    model.hear(final("two", start=1.0))
    model.hear(GapFound(Gap(2.0, 0.5, "overflow")))

    transcript = model.transcript
    assert [each.start for each in transcript.segments] == [1.0, 11.0]
    assert transcript.segments[1].words[0].start == 11.0
    assert transcript.gaps == (Gap(12.0, 0.5, "overflow"),)


def test_an_utterance_without_words_leaves_no_row() -> None:
    model = TranscriptModel()
    model.hear(heard("", "uh"))

    model.hear(final(""))

    assert rows(model) == []


def test_live_text_that_never_became_final_goes_with_its_session() -> None:
    model = TranscriptModel()
    model.hear(final("kept"))
    model.hear(heard("lost", speaker="a"))
    model.hear(heard("lost too", speaker="b"))

    model.end()

    assert rows(model) == ["kept"]


def test_a_page_put_aside_comes_back_as_it_was() -> None:
    model = TranscriptModel()
    model.begin("interview.m4a")
    for event in (final("one", 1.0), GapFound(Gap(2.0, 1.0, "overflow")), final("two", 4.0)):
        model.hear(event)
    page, before = model.transcript, rows(model)

    model.show(Transcript(segments=(), seconds=0.0))
    assert rows(model) == []
    model.show(page)

    assert (model.transcript, rows(model)) == (page, before)


WORDS = st.lists(st.sampled_from(["it", "was", "the", "best"]), max_size=4).map(" ".join)
VOICES = st.sampled_from(["", "me", "them"])
EVENTS = st.one_of(
    st.builds(heard, WORDS, WORDS, VOICES),
    st.builds(final, WORDS, st.floats(0, 100), VOICES),
    st.builds(lambda at: GapFound(Gap(at, 0.5, "overflow")), st.floats(0, 100)),
)


@given(st.lists(EVENTS, max_size=20))
def test_nothing_final_is_ever_lost_and_live_rows_stay_last(events: list[Event]) -> None:
    model = TranscriptModel()

    for event in events:
        model.hear(event)

    said = [event.segment for event in events if hasattr(event, "segment")]
    assert model.transcript.segments == tuple(each for each in said if each.words)
    assert kinds(model) == sorted(kinds(model), key=lambda kind: kind is Kind.LIVE)


def test_other_roles_have_no_answer() -> None:
    model = TranscriptModel()
    model.hear(final("one"))

    assert model.index(0).data(12345) is None
    assert isinstance(model.transcript.segments[0], Segment)
    assert model.transcript.segments[0] == segment("one", 0.0)


def test_words_are_shown_readable_or_as_they_were_heard() -> None:
    model = TranscriptModel()
    words = (Word("we", 0, 1, display="We"), Word("went", 1, 2, display="went."))
    model.hear(FinalResult(Segment(words, 0, 2)))
    model.hear(PartialResult(PartialText(("it", "is"), ("so",), ("It", "is"))))
    assert rows(model) == ["We went.", "It is so"]
    assert model.page.shown == "We went."

    model.show_as_heard(True)
    assert rows(model) == ["we went", "it is so"]
    assert model.page.shown == "we went"
    assert model.transcript.shown == "We went."

    model.show_as_heard(False)
    assert rows(model) == ["We went.", "It is so"]


def test_a_dictated_line_stays_inside_its_row() -> None:
    model = TranscriptModel()
    words = (Word("well", 0, 1, display="Well\n"), Word("so", 1, 2, display="So"))
    model.hear(FinalResult(Segment(words, 0, 2)))
    assert rows(model) == ["Well\u2028So"]
    assert model.page.shown == "Well\nSo"
