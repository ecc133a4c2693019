"""Keys and clicks on the page of the editor."""

from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, Qt
from PySide6.QtGui import QColor, QTextCursor
from PySide6.QtWidgets import QApplication, QInputDialog
from pytestqt.qtbot import QtBot

from asr.transcript import Gap, Segment, Transcript, Word
from gui.editor.doubts import doubtful_below
from gui.editor.menus import SpeakerMenu, WordMenu
from gui.editor.placed_words import Place
from gui.editor.view import LONGEST_PASTE, EditorView
from gui.style.theme import DARK, LIGHT
from tests.gui.scripted import segment

BEST = segment("it was the best of times", 1.0)
WORST = segment("it was the worst of times", 4.0, "them")


@pytest.fixture
def view(qtbot: QtBot) -> EditorView:
    view = EditorView()
    qtbot.addWidget(view)
    view.resize(960, 400)
    view.apply_theme(LIGHT)
    view.show_transcript(Transcript(segments=(BEST, WORST), seconds=7.0))
    view.show()
    return view


def put_caret(view: EditorView, position: int) -> None:
    cursor = view.textCursor()
    cursor.setPosition(position)
    view.setTextCursor(cursor)


def caret(view: EditorView) -> int:
    return view.textCursor().position()


def place_of(view: EditorView, text: str) -> Place:
    found = view.edited.place_at(view.toPlainText().index(text))
    assert found is not None
    return found


def point_of(view: EditorView, position: int) -> QPoint:
    cursor = QTextCursor(view.document())
    cursor.setPosition(position)
    return view.cursorRect(cursor).center()


def test_return_parts_between_words_and_backspace_joins_them_again(
    qtbot: QtBot, view: EditorView
) -> None:
    put_caret(view, len("it was the "))

    qtbot.keyClick(view, Qt.Key.Key_Return)
    assert view.toPlainText() == "it was the\nbest of times\nit was the worst of times"
    qtbot.keyClick(view, Qt.Key.Key_Backspace)

    assert view.toPlainText() == f"{BEST.text}\n{WORST.text}"
    assert caret(view) == len("it was the ")
    assert list(view.edited.segments) == [BEST, WORST]


def test_delete_at_the_end_of_a_paragraph_brings_the_next_one_up(
    qtbot: QtBot, view: EditorView
) -> None:
    put_caret(view, len(BEST.text))

    qtbot.keyClick(view, Qt.Key.Key_Delete)

    assert view.toPlainText() == f"{BEST.text} {WORST.text}"
    assert caret(view) == len(BEST.text)


def test_undo_brings_back_the_words_with_their_times_and_the_caret(
    qtbot: QtBot, view: EditorView
) -> None:
    put_caret(view, len("it was the best"))
    qtbot.keyClicks(view, "ial")
    assert view.edited.segments[0].words[3].text == "bestial"

    qtbot.keyClick(view, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)

    assert list(view.edited.segments) == [BEST, WORST]
    assert caret(view) == len("it was the best")
    qtbot.keyClick(
        view,
        Qt.Key.Key_Z,
        Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier,
    )
    assert "bestial" in view.toPlainText()


def test_a_click_on_a_word_asks_to_hear_it_and_a_selection_does_not(
    qtbot: QtBot, view: EditorView
) -> None:
    clicked: list[Place] = []
    view.word_clicked.connect(clicked.append)
    at = view.toPlainText().index("worst") + 2

    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=point_of(view, at))
    qtbot.mousePress(view.viewport(), Qt.MouseButton.LeftButton, pos=point_of(view, 3))
    qtbot.mouseMove(view.viewport(), point_of(view, 9))
    qtbot.mouseRelease(view.viewport(), Qt.MouseButton.LeftButton, pos=point_of(view, 9))
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(300, 380))

    assert clicked == [place_of(view, "worst")]


def test_a_click_in_the_margin_asks_who_speaks(qtbot: QtBot, view: EditorView) -> None:
    asked: list[tuple[int, int]] = []
    view.speaker_asked.connect(lambda first, last, _point: asked.append((first, last)))
    height = point_of(view, len(BEST.text) + 3).y()

    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(60, height))
    view.selectAll()
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(60, height))

    assert asked == [(1, 1), (0, 1)]
    assert view.textCursor().hasSelection()


