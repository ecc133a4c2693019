"""Sentences in the user's language, from what asr has to tell."""

from __future__ import annotations

from asr.sentences import Message, sentence
from PySide6.QtCore import QCoreApplication


def translated(message: Message) -> str:
    """Return a message's sentence, in English where no translation has it; on any thread."""
    return sentence(message, lambda template: QCoreApplication.translate("asr", template))
