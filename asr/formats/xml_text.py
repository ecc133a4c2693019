"""Text as XML 1.0 can hold it, for the formats that are XML: its section 2.2, W3C 2008."""

from __future__ import annotations

import re
from typing import Final

_NOT_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def xml_text(text: str) -> str:
    """Return a text with a mark in the place of each character that XML cannot hold."""
    return _NOT_XML.sub("�", text)
