"""The words follow the text, whatever is done to it, and everything can be undone."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PySide6.QtGui import QTextBlockFormat, QTextCursor, QTextDocument
from PySide6.QtWidgets import QApplication

from asr.transcript import Alternative, Segment, Transcript, Word
from gui.editor.edited_transcript import EditedTranscript
from tests.gui.scripted import segment

ALTERNATIVES = (Alternative("worse", 0.3),)


def page(*segments: Segment) -> EditedTranscript:
    document = QTextDocument()
    edited = EditedTranscript(document, QTextBlockFormat())
    edited.show(Transcript(segments=segments, seconds=100.0))
    return edited


def document_of(edited: EditedTranscript) -> QTextDocument:
    return edited.document


def edit(edited: EditedTranscript, start: int, end: int, text: str) -> None:
    cursor = QTextCursor(document_of(edited))
    cursor.setPosition(start)
    cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
    edited.note_caret(end)
    cursor.insertText(text)


def words(edited: EditedTranscript) -> list[str]:
    return [word.shown for one in edited.segments for word in one.words if word.shown]


def check(edited: EditedTranscript) -> None:
    document = document_of(edited)
    assert document.blockCount() == len(edited.segments)
    for number, one in enumerate(edited.segments):
        block = document.findBlockByNumber(number)
        shown = " ".join(word.shown for word in one.words if word.shown)
        assert block.text().split() == shown.split()
        for place in edited.places(number):
            cursor = QTextCursor(document)
            cursor.setPosition(place.start)
            cursor.setPosition(place.end, QTextCursor.MoveMode.KeepAnchor)
            assert cursor.selectedText() == edited.word(place).shown
    # What is recognised may overlap by a rounding already.
    starts = [round(word.start, 9) for one in edited.segments for word in one.words]
    assert starts == sorted(starts)


BEST = segment("it was the best of times", 1.0)
WORST = segment("it was the worst of times", 4.0, "them")
TEXT = "it was the best of times\nit was the worst of times"


def test_words_that_are_not_edited_are_the_same_objects(qapp: QApplication) -> None:
    edited = page(BEST, WORST)

    edit(edited, TEXT.index("best"), TEXT.index("best") + 4, "blurst")

    [first, second] = edited.segments
    assert second is WORST
    assert [new is old for new, old in zip(first.words, BEST.words, strict=True)] == [
        True,
        True,
        True,
        False,
        True,
        True,
    ]
    mended = first.words[3]
    assert (mended.text, mended.start, mended.end) == ("blurst", 1.9, pytest.approx(2.2))
    assert mended.confidence == 1.0


def test_words_share_the_time_of_what_they_replace_by_their_letters(qapp: QApplication) -> None:
    edited = page(segment("abcdef xyz", 0.0))

    edit(edited, 0, 6, "ab cdefgh")

    times = [(word.text, word.start, word.end) for word in edited.segments[0].words]
    assert times[0] == ("ab", 0.0, pytest.approx(0.09))
    assert times[1] == ("cdefgh", pytest.approx(0.09), pytest.approx(0.3))
    assert times[2] == ("xyz", 0.3, 0.6)


def test_a_word_put_between_two_stands_in_the_pause_between_them(qapp: QApplication) -> None:
    pause = Segment((Word("one", 0.0, 0.5), Word("two", 1.5, 2.0)), 0.0, 2.0)
    edited = page(pause)

    edit(edited, 3, 3, " and")

    assert edited.segments[0].words[1] == Word("and", 0.5, 1.5)


def test_a_mended_word_keeps_what_else_it_could_have_been(qapp: QApplication) -> None:
    heard = Word("best", 1.0, 2.0, 0.4, ALTERNATIVES)
    edited = page(Segment((heard,), 1.0, 2.0))

    edit(edited, 0, 4, "Best!")

    assert edited.segments[0].words == (Word("Best!", 1.0, 2.0, 1.0, ALTERNATIVES),)


def test_hidden_words_go_with_the_word_that_shows_them(qapp: QApplication) -> None:
    number = (
        Word("twenty", 1.0, 1.5, display="21"),
        Word("one", 1.5, 2.0, display=""),
        Word("men", 2.0, 2.5),
    )
    edited = page(Segment(number, 1.0, 2.5))
    place = edited.place_at(0)
    assert place is not None
    assert edited.time_of(place) == (1.0, 2.0)

    edit(edited, 0, 2, "22")

    [mended, men] = edited.segments[0].words
    assert mended == Word("22", 1.0, 2.0)
    assert men is number[2]


def test_return_parts_a_paragraph_and_a_deleted_end_joins_two(qapp: QApplication) -> None:
    edited = page(BEST, WORST)

    edit(edited, 10, 11, "\n")
    assert [one.text for one in edited.segments] == [
        "it was the",
        "best of times",
        "it was the worst of times",
    ]
    assert edited.segments[1].start == BEST.words[3].start
    edit(edited, 10, 11, " ")
    edit(edited, 24, 25, " ")

    [joined] = edited.segments
    assert joined.words == BEST.words + WORST.words
    assert (joined.start, joined.end) == (BEST.start, WORST.end)


def test_a_part_keeps_the_speaker_it_comes_from(qapp: QApplication) -> None:
    edited = page(BEST, WORST)

    edit(edited, TEXT.index(" worst"), TEXT.index(" worst") + 1, "\n")

    assert [one.speaker for one in edited.segments] == ["", "them", "them"]


def test_which_of_two_like_words_went_is_told_by_the_place(qapp: QApplication) -> None:
    twice = segment("no no no", 0.0)
    edited = page(twice)

    edit(edited, 3, 6, "")

    assert edited.segments[0].words == (twice.words[0], twice.words[2])


def test_letters_typed_in_a_row_are_undone_at_once(qapp: QApplication) -> None:
    edited = page(BEST)
    for at, letter in enumerate("very"):
        edit(edited, 10 + at, 10 + at, letter)
    edit(edited, 14, 14, " ")
    for at, letter in enumerate("own"):
        edit(edited, 15 + at, 15 + at, letter)

    edited.undo()
    assert words(edited) == ["it", "was", "thevery", "best", "of", "times"]
    assert edited.undo() == 10

    assert edited.segments[0] == BEST
    assert document_of(edited).toPlainText() == BEST.text
    edited.redo()
    edited.redo()
    assert words(edited) == ["it", "was", "thevery", "own", "best", "of", "times"]


def test_a_word_is_replaced_wherever_it_stands_in_one_step(qapp: QApplication) -> None:
    marked = Segment(
        (Word("the", 0.0, 0.3, display="The"), Word("times", 0.3, 0.6, display="times,")),
        0.0,
        0.6,
    )
    edited = page(marked, BEST, WORST)

    assert edited.replace_everywhere("times", "rhymes") == 3

    assert document_of(edited).toPlainText() == (
        "The rhymes,\nit was the best of rhymes\nit was the worst of rhymes"
    )
    check(edited)
    edited.undo()
    assert list(edited.segments) == [marked, BEST, WORST]


def test_speakers_are_given_renamed_and_merged_on_the_same_stack(qapp: QApplication) -> None:
    edited = page(BEST, WORST)

    edited.give_speaker(0, 0, "me")
    edited.rename_speaker("me", "Charles")
    edited.merge_speakers("them", "me")

    assert [edited.name_of(one.speaker) for one in edited.segments] == ["Charles", "Charles"]
    edited.undo()
    edited.undo()
    assert [edited.name_of(one.speaker) for one in edited.segments] == ["me", "them"]
    edited.undo()
    assert list(edited.segments) == [BEST, WORST]


def test_a_time_finds_its_word_and_a_pause_finds_none(qapp: QApplication) -> None:
    edited = page(BEST, WORST)

    place = edited.place_of_time(1.95)
    assert place is not None
    assert edited.word(place).text == "best"
    assert edited.place_of_time(3.5) is None
    assert edited.place_of_time(0.2) is None


def test_an_alignment_that_comes_too_late_changes_nothing(qapp: QApplication) -> None:
    edited = page(BEST)
    aligned = tuple(word.shifted(0.25) for word in BEST.words)
    edit(edited, 0, 2, "that")

    assert not edited.retime(0, aligned)
    later = tuple(word.shifted(0.25) for word in edited.segments[0].words)
    assert edited.retime(0, later)
    assert edited.segments[0].words == later


EDITS = st.tuples(
    st.integers(0, 60),
    st.integers(0, 12),
    st.sampled_from(["", " ", "x", "\n", "two words", "ü", "😀", "a\nb", "מילה", "no "]),
)


@settings(deadline=None)
@example(edits=[(57, 0, "no ")], n_undone=0)
@example(edits=[(8, 3, "a\nb"), (8, 1, "a\nb")], n_undone=0)
@given(st.lists(EDITS, max_size=12), st.integers(0, 12))
def test_any_edits_leave_words_and_text_in_step_and_can_be_undone(
    qapp: QApplication, edits: list[tuple[int, int, str]], n_undone: int
) -> None:
    edited = page(BEST, WORST, segment("no no 😀 no", 8.0))
    for start, length, text in edits:
        edit(edited, between(edited, start), between(edited, start + length), text)
        check(edited)
    for step in [*[edited.undo] * n_undone, *[edited.redo] * n_undone, *[edited.undo] * 20]:
        step()
        check(edited)

    assert list(edited.segments) == [BEST, WORST, segment("no no 😀 no", 8.0)]


def between(edited: EditedTranscript, position: int) -> int:
    """Return a place where a caret can be: in the text, and not inside a letter."""
    document = document_of(edited)
    position = min(position, document.characterCount() - 1)
    return position - ("\udc00" <= document.characterAt(position) <= "\udfff")
