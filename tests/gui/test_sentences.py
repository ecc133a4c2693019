"""What asr tells is shown in the user's language."""

from collections.abc import Iterator
from typing import ClassVar

import pytest
from PySide6.QtCore import QTranslator
from PySide6.QtWidgets import QApplication

from asr.errors import DeviceError
from asr.sentences import TEMPLATES, NoticeCode
from gui.sentences import translated
from gui.workers.attempt import attempt

BUSY = "«{device}» is in use by another program: close it there."


class German(QTranslator):
    """Knows two sentences."""

    known: ClassVar = {
        ("asr", TEMPLATES[NoticeCode.UNMUTED]): "«{source}» ist wieder zu hören.",
        ("asr", BUSY): "«{device}» wird von einem anderen Programm benutzt.",
    }

    def translate(self, context: str, text: str, *_: object) -> str | None:
        return self.known.get((context, text))

    def isEmpty(self) -> bool:  # noqa: N802
        return False


@pytest.fixture
def german(qapp: QApplication) -> Iterator[None]:
    translator = German(qapp)
    qapp.installTranslator(translator)
    yield
    qapp.removeTranslator(translator)


@pytest.mark.usefixtures("german")
def test_an_error_is_told_in_the_users_language() -> None:
    told: list[str] = []

    def fail() -> None:
        raise DeviceError(BUSY, device="Yeti")

    assert not attempt(fail, told.append, "Listening")
    assert told == ["«Yeti» wird von einem anderen Programm benutzt."]


@pytest.mark.usefixtures("german")
def test_what_has_no_translation_stays_english() -> None:
    error = DeviceError("«{device}» is gone.", device="Yeti")

    assert translated(error.message) == "«Yeti» is gone."
