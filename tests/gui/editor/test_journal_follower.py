"""What is done on the page stands in the journal, step by step."""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtWidgets import QApplication

from asr.library.journal import Journal
from asr.transcript import Segment, Transcript, Word
from gui.editor.edited_transcript import EditedTranscript
from gui.editor.journal_follower import JournalFollower
from tests.gui.editor.test_edited_transcript import (
    BEST,
    EDITS,
    WORST,
    between,
    document_of,
    edit,
    page,
)
from tests.gui.scripted import segment

FIGURES = Segment(  # words that are shown in another one's place, and one with a space
    (
        Word("no", 8.0, 8.3),
        Word("nineteen", 8.3, 8.6, display="1984"),
        Word("eighty", 8.6, 8.9, display=""),
        Word("four", 8.9, 9.2, display=""),
        Word("at", 9.2, 9.5),
        Word("five", 9.5, 9.8, display="5:30 pm"),
        Word("no", 9.8, 10.0),
    ),
    8.0,
    10.0,
)


def texts(transcript: Transcript) -> list[tuple[str, str]]:
    return [(one.speaker, one.shown) for one in transcript.segments if one.shown]


class Both:
    """A page and its journal."""

    def __init__(self, folder: str) -> None:
        self.edited: EditedTranscript = page(BEST, WORST, FIGURES, segment("no no no", 12.0))
        self.path = Path(folder) / "edits.jsonl"
        self.recognised = self.edited.transcript
        self.journal = Journal.open(self.path, self.recognised)
        self.follower = JournalFollower(self.journal)
        self.edited.grown.connect(self.extend)
        self.edited.done.connect(self.do)
        self.edited.undone.connect(self.follower.undo)
        self.edited.redone.connect(self.follower.redo)

    def do(self, changes: object, grows: bool) -> None:
        self.follower.do(changes, grows=grows)  # type: ignore[arg-type]

    def extend(self, segments: object, first: int) -> None:
        self.follower.extend(segments, first)  # type: ignore[arg-type]

    def agree(self) -> None:
        assert texts(self.journal.transcript) == texts(self.edited.transcript)


ASKED = st.sampled_from(["give", "rename", "merge", "replace", "everywhere"])


@settings(deadline=None, max_examples=60)
@given(st.lists(st.one_of(EDITS, ASKED), max_size=10), st.integers(0, 12))
def test_the_journal_reads_as_the_page_after_any_edits(
    qapp: QApplication, edits: list[tuple[int, int, str] | str], n_undone: int
) -> None:
    with TemporaryDirectory() as folder:
        both = Both(folder)
        edited = both.edited

        for wish in edits:
            if isinstance(wish, tuple):
                start, length, text = wish
                edit(edited, between(edited, start), between(edited, start + length), text)
            else:
                ask(edited, wish)
            both.agree()
        for step in [*[edited.undo] * n_undone, *[edited.redo] * n_undone]:
            step()
            both.agree()
        both.journal.close()

        with Journal.open(both.path, both.recognised) as again:
            assert texts(again.transcript) == texts(edited.transcript)


def ask(edited: EditedTranscript, wish: str) -> None:
    place = edited.place_at(document_of(edited).characterCount() // 2)
    if wish == "give":
        edited.give_speaker(0, len(edited.segments) // 2, "me")
    elif wish == "rename":
        edited.rename_speaker("me", "Charles")
    elif wish == "merge":
        edited.merge_speakers("them", "me")
    elif wish == "replace" and place is not None:
        edited.replace_word(place, "instead")
    else:
        edited.replace_everywhere("no", "yes and no")


# What a session goes on with; the second began while the first was being said.
LATER = [
    segment("no more of it", 20.0, "me"),
    segment("well", 19.0, "them"),
    segment("and so on", 26.0, "me"),
]


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.one_of(EDITS, ASKED, st.just("grow")), max_size=12),
    st.integers(0, 12),
)
def test_the_journal_reads_as_the_page_while_the_session_goes_on(
    qapp: QApplication, edits: list[tuple[int, int, str] | str], n_undone: int
) -> None:
    with TemporaryDirectory() as folder:
        both = Both(folder)
        edited, later = both.edited, list(LATER)

        for wish in [*edits, "grow", "grow", "grow"]:
            if isinstance(wish, tuple):
                start, length, text = wish
                edit(edited, between(edited, start), between(edited, start + length), text)
            elif wish != "grow":
                ask(edited, wish)
            elif later:
                edited.grow([later.pop(0)])
            assert sorted(texts(both.journal.transcript)) == sorted(texts(edited.transcript))
        for step in [*[edited.undo] * n_undone, *[edited.redo] * n_undone]:
            step()
            assert sorted(texts(both.journal.transcript)) == sorted(texts(edited.transcript))
        both.journal.close()

        every = sorted([*both.recognised.segments, *LATER], key=lambda one: one.start)
        whole = replace(both.recognised, segments=tuple(every))
        with Journal.open(both.path, whole) as again:
            assert again.unusable == 0
            assert sorted(texts(again.transcript)) == sorted(texts(edited.transcript))


def test_undo_in_the_journal_gives_back_what_was_recognised(
    qapp: QApplication, tmp_path: Path
) -> None:
    both = Both(str(tmp_path))
    edit(both.edited, 0, 2, "That")
    edit(both.edited, 12, 13, "\n")

    both.edited.undo()
    both.edited.undo()

    assert both.journal.transcript.segments == both.recognised.segments
    both.journal.close()


def test_words_in_a_paragraph_of_its_own_are_a_segment_of_its_own(
    qapp: QApplication, tmp_path: Path
) -> None:
    both = Both(str(tmp_path))
    end = len(BEST.text)

    edit(both.edited, end, end, "\n")
    assert both.follower.key(1) is None
    for at, letter in enumerate("So"):
        edit(both.edited, end + 1 + at, end + 1 + at, letter)

    assert texts(both.journal.transcript)[1] == ("", "So")
    assert both.follower.key(1) is not None
    both.journal.close()


def test_who_began_earlier_and_ended_later_can_be_joined_to_the_paragraph_above(
    qapp: QApplication, tmp_path: Path
) -> None:
    both = Both(str(tmp_path))
    both.edited.grow(LATER[:2])
    end = document_of(both.edited).characterCount() - 1 - len("well")

    edit(both.edited, end - 1, end, " ")

    both.journal.close()
    every = sorted([*both.recognised.segments, *LATER[:2]], key=lambda one: one.start)
    with Journal.open(both.path, replace(both.recognised, segments=tuple(every))) as again:
        assert again.unusable == 0
        assert texts(again.transcript)[-1] == ("me", "no more of it well")