def test_the_margin_shows_that_it_can_be_clicked(qtbot: QtBot, view: EditorView) -> None:
    viewport = view.viewport()

    qtbot.mouseMove(viewport, QPoint(60, 60))
    assert viewport.cursor().shape() is Qt.CursorShape.PointingHandCursor
    assert viewport.toolTip() == "Say who speaks here"
    qtbot.mouseMove(viewport, point_of(view, 3))

    assert viewport.cursor().shape() is Qt.CursorShape.IBeamCursor
    assert not viewport.toolTip()
    qtbot.mouseMove(viewport, QPoint(60, 60))
    QApplication.sendEvent(viewport, QEvent(QEvent.Type.Leave))
    assert viewport.cursor().shape() is Qt.CursorShape.IBeamCursor


@pytest.mark.qt_log_ignore("propagateSizeHints")
def test_who_speaks_is_named_from_a_right_click_for_all_that_is_selected(
    qtbot: QtBot, view: EditorView
) -> None:
    view.show_transcript(Transcript(segments=(BEST, replace(WORST, speaker="")), seconds=7.0))
    view.selectAll()
    menu = WordMenu(view, place_of(view, "worst"), frozenset())
    [speakers] = (one for one in menu.findChildren(SpeakerMenu) if one.title())
    [name] = speakers.actions()
    assert name.text() == "Name who speaks here…"

    name.trigger()
    dialog = view.findChild(QInputDialog)
    assert dialog is not None
    dialog.setTextValue("Ann")
    dialog.accept()

    assert [one.speaker for one in view.edited.segments] == ["Ann", "Ann"]
    menu.close()


def test_the_word_that_is_heard_is_marked_and_kept_in_sight(
    qtbot: QtBot, view: EditorView
) -> None:
    many = tuple(segment(f"line {n} of many", float(10 * n)) for n in range(100))
    view.show_transcript(Transcript(segments=many, seconds=1000.0))

    view.show_playing(view.edited.place_of_time(900.4))

    [mark] = view.extraSelections()
    assert mark.cursor.selectedText() == "90"
    assert mark.format.background().color().name() == LIGHT.heard
    assert view.viewport().rect().contains(point_of(view, mark.cursor.position()))
    view.show_playing(None)
    assert not view.extraSelections()


def test_few_words_are_marked_as_doubtful_and_keys_go_from_one_to_the_next(
    qtbot: QtBot, view: EditorView
) -> None:
    words = [Word(f"w{n}", float(n), n + 0.5, 0.9) for n in range(100)]
    for n in (20, 70):
        words[n] = Word(f"w{n}", float(n), n + 0.5, 0.2)
    halves = (Segment(tuple(words[:50]), 0.0, 50.0), Segment(tuple(words[50:]), 50.0, 100.0))
    view.show_transcript(Transcript(segments=halves, seconds=100.0))

    marked = [
        view.toPlainText()[block.position() + mark.start :][: mark.length]
        for block in (view.document().begin(), view.document().begin().next())
        for mark in block.layout().formats()
    ]
    assert marked == ["w20", "w70"]
    seen = [view.next_doubt(forward=True) for _ in range(3)]
    texts = [view.edited.word(place).text for place in seen if place]
    assert texts == ["w20", "w70", "w20"]
    back = view.next_doubt(forward=False)
    assert back is not None
    assert view.edited.word(back).text == "w70"
    assert view.textCursor().selectedText() == "w70"


@pytest.mark.parametrize(
    ("confidences", "n_marked"),
    [
        ([0.1] * 100, 0),
        ([0.9] * 100, 0),
        ([0.1] + [0.9] * 99, 1),
        ([], 0),
        ([0.3, 0.4, 0.45, 0.9, 0.9], 1),
        ([0.2], 1),
        ([0.7, 0.9, 0.9], 0),
    ],
)
def test_there_is_never_a_red_sea(confidences: list[float], n_marked: int) -> None:
    words = tuple(Word("w", 0.0, 1.0, confidence) for confidence in confidences)

    threshold = doubtful_below([Segment(words, 0.0, 1.0)])

    assert sum(word.confidence < threshold for word in words) == n_marked


