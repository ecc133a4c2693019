"""A session with a real recording goes into the library when it ends, with its sound."""

from pathlib import Path

import numpy as np
from pytestqt.qtbot import QtBot

from asr.audio import SAMPLE_RATE
from asr.library import Entry
from gui.app import AppContext
from gui.library.model import EntryRole
from gui.phase import Phase
from tests.asr.scripted import FakeClock, Script, fake_clock
from tests.asr.sessions import SAID, SPEECH, session_with
from tests.gui.scripted import ScriptedEngine

__all__ = ["fake_clock"]

SPOKEN = np.concatenate([SPEECH, np.zeros(SAMPLE_RATE, np.float32)])


def listen(
    qtbot: QtBot, context: AppContext, engine: ScriptedEngine, clock: FakeClock, folder: Path
) -> None:
    session = session_with({"": Script(SPOKEN, clock)}, folder)
    engine.session = session  # type: ignore[assignment]
    context.controller.toggle()
    qtbot.waitUntil(lambda: context.controller.phase is Phase.LISTENING)
    clock.now += len(SPOKEN) / SAMPLE_RATE
    qtbot.waitUntil(lambda: context.model.has_text)
    context.controller.toggle()
    qtbot.waitUntil(lambda: context.controller.phase is Phase.READY)


def test_a_session_is_kept_with_its_sound(
    qtbot: QtBot,
    context: AppContext,
    engine: ScriptedEngine,
    fake_clock: FakeClock,
    tmp_path: Path,
) -> None:
    rows = context.window.library.model

    listen(qtbot, context, engine, fake_clock, tmp_path / "sessions")
    qtbot.waitUntil(lambda: rows.rowCount() == 1)

    entry: Entry = rows.index(0).data(EntryRole.ENTRY)
    assert (entry.kind, entry.has_sound, entry.title) == (
        "session",
        True,
        " ".join(SAID),
    )
    context.window.actions_["edit"].trigger()
    qtbot.waitUntil(lambda: context.window.editor.view.toPlainText() == "\n".join(SAID))
    assert context.window.actions_["play"].isEnabled()


def test_without_history_a_session_leaves_nothing_on_the_disk(
    qtbot: QtBot,
    context: AppContext,
    engine: ScriptedEngine,
    fake_clock: FakeClock,
    tmp_path: Path,
) -> None:
    context.window.library.foot.history.trigger()

    listen(qtbot, context, engine, fake_clock, tmp_path / "sessions")

    qtbot.waitUntil(lambda: not list((tmp_path / "sessions").iterdir()))
    assert context.window.page.toPlainText() == "\n".join(SAID)  # until the page is turned


def test_the_last_of_several_sessions_of_a_page_is_what_is_edited(
    qtbot: QtBot,
    context: AppContext,
    engine: ScriptedEngine,
    fake_clock: FakeClock,
    tmp_path: Path,
) -> None:
    rows = context.window.library.model
    for number in range(2):
        listen(qtbot, context, engine, fake_clock, tmp_path / "sessions")
        qtbot.waitUntil(lambda number=number: rows.rowCount() == number + 1)

    context.window.actions_["edit"].trigger()
    qtbot.waitUntil(lambda: context.window.editor.entry is not None)

    newest: Entry = rows.index(0).data(EntryRole.ENTRY)
    assert context.window.editor.entry is not None
    assert context.window.editor.entry.id == newest.id
