"""A document for Word or LibreOffice (Office Open XML), by python-docx."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from asr.formats.options import Format, FormatOptions
from asr.formats.paragraphs import Paragraph, clock_time, paragraphs
from asr.formats.xml_text import xml_text
from asr.transcript import Transcript

if TYPE_CHECKING:
    from docx.text.paragraph import Paragraph as Target


def encode(transcript: Transcript, options: FormatOptions) -> bytes:
    """Write a title and the paragraphs; unsure words are in italics, notes as quotations."""
    from docx import Document  # half a second, for those who want it

    document = Document()
    document.core_properties.created = datetime.now(UTC)
    document.core_properties.author = ""
    document.core_properties.comments = ""
    title = xml_text(options.title or transcript.source or "Transcript")
    document.core_properties.title = title[:255]
    document.add_heading(title, level=1)
    for one in paragraphs(transcript, options):
        style = "Quote" if one.note else None
        _fill(document.add_paragraph(style=style), one, options)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _fill(target: Target, paragraph: Paragraph, options: FormatOptions) -> None:
    if options.times:
        target.add_run(f"[{clock_time(paragraph.start)}] ")
    if paragraph.speaker:
        target.add_run(xml_text(f"{paragraph.speaker}: ")).bold = True
    if paragraph.note:
        target.add_run(xml_text(paragraph.note))
    for n, line in enumerate(paragraph.lines):
        if n:
            target.add_run().add_break()
        for i, word in enumerate(line):
            if i:
                target.add_run(" ")
            run = target.add_run(xml_text(word.shown))
            run.italic = True if word.confidence < options.unsure else None


FORMAT = Format("docx", "Document, Word", encode)