def test_a_mended_word_is_no_doubt_any_more(qtbot: QtBot, view: EditorView) -> None:
    words = (Word("wurst", 0.0, 1.0, 0.1), *(Word("w", 1.0, 2.0, 0.9) for _ in range(40)))
    view.show_transcript(Transcript(segments=(Segment(words, 0.0, 2.0),), seconds=2.0))
    assert view.document().begin().layout().formats()

    view.edited.replace_word(place_of(view, "wurst"), "worst")

    assert not view.document().begin().layout().formats()


@pytest.mark.parametrize("had_words", [False, True])
def test_an_empty_entry_says_so_where_its_text_would_stand(
    qtbot: QtBot, had_words: bool
) -> None:
    empty = Transcript(segments=(), seconds=7.0)
    one = Transcript(segments=(BEST,), seconds=7.0)
    view = EditorView()
    qtbot.addWidget(view)
    view.resize(960, 400)
    view.setReadOnly(True)  # no caret
    view.show_transcript(one if had_words else empty)
    view.show()
    if had_words:
        view.viewport().grab()
        view.show_transcript(empty)

    image = view.viewport().grab().toImage()

    ground = image.pixelColor(0, image.height() - 1)
    rows, columns = range(100), range(image.width())
    inked = [x for x in columns if any(image.pixelColor(x, y) != ground for y in rows)]
    text_at = view.document().rootFrame().frameFormat().leftMargin()
    assert min(inked) > text_at - 80  # that of a time stamp
    assert max(inked) > text_at + 80


def test_too_much_is_not_pasted_and_what_is_copied_is_plain(
    qtbot: QtBot, view: EditorView
) -> None:
    told: list[str] = []
    view.refused.connect(told.append)
    before = view.toPlainText()
    much, little = QMimeData(), QMimeData()
    much.setText("x" * (LONGEST_PASTE + 1))
    little.setHtml("<b>so</b>")
    little.setText("so ")

    view.insertFromMimeData(much)
    assert view.toPlainText() == before
    view.insertFromMimeData(little)
    assert view.toPlainText() == "so " + before
    view.selectAll()

    assert told == ["The 100,001 letters to paste are too many; 100,000 fit in at a time."]
    assert view.createMimeDataFromSelection().formats() == ["text/plain"]


def test_a_dark_page_shows_the_word_that_is_heard(qapp: QApplication, view: EditorView) -> None:
    view.show_playing(place_of(view, "best"))

    view.apply_theme(DARK)

    assert view.extraSelections()[0].format.background().color().name() == DARK.heard


def test_missing_sound_is_told_between_the_paragraphs(qtbot: QtBot, view: EditorView) -> None:
    gap = Gap(3.0, 0.8, "the microphone was unplugged")
    view.show_transcript(Transcript(segments=(BEST, WORST), seconds=7.0, gaps=(gap,)))
    first, second = view.document().begin(), view.document().begin().next()

    assert (first.blockFormat().topMargin() > 0, second.blockFormat().topMargin() > 0) == (
        False,
        True,
    )
    top, bottom = point_of(view, len(BEST.text)).y() + 12, point_of(view, second.position()).y()
    shown = view.viewport().grab().toImage()
    inks = {
        shown.pixelColor(x, y).name()
        for x in range(shown.width())
        for y in range(top, bottom - 14)
    }
    assert any(QColor(ink).lightness() < 140 for ink in inks)  # or all of it is paper


def test_the_margin_has_room_for_names_but_leaves_the_text_its_own(
    qtbot: QtBot, view: EditorView
) -> None:
    def margin() -> float:
        return view.document().rootFrame().frameFormat().leftMargin()

    view.resize(600, 400)
    narrow = margin()

    view.edited.rename_speaker("them", "Charles Dickens")
    assert margin() > narrow
    view.edited.rename_speaker("them", "Charles John Huffam Dickens, the novelist")

    assert margin() <= view.width() / 3
