"""Sentences for the user above the page: which stand there, and that they can be read."""

from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from asr.live.events import Notice, Topic
from asr.sentences import Message
from gui.app import AppContext
from gui.phase import Phase
from gui.widgets.notice_bar import Choice, NoticeBar, Tone
from tests.gui.screen import texts
from tests.gui.scripted import Script, ScriptedEngine


def test_a_source_that_went_away_is_the_only_trouble_told_of_it(context: AppContext) -> None:
    for notice in (
        Notice(Message("«Yeti» is muted."), Topic.MUTED, "me"),
        Notice(Message("«Built-in» is muted."), Topic.MUTED, "them"),
        Notice(Message("«Yeti» went away."), Topic.AWAY, "me"),
        Notice(Message("Nothing can be said."), Topic.MUTED, "me", resolved=True),
    ):
        context.window.notices.show_notice(notice)

    assert context.window.notices.sentences == ["«Yeti» went away.", "«Built-in» is muted."]


def test_a_small_window_shows_every_line_of_its_notices(
    qtbot: QtBot, context: AppContext
) -> None:
    window = context.window
    window.resize(window.minimumSize())
    for n in range(3):
        sentence = f"Trouble {n} is of the longer kind. " * 4
        choices = [Choice(each, list) for each in ("Bring it back", "Do not offer again")]
        window.notices.show_bar(sentence, Tone.TROUBLE, *choices)
    buttons = window.notices.findChildren(QPushButton)
    labels = [
        label
        for bar in window.notices.findChildren(NoticeBar)
        for label in bar.findChildren(QLabel)
    ]

    qtbot.waitUntil(lambda: all(label.width() > 100 for label in labels))

    assert len(labels) == 3
    for label in labels:
        lines = label.heightForWidth(label.width())
        qtbot.waitUntil(lambda label=label, lines=lines: label.height() >= lines)
        assert lines > 1.5 * label.fontMetrics().height()
    assert all(each.height() >= each.minimumSizeHint().height() for each in buttons)
    headline = max(window.empty.findChildren(QLabel), key=lambda each: each.font().pointSizeF())
    assert not headline.isVisible() or headline.height() >= headline.sizeHint().height()
    window.resize(960, 720)
    qtbot.waitUntil(lambda: len(texts(window.empty)) == 3)


def test_a_troubles_end_takes_that_trouble_away_and_no_other(context: AppContext) -> None:
    for notice in (
        Notice(Message("The disk is full."), Topic.DISK),
        Notice(Message("«Yeti» is muted."), Topic.MUTED, "me"),
        Notice(Message("«Built-in» is muted."), Topic.MUTED, "them"),
        Notice(Message("«Yeti» can be heard again."), Topic.MUTED, "me", resolved=True),
    ):
        context.window.notices.show_notice(notice)

    assert context.window.notices.sentences == [
        "«Yeti» can be heard again.",
        "«Built-in» is muted.",
        "The disk is full.",
    ]


def test_a_trouble_that_returns_takes_the_place_of_its_end(context: AppContext) -> None:
    for sentence, resolved in (("Gone.", False), ("Back.", True), ("Gone again.", False)):
        told = Notice(Message(sentence), Topic.AWAY, resolved=resolved)
        context.window.notices.show_notice(told)

    assert context.window.notices.sentences == ["Gone again."]


def test_a_sessions_troubles_end_with_it(
    qtbot: QtBot, context: AppContext, engine: ScriptedEngine
) -> None:
    full = "The disk is full."
    engine.session = Script(
        [Notice(Message("«Yeti» is muted."), Topic.MUTED)],
        last=[Notice(Message(full), Topic.DISK)],
    )
    context.controller.toggle()
    qtbot.waitUntil(lambda: context.window.notices.sentences == ["«Yeti» is muted."])

    context.controller.toggle()
    qtbot.waitUntil(lambda: context.controller.phase is Phase.READY)

    assert context.window.notices.sentences == [full]
