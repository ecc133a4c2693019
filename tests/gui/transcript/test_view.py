"""The page shows the model, whatever happened in between."""

from collections.abc import Iterator

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextBlock, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from asr.live.events import Event, GapFound
from asr.transcript import Gap
from gui.style.theme import DARK, LIGHT
from gui.transcript.model import TranscriptModel
from gui.transcript.view import TranscriptView
from tests.gui.scripted import final, heard
from tests.gui.transcript.test_model import EVENTS, rows


def formats(view: TranscriptView, row: int) -> list[tuple[str, QTextCharFormat]]:
    block = view.document().findBlockByNumber(row)
    pieces, at = [], block.begin()
    while not at.atEnd():
        pieces.append((at.fragment().text().strip(), at.fragment().charFormat()))
        at += 1
    return pieces


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(events=st.lists(EVENTS, max_size=12))
def test_each_row_is_a_paragraph_after_any_events(
    qapp: QApplication, events: list[Event]
) -> None:
    model = TranscriptModel()
    view = TranscriptView(model)

    for event in events:
        model.hear(event)

        assert view.toPlainText() == "\n".join(rows(model))


def test_tentative_settled_and_final_look_different(qtbot: QtBot) -> None:
    model = TranscriptModel()
    view = TranscriptView(model)
    qtbot.addWidget(view)

    model.hear(final("done"))
    model.hear(heard("it was", "the"))

    [(_, finished)] = formats(view, 0)
    (settled_text, settled), (tentative_text, tentative) = formats(view, 1)
    assert (settled_text, tentative_text) == ("it was", "the")
    assert tentative.fontItalic()
    assert not settled.fontItalic()
    inks = {each.foreground().color().name() for each in (finished, settled, tentative)}
    assert len(inks) == 3


def test_a_selection_survives_what_is_said_after_it(qtbot: QtBot) -> None:
    model = TranscriptModel()
    view = TranscriptView(model)
    qtbot.addWidget(view)
    model.hear(heard("it was the best", "of"))
    cursor = view.textCursor()
    cursor.setPosition(0)
    cursor.setPosition(6, QTextCursor.MoveMode.KeepAnchor)
    view.setTextCursor(cursor)

    model.hear(heard("it was the best of", "times it"))

    assert view.textCursor().selectedText() == "it was"


def test_the_page_follows_the_voice_unless_the_reader_scrolled_up(qtbot: QtBot) -> None:
    model = TranscriptModel()
    view = TranscriptView(model)
    qtbot.addWidget(view)
    view.resize(400, 200)
    view.show()
    bar = view.verticalScrollBar()

    for at in range(20):
        model.hear(final(f"line {at}", float(at)))
    assert bar.value() == bar.maximum() > 0
    bar.setValue(0)
    model.hear(final("one more", 30.0))

    assert bar.value() == 0


def test_a_new_theme_and_size_reach_text_that_is_there(qtbot: QtBot) -> None:
    model = TranscriptModel()
    view = TranscriptView(model)
    qtbot.addWidget(view)
    model.hear(final("done"))
    model.hear(GapFound(Gap(1.0, 0.5, "overflow")))

    view.apply_theme(DARK)
    view.set_font_points(20)

    assert formats(view, 0)[0][1].foreground().color().name() == DARK.text
    assert formats(view, 1)[0][1].foreground().color().name() == DARK.on_trouble
    assert view.document().defaultFont().pointSize() == 20


def test_every_line_has_its_time_beside_it(qtbot: QtBot) -> None:
    model = TranscriptModel()
    view = TranscriptView(model)
    qtbot.addWidget(view)
    view.resize(600, 300)
    view.show()
    model.hear(final("done", 65.0))
    left = view.document().rootFrame().frameFormat().leftMargin()

    margin = view.grab().toImage().copy(0, 0, int(left) - 4, 120)

    paper = margin.pixelColor(0, 0)
    inked = [
        x
        for x in range(margin.width())
        for y in range(margin.height())
        if margin.pixelColor(x, y) != paper
    ]
    assert inked
    assert Qt.TextInteractionFlag.TextEditable not in view.textInteractionFlags()


def test_two_speakers_have_a_colour_each_and_one_alone_has_none(qtbot: QtBot) -> None:
    inks = []
    for speakers in (("me", "them"), ("Speaker 1", "Speaker 2"), ("", "")):
        model = TranscriptModel()
        view = TranscriptView(model)
        qtbot.addWidget(view)
        view.resize(600, 300)
        view.show()
        model.hear(final("it was the best", speaker=speakers[0]))
        model.hear(heard("it was the worst", speaker=speakers[1]))
        left = int(view.document().rootFrame().frameFormat().leftMargin())
        margin = view.grab().toImage().copy(0, 0, left, 200)
        inks.append(
            {
                margin.pixelColor(x, y).name()
                for x in range(margin.width())
                for y in range(margin.height())
            }
        )

    two, channels, one = inks
    assert {LIGHT.accent, LIGHT.other} <= two & channels
    assert not {LIGHT.accent, LIGHT.other} & one


def test_final_text_has_the_colour_of_final_text_also_where_it_was_settled_before(
    qtbot: QtBot,
) -> None:
    model = TranscriptModel()
    view = TranscriptView(model)
    qtbot.addWidget(view)

    model.hear(heard("it was", "the best"))
    live = [ink.foreground().color().name() for _, ink in formats(view, 0)]
    model.hear(final("it was the best"))

    assert live[0] == LIGHT.settled != LIGHT.text
    assert {ink.foreground().color().name() for _, ink in formats(view, 0)} == {LIGHT.text}


def test_every_paragraph_in_sight_has_its_margin_wherever_one_scrolls(qtbot: QtBot) -> None:
    model = TranscriptModel()
    view = TranscriptView(model)
    qtbot.addWidget(view)
    view.resize(500, 300)
    view.show()
    for number in range(40):
        model.hear(final(" ".join(["word"] * (number % 7 * 6 + 1))))
    layout, bar = view.document().documentLayout(), view.verticalScrollBar()
    layout.documentSize()  # all of it is laid out
    places = [layout.blockBoundingRect(block) for block in blocks(view)]
    height = view.viewport().height()

    for top in range(0, bar.maximum() + 1, 37):
        bar.setValue(top)

        painted = {block.blockNumber() for block, _ in view._visible_blocks()}

        in_sight = range(top + 1, top + height)
        wanted = {
            n
            for n, at in enumerate(places)
            if at.bottom() > in_sight.start and at.top() < in_sight.stop
        }
        assert wanted <= painted
        assert len(painted) <= len(wanted) + 2


def blocks(view: TranscriptView) -> Iterator[QTextBlock]:
    block = view.document().begin()
    while block.isValid():
        yield block
        block = block.next()
