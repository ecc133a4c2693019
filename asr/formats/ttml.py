"""Timed Text Markup Language 2 (W3C, 2018), as broadcasters take it."""

from __future__ import annotations

from typing import Final
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from asr.formats.cues import Cue, cues, timestamp
from asr.formats.options import Format, FormatOptions
from asr.formats.paragraphs import language_tag
from asr.formats.xml_text import xml_text
from asr.transcript import Transcript

_TT: Final = "http://www.w3.org/ns/ttml"
_STYLE: Final = "http://www.w3.org/ns/ttml#styling"
_LANGUAGE: Final = "{http://www.w3.org/XML/1998/namespace}lang"


def encode(transcript: Transcript, options: FormatOptions) -> bytes:
    """Write a paragraph a cue; unsure words are in italics."""
    ElementTree.register_namespace("", _TT)
    ElementTree.register_namespace("tts", _STYLE)
    root = Element(f"{{{_TT}}}tt", {_LANGUAGE: language_tag(transcript)})
    division = SubElement(SubElement(root, f"{{{_TT}}}body"), f"{{{_TT}}}div")
    for cue in cues(transcript, options):
        times = {"begin": timestamp(cue.start, "."), "end": timestamp(cue.end, ".")}
        _fill(SubElement(division, f"{{{_TT}}}p", times), cue, options)
    page: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return page + b"\n"


def _fill(paragraph: Element, cue: Cue, options: FormatOptions) -> None:
    last: Element | None = None
    for i, line in enumerate(cue.lines):
        if i:
            last = SubElement(paragraph, f"{{{_TT}}}br")
        for j, word in enumerate(line):
            space = " " if j else ""
            shown = xml_text(word.shown)
            if word.confidence < options.unsure:
                _append(paragraph, last, space)
                last = SubElement(
                    paragraph, f"{{{_TT}}}span", {f"{{{_STYLE}}}fontStyle": "italic"}
                )
                last.text = shown
            else:
                _append(paragraph, last, space + shown)


def _append(paragraph: Element, last: Element | None, text: str) -> None:
    """Add text after the last child, or before there is one."""
    if last is None:
        paragraph.text = (paragraph.text or "") + text
    else:
        last.tail = (last.tail or "") + text


FORMAT = Format("ttml", "Subtitles, TTML", encode)
