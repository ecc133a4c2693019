"""The rows of the library: what they say, and that Qt's rules hold."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import QModelIndex, QObject, QSize, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QStyleOptionViewItem
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from asr.library import Entry, Hit
from gui.library import hits_model, model
from gui.library.delegates import EntryDelegate
from gui.library.entry_list import EntryList
from gui.library.hits_model import HitRole, HitsModel
from gui.library.model import EntryRole, LibraryModel, group

NOON = datetime(2026, 5, 20, 12, tzinfo=UTC)
HIT = Hit("1", "Title", NOON, 0, 2, 1.0, "it was so", ((3, 6),), 9)


def entry(number: int, **fields: object) -> Entry:
    plain = Entry(
        position=number,
        id=str(number),
        folder=Path(str(number)),
        kind="session",
        title=f"Title {number}",
        is_named=False,
        started=NOON + timedelta(minutes=number),
        seconds=75.0,
        speakers=("me", "Charles"),
        tags=(),
        source="Microphone",
        file=None,
        has_sound=True,
        sound_bytes=1,
        other_bytes=1,
        n_words=3,
        trashed=None,
    )
    return replace(plain, **fields)  # type: ignore[arg-type]


def page(last: int, n: int = model.PAGE) -> tuple[Entry, ...]:
    return tuple(entry(number) for number in range(last, last - n, -1))


def test_rows_come_a_page_at_a_time(qtmodeltester: ModelTester) -> None:
    rows, asked = LibraryModel(), []
    rows.more_wanted.connect(asked.append)
    rows.show(page(1000))

    rows.fetchMore(QModelIndex())
    rows.fetchMore(QModelIndex())  # the answer is on its way
    assert [one.id for one in asked] == ["901"]
    rows.add(page(900, 10))

    assert rows.rowCount() == model.PAGE + 10
    assert not rows.canFetchMore(QModelIndex())
    qtmodeltester.check(rows)


def test_an_entry_stands_in_its_place_and_once(qtmodeltester: ModelTester) -> None:
    rows = LibraryModel()
    rows.show((entry(9), entry(3)))

    rows.put(entry(5))
    rows.put(entry(3, title="Renamed"))
    rows.put(entry(10))
    rows.take("9")
    rows.take("77")

    titles = [str(rows.index(row).data()) for row in range(rows.rowCount())]
    assert titles == ["Title 10", "Title 5", "Renamed"]
    qtmodeltester.check(rows)


def test_a_row_says_when_how_long_and_who() -> None:
    rows = LibraryModel()
    rows.show((entry(1, kind="file", source="talk.mp3"),))

    said = str(rows.index(0).data(EntryRole.DETAILS))

    assert said.startswith("20 May 2026, ")
    assert said.endswith(" · 1 min 15 s · talk.mp3 · me, Charles")


def test_a_file_without_words_is_called_by_its_name_and_a_session_not_by_its_folder() -> None:
    rows = LibraryModel()
    folder = "2026-11-29 01-20-24.352574"
    spoken = entry(1, title="", kind="file", source="talk.mp3")
    rows.show((spoken, entry(0, title="", source=folder)))

    assert [str(rows.index(row).data()) for row in (0, 1)] == ["talk.mp3", "Without words"]


def test_only_the_first_row_of_a_month_names_it() -> None:
    rows = LibraryModel()
    march = NOON - timedelta(days=60)
    rows.show((entry(3), entry(2), entry(1, started=march)))

    assert [rows.index(row).data(EntryRole.GROUP) for row in range(3)] == [
        "May 2026",
        "",
        "March 2026",
    ]


@pytest.mark.parametrize(
    ("days", "heading"),
    [(-1, "Today"), (0, "Today"), (1, "Yesterday"), (6, "This week"), (7, "May 2026")],
)
def test_near_days_have_names(days: int, heading: str) -> None:
    today = date(2026, 5, 20) + timedelta(days=days)

    assert group(NOON, QObject(), today) == heading


def test_a_title_that_is_the_same_is_not_kept_again() -> None:
    rows, wanted = LibraryModel(), []
    rows.rename_wanted.connect(lambda *renamed: wanted.append(renamed))
    rows.show((entry(1),))

    rows.setData(rows.index(0), " Title 1 ")
    rows.setData(rows.index(0), "Another")
    rows.setData(rows.index(0), "")

    assert wanted == [("1", "Another"), ("1", "")]


def test_hits_come_a_page_at_a_time(qtmodeltester: ModelTester) -> None:
    rows, asked = HitsModel(), []
    rows.more_wanted.connect(asked.append)
    rows.show([HIT] * hits_model.PAGE)

    rows.fetchMore(QModelIndex())
    rows.fetchMore(QModelIndex())
    rows.add((replace(HIT, entry="2"),))

    assert asked == [HIT]
    assert not rows.canFetchMore(QModelIndex())
    firsts = [rows.index(row).data(HitRole.IS_FIRST) for row in (0, 1, hits_model.PAGE)]
    assert firsts == [True, False, True]
    qtmodeltester.check(rows)


@pytest.fixture
def shown(qtbot: QtBot) -> tuple[LibraryModel, EntryList]:
    rows, view = LibraryModel(), EntryList()
    qtbot.addWidget(view)
    view.setItemDelegate(EntryDelegate(rows, view))
    view.setModel(rows)
    view.resize(300, 400)
    view.show()
    return rows, view


def heights(rows: LibraryModel, view: EntryList) -> list[int]:
    return [view.visualRect(rows.index(row)).height() for row in range(rows.rowCount())]


def test_a_row_has_room_for_its_heading_whatever_comes_and_goes(
    shown: tuple[LibraryModel, EntryList],
) -> None:
    rows, view = shown
    in_june = [entry(n, started=NOON + timedelta(days=31 + n)) for n in (2, 1)]
    in_may = [entry(-1), entry(-2)]

    rows.show((*in_june, in_may[0]))
    low, tall = sorted(set(heights(rows, view)))
    assert heights(rows, view) == [tall, low, tall]
    rows.add(in_may[1:])
    assert heights(rows, view) == [tall, low, tall, low]
    rows.take(in_may[0].id)
    assert heights(rows, view) == [tall, low, tall]
    rows.take(in_june[0].id)
    assert heights(rows, view) == [tall, tall]
    rows.put(in_june[0])
    assert heights(rows, view) == [tall, low, tall]


def test_a_page_more_asks_for_the_heights_of_its_own_rows_alone(
    shown: tuple[LibraryModel, EntryList], monkeypatch: pytest.MonkeyPatch
) -> None:
    rows, _ = shown
    rows.show(page(3 * model.PAGE))
    rows.add(page(2 * model.PAGE))
    QApplication.processEvents()
    asked: list[int] = []
    size_hint = EntryDelegate.sizeHint

    def counted(
        delegate: EntryDelegate, option: QStyleOptionViewItem, index: QModelIndex
    ) -> QSize:
        asked.append(index.row())
        return size_hint(delegate, option, index)

    monkeypatch.setattr(EntryDelegate, "sizeHint", counted)

    rows.add(page(model.PAGE))
    QApplication.processEvents()

    assert sorted(asked) == list(range(2 * model.PAGE, 3 * model.PAGE))


def test_keys_lead_through_the_list_and_to_its_ends(
    shown: tuple[LibraryModel, EntryList],
) -> None:
    rows, view = shown
    rows.show(page(30, 30))
    view.setCurrentIndex(rows.index(3))

    def row_after(key: Qt.Key) -> int:
        QTest.keyClick(view, key)
        return view.currentIndex().row()

    assert row_after(Qt.Key.Key_Down) == 4
    assert row_after(Qt.Key.Key_End) == 29
    assert row_after(Qt.Key.Key_Home) == 0


def test_a_title_is_written_where_it_stands(
    shown: tuple[LibraryModel, EntryList],
) -> None:
    rows, view = shown
    rows.show((entry(9), entry(3)))
    row = rows.index(1)

    view.setCurrentIndex(row)
    view.edit(row)

    editor = view.findChild(QLineEdit, "inPlace")
    assert editor is not None
    assert editor.text() == "Title 3"
    place = view.visualRect(row)
    assert place.contains(editor.geometry())
    assert abs(editor.geometry().center().x() - place.center().x()) <= 1
